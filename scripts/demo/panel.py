"""What the supervision panel of the demo does month by month, and the shelves it counts."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.messages import Recorded
from domain.points.panel import (
    Appoint,
    FreezeRanking,
    GrantHonour,
    NoteFinding,
    OpenReview,
    PublishDisclosure,
    RevokeHonour,
    SignReview,
)
from domain.points.stock import Count, Receive, stock_of
from domain.steps import Step
from projections.points.accounts import Accounts
from projections.points.rankings import earned_of
from projections.points.reviewing import draw, month_figures
from projections.points.spans import bounds_of, days_of
from projections.views import Row
from scripts.demo import points_texts as texts
from scripts.demo.deeds import DAY, HOUR, Office
from scripts.demo.disputes import FIRST, MEMBERS, PANEL, SECOND
from scripts.demo.holders import disputed
from scripts.demo.past import Act, Story
from scripts.demo.people import COMMUNITY, GRIDS, STREET_OFFICER, grid_members

STOCKED = ("salt", "soap", "dish-soap", "flour", "haircut", "detergent")
KEEPER = grid_members(GRIDS[0])[0]
FIRST_DELIVERY, DELIVERY = 160, 30


class Ledger:
    """What has been booked so far, as the views would say it: the panel's figures come from it."""

    def __init__(self, time_zone: str) -> None:
        self.accounts = Accounts(time_zone)
        self.states: dict[str, Any] = {}
        self.entries: list[Row] = []
        self.earned: Counter[tuple[str, int]] = Counter()

    def take(self, line: Recorded) -> None:
        if type(line.fact) not in self.accounts.FACTS:
            return
        before = self.states.get(line.stream)
        after = self.states[line.stream] = self.accounts.fold(before, line)
        marks = self.accounts.marks(before, after, line)
        self.entries.extend(marks.get("entries", ()))
        for row in marks.get("earned", ()):
            self.earned[row["account"], row["day"]] += row["points"]

    def recorded_in(self, period: str) -> list[Row]:
        start, end = bounds_of(period, self.accounts.zone)
        return [row for row in self.entries if start <= row["recorded_at"] < end]

    def earned_in(self, period: str) -> list[Row]:
        first, after = days_of(period)
        sums: Counter[str] = Counter()
        for (account, day), points in self.earned.items():
            if first <= day < after:
                sums[account] += points
        return [
            {"account": account, "kind": self.states[account].kind, "points": points}
            for account, points in sums.items()
        ]


# ------------------------------------------------------------------ shelves


def shelves(office: Office, opened_at: datetime) -> Story:
    """Filled before the first order, topped up every month, counted every quarter."""
    at = opened_at
    yield Act(at, KEEPER, tuple(_receive(item, FIRST_DELIVERY, texts.FIRST_STOCK) for item in STOCKED))
    month = 0
    while True:
        month += 1
        at += 30 * DAY
        yield Act(at, KEEPER, tuple(_receive(item, DELIVERY, texts.DELIVERED) for item in STOCKED))
        if month % 3 == 0:
            there = office.past.seen("stock", stock_of("flour")).state.on_hand
            count = Count("flour", there - 1, texts.DAMAGED)
            yield Act(at + 3 * HOUR, KEEPER, (Step("stock", stock_of("flour"), count),))


def _receive(item: str, quantity: int, reason: str) -> Step:
    return Step("stock", stock_of(item), Receive(item, quantity, reason))


# ------------------------------------------------------------------ month by month


def appointed(at: datetime) -> Story:
    yield Act(at, STREET_OFFICER, (Step("panel", PANEL, Appoint(COMMUNITY, MEMBERS, 2)),))


def months(first: datetime, day: datetime) -> Iterator[str]:
    """Every month from that of `first` to the last that is over on `day`."""
    month = date(first.year, first.month, 1)
    while (after := (month + timedelta(days=31)).replace(day=1)) <= day.date():
        yield f"{month:%Y-%m}"
        month = after


def reviewed(office: Office, ledger: Ledger, first: datetime, day: datetime) -> Story:
    """On the third of each month the last one is ranked, honoured and laid before the panel, which looks at
    it for three days. The latest review still waits for its second signature."""
    told = list(months(first, day))
    for month in told:
        start = _third_after(month, day)
        for period in _periods(month):
            yield Act(start, FIRST, _freeze(office, ledger, period))
            yield from _honoured(office, period, start + HOUR)
        yield Act(start + 4 * HOUR, FIRST, _open(office, ledger, month))
        if month[-2:] in ("03", "06", "09", "12"):
            note = NoteFinding(month, texts.FINDING_STOCK)
            yield Act(start + DAY, SECOND, (Step("panel", PANEL, note),))
        yield Act(start + 2 * DAY, FIRST, (Step("panel", PANEL, SignReview(month)),))
        if month != told[-1]:
            yield Act(start + 3 * DAY, SECOND, (Step("panel", PANEL, SignReview(month)),))
        if month[-2:] in ("06", "12"):
            yield Act(start + 3 * DAY + HOUR, FIRST, _disclose(office, ledger, month))
        yield from _revoked(office, start + 4 * DAY)


def _third_after(month: str, day: datetime) -> datetime:
    year, number = int(month[:4]), int(month[-2:])
    third = date(year + number // 12, number % 12 + 1, 3)
    return datetime.combine(third, time(10), day.tzinfo)


def _periods(month: str) -> tuple[str, ...]:
    """The month, and what ends with it."""
    year, number = month[:4], int(month[-2:])
    ended = [month]
    if number % 3 == 0:
        ended.append(f"{year}-Q{number // 3}")
    if number == 12:
        ended.append(year)
    return tuple(ended)


def _freeze(office: Office, ledger: Ledger, period: str) -> Any:
    def made() -> tuple[Step, ...]:
        earned = earned_of(ledger.earned_in(period))
        return (Step("panel", PANEL, FreezeRanking(period, office.past.head, earned)),)

    return made


def _honoured(office: Office, period: str, at: datetime) -> Story:
    ranked = office.past.seen("panel", PANEL).state.rankings[period].ranked
    grants = tuple(Step("panel", PANEL, GrantHonour(each.account, period)) for each in ranked)
    if grants:
        yield Act(at, FIRST, grants)


def _open(office: Office, ledger: Ledger, month: str) -> Any:
    def made() -> tuple[Step, ...]:
        rows, head = ledger.recorded_in(month), office.past.head
        figures = month_figures(rows)
        sample = draw((str(row["entry"]) for row in rows), f"{month}|{head}")
        review = OpenReview(
            month, head, figures.entries, figures.credited, figures.redeemed, figures.reversed, sample
        )
        return (Step("panel", PANEL, review),)

    return made


def _disclose(office: Office, ledger: Ledger, month: str) -> Any:
    def made() -> tuple[Step, ...]:
        half = f"{month[:4]}-H{1 if month.endswith('06') else 2}"
        spent = [row for row in ledger.recorded_in(half) if row["kind"] == "redeemed"]
        points = -sum(int(row["points"]) for row in spent)
        return (Step("panel", PANEL, PublishDisclosure(half, office.past.head, len(spent), points)),)

    return made


def _revoked(office: Office, at: datetime) -> Story:
    """An honour for points that a ruling took back."""
    account = disputed(0).account
    state = office.past.seen("account", account).state
    honours = office.past.seen("panel", PANEL).state.honours
    if not getattr(state, "suspensions", None):
        return
    for name, honour in honours.items():
        if honour.account == account and not honour.revoked:
            revoke = RevokeHonour(name, texts.REVOCATION)
            yield Act(at, FIRST, (Step("panel", PANEL, revoke),))
            return
