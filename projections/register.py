"""The register of cases, the due book, and the book of unit shares: rows of one case each."""

import json

from projections.case import Case, Kept
from projections.views import Row, Table

CASES_TABLE = Table(
    "cases",
    {
        "id": "text",
        "number": "text",
        "external_number": "text",
        "source": "text",
        "state": "text",
        "round": "int",
        "category": "text",
        "category_version": "text",
        "first_category": "text",
        "origin": "text",
        "channel": "text",
        "grid": "text",
        "lead": "text",
        "assisting": "text",
        "track": "text",
        "urgency": "text",
        "registered_at": "int",
        "round_at": "int",
        "dispatch_by": "int",
        "response_by": "int",
        "resolve_by": "int",
        "first_resolve_by": "int",
        "follow_up_by": "int",
        "next_by": "int",
        "next_clock": "text",
        "resolved_at": "int",
        "closed_at": "int",
        "ended_at": "int",
        "result": "text",
        "satisfaction": "text",
        "solved": "text",
        "rating": "text",
        "reporter": "text",
        "reporters": "text",
        "record": "text",
        "living": "int",
        "reopened": "int",
        "declines": "int",
        "extensions": "int",
        "urged": "int",
        "supervised": "text",
        "escalated": "int",
        "merged_into": "text",
        "split_from": "text",
        "found_by": "text",
        "recurrences": "text",
        "place_key": "text",
        "tracking_key": "text",
        "text": "text",
        "address": "text",
        "location": "text",
        "reporter_name": "text",
        "reporter_phone": "text",
        "version": "int",
        "position": "int",
        "registered_position": "int",
    },
    key=("id",),
    indexes=(
        ("registered_position",),
        ("state", "registered_position"),
        ("state", "grid", "id", "next_by", "follow_up_by"),
        ("category", "registered_position"),
        ("grid", "registered_position"),
        ("lead", "registered_position"),
        ("number",),
        ("external_number",),
        ("registered_at", "registered_position"),
        ("track", "registered_position"),
        ("urgency", "registered_position"),
        ("channel", "registered_position"),
        ("origin", "registered_position"),
        ("next_by",),
        ("place_key",),
        ("tracking_key",),
        ("reporter",),
    ),
)
"""Lists of ids (`assisting`, `reporters`, `recurrences`) are JSON; sealed values are `Kept` JSON; `living`,
`escalated` are 0 or 1. The deadlines are those of the current round, met or not; `next_by` is the soonest
that still runs: the case is overdue once it has passed. `registered_position` orders lists, newest first."""

DUE = Table(
    "due",
    {
        "case": "text",
        "clock": "text",
        "unit": "text",
        "kind": "text",
        "at": "int",
        "due": "int",
        "grid": "text",
        "lead": "text",
    },
    key=("case", "clock", "unit", "kind"),
    indexes=(("at",),),
)
"""What the watch has to look at next: `kind` is `warn` (80 % of the clock's time) or `overdue`, `at` when.
An imported case is not in it before it is adopted."""

TASKS = Table(
    "tasks",
    {
        "case": "text",
        "round": "int",
        "unit": "text",
        "nth": "int",
        "lead": "int",
        "state": "text",
        "current": "int",
        "dispatched_at": "int",
        "response_by": "int",
        "decline_by": "int",
        "responded_at": "int",
        "declined_at": "int",
        "left_at": "int",
        "grid": "text",
        "registered_position": "int",
    },
    key=("case", "round", "unit", "nth"),
    indexes=(("unit", "registered_position"),),
)
"""One row per unit and dispatch, of all rounds: who is, and who was, asked. `state` is awaited, responded,
declined or replaced; `left_at` when the unit stopped having to do with the case, null while it has."""


SUPPORTERS = Table(
    "supporters",
    {"case": "text", "person": "text"},
    key=("case", "person"),
    indexes=(("person",),),
)
"""Who reports a case beside its first reporter (`cases.reporter`): a case in a hundred has such a row."""


def rows(case: Case) -> dict[str, list[Row]]:
    """All rows of one case."""
    return {
        "cases": [case_row(case)],
        "due": due_rows(case),
        "tasks": task_rows(case),
        "supporters": supporter_rows(case),
    }


def supporter_rows(case: Case) -> list[Row]:
    first = case.opening.reporter
    return [{"case": case.opening.id, "person": person} for person in case.reporters if person != first]


def case_row(case: Case) -> Row:
    o, now, running = case.opening, case.round, case.running()
    shares = case.shares_now()
    soonest = min(running, key=lambda clock: clock.due) if running else None
    return {
        "id": o.id,
        "number": o.number,
        "external_number": o.external_number,
        "source": o.source,
        "state": case.state,
        "round": now.number,
        "category": case.category,
        "category_version": case.category_version,
        "first_category": o.category,
        "origin": o.origin,
        "channel": o.channel,
        "grid": o.grid,
        "lead": now.lead,
        "assisting": listed(assisting(case)),
        "track": now.track,
        "urgency": o.urgency,
        "registered_at": o.at,
        "round_at": now.at,
        "dispatch_by": now.dispatch_due,
        "response_by": next((s.due for s in reversed(shares) if s.lead and s.unit == now.lead), None),
        "resolve_by": now.due,
        "first_resolve_by": now.first_due,
        "follow_up_by": now.follow_up_due,
        "next_by": None if soonest is None else soonest.due,
        "next_clock": "" if soonest is None else soonest.clock,
        "resolved_at": now.resolved_at or None,
        "closed_at": case.closed_at or None,
        "ended_at": now.ended_at or None,
        "result": now.result,
        "satisfaction": case.satisfaction,
        "solved": case.solved,
        "rating": case.rating,
        "reporter": o.reporter,
        "reporters": listed(case.reporters),
        "record": o.record,
        "living": int(case.living),
        "reopened": now.number - 1,
        "declines": now.declines,
        "extensions": now.extensions,
        "urged": case.urged,
        "supervised": case.supervised,
        "escalated": int(case.escalated),
        "merged_into": case.merged_into,
        "split_from": o.split_from,
        "found_by": o.found_by,
        "recurrences": listed(case.recurrences),
        "place_key": o.place_key,
        "tracking_key": o.tracking_key,
        "text": o.text.json,
        "address": kept(o.address),
        "location": kept(o.location),
        "reporter_name": kept(o.reporter_name),
        "reporter_phone": kept(o.reporter_phone),
        "version": case.version,
        "position": case.position,
        "registered_position": o.position,
    }


def due_rows(case: Case) -> list[Row]:
    found: list[Row] = []
    if not case.living:
        return found
    for clock in case.running():
        for kind, at, noticed in (
            ("warn", clock.warn_at, clock.warned),
            ("overdue", clock.due, clock.passed),
        ):
            if not noticed:
                found.append(
                    {
                        "case": case.opening.id,
                        "clock": clock.clock,
                        "unit": clock.unit,
                        "kind": kind,
                        "at": at,
                        "due": clock.due,
                        "grid": case.opening.grid,
                        "lead": case.round.lead,
                    }
                )
    return found


def task_rows(case: Case) -> list[Row]:
    o, now = case.opening, case.round.number
    return [
        {
            "case": o.id,
            "round": share.round,
            "unit": share.unit,
            "nth": share.nth,
            "lead": int(share.lead),
            "state": share.state,
            "current": int(share.round == now and not share.declined_at and not share.replaced_at),
            "dispatched_at": share.at,
            "response_by": share.due,
            "decline_by": share.decline_due,
            "responded_at": share.responded_at or None,
            "declined_at": share.declined_at or None,
            "left_at": left_at(case, share.round, share.declined_at or share.replaced_at),
            "grid": o.grid,
            "registered_position": o.position,
        }
        for share in case.shares
    ]


def left_at(case: Case, round: int, left: int) -> int | None:
    """When the unit was done with it: it declined, was replaced, or its round ended."""
    if left:
        return left
    if round != case.round.number:
        return case.round.at
    return case.round.ended_at or None


def assisting(case: Case) -> tuple[str, ...]:
    """The units beside the lead that still have a share."""
    return tuple(
        [
            share.unit
            for share in case.shares_now()
            if not share.lead and share.state in ("awaited", "responded") and share.unit != case.round.lead
        ]
    )


def listed(values: tuple[str, ...]) -> str:
    return json.dumps(values, ensure_ascii=False) if values else "[]"


def kept(value: Kept | None) -> str | None:
    return None if value is None else value.json
