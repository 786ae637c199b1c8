"""How much waits behind an entry of the menu, for whoever looks: counted by an index, no further than MANY,
and kept for a minute, or until he records something himself. Each number is that of the page it leads to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from api import duties, sight
from api.care.duties import care_due
from api.duty_calendar.seeing import recurring_due
from api.lists import Asked, conditions, parted
from api.points import duties as of_points
from api.points.subjects import Points
from api.rechecks import rechecks_due
from api.visits.duties import checks_due, visits_due
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Condition, Filter, count
from engine.views import Reading
from projections.case import micros

if TYPE_CHECKING:
    from api.pages.frame import Page

MANY, OF_A_KIND = 99, 200
"""More are shown as `99+`. Duties of one kind that are looked at."""
MINUTE, REMEMBERED = 60_000_000, 1_000
Kept = dict[tuple[str, str, str], tuple[int, Mapping[str, int]]]
KEPT: WeakKeyDictionary[Engine, Kept] = WeakKeyDictionary()
"""By engine and caller: when it was counted (microseconds), and how much waits behind each entry."""
OPEN = ("received", "dispatched", "handling", "resolved")
SAYS: Mapping[str, str] = {
    "day": "，今天还有 {n} 件", "complaints": "，{n} 件未结", "care": "，{n} 户该走访",
    "claim": "，{n} 件等您核实", "dispute": "，{n} 件等裁决", "appeal": "，{n} 件等您决定",
    "attendance": "，{n} 份等您核对", "redemption": "，{n} 单等着发放", "review": "，{n} 份等您签字",
    "health": "，{n} 处要看一眼",
}  # fmt: skip
"""What is said of a number to who cannot see where it stands, behind the name of the entry."""
ENTRIES: Mapping[str, str] = {
    "claim": "points-claims", "dispute": "points-claims", "appeal": "points-claims",
    "attendance": "points-attendance", "redemption": "points-redemptions", "review": "points-reviews",
}  # fmt: skip
"""The entry behind which a duty waits that is not named like it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`shown` stands beside an entry; `says` is the sentence for who hears it."""

    shown: str
    says: str


def of(page: "Page") -> Mapping[str, Waiting]:
    """By entry, where something waits. What the page itself has counted is not counted again."""
    if page.viewer is None or page.viewer.role == "resident":
        return {}
    found = lately(page, page.viewer) | page.counted
    told = {}
    for kind, n in found.items():
        if n:
            shown = f"{MANY}+" if n > MANY else str(n)
            told[ENTRIES.get(kind, kind)] = Waiting(shown, page.say(SAYS[kind], n=shown))
    return told


def lately(page: "Page", actor: Actor) -> dict[str, int]:
    kept = KEPT.setdefault(page.engine, {})
    caller, query = (actor.role, actor.scope, actor.person), page.request.query_params
    at, found = kept.get(caller, (0, {}))
    recorded = page.request.method == "POST" or "done" in query or "min_position" in query
    if recorded or not 0 <= page.facing.now - at < MINUTE:
        whole = page.engine.views.position() >= page.engine.log.head()
        at, found = page.facing.now, dict(counted(page, actor))
        if len(kept) >= REMEMBERED:
            kept.clear()
        if whole:  # what is behind is not kept
            kept[caller] = at, found
    return dict(found)


def forget(engine: Engine, actor: Actor) -> None:
    """He is about to record something."""
    KEPT.get(engine, {}).pop((actor.role, actor.scope, actor.person), None)


def counted(page: "Page", actor: Actor) -> Iterator[tuple[str, int]]:
    engine, now = page.engine, page.facing.now
    if actor.role in ("analyst", "admin"):
        from api.pages.office.running import of as parts

        yield "health", sum(1 for part in parts(page, engine) if part.tone != "good")
        return
    points: Points = page.request.app.state.points
    midnight = page.facing.midnight(page.facing.today() + timedelta(days=1)) + 1
    today = 0
    with engine.views.read() as reading:
        for each in of_points.waiting(actor):
            yield each.kind, count(reading, each.table, each.where, up_to=MANY + 1)
            if each.column:
                soon = (*each.where, Filter(each.column, "<", midnight))
                today += count(reading, each.table, soon, up_to=MANY + 1)
        if actor.role == "panel":
            yield "review", sum(1 for _ in of_points.reviews_due(points, actor, page.lang))
            return
        yield "complaints", open_cases(engine, reading, actor, now)
        today += sum(cases_due(engine, reading, actor, now, midnight))
    care = care_due(engine, actor, now, page.lang, OF_A_KIND)
    yield "care", len(care)
    rest: Sequence[Mapping[str, Any]] = (
        *care,
        *recurring_due(engine, actor, now, page.lang, OF_A_KIND),
        *rechecks_due(engine, actor, now, page.lang),
        *visits_due(engine, actor, now, page.lang),
        *checks_due(engine, actor, now, page.lang, OF_A_KIND),
    )
    yield "day", today + sum(micros(datetime.fromisoformat(each["due_by"])) < midnight for each in rest)


def open_cases(engine: Engine, reading: Reading, actor: Actor, now: int) -> int:
    """Those of the queue's first view. Where enough lie in his own place, no other is looked for."""
    places = engine.desk.stage().organisation
    seen, asked = sight.condition(actor, now, places), Asked(state=OPEN)
    found, held = parted([*conditions(engine, asked, now)])
    if actor.role == "unit":
        return count(reading, "cases", found, up_to=MANY + 1, checked=[*held, *seen])
    own = count(reading, "cases", [*found, Filter("grid", "under", actor.scope)], up_to=MANY + 1)
    if own > MANY:
        return own
    return count(reading, "cases", [*found, *seen], up_to=MANY + 1, checked=held)


def cases_due(engine: Engine, reading: Reading, actor: Actor, now: int, midnight: int) -> Iterator[int]:
    """By deadline, how many cases wait for him until midnight; as `duties.cases_due` lists them."""
    near = sight.beside(actor, now, engine.desk.stage().organisation)
    for _, column, where in duties.waiting(actor, near):
        wanted: list[Condition] = [*where, Filter(column, "<", midnight)]
        others: list[Condition] = []
        if actor.role == "unit":  # its tasks are years; what is open is not
            others = [each for each in wanted if not duties.finds(each)]
            wanted = [each for each in wanted if duties.finds(each)]
        yield count(reading, "cases", wanted, up_to=MANY + 1, checked=others)
