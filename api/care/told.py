"""What callers get of a care plan: rows, the visits and emergencies behind them, facts in sentences. What is
sealed is opened only where the caller may read it, and is null elsewhere."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from api import telling
from api.answers import at, z
from api.care.seeing import FIELD_OF, readable
from api.naming import acting
from api.sight import reads
from api.stories import opener, speaker
from api.telling import Telling
from domain.care import facts as f
from domain.households.facts import HouseholdReclassified
from domain.messages import Recorded, Sealed
from engine.desk import Receipt
from projections.care.plans import Plan, row
from projections.care.telling import sentence as of_care
from projections.case import Kept
from projections.history import sentence as of_case
from projections.households.telling import sentence as of_household
from projections.views import Row
from projections.words import Speaker

COLUMNS = (
    "id", "household", "person", "grid", "grounds", "risk", "cadence_days", "worker", "state", "opened_on",
    "last_visit", "due_on", "kept", "missed", "mended", "unanswered", "emergencies", "emergencies_open",
    "rules", "closed_for", "version", "position",
)  # fmt: skip

Opened = Callable[[Kept], str | None]
RECENT = 100
"""Visits and misses told with a plan; its history tells all."""


class Teller:
    """Tells one caller of one plan. `opened` says "" for what is not for him."""

    def __init__(self, ask: Telling, id: str) -> None:
        self._ask = ask
        engine = ask.engine
        self.fields = readable(engine, ask.actor, id)
        self._reads = reads(ask.actor, engine.desk.stage().organisation)
        self._open: Opened = opener(ask.cases)

    def may(self, field: str) -> bool:
        return self._reads and FIELD_OF.get(field, field) in self.fields | {"reason"}

    def opened(self, kept: Kept) -> str | None:
        return self._open(kept) if self.may(kept.field) else ""

    def said(self, line: Recorded, field: str, value: Sealed | None) -> str | None:
        """A sealed value of a fact; null where there is none, or it is erased, or not for the caller."""
        if value is None or not self.may(field):
            return None
        name = str(type(line.fact).NAME)  # type: ignore[attr-defined]
        return self._open(Kept(value, line.stream, line.version, name, field))

    @property
    def speaker(self) -> Speaker:
        told = speaker(self._ask.engine, self._ask.lang, self._ask.actor, self._ask.cases)
        return replace(told, opened=self.opened)

    def facts(self, lines: Sequence[Recorded]) -> list[dict[str, Any]]:
        s = self.speaker
        return [
            told | {"recorded_at": z(line.recorded_at), "actor": acting(s, line.actor)}
            for line, told in zip(lines, telling.dated(lines, lambda line: sentence(line, s)), strict=True)
        ]

    def recorded(self, receipt: Receipt, dry_run: bool) -> dict[str, Any]:
        """What every command's answer ends with. A dry run says what would be recorded."""
        return telling.ended(receipt, self.facts(receipt.lines), dry_run)


def sentence(line: Recorded, s: Speaker) -> str:
    """Of the plan, of a complaint a visit brought, or of the household that became a key one."""
    if isinstance(line.fact, HouseholdReclassified):
        return of_household(line, s)
    return of_care(line, s) or of_case(line, s)


def in_list(found: Row, now: int) -> dict[str, Any]:
    said: dict[str, Any] = {name: found[name] for name in COLUMNS}
    said |= {name: at(found[name]) for name in ("opened_at", "visit_by", "closed_at")}
    return said | {"overdue": found["visit_by"] is not None and found["visit_by"] < now}


def detail(teller: Teller, plan: Plan, lines: list[Recorded], now: int) -> dict[str, Any]:
    said = in_list(row(plan), now)
    for field, sealed in (("contact", plan.contact), ("note", plan.note)):
        kept = Kept.of_json(sealed) if sealed else None
        said[field] = (teller.opened(kept) or None) if kept and teller.may(field) else None
    said["readable"] = sorted(teller.fields)
    found = [line for line in lines if is_visit(line)]
    said["notices"] = [
        {
            "notice": each.notice,
            "sent_at": at(each.sent_at),
            "delivered_at": at(each.delivered_at or None),
            "method": each.method,
            "text": teller.opened(Kept.of_json(each.text)) or None,
        }
        for each in reversed(plan.notices)
    ]
    said["visits"] = [visit(teller, line) for line in reversed(found[-RECENT:])]
    said["emergencies_told"] = list(emergencies(teller, lines))
    return said


def is_visit(line: Recorded) -> bool:
    return isinstance(line.fact, f.CareVisitRecorded | f.CareVisitMissed)


def visit(teller: Teller, line: Recorded) -> dict[str, Any]:
    """A visit, or that there was none, the newest first."""
    fact = line.fact
    said: dict[str, Any] = {
        "version": line.version,
        "position": line.position or None,
        "occurred_at": z(line.occurred_at),
        "recorded_at": z(line.recorded_at),
        "by": line.actor.person,
        "missed": isinstance(fact, f.CareVisitMissed),
    }
    if isinstance(fact, f.CareVisitMissed):
        return said | {"due_on": fact.due_on.isoformat(), "risk": fact.risk}
    assert isinstance(fact, f.CareVisitRecorded)
    said |= {
        name: getattr(fact, name)
        for name in ("risk", "kept", "mended", "mode", "met", "minutes", "chat", "water", "electricity")
    }
    said |= {
        "visited_on": fact.visited_on.isoformat(),
        "due_on": fact.due_on.isoformat(),
        "complaints": list(fact.complaints),
    }
    sealed = {name: getattr(fact, name) for name in ("health", "safety", "wishes")}
    said["noted"] = [name for name, value in sealed.items() if value is not None]
    return said | {name: teller.said(line, name, value) for name, value in sealed.items()}


def emergencies(teller: Teller, lines: Iterable[Recorded]) -> Iterator[dict[str, Any]]:
    """Each with the moments known of it."""
    found: dict[int, dict[str, Any]] = {}
    for line in lines:
        fact = line.fact
        if not isinstance(fact, f.EmergencyAnswered):
            continue
        told = found.setdefault(
            fact.emergency,
            {"emergency": fact.emergency, "moments": {}, "handed_to": "", "who": None, "what": []},
        )
        told["moments"] |= {each.step: z(each.at) for each in fact.moments}
        told["handed_to"] = fact.handed_to or told["handed_to"]
        told["who"] = teller.said(line, "who", fact.who) or told["who"]
        what = teller.said(line, "what", fact.what)
        told["what"] += [what] if what else []
    yield from found.values()
