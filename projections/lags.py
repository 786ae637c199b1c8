"""How far apart it lies when a mark became true and the moment whose period it belongs to, in a few depths.

Of most marks that is hours or days, of few it is months. Marks are kept by depth, so that those which lie on
both sides of a past moment (due before it, and true only later; true before it, and due later) are found near
it, and no others are read: a figure of then is all that was due by then, less the first, and the second.
"""

HOUR = 3_600_000_000
AHEAD = 600_000_000
"""No mark takes effect more than ten minutes after it was recorded: the desk refuses what lies further ahead
than five (engine/desk.py, AHEAD)."""

DEEPEST = 8
LATE = 32
"""Added to the lag of what took effect more than ten minutes before it was recorded: told late, imported."""

OPEN = 1 << 62

Span = tuple[int, int, int]
"""A lag, and of its marks those whose `at` lies from the second to just before the third."""


def lag_of(at: int, effective: int, late: bool) -> int:
    """0 to 8 where the mark took effect at `at` or after it, each depth four times as far as that before; −1
    to −9 where it did before."""
    apart = effective - at
    nth = depth(apart) if apart >= 0 else -1 - depth(-apart)
    return nth + LATE if late else nth


def depth(apart: int) -> int:
    """0 below an hour, 1 below four, 2 below sixteen …; the deepest has no end."""
    return min(((apart // HOUR).bit_length() + 1) >> 1, DEEPEST)


LAGS = tuple(late + nth for late in (0, LATE) for nth in range(-1 - DEEPEST, DEEPEST + 1))
TOLD_LATE = tuple(lag for lag in LAGS if lag >= LATE - 1 - DEEPEST)


def reach(nth: int) -> int:
    """How far apart it can be at most."""
    of = nth if nth >= 0 else -1 - nth
    return OPEN if of == DEEPEST else HOUR * 4**of


def true_later(first: int, last: int, as_of: int, after: int | None) -> tuple[Span, ...]:
    """Where the marks are whose `at` lies from `first` to before `last`, which is no later than `as_of`, and
    that became true after it; of what was told at once also those recorded at `after` or later (None: nothing
    was)."""
    found = []
    for lag in LAGS:
        late = lag in TOLD_LATE
        nth = lag - LATE if late else lag
        since = as_of if late or after is None else min(as_of, after - AHEAD)
        begin = max(first, since - (reach(nth) if nth >= 0 else 0))
        if begin < last:
            found.append((lag, begin, last))
    return tuple(found)


def true_before(first: int, last: int, as_of: int, before: int | None) -> tuple[Span, ...]:
    """Where the marks are whose `at` lies from `first` to before `last`, and which were true by `as_of`,
    recorded at `before` or earlier (None: whenever)."""
    until = as_of if before is None else min(as_of, before + AHEAD)
    found = []
    for lag in LAGS:
        nth = lag - LATE if lag in TOLD_LATE else lag
        end = min(last, until + 1 + (reach(nth) if nth < 0 else 0))
        if first < end:
            found.append((lag, first, end))
    return tuple(found)
