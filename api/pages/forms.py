"""Forms: their fields as data, read from a POST into the same strict body the api takes.

A form never guesses: what is missing or cannot be read is named beside its field, with what was typed still
there, and nothing was recorded. A refusal of the domain stands above the fields, with its rule and what would
help. Sent twice (a double click, a reload), it is recorded once: every form carries a key.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as Upload

from api import evidence, problems
from api.bodies import Body, usable
from api.cases import Cases
from api.limits import EVIDENCE_BYTES
from api.orders import Asking
from api.pages.frame import Page
from api.signing_in.typed import AGAIN
from domain.messages import Actor
from engine.engine import Engine

B = TypeVar("B", bound=Body)

Kind = Literal[
    "text", "area", "select", "choice", "tiles", "checks", "tick", "moment", "day", "number", "decimal",
    "tel", "photos", "hidden",
]  # fmt: skip
MOST_FIELDS, MOST_FILES = 100, 6


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `name` is the body's field, dotted where the body nests (`place.address`).

    `options` are (value, Chinese word) pairs, already in the reader's language where they are names;
    `value` is what stands there before anybody typed; `least` the value a reading needs to be good; `asks`
    stands beside the label of what is not required; `other` labels an input below a choice, for what it does
    not list.
    """

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    unit: str = ""
    value: str = ""
    rows: int = 4
    least: float | None = None
    asks: str = "（选填）"
    other: str = ""

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-").replace("[", "-").replace("]", "")

    @property
    def ask(self) -> str:
        """What is said where nothing was given; its blank is the label."""
        if self.kind == "photos":
            return "请附上照片" if "照片" in self.label else "请附上照片：{label}"
        return "请选择：{label}" if self.options else "请填写：{label}"


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody typed: by field, as text; several values for `checks` and `photos`."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str = ""
    version: int | None = None
    preview: bool = False
    again: bool = False

    def one(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field (`name` "" for the form as a whole), in the reader's language."""

    name: str
    id: str
    says: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as the template shows it: fields, what was typed, what is wrong, what would happen."""

    fields: tuple[Field, ...]
    filled: Filled
    faults: tuple[Fault, ...] = ()
    refused: Mapping[str, Any] | None = None
    foreseen: Mapping[str, Any] | None = None

    @property
    def wrong(self) -> bool:
        return any(fault.name != AGAIN for fault in self.faults) or self.refused is not None

    @property
    def again(self) -> bool:
        """Whether it comes back from signing in, and was not sent yet."""
        return any(fault.name == AGAIN for fault in self.faults)

    @property
    def expected(self) -> tuple[str, ...]:
        """What would be recorded and what would follow, each said once: where a consequence says a fact's
        sentence again, and more, it stands alone."""
        if self.foreseen is None:
            return ()
        said = [fact["sentence"] for fact in self.foreseen["facts"]]
        said = list(dict.fromkeys([*said, *self.foreseen["consequences"]]))
        return tuple(one for one in said if not any(one in other for other in said if other != one))

    def fault(self, name: str) -> str:
        return next((fault.says for fault in self.faults if fault.name == name), "")

    def value(self, field: Field) -> str:
        return self.filled.one(field.name)

    def unlisted(self, field: Field) -> str:
        """What was typed below a choice."""
        listed = {option for option, _ in field.options}
        return next((text for text in self.filled.values.get(field.name, ()) if text not in listed), "")

    def chosen(self, field: Field, option: str) -> bool:
        return option in self.filled.values.get(field.name, ())


def blank(fields: Iterable[Field], *, version: int | None = None) -> Sheet:
    """The form before anybody typed."""
    asked = tuple(fields)
    values = {one.name: (one.value,) for one in asked if one.value}
    return Sheet(asked, Filled(values, uuid4().hex, version))


class Unreadable(Exception):
    """The form cannot become a body: the faults say where."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("the form has faults")
        self.faults = tuple(faults)


# ------------------------------------------------------------------ reading


async def typed(request: Request, page: Page, fields: Sequence[Field]) -> tuple[Filled, list[Fault]]:
    """What was typed, and the faults of its files. Photographs are kept at once and stand as their ids."""
    most = MOST_FIELDS + len(fields)
    form = await request.form(max_files=MOST_FILES, max_fields=most, max_part_size=1 << 20)
    values: dict[str, tuple[str, ...]] = {}
    faults: list[Fault] = []
    for one in fields:
        given = form.getlist(one.name)
        if one.kind == "photos":
            kept, fault = await _kept(page, one, given)
            values[one.name] = kept
            faults += fault
        else:
            told = tuple(text for text in given if isinstance(text, str) and text.strip())
            values[one.name] = told[-1:] if one.other else told  # what is typed is meant rather than a tick
    for texts in values.values():
        for text in texts:
            usable(text)
    if form.get(AGAIN):
        faults.append(Fault(AGAIN, "", page.say("您填的都在下面，还没有送出。看一遍，再送一次。")))
    preview, again = bool(form.get("preview")), bool(form.get(AGAIN))
    return Filled(values, _key(form), _version(form), preview, again), faults


def _key(form: FormData) -> str:
    key = form.get("key")
    return key if isinstance(key, str) and key.isalnum() and len(key) == 32 else uuid4().hex


def _version(form: FormData) -> int | None:
    version = form.get("version")
    return int(version) if isinstance(version, str) and version.isdecimal() and len(version) < 12 else None


async def _kept(page: Page, one: Field, given: Sequence[Any]) -> tuple[tuple[str, ...], list[Fault]]:
    kept: list[str] = [text for text in given if isinstance(text, str) and len(text) == 64]
    faults: list[Fault] = []
    for upload in given:
        if not isinstance(upload, Upload) or not upload.filename:
            continue
        content = await upload.read(EVIDENCE_BYTES + 1)
        try:
            blob = await evidence.put(page.engine, upload, content)
            if page.viewer is not None:
                await asyncio.to_thread(
                    page.engine.log.set_setting, evidence.brought(blob.id, page.viewer), page.role
                )
            kept.append(blob.id)
        except problems.Problem as error:
            told = problems.of(error, page.lang) or {}
            faults.append(Fault(one.name, one.id, str(told.get("detail", ""))))
    return tuple(dict.fromkeys(kept)), faults


def body_from(page: Page, body: type[B], fields: Sequence[Field], filled: Filled) -> B:
    """The strict body the api would have read. Raises Unreadable with the faults, field by field."""
    zone = page.facing.organisation.zone
    raw: dict[str, Any] = {}
    faults: list[Fault] = []
    if filled.again:
        raise Unreadable(())  # it is read again first, and not yet meant to be complete
    unasked = rows_left_open(fields, filled)
    for one in fields:
        given = filled.values.get(one.name, ())
        if row_of(one) in unasked:
            continue
        if not given:
            if one.required:
                faults.append(Fault(one.name, one.id, page.say(one.ask, label=page.say(one.label))))
            continue
        try:
            _place(raw, one.name, _value(one, given, zone))
        except ValueError:
            faults.append(Fault(one.name, one.id, page.say(_EXAMPLES.get(one.kind, "这里填的看不懂"))))
    if faults:
        raise Unreadable(faults)
    try:
        return body.model_validate(_plain(raw))
    except ValidationError as error:
        raise Unreadable([_told(page, fields, dict(one)) for one in error.errors()]) from None


_EXAMPLES: Mapping[str, str] = {
    "number": "要填整数，例如 3",
    "decimal": "要填数字，例如 17.5",
    "moment": "要填日期和时间，例如 2026-11-18 16:42",
    "day": "要填日期，例如 2026-11-18",
}


def _value(one: Field, given: tuple[str, ...], zone: ZoneInfo) -> Any:
    text = given[0].strip()
    match one.kind:
        case "checks" | "photos":
            return list(given)
        case "tick":
            return True
        case "choice" | "select" if {text, *(v for v, _ in one.options)} <= {"true", "false"}:
            return text == "true"
        case "number":
            return int(text.replace(",", ""))
        case "decimal":
            return float(text.replace("，", ".").replace(",", ".").replace("℃", "").strip())
        case "moment":
            found = datetime.fromisoformat(text)
            return (found if found.tzinfo else found.replace(tzinfo=zone)).isoformat()
        case "day":
            return datetime.fromisoformat(text).date().isoformat()
        case _:
            return text


def row_of(one: Field) -> str:
    """`readings[0]` of `readings[0].value`; "" for what stands in no row."""
    first, _, _ = one.name.partition(".")
    return first if "[" in first else ""


def rows_left_open(fields: Sequence[Field], filled: Filled) -> frozenset[str]:
    """Rows of which nothing was filled in, though their hidden parts came along: a reading nobody could
    take."""
    asked = [one for one in fields if row_of(one) and one.kind != "hidden"]
    filled_in = {row_of(one) for one in asked if filled.values.get(one.name)}
    return frozenset(row_of(one) for one in asked) - filled_in


def _place(raw: dict[str, Any], name: str, value: Any) -> None:
    """Put a value where its name says: `place.address`, `duties[0].unit`, `readings[0].value`."""
    first, _, rest = name.partition(".")
    first, row, _ = first.partition("[")
    if row:
        rows = raw.setdefault(first, [])
        if not rows or rows[-1].get("") != name.partition(".")[0]:
            rows.append({"": name.partition(".")[0]})
        rows[-1][rest] = value
    elif rest:
        _place(raw.setdefault(first, {}), rest, value)
    else:
        raw[first] = value


def _plain(raw: dict[str, Any]) -> dict[str, Any]:
    """Without the marks that told one row of a list from the next."""
    for value in raw.values():
        if isinstance(value, list):
            for row in value:
                if isinstance(row, dict):
                    row.pop("", None)
    return raw


def _told(page: Page, fields: Sequence[Field], error: Mapping[str, Any]) -> Fault:
    """A fault of the schema in plain words; beside the field if one of that name is asked."""
    path = ".".join(str(part) for part in error["loc"] if not isinstance(part, int))
    full = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])[1:]
    one = next((f for f in fields if f.name in (full, path) or path.startswith(f.name + ".")), None)
    about = error.get("ctx", {})
    match error["type"]:
        case "missing" | "string_too_short" | "string_pattern_mismatch":
            one = one or Field("", "没有填的那一项")
            says = page.say(one.ask, label=page.say(one.label))
        case "string_too_long":
            says = page.say("最多 {n} 个字", n=about.get("max_length"))
        case "too_long":
            says = page.say("最多 {n} 项", n=about.get("max_length"))
        case "less_than_equal" | "greater_than_equal":
            says = page.say("数字超出范围，最多 {n}", n=about.get("le", about.get("ge")))
        case _:
            says = page.say("这里填的看不懂")
    return Fault(one.name if one else "", one.id if one else "", says)


# ------------------------------------------------------------------ giving


def asking(page: Page, cases: Cases, actor: Actor, path: str, filled: Filled) -> Asking:
    """As if the form had come through the api at `path`: same key scope, same If-Match, same dry run."""
    engine: Engine = page.engine
    key = None if filled.preview else filled.key
    return Asking(engine, cases, actor, page.lang, path, filled.version, key, filled.preview)


def refused(page: Page, sheet: Sheet, error: Exception) -> Sheet:
    """The form again, with the refusal above it. Raises the error itself if it is none of ours."""
    if isinstance(error, Unreadable):
        return replace(sheet, faults=(*sheet.faults, *error.faults))
    told = problems.of(error, page.lang)
    if told is None or told["status"] in (401, 404):
        raise error
    return replace(sheet, refused={"what_would_help": "", **told})
