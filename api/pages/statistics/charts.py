"""A chart is geometry: values by month become points of an SVG, here and nowhere else. Colours are classes.

The drawing is 290 by 176 units (NOTES: 12 px stays 12 px on a phone). A month without a value is a gap in the
line, never a zero. The axis begins at 0, or where `Axis.low` says: then the page says so in words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

LEFT, RIGHT, TOP, BOTTOM = 10.0, 246.0, 24.0, 144.0
"""Where the first and the last month stand, and the highest and the lowest line."""
EDGE, END, SCALE, LABELS = 4.0, 252.0, 258.0, 162.0
"""Where the lines begin and end, the scale stands, and the months are named below."""
NAMED = 4
"""Months named below the axis, the first and the last among them."""
CROWDED = 40.0
"""So near the last point (or the axis) the lowest is marked without its number: the text says it."""
ROOM = 18.0
"""Left free below the lowest point, for its number."""
BREAK_FROM = 50
"""Rates that never fall below it are drawn from the next ten below the least: from 0 they would be a flat
line."""
STEPS = (Decimal(10), Decimal(20), Decimal(50))


@dataclass(frozen=True, slots=True)
class Axis:
    """What the lowest and the highest line mean."""

    low: Decimal
    high: Decimal

    @property
    def broken(self) -> bool:
        """Whether it does not begin at 0: the page has to say so."""
        return self.low != 0

    def y(self, value: Decimal) -> float:
        """How high a value stands, in units from the top."""
        share = (value - self.low) / (self.high - self.low)
        return round(BOTTOM - float(share) * (BOTTOM - TOP), 1)

    @property
    def lines(self) -> tuple[Decimal, Decimal, Decimal]:
        return self.low, (self.low + self.high) / 2, self.high


@dataclass(frozen=True, slots=True)
class Dot:
    """`open` is the lowest point, filled the last; `x`, `y` of the point, `label_y` and `anchor` of its
    number."""

    x: float
    y: float
    open: bool
    label: str
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Month:
    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines` are the points of each unbroken stretch, `alone` a month with a value between two without."""

    lines: tuple[str, ...]
    alone: tuple[tuple[float, float], ...]
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    months: tuple[Month, ...]


def rate_axis(values: Sequence[Decimal]) -> Axis:
    """For percentages: 0 to 100, less where all are small, from the ten below the least where none is."""
    if not values:
        return Axis(Decimal(0), Decimal(100))
    if is_high(values):
        low = min(Decimal(90), min(values) // 10 * 10)
        while Axis(low, Decimal(100)).y(min(values)) > BOTTOM - ROOM:
            low -= 10
        return Axis(low, Decimal(100))
    return Axis(Decimal(0), next((step for step in STEPS if max(values) <= step), Decimal(100)))


def is_high(values: Sequence[Decimal]) -> bool:
    """Whether no value falls so low that the line would be flat from 0."""
    return bool(values) and min(values) >= BREAK_FROM and max(values) <= 100


def count_axis(values: Sequence[Decimal]) -> Axis:
    """For counts: from 0 to the next round number whose half is one too."""
    most = max(values, default=Decimal(0))
    step = Decimal(10)
    while most > step * 10:
        step *= 10
    return Axis(Decimal(0), next(step * n for n in (1, 2, 4, 6, 8, 10) if most <= step * n))


def chart(values: Sequence[Decimal | None], names: Sequence[str], axis: Axis, *, unit: str = "%") -> Chart:
    """The line through the months; None is a month without a value. `names` are the months' own."""
    spots = [(x, None if value is None else axis.y(value)) for x, value in zip(places(len(values)), values,
        strict=True)]  # fmt: skip
    runs = list(stretches(spots))
    return Chart(
        tuple(" ".join(f"{x:.1f},{y:.1f}" for x, y in run) for run in runs if len(run) > 1),
        tuple(run[0] for run in runs if len(run) == 1),
        tuple(dots(values, spots, unit)),
        tuple(Tick(axis.y(line), f"{plain(line)}{unit}") for line in axis.lines),
        tuple(named(names)),
    )


def places(n: int) -> list[float]:
    """Where each of n months stands; one alone stands at the end."""
    if n < 2:
        return [RIGHT] * n
    return [round(LEFT + (RIGHT - LEFT) * at / (n - 1), 1) for at in range(n)]


def stretches(spots: Sequence[tuple[float, float | None]]) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for x, y in spots:
        if y is not None:
            run.append((x, y))
        elif run:
            yield run
            run = []
    if run:
        yield run


def dots(
    values: Sequence[Decimal | None], spots: Sequence[tuple[float, float | None]], unit: str
) -> Iterator[Dot]:
    """The lowest point and the last, each with its number; one where they are the same."""
    known = [(value, at) for at, value in enumerate(values) if value is not None]
    if not known:
        return
    last = known[-1][1]
    least = min(known)[1]
    before = known[-2][1] if len(known) > 1 else last
    for at in dict.fromkeys((least, last)):
        (x, y), value = spots[at], values[at]
        assert y is not None and value is not None
        if at == last:
            label_x, label_y, anchor = last_label(x, y, spots[before][1] or y)
        else:
            label_x, label_y, anchor = x, y + 20, "mid"
            if x < LEFT + 12:
                label_x, anchor = x - 4, ""
        crowded = at != last and (spots[last][0] - x < CROWDED or y > BOTTOM - ROOM)
        yield Dot(
            x, y, at != last, "" if crowded else plain(value), round(label_x, 1), round(label_y, 1), anchor
        )


def last_label(x: float, y: float, before: float) -> tuple[float, float, str]:
    """Away from the line: above where it rises, below where it falls, beside it where there is no room."""
    if before >= y:
        return x + 4, y - 10, "end"
    if y + 20 <= BOTTOM + 4:
        return x + 4, y + 20, "end"
    return x - 10, y + 5, "end"


def named(names: Sequence[str]) -> Iterator[Month]:
    """A few of the months, evenly spread, below the line."""
    n = len(names)
    shown = sorted({round(at * (n - 1) / (NAMED - 1)) for at in range(NAMED)}) if n else []
    for at, x in ((at, places(n)[at]) for at in shown):
        anchor = "" if at == 0 and n > 1 else "end" if at == n - 1 else "mid"
        edge = {"": EDGE, "end": END}.get(anchor, x)
        yield Month(edge, names[at], anchor)


def plain(value: Decimal) -> str:
    """93.3, 100, 1,240: no zeros behind the point, thousands with a comma."""
    text = f"{value:,.1f}"
    return text.removesuffix(".0") if value == value.to_integral_value() else text
