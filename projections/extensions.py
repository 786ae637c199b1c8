"""The projection of extensions asked for and not yet decided: one row a case, gone once it is decided, the
case is dispatched anew, reported as handled or reopened."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.complaint import facts as f
from domain.messages import Recorded
from projections.case import micros
from projections.views import Row, Table

REQUESTS = Table(
    "extension_requests",
    {"case": "text", "extension": "text", "unit": "text", "until_at": "int", "asked_by": "text",
     "asked_at": "int", "position": "int"},
    key=("case",),
)  # fmt: skip
"""`until_at` is what the unit asks for; `asked_by` does not decide it."""


class Request(NamedTuple):
    """`extension` "" where none waits. Moments are microseconds since 1970 UTC."""

    case: str
    extension: str = ""
    unit: str = ""
    until_at: int = 0
    asked_by: str = ""
    asked_at: int = 0
    position: int = 0


class Requests:
    NAME = "extension-requests"
    VERSION = 1
    TABLES = (REQUESTS,)
    FACTS: frozenset[type] = frozenset(
        {
            f.ExtensionRequested,
            f.ExtensionGranted,
            f.ExtensionRefused,
            f.ComplaintDispatched,
            f.ResolutionReported,
            f.ComplaintReopened,
        }
    )
    STATE = Request

    def subject(self, line: Recorded) -> str:
        return line.stream

    def fold(self, state: Request | None, line: Recorded) -> Request:
        if isinstance(line.fact, f.ExtensionRequested):
            asked = line.fact
            return Request(
                line.stream,
                asked.extension,
                asked.unit,
                micros(asked.until),
                line.actor.person,
                micros(line.occurred_at),
                line.position,
            )
        return Request(line.stream)

    def rows(self, state: Request) -> Mapping[str, Sequence[Row]]:
        return {"extension_requests": [state._asdict()] if state.extension else []}

    def marks(self, before: Request | None, after: Request, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


EXTENSION_REQUESTS = Requests()
