"""Every row of a file is accounted for: a summary, and a side file of the rows that could not be taken."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from scripts.importing.reading import Row

Progress = Callable[[int, int | None], None]
"""(rows done, of)."""


class BadRow(Exception):
    """The row cannot be taken. `field` is ours, `rule` is stable, the text says what is wrong with it."""

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.rule = rule


@dataclass(slots=True)
class Summary:
    """What became of the rows. `read` = imported + rejected + already; `mended` counts, by rule, the rows
    of which something was corrected as the rule says; `rejected_file` is None where none was rejected."""

    read: int = 0
    imported: int = 0
    rejected: int = 0
    already: int = 0
    mended: dict[str, int] = field(default_factory=dict)
    rejected_file: str | None = None
    seconds: float = 0.0
    per_second: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Rejected:
    """The side file: one line of JSON per row, readable by its owner only, named when it is complete. Only
    the columns `shown` are repeated in it: it is not sealed."""

    def __init__(self, target: Path, shown: frozenset[str]) -> None:
        self.target = target
        self.draft = target.with_name(target.name + ".part")
        self.shown = shown
        self.file: IO[bytes] | None = None

    def add(self, row: Row, field: str, rule: str, reason: str) -> None:
        if self.file is None:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            self.file = os.fdopen(handle, "wb")
        cells = {name: _plain(cell) for name, cell in row.cells.items() if name in self.shown}
        entry = {"line": row.line, "field": field, "rule": rule, "reason": reason, "row": cells}
        self.file.write(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> str | None:
        """The file's name; None, and no file of an earlier run either, where no row was rejected."""
        if self.file is None:
            self.target.unlink(missing_ok=True)
            return None
        self.file.close()
        self.draft.replace(self.target)
        return str(self.target)


def _plain(cell: Any) -> Any:
    if isinstance(cell, int) and not -(2**63) <= cell < 2**64:
        return str(cell)
    text = cell if isinstance(cell, (int, float, bool)) or cell is None else str(cell)
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else text
