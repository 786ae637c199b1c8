"""Complaints told in a few lines: facts by hand, with times in Shanghai, recorded as the log would."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.complaint import facts as f
from domain.deadlines import Deadline
from domain.messages import Actor, Envelope, Recorded, Sealed
from projections.case import Case, micros
from projections.cases import CASES
from tests.projections.adding import rows_of

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """`11-21`, `11-21 09:30` or with a year before it, local time."""
    day, _, clock = text.partition(" ")
    year = "" if day.count("-") == 2 else "2026-"
    return datetime.fromisoformat(f"{year}{day} {clock or '00:00'}").replace(tzinfo=ZONE).astimezone(UTC)


def µs(text: str) -> int:
    return micros(at(text))


def sealed(text: str = "…") -> Sealed:
    return Sealed("p-1", text)


def promise(clock: str, start: str | datetime, due: str | datetime, unit: str = "working_days") -> Deadline:
    start = at(start) if isinstance(start, str) else start
    due = at(due) if isinstance(due, str) else due
    warn = start + (due - start) * 0.8
    return Deadline(clock, start, due, warn, 5, unit, "deadlines", "2026-1", "general", "cn-2026")


class Story:
    """One complaint. Every verb appends one fact; `happened` is a local time."""

    def __init__(self, stream: str = "c-1", *, log: list[Recorded] | None = None) -> None:
        self.stream = stream
        self.log = [] if log is None else log
        self.version = 0
        self.actor = Actor("dispatcher", "dispatcher", "demo/north/sl")

    def tell(self, fact: Any, happened: str | datetime, recorded: str | datetime | None = None) -> "Story":
        moment = at(happened) if isinstance(happened, str) else happened
        seen = moment if recorded is None else at(recorded) if isinstance(recorded, str) else recorded
        self.version += 1
        position = len(self.log) + 1
        line = Recorded(position, self.stream, self.version, seen, Envelope(moment, self.actor), fact)
        self.log.append(line)
        return self

    def lines(self) -> list[Recorded]:
        return [line for line in self.log if line.stream == self.stream]

    def case(self) -> Case:
        return folded(self.lines())

    # -------------------------------------------------------------- facts

    def registered(self, happened: str = "11-02 09:00", **changes: Any) -> "Story":
        due = changes.pop("dispatch_by", "11-02 15:00")
        fields: dict[str, Any] = {
            "channel": "hotline",
            "origin": "reactive",
            "category": "heating",
            "category_version": "2026-1",
            "urgency": "normal",
            "grid": "demo/north/sl/grid-01",
            "text": sealed("text"),
            "address": sealed("address"),
            "location": None,
            "place_key": "place-1",
            "reporter": "p-1",
            "reporter_name": sealed("name"),
            "reporter_phone": sealed("phone"),
            "tracking_key": "track-1",
            "source": "",
            "external_number": "",
            "record": "living",
            "split_from": "",
            "dispatch": None if due is None else promise("dispatch", happened, due, "working_hours"),
        }
        return self.tell(f.ComplaintRegistered(**{**fields, **changes}), happened)

    def dispatched(
        self,
        happened: str = "11-02 10:00",
        *,
        lead: str = "heating-co",
        assisting: tuple[str, ...] = (),
        respond_by: str | None = "11-03 18:00",
        resolve_by: str | None = "11-09 18:00",
        decline_by: str | None = "11-03 18:00",
        round: int = 1,
        track: str = "whistle",
        judged: str | None = "",
        by_session: bool = False,
    ) -> "Story":
        def task(unit: str) -> f.UnitTask:
            response = None if respond_by is None else promise("response", happened, respond_by)
            decline = None if decline_by is None else promise("decline", happened, decline_by)
            return f.UnitTask(unit, unit == lead, response, decline)

        tasks = tuple(task(unit) for unit in (lead, *assisting))
        resolution = None if resolve_by is None else promise("resolution", happened, resolve_by)
        judged_at = None if judged is None else at(judged or happened)
        fact = f.ComplaintDispatched(round, lead, track, tasks, resolution, by_session, judged_at)
        return self.tell(fact, happened)

    def declined(
        self, happened: str, unit: str = "heating-co", *, lead: bool = True, count: int = 1, judged: str = ""
    ) -> "Story":
        return self.tell(
            f.DispatchDeclined(unit, lead, sealed("why"), count, at(judged or happened)), happened
        )

    def responded(
        self, happened: str = "11-02 11:00", unit: str = "heating-co", *, lead: bool = True, judged: str = ""
    ) -> "Story":
        return self.tell(f.UnitResponded(unit, lead, None, at(judged or happened)), happened, judged or None)

    def extended(self, happened: str, until: str, start: str = "11-02 09:00") -> "Story":
        return self.tell(f.ExtensionGranted("1-1", promise("resolution", start, until), 3), happened)

    def resolved(
        self, happened: str = "11-05 10:00", *, follow_up_by: str | None = "", judged: str = ""
    ) -> "Story":
        moment = at(happened)
        due: datetime | str | None = follow_up_by
        if follow_up_by == "":
            due = moment + timedelta(hours=24)
        deadline = None if due is None else promise("follow_up", happened, due, "hours")
        fact = f.ResolutionReported(
            "heating-co", "solved", sealed("done"), (), deadline, at(judged or happened)
        )
        return self.tell(fact, happened, judged or None)

    def followed_up(
        self,
        happened: str = "11-05 16:00",
        satisfaction: str = "satisfied",
        solved: str = "yes",
        *,
        method: str = "on_site",
        measured: bool | None = True,
        reporter: str = "p-1",
        judged: str = "",
    ) -> "Story":
        readings = () if measured is None else (f.Reading("room_temperature", 20.5, "℃", True, measured),)
        fact = f.FollowUpRecorded(
            method,
            satisfaction,
            solved,
            readings,
            ("ab" * 32,),
            measured,
            reporter,
            None,
            None,
            at(judged or happened),
        )
        return self.tell(fact, happened, judged or None)

    def attempted(self, happened: str, attempt: int = 1) -> "Story":
        return self.tell(f.FollowUpAttempted("on_site", "day", attempt, None), happened)

    def closed(self, happened: str = "11-05 16:00") -> "Story":
        return self.tell(f.ComplaintClosed("satisfied"), happened)

    def reopened(self, happened: str, round: int = 2, dispatch_by: str | None = None) -> "Story":
        due = None if dispatch_by is None else promise("dispatch", happened, dispatch_by)
        return self.tell(f.ComplaintReopened(round, "dissatisfied", None, due), happened)

    def reclassified(self, happened: str, category: str, was: str = "heating") -> "Story":
        return self.tell(f.ComplaintReclassified(category, "2026-1", was, sealed("why")), happened)

    def withdrawn(self, happened: str) -> "Story":
        return self.tell(f.ComplaintWithdrawn(None), happened)

    def whole(self) -> "Story":
        """From the call to the closing, everything on time."""
        return self.registered().dispatched().responded().resolved().followed_up().closed()


def folded(lines: Iterable[Recorded]) -> Case:
    case: Case | None = None
    for line in lines:
        case = CASES.fold(case, line)
    assert case is not None
    return case


def marked(lines: Iterable[Recorded]) -> list[dict[str, Any]]:
    """All marks of the lines, of however many cases."""
    cases: dict[str, Case] = {}
    found: list[dict[str, Any]] = []
    for line in lines:
        before = cases.get(line.stream)
        after = CASES.fold(before, line)
        found += rows_of(CASES.marks(before, after, line), "marks")
        cases[line.stream] = after
    return found
