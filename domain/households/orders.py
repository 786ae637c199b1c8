"""What must happen at once when a household comes, moves or goes: the steps of one save over its stream,
those of its tenancies and of the dwellings, as plain tuples.

The household's step comes first, so that it is the household that refuses. Steps that rest on a state which
may have moved meanwhile carry the version `expected`: the desk then answers Conflict.
"""

from datetime import date
from typing import NamedTuple

from domain.households import commands as c
from domain.households import household as households
from domain.households.rules import household_of
from domain.steps import Seen, Step, Steps


class Home(NamedTuple):
    """Where a household moves: `dwelling` and `tenancy` are ids, `address` None for a dwelling that is
    known."""

    dwelling: str
    tenancy: str
    grid: str
    compound: str
    address: str | None
    tenure: str = ""
    since: date | None = None


def enter(stream: str, entry: c.Register | c.TakeOver, home: Home | None) -> Steps:
    """Register it, and where it lives if an address is told. Everything told already says nothing."""
    first = Step("household", stream, entry)
    return (first,) if home is None else (first, *_settled(stream, home))


def move_in(stream: str, seen: Seen, home: Home) -> Steps:
    """It lives there from now on; the tenancy it had elsewhere ends."""
    steps = [
        Step(
            "household",
            stream,
            c.MoveIn(home.grid, home.compound, home.dwelling, home.tenancy),
            seen.version,
        )
    ]
    if lives_in(seen) != home.dwelling:
        steps += [*_left(seen), *_settled(stream, home)]
    return tuple(steps)


def move_out(stream: str, seen: Seen, reason: str) -> Steps:
    return (Step("household", stream, c.MoveOut(reason), seen.version), *_left(seen))


def lives_in(seen: Seen) -> str:
    """The dwelling it lives in now; "" for none."""
    return seen.state.household.dwelling if isinstance(seen.state, households.Living) else ""


def _settled(stream: str, home: Home) -> Steps:
    household = household_of(stream)
    entered: Steps = ()
    if home.address is not None:
        known = c.RegisterDwelling(home.grid, home.compound, home.address)
        entered = (Step("dwelling", home.dwelling, known),)
    start = c.Start(home.dwelling, household, home.grid, home.tenure, home.since)
    return (
        *entered,
        Step("tenancy", home.tenancy, start),
        Step("dwelling", home.dwelling, c.Occupy(home.tenancy, household)),
    )


def _left(seen: Seen) -> Steps:
    if not lives_in(seen):
        return ()
    of = seen.state.household
    return (
        Step("tenancy", of.tenancy, c.End()),
        Step("dwelling", of.dwelling, c.Vacate(of.tenancy)),
    )
