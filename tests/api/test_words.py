"""Both languages are whole: rules are said in Chinese too, and the pages in English too."""

import ast
import asyncio
import re
from collections.abc import Iterator, MutableMapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from starlette.types import Receive, Scope, Send

from api import problems, words
from api.compose import DECIDERS
from tests.api.conftest import Office

ROOT = Path(__file__).parents[2]
BLANK = re.compile(r"\{(\w+)")


def sources() -> Iterator[Path]:
    """The api, and every part of the domain whose decisions it answers for."""
    yield from (ROOT / "api").glob("*.py")
    for decider in DECIDERS.values():
        path = Path(str(decider.__file__))
        yield from path.parent.rglob("*.py") if path.name == "__init__.py" else (path,)


def raised(kind: str) -> Iterator[tuple[str, set[str]]]:
    """Each rule code in the rooms that refuse, with the facts that fill its sentence."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == kind:
                place = 0 if kind == "Refused" else 1
                code = node.args[place] if len(node.args) > place else None
                if isinstance(code, ast.Constant):
                    yield str(code.value), {word.arg for word in node.keywords if word.arg}


def test_every_rule_is_said_in_chinese():
    chinese = words.catalogue("zh")
    missing = {code for code, _ in raised("Refused") if code not in chinese}
    assert not missing


def test_a_sentence_asks_for_no_fact_its_rule_does_not_tell():
    for lang in ("zh", "en"):
        told = words.catalogue(lang)
        for code, facts in raised("Refused"):
            asked = set(BLANK.findall(told.get(code, "") + told.get(f"{code}.help", "")))
            assert asked <= facts, (lang, code, asked - facts)


def test_no_sentence_about_a_refusal_names_a_field_or_a_code_of_ours():
    plain = re.compile(r"[a-z]+_[a-z_]+")
    for lang in ("zh", "en"):
        told = words.catalogue(lang)
        for code, _ in raised("Refused"):
            said = told.get(code, "") + told.get(f"{code}.help", "")
            assert not plain.search(re.sub(r"\{[^}]*\}", "", said)), (lang, code, said)


def test_an_english_refusal_calls_things_by_their_names(office: Office):
    case, english = office.registered(), {"Accept-Language": "en"}
    office.case(case, "dispatch", {"lead": "property-co"})
    office.case(case, "respond", {}, "property")
    again = office.post(f"complaints/{case}/respond", {}, "property", headers=english).json()
    told = again["detail"] + again["what_would_help"]
    assert again["detail"].endswith(".") and "property-co" not in told
    opened = office.post(
        f"complaints/{case}/rate", {"satisfaction": "satisfied"}, "gridworker", headers=english
    )
    assert opened.json()["detail"] == "Grid member may not do this: rate."


def test_every_problem_is_said_in_both_languages():
    chinese = words.catalogue("zh")
    codes = {code for code, _ in raised("Problem")} | set(problems.ENGLISH)
    assert {code for code in codes if code not in chinese} == set()
    assert {code for code in codes if code not in problems.ENGLISH} == set()
    assert {status for status in problems.TITLES if f"status.{status}" not in chinese} == set()


def chinese_lines() -> Iterator[str]:
    """The argument of every `_( )` in a template, and the Chinese literals of the page modules."""
    for path in (ROOT / "api" / "templates").rglob("*.html"):
        for _, line in re.findall(r"""\b_\((["'])(.+?)\1""", path.read_text("utf-8")):
            yield line
    for path in (ROOT / "api" / "pages").rglob("*.py"):
        yield from said_in(ast.parse(path.read_text("utf-8")))
    for name in ("facing", "showing", "duties"):
        tree = ast.parse((ROOT / "api" / f"{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "say"
            ):
                yield from (str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant))
            if isinstance(node, ast.Dict):
                yield from (str(one.value) for one in node.values if isinstance(one, ast.Constant))


def said_in(tree: ast.AST) -> Iterator[str]:
    """Every Chinese literal of a page module, but what explains the code."""
    explained = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and han(node.value) and id(node) not in explained:
            yield str(node.value)


def han(text: object) -> bool:
    return isinstance(text, str) and any("\u3400" <= c <= "\u9fff" for c in text)


def test_every_chinese_line_of_a_page_has_an_english_one():
    english = words.catalogue("en")
    assert {line for line in chinese_lines() if han(line) and line not in english} == set()


def test_both_languages_fill_the_same_blanks():
    rules = words.catalogue("zh")
    for message, english in words.catalogue("en").items():
        if message not in rules:
            assert set(BLANK.findall(message)) == set(BLANK.findall(english)), message


def test_the_language_with_the_greatest_weight_wins():
    asked = {
        "": "zh-CN",
        "en": "en",
        "en-GB,en;q=0.9,zh;q=0.8": "en",
        "zh;q=0.5,en;q=0.4": "zh-CN",
        "fr,de;q=0.9": "zh-CN",
        "en;q=x, zh": "zh-CN",
        ";;;,,,": "zh-CN",
    }
    assert {header: words.preferred(header) for header in asked} == asked


def helped() -> Iterator[str]:
    """The rules of every refusal that says what would help."""
    for room in ("domain", "engine", "api"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args:
                    code = node.args[0]
                    if isinstance(code, ast.Constant) and any(word.arg == "help" for word in node.keywords):
                        yield str(code.value)


def test_what_would_help_is_said_in_chinese_too():
    chinese = words.catalogue("zh")
    assert {code for code in helped() if f"{code}.help" not in chinese} == set()


def test_a_chinese_refusal_calls_things_by_their_names(office: Office):
    case = office.registered()
    office.case(case, "dispatch", {"lead": "property-co"})
    office.case(case, "respond", {}, "property")
    again = office.post(f"complaints/{case}/respond", {}, "property").json()
    assert "property-co" not in again["detail"] + again["what_would_help"]
    assert "物业" in again["detail"] + again["what_would_help"]


def test_a_page_tells_a_moment_as_pages_do_and_an_answer_that_may_be_kept_by_its_date():
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    facts = {"until": at, "day": "2026-11-20", "on": date(2025, 1, 2), "round": "2026-11-20-1"}
    english = f"{at.isoformat()}, {facts['day']}, {facts['on']}, {facts['round']}"
    told: dict[str, tuple[str, str]] = {}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        chinese = "，".join(str(words.named(value, words.CHINESE)) for value in facts.values())
        told[scope["path"]] = chinese, words.rule("none", words.ENGLISH, english, facts)

    app = words.LocalWords(
        answer, lambda: ZoneInfo("Asia/Shanghai"), lambda blank, code, lang: None, lambda: at
    )
    for path in ("/points", "/api/v1/points"):
        asyncio.run(app({"type": "http", "path": path}, nothing, nowhere))
    assert told["/points"] == (
        "今天 18:00，11月20日，2025年1月2日，2026-11-20-1", "today 18:00, 20 Nov, 2 Jan 2025, 2026-11-20-1",
    )  # fmt: skip
    assert told["/api/v1/points"] == (
        "2026-11-22 18:00，2026-11-20，2025-01-02，2026-11-20-1",
        "2026-11-22 18:00 (+08:00), 2026-11-20, 2025-01-02, 2026-11-20-1",
    )


async def nothing() -> MutableMapping[str, Any]:
    return {}


async def nowhere(_: MutableMapping[str, Any]) -> None: ...
