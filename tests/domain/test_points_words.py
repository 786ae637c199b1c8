"""docs/points.md says what the code does: every rule that refuses, every setting, every state."""

import re
from dataclasses import fields
from pathlib import Path

from domain.points import attendance, claim, redemption
from domain.rule_books.supervision import PERIODS, Supervision

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "points.md").read_text("utf-8")
WORDS = set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", TEXT))
REFUSED = re.compile(r'Refused\(\s*"([a-z-]+\.[a-z-]+)"')


def refusals() -> set[str]:
    found = {f"{subject}.state" for subject in ("account", "claim", "redemption", "attendance")}
    found |= {f"{subject}.not-a-verifier" for subject in ("claim", "attendance")}
    for path in (ROOT / "domain" / "bounds.py", *(ROOT / "domain" / "points").rglob("*.py")):
        found |= set(REFUSED.findall(path.read_text("utf-8")))
    return found


def test_every_refusal_is_explained():
    assert len(refusals()) > 70
    assert sorted(refusals() - WORDS) == []


def test_no_refusal_is_explained_that_is_gone():
    table = TEXT.partition("## Refusals")[2]
    told = set(
        re.findall(r"`((?:account|tariff|claim|redemption|attendance|stock|panel|period)\.[a-z-]+)`", table)
    )
    spelled = {"stock.not-counted", "stock.unknown-item"}  # chosen by a condition
    assert sorted(told - refusals() - spelled) == []


def test_every_setting_is_explained():
    settings = {field.name for field in fields(Supervision)} - {"version", "time_zone", "rankings"}
    assert sorted(settings - WORDS) == []
    assert all(period in TEXT for period in PERIODS)


def test_every_state_is_named():
    books = (claim.state.NAMES, redemption.NAMES, attendance.NAMES)
    names = {name for book in books for name in book.values()} - {"unfiled", "unrequested", "unlisted"}
    assert [name for name in sorted(names) if name not in TEXT] == []
