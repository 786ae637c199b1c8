"""A month of an account, read from the account's own facts: never behind, whatever the views have read."""

from typing import Any

from api.points.subjects import Points
from api.problems import Problem
from api.then import Then
from projections.points import account, redemptions
from projections.points.accounts import entry_row
from projections.points.spans import month_bounds
from projections.points.statement import statement
from projections.views import Row


def months_statement(
    points: Points, found: account.Account, month: str, then: Then | None = None
) -> dict[str, Any]:
    """`{account, month, opening, entries, closing}`. Problem 422 for what is no month. `then`: of what had
    happened and was known then."""
    zone = points.engine.desk.stage().organisation.zone
    try:
        first, after = month_bounds(month, zone)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "query.invalid", message=f"month: {error}") from error
    rows = entries(points, found.id, then)
    opening = sum(row["points"] for row in rows if row["recorded_at"] < first)
    inside = [row for row in rows if first <= row["recorded_at"] < after]
    baskets = {row["cause"]: basket(points, row["cause"]) for row in inside if row["kind"] == "redeemed"}
    originals = {row["entry"]: row for row in rows}
    told = statement(opening, inside, baskets, originals)
    return {"account": found.id, "month": month, **told.plain()}


def entries(points: Points, id: str, then: Then | None = None) -> list[Row]:
    """Every entry of the account, in the order recorded."""
    zone = points.engine.desk.stage().organisation.zone
    state: account.Account | None = None
    found: list[Row] = []
    lines = points.engine.log.stream(id)
    for line in lines if then is None else then.kept(lines):
        before, state = state, account.fold(state, line)
        row = entry_row(before, state, line, zone)
        if row is not None:
            found.append(row)
    return found


def basket(points: Points, id: str) -> list[Row]:
    order = points.redemptions.find(id)
    return [] if order is None else redemptions.line_rows(order)
