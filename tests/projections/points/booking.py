"""Points told in a few lines: facts by hand, their postings by the ledger, times in Shanghai."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from domain.messages import Actor, Envelope, Recorded, Sealed
from domain.points import facts as f
from domain.points.ledger import EXPIRY, ISSUANCE, REDEMPTION, TRANSFER, held, move
from engine.fold import Projection
from projections.points.account import Account, fold
from projections.points.accounts import ACCOUNTS
from projections.points.claims import CLAIMS
from projections.points.panels import PANEL
from projections.points.redemptions import REDEMPTIONS
from projections.points.stock import STOCK
from tests.projections.story import at

PROJECTIONS: tuple[Projection, ...] = (ACCOUNTS, CLAIMS, REDEMPTIONS, STOCK, PANEL)
TARIFF = {
    "visit-registration": (5, "time"),
    "hazard-report": (10, "case"),
    "mediation": (15, "case"),
    "patrol": (5, "time"),
    "shopping-for-elder": (5, "time"),
    "health-lecture": (3, "time"),
}
HOLDER, NEIGHBOUR, MEMBER = "resident", "p-luo", "panel"


def sealed(text: str = "…") -> Sealed:
    return Sealed("resident", text)


def rule(line: str = "patrol", book: str = "tariffs", version: str = "2025-1") -> f.Rule:
    return f.Rule(book, version, line, f"{line} 的规则 · what {line} pays")


class Log:
    """What is recorded, in order. Every verb appends; a moment may be given, else an hour passes."""

    def __init__(self, start: str = "2025-03-01 09:00") -> None:
        self.lines: list[Recorded] = []
        self.now = at(start)
        self.numbers = count(1)
        self.accounts: dict[str, Account] = {}

    def tell(
        self,
        stream: str,
        fact: Any,
        moment: str = "",
        by: str = "gridworker",
        role: str = "gridworker",
        happened: str = "",
    ) -> Recorded:
        self.now = at(moment) if moment else self.now + timedelta(hours=1)
        occurred = at(happened) if happened else self.now
        version = 1 + sum(line.stream == stream for line in self.lines)
        envelope = Envelope(occurred, Actor(by, role))
        line = Recorded(len(self.lines) + 1, stream, version, self.now, envelope, fact)
        self.lines.append(line)
        if stream.startswith("acct-"):
            self.accounts[stream] = fold(self.accounts.get(stream), line)
        return line

    # ------------------------------------------------------------------ accounts

    def opened(self, account: str = "acct-resident", kind: str = "resident", moment: str = "") -> Recorded:
        place = "demo/north/sl/grid-01"
        fact = f.AccountOpened(account.removeprefix("acct-"), kind, place, 100)
        return self.tell(account, fact, moment)

    def entry(self, account: str) -> str:
        named = (f.PointsCredited, f.PointsRedeemed, f.PointsReversed, f.ReversalUndone, f.PointsExpired)
        told = sum(line.stream == account and isinstance(line.fact, named) for line in self.lines)
        return f"{account}#{told + 1}"

    def credited(
        self,
        activity: str = "patrol",
        points: int = 5,
        *,
        quantity: int = 1,
        account: str = "acct-resident",
        moment: str = "",
        on: str = "",
        cause: str = "",
        version: str = "2025-1",
    ) -> Recorded:
        now = at(moment) if moment else self.now + timedelta(hours=1)
        settled = min(points, self.accounts[account].owed)
        fact = f.PointsCredited(
            entry=self.entry(account),
            points=points,
            settled=settled,
            cause=cause or f"clm-{next(self.numbers)}",
            cause_kind="import" if cause.startswith("import:") else "claim",
            activity=activity,
            quantity=quantity,
            occurred_on=date.fromisoformat(on) if on else local(now),
            rule=rule(activity, "import" if cause.startswith("import:") else "tariffs", version),
            filed_by=HOLDER,
            verified_by="gridworker",
            postings=move((ISSUANCE, account, points - settled)),
        )
        return self.tell(account, fact, moment)

    def holding(
        self, hold: str, purpose: str, asked: int, account: str = "acct-resident", moment: str = ""
    ) -> Recorded:
        points = min(asked, self.accounts[account].available)
        postings = move((account, held(account, purpose), points))
        until = self.now + timedelta(days=14) if purpose == "ordered" else None
        return self.tell(account, f.PointsHeld(hold, purpose, points, asked, until, postings), moment)

    def released(self, hold: str, reason: str = "cancelled", account: str = "acct-resident") -> Recorded:
        (found,) = [each for each in self.accounts[account].holds if each.hold == hold]
        postings = move((held(account, found.purpose), account, found.points))
        return self.tell(account, f.HoldReleased(hold, found.points, reason, postings))

    def captured(self, redemption: str, account: str = "acct-resident", moment: str = "") -> Recorded:
        (found,) = [each for each in self.accounts[account].holds if each.hold == redemption]
        postings = move((held(account, "ordered"), REDEMPTION, found.points))
        fact = f.PointsRedeemed(self.entry(account), redemption, found.points, postings)
        return self.tell(account, fact, moment)

    def reversed(
        self, entry: str, points: int, cause: str, account: str = "acct-resident", moment: str = ""
    ) -> Recorded:
        state = self.accounts[account]
        mine = sum(each.points for each in state.holds if each.hold == cause)
        from_held = min(points, mine)
        free = min(points - from_held, state.available)
        sub = held(account, "disputed")
        fact = f.PointsReversed(
            entry=self.entry(account),
            reverses=entry,
            points=points,
            from_held=from_held,
            from_available=free,
            owed=points - from_held - free,
            cause=cause,
            effective_on=local(at(moment) if moment else self.now),
            reason=sealed(),
            postings=move((sub, ISSUANCE, from_held), (account, ISSUANCE, free)),
        )
        return self.tell(account, fact, moment, by=MEMBER, role="panel")

    def undone(self, undoes: str, cause: str, account: str = "acct-resident") -> Recorded:
        (was,) = [line.fact for line in self.lines if getattr(line.fact, "entry", "") == undoes]
        struck = min(was.owed, self.accounts[account].owed)  # type: ignore[attr-defined]
        points = was.points  # type: ignore[attr-defined]
        postings = move((ISSUANCE, account, points - struck))
        fact = f.ReversalUndone(self.entry(account), undoes, points, struck, cause, postings)
        return self.tell(account, fact, by="street", role="street")

    def expired(self, points: int, account: str = "acct-resident") -> Recorded:
        fact = f.PointsExpired(self.entry(account), points, (), move((account, EXPIRY, points)))
        return self.tell(account, fact, by="engine", role="engine")

    def transferred(self, points: int, account: str, other: str) -> None:
        for stream, moved, parties in (
            (account, -points, (account, TRANSFER)),
            (other, points, (TRANSFER, other)),
        ):
            postings = move((*parties, points))
            mine = account if stream == other else other
            self.tell(stream, f.CardTransferred(self.entry(stream), mine, moved, sealed(), postings))

    # ------------------------------------------------------------------ claims and orders

    def filed(
        self,
        claim: str,
        activity: str = "shopping-for-elder",
        quantity: int = 3,
        *,
        moment: str = "",
        by: str = HOLDER,
        on: str = "2025-03-05",
    ) -> Recorded:
        points, basis = TARIFF[activity]
        fact = f.ClaimFiled(
            account="acct-resident",
            holder=HOLDER,
            place="demo/north/sl/grid-01",
            activity=activity,
            quantity=quantity,
            basis=basis,
            occurred_on=date.fromisoformat(on),
            points=points * quantity,
            rule=rule(activity),
            beneficiary="p-huo",
            witnesses=(NEIGHBOUR,),
            evidence=("ab" * 32,),
            note=sealed(),
            filed_by=by,
            on_behalf=by != HOLDER,
            cause="",
        )
        return self.tell(claim, fact, moment, by=by, role="resident" if by == HOLDER else "gridworker")

    def verified(self, claim: str, moment: str = "") -> str:
        """The claim is credited; returns the entry."""
        (filed,) = [line.fact for line in self.lines if line.stream == claim]
        assert isinstance(filed, f.ClaimFiled)
        entry = self.entry(filed.account)
        fact = f.ClaimVerified(filed.account, filed.points, entry)
        self.tell(claim, fact, moment, by="gridworker2")
        self.credited(
            filed.activity, filed.points, quantity=filed.quantity, cause=claim, account=filed.account
        )
        return entry

    def disputed(self, claim: str, points: int = 15, by: str = "dispatcher") -> None:
        fact = f.ClaimDisputed(sealed(), "acct-resident", points)
        self.tell(claim, fact, by=by, role="dispatcher")
        self.holding(claim, "disputed", points)

    def ruled(self, claim: str, entry: str, *, proven: int = 1, taken: int = 10) -> None:
        until = self.now + timedelta(days=180)
        final = self.now + timedelta(days=15)
        fact = f.ClaimRuled(
            claimed_quantity=3,
            proven_quantity=proven,
            reversed_points=taken,
            reasons=sealed(),
            votes=(f.Vote("panel", "agree"), f.Vote("panel2", "agree")),
            recused=("panel3",),
            false_claim=True,
            suspended_until=until,
            score_change=-10,
            rule=rule("false-claim", "supervision"),
            final_at=final,
            objections_until=self.now + timedelta(days=3),
        )
        self.tell(claim, fact, by=MEMBER, role="panel")
        self.reversed(entry, taken, claim)
        if any(hold.hold == claim for hold in self.accounts["acct-resident"].holds):
            self.released(claim, "ruled")
        self.tell("acct-resident", f.RedemptionSuspended(until, claim), by=MEMBER, role="panel")
        score = f.CreditScoreAdjusted("acct-resident#score-1", -10, 90, claim, "")
        self.tell("acct-resident", score, by=MEMBER, role="panel")

    def ordered(self, redemption: str, *items: tuple[str, int, int], moment: str = "") -> None:
        """Requested and held; `items` are (item, quantity, price)."""
        lines = tuple(
            f.BasketLine(item, n, price, n * price, True, rule(item, "catalogues"))
            for item, n, price in items
        )
        total = sum(line.points for line in lines)
        fact = f.RedemptionRequested(
            "acct-resident", HOLDER, "demo/north/sl/grid-01", lines, total, HOLDER, "", "", None
        )
        self.tell(redemption, fact, moment, by=HOLDER, role="resident")
        self.holding(redemption, "ordered", total)
        for line in lines:
            reserved = f.StockReserved(line.item, redemption, line.quantity)
            self.tell(f"stock-{line.item}", reserved, by=HOLDER, role="resident")

    def fulfilled(self, redemption: str) -> None:
        (fact,) = [line.fact for line in self.lines if line.stream == redemption]
        assert isinstance(fact, f.RedemptionRequested)
        self.tell(redemption, f.RedemptionFulfilled("", "bang-ban"))
        self.captured(redemption)
        for line in fact.lines:
            self.tell(f"stock-{line.item}", f.StockIssued(line.item, redemption, line.quantity))

    def received(self, item: str, quantity: int) -> None:
        self.tell(f"stock-{item}", f.StockReceived(item, quantity, "进货"))

    def of(self, stream: str) -> list[Recorded]:
        return [line for line in self.lines if line.stream == stream]


def local(moment: datetime) -> date:
    return (moment + timedelta(hours=8)).date()


Tables = dict[str, list[dict[str, Any]]]


def tables(lines: Iterable[Recorded]) -> Tables:
    """What the views hold after these lines: rows of the last states, sums added up."""
    found: Tables = {}
    sums: dict[str, dict[tuple[Any, ...], list[int]]] = {}
    specs = {spec.name: spec for projection in PROJECTIONS for spec in projection.TABLES}
    states: dict[tuple[str, str], tuple[Projection, Any]] = {}
    for line in lines:
        for projection in PROJECTIONS:
            if type(line.fact) not in projection.FACTS:
                continue
            place = (projection.NAME, projection.subject(line))
            before = states[place][1] if place in states else None
            after = projection.fold(before, line)
            states[place] = (projection, after)
            for name, rows in projection.marks(before, after, line).items():
                if specs[name].adds:
                    add(sums.setdefault(name, {}), specs[name].key, specs[name].adds, plain(rows))
                else:
                    found.setdefault(name, []).extend(map(dict, plain(rows)))
    for projection, state in states.values():
        for name, rows in projection.rows(state).items():
            found.setdefault(name, []).extend(map(dict, rows))
    for name, added in sums.items():
        whole = (*specs[name].key, *specs[name].adds)
        found[name] = [dict(zip(whole, (*key, *values), strict=True)) for key, values in added.items()]
    return {name: found.get(name, []) for name in specs}


def plain(rows: Iterable[Mapping[str, Any] | tuple[Any, ...]]) -> Iterator[Mapping[str, Any]]:
    """None of these tables is spread."""
    for row in rows:
        assert isinstance(row, Mapping)
        yield row


def add(
    sums: dict[tuple[Any, ...], list[int]],
    key: tuple[str, ...],
    adds: tuple[str, ...],
    rows: Iterable[Mapping[str, Any]],
) -> None:
    for row in rows:
        mine = sums.setdefault(tuple(row[name] for name in key), [0] * len(adds))
        for n, name in enumerate(adds):
            mine[n] += row[name]
