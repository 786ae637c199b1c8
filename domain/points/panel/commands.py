"""What may be asked of a panel. Free text arrives plain and leaves sealed."""

from dataclasses import dataclass

from domain.messages import command


@command
class Appoint:
    """`quorum` members sign a review; 0: more than half."""

    place: str
    members: tuple[str, ...]
    quorum: int = 0


@command
class Sit:
    """In the save of a ruling: these are the members in office. Records nothing; Refused if they are not."""

    members: tuple[str, ...]


@command
class OpenReview:
    """`month` 2025-03. All figures, and the sample of entries to look at, are the engine's, of the log up to
    `position`."""

    month: str
    position: int
    entries: int
    credited: int
    redeemed: int
    reversed: int
    sample: tuple[str, ...] = ()


@command
class NoteFinding:
    """`entry` names the entry it is about, where it is about one."""

    month: str
    text: str
    entry: str = ""


@command
class SignReview:
    month: str


@command
class PublishDisclosure:
    """`half_year` 2025-H1; the totals are the engine's."""

    half_year: str
    position: int
    redemptions: int
    points: int


@dataclass(frozen=True, slots=True)
class Earned:
    account: str
    points: int


@command
class FreezeRanking:
    """`period` 2025-03, 2025-Q1 or 2025. `earned` is what each account earned in it, told by the engine."""

    period: str
    position: int
    earned: tuple[Earned, ...]


@command
class GrantHonour:
    """To an account ranked in `period`; `title` "" is the ranking's own."""

    account: str
    period: str
    title: str = ""


@command
class RevokeHonour:
    honour: str
    reason: str


Command = (
    Appoint
    | Sit
    | OpenReview
    | NoteFinding
    | SignReview
    | PublishDisclosure
    | FreezeRanking
    | GrantHonour
    | RevokeHonour
)
