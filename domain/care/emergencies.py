"""An emergency answered (网格员应急响应): call, arrival, hospital, the family told, the hand-over.

Its moments are said at once or one by one, as they become known: at the door nobody has the time.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from domain.bounds import AHEAD, items, one_of, said_if, text
from domain.care.commands import AnswerEmergency
from domain.care.facts import EmergencyAnswered, EmergencyMoment
from domain.care.state import Active, Closed, Emergency
from domain.refusals import Refused
from domain.scene import Scene, precedes

STEPS = ("called", "arrived", "hospital", "family_notified", "handed_over")
HANDED_TO = ("relatives", "hospital", "neighbour", "other")
IN_ORDER = ("called", "arrived", "hospital", "handed_over")
"""The family may be told at any moment after the call."""

WHAT, WHO = 2000, 200
EARLIER = timedelta(days=30)
"""An emergency is often why a plan is opened: its moments may lie so long before."""


def answer(command: AnswerEmergency, state: Active | Closed, scene: Scene) -> tuple[EmergencyAnswered]:
    plan = state.plan
    known = _known(command.emergency, plan.emergencies)
    number = command.emergency or len(plan.emergencies) + 1
    items("moments", command.moments, least=0 if command.emergency else 1)
    said = dict(known.said)
    since = min((plan.opened_at - EARLIER, *said.values()))
    for each in command.moments:
        one_of("step", each.step, STEPS)
        if each.step in said:
            raise Refused("care.moment-twice", f"{each.step} was told already", step=each.step)
        if each.at > scene.now + AHEAD:
            raise Refused("care.moment-ahead", f"{each.step} has not come yet", step=each.step, at=each.at)
        if precedes(each.at, since):
            raise Refused(
                "care.moment-early",
                f"{each.step} is told before the household was looked after",
                help=f"at: {since.isoformat()} or later",
                step=each.step,
                at=each.at,
                since=since,
            )
        said[each.step] = each.at
    _in_order(said)
    if ("handed_over" in said and "handed_over" not in dict(known.said)) != bool(command.handed_to):
        raise Refused("care.handed-to", "a hand-over says to whom", help="handed_to, with handed_over")
    if command.handed_to:
        one_of("handed_to", command.handed_to, HANDED_TO)
    if not command.moments:
        text("what", command.what, WHAT)
    return (
        EmergencyAnswered(
            emergency=number,
            household=plan.household,
            grid=plan.grid,
            moments=tuple(EmergencyMoment(each.step, each.at) for each in command.moments),
            handed_to=command.handed_to,
            who=said_if(plan.subject, "who", command.who, WHO),
            what=said_if(plan.subject, "what", command.what, WHAT),
        ),
    )


def _known(number: int, emergencies: tuple[Emergency, ...]) -> Emergency:
    if number == 0:
        return Emergency()
    if not 1 <= number <= len(emergencies):
        raise Refused("care.no-such-emergency", f"there is no emergency {number}", number=number)
    return emergencies[number - 1]


def _in_order(said: dict[str, datetime]) -> None:
    told = [(step, said[step]) for step in IN_ORDER if step in said]
    pairs = [*pairwise(told)]
    if {"called", "family_notified"} <= said.keys():
        pairs.append((("called", said["called"]), ("family_notified", said["family_notified"])))
    for (first, at), (then, after) in pairs:
        if precedes(after, at):
            raise Refused(
                "care.moment-order", f"{then} is told before {first}", step=then, after=first, at=after
            )
