"""`huisheng import households`: a register of households becomes households, dwellings and tenancies.

A row is a household: entered where it is not there yet, with the dwelling of its address and the tenancy that
joins them. Running it again records nothing twice; another number of people or another kind is recorded as
such, another address or grid is rejected: that is a move, which somebody has to say.
"""

import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from api.households.homes import home_at
from domain.households import commands as c
from domain.households import orders
from domain.households.rules import stream_of
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Order, Pending
from engine.engine import Engine
from engine.vault import Vault
from scripts.importing.accounting import BadRow, Progress, Rejected, Summary
from scripts.importing.foundations import grid_steps
from scripts.importing.household_rows import SHOWN, Entry, HouseholdMapping, Reader
from scripts.importing.reading import Row, rows
from scripts.importing.translating import Named
from scripts.setting_up import OPERATOR

WINDOW = 4_000
FIELD_OF = {"household.state": "id", "grid.unknown": "grid"}
"""The field to look at where the rule itself does not say it."""


def run(
    engine: Engine,
    file: Path | str,
    mapping: HouseholdMapping | None = None,
    *,
    dry_run: bool = False,
    progress: Progress = lambda done, of: None,
    rejected_file: Path | None = None,
) -> Summary:
    """Import a register (.csv, .jsonl, .xlsx, each also .gz). `progress(done, None)` counts rows.

    Rejected rows go to `rejected_file` (default: `imports/` in the data directory). Raises BadImport if the
    file cannot be used at all, StoreUnavailable if the store stops working.
    """
    path = Path(file)
    target = rejected_file or engine.data_dir / "imports" / f"{path.name}.rejected.jsonl"
    return _Import(engine, path, mapping or HouseholdMapping(), dry_run, progress, target).run()


def entered(vault: Vault, entry: Entry, source: str) -> tuple[Step, ...]:
    """The steps of one household."""
    home = home_at(
        vault,
        entry.id,
        entry.grid,
        entry.compound,
        entry.address,
        tenure=entry.tenure,
        since=entry.since,
    )
    told = c.TakeOver(
        entry.grid,
        source,
        entry.compound,
        entry.people,
        entry.kind,
        entry.name,
        entry.phone,
        home.dwelling if home else "",
        home.tenancy if home else "",
    )
    return orders.enter(stream_of(entry.id), told, home)


class _Import:
    def __init__(
        self,
        engine: Engine,
        path: Path,
        mapping: HouseholdMapping,
        dry_run: bool,
        progress: Progress,
        target: Path,
    ) -> None:
        self.desk, self.vault, self.path, self.mapping = engine.desk, engine.vault, path, mapping
        self.dry_run, self.progress = dry_run, progress
        self.reader = Reader(mapping, engine.desk.stage().organisation.zone, path)
        shown = frozenset(column for name in SHOWN for column in mapping.columns[name])
        self.rejected = Rejected(target, shown)
        self.summary = Summary()
        self.tried: set[str] = set()
        """Households a dry run has told already."""
        self.waiting: deque[tuple[Row, Pending | BadRow]] = deque()

    def run(self) -> Summary:
        started = time.monotonic()
        missing = self._missing()
        if missing and not self.dry_run:
            self.desk.do(Order(tuple(missing.values()), OPERATOR))
        for row in rows(self.path, self.mapping):
            self._take(row, tuple(missing.values()))
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

    def _missing(self) -> Mapping[str, Step]:
        """What makes the places known that the rows name and nobody established."""
        known = self.desk.stage().organisation
        named = {
            told
            for row in rows(self.path, self.mapping)
            if not row.fault and (told := self.reader.place(row.cells)) is not None
        }
        unknown = [Named("grid", path, name) for path, name in sorted(named) if known.grid(path) is None]
        steps = grid_steps(self.mapping, known, unknown)
        return {step.command.path: step for step in steps}

    def _take(self, row: Row, missing: tuple[Step, ...]) -> None:
        self.summary.read += 1
        if self.summary.read % 500 == 0:
            self.progress(self.summary.read - len(self.waiting), None)
        try:
            if row.fault:
                raise BadRow("", "row.unreadable", row.fault)
            entry = self.reader.read(row.cells)
        except BadRow as bad:
            self.waiting.append((row, bad))  # rejected when its turn comes, in the order of the file
            return
        steps = entered(self.vault, entry, self.mapping.source)
        if self.dry_run and entry.id in self.tried:
            steps = ()
        before = missing if self.dry_run else ()
        self.tried.add(entry.id) if self.dry_run else None
        order = Order((*before, *steps) if steps else (), OPERATOR, dry_run=self.dry_run)
        self.waiting.append((row, self.desk.submit(order)))

    def _settle(self) -> None:
        """Wait for the oldest order, and note what became of it."""
        row, answer = self.waiting.popleft()
        try:
            if isinstance(answer, BadRow):
                raise answer
            lines = answer.result().lines
        except BadRow as bad:
            self._reject(row, bad.field, bad.rule, str(bad))
        except Refused as no:
            where = str(no.facts.get("field") or FIELD_OF.get(no.rule, ""))
            self._reject(row, where, no.rule, no.detail)
        except ValueError as no:
            self._reject(row, "", getattr(no, "code", "row.refused"), str(no))
        else:
            if any(line.stream != "organisation" for line in lines):
                self.summary.imported += 1
            else:
                self.summary.already += 1

    def _reject(self, row: Row, field: str, rule: str, reason: str) -> None:
        self.summary.rejected += 1
        self.rejected.add(row, field, rule, reason)
