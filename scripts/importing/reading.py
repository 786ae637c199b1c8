"""Files of rows, row by row, without holding them in memory: CSV, JSON lines, Excel; plain or in gzip."""

import codecs
import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import orjson
import python_calamine

from scripts.exporting.spreadsheets import unguarded
from scripts.importing.mapping import BadImport

KINDS = (".csv", ".jsonl", ".xlsx")
LONGEST_CELL = 1_000_000
LONGEST_LINE = 8_000_000
SAMPLE = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One row as its file tells it. `line` counts from 1, the header included; of a record of several
    lines it is the first. `fault` says why it cannot be read as a row at all."""

    line: int
    cells: dict[str, Any]
    fault: str = ""


class Layout(Protocol):
    """What of a mapping concerns the file itself."""

    @property
    def encodings(self) -> tuple[str, ...]: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def columns(self) -> dict[str, tuple[str, ...]]: ...
    @property
    def required(self) -> tuple[str, ...]: ...


def rows(path: Path, mapping: Layout) -> Iterator[Row]:
    """The rows of a file, in order. BadImport if it is no such file, or lacks a required column."""
    kind = _kind(path)
    try:
        if kind == ".xlsx":
            yield from _sheet_rows(path, mapping)
            return
        with _open(path) as file:
            if kind == ".jsonl":
                yield from _json_rows(file)
            else:
                text = io.TextIOWrapper(file, _encoding(path, mapping), errors="surrogateescape", newline="")
                yield from _csv_rows(text, path, mapping)
    except (OSError, EOFError, zipfile.BadZipFile, python_calamine.CalamineError) as error:
        raise BadImport(f"{path}: {error}") from error


def _kind(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    kind = (
        suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else suffixes[-1] if suffixes else ""
    )
    if kind not in KINDS:
        raise BadImport(f"{path}: is none of {', '.join(KINDS)} (also with .gz)")
    return kind


def _open(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path, mapping: Layout) -> str:
    """The first of the mapping's encodings that can read the file's beginning."""
    with _open(path) as file:
        sample = file.read(SAMPLE)
    for encoding in mapping.encodings:
        try:
            codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError:
            continue
        return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
    return "utf-8-sig" if mapping.encodings[0].lower() in ("utf-8", "utf8") else mapping.encodings[0]


# ------------------------------------------------------------------ CSV


def _csv_rows(text: IO[str], path: Path, mapping: Layout) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(text, delimiter=mapping.delimiter)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise BadImport(f"{path}: the header cannot be read: {error}") from error
    _check_header(header, path, mapping)
    width = len(header)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Row(line, {}, str(error))
            continue
        if cells is None:
            return
        if len(cells) == width:
            plain = [unguarded(cell) if cell.startswith("'") else cell for cell in cells]
            yield Row(line, dict(zip(header, plain, strict=True)))
        elif cells:
            yield Row(line, {}, f"has {len(cells)} cells under a header of {width}")


def _check_header(header: list[str], path: Path, mapping: Layout) -> None:
    if not any(header):
        raise BadImport(f"{path}: has no header")
    if twice := {name for name in header if name and header.count(name) > 1}:
        raise BadImport(f"{path}: has the column {min(twice)!r} twice")
    for field in mapping.required:
        wanted = mapping.columns[field]
        if not set(wanted) & set(header):
            raise BadImport(f"{path}: has no column {' or '.join(map(repr, wanted))} (for {field})")


# ------------------------------------------------------------------ JSON lines


def _json_rows(file: IO[bytes]) -> Iterator[Row]:
    line = 0
    while content := file.readline(LONGEST_LINE):
        line += 1
        if len(content) == LONGEST_LINE and not content.endswith(b"\n"):
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield Row(line, {}, f"is longer than {LONGEST_LINE} bytes")
            continue
        if line == 1:
            content = content.removeprefix(codecs.BOM_UTF8)
        if not content.strip():
            continue
        try:
            cells = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            yield Row(line, {}, f"is no JSON: {error.msg}")
            continue
        yield Row(line, cells) if isinstance(cells, dict) else Row(line, {}, "is no JSON object")


# ------------------------------------------------------------------ Excel


def _sheet_rows(path: Path, mapping: Layout) -> Iterator[Row]:
    """The first sheet that is not empty. Excel's own dates and times arrive as such."""
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as file:
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
    else:
        book = python_calamine.CalamineWorkbook.from_path(path)
    with book:
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            start = sheet.start
            if start is None:
                continue
            found = enumerate(sheet.iter_rows(), 1)
            header: list[str] = []
            for _, cells in found:
                if any(cell != "" for cell in cells):
                    header = [str(cell).strip() for cell in cells]
                    break
            _check_header(header, path, mapping)
            for line, cells in found:
                if any(cell != "" for cell in cells):
                    named = zip(header, cells, strict=True)
                    yield Row(line, {name: cell for name, cell in named if name})
            return
    raise BadImport(f"{path}: has no header")
