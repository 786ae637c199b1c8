"""Bodies as they come in: JSON read strictly, and a schema made from each command.

The command is the body. What a command takes only from inside (ids from the vault) is left out by name;
`occurred_at` is added to all. Nothing is coerced: `true` is no number, `"5"` is no 5, a moment has a zone.
"""

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from fastapi import Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    create_model,
)

from api.problems import Problem

T = TypeVar("T")

MAX_DEPTH = 16
MAX_DIGITS = 18
MAX_ITEMS = 50

LONG = {
    "text": 4000,
    "answer": 4000,
    "decision": 4000,
    "note": 2000,
    "reason": 1000,
    "task": 500,
    "address": 300,
}
"""Longest text by field name, in characters; any other string is a code, an id or a name of at most 120."""

HIDDEN = {chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}
"""Direction marks that make a line read otherwise than it is stored."""


# ------------------------------------------------------------------ JSON, strictly


def read_json(raw: bytes) -> Any:
    """Raises Problem: 400 for what is no JSON (or too deep, or says a key twice), 422 for unusable
    characters."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=once,
            parse_constant=no_number,
            parse_int=whole,
            parse_float=decimal,
        )
    except (ValueError, RecursionError) as error:
        raise Problem(400, "body.malformed") from error
    check(value, 0)
    return value


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def whole(text: str) -> int:
    """A number no field can mean is well-formed all the same: Problem 422."""
    if len(text) > MAX_DIGITS:
        raise Problem(422, "body.invalid")
    return int(text)


def decimal(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("too large")
    return value


def check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Problem(400, "body.malformed")
    match value:
        case str():
            usable(value)
        case dict():
            for key, inner in value.items():
                usable(key)
                check(inner, depth + 1)
        case list():
            for inner in value:
                check(inner, depth + 1)


def usable(text: str) -> None:
    """No half characters, no control characters but line breaks and tabs, no hidden direction marks."""
    for c in text:
        if (
            (c < " " and c not in "\n\r\t")
            or "\x7f" <= c < "\xa0"
            or "\ud800" <= c <= "\udfff"
            or c in HIDDEN
        ):
            raise Problem(422, "body.characters")


class StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_read"):
            self._read = read_json(await self.body())
        return self._read


def is_json(request: Request) -> bool:
    """Whether the body is said to be JSON. A plain form of another site can say `text/plain`, and no more."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


class StrictRoute(APIRoute):
    """Reads JSON strictly. A problem found while reading leaves as itself, not as the framework's 400."""

    request: type[StrictRequest] = StrictRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        speaks_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def strictly(request: Request) -> Response:
            if speaks_json and not is_json(request):
                raise Problem(415, "body.media-type")
            return await handle(self.request(request.scope, request.receive))

        return strictly


# ------------------------------------------------------------------ schemas from commands


def moment(value: object) -> object:
    """ISO 8601 with an offset, into UTC. ValueError otherwise."""
    if not isinstance(value, str) or not 16 <= len(value) <= 40 or "T" not in value.upper():
        raise ValueError("a moment is ISO 8601 with an offset, such as 2026-11-18T16:42:00+08:00")
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("a moment needs an offset")
    if not 1970 <= found.year <= 2200:
        raise ValueError("a moment lies between 1970 and 2200")
    return found.astimezone(UTC)


Moment = Annotated[
    datetime, BeforeValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})
]


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "satisfaction": ("satisfied", "basically_satisfied", "dissatisfied", "no_answer"),
    "solved": ("yes", "partly", "no"),
    "method": ("on_site", "phone", "online"),
    "urgency": ("normal", "urgent", "emergency"),
    "origin": ("reactive", "proactive"),
    "level": ("grid", "community", "street"),
    "track": ("on_site", "whistle", "task_force", "joint_session", "mediation", "hearing"),
    "channel": (
        "hotline",
        "phone",
        "mini_program",
        "wechat",
        "contact_card",
        "counter",
        "visit",
        "patrol",
        "listening_day",
        "web",
        "open311",
        "upper_level",
    ),
}

RESULTS: Mapping[str, tuple[str, ...]] = {
    "ReportResolution": ("solved", "partly", "explained", "referred"),
    "SpotCheck": ("confirmed", "contradicted"),
}


def body_of(command: type, *, without: tuple[str, ...] = (), **extra: Any) -> type[Body]:
    """The schema of a command's body. `extra` are further pydantic fields, `name=(type, default)`."""
    shapes: dict[str, Any] = {}
    for name, (kind, default) in described(command).items():
        if name not in without:
            shapes[name] = (shape(command.__name__, name, kind, required=default is ...), default)
    shapes.setdefault("occurred_at", (Moment | None, None))
    shapes.update(extra)
    doc = (command.__doc__ or "").strip()
    if doc.startswith(f"{command.__name__}("):
        doc = ""
    return create_model(f"{command.__name__}Body", __base__=Body, __doc__=doc, **shapes)


def described(kind: type) -> dict[str, tuple[Any, Any]]:
    """Field -> (type, default); the default is ... where the field is required."""
    hints = get_type_hints(kind)

    def default(value: Any) -> Any:
        return ... if value is MISSING else [] if value == () else value

    return {f.name: (hints[f.name], default(f.default)) for f in fields(kind)}


def shape(owner: str, name: str, kind: Any, *, required: bool) -> Any:
    if get_origin(kind) in (Union, UnionType):
        inner = [part for part in get_args(kind) if part is not type(None)]
        return shape(owner, name, inner[0], required=required) | None
    if get_origin(kind) is tuple:
        one: Any = shape(owner, name, get_args(kind)[0], required=True)
        return Annotated[list.__class_getitem__(one), Field(max_length=MAX_ITEMS)]
    if kind is datetime:
        return Moment
    if is_dataclass(kind) and isinstance(kind, type):
        parts = {
            n: (shape(kind.__name__, n, k, required=d is ...), d) for n, (k, d) in described(kind).items()
        }
        model: type[Body] = create_model(kind.__name__, __base__=Body, __doc__=kind.__doc__, **parts)  # type: ignore[call-overload]
        return model
    if kind is str:
        return string(owner, name, required)
    if kind is float:
        return latitude(name)
    return kind


def latitude(name: str) -> Any:
    bound = {"lat": 90.0, "long": 180.0}.get(name, 1e6)
    return Annotated[float, Field(ge=-bound, le=bound)]


def string(owner: str, name: str, required: bool) -> Any:
    words = RESULTS.get(owner) if name == "result" else VOCABULARY.get(name)
    if words is not None:
        return Literal[words] if required else Literal[("", *words)]
    least = 1 if required else 0
    return Annotated[
        str,
        StringConstraints(
            min_length=least, max_length=LONG.get(name, 120), pattern=r"\S" if required else None
        ),
    ]


HINTS: dict[Any, Mapping[str, Any]] = {}
"""What `hints_of` has found, by class."""


def hints_of(kind: Any) -> Mapping[str, Any]:
    """What each field takes: asked of every body, and the same for ever."""
    if kind not in HINTS:
        HINTS[kind] = get_type_hints(kind)
    return HINTS[kind]


def rebuilt(kind: Any, value: Any) -> Any:
    """The value a dataclass field wants, out of the value the schema checked."""
    if value is None:
        return None
    if get_origin(kind) in (Union, UnionType):
        return rebuilt(next(part for part in get_args(kind) if part is not type(None)), value)
    if get_origin(kind) is tuple:
        return tuple(rebuilt(get_args(kind)[0], one) for one in value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = hints_of(kind)
        return kind(**{name: rebuilt(hints[name], getattr(value, name)) for name in type(value).model_fields})
    return value


def command_of(kind: type[T], body: Body, **inside: Any) -> T:
    """The command out of its body; `inside` are the fields that never come from outside."""
    hints = hints_of(kind)
    given = {
        name: rebuilt(hints[name], getattr(body, name)) for name in type(body).model_fields if name in hints
    }
    return kind(**{**given, **inside})
