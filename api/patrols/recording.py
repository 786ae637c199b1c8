"""From the bodies to the steps of one save: what is walked, and the cases of what was found."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api.commands import kept
from api.merging import tracking_key
from api.orders import Asking
from api.patrols import bodies as b
from api.sight import must_see
from domain.complaint.commands import ReadingTaken
from domain.patrols import commands as c
from domain.patrols import route as routes
from domain.patrols.finding import Found, came_back, registrations
from domain.patrols.recurrence import stream_of
from domain.steps import Step
from engine.desk import Receipt
from engine.ids import new_id
from projections.case import Case

ENDED = ("closed", "unreached")


async def given(ask: Asking, steps: Sequence[Step], body: Any) -> Receipt:
    """Record the steps together. The first is of the stream the caller addressed: his `If-Match` is about
    it."""
    made = list(steps)
    if ask.expected is not None:
        made[0] = replace(made[0], expected=ask.expected)
    return await ask.give(*made, body=body, occurred_at=body.occurred_at)


def taken(readings: Sequence[b.Reading]) -> tuple[ReadingTaken, ...]:
    return tuple(ReadingTaken(each.quantity, each.value, each.unit) for each in readings)


async def hazards(ask: Asking, told: Sequence[b.Hazard], grid: str) -> tuple[Found, ...]:
    """Each with the id of its case to be. Refused for a photograph nobody has handed in."""
    found = []
    for each in told:
        await kept(ask, each)
        complaint = ask.engine.vault.new_id("c")
        found.append(
            Found(
                c.Hazard(complaint, each.category, each.grid.strip("/") or grid, each.stop),
                each.text,
                each.address,
                each.urgency,
                tuple(each.photos),
                ask.engine.vault.place_key(each.address),
                tracking_key(ask.engine, complaint),
            )
        )
    return tuple(found)


async def walk(ask: Asking, body: b.Walk) -> Receipt:
    await kept(ask, body)
    state, version = ask.engine.desk.state("patrol-route", body.route) if body.route else (None, 0)
    way = c.Route() if state is None else routes.walked(body.route, version, state)
    found = await hazards(ask, body.hazards, body.grid)
    id = new_id("patrol")
    command = c.RecordPatrol(
        grid=body.grid,
        stops=tuple(c.StopVisited(each.stop, taken(each.readings), each.note) for each in body.stops),
        minutes=body.minutes,
        kind=body.kind,
        category=body.category,
        participants=tuple(body.participants),
        units=tuple(body.units),
        evidence=tuple(body.evidence),
        note=body.note,
        route=way,
        hazards=tuple(each.hazard for each in found),
    )
    return await given(ask, (Step("patrol", id, command, 0), *registrations(id, found)), body)


async def more_hazards(ask: Asking, patrol: str, grid: str, body: b.MoreHazards) -> Receipt:
    found = await hazards(ask, body.hazards, grid)
    command = c.NoteHazards(tuple(each.hazard for each in found))
    return await given(ask, (Step("patrol", patrol, command), *registrations(patrol, found)), body)


# ------------------------------------------------------------------ sweeps


def case_found(ask: Asking, id: str) -> c.CaseFound:
    """The case as it is now, if the caller may know of it. Problem 404 otherwise."""
    return case_of(must_see(ask.cases, ask.actor, id))


def case_of(case: Case) -> c.CaseFound:
    o = case.opening
    return c.CaseFound(o.id, case.category, o.grid, case.round.number, case.state in ENDED)


async def open_sweep(ask: Asking, body: b.Sweeping) -> Receipt:
    case = case_found(ask, body.case) if body.case else c.CaseFound()
    command = c.OpenSweep(tuple(body.grids), body.due_on, body.what, body.category, case)
    return await given(ask, (Step("sweep", new_id("sweep"), command, 0),), body)


async def check(ask: Asking, sweep: str, body: b.Check) -> Receipt:
    await kept(ask, body)
    found = await hazards(ask, body.hazards, body.grid)
    hazards_ = tuple(each.hazard for each in found)
    command = c.CheckGrid(body.grid, body.looked_at, tuple(body.evidence), body.note, hazards_)
    return await given(ask, (Step("sweep", sweep, command), *registrations(sweep, found)), body)


async def survey(ask: Asking, sweep: str, body: b.Survey) -> Receipt:
    command = c.SurveyPlace(body.grid, body.place, body.status, body.label, body.note)
    return await given(ask, (Step("sweep", sweep, command),), body)


async def close(ask: Asking, sweep: str, body: b.Closing) -> Receipt:
    return await given(ask, (Step("sweep", sweep, c.CloseSweep(body.note)),), body)


# ------------------------------------------------------------------ looks after a closing


async def watch(ask: Asking, complaint: str, body: b.Watching) -> Receipt:
    case = case_found(ask, complaint)
    command = c.SetWatch(body.until, case, body.look_from, body.looker, body.note)
    return await given(ask, (Step("recurrence", stream_of(complaint), command),), body)


async def look(ask: Asking, complaint: str, body: b.Looking) -> Receipt:
    """What came back at the same place is reopened, or a new case there."""
    case = must_see(ask.cases, ask.actor, complaint)
    await kept(ask, body)
    reopened = body.then == "reopen"
    found = new_case(ask, case, body.text) if body.then == "register" else None
    command = c.Look(
        result=body.result,
        readings=taken(body.readings),
        evidence=tuple(body.evidence),
        note=body.note,
        complaint=complaint if reopened else found.hazard.complaint if found else "",
        reopened=reopened,
    )
    return await given(ask, came_back(stream_of(complaint), command, found, body.text), body)


def new_case(ask: Asking, case: Case, text: str) -> Found:
    o = case.opening
    id = ask.engine.vault.new_id("c")
    address = ask.cases.opened(o.address) or ""
    hazard = c.Hazard(id, case.category, o.grid)
    return Found(hazard, text, address, place_key=o.place_key, tracking_key=tracking_key(ask.engine, id))


async def end(ask: Asking, complaint: str, body: b.Ending) -> Receipt:
    must_see(ask.cases, ask.actor, complaint)
    return await given(ask, (Step("recurrence", stream_of(complaint), c.EndWatch(body.reason)),), body)
