"""What may be said about the organisation. Saying what is already so records nothing."""

from datetime import datetime

from domain.messages import command
from domain.organisation.facts import Member


@command
class EstablishGrid:
    """A node of the grid tree: `path` is its full path (`demo/north/sl`), `level` one of LEVELS."""

    path: str
    name: str
    level: str


@command
class EstablishUnit:
    """A unit cases can be dispatched to; `kind` is one of KINDS."""

    unit: str
    name: str
    kind: str


@command
class SetTimeZone:
    """An IANA name. Set once: days and cohorts already counted in it would move."""

    time_zone: str


@command
class Grant:
    """Let `person` act in `role` within `scope`: a node of the grid tree, for the role `unit` a unit's id,
    for `admin` also "" (the whole deployment).

    `from_at` is now unless it lies ahead; without `until_at` it ends when it is revoked."""

    person: str
    role: str
    scope: str
    reason: str
    from_at: datetime | None = None
    until_at: datetime | None = None


@command
class RevokeGrant:
    grant: str
    reason: str


@command
class TakePost:
    """`post` is one of POSTS or of the vocabularies in force; `place` a node of the grid tree."""

    person: str
    post: str
    place: str


@command
class LeavePost:
    tenure: str
    reason: str


@command
class FormBody:
    """Fill a template's roles for a place; `unit` becomes (or already is) a unit of kind `body`."""

    unit: str
    name: str
    place: str
    template: str
    members: tuple[Member, ...]


@command
class DissolveBody:
    unit: str
    reason: str


Command = (
    EstablishGrid
    | EstablishUnit
    | SetTimeZone
    | Grant
    | RevokeGrant
    | TakePost
    | LeavePost
    | FormBody
    | DissolveBody
)
