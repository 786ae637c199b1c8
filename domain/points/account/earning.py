"""How points come onto an account, and how they go back when they should not have."""

from collections.abc import Iterator
from datetime import date

from domain.bounds import NAME, TEXT, one_of, text, whole
from domain.deciding import local_day
from domain.messages import Envelope, clear
from domain.points import ledger
from domain.points.account.commands import (
    CarryOver,
    Credit,
    Open,
    Reverse,
    Reward,
    RewardLinkage,
    TakeBack,
    UndoReversal,
)
from domain.points.account.state import Credited, Unopened, evolve
from domain.points.account.state import Open as Account
from domain.points.facts import (
    AccountFact,
    AccountOpened,
    HoldReleased,
    PointsCredited,
    PointsReversed,
    PriceReached,
    ReversalUndone,
    Rule,
)
from domain.points.rules import quantity, tariff_line, tariff_rule
from domain.refusals import Refused
from domain.rule_books.tariffs import MOST
from domain.scene import Scene, precedes

KINDS = ("resident", "household", "temporary", "staff")
LINKAGE = "linkage"
"""The activity and kind of cause of staff's points for a case resolved on time."""

Facts = tuple[AccountFact, ...]


def open_account(command: Open, state: Unopened, scene: Scene) -> Facts:
    text("holder", command.holder, NAME)
    if "/" in command.holder:
        raise Refused(
            "account.holder", "a holder's id has no / in it: that names a part of an account", field="holder"
        )
    one_of("kind", command.kind, KINDS)
    if scene.organisation.grid(command.place) is None:
        raise Refused("grid.unknown", f"there is no grid {command.place!r}", grid=command.place)
    start = scene.books.supervision(scene.now).start_score
    return (AccountOpened(command.holder, command.kind, command.place, start),)


# ------------------------------------------------------------------ crediting


def credit(command: Credit, state: Account, scene: Scene) -> Facts:
    """A verified claim. Nobody verifies what he is paid for."""
    if scene.actor.person == state.holder:
        raise Refused("claim.verified-by-party", "the holder does not verify his own claim")
    whole("points", command.points, 1, MOST)
    check_cause(state, command.cause, command.activity, command.rule.version, scene)
    check_day(state, command.activity, command.rule.version, command.occurred_on, scene)
    return _booked(state, scene, command)


def reward(command: Reward, state: Account | Unopened, scene: Scene) -> Facts:
    """Points for a record that proves the deed."""
    if isinstance(state, Unopened) or state.kind == "staff":
        return ()
    on = command.done_on or local_day(scene, command.done_at)
    if not scene.books.adopted("tariffs") or on < local_day(scene, state.opened_at):
        return ()
    tariff = scene.books.tariff(on)
    if command.activity not in tariff.lines or not _free(
        state, command.cause, command.activity, tariff.version, on, scene
    ):
        return ()
    line, version = tariff_line(command.activity, on, scene)
    points = line.pays(quantity(command.quantity))
    if not points:
        return ()
    asked = Credit(
        points=points,
        cause=command.cause,
        cause_kind=command.cause_kind,
        activity=command.activity,
        quantity=command.quantity,
        occurred_on=on,
        rule=tariff_rule(line, version),
        filed_by=command.filed_by or state.holder,
    )
    return _booked(state, scene, asked, command.by)


def reward_linkage(command: RewardLinkage, state: Account | Unopened, scene: Scene) -> Facts:
    """联动积分. One case pays once, however often it is resolved, unless what it paid was taken back; and one
    resolution once, however often it is told."""
    supervision = scene.books.supervision(scene.now)
    if isinstance(state, Unopened) or state.kind != "staff" or not supervision.linkage_points:
        return ()
    if any(entry.rest or entry.credited_at >= scene.occurred_at for entry in state.paid_for(command.cause)):
        return ()
    points = supervision.linkage_points
    rule = Rule(
        "supervision", supervision.version, LINKAGE, f"联动积分：{points} 分 · Linkage points: {points}"
    )
    on = local_day(scene, command.done_at)
    asked = Credit(points, command.cause, LINKAGE, LINKAGE, 1, on, rule, state.holder)
    return _booked(state, scene, asked)


def carry_over(command: CarryOver, state: Account, scene: Scene) -> Facts:
    """期初余额: what another ledger ended with, once per source."""
    text("source", command.source, NAME)
    whole("points", command.points, 1, MOST)
    cause = f"import:{command.source}"
    if state.paid_for(cause):
        return ()
    rule = Rule("import", command.source, "opening-balance", "期初余额 · Opening balance")
    asked = Credit(
        command.points, cause, "import", "opening-balance", 1, command.occurred_on, rule, scene.actor.person
    )
    return _booked(state, scene, asked, origin=ledger.OPENING)


def check_cause(state: Account, cause: str, activity: str, version: str, scene: Scene) -> None:
    """Refused where this cause was paid by the same rule, or by another that does not stack with it."""
    paid = state.paid_for(cause)
    same = next((entry for entry in paid if entry.activity == activity), None)
    if same is not None:
        raise Refused(
            "account.cause-paid",
            f"{cause} was paid for {activity} already: {same.entry}",
            cause=cause,
            activity=activity,
            entry=same.entry,
        )
    for entry in paid:
        if not (_stacks(activity, version, scene) and _stacks(entry.activity, entry.tariff, scene)):
            raise Refused(
                "account.not-stacking",
                f"{cause} was paid for {entry.activity}, which does not stack with {activity}",
                cause=cause,
                activity=activity,
                paid=entry.activity,
                entry=entry.entry,
            )


def check_day(state: Account, activity: str, version: str, on: date, scene: Scene) -> None:
    """Refused where the deed is paid by the day (每天), and that day of it was paid already."""
    tariff = scene.books.tariff_of(version)
    line = tariff and tariff.get(activity)
    if not line or line.basis != "day":
        return
    for entry in state.credits.values():
        if entry.activity == activity and entry.occurred_on == on and entry.rest:
            raise Refused(
                "account.day-paid",
                f"{activity} is paid once a day, and {on} was paid: {entry.entry}",
                help="another day, or refuse the claim",
                activity=activity,
                on=on.isoformat(),
                entry=entry.entry,
            )


def _free(state: Account, cause: str, activity: str, version: str, on: date, scene: Scene) -> bool:
    try:
        check_cause(state, cause, activity, version, scene)
        check_day(state, activity, version, on, scene)
    except Refused:
        return False
    return True


def _stacks(activity: str, version: str, scene: Scene) -> bool:
    tariff = scene.books.tariff_of(version)
    line = tariff and tariff.get(activity)
    return bool(line and line.stacking)


def _booked(
    state: Account, scene: Scene, asked: Credit, verified_by: str = "", origin: str = ledger.ISSUANCE
) -> Facts:
    """The entry, debt settled first, and a notice of each price that can now be paid."""
    settled = min(state.owed, asked.points)
    credited = PointsCredited(
        entry=next_entry(state, scene),
        points=asked.points,
        settled=settled,
        cause=asked.cause,
        cause_kind=asked.cause_kind,
        activity=asked.activity,
        quantity=asked.quantity,
        occurred_on=asked.occurred_on,
        rule=asked.rule,
        filed_by=asked.filed_by,
        verified_by=verified_by or scene.actor.person,
        postings=ledger.move((origin, scene.stream, asked.points - settled)),
    )
    return (credited, *_prices_reached(state, state.available + asked.points - settled, scene))


def _prices_reached(state: Account, available: int, scene: Scene) -> Iterator[PriceReached]:
    """Each price once: it says "now you could", not how much there is today."""
    if state.kind == "staff" or not scene.books.adopted("catalogues"):
        return
    for item in scene.books.catalogue(scene.now).items.values():
        price = item.price
        if price and state.available < price <= available and (item.item, price) not in state.noticed:
            yield PriceReached(item.item, price, available)


def next_entry(state: Account, scene: Scene, after: int = 0) -> str:
    """The name of the account's next entry (or of one some entries later)."""
    return f"{scene.stream}#{state.entries + 1 + after}"


# ------------------------------------------------------------------ taking back


def reverse(command: Reverse, state: Account, scene: Scene) -> Facts:
    """冲正 after a ruling. Nothing at all (0 points) still releases what the dispute held."""
    facts: list[AccountFact] = []
    whole("points", command.points, 0, MOST)
    after = state
    if command.points:
        taken = _reversal(state, command.reverses, command.points, command.cause, command.reason, scene)
        facts.append(taken)
        after = _next(state, taken, scene)
    if (hold := after.holds.get(command.cause)) is not None:
        sub = ledger.held(scene.stream, hold.purpose)
        postings = ledger.move((sub, scene.stream, hold.points))
        facts.append(HoldReleased(command.cause, hold.points, "ruled", postings))
    return tuple(facts)


def take_back(command: TakeBack, state: Account | Unopened, scene: Scene) -> Facts:
    """Linkage points earned after the moment that takes back (the case was resolved once more) stay."""
    if isinstance(state, Unopened):
        return ()
    facts: list[AccountFact] = []
    for entry in state.paid_for(command.cause):
        later = entry.cause_kind == LINKAGE and precedes(scene.occurred_at, entry.credited_at)
        if entry.rest and not later and entry.cause_kind == command.cause_kind:
            taken = _reversal(state, entry.entry, entry.rest, command.cause, command.reason, scene)
            facts.append(taken)
            state = _next(state, taken, scene)
    return tuple(facts)


def _reversal(
    state: Account, reverses: str, points: int, cause: str, reason: str, scene: Scene
) -> PointsReversed:
    original = _entry(state, reverses)
    if points > original.rest:
        raise Refused(
            "account.reversal-exceeds-entry",
            f"of {reverses} only {original.rest} points can still be taken back",
            help=f"points: at most {original.rest}",
            entry=reverses,
            points=points,
            rest=original.rest,
        )
    hold = state.holds.get(cause)
    from_held = min(points, hold.points) if hold else 0
    from_available = min(points - from_held, state.available)
    sub = ledger.held(scene.stream, hold.purpose) if hold else scene.stream
    return PointsReversed(
        entry=next_entry(state, scene),
        reverses=reverses,
        points=points,
        from_held=from_held,
        from_available=from_available,
        owed=points - from_held - from_available,
        cause=cause,
        effective_on=_effective_on(original, scene),
        reason=clear(state.holder, text("reason", reason, TEXT)),
        postings=ledger.move(
            (sub, ledger.ISSUANCE, from_held), (scene.stream, ledger.ISSUANCE, from_available)
        ),
    )


def _entry(state: Account, entry: str) -> Credited:
    found = state.credits.get(entry)
    if found is None:
        raise Refused("account.unknown-entry", f"{entry} earned nothing here", entry=entry)
    return found


def _effective_on(original: Credited, scene: Scene) -> date:
    """The day the reversal counts from: when it happened, but not before the deed it takes back."""
    return max(local_day(scene, scene.occurred_at), original.occurred_on)


def undo_reversal(command: UndoReversal, state: Account, scene: Scene) -> Facts:
    """An appeal overturned it: what is still owed is struck off, the rest comes back."""
    reversal = state.reversal_of(command.cause)
    if reversal is None:
        raise Refused(
            "account.no-reversal", f"nothing was taken back because of {command.cause}", cause=command.cause
        )
    struck = min(reversal.owed, state.owed)
    undone = ReversalUndone(
        entry=next_entry(state, scene),
        undoes=reversal.entry,
        points=reversal.points,
        owed=struck,
        cause=command.cause,
        postings=ledger.move((ledger.ISSUANCE, scene.stream, reversal.points - struck)),
    )
    return (undone,)


def _next(state: Account, fact: AccountFact, scene: Scene) -> Account:
    after = evolve(state, fact, Envelope(scene.occurred_at, scene.actor))
    assert isinstance(after, Account)
    return after
