"""What callers get of visits: rows as plain data, words opened for who may read them, facts in sentences."""

import json
from collections.abc import Sequence
from typing import Any

from api import stories, telling
from api.answers import at
from api.sight import reads
from api.telling import Telling
from domain.messages import Recorded
from engine.desk import Receipt
from projections.case import Kept
from projections.history import sentence as of_case
from projections.views import Row
from projections.visits.telling import SENTENCES
from projections.visits.telling import sentence as of_visit
from projections.words import Speaker

ROUND = (
    "id", "name", "grid", "from_day", "to_day", "state", "opened_by", "closed_by", "version", "position",
)  # fmt: skip
ATTEMPT = (
    "visit", "number", "round", "household", "grid", "kind", "window", "mode", "outcome", "people_met",
    "minutes", "people", "by", "booking", "position",
)  # fmt: skip
BOOKING = (
    "visit", "booking", "round", "household", "grid", "day", "window", "mode", "state", "booked_by",
    "position",
)  # fmt: skip
TRIED = (
    "attempts", "failed", "best", "last_outcome", "last_window", "last_mode", "complaints", "booked_day",
    "booked_window",
)  # fmt: skip


class Teller:
    """Tells one caller. `opened` says a sealed value, None where it is erased or not for him."""

    def __init__(self, ask: Telling) -> None:
        self._ask = ask
        places = ask.engine.desk.stage().organisation
        self._reads = reads(ask.actor, places)
        self._open = stories.opener(ask.cases)

    def opened(self, sealed: str | None) -> str | None:
        return self._open(Kept.of_json(sealed)) if sealed and self._reads else None

    def round(self, row: Row) -> dict[str, Any]:
        said = {name: row[name] for name in ROUND}
        said |= {"from": said.pop("from_day"), "to": said.pop("to_day")}
        said |= {name: at(row[name]) for name in ("opened_at", "closed_at")}
        return said | {"reason": self.opened(row["reason"])}

    def attempt(self, row: Row) -> dict[str, Any]:
        said: dict[str, Any] = {name: row[name] for name in ATTEMPT}
        said |= {name: at(row[name]) for name in ("occurred_at", "recorded_at")}
        team = json.loads(row["team"]) if self._reads else []
        said["team"] = [each | {"name": self.opened(each["name"])} for each in team]
        said |= {name: json.loads(row[name]) for name in ("readings", "complaints", "registered", "photos")}
        return said | {"note": self.opened(row["note"])}

    def booking(self, row: Row) -> dict[str, Any]:
        said: dict[str, Any] = {name: row[name] for name in BOOKING}
        said |= {name: at(row[name]) for name in ("from_at", "until_at", "booked_at")}
        return said | {"note": self.opened(row["note"]), "reason": self.opened(row["reason"])}

    def facts(self, lines: Sequence[Recorded]) -> list[dict[str, Any]]:
        s = stories.speaker(
            self._ask.engine, self._ask.lang, self._ask.actor, self._ask.cases if self._reads else None
        )
        return telling.dated(lines, lambda line: sentence(line, s))

    def recorded(self, receipt: Receipt, dry_run: bool) -> dict[str, Any]:
        """What every command's answer ends with. A dry run says what would be recorded."""
        return telling.ended(receipt, self.facts(receipt.lines), dry_run)


def sentence(line: Recorded, s: Speaker) -> str:
    """Of a visit, or of the complaint it brought."""
    return of_visit(line, s) if type(line.fact) in SENTENCES else of_case(line, s)
