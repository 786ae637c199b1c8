"""What `huisheng ledger check` and `huisheng replay … --tariff` ask of a store, as plain answers."""

import tomllib
from pathlib import Path
from typing import Any

from api.points.what_if import known, one
from domain.messages import FACTS
from domain.rule_books.tariffs import Tariff, read_tariff
from engine.engine import Engine
from engine.log import recorded
from engine.read import rows, sums
from engine.views import Reading
from projections.points.checking import FACTS as CHECKED
from projections.points.checking import LedgerCheck
from projections.points.what_if import plain

BATCH = 5_000
NAMES = tuple(name for name, kind in FACTS.items() if kind in CHECKED)


def ledger(engine: Engine, move: Any = None) -> dict[str, Any]:
    """Every posting added up again and compared with the views, as of one position of the log: `{ok,
    position, lines, accounts, issued, findings}`. `move(done, of)` is told how far it is."""
    check = LedgerCheck()
    engine.catch_up()
    with engine.views.read() as reading:
        position = reading.position()
        after = 0
        while found := engine.log.rows(after, BATCH, position, NAMES):
            for line in map(recorded, found):
                check.take(line)
            after = found[-1][0]
            if move is not None:
                move(after, position)
        findings = check.whole() + check.compare(
            accounts=every(reading, "accounts"),
            entries={
                row["account"]: row["points"] for row in sums(reading, "entries", "points", by=("account",))
            },
            journal=every(reading, "journal"),
            stock=every(reading, "stock"),
        )
    return {
        "ok": not findings,
        "position": position,
        "lines": check.lines,
        "accounts": len(check.accounts),
        "balances": sum(account.balance for account in check.accounts.values()),
        "findings": [finding.plain() for finding in findings],
    }


def every(reading: Reading, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = rows(reading, table, after=cursor, limit=BATCH)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def tariff_of(engine: Engine, given: str) -> Tariff:
    """A TOML file, as `huisheng init` reads a book; else the name of a version. Raises OSError,
    tomllib.TOMLDecodeError, BadContent; Refused for a version that is not there."""
    path = Path(given)
    if path.suffix == ".toml" or path.exists():
        return read_tariff(tomllib.loads(path.read_text("utf-8")), path.stem)
    return known(engine.desk.stage().books, given)


def under(engine: Engine, account: str, tariff: Tariff) -> dict[str, Any]:
    """What the other tariff would have paid the account; nothing is written back."""
    return {"tariff": tariff.version, **plain([one(engine, account, tariff, None, None)])}
