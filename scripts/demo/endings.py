"""How the stories end: the follow-ups, what the resident says himself, spot checks, and what comes back."""

from datetime import datetime

from domain.complaint.commands import FollowUp, Rate, ReadingTaken, Reopen, Reveal, SpotCheck
from domain.complaint.state import AwaitingDispatch, AwaitingFollowUp, Closed
from domain.messages import Actor
from scripts.demo import texts
from scripts.demo.past import Story
from scripts.demo.people import DISPATCHER, STREET_OFFICER
from scripts.demo.stories import DAY, HOUR, MINUTE, Fate, Telling, handled, visitors

CONTENT = Fate()


def told(t: Telling, fate: Fate) -> Story:
    """All rounds of a case that waits for dispatch, until it rests; then what may still come."""
    number = 1
    while True:
        yield from handled(t, fate if number == 1 else CONTENT)
        if not isinstance(t.past.state(t.stream), AwaitingFollowUp):
            return
        yield from _followed_up(t, fate if number >= fate.rounds else Fate(_unhappy(t)))
        if not isinstance(t.past.state(t.stream), AwaitingDispatch):
            break
        number += 1
    yield from _afterwards(t, fate)


def _unhappy(t: Telling) -> str:
    if t.case.category == "heating" and t.chance.random() < 0.6:
        return "still cold"
    return "unsolved" if t.chance.random() < 0.35 else "dissatisfied"


# ------------------------------------------------------------------ follow-ups


def _followed_up(t: Telling, fate: Fate) -> Story:
    """Everybody who reported is asked, as long as the case waits for answers."""
    if fate.name == "rated" and t.resident is not None and t.case.category in ("consultation", "other"):
        yield t.act(t.now + 3 * HOUR, t.resident, Rate("satisfied", t.chance.choice(texts.RATINGS)))
        return
    if fate.name == "stalled before follow-up":
        t.at(t.neglected(t.case.round.follow_up))
    if fate.name == "unreached":
        yield from _nobody_home(t)
        return
    if fate.name == "forgotten":
        t.at(t.now + 26 * HOUR)
    if fate.name == "second attempt":
        t.at(_visit(t))
        visitor = _visitor(t)
        yield t.order(visitor, _attempt(t))
        if t.case.own_reporters:
            yield t.act(t.now + 5 * MINUTE, visitor, Reveal("phone", "上门无人，电话另约时间。"))
    while isinstance(t.past.state(t.stream), AwaitingFollowUp):
        t.at(_visit(t))
        visitor = _visitor(t)
        yield t.order(visitor, _answer(t, fate, visitor))


def _visit(t: Telling) -> datetime:
    """A moment for a visit: within the 24 hours, not in the night."""
    due = t.case.round.follow_up
    left = (due.due - t.now) if due is not None else DAY
    moment = t.now + max(left, 2 * HOUR) * t.chance.uniform(0.1, 0.6)
    local = moment.astimezone(t.past.stage.organisation.zone)
    if local.hour < 8:
        return moment + (9 - local.hour) * HOUR
    return moment - (local.hour - 19) * HOUR if local.hour > 20 else moment


def _visitor(t: Telling) -> Actor:
    able = visitors(t)
    return t.chance.choice(able) if able else DISPATCHER


def _method(t: Telling) -> str:
    return "on_site" if t.case.category == "heating" or t.chance.random() < 0.55 else "phone"


def _attempt(t: Telling) -> FollowUp:
    note = "家中无人，已留联系卡。"
    return FollowUp(_method(t), t.now, reached=False, note=note, reason=_reason(t))


def _reason(t: Telling) -> str:
    return "" if visitors(t) else "网格员均参与了处置，由社区派单员回访。"


def _nobody_home(t: Telling) -> Story:
    """For everybody who reported one attempt in each window: by day, in the evening, on a day off."""
    while isinstance(t.past.state(t.stream), AwaitingFollowUp):
        for window in ("day", "evening", "weekend"):
            moment = t.now + 2 * HOUR
            while t.calendar.window(moment) != window or not 9 <= _hour(t, moment) <= 20:
                moment += 30 * MINUTE
            t.at(moment)
            yield t.order(_visitor(t), _attempt(t))


def _hour(t: Telling, moment: datetime) -> int:
    return moment.astimezone(t.past.stage.organisation.zone).hour


def _answer(t: Telling, fate: Fate, visitor: Actor) -> FollowUp:
    satisfaction, solved, note = _verdict(t, fate)
    readings: tuple[ReadingTaken, ...] = ()
    photos: tuple[str, ...] = ()
    if t.case.category == "heating":
        low, high = (14.6, 17.8) if fate.name == "still cold" else (18.2, 22.9)
        readings = (ReadingTaken("room_temperature", round(t.chance.uniform(low, high), 1), "°C"),)
        photos = (t.chance.choice(t.photos),)
    reason = "" if visitor.role == "gridworker" else _reason(t)
    return FollowUp(_method(t), t.now, True, satisfaction, solved, readings, photos, note=note, reason=reason)


def _verdict(t: Telling, fate: Fate) -> tuple[str, str, str]:
    """Satisfaction, solved, and a note. A hazard nobody reported is verified: then only `solved` counts."""
    if not t.case.reporters:
        return "", "no" if fate.name in ("dissatisfied", "unsolved") else "yes", t.chance.choice(texts.NOTES)
    match fate.name:
        case "dissatisfied":
            return "dissatisfied", "partly", t.chance.choice(texts.DISSATISFIED)
        case "unsolved":
            return "basically_satisfied", "no", t.chance.choice(texts.DISSATISFIED)
        case "no answer":
            return "no_answer", "", "接通后居民表示不便评价。"
    note = t.chance.choice(texts.NOTES)
    if t.chance.random() < 0.68:
        return "satisfied", "yes", note
    return "basically_satisfied", "yes" if t.chance.random() < 0.7 else "partly", note


# ------------------------------------------------------------------ afterwards


def _afterwards(t: Telling, fate: Fate) -> Story:
    if not isinstance(t.past.state(t.stream), Closed):
        return
    if fate.name == "spot check":
        yield from _checked(t, contradicted=t.chance.random() < 0.25)
    elif fate.name == "reopened by resident" and t.resident is not None:
        words = t.chance.choice(texts.REOPENINGS)
        yield t.act(t.now + t.chance.randint(2, 8) * DAY, t.resident, Reopen("other", words))
        yield from told(t, CONTENT)
    elif t.resident is not None and t.chance.random() < 0.12:
        satisfaction = "satisfied" if t.chance.random() < 0.8 else "basically_satisfied"
        yield t.act(t.now + 5 * HOUR, t.resident, Rate(satisfaction, t.chance.choice(texts.RATINGS)))


def _checked(t: Telling, *, contradicted: bool) -> Story:
    when = t.now + t.chance.randint(1, 6) * DAY
    if contradicted:
        words = t.chance.choice(texts.CHECKS_CONTRADICTED)
        yield t.act(when, STREET_OFFICER, SpotCheck("contradicted", words))
        yield from told(t, CONTENT)
        return
    readings: tuple[ReadingTaken, ...] = ()
    if t.case.category == "heating":
        readings = (ReadingTaken("room_temperature", round(t.chance.uniform(18.0, 21.5), 1), "°C"),)
    words = t.chance.choice(texts.CHECKS_CONFIRMED)
    yield t.act(when, STREET_OFFICER, SpotCheck("confirmed", words, readings, (t.chance.choice(t.photos),)))
