"""A claim (申报) until it is paid: filed for a deed, verified by somebody else, or refused."""

from domain.bounds import NAME, TEXT, evidence, names, said, text
from domain.deciding import in_order, local_day
from domain.messages import clear
from domain.points.claim.commands import File, Refuse, Verify
from domain.points.claim.state import AwaitingVerification, Claim, Unfiled
from domain.points.facts import ClaimFiled, ClaimRefused, ClaimVerified
from domain.points.rules import may_vouch, quantity, tariff_line, tariff_rule
from domain.refusals import Refused
from domain.scene import Scene


def file(command: File, state: Unfiled, scene: Scene) -> tuple[ClaimFiled]:
    """The tariff in force on the day of the deed fixes the points."""
    actor = scene.actor
    if actor.role == "resident" and actor.person != command.holder:
        raise Refused(
            "claim.not-holder",
            "you file for your own account; a grid member may file for somebody",
            help="your own account",
        )
    many = quantity(command.quantity)
    _check_day(command, scene)
    line, version = tariff_line(command.activity, command.occurred_on, scene)
    points = line.pays(many)
    if not points:
        raise Refused(
            "claim.pays-nothing",
            f"{command.activity} pays for every full {line.per} {line.basis}",
            help=f"quantity: {line.per} or more",
            activity=command.activity,
            quantity=many,
            per=line.per,
        )
    return (
        ClaimFiled(
            account=command.account,
            holder=command.holder,
            place=command.place,
            activity=command.activity,
            quantity=many,
            basis=line.basis,
            occurred_on=command.occurred_on,
            points=points,
            rule=tariff_rule(line, version),
            beneficiary=text("beneficiary", command.beneficiary, NAME, least=0),
            witnesses=names("witnesses", command.witnesses),
            evidence=evidence("evidence", command.evidence),
            note=said(command.holder, "note", command.note) if command.note.strip() else None,
            filed_by=actor.person,
            on_behalf=actor.person != command.holder,
            cause=text("cause", command.cause, NAME, least=0) or scene.stream,
        ),
    )


def _check_day(command: File, scene: Scene) -> None:
    """A deed was done between the account's opening and today."""
    on = command.occurred_on
    if on > local_day(scene):
        raise Refused(
            "claim.in-the-future",
            f"{on} is still to come",
            help=f"occurred_on: {local_day(scene)} at the latest",
            on=on.isoformat(),
        )
    if on < command.opened_on:
        raise Refused(
            "claim.before-account",
            f"the account was opened on {command.opened_on}, the deed is of {on}",
            help=f"occurred_on: {command.opened_on} at the earliest",
            on=on.isoformat(),
            opened_on=command.opened_on.isoformat(),
        )


def may_verify(claim: Claim, scene: Scene) -> None:
    """Somebody else, of a role the tariff's line names."""
    person = scene.actor.person
    if person in claim.parties:
        raise Refused(
            "claim.verified-by-party",
            "whoever files, holds or benefits does not verify",
            help="another grid member, or the dispatcher",
            person=person,
        )
    may_vouch("claim", claim.activity, claim.rule.version, scene)


def verify(command: Verify, state: AwaitingVerification, scene: Scene) -> tuple[ClaimVerified]:
    claim = state.claim
    in_order(claim.milestone_at, scene)
    may_verify(claim, scene)
    return (ClaimVerified(claim.account, claim.points, command.entry),)


def refuse(command: Refuse, state: AwaitingVerification, scene: Scene) -> tuple[ClaimRefused]:
    claim = state.claim
    in_order(claim.milestone_at, scene)
    may_verify(claim, scene)
    return (ClaimRefused(clear(claim.holder, text("reason", command.reason, TEXT))),)
