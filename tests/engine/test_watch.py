"""The watch says each due thing once, survives errors and restarts, and keeps still after a clock step."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.complaint.commands import NoticeOverdue, NoticeWarning
from domain.complaint.facts import ComplaintEscalated, ComplaintWithdrawn
from domain.messages import ENGINE, Recorded
from domain.refusals import Refused
from engine.desk import Order, Receipt
from engine.errors import StoreUnavailable
from engine.follow import Follower
from engine.log import Log, micros
from engine.reactions import Bookmark
from engine.views import Views
from engine.watch import STEPPED, Watch
from tests.engine.specimen import Spec, append, escalated, withdrawn

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)


class DueBook:
    """An escalation `clock|unit|kind|at|due` (minutes from NOW) puts a line into the due book; withdrawing
    clears the subject's lines."""

    NAME = "due-book"
    VERSION = 1
    STATE = tuple[str, ...]
    FACTS: frozenset[type] = frozenset({ComplaintEscalated, ComplaintWithdrawn})
    COLUMNS: Mapping[str, str] = {
        "case": "text", "clock": "text", "unit": "text", "kind": "text", "at": "int", "due": "int",
    }  # fmt: skip
    TABLES = (Spec("due", COLUMNS, ("case", "clock", "unit", "kind"), (("at",),)),)

    def subject(self, line: Recorded) -> str:
        return line.stream

    def fold(self, state: Any, line: Recorded) -> tuple[str, ...]:
        if isinstance(line.fact, ComplaintEscalated):
            return (*(state or ()), f"{line.stream}|{line.fact.reason}")
        return ()

    def rows(self, state: tuple[str, ...]) -> Mapping[str, Sequence[dict[str, Any]]]:
        found = []
        for told in state:
            case, clock, unit, kind, at, due = told.split("|")
            moments = (micros(NOW + timedelta(minutes=float(m))) for m in (at, due))
            found.append(dict(zip(self.COLUMNS, (case, clock, unit, kind, *moments), strict=True)))
        return {"due": found}

    def marks(self, *_: Any) -> Mapping[str, Sequence[dict[str, Any]]]:
        return {}


class Clock:
    def __init__(self) -> None:
        self.wall = NOW
        self.mono = 1000.0

    def passes(self, **span: float) -> None:
        self.wall += timedelta(**span)
        self.mono += timedelta(**span).total_seconds()


class RecordingDesk:
    """Takes every order; what it does to the log is `effect`."""

    def __init__(self, log: Log, effect=lambda order: None) -> None:
        self.log = log
        self.effect = effect
        self.orders: list[Order] = []

    def do(self, order: Order) -> Receipt:
        self.orders.append(order)
        self.effect(order)
        return Receipt(self.log.head(), {}, ())

    @property
    def said(self) -> list[tuple[str, str, str]]:
        steps = [order.steps[0] for order in self.orders]
        return [(step.stream, step.command.clock, type(step.command).__name__) for step in steps]


class Scene:
    def __init__(self, folder: Path) -> None:
        self.log = Log.open(None, folder)
        self.views = Views(self.log, DueBook.TABLES, {"due-book": 1}, folder)
        self.follower = Follower(self.log, self.views, [DueBook()])
        self.clock = Clock()
        self.desk = RecordingDesk(self.log)

    def due(self, *lines: tuple[str, str]) -> None:
        append(self.log, [(stream, escalated(told)) for stream, told in lines])
        self.follower.catch_up()

    def over(self, order: Order) -> None:
        """What a decider does that records the notice: the line leaves the due book."""
        append(self.log, [(order.steps[0].stream, withdrawn())])

    def watch(self) -> Watch:
        return Watch(
            self.log, self.views, self.desk, lambda: self.clock.wall, monotonic=lambda: self.clock.mono
        )

    def turns(self, watch: Watch, times: int = 5) -> None:
        for _ in range(times):
            watch.turn()


@pytest.fixture
def scene(tmp_path: Path):
    made = Scene(tmp_path)
    yield made
    made.follower.stop()
    made.views.close()
    made.log.close()


def test_it_says_what_is_due_and_nothing_else(scene: Scene) -> None:
    scene.due(
        ("c-1", "dispatch||overdue|-1|-1"),
        ("c-2", "response|heating-co|warn|-2|30"),
        ("c-3", "dispatch||overdue|5|5"),
        ("c-4", "dispatch||overdue|0|0"),
        ("c-5", "resolution||warn|-60|-30"),
    )
    scene.turns(scene.watch())

    assert scene.desk.said == [("c-2", "response", "NoticeWarning"), ("c-1", "dispatch", "NoticeOverdue")]
    order = scene.desk.orders[0]
    assert order.actor == ENGINE and order.occurred_at is None
    assert order.steps[0].command == NoticeWarning("response", NOW + timedelta(minutes=30), "heating-co")


def test_it_says_it_once_while_the_views_still_show_it(scene: Scene) -> None:
    scene.due(("c-1", "dispatch||overdue|-1|-1"))
    watch = scene.watch()
    scene.turns(watch, 20)
    assert len(scene.desk.orders) == 1


def test_a_watch_that_starts_again_says_it_under_the_same_id(scene: Scene) -> None:
    scene.due(("c-1", "dispatch||overdue|-1|-1"), ("c-1", "dispatch||warn|-3|5"))
    scene.turns(scene.watch())
    scene.turns(scene.watch())
    ids = [order.command_id for order in scene.desk.orders]
    assert len(ids) == 4 and ids[:2] == ids[2:] and len(set(ids)) == 2


def test_it_notices_a_deadline_when_it_passes(scene: Scene) -> None:
    scene.due(("c-1", "dispatch||overdue|10|10"))
    watch = scene.watch()
    assert watch.turn() == 1.0
    scene.clock.passes(minutes=9, seconds=59.5)
    assert 0.4 < watch.turn() < 0.6
    assert scene.desk.orders == []
    scene.clock.passes(seconds=0.6)
    watch.turn()
    assert scene.desk.said == [("c-1", "dispatch", "NoticeOverdue")]


def test_a_case_that_cannot_be_decided_keeps_no_other_waiting(scene: Scene) -> None:
    def effect(order: Order) -> None:
        if order.steps[0].stream == "c-1":
            raise Refused("some.rule", "no")
        if order.steps[0].stream == "c-2":
            raise ZeroDivisionError
        scene.over(order)

    scene.desk.effect = effect
    scene.due(*((f"c-{n}", f"dispatch||overdue|-{9 - n}|-1") for n in (1, 2, 3)))
    watch = scene.watch()
    scene.turns(watch)
    assert sorted(stream for stream, _, _ in scene.desk.said) == ["c-1", "c-2", "c-3"]

    scene.follower.catch_up()
    scene.clock.passes(seconds=61)
    scene.turns(watch)
    assert sorted(stream for stream, _, _ in scene.desk.said) == ["c-1", "c-1", "c-2", "c-2", "c-3"]


def test_a_store_that_is_away_is_asked_again(scene: Scene) -> None:
    def away(_: Order) -> None:
        raise StoreUnavailable("the disk is full")

    scene.due(("c-1", "dispatch||overdue|-1|-1"))
    watch = scene.watch()
    scene.desk.effect = away
    with pytest.raises(StoreUnavailable):
        watch.turn()
    scene.desk.effect = scene.over
    scene.turns(watch)
    assert len(scene.desk.orders) == 2


def test_many_due_at_once_are_all_said(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.watch.AT_ONCE", 7)
    scene.due(*((f"c-{n:03}", "dispatch||overdue|-1|-1") for n in range(40)))
    scene.turns(scene.watch(), 10)
    assert sorted(stream for stream, _, _ in scene.desk.said) == [f"c-{n:03}" for n in range(40)]


@pytest.mark.parametrize("step", [timedelta(days=1), timedelta(days=-1), timedelta(minutes=6)])
def test_after_a_step_of_the_clock_nothing_is_said_for_an_hour(scene: Scene, step: timedelta) -> None:
    scene.due(("c-1", "dispatch||overdue|2000|2000"), ("c-2", "dispatch||overdue|-3000|-3000"))
    watch = scene.watch()
    scene.clock.wall += step
    scene.turns(watch)
    assert scene.desk.orders == []
    assert watch.guard.stepped() == {
        "from": NOW.isoformat(),
        "to": (NOW + step).isoformat(),
    }

    for _ in range(59):
        scene.clock.passes(minutes=1)
        watch.turn()
    assert scene.desk.orders == []
    scene.clock.passes(minutes=2)
    scene.turns(watch)
    assert ("c-2", "dispatch", "NoticeOverdue") in scene.desk.said
    assert watch.guard.stepped() is None


def test_an_operator_can_confirm_the_new_time(scene: Scene) -> None:
    scene.due(("c-1", "dispatch||overdue|10|10"))
    watch = scene.watch()
    scene.clock.wall += timedelta(hours=3)
    scene.turns(watch)
    assert scene.desk.orders == []
    scene.watch().guard.confirm()
    scene.turns(watch)
    assert scene.desk.said == [("c-1", "dispatch", "NoticeOverdue")]
    assert scene.desk.orders[0].steps[0].command == NoticeOverdue("dispatch", NOW + timedelta(minutes=10))


def test_a_restart_does_not_forget_an_unconfirmed_step(scene: Scene) -> None:
    scene.due(("c-1", "dispatch||overdue|10|10"))
    watch = scene.watch()
    scene.clock.wall += timedelta(hours=3)
    scene.turns(watch)
    again = scene.watch()
    scene.turns(again)
    assert scene.desk.orders == [] and scene.log.setting(STEPPED) is not None


def test_a_small_correction_is_no_step(scene: Scene) -> None:
    scene.due(("c-1", "dispatch||overdue|3|3"))
    watch = scene.watch()
    scene.clock.wall += timedelta(minutes=4)
    scene.turns(watch)
    assert len(scene.desk.orders) == 1


def test_only_the_process_that_leads_watches(scene: Scene) -> None:
    scene.due(("c-1", "dispatch||overdue|-1|-1"))
    watch = scene.watch()
    watch.leads = lambda: False
    assert watch._turn() == 1.0
    assert scene.desk.orders == []


class TestBookmarks:
    def test_what_was_reached_is_kept_for_the_next_process(self, tmp_path: Path) -> None:
        with closing(Log.open(None, tmp_path)) as log:
            first = Bookmark(log, "reactions.test")
            first.move(7)
            assert Bookmark(log, "reactions.test").position() == 7
            first.move(9)
            assert Bookmark(log, "reactions.test").position() == 7  # not yet: a second has not passed
            first.keep()
            assert Bookmark(log, "reactions.test").position() == 9

    def test_it_never_goes_back_to_what_another_process_has_passed(self, tmp_path: Path) -> None:
        with closing(Log.open(None, tmp_path)) as log:
            mine = Bookmark(log, "reactions.test")
            mine.move(3)
            log.set_setting("reactions.test", "8")
            mine._looked_at -= Bookmark.EVERY
            assert mine.position() == 8
