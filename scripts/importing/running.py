"""`huisheng import complaints`: a file of another office's tickets becomes facts with their own times.

Two passes: the first reads what the rows name, so that grids, units and categories exist in one step; the
second records the tickets, one order each, with thousands on their way at once so that the desk commits them
in large groups. A long file is read by a process of its own meanwhile (aside.py). Nothing but the log knows
how far an import came: running it again records what is missing.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from domain.complaint.commands import Adopt, RecordHistory
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Desk, Order, Pending
from engine.engine import Engine
from engine.rebuild import RebuildUnderway, rebuild
from scripts.importing.accounting import BadRow, Progress, Rejected, Summary
from scripts.importing.aside import LONG, Told, tickets, tickets_aside
from scripts.importing.foundations import establish
from scripts.importing.mapping import Mapping
from scripts.importing.reading import Row, rows
from scripts.importing.translating import Named, Ticket, Translator
from scripts.setting_up import OPERATOR

WINDOW = 4_000
"""Orders on their way at once (about 2 kB each): enough to fill the desk's groups, well below its limit."""
REMEMBERED = 10_000
"""Tickets whose earlier rounds a dry run remembers: the rounds of one ticket stand near each other."""
NAMING = ("category", "grid", "lead", "assisting")
"""Fields that name something which has to exist."""
FAR = 50_000
"""Facts from which on views that lack most of them are rebuilt rather than brought forward: twice as fast."""
FIELD_OF = {"history.round-missing": "round", "history.round-over": "round"}
"""The field to look at where the rule itself says it."""
PERSONAL = frozenset({"text", "address", "lat", "long"})
"""Fields whose cells are left out of the file of rejected rows: that file is not sealed."""


def run(
    engine: Engine,
    file: Path | str,
    mapping: Mapping,
    *,
    dry_run: bool = False,
    adopt_open: bool = False,
    progress: Progress = lambda done, of: None,
    rejected_file: Path | None = None,
) -> Summary:
    """Import a file of tickets (.csv, .jsonl, .xlsx, each also .gz). `progress(done, of)` counts rows.

    Running it again, after whatever stopped it, imports nothing twice. `adopt_open` hands tickets that are
    still open to the policies and the watch. With `dry_run` nothing is recorded, and the summary says what
    would be. Rejected rows go to `rejected_file` (default: `imports/` in the data directory).

    Raises BadImport if the file cannot be used at all, StoreUnavailable if the store stops working.
    """
    path = Path(file)
    target = rejected_file or engine.data_dir / "imports" / f"{path.name}.rejected.jsonl"
    return _Import(engine, path, mapping, dry_run, adopt_open, progress, target).run()


def follow(engine: Engine, progress: Progress = lambda done, of: None) -> int:
    """Bring views and search index up to what was imported, or wait until the process that leads has done so.
    Returns how many positions the views still lack: not 0 only where that process does not go on."""
    try:
        position, head = engine.views.position(), engine.log.head()
        if head - position > max(FAR, position):
            with suppress(RebuildUnderway):
                rebuild(engine, jobs=2, swap=True, progress=progress)
        engine.catch_up(progress=progress)
    except TimeoutError:
        return max(0, engine.log.head() - engine.views.position())
    return 0


class _Import:
    def __init__(
        self,
        engine: Engine,
        path: Path,
        mapping: Mapping,
        dry_run: bool,
        adopt_open: bool,
        progress: Progress,
        target: Path,
    ) -> None:
        self.desk: Desk = engine.desk
        self.path, self.mapping = path, mapping
        self.dry_run, self.adopt_open, self.progress = dry_run, adopt_open, progress
        self.place_key = engine.vault.places
        shown = {c for name, columns in mapping.columns.items() if name not in PERSONAL for c in columns}
        hidden = {c for name in PERSONAL for c in mapping.columns.get(name, ())}
        self.shown = frozenset(shown - hidden)
        self.rejected = Rejected(target, self.shown)
        self.summary = Summary()
        self.waiting: deque[tuple[Row, Ticket | None, Pending | BadRow]] = deque()
        self.tried: OrderedDict[str, tuple[tuple[Step, ...], int]] = OrderedDict()
        self.total = 0

    def run(self) -> Summary:
        started = time.monotonic()
        named = self._survey()
        if not self.dry_run:
            establish(self.desk, self.mapping, named)
        for row, told in self._told():
            self._take(row, told)
            while len(self.waiting) >= (1 if self.dry_run else WINDOW):
                self._settle()
        while self.waiting:
            self._settle()
        summary = self.summary
        self.progress(summary.read, summary.read)
        summary.rejected_file = self.rejected.close()
        summary.seconds = round(time.monotonic() - started, 3)
        summary.per_second = round(summary.read / summary.seconds, 1) if summary.seconds else 0.0
        return summary

    def _told(self) -> Iterator[Told]:
        if self.total < LONG or self.dry_run:
            return tickets(self.path, self.mapping, self.place_key)
        return tickets_aside(self.path, self.mapping, self.place_key, self.shown)

    def _survey(self) -> set[Named]:
        named: set[Named] = set()
        translator = Translator(self.mapping, self.place_key)
        columns = [c for field in NAMING for c in self.mapping.columns.get(field, ())]
        seen: set[tuple[Any, ...]] = set()
        for row in rows(self.path, self.mapping):
            self.total += 1
            if row.fault:
                continue
            cells = tuple([repr(row.cells.get(column)) for column in columns])
            if cells not in seen:  # few combinations, many rows
                seen.add(cells)
                named.update(translator.named(row.cells))
        return named

    # ------------------------------------------------------------------ one row

    def _take(self, row: Row, told: Ticket | BadRow) -> None:
        self.summary.read += 1
        if self.summary.read % 500 == 0:
            self.progress(self.summary.read - len(self.waiting), self.total)
        if isinstance(told, BadRow):
            self.waiting.append((row, None, told))  # rejected when its turn comes, in the order of the file
        elif self.dry_run:
            self._try(row, told)
        else:
            order = Order(self._steps(told), OPERATOR)
            self.waiting.append((row, told, self.desk.submit(order)))

    def _steps(self, ticket: Ticket) -> tuple[Step, ...]:
        history = Step("complaint", ticket.stream, ticket.command)
        if self.adopt_open and ticket.open:
            return (history, Step("complaint", ticket.stream, Adopt()))
        return (history,)

    def _settle(self) -> None:
        """Wait for the oldest order, and note what became of it."""
        row, ticket, answer = self.waiting.popleft()
        if isinstance(answer, BadRow):
            self._reject(row, answer.field, answer.rule, str(answer))
            return
        assert ticket is not None
        try:
            receipt = answer.result()
        except (Refused, ValueError) as no:
            self._refused(row, no)
        else:
            self._note(ticket.command, len(receipt.lines))

    def _try(self, row: Row, ticket: Ticket) -> None:
        """A dry run records nothing, so a later round is tried together with the rounds before it."""
        before, known = self.tried.pop(ticket.stream, ((), 0))
        steps = (*before, *self._steps(ticket))
        try:
            lines = len(self.desk.do(Order(steps, OPERATOR, dry_run=True)).lines)
        except (Refused, ValueError) as no:
            self.tried[ticket.stream] = before, known
            self._refused(row, no)
            return
        self._note(ticket.command, lines - known)
        self.tried[ticket.stream] = steps, lines
        if len(self.tried) > REMEMBERED:
            self.tried.popitem(last=False)

    def _note(self, command: RecordHistory, facts: int) -> None:
        if facts == 0:
            self.summary.already += 1
        else:
            self.summary.imported += 1
            for rule in command.mended:
                self.summary.mended[rule] = self.summary.mended.get(rule, 0) + 1

    def _refused(self, row: Row, no: Exception) -> None:
        if isinstance(no, Refused):
            self._reject(row, str(no.facts.get("field") or FIELD_OF.get(no.rule, "")), no.rule, no.detail)
        else:
            self._reject(row, "", getattr(no, "code", "row.refused"), str(no))

    def _reject(self, row: Row, field: str, rule: str, reason: str) -> None:
        self.summary.rejected += 1
        self.rejected.add(row, field, rule, reason)
