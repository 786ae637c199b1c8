"""Whether the key store still belongs to the log: every subject's first sealed value is opened, none is told.

A key that was changed, swapped or taken away without an erasure on record shows; what was sealed stays
unread.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from domain.messages import Sealed
from engine.codec import decode_fact
from engine.errors import UnknownFact
from engine.forgetting import ERASURES, subjects_of
from engine.keys import KeyStoreUnusable
from engine.ledgerbook.findings import Finding
from engine.log import Log, Row
from engine.vault import Tampered, Vault

BATCH = 10_000
SUBJECT = re.compile(rb'"subject":"([^"\\]{1,100})","box":"[^"]')

Progress = Callable[[int, int], None]


def check_keys(log: Log, vault: Vault, progress: Progress = lambda done, of: None) -> list[Finding]:
    """One finding for each subject whose values can no longer be opened, though nobody erased it; the first
    event of each is named."""
    head, after = log.head(), 0
    seen: set[bytes] = set()
    erased = {subject for row in _named(log, ERASURES) for subject in subjects_of(row[1])}
    found: list[Finding] = []
    while rows := log.rows(after, BATCH, head):
        after = rows[-1][0]
        for row in rows:
            new = {subject for subject in SUBJECT.findall(row[5]) if subject not in seen}
            if new:
                found += _opened(row, new, vault, erased)
                seen |= new
        progress(after, head)
    return found


def _named(log: Log, names: tuple[str, ...]) -> Iterator[Row]:
    after = 0
    while rows := log.rows(after, BATCH, None, names):
        yield from rows
        after = rows[-1][0]


def _opened(row: Row, subjects: set[bytes], vault: Vault, erased: set[str]) -> Iterator[Finding]:
    position, stream, version, name, _, body = row
    try:
        fact = decode_fact(name, body)
    except (UnknownFact, ValueError):
        return  # the hashes tell whether the row was altered
    waiting = {subject.decode() for subject in subjects}
    for path, sealed in sealed_in(fact):
        if sealed.subject not in waiting or not sealed.box:
            continue
        waiting.discard(sealed.subject)
        trouble = ""
        try:
            told = vault.open_sealed(sealed, stream=stream, version=version, name=name, field=path)
            if told is None and sealed.subject not in erased:
                trouble = "is gone, and no erasure is on record"
        except (Tampered, KeyStoreUnusable):
            trouble = "no longer opens what was sealed with it"
        if trouble:
            message = f"the key of {sealed.subject} {trouble}; first used at position {position} ({name})"
            yield Finding("audit.key", message, position, stream)


def sealed_in(value: Any, path: str = "") -> Iterator[tuple[str, Sealed]]:
    """Every sealed value inside a fact, with the path it is bound to: `duties.0.task`."""
    if isinstance(value, Sealed):
        yield path, value
    elif isinstance(value, tuple):
        for n, item in enumerate(value):
            yield from sealed_in(item, f"{path}.{n}" if path else str(n))
    elif is_dataclass(value):
        for each in fields(value):
            yield from sealed_in(getattr(value, each.name), f"{path}.{each.name}" if path else each.name)
