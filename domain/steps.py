"""What is asked of several streams at once: commands that happen together or not at all."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.messages import quick


@quick
@dataclass(frozen=True, slots=True)
class Step:
    """One command for one stream, handled by the decider `kind`. `expected` is the version it rests on
    (0: the stream must be new), None where any will do. ValueError for what cannot be the id of a stream."""

    kind: str
    stream: str
    command: Any
    expected: int | None = None

    def __post_init__(self) -> None:
        if not self.stream or not self.stream.isprintable():
            raise ValueError(f"{self.stream!r} cannot be the id of a stream")


class Seen(NamedTuple):
    """A state as it was read, with its version."""

    state: Any
    version: int


Steps = tuple[Step, ...]
