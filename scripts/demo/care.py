"""The care plans of the demo: seven key households at every level of risk, one visit missed long ago and one
just now, a night in hospital, and a plan that ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import care
from domain.care import commands as c
from domain.households.commands import Reclassify
from domain.messages import ENGINE, Actor
from domain.steps import Step
from engine.ids import derived_id
from scripts.demo.households import Entry
from scripts.demo.past import Act, Past, Story
from scripts.demo.people import DISPATCHER, grid_members

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)

Checks = tuple[str, str, str, str]
"""Water, electricity, what was noted of health, and of wishes."""

FOUND: tuple[Checks, ...] = (
    ("ok", "ok", "精神不错，血压正常", ""),
    ("ok", "unchecked", "腿脚慢，自己能下楼", "想有人陪着去配药"),
    ("ok", "ok", "按时服药", ""),
    ("fault", "ok", "睡眠不好", "水龙头滴水，已请邻居先关总阀"),
    ("ok", "fault", "血压偏高，提醒复查", "厨房插座松动，不敢用"),
    ("unchecked", "ok", "胃口好", ""),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """`number` of the household; `opened` and `visits` in days before the day of loading, from the earliest
    on. A period nobody came in is noticed at its end."""

    number: int
    grounds: str
    risk: str
    opened: int
    visits: tuple[int, ...]
    contact: str = ""
    ended: int = 0
    emergency: int = 0

    @property
    def entry(self) -> Entry:
        return Entry(self.number)

    @property
    def stream(self) -> str:
        return care.stream_of(self.entry.id)


PLANS = (
    Plan(5, "living_alone", "high", 63, (57, 51, 45, 39, 33, 20, 14, 8, 3), "女儿，住外市，每周通话"),
    Plan(17, "living_alone", "daily", 14, tuple(range(13, 0, -1)), "侄子，住邻镇"),
    Plan(40, "disabled", "medium", 50, (38, 26, 14, 4), "爱人"),
    Plan(66, "bedridden", "high", 30, (25, 19, 15, 9), "儿子，夜班"),
    Plan(130, "hardship", "low", 45, (17,)),
    Plan(151, "bereaved", "medium", 40, (30, 18, 6, 2), "妹妹，住同一街道", emergency=7),
    Plan(250, "living_alone", "high", 60, (55, 49, 43, 37, 31, 25, 19, 13), "外甥", ended=10),
)

COLD = "今夜起大风降温，请关好门窗，夜里少出门。身体不舒服或家里有事，随时给网格员打电话。"


def begin(past: Past, day: datetime) -> None:
    """Let them be told; `day` is the local midnight with which the day of loading begins."""
    for nth, plan in enumerate(PLANS):
        start = day - plan.opened * DAY
        past.begin(start + 9 * HOUR, looked_after(plan, nth, day))
        past.begin(start + DAY, noticed(plan, start, day))
    past.begin(day - 5 * DAY + 15 * HOUR, warned(day))


def looked_after(plan: Plan, nth: int, day: datetime) -> Story:
    worker = grid_members(plan.entry.grid)[0]
    start = day - plan.opened * DAY + 9 * HOUR
    yield Act(start, worker, opened(plan, worker))
    acts = [*visits(plan, nth, worker, day), *emergency(plan, worker, day)]
    if plan.ended:
        close = Step("care-plan", plan.stream, c.ClosePlan("institution", "住进了养老院，家属办的手续"))
        acts.append(Act(day - plan.ended * DAY + 16 * HOUR, worker, (close,)))
    for act in sorted(acts, key=lambda act: act.at):  # noqa: UP028 (a plain iterator takes no lines)
        yield act


def opened(plan: Plan, worker: Actor) -> tuple[Step, ...]:
    command = c.OpenPlan(
        household=plan.entry.id,
        grid=plan.entry.grid,
        grounds=plan.grounds,
        risk=plan.risk,
        worker=worker.person,
        contact=plan.contact,
    )
    key = Reclassify("key", "建立关爱计划 · a care plan was opened")
    return Step("care-plan", plan.stream, command), Step("household", plan.entry.stream, key)


def visits(plan: Plan, nth: int, worker: Actor, day: datetime) -> Iterator[Act]:
    for n, before in enumerate(plan.visits):
        water, electricity, health, wishes = FOUND[(n + nth) % len(FOUND)]
        command = c.RecordVisit(
            minutes=15 + 5 * ((n + nth) % 4),
            chat=n % 3 != 2,
            water=water,
            electricity=electricity,
            health=health,
            safety="插座松动" if electricity == "fault" else "",
            wishes=wishes,
        )
        at = day - before * DAY + 10 * HOUR + nth * timedelta(minutes=11)
        yield Act(at, worker, (Step("care-plan", plan.stream, command),))


def emergency(plan: Plan, worker: Actor, day: datetime) -> Iterator[Act]:
    """A fall in the night: told in two pieces, the second with the hand-over; then the risk is raised."""
    if not plan.emergency:
        return
    night = day - plan.emergency * DAY
    called, arrived = c.Moment("called", night + 3 * HOUR), c.Moment("arrived", night + 3.2 * HOUR)
    first = c.AnswerEmergency((called, arrived), what="夜里起身摔倒，邻居听见来电")
    yield Act(night + 3.5 * HOUR, worker, (Step("care-plan", plan.stream, first),))
    then = c.AnswerEmergency(
        (
            c.Moment("hospital", night + 4 * HOUR),
            c.Moment("family_notified", night + 3.6 * HOUR),
            c.Moment("handed_over", night + 7 * HOUR),
        ),
        emergency=1,
        handed_to="relatives",
        who="妹妹",
    )
    yield Act(night + 7.5 * HOUR, worker, (Step("care-plan", plan.stream, then),))
    risk = c.ChangeRisk("high", "摔过一次，出院后先按周走访")
    yield Act(night + 33 * HOUR, worker, (Step("care-plan", plan.stream, risk),))


def noticed(plan: Plan, start: datetime, day: datetime) -> Story:
    """The engine's clock looks a second after each midnight, as long as the plan runs."""
    for n in range(1, plan.opened - plan.ended + 1):
        yield Act(start + n * DAY + SECOND, ENGINE, (Step("care-plan", plan.stream, c.NoticeMissed()),))


def warned(day: datetime) -> Story:
    """A notice before a cold wave; the last household has not been told yet."""
    notice, running = derived_id("notice", "demo", "1"), [plan for plan in PLANS if not plan.ended]
    sent = tuple(Step("care-plan", plan.stream, c.SendNotice(notice, COLD)) for plan in running)
    yield Act(day - 5 * DAY + 15 * HOUR, DISPATCHER, sent)
    for nth, plan in enumerate(running[:-1]):
        worker = grid_members(plan.entry.grid)[0]
        told = c.DeliverNotice(notice, ("in_person", "phone")[nth % 2])
        at = day - 5 * DAY + 16 * HOUR + nth * timedelta(minutes=17)
        yield Act(at, worker, (Step("care-plan", plan.stream, told),))
