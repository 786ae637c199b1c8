"""The demo: an invented community with fourteen months of complaints and nine of points, the same for
everybody on the same day.

Ids and texts never change; times are counted from the day of loading. The real deciders made every fact.
"""

import io
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image, ImageDraw

from api.demo_users import PASSWORD, USERS, entries, keep_accounts
from api.signing_in.passwords import Passwords
from domain.organisation import Organisation
from engine.engine import Engine
from engine.reactions import POSITION
from scripts.demo import care, households, patrols, people, points, recurring, visiting
from scripts.demo.beginnings import Community, story
from scripts.demo.past import NotEmpty, Past
from scripts.demo.people import neighbour
from scripts.demo.plan import RESIDENT_NEIGHBOUR, Beginning, beginnings, case_id
from scripts.setting_up import OPERATOR, load, missing

__all__ = ["DemoReport", "NotEmpty", "is_demo", "load_demo"]

COMMUNITY = Path(__file__).parent.parent / "samples" / "community.toml"
SETTING = "demo"
"""Remembers in the store that it holds the demo, and since when."""

REACTED = (POSITION, "reactions.points", "reactions.duties", "reactions.care")
"""Where each reaction keeps its position: the past has been reacted to already, so they begin after it."""

TOLD_UNTIL = (0.5, 9.0, 12.0, 15.0, 18.0, 21.0)
"""Hours of the day of loading: the past ends at the last of them that has come, so that loading twice gives
the same history. What falls due afterwards is for the watch."""

PHOTOS = 6


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What loading did. `loaded` is False where the demo was there already."""

    loaded: bool
    cases: int = 0
    facts: int = 0
    until: datetime | None = None
    seconds: float = 0.0
    refused: tuple[tuple[str, str], ...] = ()


def is_demo(engine: Engine) -> bool:
    """Whether this store holds the demo."""
    return engine.log.setting(SETTING) is not None or bool(engine.log.stream_rows(case_id(0)))


def load_demo(engine: Engine, now: datetime | None = None) -> DemoReport:
    """Load the community and its history up to `now` (default: the engine's clock) into an empty store.

    Nothing happens where it is loaded already; NotEmpty where the store holds anything else.
    """
    if is_demo(engine):
        return DemoReport(loaded=False)
    if engine.log.head():
        raise NotEmpty(f"the store holds {engine.log.head()} facts already; the demo needs an empty one")
    started = time.perf_counter()
    setup = load(COMMUNITY)
    zone = Organisation(time_zone=setup.time_zone).zone
    day, end = day_and_end((now or engine.clock()).astimezone(zone))
    told = list(beginnings(day))
    _make_known(engine, told)
    past = Past(engine)
    for change in missing(setup, Organisation(), {}, day.date()).changes:
        past.do(told[0].at - timedelta(days=7), OPERATOR, change.step)
    past.do(told[0].at - timedelta(days=6), OPERATOR, *entries(), *people.entries(end))
    community = Community(past, _photographs(engine), {})
    households.enter(past, told[0].at - timedelta(days=5), OPERATOR)
    households.begin(past, day)
    care.begin(past, day)
    for beginning in told:
        past.begin(beginning.at, story(beginning, community))
    points.begin(past, day, community.photos, setup.time_zone)
    recurring.begin(past, day)
    visiting.begin(past, day, community.photos)
    patrols.begin(past, day, community.photos)
    past.until(end)
    # Before the facts are there: a worker that runs already shall find nothing to react to.
    for reaction in REACTED:
        engine.log.set_setting(reaction, str(past.head))
    try:
        head = past.write()
    except BaseException:
        for reaction in REACTED:
            engine.log.set_setting(reaction, None)
        raise
    keep_accounts(engine, Passwords().hash(PASSWORD), end)
    engine.log.set_setting(SETTING, end.isoformat())
    seconds = time.perf_counter() - started
    return DemoReport(True, len(community.known), head, end, seconds, tuple(past.refused))


def day_and_end(local: datetime) -> tuple[datetime, datetime]:
    """The midnight the day of loading begins with, and where the past ends."""
    hours = local.hour + local.minute / 60
    if hours < TOLD_UNTIL[0]:
        local -= timedelta(days=1)
        hours = 24.0
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight, midnight + timedelta(hours=max(told for told in TOLD_UNTIL if told <= hours))


def _make_known(engine: Engine, told: list[Beginning]) -> None:
    """Keys and telephone numbers of everybody, at once."""
    neighbours = {who.person: who for who in map(neighbour, range(390))} | {
        RESIDENT_NEIGHBOUR.person: RESIDENT_NEIGHBOUR
    }
    streams = [case_id(beginning.number, part) for beginning in told for part in (0, 1)]
    engine.vault.ensure_keys(
        [
            *neighbours,
            *USERS,
            *people.NAMED,
            *streams,
            *points.people(),
            *households.subjects(),
            *patrols.streams(),
        ]
    )
    for who in neighbours.values():
        engine.vault.enter_person(who.phone, who.person)


def _photographs(engine: Engine) -> tuple[str, ...]:
    """Drawn, not taken: a wall thermometer on a coloured wall."""
    ids = []
    for n in range(PHOTOS):
        picture = Image.new("RGB", (480, 360), (196 - 12 * n, 204, 188 + 9 * n))
        pen = ImageDraw.Draw(picture)
        pen.rounded_rectangle((180, 40, 300, 320), 24, fill=(250, 250, 246), outline=(90, 90, 90), width=4)
        pen.rectangle((232, 80, 248, 270), outline=(120, 120, 120), width=3)
        pen.rectangle((236, 190 - 14 * n, 244, 268), fill=(190, 40, 40))
        pen.ellipse((222, 260, 258, 296), fill=(190, 40, 40))
        file = io.BytesIO()
        picture.save(file, "PNG")
        ids.append(engine.blobs.put(file.getvalue(), "image/png").id)
    return tuple(ids)
