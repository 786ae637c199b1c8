"""Random walks through the real decider, and random tickets of other systems, for the laws."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from domain import complaint
from domain.complaint.clocks import CLOCKS, running
from domain.complaint.commands import (
    AttachEvidence,
    ChangeTrack,
    DecideExtension,
    Decline,
    Dispatch,
    DutyAsked,
    FollowUp,
    HistoricRound,
    HoldSession,
    Join,
    Merge,
    NoteProgress,
    NoticeOverdue,
    NoticeWarning,
    Part,
    Rate,
    ReadingTaken,
    Reclassify,
    RecordHistory,
    Redact,
    Rederive,
    Reject,
    Reopen,
    Reporter,
    ReportResolution,
    RequestExtension,
    Respond,
    Reveal,
    Split,
    SpotCheck,
    Supervise,
    Support,
    SuspectRecurrence,
    UndoMerge,
    Urge,
    Withdraw,
)
from domain.messages import Actor, Dated, Envelope, clear
from domain.refusals import Refused
from tests.domain.spec import DISPATCHER, EVERY_ACTOR, GRID, PHOTO, T0, Story, registration

SECRET = "her name and number"
UNITS = ("property-co", "heating-co", GRID)
PEOPLE = ("p-li", "p-wang", "p-zhao")
CATEGORIES = ("heating", "property", "consultation", "noise")
SATISFACTIONS = ("satisfied", "basically_satisfied", "dissatisfied", "no_answer", "no_answer")

# ------------------------------------------------------------------ what may be asked


def readings(random: Random) -> tuple[ReadingTaken, ...]:
    return (ReadingTaken("room_temperature", random.choice((9.0, 20.0, 21.0)), "°C"),) * random.choice(
        (0, 1, 1)
    )


def dispatching(random: Random, story: Story) -> Any:
    lead, *others = random.sample(UNITS, random.choice((1, 1, 2, 3)))
    return Dispatch(lead, tuple(others))


def following_up(random: Random, story: Story) -> Any:
    solved = random.choice(("yes", "yes", "partly", "no"))
    reached, who = random.random() < 0.7, random.choice(("", "", *PEOPLE))
    seen, photos = readings(random), (PHOTO,) * random.choice((0, 1, 1))
    satisfaction = random.choice(SATISFACTIONS)
    return FollowUp("on_site", story.now, reached, satisfaction, solved, seen, photos, who, SECRET, SECRET)


def asking_for_time(random: Random, story: Story) -> Any:
    promised = story.case.round.resolution
    due = story.now if promised is None else promised.due
    return RequestExtension(due + timedelta(days=random.randint(0, 8)), SECRET)


def noticing(random: Random, story: Story) -> Any:
    """What the watch would say, of a clock that may run."""
    clock, unit = random.choice(CLOCKS), random.choice(UNITS)
    deadline = running(story.state, clock, unit if clock == "response" else "")
    due = story.now if deadline is None else deadline.due
    return random.choice((NoticeOverdue, NoticeWarning))(clock, due, unit)


ASKED: tuple[Callable[[Random, Story], Any], ...] = (
    dispatching,
    following_up,
    following_up,
    noticing,
    noticing,
    lambda r, s: Decline(SECRET),
    lambda r, s: Respond(r.choice(("", *UNITS)), SECRET),
    lambda r, s: Respond(),
    lambda r, s: HoldSession(("a",), SECRET, "a", (DutyAsked(GRID, SECRET),), r.choice(("", "", *UNITS))),
    lambda r, s: ChangeTrack(r.choice(("whistle", "hearing")), "x"),
    lambda r, s: NoteProgress(SECRET),
    lambda r, s: AttachEvidence((PHOTO,)),
    asking_for_time,
    lambda r, s: DecideExtension(f"{s.case.round.number}-{s.case.round.requests}", r.random() < 0.6),
    lambda r, s: ReportResolution(r.choice(("solved", "partly")), SECRET),
    lambda r, s: ReportResolution("solved", SECRET),
    lambda r, s: Rate(r.choice(("satisfied", "dissatisfied")), SECRET),
    lambda r, s: Reopen(r.choice(("other", "recurrence")), SECRET),
    lambda r, s: SpotCheck(r.choice(("confirmed", "contradicted")), SECRET, readings(r)),
    lambda r, s: Reclassify(r.choice(CATEGORIES), SECRET),
    lambda r, s: Merge("c-2", SECRET),
    lambda r, s: UndoMerge(SECRET),
    lambda r, s: Join("c-3", ("p-zhao",)),
    lambda r, s: Part("c-3", ("p-zhao",)),
    lambda r, s: Split(("c-4",), SECRET),
    lambda r, s: Support(Reporter(SECRET, "1"), SECRET, r.choice(PEOPLE)),
    lambda r, s: r.choice((Urge(SECRET), Supervise("street", SECRET))),
    lambda r, s: r.choice((Urge(), Urge(), Urge(), Reject("in_court", SECRET), Withdraw(SECRET))),
    lambda r, s: Rederive(r.choice(CLOCKS), SECRET),
    lambda r, s: SuspectRecurrence("c-5", "place"),
    lambda r, s: Reveal(r.choice(("name", "text")), SECRET),
    lambda r, s: Redact(1, "text", SECRET, r.choice(("", SECRET))),
)

# ------------------------------------------------------------------ walking


@dataclass(frozen=True)
class Line:
    """One recorded fact, with the states around it; `first` of its decision or not."""

    fact: Any
    envelope: Envelope
    before: Any
    after: Any
    first: bool


@dataclass(frozen=True)
class Step:
    """One command that was not refused, and the story after it."""

    command: Any
    by: Actor
    story: Story
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Walk:
    start: Story
    steps: tuple[Step, ...]

    @property
    def story(self) -> Story:
        return self.steps[-1].story if self.steps else self.start

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for step in self.steps for line in step.lines)


def walk(seed: int, length: int) -> Walk:
    """A case's life: whatever is asked, everybody asks it in turn, until somebody may."""
    random = Random(seed)
    asked = registration(
        random.choice(CATEGORIES), text=SECRET, reporter_id=random.choice(("p-li", "p-li", ""))
    )
    story = start = Story().do(asked, DISPATCHER)
    steps: list[Step] = []
    for _ in range(length):
        story = story.later(timedelta(minutes=random.choice((5, 5, 20, 60, 300, 3000))))
        if step := asked_somehow(random, story):
            steps.append(step)
            story = step.story
    return Walk(start, tuple(steps))


def asked_somehow(random: Random, story: Story) -> Step | None:
    """Something that is asked now and not refused, if a few tries find it."""
    for _ in range(8):
        command = random.choice(ASKED)(random, story)
        for by in random.sample(EVERY_ACTOR, len(EVERY_ACTOR)):
            try:
                return taken(story, command, by)
            except Refused:
                continue
    return None


def taken(story: Story, command: Any, by: Actor) -> Step:
    lines: list[Line] = []
    for decided in story.decided(command, by):
        dated = decided if isinstance(decided, Dated) else Dated(decided, story.now)
        fact: Any = dated.fact
        envelope = Envelope(dated.occurred_at, by)
        after = complaint.evolve(story.state, fact, envelope)
        lines.append(Line(fact, envelope, story.state, after, not lines))
        story = replace(story, state=after)
    return Step(command, by, story, tuple(lines))


walks = st.builds(walk, st.integers(0, 2**32), st.integers(0, 80))

# ------------------------------------------------------------------ history

moments = st.none() | st.integers(0, 60).map(lambda h: T0 + timedelta(hours=h))


@st.composite
def historic(draw: st.DrawFn) -> HistoricRound:
    """A line in order, with gaps."""
    happened = sorted(draw(st.lists(st.integers(0, 90), min_size=4, max_size=4)))
    told = [T0 + timedelta(hours=h) if draw(st.booleans()) else None for h in happened]
    resolved_at = told[2]
    first = draw(moments)
    later: datetime | None = (
        None if first is None else first + timedelta(days=draw(st.sampled_from([0, 0, 3])))
    )
    return HistoricRound(
        1, T0, "property-co", dispatched_at=told[0], responded_at=told[1], resolved_at=resolved_at,
        followed_up_at=told[3] if resolved_at else None, respond_by=draw(moments), first_resolve_by=first,
        resolve_by=later, satisfaction=draw(st.sampled_from(["", "satisfied", "no_answer", "dissatisfied"])),
        solved=draw(st.sampled_from(["", "yes", "no"])),
    )  # fmt: skip


def said(line: HistoricRound, known: bool) -> RecordHistory:
    text = clear("c-case", SECRET)
    return RecordHistory("city", "1", "property", "hotline", "reactive", "x", text, line, known)
