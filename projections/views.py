"""What a projection is: a fold of one subject's facts into a state, rows derived from that state, and
signed marks that its transitions emit. The engine runs the same three functions live and in a rebuild.

A projection is a module or object with the names of `Projection`. It never reads a database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.messages import Recorded

Row = dict[str, Any]
"""Column -> value. Moments are whole microseconds since 1970 UTC (projections/case.py: `micros`)."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of read models, as plain data; the engine makes it for SQLite and PostgreSQL.

    `columns` maps a name to `text`, `int`, `float` or `bytes` (nullable unless in `key`). `key` is the
    primary key. `indexes` are tuples of columns. A row has every column, in the table's order.

    A table of `rows` is replaced subject by subject, and its key begins with the subject. The tables of
    `marks` are of three kinds: `additive` ones hold sums (a row that meets its key adds to the columns in
    `adds`), `once` ones keep the first row of a key, the others only grow: best stored in the order of
    their key, which is the order they are read in.

    An additive table of one sum may `spread` what it is given. A row is then a pair of plain values (millions
    are made): what was counted, and how often; `spread` names the keys of the table that it adds to. What
    adds up to nothing is no row.
    """

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    adds: tuple[str, ...] = ()
    once: bool = False
    grows: bool = False
    spread: Callable[[Any], Sequence[tuple[Any, ...]]] | None = None

    @property
    def additive(self) -> bool:
        return bool(self.adds)


class Projection(Protocol):
    NAME: str
    VERSION: int
    """Raise it when the fold changes: the engine then knows the stored rows are of another making."""

    TABLES: tuple[Table, ...]
    FACTS: frozenset[type]
    """The facts it folds; the engine skips (and does not decode) all others."""

    STATE: type
    """The state's frozen type, which the engine keeps (msgpack) between batches. The complaint's is a
    NamedTuple: a changed copy costs 1 µs where `dataclasses.replace` costs 10 (25 fields), and the stored
    state is an array. VERSION guards its shape."""

    def subject(self, line: Recorded) -> str:
        """Which subject the fact belongs to (a case: its stream)."""

    def fold(self, state: Any | None, line: Recorded) -> Any:
        """The subject's state after the fact; None before its first."""

    def rows(self, state: Any) -> Mapping[str, Sequence[Row]]:
        """All rows of the subject, per table. The engine replaces the subject's old rows by them."""

    def marks(
        self, before: Any | None, after: Any, line: Recorded
    ) -> Mapping[str, Sequence[Row | tuple[Any, ...]]]:
        """What this fact's transition appends, per table that is additive, once or growing; to one that grows
        also plain tuples of all its columns."""
