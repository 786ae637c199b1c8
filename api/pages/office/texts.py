"""A rule book as text: TOML or JSON read into plain values, a fault told by its line; and written out again,
so that a new version begins with the words of the old one."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from api.bodies import read_json
from api.problems import Problem

MOST = 400_000
"""Characters of a book at most."""


class BadText(ValueError):
    """No TOML and no JSON: `line` counts from 1, 0 where it is not known."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def content_of(text: str) -> dict[str, Any]:
    """The table the text says. BadText."""
    if len(text) > MOST:
        raise BadText(0, f"> {MOST}")
    if text.lstrip().startswith("{"):
        return from_json(text)
    try:
        return {key: plain(value) for key, value in tomllib.loads(text).items()}
    except tomllib.TOMLDecodeError as no:
        found = re.search(r"line (\d+)", str(no))
        raise BadText(int(found[1]) if found else len(text.splitlines()), str(no)) from no


def from_json(text: str) -> dict[str, Any]:
    try:
        json.loads(text)
        found = read_json(text.encode())
    except json.JSONDecodeError as no:
        raise BadText(no.lineno, no.msg) from no
    except (Problem, ValueError, RecursionError) as no:
        raise BadText(0, str(no)) from no
    if not isinstance(found, dict):
        raise BadText(1, "{ … }")
    return found


def plain(value: Any) -> Any:
    """TOML knows days and times; a book holds them as text."""
    match value:
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case list():
            return [plain(each) for each in value]
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


# ------------------------------------------------------------------ where a field stands


def line_of(text: str, field: str) -> int:
    """The line a field stands in (`lines[3].amount`); 0 where that cannot be told. A whole entry stands where
    it begins."""
    steps = re.findall(r"([^.\[\]]+)(?:\[(\d+)\])?", field)
    if not steps:
        return 0
    if text.lstrip().startswith("{"):
        return in_json(text, steps)
    table, key = steps[0][0], steps[-1][0]
    wanted, seen, start = int(steps[0][1] or 0), -1, 0
    for n, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if head and head[1] == table:
            seen += 1
            if seen == wanted:
                start = n
        elif head and start and not head[1].startswith(f"{table}."):
            break
        inside = seen == wanted or (len(steps) == 1 and seen < 0)
        if inside and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
            return n
    return start


def in_json(text: str, steps: list[tuple[str, str]]) -> int:
    """The n-th time the last key stands in the text, as an entry of the list says it once each."""
    key, count = steps[-1][0], int(steps[0][1] or 0) + 1
    found = [n for n, line in enumerate(text.splitlines(), 1) if f'"{key}"' in line]
    return found[count - 1] if len(found) >= count else 0


# ------------------------------------------------------------------ written out


def toml(content: Mapping[str, Any]) -> str:
    """The content as TOML; read again, it is the same."""
    return "\n".join(written(content)).strip() + "\n"


def written(content: Mapping[str, Any]) -> Iterator[str]:
    tables = {key: value for key, value in content.items() if isinstance(value, Mapping)}
    lists = {key: value for key, value in content.items() if of_tables(value)}
    for key, value in content.items():
        if key not in tables and key not in lists:
            yield f"{bare(key)} = {inline(value)}"
    for key, table in tables.items():
        yield from ("", f"[{bare(key)}]")
        nested = {name: value for name, value in table.items() if isinstance(value, Mapping)}
        yield from (f"{bare(name)} = {inline(value)}" for name, value in table.items() if name not in nested)
        for name, inner in nested.items():
            yield from ("", f"[{bare(key)}.{bare(name)}]")
            yield from (f"{bare(each)} = {inline(value)}" for each, value in inner.items())
    for key, entries in lists.items():
        for entry in entries:
            yield from ("", f"[[{bare(key)}]]")
            yield from (f"{bare(name)} = {inline(value)}" for name, value in entry.items())


def of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def bare(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def inline(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list():
            return f"[{', '.join(inline(each) for each in value)}]"
        case Mapping():
            pairs = ", ".join(f"{bare(str(key))} = {inline(each)}" for key, each in value.items())
            return f"{{ {pairs} }}"
        case _:
            return json.dumps(str(value), ensure_ascii=False)
