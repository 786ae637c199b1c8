"""The book `supervision` (监督规则): penalties, periods, rankings and switches of the points.

Each default is what docs/points.md says where nobody adopted anything else.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.rule_books.content import BadContent, Table
from domain.rule_books.visiting import Visiting, read_visiting

PERIODS = ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first `top` of a period, all of equal points included, who earned at least `minimum`. `honour` is
    what they may be granted."""

    top: int
    minimum: int
    honour: str
    zh: str
    en: str


USUAL = {
    "month": Ranking(3, 1, "community-star", "社区之星", "Community star"),
    "quarter": Ranking(10, 1, "council-guest", "治理座谈会", "Guest of the council"),
    "year": Ranking(1, 1, "resident-of-the-year", "年度积分达人", "Resident of the year"),
}


@dataclass(frozen=True, slots=True)
class Supervision:
    """One version of the book; the version `default` where none is in force.

    A false claim costs `penalty_score` of the credit score (which starts at `start_score`) and suspends
    ordering for `penalty_months` calendar months. A ruling may be appealed against for `appeal_days`; a
    credited claim disputed for `dispute_months`; a minute's votes objected to for `objection_days`. An order
    holds points for `hold_days`. `expiry_months` 0: points never expire. `linkage_points` 0: staff earn none.
    A weekly spot check draws `spot_check_percent` of the week's cases, at least `spot_check_minimum`.
    `visits` is how visit rounds are planned.
    """

    version: str = "default"
    time_zone: str = "Asia/Shanghai"
    start_score: int = 100
    penalty_score: int = 10
    penalty_months: int = 6
    appeal_days: int = 15
    dispute_months: int = 12
    objection_days: int = 3
    hold_days: int = 14
    expiry_months: int = 0
    card_transfer: bool = False
    linkage_points: int = 0
    spot_check_percent: int = 10
    spot_check_minimum: int = 5
    rankings: Mapping[str, Ranking] = field(default_factory=lambda: dict(USUAL))
    visits: Visiting = field(default_factory=Visiting)

    def suspended_until(self, ruled_at: datetime) -> datetime:
        """00:00 of the local day six (or as set) calendar months after the ruling's local day, in UTC."""
        return self._midnight(months_later(self._day(ruled_at), self.penalty_months))

    def final_at(self, ruled_at: datetime) -> datetime:
        return ruled_at + timedelta(days=self.appeal_days)

    def objections_until(self, ruled_at: datetime) -> datetime:
        return ruled_at + timedelta(days=self.objection_days)

    def disputable_until(self, credited_at: datetime) -> datetime:
        """The end of the last local day on which a claim credited then can be disputed."""
        last = months_later(self._day(credited_at), self.dispute_months)
        return self._midnight(last + timedelta(days=1))

    def held_until(self, ordered_at: datetime) -> datetime:
        return ordered_at + timedelta(days=self.hold_days)

    def lapsed_before(self, now: datetime) -> datetime | None:
        """Points earned before this moment have lapsed now; None: points never do."""
        if not self.expiry_months:
            return None
        today = self._day(now)
        last = months_later(today, -self.expiry_months)
        while months_later(last + timedelta(days=1), self.expiry_months) <= today:
            last += timedelta(days=1)  # the ends of a long month and of a shorter one fall on one day
        return self._midnight(last + timedelta(days=1))

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(self.time_zone)).astimezone(UTC)


def months_later(day: date, months: int) -> date:
    """The same day of a later (negative: earlier) month; where that month is shorter, its last: 31 August
    and six months are 28 February."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def read_supervision(content: dict[str, Any], version: str, time_zone: str) -> Supervision:
    """BadContent if a number is out of bounds or a field is not known."""
    table = Table(content)
    usual = Supervision()
    rankings = table.table("rankings")
    read = {period: _ranking(rankings.table(period), USUAL[period]) for period in PERIODS}
    if unknown := [name for name in rankings.names() if name not in PERIODS]:
        raise BadContent(rankings.at(unknown[0]), f"is no period: {', '.join(PERIODS)}")
    supervision = Supervision(
        version=version,
        time_zone=time_zone,
        start_score=table.whole("start_score", 0, 1_000, usual.start_score),
        penalty_score=table.whole("penalty_score", 0, 1_000, usual.penalty_score),
        penalty_months=table.whole("penalty_months", 0, 120, usual.penalty_months),
        appeal_days=table.whole("appeal_days", 1, 365, usual.appeal_days),
        dispute_months=table.whole("dispute_months", 1, 120, usual.dispute_months),
        objection_days=table.whole("objection_days", 1, 365, usual.objection_days),
        hold_days=table.whole("hold_days", 1, 365, usual.hold_days),
        expiry_months=table.whole("expiry_months", 0, 600, usual.expiry_months),
        card_transfer=table.flag("card_transfer", usual.card_transfer),
        linkage_points=table.whole("linkage_points", 0, 1_000, usual.linkage_points),
        spot_check_percent=table.whole("spot_check_percent", 1, 100, usual.spot_check_percent),
        spot_check_minimum=table.whole("spot_check_minimum", 1, 1_000, usual.spot_check_minimum),
        rankings=read,
        visits=read_visiting(table.table("visits")),
    )
    table.done()
    return supervision


def _ranking(table: Table, usual: Ranking) -> Ranking:
    ranking = Ranking(
        top=table.whole("top", 1, 1_000, usual.top),
        minimum=table.whole("minimum", 1, 1_000_000, usual.minimum),
        honour=table.text("honour", default=usual.honour),
        zh=table.text("zh", default=usual.zh),
        en=table.text("en", default=usual.en),
    )
    table.done()
    return ranking
