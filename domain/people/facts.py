"""What was said about a person: enrolled, barred, signed out, looked up, held, erased. Personal values are
sealed under the person's own key."""

from datetime import datetime

from domain.messages import Sealed, fact


@fact("person.enrolled")
class Enrolled:
    """`home` is the node of the grid tree he lives in ("" for staff who only work here). `demo` marks the
    users of the demo community, who cannot sign in elsewhere. Said again, it renames or moves him."""

    name: Sealed
    phone: Sealed | None
    home: str
    demo: bool


@fact("person.password-set")
class PasswordSet:
    """That it was set, and by whom; neither the password nor its hash is a fact. Earlier tokens end."""


@fact("person.identity-linked")
class IdentityLinked:
    """An account of an outside issuer (OIDC) is his; `look_up` is the keyed HMAC of its subject."""

    issuer: str
    look_up: str


@fact("person.signed-out")
class SignedOut:
    """Every token and session given before this moment has ended."""

    reason: str


@fact("person.barred")
class Barred:
    """He cannot sign in until he is readmitted."""

    reason: str


@fact("person.readmitted")
class Readmitted:
    reason: str


@fact("person.personal-data-revealed")
class PersonalDataRevealed:
    """Somebody read a sealed field of his register entry; valid until `until_at` (30 minutes)."""

    field: str
    reason: str
    until_at: datetime


@fact("person.hold-placed")
class HoldPlaced:
    """A legal hold: nothing about him is erased before it is lifted (or `until_at`, if that is given)."""

    hold: str
    reason: str
    until_at: datetime | None


@fact("person.hold-lifted")
class HoldLifted:
    hold: str
    reason: str


@fact("person.erased")
class Erased:
    """His key was destroyed: nothing sealed under it can be read again. The history stays as it is."""

    reason: str


Fact = (
    Enrolled
    | PasswordSet
    | IdentityLinked
    | SignedOut
    | Barred
    | Readmitted
    | PersonalDataRevealed
    | HoldPlaced
    | HoldLifted
    | Erased
)
