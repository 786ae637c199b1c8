"""How late may be told what somebody did outside: a visit, a call on a key household, a patrol.

What comes in late is welcome: a device without signal comes home late. But a clock that was never set says
1970, and no figure is made of that.
"""

from datetime import datetime, timedelta

from domain.refusals import Refused
from domain.scene import Scene, precedes


def earliest(scene: Scene) -> datetime:
    """The earliest moment that may still be told now, by the version of the book `supervision` in force."""
    return scene.now - timedelta(days=scene.books.supervision(scene.now).visits.entry_days)


def in_entry_window(scene: Scene) -> None:
    """Refused `moment.long-past`. The engine follows facts of any age."""
    if scene.actor.role != "engine":
        told_in_time("occurred_at", scene.occurred_at, scene)


def told_in_time(field: str, moment: datetime, scene: Scene) -> None:
    """Refused `moment.long-past` where `field` names a moment nobody tells any more."""
    since = earliest(scene)
    if precedes(moment, since):
        raise Refused(
            "moment.long-past",
            f"{field} lies longer ago than may still be told",
            help=f"{field}: {since.isoformat()} or later; is the device's clock set?",
            field=field,
            told=moment,
            since=since,
        )
