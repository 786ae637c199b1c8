"""What the demo's people do for points, and what they spend them on. The real deciders book it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from domain.messages import ENGINE, Actor
from domain.points import orders
from domain.points.account.commands import Open
from domain.points.claim.commands import Refuse
from domain.points.redemption import ItemAsked
from domain.scene import Scene
from domain.steps import Seen, Step
from engine.ids import derived_id
from scripts.demo import points_texts as texts
from scripts.demo.holders import Holder
from scripts.demo.past import Act, Past, Story
from scripts.demo.people import CREWS, grid_members, neighbour

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)

DEEDS = {
    "patrol": 24, "shopping-for-elder": 18, "health-lecture": 16, "clean-up": 12, "stairwell-cleaning": 14,
    "mediation": 5, "hazard-report": 8,
}  # fmt: skip
"""How often each is done, of a hundred or so."""

BASKETS = (
    ("salt",), ("soap", "salt"), ("dish-soap",), ("flour",), ("flour", "detergent"), ("haircut",),
    ("blood-pressure",), ("detergent", "soap"), ("housekeeping",), ("appliance-repair",),
    ("flour", "dish-soap"),
)  # fmt: skip
SERVICES = frozenset({"housekeeping", "appliance-repair"})


@dataclass(slots=True)
class Office:
    """Where claims are filed and orders served: the past being written, and what its stories share."""

    past: Past
    photos: tuple[str, ...]

    def scene(self, at: datetime, actor: Actor, stream: str) -> Scene:
        stage = self.past.stage
        return Scene(at, at, actor, stream, stage.books, stage.organisation)

    def account(self, holder: Holder) -> Seen:
        held = self.past.seen("account", holder.account)
        return Seen(held.state, held.version)

    def claim(self, stream: str) -> Any:
        return self.past.seen("claim", stream).state

    def order(self, stream: str) -> Any:
        return self.past.seen("redemption", stream).state


@dataclass(slots=True)
class Life:
    """One holder's: his chance, his clock, how many claims and orders he has made."""

    holder: Holder
    office: Office
    now: datetime
    chance: Random = field(init=False)
    claims: int = 0
    orders: int = 0

    def __post_init__(self) -> None:
        self.chance = Random(f"points-{self.holder.person}")

    def day(self, days: int, first: int = 8, last: int = 19) -> datetime:
        """Some time by daylight, so many days on."""
        morning = (self.now + days * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        minutes = self.chance.randint(first * 60, last * 60)
        later = morning + minutes * MINUTE + self.chance.randint(0, 59) * timedelta(seconds=1)
        self.now = max(later, self.now + self.chance.randint(20, 90) * MINUTE)
        return self.now

    def opened_on(self) -> date:
        return self.office.account(self.holder).state.opened_at.astimezone(self.now.tzinfo).date()  # type: ignore[no-any-return]


# ------------------------------------------------------------------ a life with points


def lived(holder: Holder, office: Office, opened_at: datetime) -> Story:
    """From opening the account on, deed after deed."""
    life = Life(holder, office, opened_at)
    member = grid_members(holder.grid)[0]
    opening = Step("account", holder.account, Open(holder.person, holder.kind, holder.grid))
    yield Act(opened_at, member, (opening,))
    yield from claimed(life, "visit-registration", 1, days=life.chance.randint(0, 6))
    while True:
        activity = life.chance.choices(list(DEEDS), list(DEEDS.values()))[0]
        days = life.chance.randint(max(2, holder.pace // 2), holder.pace * 3 // 2)
        yield from claimed(life, activity, _quantity(activity, life.chance), days=days)
        if holder.orders and life.chance.random() < 0.34:
            yield from ordered(life)


def _quantity(activity: str, chance: Random) -> int:
    if activity == "clean-up":
        return chance.choice((2, 2, 3, 4))
    if activity in ("stairwell-cleaning", "shopping-for-elder"):
        return chance.choice((1, 1, 2))
    return 1


# ------------------------------------------------------------------ claims


def claimed(life: Life, activity: str, quantity: int, *, days: int) -> Story:
    """Filed by himself, or visibly for him; verified by another member of the grid, or refused."""
    holder, chance, office = life.holder, life.chance, life.office
    first, second = grid_members(holder.grid)
    on_behalf = holder.elder or holder.kind != "resident" or chance.random() < 0.2
    stream = claim_of(life)
    file = filing(life, stream, activity, quantity, late=chance.choice((0, 0, 0, 1, 2)))
    yield Act(life.day(days), first if on_behalf else holder.actor, file)
    at = life.day(chance.choice((0, 1, 1, 2)), 9, 18)
    if activity != "visit-registration" and chance.random() < 0.04:
        yield Act(at, second, (Step("claim", stream, Refuse(chance.choice(texts.REFUSALS))),))
        return
    yield Act(at, second, verifying(office, stream, holder))


def claim_of(life: Life) -> str:
    """The id of his next claim."""
    life.claims += 1
    return derived_id("clm", "demo", life.holder.person, str(life.claims))


def filing(
    life: Life, stream: str, activity: str, quantity: int, *, late: int = 0, witness: str = ""
) -> Callable[[], tuple[Step, ...]]:
    """What the claim says; the deed was done up to `late` days before."""
    chance, office, holder = life.chance, life.office, life.holder
    helped = activity == "shopping-for-elder"
    beneficiary = neighbour(chance.randint(200, 260)).person if helped else ""
    seen = (witness or neighbour(chance.randint(100, 199)).person,) if helped else ()
    evidence = (chance.choice(office.photos),) if chance.random() < 0.3 or witness else ()
    note = chance.choice(texts.NOTES.get(activity, ("",)))

    def made() -> tuple[Step, ...]:
        state = office.account(holder).state
        today = life.now.date()
        return orders.file(
            stream,
            holder.account,
            state,
            office.past.stage.organisation,
            activity=activity,
            quantity=quantity,
            occurred_on=max(life.opened_on(), today - late * DAY),
            beneficiary=beneficiary,
            witnesses=seen,
            evidence=evidence,
            note=note,
        )

    return made


def verifying(office: Office, stream: str, holder: Holder) -> Callable[[], tuple[Step, ...]]:
    return lambda: orders.verify(stream, office.claim(stream), office.account(holder))


# ------------------------------------------------------------------ orders


def ordered(life: Life) -> Story:
    """A basket he can pay: fetched, brought to an elder's door, cancelled, or forgotten."""
    holder, chance, office = life.holder, life.chance, life.office
    items = _basket(life)
    if not items:
        return
    life.orders += 1
    stream = derived_id("rdm", "demo", holder.person, str(life.orders))
    first, second = grid_members(holder.grid)
    proxied = holder.elder or holder.kind != "resident"
    consent = chance.choice(office.photos) if proxied else ""
    at, buyer = life.day(chance.randint(0, 2), 9, 17), first if proxied else holder.actor

    def request() -> tuple[Step, ...]:
        state, scene = office.account(holder).state, office.scene(at, buyer, stream)
        asked = [ItemAsked(item) for item in items]
        found = orders.request(stream, holder.account, state, scene, items=asked, consent=consent)
        return found

    yield Act(at, buyer, request)
    fate = chance.random()
    if fate < 0.05:
        cancel = lambda: orders.cancel(stream, office.order(stream), reason="desk")  # noqa: E731
        yield Act(life.day(1), second, cancel)
    elif fate < 0.08:
        expires_at = office.order(stream).order.expires_at
        late = lambda: orders.time_out(stream, office.order(stream))  # noqa: E731
        yield Act(expires_at + timedelta(seconds=1), ENGINE, late)
        life.now = max(life.now, expires_at.astimezone(life.now.tzinfo))
    else:
        served = SERVICES.intersection(items)
        crew = CREWS["property-co"] if served else second
        delivery = chance.choice(office.photos) if proxied else ""
        partner = "property-co" if served else ""
        fulfil = lambda: orders.fulfil(  # noqa: E731
            stream, office.order(stream), delivery=delivery, partner=partner
        )
        yield Act(life.day(chance.randint(0, 3), 9, 18), crew, fulfil)


def _basket(life: Life) -> tuple[str, ...]:
    """Something he has the points for, and will still have."""
    office = life.office
    catalogue = office.past.stage.books.catalogue(life.now)
    available = office.account(life.holder).state.available
    can_pay = [
        basket for basket in BASKETS if sum(catalogue.items[item].price or 0 for item in basket) <= available
    ]
    return life.chance.choice(can_pay) if can_pay else ()
