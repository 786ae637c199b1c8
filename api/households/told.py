"""What callers get of households, dwellings and tenancies: rows as plain data, facts in sentences."""

from collections.abc import Iterable
from typing import Any

from fastapi import Response

from api import telling
from api.answers import at, masked
from api.naming import speaking
from api.orders import Asking
from api.permitted import permitted
from api.sight import reads
from domain.complaint.disclosure import reads_reporters
from domain.households import household as households
from domain.households.rules import stream_of
from domain.messages import Actor, Clear, Recorded
from engine.desk import Receipt
from engine.engine import Engine
from projections.case import Kept
from projections.households.telling import sentence
from projections.views import Row
from projections.words import Names, Speaker

HOUSEHOLD = (
    "id", "grid", "compound", "people", "kind", "dwelling", "tenancy", "members", "source", "version",
    "position",
)  # fmt: skip
TENANCY = ("id", "dwelling", "household", "grid", "tenure", "since")


class Teller:
    """Tells one caller. `sure`: what other processes destroyed is noticed at the first value opened."""

    def __init__(self, engine: Engine, actor: Actor) -> None:
        places = engine.desk.stage().organisation
        self.engine = engine
        self.reads = reads(actor, places)
        self.names = self.reads and reads_reporters(actor, places)
        self._sure = True

    def household(self, row: Row) -> dict[str, Any]:
        """`name` is masked, and null for who handles nothing; `phone` is told by `reveal` only."""
        found: dict[str, Any] = {name: row[name] for name in HOUSEHOLD}
        found |= {name: bool(row[name]) for name in ("classified", "vacant", "erased")}
        found["since"] = at(row["since"])
        found["registered_at"] = at(row["registered_at"])
        found["name"] = masked(self.opened(row["name"])) if self.names else None
        return found | {"phone": None, "has_phone": row["phone"] is not None}

    def dwelling(self, row: Row) -> dict[str, Any]:
        found = {name: row[name] for name in ("id", "grid", "compound", "occupants", "version", "position")}
        found["vacant"] = not row["occupants"]
        return found | {"address": self.address(row["address"])}

    def tenancy(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {name: row[name] for name in TENANCY}
        return found | {"started_at": at(row["started_at"]), "ended_at": at(row["ended_at"])}

    def address(self, kept: str | None) -> str | None:
        return self.opened(kept) if self.reads else None

    def opened(self, kept: str | None) -> str | None:
        if kept is None:
            return None
        sure, self._sure = self._sure, False
        return self.engine.vault.open_kept(Kept.of_json(kept), sure=sure)


def speaker(engine: Engine, lang: str, to: Actor) -> Speaker:
    organisation = engine.desk.stage().organisation
    names = Names(
        units={unit.id: unit.name for unit in organisation.units.values()},
        grids={path: grid.name for path, grid in organisation.grids.items()},
    )

    def opened(kept: Kept) -> str | None:
        return kept.sealed.text if isinstance(kept.sealed, Clear) else engine.vault.open_kept(kept)

    hears = reads_reporters(to, organisation) and reads(to, organisation)
    return speaking(engine, lang, to, names, opened if hears else None)


def story(lines: Iterable[Recorded], told: Speaker) -> list[dict[str, Any]]:
    """The facts in sentences, in the order given."""
    return [
        telling.told(line, sentence(line, told))
        | {"occurred_at": line.occurred_at, "recorded_at": line.recorded_at, "role": line.actor.role}
        for line in lines
    ]


def answered(
    ask: Asking, receipt: Receipt, stream: str, answer: dict[str, Any], *, created: str = ""
) -> Response:
    """The household after the command, and what was recorded; `created` is the address of something new. A
    dry run tells the facts, and nothing was recorded."""
    facts = story(receipt.lines, speaker(ask.engine, ask.lang, ask.actor))
    return telling.answered(ask, receipt, stream, facts, answer, created=created)


def allowed(engine: Engine, actor: Actor, id: str, lang: str) -> dict[str, Any]:
    """What the caller may do with the household now, and the rule against everything else."""
    stream = stream_of(id)
    return permitted(engine, actor, "household", stream, households.ROUTES, households.permitted, lang)
