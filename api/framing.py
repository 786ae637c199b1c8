"""The frame of a weekly spot check out of the log, what became of its draw, and the pack to redraw it from.

The command line prints what these functions return, so that it says the same as HTTP.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.answers import at, z
from api.cases import Cases
from api.periods import whole
from api.sight import everywhere, sees
from domain.complaint.facts import SpotCheckRecorded
from domain.messages import Actor, Recorded
from domain.organisation import within
from domain.sampling import FrameFixed, SampleDrawn, Ticket, days_of
from domain.sampling.draw import drawn, frame_root, how_many, lot, seed
from engine.columns import values
from engine.engine import Engine
from engine.ledgerbook.book import Kept
from engine.ledgerbook.leaf import row_hash
from engine.ledgerbook.notes import Note, encoded
from engine.log import Row
from engine.read import Filter
from engine.views import Reading
from projections.asking import case_of
from projections.case import micros
from projections.lags import LAGS

FORMAT = "huisheng-spot-check-v1"
DEMO = "演示抽取：没有公开随机数，只由抽样范围推出，谁定范围谁就能左右结果，不作核查依据。"
DEMO_EN = (
    "demo draw: without a public value, out of the frame alone; whoever makes the frame could steer it, so "
    "it proves nothing"
)
ENDS = frozenset({"complaint.closed", "complaint.left-unreached", "complaint.historically-closed"})
"""The entries that bring a case into the frame of their week."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint, and the last position it covers. `root` in base64."""

    size: int
    root: str
    note: str
    position: int
    witnesses: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        return {
            "size": self.size,
            "root": self.root,
            "position": self.position,
            "witnesses": list(self.witnesses),
            "witnessed": bool(self.witnesses),
            "link": f"/api/v1/audit/checkpoints/{self.size}",
        }


def signed_by(engine: Engine, kept: Kept) -> Signed:
    note = Note.read(kept.note)
    origin = note.text.partition("\n")[0]
    others = tuple(dict.fromkeys(line.name for line in note.signatures if line.name != origin))
    position = engine.trail.book.position_of(kept.size - 1) if kept.size else 0
    return Signed(kept.size, encoded(kept.root), kept.note, position, others)


def checkpoint_of(engine: Engine, size: int, root: str) -> Signed:
    """The checkpoint a fact names, with the co-signatures it has by now."""
    kept = engine.trail.book.at(size)
    if kept is None or encoded(kept.root) != root:
        return Signed(size, root, "", 0, ())
    return signed_by(engine, kept)


# ------------------------------------------------------------------ the frame


def tickets_of(engine: Engine, week: str, place: str, until: int) -> tuple[Ticket, ...]:
    """The cases of the place closed or unreached in the week, as the log knew them up to a position.
    ValueError for what is no week. Reads the week's marks and a row of the log for each: in a thread."""
    first, after = (micros(each) for each in whole(*days_of(week), engine.desk.stage().organisation.zone))
    with engine.views.read() as reading:
        found = dict(ends(reading, first, after, until))
        inside = placed(reading, {case for case, _ in found}, place)
    tickets: dict[str, Ticket] = {}
    for (case, _), position in sorted(found.items(), key=lambda each: each[1]):
        if case in inside and (row := end_row(engine, case, position, (first, after), until)) is not None:
            tickets[case] = Ticket(case, row[0], row_hash(row).hex())
    return tuple(sorted(tickets.values(), key=lambda each: each.case.encode()))


def ends(reading: Reading, first: int, last: int, until: int) -> Iterator[tuple[tuple[str, int], int]]:
    """((case, round), position) of each round that ended in the span (both ends included), the earliest
    position it was marked at. Closings are marked in the family `repeat`, the unreached in `satisfaction`."""
    seen: dict[tuple[str, int], int] = {}
    unreached = Filter("part", "=", "unreached")
    for family, more in (("repeat", ()), ("satisfaction", (unreached,))):
        where = [
            Filter("family", "=", family),
            Filter("lag", "in", LAGS),
            Filter("at", ">=", first),
            Filter("at", "<=", last),
            Filter("position", "widely<", until + 1),
            *more,
        ]
        for subject, position in values(reading, "marks", ("subject", "position"), where):
            key = case_of(subject)
            seen[key] = min(seen.get(key, position), position)
    yield from seen.items()


def placed(reading: Reading, cases: set[str], place: str) -> set[str]:
    """Those of the cases that lie in the place."""
    if not place:
        return cases
    inside: set[str] = set()
    wanted = sorted(cases)
    for begin in range(0, len(wanted), 500):
        where = [Filter("id", "in", wanted[begin : begin + 500]), Filter("grid", "under", place)]
        inside |= {id for (id,) in values(reading, "cases", ("id",), where)}
    return inside


def end_row(engine: Engine, case: str, position: int, span: tuple[int, int], until: int) -> Row | None:
    """The log's row that ended the case in the span. Where its first mark is of another entry, the case's own
    entries say which one it is."""
    found = engine.log.rows(position - 1, 1, position)
    if found and found[0][1] == case and found[0][3] in ENDS:
        return found[0]
    line: Recorded | None = None
    for each in engine.log.stream(case, until=until):
        name = str(type(each.fact).NAME)  # type: ignore[attr-defined]
        if name in ENDS and span[0] <= micros(each.occurred_at) <= span[1]:
            line = each
    return None if line is None else engine.log.rows(line.position - 1, 1, line.position)[0]


# ------------------------------------------------------------------ what was fixed and drawn


@dataclass(frozen=True, slots=True)
class Spot:
    """A week's spot check, out of its own facts. `draw` None: no value is recorded yet."""

    fixed: Recorded
    frame: FrameFixed
    drawn: Recorded | None
    draw: SampleDrawn | None

    @property
    def id(self) -> str:
        return self.fixed.stream

    @property
    def last(self) -> Recorded:
        return self.drawn or self.fixed


def found(engine: Engine, id: str) -> Spot | None:
    lines = engine.log.stream(id) if id.startswith("spots-") else []
    if not lines or not isinstance(lines[0].fact, FrameFixed):
        return None
    later = lines[1] if len(lines) > 1 else None
    draw = later.fact if later is not None and isinstance(later.fact, SampleDrawn) else None
    return Spot(lines[0], lines[0].fact, later, draw)


def concerns(actor: Actor, place: str) -> bool:
    """Whether the place is his, part of his, or his is part of it."""
    if everywhere(actor):
        return True
    if not actor.scope or actor.role in ("resident", "unit"):
        return False
    return within(actor.scope, place) or within(place, actor.scope)


def overview(engine: Engine, cases: Cases, spot: Spot, actor: Actor | None) -> dict[str, Any]:
    """Frame, checkpoint, draw, each case drawn with its re-check, and how many are missing. `actor` None: the
    operator's command line. Numbers and states are of the cases the caller may know of."""
    frame, draw = spot.frame, spot.draw
    checked = [checked_case(engine, cases, spot, case, actor) for case in (draw.cases if draw else ())]
    results = [each["result"] for each in checked]
    return {
        "id": spot.id,
        "week": frame.week,
        "place": frame.place,
        "frame": {
            "root": frame.root,
            "size": len(frame.tickets),
            "many": frame.many,
            "supervision": frame.supervision,
            "fixed_at": z(spot.fixed.recorded_at),
            "fixed_by": spot.fixed.actor.person,
        },
        "checkpoint": checkpoint_of(engine, frame.size, frame.size_root).plain(),
        "draw": drawn_plain(engine, spot),
        "cases": checked,
        "counts": {
            "drawn": len(checked),
            "checked": sum(result is not None for result in results),
            "confirmed": results.count("confirmed"),
            "contradicted": results.count("contradicted"),
            "missing": results.count(None),
        },
        "pack": f"/api/v1/spot-checks/{spot.id}/pack",
        "version": spot.last.version,
        "position": spot.last.position,
    }


def drawn_plain(engine: Engine, spot: Spot) -> dict[str, Any]:
    draw = spot.draw
    if draw is None or spot.drawn is None:
        return {"kind": "none", "seed": None}
    return {
        "kind": "public",
        "method": draw.method,
        "source": draw.source,
        "value": draw.value,
        "drawn_on": draw.drawn_on.isoformat(),
        "present": list(draw.present),
        "seed": draw.seed,
        "recorded_at": z(spot.drawn.recorded_at),
        "recorded_by": spot.drawn.actor.person,
        "checkpoint": checkpoint_of(engine, draw.size, draw.size_root).plain(),
    }


def checked_case(engine: Engine, cases: Cases, spot: Spot, id: str, actor: Actor | None) -> dict[str, Any]:
    """A case drawn, and the first spot check recorded of it after the draw."""
    assert spot.draw is not None and spot.drawn is not None
    answer: dict[str, Any] = {"id": id, "lot": lot(spot.draw.seed, id)}
    told = check_of(engine, id, spot.drawn.position)
    answer |= {"result": None, "checked_at": None, "checked_by": None, "position": None}
    if told is not None and isinstance(told.fact, SpotCheckRecorded):
        answer |= {
            "result": told.fact.result,
            "checked_at": z(told.occurred_at),
            "checked_by": told.actor.person,
            "position": told.position,
        }
    case = cases.find(id)
    known = case is not None and (actor is None or sees(actor, case, cases.now(), cases.places()))
    number = case.opening.number if case is not None and known else None
    state = case.state if case is not None and known else None
    return answer | {"number": number, "state": state, "link": f"/api/v1/complaints/{id}" if known else None}


def check_of(engine: Engine, case: str, after: int) -> Recorded | None:
    for line in engine.log.stream(case):
        if line.position > after and isinstance(line.fact, SpotCheckRecorded):
            return line
    return None


# ------------------------------------------------------------------ the pack


def pack_of(engine: Engine, spot: Spot) -> dict[str, Any]:
    """Everything needed to draw again, without the store: ids and hashes only."""
    frame, draw = spot.frame, spot.draw
    return pack(
        frame.week,
        frame.place,
        frame.tickets,
        frame.many,
        [checkpoint_of(engine, frame.size, frame.size_root)]
        + ([] if draw is None else [checkpoint_of(engine, draw.size, draw.size_root)]),
        draw,
        [str(key) for key in engine.trail.verifiers()],
    ) | {"fixed_at": z(spot.fixed.recorded_at)}


def pack(
    week: str,
    place: str,
    tickets: tuple[Ticket, ...],
    many: int,
    signed: list[Signed],
    draw: SampleDrawn | None,
    keys: list[str],
    *,
    demo: bool = False,
) -> dict[str, Any]:
    """`signed`: the checkpoint of the frame, then that of the draw. `demo`: drawn without a value."""
    root = frame_root(week, place, tickets)
    answer: dict[str, Any] = {
        "format": FORMAT,
        "week": week,
        "place": place,
        "frame": [{"case": each.case, "ticket": each.leaf} for each in tickets],
        "root": root,
        "many": many,
        "kind": "demo" if demo else "none" if draw is None else "public",
        "checkpoint": {"size": signed[0].size, "root": signed[0].root, "note": signed[0].note},
        "keys": keys,
    }
    if demo:
        answer |= {"label": DEMO, "label_en": DEMO_EN, "value": "", "seed": seed(root, "")}
        return answer | {"draw": list(drawn(root, "", [each.case for each in tickets], many))}
    if draw is None:
        return answer | {"value": None, "seed": None, "draw": []}
    return answer | {
        "method": draw.method,
        "source": draw.source,
        "value": draw.value,
        "drawn_on": draw.drawn_on.isoformat(),
        "present": list(draw.present),
        "seed": draw.seed,
        "draw": list(draw.cases),
        "drawn_under": {"size": signed[-1].size, "root": signed[-1].root, "note": signed[-1].note},
    }


def demo_pack(
    engine: Engine, week: str, place: str, tickets: tuple[Ticket, ...], signed: Signed
) -> dict[str, Any]:
    """Drawn out of the frame alone, and labelled so: it proves nothing."""
    rules = engine.desk.stage().books.supervision(engine.clock())
    many = how_many(len(tickets), rules.spot_check_percent, rules.spot_check_minimum)
    keys = [str(key) for key in engine.trail.verifiers()]
    return pack(week, place, tickets, many, [signed], None, keys, demo=True)


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the list."""
    names = ("id", "week", "place", "cases", "many", "root", "fixed_by", "drawn_by", "version", "position")
    return {name: row[name] for name in names} | {
        "checkpoint": row["size"],
        "fixed_at": at(row["fixed_at"]),
        "drawn_on": row["drawn_on"] or None,
        "drawn_at": at(row["drawn_at"]),
        "link": f"/api/v1/spot-checks/{row['id']}",
    }
