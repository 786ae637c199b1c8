"""Cases that may be about the same thing: the same place, or words in common. Suggested, never merged."""

from collections.abc import Sequence
from typing import Any

from api import sight
from api.answers import Reader, page
from api.lists import NEWEST
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Condition, Filter, rows

LOOKED_AT = 300
"""Recent cases of the community whose text is compared."""
SHOWN = 10
ALIKE = 0.2
"""Share of search terms in common from which two texts are shown as alike."""
SAME_PLACE = 0.5
"""What the same address counts for, beside words."""


def similar_to(
    engine: Engine, reader: Reader, actor: Actor, text: str, grid: str, place_key: str, *, without: str = "",
    among: int = LOOKED_AT,
) -> dict[str, Any]:  # fmt: skip
    """The most alike first, each with `likeness` from 0 to 1, out of the newest `among`. Opens texts: call it
    in a thread."""
    wanted = engine.vault.tokens(text)
    seen = sight.condition(actor, reader.now, reader.cases.places())
    # A grid holds fewer cases than a caller may see.
    where: Sequence[Condition] = [Filter("grid", "under", grid)] if grid else seen
    checked: list[Condition] = [Filter("id", "!=", without), *(seen if grid else ())]
    with engine.views.read() as reading:
        recent = rows(
            reading, "cases", where=where, order=NEWEST, limit=among, checked=checked, alone=True
        ).items
    found = []
    for row in recent:
        words = engine.vault.tokens(reader.opened(row["text"]) or "")
        common = len(wanted & words) / max(1, min(len(wanted), len(words)))
        here = SAME_PLACE if place_key and row["place_key"] == place_key else 0.0
        if common >= ALIKE or here:
            found.append((min(1.0, common * (1 - here) + here), row))
    found.sort(key=lambda one: -one[0])
    return page(
        [reader.of_row(row) | {"likeness": round(likeness, 2)} for likeness, row in found[:SHOWN]], None
    )
