"""The real deciders and the model led along the same way, and what must be true after every step of it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from domain.messages import ENGINE, Actor, Recorded, Sealed
from domain.points import account, claim, ledger, orders, panel, redemption, stock
from domain.points import facts as f
from domain.points.account.commands import Expire, Open, Reward, TakeBack
from domain.points.claim.commands import NoticeFinal
from domain.points.stock import Count
from domain.refusals import Refused
from engine.codec import decode, encode, seal_fact
from projections.points.account import Account
from projections.points.accounts import ACCOUNTS, account_row
from projections.points.spans import month_bounds
from projections.points.statement import statement
from projections.views import Row
from tests.domain import points_spec as people
from tests.domain.points_model import DAILY, GOODS, PRICES, TARIFF, Model, Purse
from tests.domain.points_spec import DAY, GRID, PHOTO, Community, books_with, sample

LAN, QIAO = people.LAN, people.QIAO
HOUSE, CARD = Actor("h-lin", "resident", GRID), Actor("card-7", "resident", GRID)
KINDS = {LAN: "resident", QIAO: "resident", HOUSE: "household", CARD: "temporary"}
HOLDERS = tuple(KINDS)
VERIFIERS = (people.OTHER, people.DISPATCHER, people.MEMBER, people.OTHER, LAN)
DISPUTERS = (people.PANEL, people.DISPATCHER, QIAO, LAN)
PANEL = (people.PANEL, people.PANEL2, people.PANEL3)
CAUSES = ("", "", "", "rec-1", "rec-2")
DEEDS = (*TARIFF, *DAILY, *DAILY, *DAILY, *DAILY, *DAILY)
"""Those of which a day is paid once more often, or no day would be claimed twice."""
REWARDS = ("hazard-report", "mini-program-report", "health-lecture")
FOLDS = {"acct": account, "clm": claim, "rdm": redemption, "stock": stock, "panel": panel}

Both = tuple[Callable[[], Any], Callable[[], bool]]
"""What the real side does, and what the model says of it."""


class Broken(AssertionError):
    """A law does not hold. The first word names it: planted bugs are told apart by it."""


def law(name: str, holds: bool, *seen: Any) -> None:
    if not holds:
        raise Broken(f"{name}: {', '.join(map(repr, seen))}")


def known_books() -> Any:
    """Points lapse after nine months and cards may go on, so that all there is is walked."""
    content = {**sample("supervision-2025-1.toml"), "expiry_months": 9, "card_transfer": True}
    return books_with(supervision=content)


class Walk:
    """A community of four accounts, a panel and three shelves, led by drawn numbers."""

    def __init__(self) -> None:
        self.village = Community(known_books())
        self.village.appoint()
        self.model = Model()
        self.checks = Checks(self.village, self.model)
        self.taken: Counter[str] = Counter()
        self.steps = 0
        for n in (1, 2, 3):
            self.step("opening", n, 0, 0)
        for n in range(len(GOODS)):
            self.step("receive", n, 2, 0)
        self.steps, self.taken = 0, Counter()

    def step(self, move: str, a: int, b: int, c: int) -> None:
        """One command on both sides. What is refused leaves no trace; what was done is not done twice."""
        real, told = getattr(self, move)(a, b, c)
        village, before = self.village, len(self.village.lines)
        at, self.steps = village.now, self.steps + 1
        try:
            real()
        except Refused:
            law("refusal", len(village.lines) == before, move)
        except Exception as error:
            raise Broken(f"crash: {move}: {error!r}") from error
        done = len(village.lines) > before
        law("agreement", told() == done, move, "done" if done else "not done", *village.facts[before:])
        if done:
            self.taken[move] += 1
            self.again(move, real)
        else:
            village.now = at + DAY / 8
        self.checks.run()

    def again(self, move: str, real: Callable[[], Any]) -> None:
        """The same delivered a second time."""
        if move in ("file", "order", "receive"):  # another claim, another order
            return
        before, now = len(self.village.lines), self.village.now
        with suppress(Refused):
            real()
        law("once", len(self.village.lines) == before, move, *self.village.facts[before:])
        self.village.now = now

    def any(self, known: Mapping[str, Any], n: int, *states: str) -> str:
        """Mostly one of those in these states, at times another, so that refusals are met too."""
        fitting = [name for name, each in known.items() if each.state in states]
        names = fitting if fitting and n % 8 else list(known)
        return names[n % len(names)] if names else "clm-none"

    def free(self, holder: Actor) -> int:
        purse = self.model.purses[holder.person]
        return purse.free - purse.owed

    # -------------------------------------------------------------- accounts

    def opening(self, a: int, b: int, c: int) -> Both:
        holder, at = HOLDERS[3 - a % 4], self.village.now
        stream = account.account_of(holder.person)
        command = Open(holder.person, KINDS[holder], GRID)
        return (
            lambda: self.village.do("account", stream, command, people.MEMBER),
            lambda: self.model.open(holder.person, KINDS[holder], at),
        )

    def reward(self, a: int, b: int, c: int) -> Both:
        of, at = HOLDERS[a % 4].person, self.village.now
        activity, cause = REWARDS[b % 3], f"rec-{c % 6}"
        command = Reward(activity, 1, at, cause, "complaint")
        return (
            lambda: self.village.do("account", account.account_of(of), command, ENGINE),
            lambda: self.model.reward(of, activity, cause, at),
        )

    def take_back(self, a: int, b: int, c: int) -> Both:
        of, at, cause = HOLDERS[a % 4].person, self.village.now, f"rec-{c % 6}"
        command = TakeBack(cause, "complaint", "it was not so")
        return (
            lambda: self.village.do("account", account.account_of(of), command, ENGINE),
            lambda: self.model.take_back(of, cause, at),
        )

    def expire(self, a: int, b: int, c: int) -> Both:
        of, at = HOLDERS[a % 4].person, self.village.now
        return (
            lambda: self.village.do("account", account.account_of(of), Expire(), ENGINE),
            lambda: self.model.expire(of, at),
        )

    def transfer(self, a: int, b: int, c: int) -> Both:
        of, to = HOLDERS[3 if a % 4 else b % 4].person, HOLDERS[2 if c % 4 else b % 4].person
        origin, target, at = account.account_of(of), account.account_of(to), self.village.now

        def real() -> Any:
            steps = orders.transfer(origin, target, self.village.seen("account", origin), "moved out")
            return self.village.submit(steps, people.DISPATCHER)

        return real, lambda: self.model.transfer(of, to, at)

    # -------------------------------------------------------------- claims

    def file(self, a: int, b: int, c: int) -> Both:
        holder = HOLDERS[a % 4]
        by = holder if b % 3 else (people.MEMBER, people.OTHER, QIAO)[c % 3]
        activity, cause, at = DEEDS[b % len(DEEDS)], CAUSES[(a + c) % len(CAUSES)], self.village.now
        on = self.village.organisation.local_date(at) - DAY * (c % 4 if a == 7 else 0)
        claimed = [each.on for each in self.model.claims.values() if each.of == holder.person]
        if claimed and a > 7:  # a day he has claimed something for already
            on = claimed[-1 - c % len(claimed)]
        name, many = f"clm-{self.village.serial + 1}", c % 6 + 1

        def real() -> Any:
            return self.village.filed(activity, many, on, by, holder=holder, cause=cause)

        told = self.model.file
        return real, lambda: told(name, holder.person, activity, many, on, cause, by.person, at)

    def verify(self, a: int, b: int, c: int) -> Both:
        name, by, at = self.any(self.model.claims, a, "filed"), VERIFIERS[b % 5], self.village.now
        return lambda: self.village.verify(name, by), lambda: self.model.verify(name, by.person, at)

    def refuse(self, a: int, b: int, c: int) -> Both:
        name, by = self.any(self.model.claims, a, "filed"), VERIFIERS[b % 5]
        command = claim.ROUTES["refuse"]("nobody saw it")
        return (
            lambda: self.village.do("claim", name, command, by),
            lambda: self.model.refuse(name, by.person),
        )

    def dispute(self, a: int, b: int, c: int) -> Both:
        name, by, at = self.any(self.model.claims, a, "credited"), DISPUTERS[b % 4], self.village.now
        return lambda: self.village.dispute(name, by), lambda: self.model.dispute(name, by.person, at)

    def recuse(self, a: int, b: int, c: int) -> Both:
        name, by = self.any(self.model.claims, a, "disputed", "appealed"), PANEL[b % 3]
        return (
            lambda: self.village.do("claim", name, claim.ROUTES["recuse"](), by),
            lambda: self.model.recuse(name, by.person),
        )

    def rule(self, a: int, b: int, c: int) -> Both:
        name, at = self.any(self.model.claims, a, "disputed"), self.village.now
        known = self.model.claims.get(name)
        proven = c % (known.quantity + (2 if b > 8 else 0)) if known else 0
        signer = PANEL[b % 3]
        other = "" if c == 11 else PANEL[(b + 1) % 3].person
        votes = {other: "agree"} if other else {}
        lenient = False if a % 5 == 0 else None
        return (
            lambda: self.village.rule(name, proven, signer, votes, lenient),
            lambda: self.model.rule(name, proven, signer.person, other, lenient is False, at),
        )

    def appeal(self, a: int, b: int, c: int) -> Both:
        name, at = self.any(self.model.claims, a, "ruled"), self.village.now
        by = (people.MEMBER, people.MEMBER, LAN, QIAO)[b % 4]
        return lambda: self.village.appeal(name, by), lambda: self.model.appeal(name, by.person, at)

    def decide(self, a: int, b: int, c: int) -> Both:
        name, at = self.any(self.model.claims, a, "appealed"), self.village.now
        by, overturn = (people.STREET, people.STREET, *PANEL)[b % 5], c % 4 < 3
        outcome = "overturned" if overturn else "upheld"
        return (
            lambda: self.village.decide_appeal(name, outcome, by),
            lambda: self.model.decide(name, by.person, overturn, at),
        )

    def final(self, a: int, b: int, c: int) -> Both:
        name, at = self.any(self.model.claims, a, "ruled"), self.village.now
        return (
            lambda: self.village.do("claim", name, NoticeFinal(), ENGINE),
            lambda: self.model.final(name, at),
        )

    # -------------------------------------------------------------- orders and shelves

    def order(self, a: int, b: int, c: int) -> Both:
        """Mostly by somebody who has points, suspended or not."""
        rich = [each for each in HOLDERS if each.person in self.model.purses and self.free(each) >= 5]
        holder = (rich if rich and a % 8 else HOLDERS)[a % len(rich if rich and a % 8 else HOLDERS)]
        at, goods = self.village.now, tuple(PRICES)
        items = tuple(sorted({goods[b % 4], goods[c % 4 if c > 5 else b % 4]}))
        by = (people.MEMBER, people.DISPATCHER, holder, QIAO)[c % 4]
        consent = PHOTO if by != holder and b % 5 else ""
        name = f"rdm-{self.village.serial + 1}"
        told = self.model.order
        return (
            lambda: self.village.order(*items, by=by, holder=holder, consent=consent),
            lambda: told(name, holder.person, items, by.person, bool(consent), at),
        )

    def fulfil(self, a: int, b: int, c: int) -> Both:
        name, at = self.any(self.model.orders, a, "requested"), self.village.now
        proof = PHOTO if b % 5 else ""
        return (
            lambda: self.village.fulfil(name, people.SHOP, delivery=proof),
            lambda: self.model.fulfil(name, bool(proof), at),
        )

    def cancel(self, a: int, b: int, c: int) -> Both:
        name = self.any(self.model.orders, a, "requested")
        return (
            lambda: self.village.cancel(name, "desk", people.MEMBER),
            lambda: self.model.cancel(name),
        )

    def time_out(self, a: int, b: int, c: int) -> Both:
        """Some days go by first, at times many."""
        self.village.now += DAY * (b if c % 4 else b * 20)
        name, at = self.any(self.model.orders, a, "requested"), self.village.now
        return lambda: self.village.time_out(name), lambda: self.model.time_out(name, at)

    def receive(self, a: int, b: int, c: int) -> Both:
        item, pieces = GOODS[a % 3], b % 3 + 1
        return lambda: self.village.fill(pieces, item), lambda: self.model.receive(item, pieces)

    def count(self, a: int, b: int, c: int) -> Both:
        item, pieces = GOODS[a % 3], b % 9
        command = Count(item, pieces, "counted")
        return (
            lambda: self.village.do("stock", stock.stock_of(item), command, people.PANEL),
            lambda: self.model.count(item, pieces),
        )


MOVES = (
    "opening", "reward", "take_back", "expire", "transfer", "file", "verify", "refuse", "dispute", "recuse",
    "rule", "appeal", "decide", "final", "order", "fulfil", "cancel", "time_out", "receive", "count",
)  # fmt: skip


class Checks:
    """What has to hold after every step. It looks at each line once, as the log would have kept it."""

    def __init__(self, village: Community, model: Model) -> None:
        self.village, self.model = village, model
        self.seen = 0
        self.streams: dict[str, list[Recorded]] = defaultdict(list)
        self.sums: Counter[str] = Counter()
        self.left: dict[str, int] = {}
        self.undoable: dict[str, tuple[str, int]] = {}
        self.paid: set[tuple[str, str, str]] = set()
        self.views: dict[str, Account] = {}
        self.entries: dict[str, list[Row]] = defaultdict(list)
        self.baskets: dict[str, list[Row]] = {}

    def run(self) -> None:
        touched = set()
        for line in self.village.lines[self.seen :]:
            kept = as_kept(line)
            touched.add(kept.stream)
            self.streams[kept.stream].append(kept)
            self.take(kept)
        self.seen = len(self.village.lines)
        for stream in touched:
            self.replayed(stream)
        for of, purse in self.model.purses.items():
            self.agreed(of, purse)
            if account.account_of(of) in touched:
                self.stated(of, purse)
        self.stocked()

    # -------------------------------------------------------------- each line

    def take(self, line: Recorded) -> None:
        """Conservation at this prefix, nothing below zero, a reversal at most once and at most for the rest,
        a cause paid once."""
        fact, stream = line.fact, line.stream
        postings = getattr(fact, "postings", ())
        law("conservation", sum(each.points for each in postings) == 0, fact)
        for each in postings:
            self.sums[each.account] += each.points
            if each.account not in ledger.COUNTER_ACCOUNTS:
                law("own postings", each.account.partition("/")[0] == stream, fact)
                law("never negative", self.sums[each.account] >= 0, fact)
        match fact:
            case f.PointsCredited():
                law("paid once", (stream, fact.cause, fact.activity) not in self.paid, fact)
                self.paid.add((stream, fact.cause, fact.activity))
                self.left[fact.entry] = fact.points
            case f.PointsReversed():
                law("at most the rest", 0 < fact.points <= self.left.get(fact.reverses, 0), fact)
                self.left[fact.reverses] -= fact.points
                self.undoable[fact.entry] = fact.reverses, fact.points
            case f.ReversalUndone():
                original, points = self.undoable.pop(fact.undoes, ("", 0))
                law("undone once", points == fact.points, fact)
                self.left[original] += points
            case f.RedemptionRequested():
                self.baskets[stream] = [basket_row(each) for each in fact.lines]
        if stream.startswith("acct-"):
            before = self.views.get(stream)
            after = self.views[stream] = ACCOUNTS.fold(before, line)
            self.entries[stream] += ACCOUNTS.marks(before, after, line).get("entries", ())

    # -------------------------------------------------------------- each account

    def replayed(self, stream: str) -> None:
        """The live state is the fold of what the log kept, and nothing else."""
        decider = FOLDS[stream.partition("-")[0]]
        state: Any = decider.INITIAL
        for line in self.streams[stream]:
            state = decider.evolve(state, line.fact, line.envelope)
        law("replay", state == self.village.states[stream], stream, state, self.village.states[stream])

    def agreed(self, of: str, purse: Purse) -> None:
        """The model, the postings, the live state and the view's row say the same of an account."""
        stream = account.account_of(of)
        state = self.village.states[stream]
        held = {name: each.points for name, each in state.holds.items()}
        law("model", held == purse.held, of, held, purse.held)
        parts = [state.held_for(purpose) for purpose in ledger.HOLDS]
        posted = [self.sums[stream], *(self.sums[f"{stream}/{purpose}"] for purpose in ledger.HOLDS)]
        law("postings", posted == [state.available, *parts], of, posted, state.available, parts)
        seen = (state.available, state.owed, state.credit_score, dict(state.suspensions))
        told = (purse.free, purse.owed, purse.score)
        law("model", seen[:3] == told, of, seen, told)
        barred = {name: each.replace(tzinfo=None) for name, each in seen[3].items()}
        law("model", barred == purse.barred, of, barred, purse.barred)
        law("lots", sum(lot.points for lot in state.lots) == state.balance, of)
        row = account_row(self.views[stream])
        view = (row["available"], row["held"], row["owed"], row["credit_score"])
        law("view", view == (state.available, state.held, state.owed, state.credit_score), of, view)

    def stated(self, of: str, purse: Purse) -> None:
        """Every month: what stood at its beginning and its entries are what stands at its end."""
        stream, zone = account.account_of(of), ACCOUNTS.zone
        left = self.entries[stream]
        stands = 0
        for month in sorted(purse.months):
            first, after = month_bounds(month, zone)
            mine = [row for row in left if first <= row["recorded_at"] < after]
            left = [row for row in left if not first <= row["recorded_at"] < after]
            told = statement(stands, mine, self.baskets)
            total = sum(each.points for each in told.entries)
            law("statement", told.opening + total == told.closing, of, month, told)
            law("statement", total == purse.months[month], of, month, total, purse.months[month])
            stands = told.closing
        law("statement", not left and stands == self.village.states[stream].balance, of, left, stands)

    def stocked(self) -> None:
        for item in GOODS:
            shelf = self.village.stock(item)
            seen = shelf.on_hand, shelf.promised
            told = self.model.goods[item], self.model.promised[item]
            law("stock", seen == told and shelf.available >= 0, item, seen, told)


def as_kept(line: Recorded) -> Recorded:
    """The line as the log gives it back: written down, and read again."""
    sealed = seal_fact(line.fact, lambda path, value: Sealed(value.subject, "box"))
    fact, envelope = decode(*encode(sealed, line.envelope))
    return replace(line, fact=fact, envelope=envelope)


def basket_row(line: f.BasketLine) -> Row:
    return {
        "item": line.item,
        "quantity": line.quantity,
        "points": line.points,
        "rule_book": line.rule.book,
        "rule_version": line.rule.version,
        "rule_line": line.rule.line,
        "rule_text": line.rule.text,
    }
