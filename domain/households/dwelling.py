"""A dwelling (住房): where it is, and which tenancies fill it. Several households may share one.

Its stream is `dw-…`; the engine derives it from grid and address, so that one address is one dwelling.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from domain.bounds import said, text
from domain.deciding import Decision, permit
from domain.households.commands import DwellingCommand, Occupy, RegisterDwelling, Vacate
from domain.households.facts import DwellingFact, DwellingOccupied, DwellingRegistered, DwellingVacated
from domain.households.rules import ADDRESS, COMPOUND, DESK, answers_for, place
from domain.messages import Envelope
from domain.refusals import Refused
from domain.scene import Scene


@dataclass(frozen=True, slots=True)
class Unregistered:
    pass


@dataclass(frozen=True, slots=True)
class Dwelling:
    """`occupants` are the households that live there now, by tenancy."""

    grid: str
    compound: str
    occupants: Mapping[str, str] = field(default_factory=dict)


State = Unregistered | Dwelling
INITIAL: State = Unregistered()
NAMES: Mapping[type, str] = {Unregistered: "unregistered", Dwelling: "registered"}


def register(command: RegisterDwelling, state: Unregistered, scene: Scene) -> tuple[DwellingRegistered]:
    place(command.grid, scene)
    compound = text("compound", command.compound, COMPOUND, least=0)
    return (
        DwellingRegistered(command.grid, compound, said(scene.stream, "address", command.address, ADDRESS)),
    )


def stands(command: RegisterDwelling, state: Dwelling, scene: Scene) -> tuple[()]:
    return ()


def occupy(command: Occupy, state: Dwelling, scene: Scene) -> tuple[DwellingOccupied, ...]:
    answers_for(state.grid, scene)
    if command.tenancy in state.occupants or command.household in state.occupants.values():
        return ()
    return (DwellingOccupied(command.tenancy, command.household),)


def vacate(command: Vacate, state: Dwelling, scene: Scene) -> tuple[DwellingVacated, ...]:
    household = state.occupants.get(command.tenancy)
    return () if household is None else (DwellingVacated(command.tenancy, household),)


ROLES: Mapping[type, frozenset[str]] = {RegisterDwelling: DESK, Occupy: DESK, Vacate: DESK}

TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unregistered: {RegisterDwelling: register},
    Dwelling: {RegisterDwelling: stands, Occupy: occupy, Vacate: vacate},
}


def decide(command: DwellingCommand, state: State, scene: Scene) -> tuple[DwellingFact, ...]:
    decision = permit("dwelling", type(command), state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    return decision(command, state, scene)


def evolve(state: State, fact: DwellingFact, envelope: Envelope) -> State:
    if isinstance(fact, DwellingRegistered):
        return Dwelling(fact.grid, fact.compound)
    assert isinstance(state, Dwelling), "a dwelling begins by being registered"
    match fact:
        case DwellingOccupied(tenancy, household):
            return replace(state, occupants={**state.occupants, tenancy: household})
        case DwellingVacated(tenancy):
            left = {name: each for name, each in state.occupants.items() if name != tenancy}
            return replace(state, occupants=left)
        case _:
            assert_never(fact)


def known(state: State, dwelling: str) -> Dwelling:
    """The dwelling, if there is one."""
    if isinstance(state, Unregistered):
        raise Refused("dwelling.unknown", f"there is no dwelling {dwelling!r}", dwelling=dwelling)
    return state
