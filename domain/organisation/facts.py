"""What was said about the organisation: its places, its units, and who may act where."""

from dataclasses import dataclass
from datetime import datetime

from domain.messages import fact


@fact("organisation.grid-established")
class GridEstablished:
    """Said again of the same path, it renames the node."""

    path: str
    name: str
    level: str


@fact("organisation.unit-established")
class UnitEstablished:
    """Said again of the same unit, it renames it."""

    unit: str
    name: str
    kind: str


@fact("organisation.time-zone-set")
class TimeZoneSet:
    time_zone: str


@fact("organisation.granted")
class Granted:
    """`person` may act in `role` within `scope` from `from_at` on (until `until_at`, if that is given).

    Who granted it is the envelope's actor. `grant` is unique in the deployment.
    """

    grant: str
    person: str
    role: str
    scope: str
    from_at: datetime
    until_at: datetime | None
    reason: str


@fact("organisation.grant-revoked")
class GrantRevoked:
    grant: str
    person: str
    reason: str


@fact("organisation.post-taken")
class PostTaken:
    """`person` holds a post (网格长, 楼栋长, 联络员 …) at a place. It gives no permission: a grant does."""

    tenure: str
    person: str
    post: str
    place: str


@fact("organisation.post-left")
class PostLeft:
    tenure: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class Member:
    """Who fills a role of a body; `role` is one of its template's."""

    role: str
    person: str


@fact("organisation.body-formed")
class BodyFormed:
    """A body of a place (“1+4”) after a version of the templates. Formed again, it changes its members.

    The body is a unit as well (`organisation.unit-established` of kind `body`)."""

    unit: str
    place: str
    template: str
    templates: str
    members: tuple[Member, ...]


@fact("organisation.body-dissolved")
class BodyDissolved:
    unit: str
    reason: str


Fact = (
    GridEstablished
    | UnitEstablished
    | TimeZoneSet
    | Granted
    | GrantRevoked
    | PostTaken
    | PostLeft
    | BodyFormed
    | BodyDissolved
)
