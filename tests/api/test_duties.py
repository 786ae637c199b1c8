"""The calendar of duties over HTTP: opened by the book, done, missed, explained, and looked at ahead."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from domain.duties import NoticeMissed
from domain.messages import ENGINE
from domain.steps import Step
from engine.desk import Order
from engine.read import rows
from engine.watch import Watch
from projections.duties.periods import PERIODS_OF_DUTIES
from projections.duties.series import SERIES_OF_DUTIES
from scripts.setting_up import apply, load
from tests.api.conftest import SAMPLE, Clock, Office, opened

BOOK = SAMPLE.parent / "duties.toml"
GRID = "demo/north/sl/grid-01"
PATROL = "duty-patrol-demo.north.sl.grid-01"
LISTENING = "duty-listening-demo.north.sl"
REVIEW = "duty-ledger_review-demo.north.sl"


class Hall(Office):
    """The office with a calendar of duties; the clocks that run beside it are turned by hand."""

    def react(self) -> None:
        for reactions in self.engine.reactions:
            while reactions.turn():
                pass
        self.caught_up()

    def noticed(self) -> int:
        engine = self.engine
        watch = Watch(
            engine.log, engine.views, engine.desk, engine.clock,
            duties=list(engine.watch.duties.values()), look=engine.desk.state,
        )  # fmt: skip
        watch.guard.trusted = lambda: True  # type: ignore[method-assign]
        self.caught_up()
        while watch.turn() == 0.0:
            self.caught_up()
        return watch.noticed

    def at(self, text: str) -> None:
        self.clock.now = datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)

    def duties(self, who: str) -> list[dict[str, Any]]:
        found = self.get("duties?for=me", who).json()["items"]
        return [each for each in found if each["kind"] == "recurring"]

    def calendar(self, who: str = "dispatcher", **asked: str) -> dict[str, Any]:
        answer = self.get("duties/calendar", who, params=asked)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def periods(self, duty: str, who: str = "dispatcher") -> list[tuple[str, str]]:
        told = self.get(f"duties/{duty}", who).json()
        return [(each["period"], each["state"]) for each in told["periods"]]


@pytest.fixture
def hall(tmp_path: Path, clock: Clock) -> Iterator[Hall]:
    engine = opened(tmp_path, clock)
    apply(engine.desk, load(BOOK))
    engine.start()
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        found = Hall(http, engine, clock)
        found.react()
        yield found
    engine.close()


def test_the_adopted_book_opens_its_series_everywhere_and_a_new_place_gets_its_own(hall: Hall):
    told = hall.get("duties/series?limit=200").json()["items"]
    assert sum(each["what"] == "patrol" for each in told) == 8
    assert {each["what"] for each in told if each["place"] == "demo/north/sl"} == {
        "listening", "ledger_review", "ranking", "forum", "disclosure", "honour", "season_report",
    }  # fmt: skip
    head = hall.engine.log.head()
    hall.react()
    assert hall.engine.log.head() == head
    grid = {"path": "demo/north/sl/grid-09", "name": "第九网格", "level": "grid"}
    hall.done("organisation/grids", grid, "admin")
    hall.react()
    new = hall.get("duties/duty-patrol-demo.north.sl.grid-09").json()
    assert (new["state"], new["period"]) == ("running", "2026-11-19")


def test_a_duty_waits_for_its_owner_while_it_is_open_and_is_done_from_there(hall: Hall):
    assert hall.duties("gridworker") == []
    hall.at("2026-11-19T09:00")
    (patrol,) = [each for each in hall.duties("gridworker") if each["what"] == "patrol"]
    assert (patrol["why"], patrol["due_by"]) == ("每日巡查：2026-11-19", "2026-11-19T16:00:00Z")
    assert patrol["link"] == f"/api/v1/duties/{PATROL}"
    assert hall.duties("dispatcher") == hall.duties("resident") == []
    photo = hall.photo()
    body = {"period": "2026-11-19", "note": "绕小区一圈，井盖完好", "evidence": [photo]}
    dry = hall.done(f"duties/{PATROL}/done?dry_run=true", body, "gridworker")
    assert "下一期" in dry["consequences"][0]
    told = hall.done(f"duties/{PATROL}/done", body, "gridworker")
    assert told["periods"][0]["state"] == "done"
    assert told["periods"][0]["note"] == "绕小区一圈，井盖完好"
    assert "patrol" not in {each["what"] for each in hall.duties("gridworker")}
    assert hall.get(f"evidence/{photo}", "dispatcher").status_code == 200
    assert hall.get(f"evidence/{photo}", "property").status_code == 404


def test_the_fact_that_does_it_marks_it_done(hall: Hall):
    hall.done("panel", {"place": "demo/north/sl", "members": ["panel", "panel2", "panel3"]}, "street")
    hall.at("2026-12-02T10:00")
    hall.noticed()
    assert "ledger_review" in {each["what"] for each in hall.duties("panel")}
    hall.done("panel/reviews", {"month": "2026-11"}, "panel")
    for who in ("panel", "panel2"):
        hall.done("panel/reviews/2026-11/sign", {}, who)
    hall.react()
    assert hall.periods(REVIEW) == [("2026-11", "done")]
    told = hall.get(f"duties/{REVIEW}").json()
    assert told["periods"][0]["fact"] == "panel.ledger-reviewed"
    assert told["periods"][0]["done_by"] == "engine"
    assert told["period"] == "2026-12"


def test_three_weeks_without_a_server_leave_one_fact_a_period_in_order(hall: Hall):
    hall.at("2026-12-10T09:00")
    assert hall.noticed() > 0
    every = hall.get(f"duties/{PATROL}/periods?limit=100").json()["items"]
    days = [f"2026-11-{day}" for day in range(19, 31)] + [f"2026-12-{day:02}" for day in range(1, 10)]
    assert [each["period"] for each in every] == days[::-1]
    assert {each["state"] for each in every} == {"missed"}
    assert all(each["missed_at"] == each["due_by"] for each in every)
    lines = hall.engine.log.stream(PATROL)
    assert [line.fact.period.key for line in lines[1:]] == days  # type: ignore[attr-defined]
    assert hall.noticed() == 0
    assert hall.periods(LISTENING) == [("2026-12-05", "missed"), ("2026-11-25", "missed")]


def test_a_missed_duty_is_explained_done_late_and_still_shown(hall: Hall):
    hall.at("2026-11-26T09:00")
    hall.noticed()
    body = {"period": "2026-11-25", "reason": "暴雪封路，改为电话接访"}
    told = hall.done(f"duties/{LISTENING}/explain", body, "dispatcher")
    (missed,) = told["periods"]
    assert (missed["state"], missed["explanation"]) == ("missed", "暴雪封路，改为电话接访")
    late = hall.done(f"duties/{LISTENING}/done", {"period": "2026-11-25", "note": "次日补接访 4 人"})
    (period,) = late["periods"]
    assert (period["state"], period["missed_at"]) == ("late", "2026-11-25T16:00:00Z")
    assert period["explanation"] == "暴雪封路，改为电话接访"


def test_a_series_and_its_periods_say_what_they_said_on_another_day(hall: Hall):
    paths = ("duties/series", f"duties/{LISTENING}", f"duties/{LISTENING}/periods")

    def asked(path: str, **query: Any) -> Any:
        answer = hall.get(path, params=query)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told["items"] if "items" in told else told | {"allowed": [], "refused": []}

    hall.at("2026-12-06T09:00")
    hall.noticed()
    moment = hall.clock.now.isoformat().replace("+00:00", "Z")
    both = {"as_of": moment, "known_at": hall.engine.log.head()}
    said = {path: asked(path) for path in paths}
    hall.at("2026-12-08T09:00")
    told = {"period": "2026-12-05", "note": "接待 9 人", "occurred_at": "2026-12-05T10:00:00+08:00"}
    hall.done(f"duties/{LISTENING}/done", told)
    hall.done(f"duties/{PATROL}/close", {"reason": "网格撤并"})
    hall.caught_up()
    for path in paths:
        was = asked(path, **both)
        if path == "duties/series":
            assert was == sorted(said[path], key=lambda each: str(each["id"])) != asked(path)
        else:
            assert was == (said[path] if isinstance(was, list) else said[path] | both) != asked(path)
    known_now = asked(paths[2], as_of=moment)
    assert [each["state"] for each in known_now] == ["told_late", "missed"]
    evening = asked(paths[2], as_of="2026-12-05T18:00:00+08:00")
    assert [(each["state"], each["missed_at"] is None) for each in evening] == [
        ("told_late", True), ("missed", False),
    ]  # fmt: skip
    first = hall.get(paths[2], params=both | {"limit": 1}).json()
    rest = hall.get(paths[2], params=both | {"cursor": first["next"]}).json()
    assert first["items"] + rest["items"] == said[paths[2]] and rest["next"] is None


def test_the_calendar_shows_what_was_what_is_open_and_what_is_to_come(hall: Hall):
    hall.at("2026-11-25T10:00")
    hall.noticed()
    hall.done(f"duties/{LISTENING}/done", {"period": "2026-11-25", "note": "接待 12 人"})
    told = hall.calendar(**{"from": "2026-11-01", "to": "2026-12-31", "what": "listening"})
    assert [(each["day"], each["state"]) for each in told["items"]] == [
        ("2026-11-25", "done"), ("2026-12-05", "coming"), ("2026-12-15", "coming"), ("2026-12-25", "coming"),
    ]  # fmt: skip
    grid = hall.calendar(**{"from": "2026-11-24", "to": "2026-11-27", "what": "patrol", "grid": GRID})
    assert [(each["day"], each["state"]) for each in grid["items"]] == [
        ("2026-11-24", "missed"), ("2026-11-25", "open"), ("2026-11-26", "coming"), ("2026-11-27", "coming"),
    ]  # fmt: skip
    assert grid["counts"] == {"missed": 1, "open": 1, "coming": 2}
    assert {each["place"] for each in hall.calendar("gridworker")["items"]} == {GRID}


def test_a_calendar_of_any_length_is_read_page_by_page(hall: Hall):
    """Each entry once, in order, whatever the pages' length; the counts are those of all of it."""
    hall.at("2026-11-26T10:00")
    hall.noticed()
    span = {"from": "2026-11-20", "to": "2026-12-20"}
    whole = hall.calendar(**span)
    assert whole["next"] is None and len(whole["items"]) == sum(whole["counts"].values()) > 200
    for limit in ("7", "97"):
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            told = hall.calendar(**span, limit=limit, cursor=cursor)
            assert len(told["items"]) <= int(limit) and told["counts"] == whole["counts"]
            found, cursor = found + told["items"], told["next"]
        assert found == whole["items"]
    for wrong in ("x", "2026-99-99~patrol~1~demo", "2026-11-20~patrol"):
        answer = hall.get("duties/calendar", params=span | {"cursor": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor.unknown"), wrong


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"from": "2026-12-01", "to": "2026-11-01"}, "period.backwards"),
        ({"from": "2026-11-01", "to": "2027-11-01"}, "period.too-long"),
        ({"from": "2028-11-01", "to": "2028-11-02"}, "period.too-long"),
        ({"from": "2200-12-01"}, "period.too-long"),
        ({"from": "2200-12-30", "to": "2200-12-31"}, "period.too-long"),
    ],
)
def test_a_calendar_has_bounds(hall: Hall, asked: dict[str, str], rule: str):
    answer = hall.get("duties/calendar", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, rule)


def test_who_does_not_answer_for_a_place_finds_nothing_of_it(hall: Hall):
    hall.at("2026-11-19T09:00")
    body = {"period": "2026-11-19", "note": "x"}
    for who, status in (("dispatcher", 403), ("panel", 409), ("property", 404), ("resident", 403)):
        assert hall.post(f"duties/{PATROL}/done", body, who).status_code in (status, 409), who
    assert hall.get(f"duties/{PATROL}", "property").status_code == 404
    assert hall.get("duties/duty-patrol-nowhere").status_code == 404
    assert hall.get(f"duties/{PATROL}", "resident").status_code == 403


def test_a_series_is_closed_and_opened_by_whoever_answers_for_the_place(hall: Hall):
    closed = hall.done(f"duties/{PATROL}/close", {"reason": "网格撤并"}, "dispatcher")
    assert (closed["state"], closed["period"]) == ("ended", None)
    hall.at("2026-12-10T09:00")
    hall.noticed()
    assert hall.periods(PATROL) == []
    answer = hall.post("duties/series", {"place": GRID, "what": "patrol"}, "dispatcher")
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/v1/duties/{PATROL}")
    assert answer.json()["period"] == "2026-12-11"
    opened_again = hall.done("duties/series", {"place": GRID}, "street")
    assert opened_again["facts"] == []
    refused = hall.post("duties/series", {"place": "faraway", "what": "patrol"}, "dispatcher")
    assert refused.status_code in (403, 404, 409)


def test_a_night_of_many_grids_is_one_fact_each(hall: Hall):
    """A place more costs a fact a period, and no more."""
    head = hall.engine.log.head()
    hall.at("2026-11-20T00:01")
    hall.noticed()
    names = [line.stream for line in hall.engine.log.read(head, 100)]
    assert len(names) == len(set(names)) == 16
    order = Order((Step("duty", PATROL, NoticeMissed()),), ENGINE)
    assert hall.engine.desk.do(order).lines == ()


def test_what_is_shown_is_what_the_log_says(hall: Hall):
    """Folded anew from the log, the rows are those of the views."""
    hall.at("2026-11-26T09:00")
    hall.noticed()
    hall.done(f"duties/{LISTENING}/explain", {"period": "2026-11-25", "reason": "暴雪封路"})
    hall.done(f"duties/{LISTENING}/done", {"period": "2026-11-25", "note": "次日补接访"})
    hall.done(f"duties/{PATROL}/close", {"reason": "撤并"})
    hall.caught_up()
    log = hall.engine.log
    lines = [line for stream in log.streams_named("duty-") for line in log.stream(stream)]
    views: tuple[tuple[Any, str], ...] = (
        (SERIES_OF_DUTIES, "duties"),
        (PERIODS_OF_DUTIES, "duty_periods"),
    )
    for projection, table in views:
        states: dict[str, Any] = {}
        for line in lines:
            if type(line.fact) in projection.FACTS:
                subject = projection.subject(line)
                states[subject] = projection.fold(states.get(subject), line)
        told = [row for state in states.values() for row in projection.rows(state)[table]]
        with hall.engine.views.read() as reading:
            shown = rows(reading, table, limit=1_000).items
        assert sorted(str(sorted(row.items())) for row in told) == sorted(
            str(sorted(row.items())) for row in shown
        )
