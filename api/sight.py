"""Who may know of a case: the scope of his role, as a test of one case and as a condition on lists.

A grid scope sees its node and what lies below; a unit the cases it leads or assists, or did; a resident the
cases he is a reporter of. What one may not know of is not found.
"""

from collections.abc import Sequence

from api import problems
from api.cases import Cases
from domain.messages import Actor, Recorded
from domain.organisation import within
from engine.read import Among, AnyOf, Condition, Filter
from projections.case import Case

EVERYTHING = ("admin", "engine")
STAFF = ("gridworker", "dispatcher", "unit", "street", "panel", "analyst", "admin")
"""Who reads the text and the place of a case without a word; an analyst counts, and reads neither."""


def sees(actor: Actor, case: Case) -> bool:
    if actor.role in EVERYTHING:
        return True
    if actor.role == "unit":
        return any(share.unit == actor.scope for share in case.shares)
    if actor.role == "resident":
        return actor.person in case.reporters
    inside = bool(actor.scope) and within(case.opening.grid, actor.scope)
    return inside or any(share.unit == actor.scope for share in case.shares)


def must_see(cases: Cases, actor: Actor, complaint: str) -> Case:
    """The case. Problem 404 if there is none, or the caller may not know of it."""
    case = cases.must(complaint)
    if not sees(actor, case):
        raise problems.not_found()
    return case


def covers(actor: Actor, grid: str) -> bool:
    """Whether he may register at the place: residents and units report anywhere, others inside their
    scope."""
    return actor.role in ("resident", "unit", *EVERYTHING) or (
        bool(actor.scope) and within(grid, actor.scope)
    )


def condition(actor: Actor) -> Sequence[Condition]:
    """What a list of this caller is narrowed to; the same predicate as `sees`, as a filter."""
    if actor.role in EVERYTHING:
        return ()
    dispatched = Among("id", "tasks", "case", (Filter("unit", "=", actor.scope),))
    if actor.role == "unit":
        return (dispatched,)
    if actor.role == "resident":
        supported = Among("id", "supporters", "case", (Filter("person", "=", actor.person),))
        return (AnyOf((Filter("reporter", "=", actor.person), supported)),)
    if not actor.scope:
        return (AnyOf(()),)
    return (AnyOf((Filter("grid", "under", actor.scope), dispatched)),)


def reads_text(actor: Actor, case: Case) -> bool:
    """Text and place of a case are for those who handle it, and for its reporters."""
    return actor.role != "analyst" and sees(actor, case)


class Sight:
    """One caller's view of the log's lines, remembered case by case."""

    def __init__(self, cases: Cases, actor: Actor) -> None:
        self._cases = cases
        self._actor = actor
        self._known: dict[str, bool] = {}

    def of_line(self, line: Recorded) -> bool:
        """Whether the caller may know of the line. Rule books and the organisation are known to all."""
        if not line.stream.startswith("c-"):
            return True
        known = self._known.get(line.stream, False)
        if not known:
            # A case may come into sight (a dispatch), so only what was seen is remembered.
            case = self._cases.find(line.stream)
            known = case is not None and sees(self._actor, case)
            if known and len(self._known) < 50_000:
                self._known[line.stream] = known
        return known
