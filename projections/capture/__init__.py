"""The projection of captures: one row each, so that what waits to be settled is found."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.capture import facts as f
from domain.messages import Recorded
from projections.case import micros
from projections.rowing import kept
from projections.views import Row, Table

CAPTURES = Table(
    "captures",
    {
        "id": "text",
        "state": "text",
        "what": "text",
        "about": "text",
        "grid": "text",
        "person": "text",
        "device_at": "int",
        "offset": "int",
        "taken_at": "int",
        "uploaded_at": "int",
        "refusal": "text",
        "content": "text",
        "how": "text",
        "recorded_as": "text",
        "reason": "text",
        "settled_by": "text",
        "settled_at": "int",
        "version": "int",
        "position": "int",
        "opened_position": "int",
    },
    key=("id",),
    indexes=(("opened_position",), ("state", "opened_position")),
)
"""`state`: recorded, kept, settled. `person` noted it; `device_at` and `taken_at` as told, `uploaded_at` the
engine's, all microseconds since 1970 UTC; `offset` in seconds. `content` and `reason` are sealed."""


class Capture(NamedTuple):
    id: str
    state: str
    what: str
    about: str
    grid: str
    person: str
    device_at: int
    offset: int | None
    taken_at: int | None
    uploaded_at: int
    opened_position: int
    version: int
    position: int
    refusal: str = ""
    content: str = ""
    photos: tuple[str, ...] = ()
    how: str = ""
    recorded_as: str = ""
    reason: str = ""
    settled_by: str = ""
    settled_at: int = 0


def fold(state: Capture | None, line: Recorded) -> Capture:
    """ValueError for a stream that does not begin with what was brought in."""
    fact = line.fact
    if isinstance(fact, f.CaptureRecorded | f.CaptureKept):
        return _opened(fact, line)
    if state is None or not isinstance(fact, f.CaptureSettled):
        raise ValueError(f"{line.stream} does not begin with what was brought in")
    return state._replace(
        state="settled",
        how=fact.how,
        recorded_as=fact.recorded_as,
        reason=kept(line, fact.reason, "reason").json,
        settled_by=line.actor.person,
        settled_at=micros(line.recorded_at),
        version=line.version,
        position=line.position,
    )


def _opened(fact: f.CaptureRecorded | f.CaptureKept, line: Recorded) -> Capture:
    opened = Capture(
        id=line.stream,
        state="recorded",
        what=fact.what,
        about=fact.about,
        grid=fact.grid,
        person=line.actor.person,
        device_at=micros(fact.device_at),
        offset=fact.offset,
        taken_at=None if fact.taken_at is None else micros(fact.taken_at),
        uploaded_at=micros(line.recorded_at),
        opened_position=line.position,
        version=line.version,
        position=line.position,
    )
    if isinstance(fact, f.CaptureRecorded):
        return opened
    content = kept(line, fact.content, "content").json if fact.content else ""
    return opened._replace(state="kept", refusal=fact.refusal, content=content, photos=fact.photos)


class Captures:
    NAME = "captures"
    VERSION = 1
    TABLES = (CAPTURES,)
    FACTS: frozenset[type] = frozenset(f.Fact.__args__)
    STATE = Capture

    def subject(self, line: Recorded) -> str:
        """A capture is its stream."""
        return line.stream

    def fold(self, state: Capture | None, line: Recorded) -> Capture:
        return fold(state, line)

    def rows(self, state: Capture) -> Mapping[str, Sequence[Row]]:
        return {"captures": [row(state)]}

    def marks(self, before: Capture | None, after: Capture, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


def row(state: Capture) -> Row:
    found = {name: value for name, value in state._asdict().items() if name != "photos"}
    found |= {name: found[name] or None for name in ("content", "reason", "settled_at")}
    return found


CAPTURED = Captures()
