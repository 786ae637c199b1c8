"""Every word of the code that a case worker meets stands in docs/glossary.md, beside the word he says."""

import importlib
import pkgutil
import re
from pathlib import Path
from typing import get_args

import pytest

import domain
from api.demo_users import USERS
from domain import organisation, people, rule_books
from domain.complaint import commands
from domain.complaint.state import NAMES
from domain.messages import FACTS
from domain.rule_books import BOOKS, CLOCKS
from projections.indicators import INDICATORS
from projections.outreach.indicators import OUTREACH_INDICATORS

ROOT = Path(__file__).parent.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
WORDS = set(re.findall(r"`([^`]+)`", GLOSSARY))

for module in pkgutil.walk_packages(domain.__path__, "domain."):
    importlib.import_module(module.name)


def asked() -> list[str]:
    unions = (commands.Command, organisation.Command, people.Command, rule_books.Command)
    return sorted({command.__name__ for union in unions for command in get_args(union)})


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_fact_has_its_chinese_word(name: str) -> None:
    row = [line for line in GLOSSARY.splitlines() if f"`{name}`" in line]
    assert row, f"{name} is not in the glossary"
    assert f"`{FACTS[name].__name__}`" in row[0]
    assert re.search(r"[一-鿿]", row[0].split("|")[1])


@pytest.mark.parametrize("command", asked())
def test_a_command_has_its_chinese_word(command: str) -> None:
    assert command in WORDS


@pytest.mark.parametrize("word", sorted({*CLOCKS, *BOOKS}))
def test_a_clock_and_a_rule_book_have_their_chinese_word(word: str) -> None:
    assert word in WORDS


@pytest.mark.parametrize(
    "word",
    sorted({*NAMES.values()} - {"unregistered"} | {user.actor.role for user in USERS.values()} | {"engine"}),
)
def test_a_state_and_a_role_have_their_chinese_word(word: str) -> None:
    (row,) = [
        line for line in GLOSSARY.splitlines() if re.match(rf"\| [^|]*[一-鿿][^|]* \| `{word}` \|", line)
    ]
    assert row.count("|") == 4


@pytest.mark.parametrize("indicator", sorted({each.name for each in (*INDICATORS, *OUTREACH_INDICATORS)}))
def test_an_indicator_has_its_chinese_word(indicator: str) -> None:
    assert re.search(rf"^\| [^|]*[一-鿿][^|]* \| `{indicator}` \| \S", GLOSSARY, re.MULTILINE)


@pytest.mark.parametrize("indicator", sorted({each.name for each in (*INDICATORS, *OUTREACH_INDICATORS)}))
def test_an_indicator_stands_in_the_statistics(indicator: str) -> None:
    told = (Path(__file__).parent.parent / "docs" / "statistics.md").read_text()
    assert re.search(rf"^\| `{indicator}`", told, re.MULTILINE)


def test_the_glossary_names_nothing_that_is_gone() -> None:
    """A fact that was renamed in the code must not live on here."""
    kinds = {name.partition(".")[0] for name in FACTS}
    on_disk = {
        word for word in WORDS if word.partition(".")[0] in kinds and re.fullmatch(r"[a-z-]+\.[a-z-]+", word)
    }
    assert on_disk - set(FACTS) == set()
