"""Some columns alone: where the rest of a wide row, or all rows but the first and last, are not asked for."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.conditions import Condition, column_named, columns_of, expressed
from engine.views import Reading


def values(
    reading: Reading, table: str, names: Sequence[str], where: Sequence[Condition]
) -> list[tuple[Any, ...]]:
    """These columns of every row that passes, in no order. Raises ValueError for unknown names."""
    columns = columns_of(reading, table)
    select = sa.select(*(column_named(columns, name) for name in names)).select_from(reading.tables[table])
    found = reading.connection.execute(select.where(*(expressed(reading, columns, each) for each in where)))
    return [tuple(row) for row in found.fetchall()]


def edges(
    reading: Reading, table: str, column: str, by: str, of: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """The least and the greatest number in the column for each value `of` the column `by` that stands before
    it in the key: two look-ups each. A value that no row has is left out. ValueError for unknown names."""
    columns = columns_of(reading, table)
    number, group = column_named(columns, column), column_named(columns, by)
    each = sa.values(sa.column("value", sa.Text()), name="each").data([(value,) for value in of]).cte()
    found = [
        sa.select(edge(number)).where(group == each.c.value).correlate(each).scalar_subquery()
        for edge in (sa.func.min, sa.func.max)
    ]
    rows = reading.connection.execute(sa.select(each.c.value, *found)).fetchall()
    return {value: (int(least), int(greatest)) for value, least, greatest in rows if least is not None}
