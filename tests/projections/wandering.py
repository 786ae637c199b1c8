"""Random lives of complaints: each step one that may happen then, in the order of its milestones."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.complaint import facts as f
from domain.messages import Actor, Envelope, Recorded
from projections.case import Case, moment
from tests.projections.story import ZONE, Story, at, folded, promise, sealed

HOUR = timedelta(hours=1)
BEGIN = at("2026-01-20 09:00")
CATEGORIES = ("heating", "noise")
UNITS = ("heating-co", "water-co", "property-co")
NEXT = {
    "received": ("dispatch", "dispatch", "reject", "withdraw", "merge", "reclassify"),
    "dispatched": ("respond", "respond", "decline", "assist", "merge", "reclassify", "track", "session"),
    "handling": ("resolve", "resolve", "extend", "assist", "reclassify", "withdraw", "track"),
    "resolved": ("follow_up", "follow_up", "attempt", "check", "unreached", "historic", "reclassify"),
    "closed": ("reopen", "check", "recur"),
    "unreached": ("reopen", "check"),
    "merged": ("unmerge",),
    "rejected": (),
    "withdrawn": (),
}
GRIDS = ("demo/north/sl/grid-01", "demo/north/sl/grid-02", "demo/south/ab/grid-01")


class Life:
    """One case on its way; every draw is a choice of Hypothesis."""

    def __init__(self, draw: Any, stream: str) -> None:
        self.draw = draw
        self.story = Story(stream)
        self.now: datetime = BEGIN + HOUR * draw(st.integers(0, 900))

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def later(self, most: int = 60) -> datetime:
        """A quarter of the steps happen at once: several facts at one moment are usual."""
        hours: int = self.draw(st.integers(-most // 3, most))
        self.now += HOUR * max(0, hours)
        return self.now

    def limit(self, most: int) -> datetime:
        hours: int = self.draw(st.integers(1, most))
        return self.now + HOUR * hours

    def judged(self) -> datetime:
        hours: int = self.pick(0, 0, 0, 100)
        return self.now + HOUR * hours

    def perhaps(self, clock: str, most: int) -> Any:
        return promise(clock, self.now, self.limit(most)) if self.pick(True, True, True, False) else None

    def live(self) -> list[Recorded]:
        reporter = self.pick("p-1", "p-1", "")
        self.story.registered(
            self.now.astimezone(ZONE).strftime("%Y-%m-%d %H:%M"),
            dispatch_by=None,
            category=self.pick(*CATEGORIES),
            grid=self.pick(*GRIDS),
            origin=self.pick("reactive", "proactive"),
            place_key=self.pick("place", ""),
            reporter=reporter,
        )
        first = self.story.log[0]
        if self.pick(True, True, False):
            fact = with_dispatch(first.fact, promise("dispatch", self.now, self.limit(48)))
            self.story.log[0] = Recorded(1, first.stream, 1, first.recorded_at, first.envelope, fact)
        for _ in range(self.draw(st.integers(0, 14))):
            case = folded(self.story.log)
            if not NEXT[case.state]:
                break
            getattr(self, self.pick(*NEXT[case.state]))(case)
        return self.story.log

    def tell(self, fact: Any, happened: datetime | None = None) -> None:
        self.story.tell(fact, happened or self.now)

    # -------------------------------------------------------------- steps

    def dispatch(self, case: Case, by_session: bool = False) -> None:
        self.later()
        lead, *others = self.draw(st.permutations(UNITS))
        units = (lead, *others[: self.draw(st.integers(0, 2))])
        tasks = tuple(
            f.UnitTask(unit, unit == lead, self.perhaps("response", 48), self.perhaps("decline", 48))
            for unit in units
        )
        now = case.round
        resolution = None
        if now.due is not None:
            resolution = promise("resolution", moment(now.at), moment(now.due))
        elif not now.dispatched_at:
            resolution = self.perhaps("resolution", 200)
        judged = self.pick(self.now, self.now, None) if not now.dispatched_at else self.now
        track = self.pick("whistle", "mediation")
        self.tell(f.ComplaintDispatched(now.number, lead, track, tasks, resolution, by_session, judged))

    def session(self, case: Case) -> None:
        self.dispatch(case, True)

    def respond(self, case: Case) -> None:
        self.later()
        self.tell(f.UnitResponded(case.round.lead, True, None, self.judged()))

    def assist(self, case: Case) -> None:
        """An assisting unit's word is no milestone: it may be told after what followed it."""
        waiting = [s for s in case.shares_now() if s.state == "awaited" and s.unit != case.round.lead]
        if not waiting:
            return self.track(case)
        share = waiting[0]
        earliest = moment(max(share.at, case.moved_at))
        happened = max(earliest, self.now - HOUR * self.draw(st.integers(0, 30)))
        judged = happened + HOUR * self.pick(0, 0, 100)
        if self.pick(True, False):
            self.tell(f.UnitResponded(share.unit, False, None, judged), happened)
        else:
            self.tell(f.DispatchDeclined(share.unit, False, sealed(), 0, judged), happened)

    def decline(self, case: Case) -> None:
        self.later()
        lead, count = case.round.lead, case.round.declines + 1
        self.tell(f.DispatchDeclined(lead, True, sealed(), count, self.judged()))

    def track(self, case: Case) -> None:
        self.later()
        self.tell(f.TrackChanged(self.pick("task_force", "whistle"), case.round.track, sealed()))

    def reclassify(self, case: Case) -> None:
        self.later()
        self.tell(f.ComplaintReclassified(self.pick(*CATEGORIES), "2026-1", case.category, sealed()))

    def merge(self, case: Case) -> None:
        self.later()
        self.tell(f.ComplaintMerged("c-9", sealed()))

    def unmerge(self, case: Case) -> None:
        self.later()
        self.tell(f.MergeUndone("c-9", sealed()))

    def reject(self, case: Case) -> None:
        self.later()
        self.tell(f.ComplaintRejected("no_jurisdiction", None))

    def withdraw(self, case: Case) -> None:
        self.later()
        self.tell(f.ComplaintWithdrawn(None))

    def extend(self, case: Case) -> None:
        self.later()
        until = promise("resolution", moment(case.round.at), self.limit(900))
        self.tell(f.ExtensionGranted("1-1", until, 3))

    def resolve(self, case: Case) -> None:
        self.later()
        follow_up = promise("follow_up", self.now, self.now + HOUR * 24, "hours")
        due = self.pick(follow_up, follow_up, None)
        self.tell(f.ResolutionReported("heating-co", "solved", sealed(), (), due, self.judged()))

    def attempt(self, case: Case) -> None:
        self.later(20)
        happened = max(moment(case.round.resolved_at), self.now - HOUR * self.draw(st.integers(0, 10)))
        self.tell(f.FollowUpAttempted("phone", "day", 1, None), happened)

    def follow_up(self, case: Case) -> None:
        self.later(40)
        reporter = case.opening.reporter
        satisfaction = self.pick("satisfied", "basically_satisfied", "dissatisfied", "no_answer")
        self.tell(
            f.FollowUpRecorded(
                self.pick("phone", "on_site"),
                satisfaction if reporter else "",
                self.pick("yes", "partly", "no", ""),
                (),
                (),
                self.pick(True, False, None),
                reporter,
                None,
                None,
                self.judged(),
            )
        )
        if satisfaction == "dissatisfied":
            self.reopen(case, 0)
        elif satisfaction != "no_answer":
            self.tell(f.ComplaintClosed("satisfied"))

    def unreached(self, case: Case) -> None:
        self.later()
        self.tell(f.ComplaintLeftUnreached("three_windows"))

    def historic(self, case: Case) -> None:
        self.later()
        self.tell(f.HistoricallyClosed(""))

    def check(self, case: Case) -> None:
        """May be told late, after other milestones."""
        happened = max(moment(case.round.resolved_at), self.now - HOUR * self.draw(st.integers(0, 30)))
        self.tell(f.SpotCheckRecorded(self.pick("confirmed", "contradicted"), (), (), sealed()), happened)

    def recur(self, case: Case) -> None:
        self.later(300)
        self.tell(f.RecurrenceSuspected("c-8", "place_key"))

    def reopen(self, case: Case, most: int = 60) -> None:
        if most:
            self.later(most)
        dispatch = self.perhaps("dispatch", 48)
        self.tell(f.ComplaintReopened(case.round.number + 1, "dissatisfied", None, dispatch))


def with_dispatch(fact: Any, deadline: Any) -> f.ComplaintRegistered:
    values = {name: getattr(fact, name) for name in fact.__dataclass_fields__}
    return f.ComplaintRegistered(**{**values, "dispatch": deadline})


@st.composite
def logs(draw: Any, most: int = 4) -> list[Recorded]:
    """Several cases in one log, each in its own order, interleaved at random."""
    lives = [Life(draw, f"c-{n}").live() for n in range(draw(st.integers(1, most)))]
    order = draw(st.permutations([n for n, life in enumerate(lives) for _ in life]))
    ways = [iter(life) for life in lives]
    log = []
    for position, n in enumerate(order, 1):
        line = next(ways[n])
        envelope = Envelope(line.envelope.occurred_at, Actor("someone", "dispatcher"))
        log.append(Recorded(position, line.stream, line.version, line.recorded_at, envelope, line.fact))
    return log
