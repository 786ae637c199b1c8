"""Bodies of a place (“1+4”): the roles come from a template, which each jurisdiction words for itself."""

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.organisation import rules
from domain.organisation.commands import DissolveBody, FormBody
from domain.organisation.facts import BodyDissolved, BodyFormed, UnitEstablished
from domain.organisation.state import Body, Organisation, Unit
from domain.refusals import Refused

if TYPE_CHECKING:
    from domain.scene import Scene


def form(command: FormBody, state: Organisation, scene: "Scene") -> tuple[UnitEstablished | BodyFormed, ...]:
    """Refused for a template that is not in force there, a role it does not have or that is filled too often
    or too seldom, and for a unit that is something else already."""
    rules.path(command.unit)
    rules.named(command.name)
    if state.grid(command.place) is None:
        raise Refused("grant.unknown-place", f"{command.place!r} is no node of the grid", scope=command.place)
    rules.reaches(scene, command.place)
    _is_his_body(command.unit, state, scene)
    template = scene.books.body_template(scene.now, command.template, command.place)
    if template is None:
        raise Refused(
            "body.unknown-template",
            f"no template {command.template!r} is in force for {command.place}",
            value=command.template,
        )
    for member in command.members:
        rules.person(member.person)
    template.check(command.members)
    unit = Unit(command.unit, command.name, "body")
    body = Body(command.unit, command.place, command.template, template.version, command.members)
    known = state.units.get(command.unit) == unit
    formed = BodyFormed(body.unit, body.place, body.template, body.templates, body.members)
    return (
        *(() if known else (UnitEstablished(unit.id, unit.name, unit.kind),)),
        *(() if state.bodies.get(command.unit) == body else (formed,)),
    )


def _is_his_body(unit: str, state: Organisation, scene: "Scene") -> None:
    """A company does not become a body because somebody says so; nor a body of another place his own."""
    known = state.unit(unit)
    if known is None:
        return
    if known.kind != "body":
        raise Refused(
            "body.unit-taken", f"{unit} is a {known.kind}", help="another id for the body", unit=unit
        )
    rules.reaches(scene, state.place_of_unit(unit))


def dissolve(command: DissolveBody, state: Organisation, scene: "Scene") -> tuple[BodyDissolved, ...]:
    """The unit stays, so that the cases it had keep their lead's name."""
    body = state.bodies.get(command.unit)
    if body is None:
        if state.unit(command.unit) is None:
            raise Refused("body.unknown", f"there is no body {command.unit!r}", unit=command.unit)
        return ()
    rules.reaches(scene, body.place)
    return (BodyDissolved(command.unit, rules.reason(command.reason)),)


# ------------------------------------------------------------------ evolve


def formed(state: Organisation, fact: BodyFormed) -> Organisation:
    body = Body(fact.unit, fact.place, fact.template, fact.templates, fact.members)
    return replace(state, bodies={**state.bodies, fact.unit: body})


def dissolved(state: Organisation, fact: BodyDissolved) -> Organisation:
    left = {unit: body for unit, body in state.bodies.items() if unit != fact.unit}
    return replace(state, bodies=left)
