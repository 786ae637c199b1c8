"""What has happened to a dwelling, a household, a tenancy. An address is sealed under the dwelling's key,
what names the people under the household's."""

from datetime import date, datetime

from domain.messages import Sealed, fact

# ------------------------------------------------------------------ dwellings


@fact("dwelling.registered")
class DwellingRegistered:
    """`grid` is the full path, `compound` the estate or building as the neighbourhood calls it ("" not
    told)."""

    grid: str
    compound: str
    address: Sealed


@fact("dwelling.occupied")
class DwellingOccupied:
    tenancy: str
    household: str


@fact("dwelling.vacated")
class DwellingVacated:
    tenancy: str
    household: str


DwellingFact = DwellingRegistered | DwellingOccupied | DwellingVacated

# ------------------------------------------------------------------ households


@fact("household.registered")
class HouseholdRegistered:
    """`people` is how many live there (None: not counted yet); `kind` resident, employed, key, shop ("" not
    classified yet). `dwelling` and `tenancy` are "" where no address was told. `source` names the file it
    was taken from, "" where somebody entered it."""

    grid: str
    compound: str
    people: int | None
    kind: str
    name: Sealed | None
    phone: Sealed | None
    dwelling: str
    tenancy: str
    source: str


@fact("household.recounted")
class HouseholdRecounted:
    people: int
    before: int | None


@fact("household.reclassified")
class HouseholdReclassified:
    """To `key` it opens the file of a key household (重点户建档), from `key` it closes it: with a reason."""

    kind: str
    before: str
    reason: Sealed | None


@fact("household.contact-changed")
class ContactChanged:
    """Whom to ask for, and his number; None: none is known any more."""

    name: Sealed | None
    phone: Sealed | None


@fact("household.moved-in")
class MovedIn:
    grid: str
    compound: str
    dwelling: str
    tenancy: str


@fact("household.moved-out")
class MovedOut:
    """`dwelling` and `tenancy` are "" where no address was known; no `reason`: it moved on to another."""

    dwelling: str
    tenancy: str
    reason: Sealed | None


@fact("household.member-joined")
class MemberJoined:
    """`person` is the id of the register of people."""

    person: str


@fact("household.member-left")
class MemberLeft:
    person: str
    reason: Sealed | None


@fact("household.personal-data-revealed")
class HouseholdRevealed:
    """Somebody read a sealed field of the household in full; valid until `until_at` (30 minutes)."""

    field: str
    reason: str
    until_at: datetime


@fact("household.erased")
class HouseholdErased:
    """Its key was destroyed: no name, number, reason or note about it can be read again."""

    reason: str


HouseholdFact = (
    HouseholdRegistered
    | HouseholdRecounted
    | HouseholdReclassified
    | ContactChanged
    | MovedIn
    | MovedOut
    | MemberJoined
    | MemberLeft
    | HouseholdRevealed
    | HouseholdErased
)

# ------------------------------------------------------------------ tenancies


@fact("tenancy.started")
class TenancyStarted:
    """`tenure` own, rent, other ("" not told); `since` is the day the household says it moved in, None where
    nobody told: the record then only says that it lived there when it was entered."""

    dwelling: str
    household: str
    grid: str
    tenure: str
    since: date | None


@fact("tenancy.ended")
class TenancyEnded:
    dwelling: str
    household: str


TenancyFact = TenancyStarted | TenancyEnded
