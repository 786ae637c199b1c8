"""What a row of the table of permissions says, and the groups of roles it names."""

from dataclasses import dataclass

ROLES = ("resident", "gridworker", "dispatcher", "unit", "street", "panel", "analyst", "admin")
REACHES = (
    "open", "all", "scope", "own", "case", "account", "claim", "order", "attendance", "evidence", "job",
    "person", "grant", "unit", "place",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Permit:
    """`command` is the domain's, whose own table of roles the row repeats. `told`: roles that are let in only
    to hear from the domain why not, because it has more to say than the door."""

    roles: frozenset[str]
    reach: str
    command: type | None = None
    told: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        assert self.reach in REACHES and self.roles <= frozenset(ROLES), self

    @property
    def open(self) -> bool:
        return self.reach == "open"


NOBODY: tuple[str, ...] = ()
EVERYBODY = ROLES
STAFF = ROLES[1:]
RESIDENT = ("resident",)
OFFICE = ("dispatcher", "street")
UNITS = ("unit", "gridworker", "street")
DESK = ("gridworker", "dispatcher")
VERIFIERS = (*DESK, "street", "panel")
REPORTERS = ("resident", "gridworker", "dispatcher", "street")
REGISTRARS_OF_CASES = ("gridworker", "dispatcher", "street")
"""Who registers for somebody else; a resident reports for himself."""
SHELVES = ("admin", "gridworker", "dispatcher", "street")
PANEL = ("panel",)
READERS = ("resident", "gridworker", "dispatcher", "unit", "street", "panel", "admin")
"""Everybody but the analyst: he counts."""
OF_A_PLACE = ("gridworker", "dispatcher", "street", "panel", "analyst", "admin")
"""Staff who answer for a place."""
PUBLISHERS = ("dispatcher", "street", "panel", "admin")
PROPOSERS = ("admin", "street", "dispatcher")
ADOPTERS = ("admin", "street")
WATCHERS = ("admin", "analyst")
"""Who looks how the product itself is doing."""


def row(
    roles: tuple[str, ...], reach: str, command: type | None = None, *, told: tuple[str, ...] = ()
) -> Permit:
    return Permit(frozenset(roles), reach, command, frozenset(told))


def everyone(*, reach: str = "open") -> Permit:
    return row(NOBODY, reach)
