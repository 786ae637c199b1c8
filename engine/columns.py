"""Some columns alone of the rows that pass: where the rest of a wide row is not asked for."""

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
