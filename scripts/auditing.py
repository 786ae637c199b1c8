"""What `huisheng audit verify` does: the rows by their hashes, then keys, points and views by the rows."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import StoreUnavailable
from engine.ledgerbook.checking import check
from engine.ledgerbook.findings import Finding, Report
from engine.ledgerbook.sealing import check_keys
from engine.ledgerbook.trail import Trail
from engine.read import Filter, one
from scripts import checking_points
from scripts.commands_rebuilding import worth
from scripts.opening import existing
from scripts.terminal import Format, progress_bar

NOT = "not compared"


class Verification:
    """One run over one store; `trouble` is the first thing wrong, in plain words."""

    def __init__(self, trail: Trail, data: Path, database: str | None, form: Format) -> None:
        self._trail = trail
        self._data = data
        self._database = database
        self._form = form
        self.report = Report()
        self.trouble = ""
        self.keys = self.ledger = self.views = NOT
        self.seconds = 0.0

    def rows(self, against: str) -> None:
        """Every row, tile and checkpoint. NoteRefused for what is no checkpoint of this log."""
        began = time.perf_counter()
        trail = self._trail
        with progress_bar("hashing again", self._form) as move:
            self.report = check(trail.log, trail.book, trail.keys, against, move)
        self.seconds = time.perf_counter() - began

    def rest(self, largest: int | None) -> None:
        """What is derived from the rows. `largest`: facts up to which the views are compared, None for any.

        Where rows were altered nothing derived from them can be judged.
        """
        first = self.report.first
        if first is not None:
            self.trouble = f"{first.message}{self._whose(first)}"
            return
        with existing(self._data, self._database) as engine:
            self._keys(engine)
            self._ledger(engine)
            if largest is None or self.report.events <= largest:
                self._views(engine)

    def _keys(self, engine: Any) -> None:
        with progress_bar("opening one value of every key", self._form) as move:
            found = check_keys(engine.log, engine.vault, move)
        self.keys = "good"
        if found:
            self.keys = f"{len(found)} do not fit"
            self.report.findings += found
            self._first(f"{found[0].message}{self._whose(found[0])}")

    def _ledger(self, engine: Any) -> None:
        with progress_bar("adding up the points", self._form) as move:
            found = checking_points.ledger(engine, move)
        self.ledger = "adds up"
        if not found["ok"]:
            finding = found["findings"][0]
            self.ledger = "does not add up"
            told = f"the ledger of points: {finding.get('message') or finding}"
            self.report.add(Finding("audit.ledger", told))
            self._first(told)

    def _views(self, engine: Any) -> None:
        from engine import rebuild

        engine.catch_up()
        with progress_bar("comparing the views with a rebuild", self._form) as move:
            try:
                jobs = worth(self.report.events)
                found = rebuild.rebuild(engine, jobs=jobs, verify=True, progress=move).difference
            except rebuild.RebuildUnderway:
                self.views = f"{NOT}: another process is rebuilding them"
                return
        self.views = "as rebuilt"
        if found is not None:
            self.views = "different"
            told = f"the views differ from the log: {found}"
            self.report.add(Finding("audit.view", told))
            self._first(told)

    def _first(self, trouble: str) -> None:
        self.trouble = self.trouble or trouble

    def _whose(self, finding: Finding) -> str:
        """The case's number or the account, as people say it."""
        if finding.stream.startswith("acct-"):
            return f" [account {finding.stream}]"
        if not finding.stream.startswith("c-"):
            return ""
        try:
            with existing(self._data, self._database) as engine, engine.views.read() as reading:
                case = one(reading, "cases", [Filter("id", "=", finding.stream)])
        except (StoreUnavailable, ValueError):  # the store is altered: whatever can be told is told
            return ""
        return f" [case {case['number']}]" if case is not None and case["number"] else ""

    def answer(self) -> dict[str, Any]:
        report = self.report
        first = report.first
        return {
            "ok": not self.trouble,
            "events": report.events,
            "hashed": report.size,
            "not_yet_hashed": report.unhashed,
            "checkpoints": report.checkpoints,
            "signed": report.signed,
            "seconds": round(self.seconds, 3),
            "events_per_second": round(report.events / self.seconds) if self.seconds else 0,
            "keys": self.keys,
            "ledger": self.ledger,
            "views": self.views,
            "first": None if first is None else asdict(first),
            "findings": [asdict(each) for each in report.findings]
            if self._form is Format.json
            else len(report.findings) + report.more,
        }
