"""What a decision may look at beside its own stream: the time, who acts, the rule books, the organisation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.messages import Actor, quick
from domain.organisation.state import Organisation
from domain.rule_books import Books


@quick
@dataclass(frozen=True, slots=True)
class Scene:
    """`now` is the engine's clock and becomes `recorded_at`; `occurred_at` is when the actor says it
    happened (at most 5 minutes ahead of `now`; the desk refuses more). Both are UTC.

    Permissions use `now`; deadlines start at `occurred_at`. `stream` is the id of the stream decided on.
    """

    now: datetime
    occurred_at: datetime
    actor: Actor
    stream: str
    books: Books
    organisation: Organisation


def precedes(told: datetime, earliest: datetime) -> bool:
    """Whether something is told to have happened before what it must follow. A moment in whole seconds stands
    for its whole second: forms and devices say no more."""
    if told.microsecond == 0:
        told += timedelta(seconds=1, microseconds=-1)
    return told < earliest
