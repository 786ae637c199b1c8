"""How a case of the demo comes in, and whether it ends, splits or joins another before it is handled."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from domain.complaint.commands import (
    Join,
    Merge,
    Part,
    Place,
    Reclassify,
    Register,
    Reject,
    Reopen,
    Reporter,
    Split,
    Support,
    SuspectRecurrence,
    UndoMerge,
    Withdraw,
)
from domain.complaint.state import AwaitingDispatch, Closed
from domain.messages import ENGINE, Actor, Recorded
from domain.steps import Step
from scripts.demo import texts
from scripts.demo.endings import CONTENT, told
from scripts.demo.past import COMPLAINT, Act, Past, Story
from scripts.demo.people import DISPATCHER, grid_members, neighbour
from scripts.demo.plan import BY_HIMSELF, Beginning, case_id
from scripts.demo.stories import DAY, MINUTE, Telling


@dataclass(frozen=True, slots=True)
class Community:
    """What all stories share: the past being written, the photographs, and where it was complained before."""

    past: Past
    photos: tuple[str, ...]
    known: dict[str, Beginning]

    def open_like(self, asked: Beginning) -> Beginning | None:
        """The case before it, if it still waits for dispatch: somebody else complains of the same."""
        for stream, other in reversed(self.known.items()):
            waits = isinstance(self.past.state(stream), AwaitingDispatch)
            return other if waits and other.who is not None and other.who != asked.who else None
        return None

    def closed_like(self, at: datetime) -> Beginning | None:
        """The latest case closed within a fortnight."""
        for stream, other in reversed(self.known.items()):
            state = self.past.state(stream)
            if isinstance(state, Closed) and (ended := state.case.round.ended_at) and at - ended < 14 * DAY:
                return other
        return None


def story(b: Beginning, community: Community) -> Story:
    """From the call on."""
    like = None
    if b.fate.name in ("merged", "unmerged") and b.who is not None:
        like = community.open_like(b)
    elif b.fate.name == "recurring":
        like = community.closed_like(b.at)
    if like is not None:
        b.category, b.matter, b.home = like.category, like.matter, like.home
    past = community.past
    t = Telling(
        past=past,
        stream=b.stream,
        chance=b.chance,
        calendar=past.stage.books.calendar(b.at),
        matter=b.matter,
        home=b.home,
        now=b.at,
        photos=community.photos,
        resident=Actor(b.who.person, "resident", b.home.grid) if b.who else None,
    )
    yield Act(
        b.at, _receiver(b, t), (Step(COMPLAINT, b.stream, registration(b, t, b.home.fill(b.matter.said))),)
    )
    community.known[b.stream] = b
    if like is not None and b.fate.name == "recurring":
        yield from _recurring(b, like, community, t)
    if like is not None and b.fate.name in ("merged", "unmerged"):
        yield from _merged(b, like, t)
        if b.fate.name == "merged":
            return
    if (yield from _ended_early(b, t)):
        return
    if b.fate.name == "split":
        yield from _split(b, community, t)
    if b.who is not None and b.chance.random() < 0.08:
        yield from _supported(b, t)
    if b.category in ("noise", "other") and b.chance.random() < 0.12:
        reason = "核实后属物业管理事项。"
        t.matter = b.chance.choice(texts.matters().complaints["property"])
        yield t.act(t.now + 5 * MINUTE, DISPATCHER, Reclassify("property", reason))
    yield from told(t, b.fate)


def registration(b: Beginning, t: Telling, said: str, part: int = 0) -> Register:
    vault, who = t.past.engine.vault, b.who
    stream = case_id(b.number, part)
    return Register(
        category=b.category,
        text=said,
        place=Place(b.home.grid, b.home.address, b.home.lat, b.home.long),
        channel=b.channel,
        urgency=b.urgency,
        origin="proactive" if who is None else "reactive",
        reporter=Reporter(who.name, who.phone) if who else None,
        reporter_id=who.person if who else "",
        place_key=vault.place_key(b.home.address),
        tracking_key=vault.tracking_key(vault.tracking_code(stream)),
        split_from=b.stream if part else "",
        photos=() if part else _brought(b, t),
    )


def _brought(b: Beginning, t: Telling) -> tuple[str, ...]:
    """Who reports by himself or on a round sometimes takes a picture; by telephone nobody can."""
    chance = Random(f"picture-{b.number}")
    if b.channel not in (*BY_HIMSELF, "patrol") or chance.random() > 0.3:
        return ()
    return (chance.choice(t.photos),)


def _receiver(b: Beginning, t: Telling) -> Actor:
    if b.channel in ("patrol", "visit"):
        return grid_members(b.home.grid)[0]
    if b.channel in BY_HIMSELF and t.resident is not None:
        return t.resident
    return DISPATCHER


def _ended_early(b: Beginning, t: Telling) -> Generator[Act, tuple[Recorded, ...], bool]:
    match b.fate.name:
        case "rejected":
            reason, note = b.chance.choice(texts.REJECTIONS)
            yield t.act(t.now + b.chance.randint(10, 90) * MINUTE, DISPATCHER, Reject(reason, note))
            return True
        case "withdrawn" if t.resident is not None:
            reason = b.chance.choice(texts.WITHDRAWALS)
            yield t.act(t.now + b.chance.randint(10, 60) * MINUTE, t.resident, Withdraw(reason))
            return True
    return False


def _merged(b: Beginning, like: Beginning, t: Telling) -> Story:
    """The same thing, told by another neighbour."""
    reporters = (b.who.person,) if b.who else ()
    at = t.at(t.now + 2 * MINUTE)
    merge = Step(COMPLAINT, b.stream, Merge(like.stream, "同一地点同一事项，并案处理。"))
    yield Act(at, DISPATCHER, (merge, Step(COMPLAINT, like.stream, Join(b.stream, reporters))))
    if b.fate.name == "unmerged":
        at = t.at(t.now + 20 * MINUTE)
        undo = Step(COMPLAINT, b.stream, UndoMerge("回电核实，两户不是同一处问题。"))
        yield Act(at, DISPATCHER, (undo, Step(COMPLAINT, like.stream, Part(b.stream, reporters))))


def _recurring(b: Beginning, like: Beginning, community: Community, t: Telling) -> Story:
    """It has come back: the engine links the two; sometimes the dispatcher opens the old case again."""
    cause = f"{b.stream}@1"
    suspect = SuspectRecurrence(b.stream, "place")
    yield Act(t.at(t.now), ENGINE, (Step(COMPLAINT, like.stream, suspect),), cause)
    if b.chance.random() < 0.4 and isinstance(community.past.state(like.stream), Closed):
        at = t.at(t.now + 10 * MINUTE)
        reopen = Reopen("recurrence", "三十日内同址同类再次反映，返工。")
        yield Act(at, DISPATCHER, (Step(COMPLAINT, like.stream, reopen),))
        again = Telling(
            past=t.past, stream=like.stream, chance=Random(f"again-{like.number}"), calendar=t.calendar,
            matter=like.matter, home=like.home, now=at, photos=t.photos,
            resident=Actor(like.who.person, "resident", like.home.grid) if like.who else None,
        )  # fmt: skip
        t.past.begin(at, told(again, CONTENT))


def _split(b: Beginning, community: Community, t: Telling) -> Story:
    """Two things in one call: the second becomes a case of its own."""
    part = case_id(b.number, 1)
    also = b.chance.choice(texts.matters().complaints["property"])
    at = t.at(t.now + 10 * MINUTE)
    second = Beginning(b.number, at, b.chance, CONTENT, "property", also, b.home, b.who, b.channel, "normal")
    register = registration(second, t, b.home.fill(also.said), part=1)
    split = Step(COMPLAINT, b.stream, Split((part,), "来电反映两件事，分别办理。"))
    yield Act(at, DISPATCHER, (split, Step(COMPLAINT, part, register)))
    other = Telling(
        past=t.past, stream=part, chance=Random(f"part-{b.number}"), calendar=t.calendar, matter=also,
        home=b.home, now=at, photos=t.photos, resident=t.resident,
    )  # fmt: skip
    t.past.begin(at, told(other, CONTENT))


def _supported(b: Beginning, t: Telling) -> Story:
    for n in range(b.chance.randint(1, 2)):
        other = neighbour(300 + (b.number * 7 + n) % 90)
        yield t.act(
            t.now + b.chance.randint(3, 20) * MINUTE,
            DISPATCHER,
            Support(Reporter(other.name, other.phone), b.chance.choice(texts.SUPPORTS), other.person),
        )
