"""An upload's JSON, read so that what is wrong in one item keeps no other out.

What bodies.py refuses a whole body for (a control character, a key that stands twice, a number no field can
mean, too many brackets) is refused here with the item it stands in; outside the items it still refuses all.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api import bodies
from api.bodies import MAX_DEPTH, StrictRequest, StrictRoute
from api.problems import Problem

ITEMS, NAMED, SHOWN = "items", ("id", "about"), 200
"""`SHOWN` characters of what was not understood are told back."""
PLACE = 2
"""How deep in the body an item stands."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """An item nobody can mean: where in it (`body.note`; "" for all of it), and why. `named` is what it calls
    itself, as far as that can be told back."""

    field: str
    code: str
    named: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Stands where the JSON said what JSON may not say."""

    code: str


class ItemsRequest(StrictRequest):
    async def json(self) -> Any:
        if not hasattr(self, "_read"):
            self._read = read(await self.body())
        return self._read


class ItemsRoute(StrictRoute):
    request = ItemsRequest


def read(raw: bytes) -> Any:
    """Each unusable item as `Unusable`. Raises Problem where the body is no JSON, or unusable elsewhere."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            strict=False,
            object_pairs_hook=_once,
            parse_constant=lambda _: Wrong("body.malformed"),
            parse_int=_whole,
            parse_float=_decimal,
        )
    except (ValueError, RecursionError) as error:
        raise Problem(400, "body.malformed") from error
    items = value.get(ITEMS) if isinstance(value, dict) else None
    if isinstance(items, list):
        value[ITEMS] = [_usable(each) for each in items]
    for _, code in _faults(value, 0):
        raise Problem(400 if code == "body.malformed" else 422, code)
    return value


def named(item: object) -> dict[str, str]:
    """What an item calls itself, as far as it can be told back."""
    told = item if isinstance(item, dict) else {}
    return {key: _plain(told.get(key, ""))[:SHOWN] for key in NAMED}


def _plain(value: object) -> str:
    return "" if isinstance(value, Wrong) or any(_faults(value, 0)) else str(value)


def _usable(item: object) -> object:
    for field, code in _faults(item, PLACE):
        return Unusable(field[:SHOWN], code, named(item))
    return item


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Wrong:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Wrong("body.malformed")


def _whole(text: str) -> int | Wrong:
    return Wrong("body.invalid") if len(text) > bodies.MAX_DIGITS else int(text)


def _decimal(text: str) -> float | Wrong:
    value = float(text)
    return Wrong("body.malformed") if value in (float("inf"), float("-inf")) else value


def _faults(value: object, depth: int, place: str = "") -> Iterator[tuple[str, str]]:
    """(where, which problem), in the order they stand."""
    if depth > MAX_DEPTH:
        yield place, "body.malformed"
        return
    match value:
        case Wrong(code):
            yield place, code
        case str():
            yield from _characters(value, place)
        case dict():
            for key, inner in value.items():
                yield from _characters(key, place)
                yield from _faults(inner, depth + 1, f"{place}.{key}" if place else key)
        case list():
            for nth, inner in enumerate(value):
                yield from _faults(inner, depth + 1, f"{place}.{nth}" if place else str(nth))


def _characters(text: str, place: str) -> Iterator[tuple[str, str]]:
    try:
        bodies.usable(text)
    except Problem as problem:
        yield place, problem.code
