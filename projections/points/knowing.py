"""Who knew what, and since when: from who acted, and who was told, by the time things were recorded.

Nobody's knowledge is guessed. Somebody who acts on a claim has it before him, so he knows all that was
recorded until then; the holder can see his own account and claim at any time; a witness knows what he was
asked about and what he said; a member named in the minute of a ruling was there.
What is recorded in one save is told together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.messages import Recorded
from domain.points import facts as f


@dataclass(frozen=True, slots=True)
class Known:
    """`part` is holder, filer, witness, verifier, disputer, panel, judge or desk."""

    who: str
    part: str
    since: datetime


class Knowledge:
    """What each person knows of the lines, as they go by."""

    def __init__(self) -> None:
        self.since: list[dict[str, datetime]] = []
        self.parts: dict[str, str] = {}
        self.holder = ""
        self.barred: set[str] = set()
        self._last: datetime | None = None

    def take(self, line: Recorded) -> None:
        """The next line, in the order recorded."""
        self.since.append({})
        here, at, fact = len(self.since) - 1, line.recorded_at, line.fact
        actor = line.actor.person
        if here and at == self._last:
            for who in [who for who, since in self.since[here - 1].items() if since == at]:
                self._learn(who, (here,), at)
        self._last = at
        if line.actor.role != "engine":
            self._part(actor, part_of(line))
            self._learn(actor, range(here + 1), at)
        if isinstance(fact, f.ClaimFiled):
            self.holder = fact.holder
            self._part(fact.holder, "holder")
        if isinstance(fact, f.StatementTaken):
            self._part(fact.witness, "witness")
            self._learn(fact.witness, (0, here), at)
        if isinstance(fact, f.ClaimRuled):
            for vote in fact.votes:
                self._part(vote.member, "panel")
                self._learn(vote.member, range(here + 1), at)
        if isinstance(fact, f.MemberRecused):
            self._part(fact.member, "panel")
            self._learn(fact.member, range(here + 1), at)
            self.barred.add(fact.member)
        if self.holder:
            self._learn(self.holder, (here,), at)

    def _part(self, who: str, part: str) -> None:
        if part == "holder" or who not in self.parts:
            self.parts[who] = part

    def _learn(self, who: str, steps: Sequence[int], at: datetime) -> None:
        if who in self.barred:
            return
        for step in steps:
            self.since[step].setdefault(who, at)

    def of(self, step: int) -> tuple[Known, ...]:
        """Who knows the step'th line (from 0), the first to know first."""
        found = [Known(who, self.parts.get(who, ""), at) for who, at in self.since[step].items()]
        return tuple(sorted(found, key=lambda known: (known.since, known.who)))


def part_of(line: Recorded) -> str:
    """What the actor's act makes him in the dispute."""
    match line.fact:
        case f.ClaimFiled(holder=holder) | f.RedemptionRequested(holder=holder):
            return "holder" if line.actor.person == holder else "filer"
        case f.ClaimVerified() | f.ClaimRefused():
            return "verifier"
        case f.ClaimDisputed():
            return "disputer"
        case f.AppealDecided():
            return "judge"
    return "panel" if line.actor.role == "panel" else "desk"
