"""One case as it is now, folded from its own facts: never behind, whatever the views have read.

Folding is what the register does with the same facts, so an answer and a list row say the same.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from api import problems
from domain.messages import Recorded
from domain.organisation import Organisation
from engine.engine import Engine
from projections.case import Case, Kept, micros
from projections.folding import fold

REMEMBERED = 10_000
"""Cases folded and kept per application (about 2 kB each, nothing opened)."""


class Cases:
    """Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: OrderedDict[str, Case] = OrderedDict()
        self._lock = Lock()

    def now(self) -> int:
        """The engine's clock, in microseconds."""
        return micros(self._engine.clock())

    def places(self) -> Organisation:
        return self._engine.desk.stage().organisation

    def find(self, complaint: str) -> Case | None:
        """The case, or None if there is none of that id. Reads at most the facts it has not seen."""
        if not complaint.startswith("c-"):
            return None
        with self._lock:
            case = self._known.get(complaint)
        lines = self._engine.log.stream(complaint, case.version if case else 0)
        if lines:
            case = self.after(case, lines)
            self._keep(case)
        return case

    def told(self, complaint: str, lines: Sequence[Recorded], version: int) -> Case:
        """The case at the version a command has just left it at; its lines are at hand, so that nothing is
        read where this application knows what came before them."""
        new = [line for line in lines if line.stream == complaint]
        with self._lock:
            case = self._known.get(complaint)
        if new and new[-1].version == version and new[0].version == (case.version if case else 0) + 1:
            case = self.after(case, new)
            self._keep(case)
            return case
        case = self.must(complaint)
        return case if case.version == version else self.at(complaint, version)

    def _keep(self, case: Case) -> None:
        complaint = case.opening.id
        with self._lock:
            known = self._known.get(complaint)
            if known is None or known.version < case.version:
                self._known[complaint] = case
            self._known.move_to_end(complaint)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def must(self, complaint: str) -> Case:
        """Problem 404 if there is none."""
        case = self.find(complaint)
        if case is None:
            raise problems.not_found()
        return case

    def after(self, case: Case | None, lines: Sequence[Recorded]) -> Case:
        zone = self._engine.desk.stage().organisation.zone
        for line in lines:
            case = fold(case, line, zone)
        assert case is not None
        return case

    def at(self, complaint: str, version: int) -> Case:
        """The case as it was at a version. Problem 404 if it never was."""
        lines = [line for line in self._engine.log.stream(complaint) if line.version <= version]
        if not lines:
            raise problems.not_found()
        return self.after(None, lines)

    def opened(self, kept: Kept | None, *, sure: bool = True) -> str | None:
        """The clear value; None where there is none, or its key was destroyed (`sure`: engine/vault.py)."""
        return None if kept is None else self._engine.vault.open_kept(kept, sure=sure)
