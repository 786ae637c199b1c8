"""Who may know of a case: one rule for each caller, asked of a case at hand and of the register alike.

A place sees its node and what lies below, and what it was asked to handle; a grid member also what nobody of
the next grid can follow up; a unit the cases it leads or assists, and those it left less than 30 days ago; a
resident the cases he is a reporter of. What one may not know of is not found. Above the street nobody reads
words or names: figures and bare rows are for them.
"""

from collections.abc import Sequence

from api import problems
from api.cases import Cases
from domain import organisation, rule_books
from domain.complaint.eligible import without_members
from domain.messages import Actor, Recorded
from domain.organisation import Organisation, within
from engine.conditions import AFTER_SLASH
from engine.holding import holds
from engine.read import AllOf, Among, AnyOf, Condition, Filter
from projections.case import Case, moment
from projections.register import supporter_rows, task_rows

STAFF = ("gridworker", "dispatcher", "unit", "street", "panel", "analyst", "admin")
"""Who reads the text and the place of a case without a word; an analyst counts, and reads neither."""
EVERYTHING: Condition = AllOf(())
NOTHING: Condition = AnyOf(())
ABOVE_THE_STREET = ("city", "district")
REMAINS = 30 * 86_400_000_000
"""Microseconds a unit still sees what it has left."""
REMEMBERED = 50_000


def everywhere(actor: Actor) -> bool:
    """Whether the whole deployment is his: the engine's, and an administrator's without a scope."""
    return actor.role == "engine" or (actor.role == "admin" and not actor.scope)


def rule(actor: Actor, now: int, places: Organisation) -> Condition:
    """Which rows of the register the caller may know of at the moment (microseconds)."""
    if everywhere(actor):
        return EVERYTHING
    if actor.role == "resident":
        supported = Among("id", "supporters", "case", (Filter("person", "=", actor.person),))
        return AnyOf((Filter("reporter", "=", actor.person), supported))
    if not actor.scope:
        return NOTHING
    stays = AnyOf((Filter("left_at", "null", True), Filter("left_at", ">=", now - REMAINS)))
    asked = Among("id", "tasks", "case", (Filter("unit", "=", actor.scope), stays))
    if actor.role == "unit":
        return asked
    return AnyOf((Filter("grid", "under", actor.scope), asked, *beside(actor, now, places)))


def beside(actor: Actor, now: int, places: Organisation) -> Sequence[Condition]:
    """A grid member also sees what awaits its follow-up in sibling grids that have no member."""
    empty = without_members(actor.scope, places, moment(now)) if actor.role == "gridworker" else ()
    if not empty:
        return ()
    return [AllOf((Filter("state", "=", "resolved"), *below(grid))) for grid in empty]


def below(grid: str) -> tuple[Condition, ...]:
    """The place and what lies below, with the one span of an index around them: beside another condition
    two of its spans would be left for all that passes that one."""
    return (
        Filter("grid", ">=", grid),
        Filter("grid", "<", f"{grid}{AFTER_SLASH}"),
        Filter("grid", "under", grid),
    )


def sees(actor: Actor, case: Case, now: int, places: Organisation) -> bool:
    o = case.opening
    row = {"id": o.id, "grid": o.grid, "reporter": o.reporter, "state": case.state}
    related = {"tasks": lambda: task_rows(case), "supporters": lambda: supporter_rows(case)}
    return holds(rule(actor, now, places), row, related)


def condition(actor: Actor, now: int, places: Organisation) -> Sequence[Condition]:
    """What a list of this caller is narrowed to."""
    found = rule(actor, now, places)
    return () if found is EVERYTHING else (found,)


def must_see(cases: Cases, actor: Actor, complaint: str) -> Case:
    """The case. Problem 404 if there is none, or the caller may not know of it."""
    case = cases.must(complaint)
    if not sees(actor, case, cases.now(), cases.places()):
        raise problems.not_found()
    return case


def covers(actor: Actor, grid: str) -> bool:
    """Whether he may register at the place: residents report anywhere, others inside their scope."""
    if actor.role == "resident" or everywhere(actor):
        return True
    return actor.role != "unit" and bool(actor.scope) and within(grid, actor.scope)


def reads(actor: Actor, places: Organisation) -> bool:
    """Whether words and names are for him at all: not for an analyst, nor for who answers for more than a
    street."""
    if actor.role in ("resident", "unit", "admin", "engine"):
        return True
    place = places.grid(actor.scope)
    return actor.role != "analyst" and (place is None or place.level not in ABOVE_THE_STREET)


KNOWN_TO_ALL = frozenset(rule_books.stream_of(book) for book in rule_books.BOOKS)


class Sight:
    """One caller's view of the log's lines, remembered case by case where it cannot be lost."""

    def __init__(self, cases: Cases, actor: Actor) -> None:
        self._cases = cases
        self._actor = actor
        self._known: dict[str, bool] = {}

    def of_line(self, line: Recorded) -> bool:
        """Whether the caller may know of the line. Rule books are known to all, the organisation to those who
        work in it, a person to himself; a stream of another kind to nobody but whose the deployment is."""
        stream = line.stream
        if stream.startswith("c-"):
            return self._known.get(stream, False) or self._case(stream)
        if stream in KNOWN_TO_ALL or everywhere(self._actor):
            return True
        if stream == organisation.STREAM:
            return self._actor.role != "resident" and bool(self._actor.scope)
        return stream == f"person-{self._actor.person}"

    def _case(self, stream: str) -> bool:
        case = self._cases.find(stream)
        known = case is not None and sees(self._actor, case, self._cases.now(), self._cases.places())
        lasting = self._actor.role not in ("resident", "unit", "gridworker")
        if known and lasting and len(self._known) < REMEMBERED:
            self._known[stream] = known
        return known
