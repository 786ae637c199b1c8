"""What is awaited of a complaint. Each state is a type; all share the record of the case.

The record holds what a later decision needs and nothing else; no text, readable or sealed. It and its round
are NamedTuples, which are copied with a change five times as fast as dataclasses of their size: an import
folds four facts a ticket.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from domain.complaint.facts import DeadlineRederived, PersonalDataRevealed, UnitTask
from domain.deadlines import Deadline
from domain.messages import Envelope

CLOSED_BY = frozenset({"satisfied", "basically_satisfied", "dissatisfied"})
"""The satisfactions that are an answer; `no_answer` is none."""

WINDOWS = 3
"""An attempt in each of day, evening and weekend: nobody can be reached."""

SILENT_VISITS = 2
"""Reached, but no answer: after the second such visit nobody asks again."""


@dataclass(frozen=True, slots=True)
class Responded:
    unit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ExtensionAsked:
    """Undecided; it lapses with the deadline in force. `by` may not decide it."""

    extension: str
    until: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Granted:
    at: datetime
    working_days: int


@dataclass(frozen=True, slots=True)
class Attempt:
    reporter: str
    window: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One recorded follow-up. `reporter` is "" for a verification, and where another system did not say."""

    reporter: str
    satisfaction: str
    solved: str
    at: datetime

    @property
    def answered(self) -> bool:
        return self.satisfaction in CLOSED_BY or (not self.reporter and not self.satisfaction)


@dataclass(frozen=True, slots=True)
class Rating:
    """A resident's own rating, which is no follow-up."""

    reporter: str
    satisfaction: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """A clock's deadline the watch has already spoken of."""

    clock: str
    unit: str
    due: datetime


class Round(NamedTuple):
    """One handling round. `dispatched_at` is None before the first dispatch, and where history recorded a
    dispatch without its moment (then `lead` is set). `promise` is the round's first, `resolution` the one in
    force. `handlers` are the people, `handling_units` the units that acted in it."""

    number: int
    began_at: datetime
    dispatch: Deadline | None = None
    dispatched: bool = False
    dispatched_at: datetime | None = None
    lead: str = ""
    tasks: tuple[UnitTask, ...] = ()
    by_session: bool = False
    responded: tuple[Responded, ...] = ()
    promise: Deadline | None = None
    resolution: Deadline | None = None
    declines: int = 0
    asked: ExtensionAsked | None = None
    requests: int = 0
    granted: tuple[Granted, ...] = ()
    handlers: frozenset[str] = frozenset()
    handling_units: frozenset[str] = frozenset()
    resolved_at: datetime | None = None
    result: str = ""
    follow_up: Deadline | None = None
    attempts: tuple[Attempt, ...] = ()
    answers: tuple[Answer, ...] = ()
    visitors: frozenset[str] = frozenset()
    ratings: tuple[Rating, ...] = ()
    warned: frozenset[Noticed] = frozenset()
    overdue: frozenset[Noticed] = frozenset()
    supervised: bool = False
    ended: str = ""
    ended_at: datetime | None = None

    def task(self, unit: str) -> UnitTask | None:
        return next((task for task in self.tasks if task.unit == unit), None)

    def responded_at(self, unit: str) -> datetime | None:
        return next((response.at for response in self.responded if response.unit == unit), None)

    def deadline(self, clock: str, unit: str = "") -> Deadline | None:
        """The deadline in force of one clock; `unit` says whose response or decline (default: the lead's)."""
        task = self.task(unit or self.lead)
        match clock:
            case "dispatch":
                return self.dispatch
            case "response":
                return None if task is None else task.response
            case "decline":
                return None if task is None else task.decline
            case "resolution":
                return self.resolution
            case "follow_up":
                return self.follow_up
        return None

    def rederived(self, fact: DeadlineRederived) -> "Round":
        """With the deadline that was derived again."""
        match fact.clock:
            case "response":
                moved = (replace(t, response=fact.deadline) if t.unit == fact.unit else t for t in self.tasks)
                return self._replace(tasks=tuple(moved))
            case "dispatch":
                return self._replace(dispatch=fact.deadline)
            case "resolution":
                return self._replace(resolution=fact.deadline)
            case "follow_up":
                return self._replace(follow_up=fact.deadline)
            case _:
                return self

    def answered(self, reporter: str) -> bool:
        """Whether this reporter (or, for "", the verification) has answered a follow-up in this round."""
        return any(answer.answered for answer in self.answers if answer.reporter == reporter)

    def unreached(self, reporter: str) -> str:
        """Why this reporter will not be asked again: no_answer_twice, three_windows; "" if he will."""
        silent = [a for a in self.answers if a.reporter == reporter and not a.answered]
        if len(silent) >= SILENT_VISITS:
            return "no_answer_twice"
        tried = {attempt.window for attempt in self.attempts if attempt.reporter == reporter}
        return "three_windows" if len(tried) >= WINDOWS else ""


@dataclass(frozen=True, slots=True)
class Revealed:
    """What somebody may read again until a moment."""

    person: str
    reporter: str
    field: str
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """A case merged into this one, and whom it brought."""

    other: str
    reporters: tuple[str, ...]


class Case(NamedTuple):
    """What all states know. `milestone_at` is when the latest milestone occurred: none may precede it.

    `registered_by` is the resident who registered it himself, else "". `past` keeps the rounds that ended,
    for imported cases only: a later file is compared with them.
    """

    category: str
    category_version: str
    first_category: str
    urgency: str
    channel: str
    origin: str
    grid: str
    record: str
    source: str
    external_number: str
    registered_at: datetime
    milestone_at: datetime
    round: Round
    registered_by: str = ""
    own_reporters: tuple[str, ...] = ()
    joined: tuple[Joined, ...] = ()
    adopted: bool = False
    track: str = ""
    escalated: bool = False
    recurrences: tuple[str, ...] = ()
    past: tuple[Round, ...] = ()
    revealed: tuple[Revealed, ...] = ()

    @property
    def living(self) -> bool:
        """Whether policies and the watch mind it."""
        return self.adopted or self.record != "import"

    @property
    def reporters(self) -> tuple[str, ...]:
        """Everybody who is to be asked: his own reporters, then those of the cases merged into it."""
        people = dict.fromkeys(self.own_reporters)
        for joined in self.joined:
            people.update(dict.fromkeys(joined.reporters))
        return tuple(people)

    @property
    def to_ask(self) -> tuple[str, ...]:
        """The reporters, or "" alone for a verification."""
        return self.reporters or ("",)

    @property
    def outstanding(self) -> tuple[str, ...]:
        """Who has neither answered in this round nor proved unreachable."""
        this = self.round
        return tuple(who for who in self.to_ask if not this.answered(who) and not this.unreached(who))

    def reported_by(self, person: str) -> bool:
        return bool(person) and (person in self.reporters or person == self.registered_by)

    def reporter_named(self, person: str) -> str:
        """The reporter this person is: himself, or whom he registered himself as (by his phone)."""
        if person not in self.reporters and person == self.registered_by and self.own_reporters:
            return self.own_reporters[0]
        return person

    def revealed_after(self, fact: PersonalDataRevealed, envelope: Envelope) -> tuple[Revealed, ...]:
        """Who may read what again after this reveal; what has run out is forgotten."""
        still = (each for each in self.revealed if each.until_at > envelope.occurred_at)
        return (*still, Revealed(envelope.actor.person, fact.reporter, fact.field, fact.until_at))

    def subject(self, stream: str) -> str:
        """Under whose key free text about the case is sealed: the reporter's, or the case's own."""
        return self.own_reporters[0] if self.own_reporters else stream


# ------------------------------------------------------------------ states


@dataclass(frozen=True, slots=True)
class Unregistered:
    pass


@dataclass(frozen=True, slots=True)
class AwaitingDispatch:
    case: Case


@dataclass(frozen=True, slots=True)
class AwaitingResponse:
    case: Case


@dataclass(frozen=True, slots=True)
class BeingHandled:
    case: Case


@dataclass(frozen=True, slots=True)
class AwaitingFollowUp:
    case: Case


@dataclass(frozen=True, slots=True)
class Closed:
    case: Case


@dataclass(frozen=True, slots=True)
class Unreached:
    case: Case


@dataclass(frozen=True, slots=True)
class Rejected:
    case: Case


@dataclass(frozen=True, slots=True)
class Withdrawn:
    case: Case


@dataclass(frozen=True, slots=True)
class Merged:
    """`before` is where an undone merge puts the case back."""

    case: Case
    into: str
    before: "Open"


Open = AwaitingDispatch | AwaitingResponse | BeingHandled | AwaitingFollowUp
Ended = Closed | Unreached | Rejected | Withdrawn | Merged
Registered = Open | Ended
State = Unregistered | Registered

OPEN = (AwaitingDispatch, AwaitingResponse, BeingHandled, AwaitingFollowUp)

NAMES: dict[type[State], str] = {
    Unregistered: "unregistered",
    AwaitingDispatch: "received",
    AwaitingResponse: "dispatched",
    BeingHandled: "handling",
    AwaitingFollowUp: "resolved",
    Closed: "closed",
    Unreached: "unreached",
    Rejected: "rejected",
    Withdrawn: "withdrawn",
    Merged: "merged",
}
"""What the outside calls each state."""


def state_name(state: State) -> str:
    """`received`, `dispatched`, …: the word of the register; `unregistered` before the first fact."""
    return NAMES[type(state)]
