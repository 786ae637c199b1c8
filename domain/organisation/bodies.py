"""Bodies of a place (“1+4”): the roles come from a template, which each jurisdiction words for itself."""

from typing import TYPE_CHECKING

from domain.organisation.commands import DissolveBody, FormBody
from domain.organisation.facts import BodyDissolved, BodyFormed
from domain.organisation.rules import reaches, reason
from domain.organisation.state import Body, Organisation
from domain.refusals import Refused

if TYPE_CHECKING:
    from domain.scene import Scene


def form(command: FormBody, state: Organisation, scene: "Scene") -> tuple[BodyFormed, ...]:
    """Refused for a template that is not in force, a role it does not have, or one role filled twice over."""
    if state.grid(command.place) is None:
        raise Refused("grant.unknown-place", f"{command.place!r} is no node of the grid", scope=command.place)
    reaches(scene, command.place, "grant.beyond-scope")
    template = scene.books.body_template(scene.now, command.template, command.place)
    if template is None:
        raise Refused(
            "body.unknown-template", f"no template {command.template!r} is in force", value=command.template
        )
    template.check(command.members)
    body = Body(command.unit, command.place, command.template, template.version, command.members)
    if state.bodies.get(command.unit) == body:
        return ()
    return (BodyFormed(body.unit, body.place, body.template, body.templates, body.members),)


def dissolve(command: DissolveBody, state: Organisation, scene: "Scene") -> tuple[BodyDissolved, ...]:
    body = state.bodies.get(command.unit)
    if body is None:
        return ()
    reaches(scene, body.place, "grant.beyond-scope")
    return (BodyDissolved(command.unit, reason(command.reason)),)
