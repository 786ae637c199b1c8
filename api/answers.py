"""A complaint as callers get it. One shape, whether it comes from the register or from the case's own
facts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.cases import Cases
from api.sight import STAFF, reads
from domain.complaint.disclosure import reads_reporters
from domain.messages import Actor
from projections.case import Case, Kept, moment
from projections.register import case_row
from projections.views import Row

COMPOUND = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "司徒",
    "夏侯",
    "端木",
)
"""Surnames of two characters."""

MOMENTS = (
    "registered_at", "dispatch_by", "response_by", "resolve_by", "first_resolve_by", "follow_up_by",
    "next_by",
    "resolved_at", "closed_at", "ended_at",
)  # fmt: skip
PLAIN = (
    "id", "number", "external_number", "state", "round", "category", "first_category", "origin", "channel",
    "grid",
    "lead", "track", "urgency", "result", "satisfaction", "solved", "declines", "extensions", "urged",
    "supervised",
    "merged_into", "split_from", "next_clock", "version", "position",
)  # fmt: skip


class Place(BaseModel):
    grid: str
    address: str | None = None
    lat: float | None = None
    long: float | None = None


class Reporter(BaseModel):
    """The name is masked (王某) and the phone null; the full values only by `reveal`."""

    id: str
    name: str | None
    phone: None = None
    masked: bool = True


class Refusal(BaseModel):
    command: str
    rule: str
    reason: str
    what_would_help: str


class Complaint(BaseModel):
    """`state`: received, dispatched, handling, resolved, closed, unreached, rejected, withdrawn or merged.
    The
    deadlines are those of the current round, met or not; `overdue` says whether one that runs has passed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "c-0193a1…",
                    "number": "HS261118-0112",
                    "state": "handling",
                    "round": 1,
                    "category": "heating",
                    "lead": "heating-co",
                    "resolve_by": "2026-11-19T08:42:00Z",
                    "overdue": False,
                    "reporter": {"id": "p-0193…", "name": "王某", "phone": None, "masked": True},
                    "version": 3,
                    "position": 184102,
                    "allowed": ["progress", "resolution"],
                }
            ]
        }
    )

    id: str
    number: str | None
    external_number: str
    text: str | None
    erased: bool = Field(default=False, description="The text is null because it was erased or redacted.")
    place: Place
    registered_at: datetime
    state: str
    round: int
    category: str
    first_category: str
    origin: str
    channel: str
    grid: str
    lead: str
    assisting: list[str]
    track: str
    urgency: str
    dispatch_by: datetime | None
    response_by: datetime | None
    resolve_by: datetime | None
    first_resolve_by: datetime | None
    follow_up_by: datetime | None
    overdue: bool
    satisfaction: str
    solved: str
    result: str
    reporter: Reporter | None
    found_by: str = Field(
        default="", description="The visit, patrol or sweep that found it, by id; for staff."
    )
    reporters: list[str] = Field(default=[], description="Everybody to follow up, by id; for staff.")
    version: int
    position: int
    allowed: list[str] = Field(default=[], description="Commands this caller may give now.")
    refused: list[Refusal] = Field(default=[], description="Why the others may not be given now.")


class CommandAnswer(Complaint):
    """The complaint after the command. `facts` are what it recorded."""

    facts: list[dict[str, Any]] = []
    tracking_code: str | None = Field(
        default=None, description="Only to the reporter himself, at registration."
    )


def z(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def receipt_link(position: int) -> str:
    """Where the receipt of an entry is given out (api/audit.py)."""
    return f"/api/v1/audit/proofs/inclusion?position={position}"


def at(micros: int | None) -> str | None:
    return None if micros is None else z(moment(micros))


@dataclass(frozen=True, slots=True)
class Reader:
    """One caller reading complaints at one moment (`now`, microseconds). `reads`: words are for him at all;
    `handles`: he is told whose cases they are. Both are looked up once, not for every row."""

    cases: Cases
    actor: Actor
    now: int
    reads: bool = field(init=False)
    handles: bool = field(init=False)

    def __post_init__(self) -> None:
        places = self.cases.places()
        object.__setattr__(self, "reads", reads(self.actor, places))
        object.__setattr__(self, "handles", reads_reporters(self.actor, places))

    def of_case(self, case: Case) -> dict[str, Any]:
        return self.of_row(case_row(case))

    def of_rows(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """A page: what other processes destroyed is noticed once, at its beginning."""
        return [self.of_row(row, sure=not n) for n, row in enumerate(rows)]

    def of_row(self, row: Row, *, sure: bool = True) -> dict[str, Any]:
        staff = self.actor.role in STAFF
        reads = self.reads
        answer: dict[str, Any] = {name: row[name] for name in PLAIN}
        answer |= {name: at(row[name]) for name in MOMENTS}
        answer["text"] = self.opened(row["text"], sure=sure) if reads else None
        answer["erased"] = reads and answer["text"] is None and row["text"] is not None
        answer["place"] = self.place(row) if reads else {"grid": row["grid"], "address": None}
        answer["assisting"] = json.loads(row["assisting"])
        answer["recurrences"] = json.loads(row["recurrences"])
        answer["overdue"] = row["next_by"] is not None and row["next_by"] < self.now
        answer["escalated"] = bool(row["escalated"])
        answer["origin_of_record"] = row["record"]
        answer["reporter"] = self.reporter(row) if self.handles and reads else None
        answer["found_by"] = row["found_by"] if staff else ""
        answer["reporters"] = json.loads(row["reporters"]) if staff and reads else []
        return answer

    def opened(self, kept: str | None, *, sure: bool = True) -> str | None:
        """The clear value, for whom words are meant at all; None for anybody else."""
        return self.cases.opened(Kept.of_json(kept), sure=sure) if kept and self.reads else None

    def place(self, row: Row) -> dict[str, Any]:
        lat, long = located(self.opened(row["location"], sure=False))
        return {
            "grid": row["grid"],
            "address": self.opened(row["address"], sure=False),
            "lat": lat,
            "long": long,
        }

    def reporter(self, row: Row) -> dict[str, Any] | None:
        if not row["reporter"]:
            return None
        return {
            "id": row["reporter"],
            "name": masked(self.opened(row["reporter_name"], sure=False)),
            "phone": None,
            "masked": True,
        }


def located(text: str | None) -> tuple[float | None, float | None]:
    """Latitude and longitude out of a location as it is sealed, `latitude,longitude`."""
    if not text:
        return None, None
    lat, _, long = text.partition(",")
    return float(lat), float(long)


def masked(name: str | None) -> str | None:
    """The surname and 某; of a Latin name its first letter."""
    if not name or not name.strip():
        return None
    name = name.strip()
    if "\u3400" <= name[0] <= "\u9fff":
        return (name[:2] if name.startswith(COMPOUND) and len(name) > 2 else name[0]) + "某"
    return name[0].upper() + "."


def page(items: Sequence[Mapping[str, Any]], next: str | None, **more: Any) -> dict[str, Any]:
    return {"items": list(items), "next": next, **more}
