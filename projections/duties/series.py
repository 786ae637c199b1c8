"""The projection of the series of duties: one row each, with the period that is asked for now or next."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.duties import facts as f
from domain.messages import Recorded
from projections.case import micros
from projections.views import Row, Table

SERIES = Table(
    "duties",
    {
        "id": "text",
        "what": "text",
        "place": "text",
        "level": "text",
        "state": "text",
        "zh": "text",
        "en": "text",
        "rhythm": "text",
        "role": "text",
        "unit": "text",
        "rules": "text",
        "period": "text",
        "first": "text",
        "last": "text",
        "dated": "text",
        "reason": "text",
        "opens_at": "int",
        "next_by": "int",
        "done": "int",
        "missed": "int",
        "version": "int",
        "position": "int",
    },
    key=("id",),
    indexes=(("next_by",), ("place", "what"), ("role", "state", "next_by"), ("unit", "next_by")),
)
"""`state`: running, ended. Of the period asked for now or next: its key, its days, when it opens and by when
it is due; all null where nothing is. `next_by` is what the watch looks at. `done` and `missed` count periods;
one that was missed and done afterwards counts as missed."""


class Series(NamedTuple):
    """Moments are microseconds since 1970 UTC; 0 where there is none."""

    id: str
    what: str
    place: str
    level: str
    state: str
    zh: str
    en: str
    rhythm: str
    role: str
    unit: str
    rules: str
    version: int
    position: int
    period: str = ""
    first: str = ""
    last: str = ""
    dated: str = ""
    reason: str = ""
    opens_at: int = 0
    next_by: int = 0
    done: int = 0
    missed: int = 0


def fold(series: Series | None, line: Recorded) -> Series:
    """ValueError for a stream that does not begin with its opening."""
    fact = line.fact
    if isinstance(fact, f.DutyOpened):
        return asking(opened(series, fact, line), fact.next)
    if series is None:
        raise ValueError(f"{line.stream} does not begin with its opening")
    series = series._replace(version=line.version, position=line.position)
    match fact:
        case f.DutyChanged(terms):
            return on_terms(series, terms)
        case f.DutyDone(next=coming):
            return asking(series._replace(done=series.done + 1), coming)
        case f.DutyMissed(next=coming):
            return asking(series._replace(missed=series.missed + 1), coming)
        case f.DutyClosed():
            return asking(series, None)
    return series


def opened(series: Series | None, fact: f.DutyOpened, line: Recorded) -> Series:
    made = Series(
        id=line.stream,
        what=fact.what,
        place=fact.place,
        level="",
        state="running",
        zh="",
        en="",
        rhythm="",
        role="",
        unit="",
        rules="",
        version=line.version,
        position=line.position,
        done=series.done if series else 0,
        missed=series.missed if series else 0,
    )
    return on_terms(made, fact.terms)


def on_terms(series: Series, terms: f.Terms) -> Series:
    return series._replace(
        level=terms.level,
        zh=terms.zh,
        en=terms.en,
        rhythm=terms.rhythm,
        role=terms.role,
        unit=terms.unit,
        rules=terms.version,
    )


def asking(series: Series, period: f.Period | None) -> Series:
    if period is None:
        return series._replace(
            state="ended", period="", first="", last="", dated="", reason="", opens_at=0, next_by=0
        )
    return series._replace(
        state="running",
        period=period.key,
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        dated=period.dated.isoformat() if period.dated else "",
        reason=period.reason,
        opens_at=micros(period.opens),
        next_by=micros(period.due),
    )


class AllSeries:
    NAME = "duties"
    VERSION = 1
    TABLES = (SERIES,)
    FACTS: frozenset[type] = frozenset(
        {f.DutyOpened, f.DutyChanged, f.DutyDone, f.DutyMissed, f.DutyDoneLate, f.DutyExplained, f.DutyClosed}
    )
    STATE = Series

    def subject(self, line: Recorded) -> str:
        """A series is its stream."""
        return line.stream

    def fold(self, state: Series | None, line: Recorded) -> Series:
        return fold(state, line)

    def rows(self, state: Series) -> Mapping[str, Sequence[Row]]:
        return {"duties": [row(state)]}

    def marks(self, before: Series | None, after: Series, line: Recorded) -> Mapping[str, Sequence[Row]]:
        return {}


def row(series: Series) -> Row:
    texts = ("period", "first", "last", "dated", "reason")
    return (
        series._asdict()
        | {name: getattr(series, name) or None for name in texts}
        | {"opens_at": series.opens_at or None, "next_by": series.next_by or None}
    )


SERIES_OF_DUTIES = AllSeries()
