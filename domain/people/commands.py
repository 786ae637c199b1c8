"""What may be said about a person."""

from datetime import datetime

from domain.messages import Sealed, command


@command
class Enrol:
    """Enter him in the register, or correct his entry. Values are `clear(person, …)`."""

    name: Sealed
    phone: Sealed | None = None
    home: str = ""
    demo: bool = False


@command
class SetPassword:
    """Say that it was set; the accounts (engine/accounts.py) keep the hash."""


@command
class LinkIdentity:
    issuer: str
    look_up: str


@command
class SignOut:
    """End every token and session he has."""

    reason: str


@command
class Bar:
    reason: str


@command
class Readmit:
    reason: str


@command
class Reveal:
    """Read a sealed field of the register: one of FIELDS, for 30 minutes."""

    field: str
    reason: str


@command
class PlaceHold:
    reason: str
    until_at: datetime | None = None


@command
class LiftHold:
    hold: str
    reason: str


@command
class Erase:
    """Forget him. The engine destroys his key once this is recorded. `disputes` are his claims that are not
    settled, `kept_until` is when a statutory retention of his cases ends: looked up by whoever asks."""

    reason: str
    disputes: tuple[str, ...] = ()
    kept_until: datetime | None = None


Command = Enrol | SetPassword | LinkIdentity | SignOut | Bar | Readmit | Reveal | PlaceHold | LiftHold | Erase
