"""Every rule of the points is said in Chinese too, and no sentence asks for what its rule does not tell."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import words
from api.points import bodies
from api.points.claims import COMMANDS
from domain.points import account, attendance, claim, redemption

ROOT = Path(__file__).parents[3]
BLANK = re.compile(r"\{(\w+)\}")
SPELLED = {
    "account.state", "attendance.state", "claim.state", "redemption.state",
    "stock.not-counted", "stock.unknown-item",
}  # fmt: skip
"""Codes that are put together, or chosen by a condition."""


def refusals() -> Iterator[tuple[str, set[str]]]:
    for room in (ROOT / "domain" / "points", ROOT / "api" / "points"):
        for path in room.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == "Refused"
                ):
                    code = node.args[0]
                    if isinstance(code, ast.Constant):
                        yield str(code.value), {word.arg for word in node.keywords if word.arg}


def test_every_refusal_has_its_chinese_sentence():
    chinese = words.catalogue("zh")
    found = dict(refusals())
    assert len(found) > 60
    assert {code for code in {*found, *SPELLED} if code not in chinese} == set()


def test_no_sentence_asks_for_what_its_rule_does_not_tell():
    chinese = words.catalogue("zh")
    for code, facts in refusals():
        asked = set(BLANK.findall(chinese[code] + chinese.get(f"{code}.help", "")))
        assert asked <= facts, (code, asked - facts)


@pytest.mark.parametrize("kind", [account, attendance, claim, redemption])
def test_states_and_commands_are_named_in_chinese(kind: object):
    chinese = words.catalogue("zh")
    tables = kind.TABLE  # type: ignore[attr-defined]
    names = set((kind.NAMES if hasattr(kind, "NAMES") else claim.state.NAMES).values())
    commands = {command.__name__ for decisions in tables.values() for command in decisions}
    said = {name for name in names | commands if f"={name}" not in chinese}
    engine_only = {"Reward", "RewardLinkage", "CarryOver", "TakeBack", "Expire", "NoticeFinal"}
    assert said <= engine_only


def test_every_command_to_a_claim_has_an_example_that_fits():
    assert set(COMMANDS) == set(claim.ROUTES)
    for name, kind in COMMANDS.items():
        assert kind.body.model_validate(dict(kind.example)), name
    assert bodies.Ordering.model_validate({"account": "acct-x", "items": [{"item": "salt"}]})
