"""The projection of complaints: one fold of a case, and from it the register, the due book, the book of unit
shares and the marks of every figure."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from domain.complaint import facts as f
from domain.messages import Recorded
from projections import marks as marking
from projections import register
from projections.case import Case
from projections.cells import CELLS
from projections.folding import fold
from projections.tallies import TALLIES
from projections.views import Row


class Cases:
    """`time_zone` is the deployment's: a case's number names the local day it was registered on."""

    NAME = "cases"
    VERSION = 7
    TABLES = (
        register.CASES_TABLE,
        register.DUE,
        register.TASKS,
        register.SUPPORTERS,
        marking.MARKS,
        TALLIES,
        CELLS,
    )
    FACTS: frozenset[type] = frozenset(f.Fact.__args__)
    STATE = Case

    def __init__(self, time_zone: str = "Asia/Shanghai") -> None:
        self.zone = ZoneInfo(time_zone)

    def subject(self, line: Recorded) -> str:
        """A case is its stream."""
        return line.stream

    def fold(self, state: Case | None, line: Recorded) -> Case:
        return fold(state, line, self.zone)

    def rows(self, state: Case) -> Mapping[str, Sequence[Row]]:
        return register.rows(state)

    def marks(self, before: Case | None, after: Case, line: Recorded) -> marking.Marked:
        return marking.marks(before, after, line)


CASES = Cases()
"""In the default time zone."""
