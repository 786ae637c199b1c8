"""The draw of a weekly spot check, byte by byte, so that anybody can repeat it with paper and `sha256sum`.

    frame text   huisheng-frame-v1 ⏎ week ⏎ place ⏎ number of cases ⏎, then a line for each case in the order
                 of the bytes of its id: id, a space, the 64 hexadecimal digits of its ticket, ⏎
    root         SHA-256(frame text), in UTF-8
    seed         SHA-256(root's 32 bytes ‖ the value's bytes in UTF-8)
    lot          of a case: SHA-256(seed's 32 bytes ‖ the id's bytes in UTF-8)
    draw         the n cases with the least lots, the least first

⏎ is one byte, 0A. A ticket is the leaf hash (RFC 6962) of the log's row that ended the case, so a frame names
what the published tree holds. docs/spot-checks.md shows an example.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

HEAD = "huisheng-frame-v1"
WEEK = re.compile(r"(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A case of the frame. `position` is where its end stands in the log, `leaf` that row's leaf hash, in
    hexadecimal."""

    case: str
    position: int
    leaf: str


def days_of(week: str) -> tuple[date, date]:
    """Monday, and the Monday after, of a week as ISO 8601 counts them: 2026-W07. ValueError for what is
    none."""
    found = WEEK.fullmatch(week)
    if found is None:
        raise ValueError(f"{week!r} is no week; one is written 2026-W07")
    monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    return monday, monday + timedelta(days=7)


def week_of(day: date) -> str:
    """The week a day belongs to, as it is written."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def in_order(tickets: Iterable[Ticket]) -> tuple[Ticket, ...]:
    return tuple(sorted(tickets, key=lambda each: each.case.encode()))


def frame_text(week: str, place: str, tickets: Iterable[Ticket]) -> str:
    ordered = in_order(tickets)
    lines = [HEAD, week, place, str(len(ordered)), *(f"{each.case} {each.leaf}" for each in ordered)]
    return "".join(f"{line}\n" for line in lines)


def frame_root(week: str, place: str, tickets: Iterable[Ticket]) -> str:
    """In hexadecimal."""
    return sha256(frame_text(week, place, tickets).encode()).hexdigest()


def seed(root: str, value: str) -> str:
    """Of a root (hexadecimal) and a public value; in hexadecimal. Without a value whoever made the frame
    could have tried frames until he liked the draw."""
    return sha256(bytes.fromhex(root) + value.encode()).hexdigest()


def lot(seed: str, case: str) -> str:
    return sha256(bytes.fromhex(seed) + case.encode()).hexdigest()


def drawn(root: str, value: str, cases: Sequence[str], many: int) -> tuple[str, ...]:
    """The cases drawn, in the order of their lots."""
    sown = seed(root, value)
    return tuple(sorted(cases, key=lambda case: lot(sown, case))[:many])


def how_many(cases: int, percent: int, minimum: int) -> int:
    """`percent` of the cases, rounded up, but at least `minimum`; never more than there are."""
    return min(cases, max(minimum, -(-cases * percent // 100)))
