"""What is asked at a door, a page at a time: what came of it, who was met, what was found. What was typed on
a page goes on with the next; nothing is recorded before the last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field as Bound

from api import kinds
from api.bodies import Body
from api.pages.asked import WHEN
from api.pages.forms import Fault, Field, Filled, Sheet, Unreadable, body_from
from api.pages.households.words import MODES, WINDOWS
from api.pages.visits.visit_desk import Home, VisitDesk
from api.visits.attempts import PHOTOS, Attempt
from domain.visits.rules import MINUTES, PEOPLE
from engine.read import Filter, rows
from projections.views import Row

NEEDS, TEAM = 6, 3
"""Needs and companions one form takes; what is more goes into a second attempt, or through the api."""
CAPACITIES = ("老党员", "业委会成员", "楼栋长", "热心居民", "物业", "民警", "医生", "其他")
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=4)
"""A form filled in at once, or left open for hours, says nothing of how long a visit took."""

MET, FOUND = "met", "found"
"""The pages after the outcome; where the door stayed shut, the last one alone."""


class SomeoneAlong(Body):
    capacity: kinds.MaybeName = ""
    name: kinds.MaybeName = ""


class Needed(Body):
    category: kinds.MaybeName = ""
    text: kinds.MaybeText = ""
    itself: bool = False


class Measured(Body):
    quantity: kinds.Name
    unit: kinds.Name
    value: float | None = None


class DoorForm(kinds.Command):
    """An attempt as the pages ask for it. `since` is when the first page was opened, in seconds since 1970
    UTC."""

    outcome: Annotated[str, Bound(max_length=20)]
    window: Annotated[str, Bound(max_length=20)]
    mode: Annotated[str, Bound(max_length=20)] = "in_person"
    people_met: Annotated[int, Bound(ge=0, le=PEOPLE)] = 0
    minutes: Annotated[int, Bound(ge=0, le=MINUTES)] | None = None
    since: Annotated[str, Bound(pattern=r"^\d{0,11}$")] = ""
    booking: Annotated[list[kinds.Name], Bound(max_length=1, default_factory=list)]
    team: Annotated[list[SomeoneAlong], Bound(max_length=TEAM, default_factory=list)]
    readings: Annotated[list[Measured], Bound(max_length=20, default_factory=list)]
    needs: Annotated[list[Needed], Bound(max_length=NEEDS, default_factory=list)]
    photos: Annotated[list[kinds.Name], Bound(max_length=PHOTOS, default_factory=list)]
    note: kinds.MaybeText = ""

    def attempt(self, household: str, now: datetime) -> Attempt:
        """The api's body. How long it took is what was typed, else from the first page until now."""
        told: dict[str, Any] = self.model_dump(
            include={"outcome", "window", "mode", "people_met", "minutes", "photos", "note"}
        )
        if self.outcome == "opened" and self.minutes is None and self.occurred_at is None and self.since:
            began = datetime.fromtimestamp(int(self.since), now.tzinfo)
            if SHORTEST <= now - began <= LONGEST:
                told |= {"started_at": began.isoformat(), "ended_at": now.isoformat()}
        if self.occurred_at is not None:
            told["occurred_at"] = self.occurred_at.isoformat()
        return Attempt.model_validate(
            told
            | {
                "household": household,
                "booking": next(iter(self.booking), ""),
                "team": [each.model_dump() for each in self.team if each.name or each.capacity],
                "readings": [each.model_dump() for each in self.readings if each.value is not None],
                "needs": [
                    {"category": each.category, "text": each.text, "origin": origin(each)}
                    for each in self.needs
                    if each.category or each.text
                ],
            }
        )


def origin(need: Needed) -> str:
    return "reactive" if need.itself else "proactive"


# ------------------------------------------------------------------ the questions


def fields(desk: VisitDesk, home: Home, window: str, booking: Row | None) -> tuple[Field, ...]:
    """All of them; `page_of` says which stand on which page."""
    return (
        Field("outcome", "门开了吗", "hidden", required=True),
        Field("since", "", "hidden"),
        Field(
            "people_met", "见到几个人", "number", required=True, hint=met_hint(desk, home),
            unit=desk.say("人"),
        ),
        Field("window", "什么时段", "choice", options=desk.options(WINDOWS), required=True, value=window),
        Field("mode", "怎么走访的", "choice", options=desk.options(MODES), required=True, value="in_person"),
        *booked(desk, booking),
        Field("minutes", "用了多少分钟", "number", unit=desk.say("分钟"),
              hint="不填就从打开这一户算到记下的时候。"),
        *along(desk),
        *readings(desk),
        *needs(desk),
        Field("photos", "照片", "photos", hint="门牌、隐患、张贴的告知书……照片里的位置信息会自动去掉。"),
        Field("note", "记一句", "area", rows=3, hint="密封保存，只有办理的人看得到。"),
        replace(WHEN, label="什么时候去的"),
    )  # fmt: skip


def met_hint(desk: VisitDesk, home: Home) -> str:
    if home.people is None:
        return desk.say("这户几口人还没有登记。")
    return desk.say("这户登记 {n} 人。", n=home.people)


def booked(desk: VisitDesk, booking: Row | None) -> Iterator[Field]:
    """Whether this was the slot agreed for today."""
    if booking is not None:
        told = desk.say("就是约好的{window}这一次", window=desk.window(booking["window"]))
        name = str(booking["booking"])
        yield Field("booking", "预约", "checks", options=((name, told),), value=name)


def along(desk: VisitDesk) -> Iterator[Field]:
    for n in range(TEAM):
        label = desk.say("同行的第 {n} 位", n=n + 1)
        yield Field(f"team[{n}].name", desk.say("{who}：姓名", who=label), hint="密封保存。" if not n else "")
        yield Field(
            f"team[{n}].capacity", desk.say("{who}：身份", who=label), "select", options=capacities(desk)
        )


def capacities(desk: VisitDesk) -> tuple[tuple[str, str], ...]:
    """They are recorded as they are called here."""
    return tuple((word, desk.say(word)) for word in CAPACITIES)


def readings(desk: VisitDesk) -> Iterator[Field]:
    """What any class of needs asks to be measured."""
    book = desk.books.categories(desk.engine.clock())
    asked: dict[str, str] = {}
    for code in book.codes():
        found = book.get(code)
        for reading in found.readings if found else ():
            asked.setdefault(reading.quantity, reading.unit)
    for n, (quantity, unit) in enumerate(asked.items()):
        called = desk.facing.quantity(quantity)
        yield Field(f"readings[{n}].quantity", "", "hidden", value=quantity)
        yield Field(f"readings[{n}].unit", "", "hidden", value=unit)
        yield Field(f"readings[{n}].value", called, "decimal", unit=unit)


def needs(desk: VisitDesk) -> Iterator[Field]:
    categories = tuple((code, desk.facing.category(code)) for code in desk.facing.categories())
    for n in range(NEEDS):
        nth = desk.say("第 {n} 件", n=n + 1)
        yield Field(f"needs[{n}].category", desk.say("{nth}：哪一类", nth=nth), "select", options=categories)
        yield Field(
            f"needs[{n}].text", desk.say("{nth}：什么事", nth=nth), "area", rows=2,
            hint="记原话。" if not n else "",
        )  # fmt: skip
        yield Field(f"needs[{n}].itself", desk.say("住户自己提的，算接诉即办"), "tick")


# ------------------------------------------------------------------ its pages


def page_of(name: str, outcome: str) -> str:
    """On which page a question stands; "" for what goes along unseen."""
    if name in ("outcome", "since") or name.endswith((".quantity", ".unit")):
        return ""
    if outcome != "opened":
        return FOUND if name in ("window", "mode", "booking", "photos", "note", "occurred_at") else ""
    return (
        MET
        if name in ("people_met", "window", "mode", "booking", "minutes") or name[:5] == "team["
        else FOUND
    )


def asked(every: Sequence[Field], outcome: str) -> tuple[Field, ...]:
    """The questions of this outcome: whoever was not let in is asked of no people, needs or readings."""
    if outcome == "opened":
        return tuple(every)
    return tuple(one for one in every if one.name in ("outcome", "since") or page_of(one.name, outcome))


def incomplete(desk: VisitDesk, every: Sequence[Field], filled: Filled) -> list[Fault]:
    """Half a need, or somebody along without a name or capacity: named beside the field that is missing."""
    faults = []
    known = {one.name: one for one in every}
    pairs = [(f"needs[{n}].category", f"needs[{n}].text") for n in range(NEEDS)]
    pairs += [(f"team[{n}].name", f"team[{n}].capacity") for n in range(TEAM)]
    for first, second in pairs:
        for has, lacks in ((first, second), (second, first)):
            if filled.one(has) and not filled.one(lacks) and lacks in known:
                one = known[lacks]
                faults.append(Fault(one.name, one.id, desk.say(one.ask, label=desk.say(one.label))))
    return faults


def read(desk: VisitDesk, asked: Sequence[Field], filled: Filled) -> DoorForm:
    """The form as it was typed. Raises Unreadable with everything that is wrong in these fields."""
    faults = incomplete(desk, asked, filled)
    try:
        body = body_from(desk, DoorForm, asked, filled)
    except Unreadable as error:
        raise Unreadable((*error.faults, *faults)) from None
    if faults:
        raise Unreadable(faults)
    return body


def rows_shown(filled: Filled, more: bool) -> int:
    """Needs that stand open: those begun, one at least, and one more where it was asked for."""
    begun = [n for n in range(NEEDS) if filled.one(f"needs[{n}].category") or filled.one(f"needs[{n}].text")]
    return min(NEEDS, max([1, *(n + 1 for n in begun)]) + (1 if more else 0))


def companions_shown(filled: Filled) -> int:
    begun = [n for n in range(TEAM) if filled.one(f"team[{n}].name") or filled.one(f"team[{n}].capacity")]
    return max((n + 1 for n in begun), default=0)


def page_with_fault(sheet: Sheet, outcome: str, now: str) -> str:
    """The first page that something has to be mended on."""
    pages = [page_of(fault.name, outcome) for fault in sheet.faults if fault.name]
    return MET if MET in pages else FOUND if pages else now


def before(of: Mapping[str, str], every: Sequence[Field]) -> dict[str, tuple[str, ...]]:
    """What stands in the fields before anybody typed; `of` is what the first page chose."""
    values: dict[str, tuple[str, ...]] = {one.name: (one.value,) for one in every if one.value}
    return values | {name: (value,) for name, value in of.items()}


def slot_today(desk: VisitDesk, round: str, household: str, day: str) -> Row | None:
    """The slot agreed with the household for the day, if one is open."""
    named = {"round": round, "day": day, "household": household, "state": "open"}
    where = [Filter(name, "=", value) for name, value in named.items()]
    with desk.engine.views.read() as reading:
        return next(iter(rows(reading, "visit_bookings", where=where, limit=1).items), None)
