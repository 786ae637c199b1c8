"""The points of a small community, kept a second time by plain arithmetic.

Written from docs/points.md and the sample books alone, without any of the product's code: no fact, no
posting, no decider. Every method answers whether something may be recorded and, if so, keeps it; whoever
compares it with the real deciders compares two independent readings of the rules. Moments are UTC; days are
those of Shanghai, eight hours ahead.
"""

from bisect import insort
from calendar import monthrange
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

AHEAD = timedelta(hours=8)
TARIFF: Mapping[str, tuple[int, int]] = {
    "patrol": (5, 1),
    "mediation": (15, 1),
    "health-lecture": (3, 1),
    "clean-up": (10, 2),
    "hazard-report": (10, 1),
    "mini-program-report": (5, 1),
    "stairwell-cleaning": (5, 1),
}
"""Points for every full so many."""
DAILY = {"stairwell-cleaning"}
"""Paid by the day: once for each day."""
STACKING = {"hazard-report", "mini-program-report"}
PRICES: Mapping[str, int] = {"salt": 5, "flour": 20, "detergent": 5, "blood-pressure": 10}
GOODS = ("salt", "flour", "detergent")
VERIFIERS = ("gridworker", "gridworker2", "dispatcher")
MEMBERS = ("panel", "panel2", "panel3")
PENALTY, PENALTY_MONTHS, APPEAL_DAYS, DISPUTE_MONTHS, ORDER_DAYS = 10, 6, 15, 12, 14
EXPIRY_MONTHS = 9


def day_of(at: datetime) -> date:
    return (at + AHEAD).date()


def later(day: date, months: int) -> date:
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def midnight(day: date) -> datetime:
    """When the day begins, as a naive UTC moment would say it."""
    return datetime(day.year, day.month, day.day) - AHEAD  # noqa: DTZ001  (compared with naive ones only)


def plain(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


@dataclass(slots=True)
class Paid:
    """What one cause earned: `taken` of it went back."""

    cause: str
    activity: str
    record: bool
    on: date
    points: int
    taken: int = 0


@dataclass(slots=True, order=True)
class Lot:
    """Points of one entry that are still there, in the order they lapse."""

    since: datetime
    number: int
    points: int = field(compare=False)
    paid: Paid | None = field(compare=False, default=None)


@dataclass(slots=True)
class Purse:
    kind: str
    opened: date
    free: int = 0
    owed: int = 0
    score: int = 100
    held: dict[str, int] = field(default_factory=dict)
    paid: list[Paid] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    barred: dict[str, datetime] = field(default_factory=dict)
    months: Counter[str] = field(default_factory=Counter)
    """By how much each month changed what somebody has."""

    @property
    def worth(self) -> int:
        return self.free + sum(self.held.values())

    def suspended(self, at: datetime) -> bool:
        return any(plain(at) < until for until in self.barred.values())

    def move(self, at: datetime, points: int) -> None:
        self.months[f"{day_of(at):%Y-%m}"] += points


@dataclass(slots=True)
class Claim:
    of: str
    activity: str
    quantity: int
    on: date
    cause: str
    parties: set[str]
    state: str = "filed"
    credited: date | None = None
    paid: Paid | None = None
    since: datetime | None = None
    recused: set[str] = field(default_factory=set)
    voters: set[str] = field(default_factory=set)
    ruled: datetime | None = None
    back: int = 0
    missing: int = 0
    false: bool = False


@dataclass(slots=True)
class Order:
    of: str
    items: tuple[str, ...]
    proxied: bool
    at: datetime
    state: str = "requested"


class Model:
    def __init__(self) -> None:
        self.purses: dict[str, Purse] = {}
        self.claims: dict[str, Claim] = {}
        self.orders: dict[str, Order] = {}
        self.goods: Counter[str] = Counter()
        self.promised: Counter[str] = Counter()
        self.lots = 0

    # -------------------------------------------------------------- what is there

    def open(self, of: str, kind: str, at: datetime) -> bool:
        if of in self.purses:
            return False
        self.purses[of] = Purse(kind, day_of(at))
        return True

    def _gain(self, purse: Purse, points: int, at: datetime, since: datetime, paid: Paid | None) -> None:
        purse.free += points
        purse.move(at, points)
        if points:
            self.lots += 1
            insort(purse.lots, Lot(since, self.lots, points, paid))

    def _lose(self, purse: Purse, points: int, at: datetime, first: Paid | None = None) -> None:
        """The lots that go: of this payment, then the oldest."""
        purse.move(at, -points)
        for lot in sorted(purse.lots, key=lambda lot: lot.paid is not first or first is None):
            gone = min(points, lot.points)
            lot.points -= gone
            points -= gone
        purse.lots = [lot for lot in purse.lots if lot.points]

    def _credit(self, purse: Purse, paid: Paid, at: datetime) -> None:
        settled = min(purse.owed, paid.points)
        purse.owed -= settled
        purse.paid.append(paid)
        self._gain(purse, paid.points - settled, at, at, paid)

    def _unpaid(self, purse: Purse, cause: str, activity: str) -> bool:
        known = [paid.activity for paid in purse.paid if paid.cause == cause]
        return activity not in known and (not known or STACKING.issuperset({activity, *known}))

    def _take(self, purse: Purse, paid: Paid, points: int, at: datetime) -> int:
        """What could not be taken is owed; answers how much."""
        gone = min(points, purse.free)
        purse.free -= gone
        purse.owed += points - gone
        paid.taken += points
        self._lose(purse, gone, at, paid)
        return points - gone

    # -------------------------------------------------------------- claims

    def file(
        self, name: str, of: str, activity: str, quantity: int, on: date, cause: str, by: str, at: datetime
    ) -> bool:
        purse = self.purses.get(of)
        per = TARIFF[activity][1]
        if purse is None or not purse.opened <= on <= day_of(at) or quantity < per:
            return False
        if by not in (of, *VERIFIERS):
            return False
        self.claims[name] = Claim(of, activity, quantity, on, cause or name, {of, by})
        return True

    def verify(self, name: str, by: str, at: datetime) -> bool:
        claim = self.claims.get(name)
        if claim is None or claim.state != "filed" or by in claim.parties or by not in VERIFIERS:
            return False
        purse = self.purses[claim.of]
        if not self._unpaid(purse, claim.cause, claim.activity):
            return False
        if claim.activity in DAILY and any(
            paid.activity == claim.activity and paid.on == claim.on and paid.taken < paid.points
            for paid in purse.paid
        ):
            return False
        paid = Paid(claim.cause, claim.activity, False, claim.on, worth(claim.activity, claim.quantity))
        self._credit(purse, paid, at)
        claim.state, claim.credited, claim.paid, claim.since = "credited", day_of(at), paid, at
        claim.parties.add(by)
        return True

    def refuse(self, name: str, by: str) -> bool:
        claim = self.claims.get(name)
        if claim is None or claim.state != "filed" or by in claim.parties or by not in VERIFIERS:
            return False
        claim.state = "refused"
        return True

    def dispute(self, name: str, by: str, at: datetime) -> bool:
        claim = self.claims.get(name)
        if claim is None or claim.state != "credited" or by == claim.of:
            return False
        assert claim.credited is not None and claim.paid is not None
        if day_of(at) > later(claim.credited, DISPUTE_MONTHS):
            return False
        purse = self.purses[claim.of]
        purse.held[name] = min(claim.paid.points, purse.free)
        purse.free -= purse.held[name]
        claim.state = "disputed"
        return True

    def recuse(self, name: str, member: str) -> bool:
        claim = self.claims.get(name)
        if claim is None or claim.state not in ("disputed", "appealed") or member in claim.recused:
            return False
        claim.recused.add(member)
        return True

    def rule(
        self, name: str, proven: int, signer: str, agree: str, lenient: bool | None, at: datetime
    ) -> bool:
        """`lenient`: the minute says that nothing was false."""
        claim = self.claims.get(name)
        if claim is None or claim.state != "disputed" or proven > claim.quantity:
            return False
        votes = {signer, agree} - {""}
        if votes & claim.recused or 2 * len(votes) <= len(MEMBERS) - len(claim.recused):
            return False
        assert claim.paid is not None
        purse = self.purses[claim.of]
        claim.voters, claim.state, claim.ruled = votes, "ruled", at
        claim.false = proven < claim.quantity and not lenient
        if claim.false:
            for order in [order for order, each in self.orders.items() if each.of == claim.of]:
                self._end(order)
            purse.score -= PENALTY
            purse.barred[name] = midnight(later(day_of(at), PENALTY_MONTHS))
        claim.back = claim.paid.points - worth(claim.activity, proven)
        purse.free += purse.held.pop(name)
        if claim.back:
            claim.missing = self._take(purse, claim.paid, claim.back, at)
        return True

    def appeal(self, name: str, by: str, at: datetime) -> bool:
        claim = self.claims.get(name)
        if claim is None or claim.state != "ruled" or by not in (claim.of, "gridworker"):
            return False
        if self._over(claim, at):
            return False
        claim.state = "appealed"
        return True

    def decide(self, name: str, by: str, overturn: bool, at: datetime) -> bool:
        claim = self.claims.get(name)
        if claim is None or claim.state != "appealed" or by in claim.voters | claim.recused:
            return False
        claim.state = "final"
        if overturn:
            purse = self.purses[claim.of]
            if claim.back:
                assert claim.paid is not None and claim.since is not None
                struck = min(claim.missing, purse.owed)
                purse.owed -= struck
                claim.paid.taken -= claim.back
                self._gain(purse, claim.back - struck, at, claim.since, None)
            if claim.false:
                purse.score += PENALTY
                del purse.barred[name]
        return True

    def final(self, name: str, at: datetime) -> bool:
        claim = self.claims.get(name)
        if claim is None or claim.state != "ruled" or not self._over(claim, at):
            return False
        claim.state = "final"
        return True

    def _over(self, claim: Claim, at: datetime) -> bool:
        assert claim.ruled is not None
        return at >= claim.ruled + timedelta(days=APPEAL_DAYS)

    # -------------------------------------------------------------- records that prove a deed

    def reward(self, of: str, activity: str, cause: str, at: datetime) -> bool:
        purse = self.purses.get(of)
        if purse is None or not self._unpaid(purse, cause, activity):
            return False
        self._credit(purse, Paid(cause, activity, True, day_of(at), TARIFF[activity][0]), at)
        return True

    def take_back(self, of: str, cause: str, at: datetime) -> bool:
        purse = self.purses.get(of)
        if purse is None:
            return False
        open_ones = [paid for paid in purse.paid if paid.cause == cause and paid.record]
        open_ones = [paid for paid in open_ones if paid.taken < paid.points]
        for paid in open_ones:
            self._take(purse, paid, paid.points - paid.taken, at)
        return bool(open_ones)

    # -------------------------------------------------------------- orders

    def order(self, name: str, of: str, items: tuple[str, ...], by: str, consent: bool, at: datetime) -> bool:
        purse = self.purses.get(of)
        total = sum(PRICES[item] for item in items)
        if purse is None or purse.suspended(at) or total > purse.free - purse.owed:
            return False
        if by != of and (by not in VERIFIERS or not consent):
            return False
        wanted = [item for item in items if item in GOODS]
        if any(self.goods[item] <= self.promised[item] for item in wanted):
            return False
        self.promised.update(wanted)
        purse.free -= total
        purse.held[name] = total
        self.orders[name] = Order(of, items, by != of, at)
        return True

    def fulfil(self, name: str, delivered: bool, at: datetime) -> bool:
        order = self.orders.get(name)
        if order is None or order.state != "requested" or (order.proxied and not delivered):
            return False
        order.state = "fulfilled"
        wanted = [item for item in order.items if item in GOODS]
        self.goods.subtract(wanted)
        self.promised.subtract(wanted)
        purse = self.purses[order.of]
        self._lose(purse, purse.held.pop(name), at)
        return True

    def cancel(self, name: str) -> bool:
        order = self.orders.get(name)
        if order is None or order.state != "requested":
            return False
        self._end(name)
        return True

    def time_out(self, name: str, at: datetime) -> bool:
        order = self.orders.get(name)
        if order is None or at < order.at + timedelta(days=ORDER_DAYS):
            return False
        return self.cancel(name)

    def _end(self, name: str) -> None:
        order = self.orders[name]
        if order.state == "requested":
            order.state = "cancelled"
            self.promised.subtract(item for item in order.items if item in GOODS)
            purse = self.purses[order.of]
            purse.free += purse.held.pop(name)

    def receive(self, item: str, pieces: int) -> bool:
        self.goods[item] += pieces
        return True

    def count(self, item: str, pieces: int) -> bool:
        if pieces < self.promised[item] or pieces == self.goods[item]:
            return False
        self.goods[item] = pieces
        return True

    # -------------------------------------------------------------- lapsing and going on

    def expire(self, of: str, at: datetime) -> bool:
        """What is held stands for the oldest points, so an order never lapses."""
        purse = self.purses.get(of)
        if purse is None:
            return False
        today, held, gone = day_of(at), sum(purse.held.values()), 0
        for lot in purse.lots:
            kept = min(held, lot.points)
            held -= kept
            if later(day_of(lot.since), EXPIRY_MONTHS) <= today:
                gone += lot.points - kept
                lot.points = kept
        purse.lots = [lot for lot in purse.lots if lot.points]
        purse.free -= gone
        purse.move(at, -gone)
        return gone > 0

    def transfer(self, of: str, to: str, at: datetime) -> bool:
        one, other = self.purses.get(of), self.purses.get(to)
        if one is None or other is None or of == to or one.kind != "temporary":
            return False
        if other.kind not in ("household", "temporary") or one.held or one.owed or not one.free:
            return False
        if one.suspended(at):
            return False
        points, one.free = one.free, 0
        self._lose(one, points, at)
        self._gain(other, points, at, at, None)
        return True


def worth(activity: str, quantity: int) -> int:
    points, per = TARIFF[activity]
    return quantity // per * points
