"""Where each round, unit share and follow-up stands in the figures, and the marks between two standings.

For each family (a clock, or what is counted without one) a round yields entries: *this stands in this part of
this cell, in the period of `at`*. A part may turn into another by the mere passing of time: `not_due` turns
`overdue` the microsecond after the deadline. A fact's marks are −1 for every entry that no longer holds and
+1 for every one that holds now, effective when the fact happened; so a figure as of any moment, known at any
position, is a sum, and sums of two pieces of the log add up to the sum of the whole.
"""

from collections.abc import Callable

from projections.case import Case, Cell, Round, UnitShare
from projections.cells import NOWHERE, cells_of, intake_dims

NEVER = 1 << 62
EXCLUDING = frozenset({"rejected", "withdrawn", "merged"})
"""Ends that take a round out of a rate, if it ended by the deadline the rate asks for."""

AGAIN = "#"
"""Between a unit and how often it was asked in one round, where that was more than once."""

NO_PERIOD = 0
"""The `at` of what belongs to no period yet: dispatched without any deadline, and still open. It is shown
only where no period is asked for."""

REPEAT_WITHIN = 30 * 86_400_000_000
"""How long after a closing a registration of the same class and place is a repetition: 30 days."""

TURNS_AFTER = dict.fromkeys(("dispatch", "closure", "first_promise", "response", "follow_up"), 1) | {
    "repeat": REPEAT_WITHIN
}
"""The families with parts that time turns into others, and how long after their `at`, in microseconds."""


Entry = tuple[str, int, Cell, str, int, str, int, int, str, int]
"""family, at, cell, part, turns_at, turns_to, moved_to, round, unit, n: plain, because millions are made.

`n` counts (attempts may be several); `moved_to`, of the part `moved_out`, is the next deadline towards the
one in force: the round left a period that holds `at` and not `moved_to`."""

Entries = list[Entry]
Family = Callable[[Case, Round], Entries]


def entry(family: str, at: int, cell: Cell, part: str, round: int, unit: str = "", n: int = 1) -> Entry:
    return (family, at, cell, part, NEVER, "", 0, round, unit, n)


def awaited(family: str, due: int, cell: Cell, round: int, unit: str = "") -> Entry:
    """Exactly at the deadline is still on time."""
    return (family, due, cell, "not_due", due + 1, "overdue", 0, round, unit, 1)


def on_time(judged: int, due: int) -> str:
    return "on_time" if judged <= due else "late"


def excluded(now: Round, due: int | None) -> str:
    """The reason why the round does not count for a clock that is due at `due`, or ""."""
    if now.ended in EXCLUDING and (due is None or now.ended_at <= due):
        return now.ended
    return ""


def moved_out(family: str, was: tuple[int, ...], due: int, cell: Cell, round: int, unit: str = "") -> Entries:
    """One entry for each former deadline. Each names the next one towards that in force, so that a period
    counts a round once however often it moved."""
    line = sorted({*was, due})
    here = line.index(due)
    towards = {at: line[place + (1 if place < here else -1)] for place, at in enumerate(line) if at != due}
    return [(family, at, cell, "moved_out", NEVER, "", to, round, unit, 1) for at, to in towards.items()]


def late_entry(
    family: str, at: int, cell: Cell, judged: int, done: int, round: int, unit: str = ""
) -> Entries:
    """Recorded so late that it is judged by when it was recorded."""
    return [] if judged == done else [entry(family, at, cell, "late_entries", round, unit)]


# ------------------------------------------------------------------ families of a round


def dispatch(case: Case, now: Round) -> Entries:
    """Was the round dispatched by its dispatch deadline?"""
    due, cell = now.dispatch_due, now.cell
    done, judged = now.dispatched_at, now.dispatched_judged
    at = due if due is not None else done or now.ended_at
    found: Entries = []
    if reason := excluded(now, due):
        found = [entry("dispatch", at, cell, reason, now.number)]
    elif done:
        part = "historic" if judged is None else "no_deadline" if due is None else on_time(judged, due)
        found = [entry("dispatch", at, cell, part, now.number)]
        if judged is not None:
            found += late_entry("dispatch", at, cell, judged, done, now.number)
    elif due is not None:
        found = [awaited("dispatch", due, cell, now.number)]
    if now.dispatch_was and due is not None:
        found += moved_out("dispatch", now.dispatch_was, due, cell, now.number)
    return found


def closure(case: Case, now: Round) -> Entries:
    """Was it resolved by the deadline in force?"""
    found = resolution("closure", now, now.due)
    if now.due_was and now.due is not None:
        found += moved_out("closure", now.due_was, now.due, now.cell, now.number)
    return found


def first_promise(case: Case, now: Round) -> Entries:
    """Was it resolved by the first deadline anybody was promised?"""
    return resolution("first_promise", now, now.first_due)


def resolution(family: str, now: Round, due: int | None) -> Entries:
    cell, number = now.cell, now.number
    if reason := excluded(now, due):
        return [entry(family, now.ended_at if due is None else due, cell, reason, number)]
    if now.resolved_at:
        if due is None:
            return [entry(family, now.resolved_at, cell, "no_deadline", number)]
        judged = now.resolved_judged
        return [
            entry(family, due, cell, on_time(judged, due), number),
            *late_entry(family, due, cell, judged, now.resolved_at, number),
        ]
    if now.ended == "historic":
        return [entry(family, now.ended_at if due is None else due, cell, "historic", number)]
    if due is not None:
        return [awaited(family, due, cell, number)]
    return [entry(family, NO_PERIOD, cell, "no_deadline", number)] if now.dispatched_at else []


def response(case: Case, now: Round) -> Entries:
    """Did each unit asked respond by its deadline?"""
    return [each for share in case.shares if share.round == now.number for each in of_share(share, now)]


def response_undated(case: Case, now: Round) -> Entries:
    """Of the shares without a deadline only: the end of the round is when they are shown."""
    number = now.number
    undated = [share for share in case.shares if share.due is None and share.round == number]
    return [each for share in undated for each in of_share(share, now)] if undated else []


def of_share(share: UnitShare, now: Round) -> Entries:
    due, cell, number = share.due, share.cell, share.round
    unit = share.unit if share.nth == 1 else f"{share.unit}{AGAIN}{share.nth}"
    declined, responded = share.declined_at, share.responded_at
    judged = share.declined_judged if declined else share.responded_judged
    found: Entries = []
    if declined and (share.decline_due is None or judged <= share.decline_due):
        part, at = "declined", declined if due is None else due
    elif part := excluded(now, due):
        at = now.ended_at if due is None else due
    elif responded:
        part = "no_deadline" if due is None else on_time(judged, due)
        at = responded if due is None else due
    elif share.replaced_at and (due is None or share.replaced_at <= due):
        part, at = "replaced", share.replaced_at if due is None else due
    elif due is not None:
        part, at = "", due
        found = [awaited("response", due, cell, number, unit)]
    elif done := now.resolved_at or now.ended_at:
        part, at = "no_deadline", done
    else:
        return []
    if part:
        found = [entry("response", at, cell, part, number, unit)]
    if declined or responded:
        found += late_entry("response", at, cell, judged, declined or responded, number, unit)
    if share.was and due is not None:
        found += moved_out("response", share.was, due, cell, number, unit)
    return found


def dispatched(case: Case, now: Round) -> Entries:
    """Not a rate: who belongs to the cohort of those dispatched in a period. Nobody knows of a round whose
    dispatch history tells without its moment."""
    if now.dispatched_judged is None:
        return []
    return [entry("dispatched", now.dispatched_at, NOWHERE, "dispatched", now.number)]


def reopen(case: Case, now: Round) -> Entries:
    """Rounds resolved, by when they were; did they end by reopening?"""
    if not now.resolved_at:
        return []
    part = "reopened" if now.ended == "reopened" else "kept"
    return [entry("reopen", now.resolved_at, now.cell, part, now.number)]


# ------------------------------------------------------------------ follow-up


def follow_up(case: Case, now: Round) -> Entries:
    """Was the resolution followed up within its 24 hours? An attempt is none."""
    due, number = now.follow_up_due, now.number
    if not now.resolved_at:
        return []
    cell = now.answers[0].cell if now.answers else now.cell
    if due is None:
        return [entry("follow_up", now.resolved_at, cell, "historic", number)]
    found: Entries = []
    if now.answers:
        first = now.answers[0]
        found = [
            entry("follow_up", due, cell, on_time(first.judged, due), number),
            *late_entry("follow_up", due, cell, first.judged, first.at, number),
        ]
    elif now.ended == "historic":
        found = [entry("follow_up", due, cell, "historic", number)]
    else:
        found = [awaited("follow_up", due, cell, number)]
    if attempts := sum(at <= due for at in now.attempts):
        found.append(entry("follow_up", due, cell, "attempts", number, n=attempts))
    if now.follow_up_was:
        found += moved_out("follow_up", now.follow_up_was, due, cell, number)
    return found


def satisfaction(case: Case, now: Round) -> Entries:
    """What was answered, each follow-up in the period it happened in."""
    return _answers("satisfaction", now)


def solved(case: Case, now: Round) -> Entries:
    return _answers("solved", now)


def _answers(family: str, now: Round) -> Entries:
    number = now.number
    found: Entries = []
    for nth, answer in enumerate(now.answers, 1):
        part = answer.part if family == "satisfaction" else answer.verdict
        found.append(entry(family, answer.at, answer.cell, part, number, share_of(nth)))
        if answer.judged != answer.at:
            share = share_of(nth)
            found += late_entry(family, answer.at, answer.cell, answer.judged, answer.at, number, share)
    if now.ended in ("unreached", "historic"):
        found.append(entry(family, now.ended_at, now.cell, now.ended, number, "end"))
    return found


def share_of(nth: int) -> str:
    """Tells the answers (or checks) of one round apart: a figure has as many cases as it counts."""
    return "" if nth == 1 else str(nth)


def measured(case: Case, now: Round) -> Entries:
    """Follow-ups of categories that require a reading: are all present and in range?"""
    return [
        entry(
            "measured",
            answer.at,
            answer.cell,
            "passed" if answer.measured else "failed",
            now.number,
            share_of(nth),
        )
        for nth, answer in enumerate(now.answers, 1)
        if answer.measured is not None
    ]


def spot_check(case: Case, now: Round) -> Entries:
    return [
        entry("spot_check", check.at, now.cell, check.result, now.number, share_of(nth))
        for nth, check in enumerate(now.checks, 1)
    ]


# ------------------------------------------------------------------ families of the case


def intake(case: Case, now: Round) -> Entries:
    """The registration: reactive or proactive."""
    opening = case.opening
    return [entry("intake", opening.at, cells_of(intake_dims(case)), opening.origin, 1)]


def repeat(case: Case, now: Round) -> Entries:
    """Closings, by when they happened: 30 days later each has stayed closed or was repeated."""
    closing = case.closing
    if closing is None:
        return []
    if not closing.comparable:
        return [entry("repeat", closing.at, closing.cell, "place_not_comparable", closing.round)]
    later = "repeated" if closing.repeated else "stayed"
    ripe = closing.at + REPEAT_WITHIN
    return [("repeat", closing.at, closing.cell, "not_due", ripe, later, 0, closing.round, "", 1)]


# ------------------------------------------------------------------ the difference


def difference(before: Entries, after: Entries) -> list[tuple[Entry, int]]:
    """What has to be added (and how often) to turn the entries before into those after."""
    if not before:
        return [(each, each[9]) for each in after]
    if len(before) == len(after) == 1:
        return [(before[0], -before[0][9]), (after[0], after[0][9])] if before != after else []
    counts: dict[Entry, int] = {}
    for each in before:
        counts[each] = counts.get(each, 0) - each[9]
    for each in after:
        counts[each] = counts.get(each, 0) + each[9]
    return [(each, n) for each, n in counts.items() if n]
