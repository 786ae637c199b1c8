"""The calendar of duties of the demo: three weeks of it, most done, one patrol missed and explained.

What other stories do (a month's review signed, a ranking frozen) marks its duty done, as it would live.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from domain.duties import Done, Ended, Explain, NoticeMissed, Unopened, doing, stream_of
from domain.messages import ENGINE, Recorded
from domain.organisation import Organisation
from domain.points.facts import PanelAppointed
from domain.steps import Step
from scripts.demo.deeds import DAY, HOUR
from scripts.demo.past import Act, Past, Story
from scripts.demo.people import COMMUNITY, DISPATCHER, GRIDS, STREET, STREET_OFFICER, grid_members
from scripts.setting_up import OPERATOR, load, missing

BOOK = Path(__file__).parent.parent / "samples" / "duties.toml"
SINCE = 21
"""Days before the day of loading on which the book is adopted."""
MISSED_GRID, MISSED_BEFORE = GRIDS[2], 6
"""Whose patrol nobody made, and how many days ago."""
WALKED = (
    "绕小区一圈，井盖、路灯完好",
    "查楼道充电两处，当场劝离",
    "看供热站和管井，无跑冒",
    "清楼道堆物一处",
)
PLANNED = ("白天居民户 12 户，晚上上班户 6 户", "白天 10 户，周末补重点户 4 户", "晚上 9 户，线上补访 3 户")
CARED = "重点户都走到了，身体状况和家里水电气看过"
HEARD = "流动办公桌摆在社区广场，接待 12 人，登记诉求 3 件"
CHECKED = "随机抽 5 件上门复核，都属实"
REPORTED = "本季受理、办结、满意情况已整理上报"
WHY = "当天全员转移低洼楼院居民，巡查没有做"
SECOND = timedelta(seconds=1)


class Calendar:
    """What the series are told by themselves: facts that do a duty, deadlines that pass."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.series: set[str] = set()
        self._appointed: list[Recorded] = []

    def take(self, line: Recorded) -> None:
        """Hear a line of the past, as the reaction would hear it."""
        if line.stream.startswith("duty-"):
            self.series.add(line.stream)
        if isinstance(line.fact, PanelAppointed):
            self._appointed.append(line)
        if str(type(line.fact).NAME) not in doing.NAMES:  # type: ignore[attr-defined]
            return
        stage = self.past.stage
        for wish in list(doing.asked(line, lambda: self._appointed, stage.books, stage.organisation)):
            step = Step(wish.kind, wish.stream, wish.command)
            self.past.do(line.recorded_at, ENGINE, step, caused_by=wish.caused_by)

    def notices(self) -> tuple[Step, ...]:
        return tuple(Step("duty", stream, NoticeMissed()) for stream in sorted(self.series))

    def done(self, what: str, place: str, note: str, at: datetime) -> Iterator[Step]:
        """The open period noted done; nothing where none is open."""
        stream = stream_of(what, place)
        state: Any = self.past.seen("duty", stream).state
        if isinstance(state, Unopened | Ended):
            return
        period = state.series.period
        if period.opens <= at:
            yield Step("duty", stream, Done(period.key, note))


def begin(past: Past, day: datetime) -> None:
    """Let it all be told; `day` is the local midnight with which the day of loading begins."""
    calendar = Calendar(past)
    past.listeners.append(calendar.take)
    start = day - SINCE * DAY
    past.begin(start + 8 * HOUR, adopted(start + 8 * HOUR))
    past.begin(start + DAY, noticed(calendar, start, day))
    for number, grid in enumerate(GRIDS):
        past.begin(start + DAY, worked(calendar, number, grid, start, day))
    past.begin(start + DAY, office(calendar, start, day))


def adopted(at: datetime) -> Story:
    steps = [change.step for change in missing(load(BOOK), _zoned(), {}, at.date()).changes]
    yield Act(at, OPERATOR, tuple(step for step in steps if step.kind == "rule-book"))


def _zoned() -> Organisation:
    return Organisation(time_zone_set=True)


def noticed(calendar: Calendar, start: datetime, day: datetime) -> Story:
    """A second after each midnight."""
    for n in range(2, SINCE + 1):
        yield Act(start + n * DAY + SECOND, ENGINE, calendar.notices)


def worked(calendar: Calendar, number: int, grid: str, start: datetime, day: datetime) -> Story:
    """A grid's plan in the morning, its patrol in the afternoon, its key households on Fridays."""
    member = grid_members(grid)[number % 2]
    for n in range(1, SINCE):
        today = start + n * DAY
        at = today + 8 * HOUR + number * timedelta(minutes=4)
        note = PLANNED[(n + number) % len(PLANNED)]
        yield Act(at, member, lambda at=at, note=note: tuple(calendar.done("visit_plan", grid, note, at)))  # type: ignore[misc]
        if (grid, SINCE - n) == (MISSED_GRID, MISSED_BEFORE - 1):
            explain = Explain((today - DAY).date().isoformat(), WHY)
            yield Act(today + 9 * HOUR, member, (Step("duty", stream_of("patrol", grid), explain),))
        at = today + 16 * HOUR + number * timedelta(minutes=7)
        if (grid, SINCE - n) != (MISSED_GRID, MISSED_BEFORE):
            note = WALKED[(n + number) % len(WALKED)]
            yield Act(at, member, lambda at=at, note=note: tuple(calendar.done("patrol", grid, note, at)))  # type: ignore[misc]
        if today.weekday() == 4:
            at = today + 17 * HOUR
            yield Act(at, member, lambda at=at: tuple(calendar.done("care_visits", grid, CARED, at)))  # type: ignore[misc]


def office(calendar: Calendar, start: datetime, day: datetime) -> Story:
    """Listening days and the season's report of the community, the street's weekly check."""
    for n in range(1, SINCE):
        at = start + n * DAY + 17 * HOUR
        if at.weekday() == 2:
            yield Act(
                at,
                STREET_OFFICER,
                lambda at=at: tuple(calendar.done("spot_check", STREET, CHECKED, at)),  # type: ignore[misc]
            )
        for what, note in (("listening", HEARD), ("season_report", REPORTED)):
            yield Act(
                at + HOUR / 2,
                DISPATCHER,
                lambda at=at, what=what, note=note: tuple(calendar.done(what, COMMUNITY, note, at)),  # type: ignore[misc]
            )
