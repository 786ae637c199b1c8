"""The way round the pages: what stands in the side navigation, for whom.

A subject adds its entries here. An entry is shown to the roles that may open it; None is everybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass

STAFF = ("gridworker", "dispatcher", "unit", "street", "panel", "analyst", "admin")


@dataclass(frozen=True, slots=True)
class Entry:
    """`here` marks it as the page one is on; `title` is the Chinese line."""

    here: str
    path: str
    icon: str
    title: str
    roles: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """`title` is "" for the first group, which needs none."""

    title: str
    entries: tuple[Entry, ...]


MENU: tuple[Group, ...] = (
    Group(
        "",
        (
            Entry("home", "/", "calendar-check", "首页"),
            Entry("complaints", "/complaints", "inbox", "工单", (*STAFF, "resident")),
        ),
    ),
    Group("看数", (Entry("statistics", "/statistics", "chart-line", "统计", STAFF),)),
)


def of(role: str) -> Iterator[Group]:
    """The groups a role sees, empty ones left out."""
    for group in MENU:
        entries = tuple(entry for entry in group.entries if entry.roles is None or role in entry.roles)
        if entries:
            yield Group(group.title, entries)
