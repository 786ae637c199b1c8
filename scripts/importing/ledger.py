"""`huisheng import ledger`: the balances another ledger ended with become accounts and opening entries.

A row is an account: opened where it is not there yet, and credited once from the counter-account `opening`
with the cause `import:<source>`. Running it again records nothing twice; a balance, kind or place that
contradicts what is recorded is rejected with both values.
"""

import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from domain.bounds import NAME
from domain.points import account as accounts
from domain.points.account.commands import CarryOver, Open
from domain.refusals import Refused
from domain.rule_books.tariffs import MOST
from domain.steps import Step
from engine.desk import Order, Pending
from engine.engine import Engine
from scripts.importing.accounting import BadRow, Progress, Rejected, Summary
from scripts.importing.moments import NoMoment, read_moment
from scripts.importing.reading import Row, rows
from scripts.setting_up import OPERATOR

COLUMNS: dict[str, tuple[str, ...]] = {
    "account": ("account", "账户", "积分账户"),
    "holder": ("holder", "持有人", "户主"),
    "kind": ("kind", "类别", "账户类别"),
    "place": ("place", "grid", "网格", "所属网格"),
    "balance": ("balance", "余额", "积分余额"),
    "as_of": ("as_of", "截止日期", "日期"),
    "source": ("source", "来源"),
}
"""Our field = their column, or several: the first that is filled."""
MOMENTS = ("iso", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "excel")
SHOWN = ("kind", "place", "balance", "as_of", "source")
"""Fields that may stand in the file of rejected rows; who the holder is may not."""
KIND = "resident"
WINDOW = 1_000
EXACT = 10**15
HOLDER = re.compile(r"[\w.-]{1,100}")
"""An id as HTTP takes it: no mark in it can be read as a part or an entry of an account."""


@dataclass(frozen=True, slots=True)
class Layout:
    encodings: tuple[str, ...] = ("utf-8", "gb18030")
    delimiter: str = ","
    columns: dict[str, tuple[str, ...]] = field(default_factory=lambda: COLUMNS)
    required: tuple[str, ...] = ("balance",)


class Opening(NamedTuple):
    """A row that can be read. `kind` and `place` are "" where it says nothing of them."""

    holder: str
    kind: str
    place: str
    points: int
    as_of: date
    source: str

    @property
    def stream(self) -> str:
        return accounts.account_of(self.holder)


def run(
    engine: Engine,
    file: Path | str,
    *,
    source: str = "",
    as_of: date | None = None,
    dry_run: bool = False,
    progress: Progress = lambda done, of: None,
    rejected_file: Path | None = None,
) -> Summary:
    """Import a file of balances (.csv, .jsonl, .xlsx, each also .gz). `source` and `as_of` stand in for empty
    cells. `progress(done, None)` counts rows.

    Rejected rows go to `rejected_file` (default: `imports/` in the data directory). Raises BadImport if the
    file cannot be used at all, StoreUnavailable if the store stops working.
    """
    path = Path(file)
    target = rejected_file or engine.data_dir / "imports" / f"{path.name}.rejected.jsonl"
    return _Import(engine, path, source, as_of, dry_run, progress, target).run()


class _Import:
    def __init__(
        self,
        engine: Engine,
        path: Path,
        source: str,
        as_of: date | None,
        dry_run: bool,
        progress: Progress,
        target: Path,
    ) -> None:
        self.desk, self.path, self.dry_run, self.progress = engine.desk, path, dry_run, progress
        self.today = engine.desk.stage().organisation.local_date(engine.clock())
        self.zone = engine.desk.stage().organisation.zone
        self.reader = Reader(self.zone, path, source, as_of, self.today)
        shown = frozenset(column for name in SHOWN for column in COLUMNS[name])
        self.rejected = Rejected(target, shown)
        self.summary = Summary()
        self.told: dict[tuple[str, str], int] = {}
        self.waiting: deque[tuple[Row, Pending]] = deque()
        self.under_way: set[str] = set()

    def run(self) -> Summary:
        started = time.monotonic()
        for row in rows(self.path, Layout()):
            self.summary.read += 1
            if self.summary.read % 500 == 0:
                self.progress(self.summary.read, None)
            try:
                self._take(row)
            except BadRow as bad:
                self._reject(row, bad.field, bad.rule, str(bad))
            except (Refused, ValueError) as no:
                self._refused(row, no)
            while len(self.waiting) >= WINDOW:
                self._settle()
        self._settle_all()
        summary = self.summary
        self.progress(summary.read, summary.read)
        summary.rejected_file = self.rejected.close()
        summary.seconds = round(time.monotonic() - started, 3)
        summary.per_second = round(summary.read / summary.seconds, 1) if summary.seconds else 0.0
        return summary

    def _take(self, row: Row) -> None:
        if row.fault:
            raise BadRow("", "row.unreadable", row.fault)
        told = self.reader.read(row.cells)
        if told.stream in self.under_way:
            self._settle_all()
        state = self.desk.state("account", told.stream)[0]
        steps = tuple(self._steps(told, state))
        self.told[told.stream, told.source] = told.points
        if not steps:
            self.summary.already += 1
        elif self.dry_run:
            self.desk.do(self._order(told, state, steps, dry_run=True))
            self.summary.imported += 1
        else:
            self.waiting.append((row, self.desk.submit(self._order(told, state, steps))))
            self.under_way.add(told.stream)

    def _steps(self, told: Opening, state: accounts.State) -> Iterator[Step]:
        """What is missing. BadRow where the row contradicts what is recorded, or an earlier row."""
        earlier = self.told.get((told.stream, told.source))
        if earlier is not None:
            agree("balance", earlier, told.points)
        if self.dry_run and earlier is not None:
            return  # the row before it would have opened the account
        if isinstance(state, accounts.Unopened):
            if not told.place:
                raise BadRow("place", "value.missing", "is empty, and the account is new")
            yield Step("account", told.stream, Open(told.holder, told.kind or KIND, told.place))
        else:
            agree("kind", state.kind, told.kind or state.kind)
            agree("place", state.place, told.place or state.place)
            for entry in state.paid_for(f"import:{told.source}"):
                agree("balance", entry.points, told.points)
                agree("as_of", entry.occurred_on, told.as_of)
                return
        if told.points:
            yield Step("account", told.stream, CarryOver(told.points, told.source, told.as_of))

    def _order(
        self, told: Opening, state: accounts.State, steps: tuple[Step, ...], *, dry_run: bool = False
    ) -> Order:
        """An account is opened at the end of its old life, so that deeds done since then can be claimed."""
        at = datetime.combine(told.as_of, clock_time(), self.zone)
        if isinstance(state, accounts.Open):
            at = max(at, state.opened_at)
        return Order(steps, OPERATOR, occurred_at=at, dry_run=dry_run)

    # ------------------------------------------------------------------ what became of it

    def _settle_all(self) -> None:
        while self.waiting:
            self._settle()

    def _settle(self) -> None:
        """Wait for the oldest order, and note what became of it."""
        row, answer = self.waiting.popleft()
        if not self.waiting:
            self.under_way.clear()
        try:
            answer.result()
        except (Refused, ValueError) as no:
            self._refused(row, no)
        else:
            self.summary.imported += 1

    def _refused(self, row: Row, no: Exception) -> None:
        if isinstance(no, Refused):
            where = "place" if no.rule == "grid.unknown" else str(no.facts.get("field") or "")
            self._reject(row, where, no.rule, no.detail)
        else:
            self._reject(row, "holder", "value.unknown", str(no))

    def _reject(self, row: Row, field: str, rule: str, reason: str) -> None:
        self.summary.rejected += 1
        self.rejected.add(row, field, rule, reason)


def agree(field: str, recorded: object, told: object) -> None:
    """BadRow with both values where they differ."""
    if recorded != told:
        raise BadRow(field, "ledger.contradicts", f"{recorded} is recorded, the file says {told}")


# ------------------------------------------------------------------ one row


class Reader:
    """Reads rows. `source` and `as_of` stand in for empty cells; no balance is of a day after `today`."""

    def __init__(self, zone: ZoneInfo, path: Path, source: str, as_of: date | None, today: date) -> None:
        self.zone, self.source, self.as_of, self.today = zone, source, as_of, today
        self.sheet = ".xlsx" in [suffix.lower() for suffix in path.suffixes]

    def read(self, cells: dict[str, Any]) -> Opening:
        """BadRow names the field that keeps it from being one."""
        source = self._text("source", cells) or self.source
        if not source:
            raise BadRow("source", "value.missing", "is empty: which ledger told it?")
        kind = self._text("kind", cells)
        if kind and kind not in accounts.KINDS:
            raise BadRow("kind", "value.unknown", f"{kind!r} is none of {', '.join(accounts.KINDS)}")
        place, points = self._text("place", cells), self._points(first("balance", cells))
        return Opening(self._holder(cells), kind, place, points, self._day(cells), source)

    def _text(self, field: str, cells: dict[str, Any]) -> str:
        value = first(field, cells)
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer() and self.sheet:
            if value >= EXACT:
                raise BadRow(field, "number.rounded", f"{value:.0f} was kept as a rounded number")
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise BadRow(field, "value.unknown", "is neither text nor a whole number")
        text = str(value)
        if len(text) > NAME:
            raise BadRow(field, "text.length", f"has {len(text)} characters; at most {NAME} are kept")
        if not text.isprintable():
            raise BadRow(field, "text.encoding", "holds characters that cannot be printed")
        return text

    def _holder(self, cells: dict[str, Any]) -> str:
        """Of the account, where it is called as ours are; else of the column."""
        account, holder = self._text("account", cells), self._text("holder", cells)
        prefix = accounts.account_of("")
        if account.startswith(prefix) and holder and account != accounts.account_of(holder):
            raise BadRow("account", "ledger.contradicts", "names another holder than the column does")
        found = holder or account.removeprefix(prefix)
        if not found:
            raise BadRow("holder", "value.missing", "is empty, and so is the account")
        if not HOLDER.fullmatch(found):
            raise BadRow("holder", "value.unknown", "an id has letters, digits, . - _ only, at most 100")
        return found

    def _points(self, value: Any) -> int:
        if value is None:
            raise BadRow("balance", "value.missing", "is empty")
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(MOST)):
            value = int(value)
        if isinstance(value, float) and value.is_integer() and self.sheet:
            value = int(value)
        if type(value) is not int or not 0 <= value <= MOST:
            raise BadRow("balance", "number.out-of-bounds", f"is no whole number from 0 to {MOST}")
        return value

    def _day(self, cells: dict[str, Any]) -> date:
        try:
            at = read_moment(first("as_of", cells), MOMENTS, self.zone)
        except NoMoment as error:
            raise BadRow("as_of", "moment.unreadable", str(error)) from None
        day = self.as_of if at is None else at.astimezone(self.zone).date()
        if day is None:
            raise BadRow("as_of", "value.missing", "is empty: of which day is the balance?")
        if day > self.today:
            raise BadRow("as_of", "moment.in-the-future", f"{day} is still to come")
        return day


def first(field: str, cells: dict[str, Any]) -> Any:
    """The first filled cell of the field's columns."""
    for column in COLUMNS[field]:
        value = cells.get(column)
        if isinstance(value, str):
            value = value.strip()
        if value is not None and value != "":
            return value
    return None
