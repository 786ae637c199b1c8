"""Days, months and moments on a command line: read as HTTP reads them, refused in one line."""

from datetime import datetime
from zoneinfo import ZoneInfo

from api import periods
from api.problems import Problem
from scripts.terminal import USAGE, fail


def first(text: str, option: str, zone: ZoneInfo) -> datetime:
    """The first moment meant. Ends with exit 2 for what is none."""
    return _both(text, option, zone)[0]


def last(text: str, option: str, zone: ZoneInfo) -> datetime:
    """The last moment meant, included. Ends with exit 2 for what is none."""
    return _both(text, option, zone)[1]


def _both(text: str, option: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    try:
        return periods.span(text, option, zone)
    except Problem as problem:
        fail(USAGE, said(problem))


def said(problem: Problem) -> str:
    """The plain sentence of a problem of the question itself."""
    return str(problem.facts.get("message", problem.code))
