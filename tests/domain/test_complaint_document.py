"""docs/lifecycle.md says what the code does: its tables are compared with those the decider asks."""

import ast
import re
from pathlib import Path

import domain.complaint as complaint
from domain import bounds, deciding
from domain.complaint import IN_ANY_OPEN_STATE, IN_ANY_STATE, ONCE_REGISTERED, TABLE
from domain.complaint.permits import ROLES, ROUTE_OF
from domain.complaint.state import NAMES, Unregistered
from domain.messages import FACTS
from tests.domain.walks import walk

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "lifecycle.md").read_text("utf-8")
NEVER_ASKED = {"Register", "RecordHistory", "Adopt"}
"""Commands a walk does not make, because the case is there already."""


def rows(title: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    section = DOCUMENT.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(cell: str) -> set[str]:
    return {word for word in re.split(r"[,\s]+", cell) if word and word != "–"}


COMMANDS = {row[0].split()[0]: row for row in rows("Commands")}


def test_every_state_is_described():
    described = {row[0]: row[3] for row in rows("States")}
    assert described == {name: kind.__name__ for kind, name in NAMES.items() if kind is not Unregistered}


def test_every_command_is_described_with_its_route_and_roles():
    kinds = {kind.__name__: kind for kind in ROLES}
    assert set(COMMANDS) == set(kinds)
    for name, (_, route, by, *_) in COMMANDS.items():
        assert words(route) == ({ROUTE_OF[kinds[name]]} if kinds[name] in ROUTE_OF else set())
        assert words(by) == ROLES[kinds[name]]


def test_every_command_is_described_with_its_states():
    for kind in ROLES:
        if kind in IN_ANY_STATE:
            expected = {"any"}
        elif kind in ONCE_REGISTERED:
            expected = {"registered"}
        elif kind in IN_ANY_OPEN_STATE:
            expected = {"open"}
        else:
            expected = {NAMES[state] for state, row in TABLE.items() if kind in row}
        assert words(COMMANDS[kind.__name__][3]) == expected, kind


def test_every_fact_is_led_to_by_some_command():
    facts = {kind.__name__ for name, kind in FACTS.items() if name.startswith("complaint.")}
    assert set().union(*(words(row[4]) for row in COMMANDS.values())) == facts


def test_a_command_leads_to_what_is_described_and_to_nothing_else():
    seen: dict[str, set[str]] = {}
    for seed in range(150):
        for step in walk(seed, 60).steps:
            found = seen.setdefault(type(step.command).__name__, set())
            found |= {type(line.fact).__name__ for line in step.lines}
    assert set(seen) == set(COMMANDS) - NEVER_ASKED
    for name, facts in seen.items():
        assert facts <= words(COMMANDS[name][4]), name


def test_every_refusal_is_described_in_both_languages():
    described = {row[0].strip("`"): row[1:] for row in rows("Refusals")}
    assert set(described) == rules_in_the_code()
    assert all(chinese and english for chinese, english in described.values())


def rules_in_the_code() -> set[str]:
    """The first argument of every refusal in the complaint's modules, and in what they ask of the shared."""
    found = set()
    asked: set[str] = set()
    for path in Path(complaint.__path__[0]).glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        found |= refused_in(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in (bounds.__name__, deciding.__name__):
                asked |= {name.name for name in node.names}
    for module in (bounds, deciding):
        for node in ast.parse(Path(str(module.__file__)).read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name in asked:
                found |= refused_in(node)
    return found


def refused_in(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if node.func.id in ("Refused", "_in_time") and isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found
