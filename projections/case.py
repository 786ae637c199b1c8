"""One complaint as its facts left it: what the register, the due book and the figures are derived from.

States are NamedTuples (why: projections/views.py, STATE). Moments are microseconds since 1970 UTC; 0 means
"has not happened" where a moment is awaited, None where there is no such deadline.
"""

import json
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple

from domain.messages import Sealed

START_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC."""
    since = moment - START_OF_TIME
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def moment(at: int) -> datetime:
    """The moment in UTC, back from `micros`."""
    return START_OF_TIME + timedelta(microseconds=at)


Faces = tuple[int, int, int, int, int]
Cell = tuple[int, Faces]
"""The number of a combination of dimensions, and those of its faces (projections/cells.py)."""


class Kept(NamedTuple):
    """A sealed value with its home in the log, without which it cannot be opened."""

    sealed: Sealed
    stream: str
    version: int
    name: str
    field: str

    @property
    def json(self) -> str:
        """As rows carry it: subject, box, home. Opened only by the vault."""
        sealed, home = self.sealed, f"{self.stream}|{self.version}|{self.name}|{self.field}"
        return f'{{"s":{quoted(sealed.subject)},"b":{quoted(sealed.box)},"h":{quoted(home)}}}'

    @staticmethod
    def of_json(text: str) -> "Kept":
        """Back from `json`. ValueError or KeyError if it is none."""
        found = json.loads(text)
        stream, version, name, field = found["h"].split("|")
        return Kept(Sealed(found["s"], found["b"]), stream, int(version), name, field)


class Opening(NamedTuple):
    """What the registration said; it never changes."""

    id: str
    number: str
    position: int
    at: int
    source: str
    external_number: str
    record: str
    origin: str
    channel: str
    category: str
    urgency: str
    grid: str
    text: Kept
    address: Kept | None
    location: Kept | None
    place_key: str
    reporter: str
    reporter_name: Kept | None
    reporter_phone: Kept | None
    tracking_key: str
    split_from: str
    found_by: str = ""

    @property
    def comparable(self) -> bool:
        """Whether the place can be recognised when it comes again."""
        return bool(self.place_key) or self.location is not None


class Clock(NamedTuple):
    """A running clock. `warned`, `passed`: the watch has recorded its warning, its deadline."""

    clock: str
    unit: str
    due: int
    warn_at: int
    warned: bool = False
    passed: bool = False


class UnitShare(NamedTuple):
    """One unit's share of one dispatch; `nth` counts the dispatches to this unit in this round."""

    round: int
    unit: str
    nth: int
    lead: bool
    at: int
    due: int | None
    decline_due: int | None
    cell: Cell
    leader: str
    """Who led when it was dispatched."""
    was: tuple[int, ...] = ()
    """Earlier response deadlines, where a calendar moved the promise."""
    responded_at: int = 0
    responded_judged: int = 0
    declined_at: int = 0
    declined_judged: int = 0
    replaced_at: int = 0

    @property
    def state(self) -> str:
        if self.declined_at:
            return "declined"
        if self.responded_at:
            return "responded"
        return "replaced" if self.replaced_at else "awaited"


class Answer(NamedTuple):
    """One follow-up that reached somebody. `part` is its satisfaction, or why it does not count."""

    at: int
    judged: int
    method: str
    part: str
    verdict: str
    measured: bool | None
    cell: Cell


class Check(NamedTuple):
    at: int
    result: str


class Round(NamedTuple):
    """One handling round. `cell` numbers its dimensions (projections/cells.py)."""

    number: int
    at: int
    cell: Cell
    lead: str = ""
    track: str = ""
    dispatch_due: int | None = None
    dispatch_was: tuple[int, ...] = ()
    dispatched_at: int = 0
    dispatched_judged: int | None = None
    due: int | None = None
    first_due: int | None = None
    due_was: tuple[int, ...] = ()
    resolved_at: int = 0
    resolved_judged: int = 0
    result: str = ""
    follow_up_due: int | None = None
    follow_up_was: tuple[int, ...] = ()
    answers: tuple[Answer, ...] = ()
    checks: tuple[Check, ...] = ()
    attempts: tuple[int, ...] = ()
    declines: int = 0
    extensions: int = 0
    ended: str = ""
    """rejected, withdrawn, merged, closed, unreached, historic or reopened; "" while it runs."""
    ended_at: int = 0


class Closing(NamedTuple):
    """The last closing, which a recurrence within 30 days speaks against."""

    round: int
    at: int
    cell: Cell
    comparable: bool
    repeated: bool = False


class Case(NamedTuple):
    opening: Opening
    version: int
    position: int
    effective: int
    """When the latest milestone took effect: a milestone told out of order takes effect with it."""
    moved_at: int
    """When the case last changed its cell or ended: no share's standing changes before that."""
    state: str
    category: str
    category_version: str
    round: Round
    shares: tuple[UnitShare, ...] = ()
    clocks: tuple[Clock, ...] = ()
    closing: Closing | None = None
    before_merge: str = ""
    merged_into: str = ""
    closed_at: int = 0
    satisfaction: str = ""
    solved: str = ""
    rating: str = ""
    adopted: bool = False
    urged: int = 0
    supervised: str = ""
    escalated: bool = False
    own_reporters: tuple[str, ...] = ()
    """The first reporter and the supporters."""
    joined: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Cases merged into this one, and whom each brought."""
    recurrences: tuple[str, ...] = ()

    @property
    def living(self) -> bool:
        """Whether the watch and the policies mind it: not so an imported case nobody has touched."""
        return self.opening.record != "import" or self.adopted

    @property
    def reporters(self) -> tuple[str, ...]:
        """Everybody to follow up."""
        if not self.joined:
            return self.own_reporters
        people = dict.fromkeys(self.own_reporters)
        for _, brought in self.joined:
            people.update(dict.fromkeys(brought))
        return tuple(people)

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def running(self) -> tuple[Clock, ...]:
        return () if self.state in ENDED else self.clocks

    def shares_now(self) -> tuple[UnitShare, ...]:
        """The shares of the current round."""
        now = self.round.number
        return tuple([share for share in self.shares if share.round == now])


ENDED = frozenset({"closed", "unreached", "rejected", "withdrawn", "merged"})
