"""Cases in the plain ticket layout: one row per handling round, as `mappings/plain.toml` reads it again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.complaint import facts as f
from domain.messages import Recorded, Sealed
from engine.log import Log
from engine.vault import Vault
from scripts.exporting.events import ERASED

COLUMNS = (
    "id", "number", "round", "category", "channel", "origin", "grid", "lead", "assisting", "text",
    "registered_at", "dispatched_at", "respond_by", "responded_at", "first_resolve_by", "extended_at",
    "resolve_by", "resolved_at", "result", "followed_up_at", "satisfaction", "solved", "ended", "ended_at",
    "follow_up",
)  # fmt: skip
"""The plain layout; `follow_up` is `unknown` where the source of an imported case tells nothing of one."""

REGISTERED = "complaint.registered"
PAGE = 500
ANSWERED = ("satisfied", "basically_satisfied", "dissatisfied")


@dataclass(slots=True)
class _Round:
    number: int
    registered_at: datetime
    moments: dict[str, datetime | None] = field(default_factory=dict)
    lead: str = ""
    assisting: tuple[str, ...] = ()
    result: str = ""
    satisfaction: str = ""
    solved: str = ""
    ended: str = ""
    follow_up: str = ""


@dataclass(slots=True)
class _Case:
    """What the rows of one case share, and its rounds so far."""

    id: str
    number: str
    text: str
    channel: str
    origin: str
    grid: str
    category: str
    rounds: list[_Round]


def cases(
    log: Log, vault: Vault | None, zone: ZoneInfo, start: datetime | None, end: datetime | None
) -> Iterator[dict[str, Any]]:
    """The rounds that began at or after `start` and before `end`, in the order their cases were recorded.

    Without a vault the text is left empty. A case is numbered as in the register: by its other system's
    number, else by its own.
    """
    after, head = 0, log.head()
    while page := log.rows(after, PAGE, until=head, names=(REGISTERED,)):
        for _, stream, *_ in page:
            case = _folded(log.stream(stream, until=head), vault, zone)
            for this in case.rounds:
                if (start is None or this.registered_at >= start) and (
                    end is None or this.registered_at < end
                ):
                    yield _row(case, this)
        after = page[-1][0]


def _folded(lines: list[Recorded], vault: Vault | None, zone: ZoneInfo) -> _Case:
    first = lines[0]
    case = _opening(first, vault, zone)
    for line in lines[1:]:
        _apply(case, line)
    return case


def _opening(line: Recorded, vault: Vault | None, zone: ZoneInfo) -> _Case:
    fact = line.fact
    assert isinstance(fact, f.ComplaintRegistered)
    day = line.occurred_at.astimezone(zone)
    return _Case(
        id=line.stream,
        number=fact.external_number or f"HS{day:%y%m%d}-{line.position:04}",
        text=_text(fact.text, line, vault),
        channel=fact.channel,
        origin=fact.origin,
        grid=fact.grid,
        category=fact.category,
        rounds=[_Round(1, line.occurred_at)],
    )


def _text(sealed: Sealed, line: Recorded, vault: Vault | None) -> str:
    if vault is None:
        return ""
    opened = vault.open_sealed(
        sealed, stream=line.stream, version=line.version, name=REGISTERED, field="text"
    )
    return ERASED if opened is None else opened


def _apply(case: _Case, line: Recorded) -> None:
    this, at = case.rounds[-1], line.occurred_at
    moments = this.moments
    match line.fact:
        case f.ComplaintReclassified(category=category):
            case.category = category
        case f.ComplaintDispatched() as dispatched:
            _dispatched(this, dispatched, at)
        case f.UnitResponded(unit=unit) if unit == this.lead:
            moments.setdefault("responded_at", at)
        case f.DispatchDeclined(lead=True):
            moments.pop("respond_by", None)
        case f.ExtensionGranted(resolution=promise):
            moments["extended_at"], moments["resolve_by"] = at, promise.due
        case f.DeadlineRederived(clock="resolution", deadline=promise):
            moments["resolve_by"] = promise.due
        case f.ResolutionReported(result=result):
            moments["resolved_at"], this.result = at, result
        case f.FollowUpRecorded() as answer:
            moments.setdefault("followed_up_at", at)
            if answer.satisfaction in ANSWERED or not this.satisfaction:
                this.satisfaction, this.solved = answer.satisfaction, answer.solved
        case f.HistoricallyClosed():
            this.follow_up = "unknown"
        case f.ComplaintRejected():
            _ended(this, "rejected", at)
        case f.ComplaintWithdrawn():
            _ended(this, "withdrawn", at)
        case f.ComplaintMerged():
            _ended(this, "merged", at)
        case f.MergeUndone():
            this.ended = ""
            moments.pop("ended_at", None)
        case f.ComplaintReopened(round=number):
            case.rounds.append(_Round(number, at))
        case _:
            pass  # tells nothing that the plain layout has a column for


def _dispatched(this: _Round, fact: f.ComplaintDispatched, at: datetime) -> None:
    """The round's last dispatch counts for units and response; its first promise stays the first."""
    this.lead = fact.lead
    this.assisting = tuple(task.unit for task in fact.tasks if not task.lead)
    if fact.judged_at is not None:
        this.moments.setdefault("dispatched_at", at)
    lead = next((task for task in fact.tasks if task.lead), None)
    if lead is not None and lead.response is not None:
        this.moments["respond_by"] = lead.response.due
    if fact.resolution is not None:
        this.moments.setdefault("first_resolve_by", fact.resolution.due)
        this.moments["resolve_by"] = fact.resolution.due


def _ended(this: _Round, how: str, at: datetime) -> None:
    this.ended, this.moments["ended_at"] = how, at


def _row(case: _Case, this: _Round) -> dict[str, Any]:
    told = {"registered_at": this.registered_at, **this.moments}
    row: dict[str, Any] = {
        "id": case.id,
        "number": case.number,
        "round": this.number,
        "category": case.category,
        "channel": case.channel,
        "origin": case.origin,
        "grid": case.grid,
        "lead": this.lead,
        "assisting": ",".join(this.assisting),
        "text": case.text,
        "result": this.result,
        "satisfaction": this.satisfaction,
        "solved": this.solved,
        "ended": this.ended,
        "follow_up": this.follow_up,
    }
    row.update((name, _written(at)) for name, at in told.items() if at is not None)
    return {name: row.get(name) for name in COLUMNS}


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
