"""Reading and translating rows: here, or for a long file in a process of its own while this one decides what
came before and commits it."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from operator import attrgetter
from pathlib import Path
from typing import Any

from domain.complaint.commands import HistoricRound, RecordHistory
from domain.messages import Clear
from scripts.importing.accounting import BadRow
from scripts.importing.mapping import BadImport, Mapping
from scripts.importing.reading import Row, rows
from scripts.importing.translating import Ticket, Translator

LONG = 5_000
"""Rows from which on a process of its own gains more than its start costs (half a second)."""
TOGETHER = 200

Told = tuple[Row, Ticket | BadRow]
"""A row, and what it says or why it cannot be taken."""
PlaceKey = Callable[[str], str]


def tickets(path: Path, mapping: Mapping, place_key: PlaceKey) -> Iterator[Told]:
    """The rows of a file, translated, in order. BadImport as `rows`."""
    translator = Translator(mapping, place_key)
    for row in rows(path, mapping):
        try:
            if row.fault:
                raise BadRow("", "row.unreadable", row.fault)
            yield row, translator.ticket(row.cells)
        except BadRow as bad:
            yield row, bad


def tickets_aside(path: Path, mapping: Mapping, place_key: PlaceKey, shown: frozenset[str]) -> Iterator[Told]:
    """The same from another process, which waits when it is a few hundred rows ahead. Rows come with the
    cells `shown` only. The process starts at once, and ends with this one, however that ends."""
    context = multiprocessing.get_context("spawn")  # a fork would share our open databases
    receiving, sending = context.Pipe(duplex=False)
    reader = context.Process(target=_tell, args=(sending, path, mapping, place_key, shown), daemon=True)
    reader.start()
    sending.close()
    return _received(receiving, reader, path)


def _received(receiving: Connection, reader: Any, path: Path) -> Iterator[Told]:
    try:
        while True:
            try:
                part = receiving.recv()
            except EOFError:
                raise BadImport(f"{path}: the process that read it has ended") from None
            if isinstance(part, str):
                raise BadImport(part)
            for row, ticket, bad in part:
                yield row, ticket if bad is None else BadRow(*bad)
            if not part:
                return
    finally:
        receiving.close()
        reader.terminate()
        reader.join()


def _by_its_fields(kind: type) -> None:
    """Let another process make it anew from its fields: a third of what unpickling a frozen one costs."""
    whole = attrgetter(*(field.name for field in fields(kind)))
    ForkingPickler.register(kind, lambda value: (kind, whole(value)))


def _tell(
    sending: Connection, path: Path, mapping: Mapping, place_key: PlaceKey, shown: frozenset[str]
) -> None:
    for kind in (Row, Ticket, RecordHistory, HistoricRound, Clear):
        _by_its_fields(kind)
    part: list[tuple[Row, Ticket | None, tuple[str, str, str] | None]] = []
    with suppress(BrokenPipeError, KeyboardInterrupt), sending:  # whoever asked has gone: so do we
        try:
            for row, told in tickets(path, mapping, place_key):
                kept = Row(row.line, {name: cell for name, cell in row.cells.items() if name in shown})
                if isinstance(told, BadRow):
                    part.append((kept, None, (told.field, told.rule, str(told))))
                else:
                    part.append((kept, told, None))
                if len(part) == TOGETHER:
                    sending.send(part)
                    part = []
        except BadImport as error:
            sending.send(str(error))
            return
        if part:
            sending.send(part)
        sending.send([])
