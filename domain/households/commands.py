"""What may be asked of a dwelling, a household, a tenancy. Free text arrives plain and leaves sealed; the
steps that must happen at once are put together in domain/households/orders.py."""

from datetime import date

from domain.messages import command

# ------------------------------------------------------------------ dwellings


@command
class RegisterDwelling:
    """Nothing where it stands there already."""

    grid: str
    compound: str
    address: str


@command
class Occupy:
    tenancy: str
    household: str


@command
class Vacate:
    tenancy: str


DwellingCommand = RegisterDwelling | Occupy | Vacate

# ------------------------------------------------------------------ households


@command
class Register:
    """`kind` "" and `people` None: to be found out later. `dwelling` and `tenancy` "": no address told."""

    grid: str
    compound: str = ""
    people: int | None = None
    kind: str = ""
    name: str = ""
    phone: str = ""
    dwelling: str = ""
    tenancy: str = ""


@command
class TakeOver:
    """As Register, from a file: where the household stands already, what the file says more is recorded
    (another number of people, another kind), and what contradicts the record is refused."""

    grid: str
    source: str
    compound: str = ""
    people: int | None = None
    kind: str = ""
    name: str = ""
    phone: str = ""
    dwelling: str = ""
    tenancy: str = ""


@command
class Recount:
    people: int


@command
class Reclassify:
    """`reason` is needed to make it a key household, and to make it none any more."""

    kind: str
    reason: str = ""


@command
class ChangeContact:
    name: str = ""
    phone: str = ""


@command
class MoveIn:
    """Whoever lives elsewhere moves out there first, in the same save."""

    grid: str
    compound: str
    dwelling: str
    tenancy: str


@command
class MoveOut:
    reason: str


@command
class JoinHousehold:
    person: str


@command
class LeaveHousehold:
    person: str
    reason: str = ""


@command
class Reveal:
    """Read a sealed field in full: one of FIELDS, for 30 minutes."""

    field: str
    reason: str


@command
class Erase:
    """Forget who the household is. The engine destroys its key once this is recorded. `disputes` are claims
    on its card that are not settled: looked up by whoever asks."""

    reason: str
    disputes: tuple[str, ...] = ()


HouseholdCommand = (
    Register
    | TakeOver
    | Recount
    | Reclassify
    | ChangeContact
    | MoveIn
    | MoveOut
    | JoinHousehold
    | LeaveHousehold
    | Reveal
    | Erase
)

# ------------------------------------------------------------------ tenancies


@command
class Start:
    dwelling: str
    household: str
    grid: str
    tenure: str = ""
    since: date | None = None


@command
class End:
    pass


TenancyCommand = Start | End
