"""What a full verification finds, and where each leaf belongs."""

from bisect import bisect_right
from dataclasses import dataclass, field, replace

from engine.ledgerbook.book import Run

MOST = 100
"""Findings told; one is enough to know, some show the pattern."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was signed. `code` is stable. `position` and `stream` name the event, where
    there is one; `size` the checkpoint."""

    code: str
    message: str
    position: int | None = None
    stream: str = ""
    size: int | None = None


@dataclass
class Report:
    """`events`: rows read. `size`: leaves of the tree. `unhashed`: rows that came after the last hashed one.
    `checkpoints`: how many were verified. `signed`: the size of the largest."""

    events: int = 0
    size: int = 0
    unhashed: int = 0
    checkpoints: int = 0
    signed: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    """Findings beyond MOST."""

    def add(self, finding: Finding) -> None:
        if len(self.findings) < MOST:
            self.findings.append(finding)
        else:
            self.more += 1

    def gap(self, stream: str) -> None:
        """A version is missing in this stream: that names the entry which is gone."""
        for n, found in enumerate(self.findings):
            if found.code == "audit.row-missing" and not found.stream:
                message = f"{found.message}; a version of {stream} is gone"
                self.findings[n] = replace(found, stream=stream, message=message)
                return

    @property
    def first(self) -> Finding | None:
        """The first bad event, or what is wrong where no event is named."""
        named = [each for each in self.findings if each.position is not None]
        return min(named, key=lambda each: each.position or 0) if named else next(iter(self.findings), None)


class Places:
    """Which index belongs at which position, by the runs."""

    def __init__(self, runs: list[Run], size: int) -> None:
        self._indices = [index for index, _ in runs]
        self._positions = [position for _, position in runs]
        self.size = size

    def position(self, index: int) -> int:
        at = bisect_right(self._indices, index) - 1
        return self._positions[at] + index - self._indices[at]

    def index(self, position: int) -> int | None:
        at = bisect_right(self._positions, position) - 1
        if at < 0:
            return None
        index = self._indices[at] + position - self._positions[at]
        ends = self._indices[at + 1] if at + 1 < len(self._indices) else self.size
        return index if index < ends else None
