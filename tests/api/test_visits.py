"""A round of visits over HTTP: what is found at the door becomes a complaint in the same save, who was not
met comes back; three figures with a base each."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.compose import open_engine
from api.demo_users import USERS, enrol
from api.stream import seen_by
from domain.households.commands import MoveOut, Register
from domain.households.rules import stream_of
from domain.steps import Step
from domain.visits.rules import visit_stream
from engine.desk import Order
from engine.reactions import Reactions
from scripts.setting_up import OPERATOR, apply, load
from tests.api.conftest import GRID, SAMPLE, Clock, Office, opened

COMMUNITY = "demo/north/sl"
TODAY = date(2026, 11, 18)
"""A Wednesday."""
PEOPLE = {"h1": 3, "h2": 2, "h3": 1, "h4": 4, "h5": None}
KINDS = {"h1": "resident", "h2": "employed", "h3": "key", "h4": "resident", "h5": "resident"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    clock = Clock()
    engine = opened(tmp_path_factory.mktemp("visits") / "store", clock)
    for id, people in PEOPLE.items():
        entry = Register(GRID, "柳园", people, KINDS[id])
        engine.desk.do(Order((Step("household", stream_of(id), entry),), OPERATOR))
    away = Order((Step("household", stream_of("gone"), Register(GRID, "柳园", 2, "resident")),), OPERATOR)
    engine.desk.do(away)
    moved = Order((Step("household", stream_of("gone"), MoveOut("搬走")),), OPERATOR)
    engine.desk.do(moved)
    yield Office(TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)), engine, clock)
    engine.close()


def begun(office: Office, who: str = "dispatcher", **fields: Any) -> str:
    body = {"name": "走千家", "grid": COMMUNITY, "from": "2026-11-01", "to": "2026-12-15"} | fields
    return str(office.done("visits/rounds", body, who)["id"])


def attempt(household: str = "h1", outcome: str = "opened", met: int = 2, **fields: Any) -> dict[str, Any]:
    return {
        "household": household, "window": "day", "mode": "in_person", "outcome": outcome,
        "people_met": met if outcome == "opened" else 0, "minutes": 15, "needs": [],
    } | fields  # fmt: skip


def tried(office: Office, round: str, household: str = "h1", *more: Any, **fields: Any) -> dict[str, Any]:
    return office.done(f"visits/rounds/{round}/attempts", attempt(household, *more, **fields), "gridworker")


def read(office: Office, path: str, who: str = "dispatcher", **asked: Any) -> Any:
    office.caught_up()
    answer = office.get(f"visits/{path}", who, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(told: Any) -> list[str]:
    return [each.get("id") or each["household"] for each in told["items"]]


def share(told: dict[str, Any], name: str, mode: str = "") -> tuple[int, int]:
    part = told[name][mode] if mode else told[name]
    return part["numerator"], part["denominator"]


# ------------------------------------------------------------------ the door


def test_a_need_becomes_a_complaint_in_the_same_save_linked_both_ways(office: Office):
    round = begun(office)
    needs = [{"category": "heating", "text": "客厅只有 15℃"}, {"category": "property", "text": "门禁坏了"}]
    told = tried(office, round, needs=needs, note="老人独居", readings=[
        {"quantity": "room_temperature", "value": 15, "unit": "°C"},
    ])  # fmt: skip
    first, second = told["complaints"]
    assert {line["position"] for line in told["facts"]} == set(
        range(told["position"] - 2, told["position"] + 1)
    )
    case = office.get(f"complaints/{first}").json()
    assert (case["channel"], case["origin"], case["grid"]) == ("visit", "proactive", GRID)
    assert case["found_by"] == told["visit"]
    mine = read(office, f"rounds/{round}/households/h1")
    (made,) = mine["attempts_made"]
    assert made["complaints"] == [first, second] and made["note"] == "老人独居"
    assert mine["status"] == "reached" and "开门，见到 2 人" in mine["history"][0]["sentence"]


def test_one_need_that_cannot_be_registered_records_nothing(office: Office):
    round, head = begun(office), office.engine.log.head()
    body = attempt(needs=[{"category": "heating", "text": "冷"}, {"category": "no-such", "text": "?"}])
    answer = office.post(f"visits/rounds/{round}/attempts", body, "gridworker")
    assert (answer.status_code, answer.json()["code"]) == (422, "category.unknown")
    assert office.engine.log.head() == head


def test_told_twice_it_is_recorded_once(office: Office):
    round = begun(office)
    body = attempt(needs=[{"category": "heating", "text": "冷"}], occurred_at="2026-11-17T19:00:00+08:00")
    path, key = f"visits/rounds/{round}/attempts", {"Idempotency-Key": "door-1"}
    first = office.done(path, body, "gridworker", headers=key)
    again = office.done(path, body, "gridworker", headers=key)
    assert again["repeated"] and again["complaints"] == first["complaints"]
    answer = office.post(path, body, "gridworker")
    assert (answer.status_code, answer.json()["code"]) == (409, "visit.told-already")
    assert share(read(office, "coverage", round=round), "door_open_rate") == (1, 1)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"occurred_at": "2026-10-31T12:00:00+08:00"}, 409, "visit.outside-days"),
        ({"occurred_at": "2026-11-20T12:00:00+08:00"}, 422, None),
        ({"household": "nobody"}, 409, "visit.unknown-household"),
        ({"household": "gone"}, 409, "visit.vacant"),
        ({"outcome": "no_answer", "people_met": 2}, 409, "visit.met-nobody"),
        ({"outcome": "asleep"}, 422, None),
        ({"people_met": -1}, 422, None),
        ({"people_met": True}, 422, None),
        ({"minutes": "15"}, 422, None),
        ({"window": "noon"}, 422, None),
        ({"unknown": 1}, 422, None),
    ],
)
def test_what_is_no_attempt(office: Office, fields: dict[str, Any], status: int, code: str | None):
    round = begun(office)
    head = office.engine.log.head()
    answer = office.post(f"visits/rounds/{round}/attempts", attempt() | fields, "gridworker")
    assert answer.status_code == status, answer.text
    assert code is None or answer.json()["code"] == code
    assert office.engine.log.head() == head


def test_of_a_household_elsewhere_nobody_learns_where_it_lives(office: Office):
    """Somebody of another city, with a round of his own, asks of a household by its id."""
    round = begun(office, "elsewhere", grid="faraway")
    told = []
    for household in ("h1", "nobody"):
        body = {"household": household, "day": "2026-11-20", "window": "day"}
        answer = office.post(f"visits/rounds/{round}/bookings", body, "elsewhere").json()
        told.append(answer["code"])
        assert "demo/" not in str(answer) and "grid" not in answer
    assert told == ["visit.unknown-household"] * 2


def test_only_the_grid_s_own_member_writes_it_down(office: Office):
    round = begun(office)
    path = f"visits/rounds/{round}/attempts"
    for who, code in (("dispatcher", "actor.role"), ("resident", "actor.role"), ("panel", "actor.role")):
        answer = office.post(path, attempt(), who)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    elsewhere = begun(office, "street", grid="demo/north/sl/grid-02")
    answer = office.post(f"visits/rounds/{elsewhere}/attempts", attempt(), "gridworker")
    assert answer.status_code == 404
    assert office.post(path, attempt(), "").status_code == 401


# ------------------------------------------------------------------ figures


def test_three_figures_each_with_its_base_and_people_once(office: Office):
    round = begun(office)
    tried(office, round, "h1", "no_answer", window="day")
    tried(office, round, "h1", met=1, window="evening")
    tried(office, round, "h1", met=3, window="evening")
    tried(office, round, "h1", met=2, mode="online")
    tried(office, round, "h2", "refused")
    tried(office, round, "h3", met=1, mode="online")
    told = read(office, "coverage", round=round)
    assert share(told, "door_open_rate") == (4, 6)
    assert share(told, "door_open_rate", "in_person") == (2, 4)
    assert share(told, "door_open_rate", "online") == (2, 2)
    assert share(told, "coverage_households") == (2, 5)
    assert share(told, "coverage_households", "in_person") == (1, 5)
    assert share(told, "coverage_households", "online") == (2, 5)
    assert share(told, "coverage_people") == (4, 10)
    assert share(told, "coverage_people", "online") == (3, 10)
    assert share(told, "minutes_per_visit") == (60, 4)
    assert told["excluded"] == {"vacant": 1, "people_unknown": 1}
    (part,) = [each for each in told["by_grid"] if each["grid"] == GRID]
    assert share(part, "coverage_people") == (4, 10)
    reached = office.get(told["links"]["reached"]).json()
    assert ids(reached) == ["h1", "h3"]
    assert len(office.get(told["links"]["opened"]).json()["items"]) == 4
    assert ids(office.get(told["links"]["unvisited"]).json()) == ["h2", "h4", "h5"]
    assert ids(office.get(told["links"]["vacant"]).json()) == ["gone"]
    assert ids(read(office, f"rounds/{round}/households", status="tried")) == ["h2"]
    assert ids(read(office, f"rounds/{round}/households", status="untried")) == ["h4", "h5"]


def test_more_met_than_registered_is_something_to_look_after(office: Office):
    def checks() -> list[dict[str, Any]]:
        office.caught_up()
        due = office.get("duties?for=me", "gridworker").json()["items"]
        return [each for each in due if (each["kind"], each.get("household")) == ("register_check", "h2")]

    round = begun(office)
    told = tried(office, round, "h2", "opened", 4)
    assert told["check_register"] == {"met": 4, "registered": 2} and "登记 2 人" in told["check"]
    coverage = read(office, "coverage", round=round)
    assert share(coverage, "coverage_people")[0] == share(coverage, "coverage_people", "in_person")[0] == 2
    assert coverage["more_met"] == 1
    now = office.clock.now.isoformat()
    then = read(office, "coverage", round=round, as_of=now)
    assert (share(then, "coverage_people"), then["more_met"]) == (share(coverage, "coverage_people"), 1)
    assert ids(read(office, f"rounds/{round}/households", status="more_met")) == ["h2"]
    (check,) = checks()
    assert check["why"] == "核对登记人数：见到 4 人，登记 2 人" and check["link"] == "/api/v1/households/h2"
    office.clock.later(hours=1)
    office.done("households/h2/recount", {"people": 2}, "gridworker")
    assert checks() == [] and read(office, "coverage", round=round)["more_met"] == 0
    office.done("households/h2/recount", {"people": 3}, "gridworker")
    assert share(read(office, "coverage", round=round), "coverage_people")[0] == 3
    office.done("households/h2/recount", {"people": 2}, "gridworker")
    coverage = read(office, "coverage", round=round)
    assert share(coverage, "coverage_people")[0] == 3, "who was met was a target, and stays one"
    assert share(coverage, "coverage_people") == share(
        read(office, "coverage", round=round, as_of=office.clock.now.isoformat()), "coverage_people"
    )


def test_photographs_of_a_visit_are_seen_by_whom_they_concern(office: Office):
    round, photo = begun(office), office.photo()
    told = tried(office, round, "h3", "opened", 1, photos=[photo])
    assert told["photos"] == [photo] and "照片 1 张" in told["facts"][0]["sentence"]
    (seen,) = read(office, f"rounds/{round}/attempts", household="h3")["items"]
    assert seen["photos"] == [photo]
    for who, status in (("dispatcher", 200), ("gridworker2", 200), ("property", 404), ("resident", 404)):
        assert office.get(f"evidence/{photo}", who).status_code == status, who
    unknown = office.post(f"visits/rounds/{round}/attempts", attempt("h3", photos=["0" * 64]), "gridworker")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "evidence.unknown")


def test_the_lists_go_on_page_by_page_and_narrow(office: Office):
    round = begun(office)
    for household in ("h1", "h2", "h4"):
        tried(office, round, household, "no_answer")
    first = read(office, f"rounds/{round}/attempts", limit=2)
    rest = read(office, f"rounds/{round}/attempts", limit=2, next=first["next"])
    assert [*ids(first), *ids(rest)] == ["h4", "h2", "h1"] and rest["next"] is None
    assert ids(read(office, f"rounds/{round}/attempts", household="h2")) == ["h2"]
    assert ids(read(office, f"rounds/{round}/households", kind="key")) == ["h3"]
    assert office.get(f"visits/rounds/{round}/attempts?next=x").status_code == 422
    assert office.get(f"visits/rounds/{round}/households?status=x").status_code == 422
    assert office.get("visits/coverage").status_code == 422


def test_what_happened_yesterday_counts_yesterday(office: Office):
    round = begun(office)
    tried(office, round, occurred_at="2026-11-17T20:10:00+08:00", window="evening")
    (made,) = read(office, f"rounds/{round}/attempts")["items"]
    assert made["occurred_at"] == "2026-11-17T12:10:00Z"
    assert made["recorded_at"].startswith("2026-11-18")


# ------------------------------------------------------------------ plans and bookings


def test_a_day_is_planned_by_window_and_who_was_not_met_comes_back(office: Office):
    round = begun(office)
    tried(office, round, "h1", "no_answer", window="day")
    tried(office, round, "h4")
    office.caught_up()
    plan = office.done(f"visits/rounds/{round}/plans", {"day": "2026-11-18", "workers": ["gridworker"]})
    (mine,) = plan["plans"]
    assert mine["windows"] == {"day.in_person": 1, "evening.in_person": 2}
    told = read(office, f"rounds/{round}/plans", "gridworker")
    (own,) = told["items"]
    stops = [(stop["window"], stop["household"]) for stop in own["stops"]]
    assert stops == [("day", "h5"), ("evening", "h2"), ("evening", "h1")]
    weekend = office.done(f"visits/rounds/{round}/plans", {"day": "2026-11-21"}, "gridworker")
    assert weekend["plans"][0]["windows"] == {"weekend.in_person": 1}
    for _ in range(2):
        office.clock.later(minutes=1)
        tried(office, round, "h1", "no_answer", window="evening")
    office.caught_up()
    again = office.done(f"visits/rounds/{round}/plans", {"day": "2026-11-18"}, "gridworker")
    assert again["plans"][0]["windows"] == {"day.in_person": 1, "day.online": 1, "evening.in_person": 1}


def test_today_s_plan_is_due_until_somebody_was_there(office: Office):
    round = begun(office)
    office.caught_up()
    office.done(f"visits/rounds/{round}/plans", {"day": TODAY.isoformat()}, "gridworker")

    def due() -> list[str]:
        office.caught_up()
        told = office.get("duties?for=me&lang=en", "gridworker").json()["items"]
        return [each["why"] for each in told if each["kind"] == "visits" and round in each["link"]]

    assert due() == ["Visits today: 4 households left"]
    tried(office, round, "h1", "no_answer")
    assert due() == ["Visits today: 3 households left"]
    for household in ("h2", "h4", "h5"):
        tried(office, round, household)
    assert due() == []


def test_a_plan_is_for_members_of_the_place_on_days_of_the_round(office: Office):
    round = begun(office)
    path = f"visits/rounds/{round}/plans"

    def code(body: Any, who: str) -> str:
        return str(office.post(path, body, who).json()["code"])

    assert code({"day": "2027-01-01"}, "dispatcher") == "visit.outside-days"
    assert code({"day": "2026-11-18", "workers": ["nobody"]}, "street") == "visit-plan.no-worker"
    assert code({"day": "2026-11-18", "workers": ["gridworker2"]}, "gridworker") == "visit-plan.of-another"
    assert code({"day": "2026-11-18"}, "panel") == "actor.role"
    dry = office.done(f"{path}?dry_run=true", {"day": "2026-11-18"}, "street")
    assert dry["dry_run"] and dry["households"] == 4
    assert read(office, f"rounds/{round}/plans", "street")["items"] == []


def test_a_slot_is_booked_planned_kept_and_counted(office: Office):
    round = begun(office)
    body = {"household": "h3", "day": "2026-11-20", "window": "evening", "note": "八点以后"}
    booked = office.done(f"visits/rounds/{round}/bookings", body)
    assert booked["booking"] == "b1"
    assert office.done(f"visits/rounds/{round}/bookings", body)["booking"] is None
    other = office.done(f"visits/rounds/{round}/bookings", body | {"household": "h1"}, "gridworker")
    cancel = f"visits/rounds/{round}/households/h1/bookings/{other['booking']}/cancel"
    office.done(cancel, {"reason": "出差"}, "gridworker")
    assert office.post(cancel, {}, "gridworker").json()["code"] == "visit.no-booking"
    office.caught_up()
    plan = office.done(f"visits/rounds/{round}/plans", {"day": "2026-11-20"}, "gridworker")
    assert plan["plans"][0]["windows"] == {"day.in_person": 3, "evening.in_person": 2}
    tried(office, round, "h3", met=1, window="evening", booking="b1")
    told = read(office, "coverage", round=round)
    assert told["bookings"] == {"booked": 2, "kept": 1, "cancelled": 1}
    shown = read(office, f"rounds/{round}/bookings", state="kept")["items"]
    assert [(each["household"], each["note"]) for each in shown] == [("h3", "八点以后")]
    past = body | {"day": "2026-11-17"}
    assert office.post(f"visits/rounds/{round}/bookings", past).json()["code"] == "visit.booked-for-the-past"


# ------------------------------------------------------------------ the round


def test_a_round_is_opened_closed_and_known_to_its_places(office: Office):
    body = {"name": "年终走访", "grid": COMMUNITY, "from": "2026-11-10", "to": "2026-11-09"}
    assert office.post("visits/rounds", body).json()["code"] == "visit-round.days"
    assert office.post("visits/rounds", body, "panel").status_code == 403
    round = begun(office)
    assert "close" in read(office, f"rounds/{round}")["allowed"]
    for who, known in (("gridworker", True), ("street", True), ("panel", True), ("analyst", False)):
        assert (round in ids(read(office, "rounds", who))) == known or who == "analyst"
    assert office.get("visits/rounds", "resident").status_code == 403
    assert office.get(f"visits/rounds/{round}/attempts", "panel").status_code == 403
    office.clock.later(hours=1)
    closed = office.done(f"visits/rounds/{round}/close", {"reason": "走完了"})
    assert (closed["state"], closed["reason"]) == ("closed", "走完了")
    answer = office.post(f"visits/rounds/{round}/attempts", attempt(), "gridworker")
    assert answer.json()["code"] == "visit-round.closed"
    late = office.clock.now - timedelta(minutes=90)
    tried(office, round, occurred_at=late.isoformat())
    assert ids(read(office, "rounds", state="closed")) == [round]


def test_helping_with_the_registration_earns_once(office: Office):
    round = begun(office)
    office.done("points/accounts", {"holder": "h4", "kind": "household", "place": GRID}, "gridworker")
    for met in (1, 2):
        office.clock.later(minutes=1)
        tried(office, round, "h4", met=met)
    reactions = Reactions(office.engine.log, office.engine.desk, next(
        each.reaction for each in office.engine.reactions if each.reaction.name == "points"
    ))  # fmt: skip
    while reactions.turn():
        pass
    office.caught_up()
    assert office.get("points/accounts/acct-h4", "gridworker").json()["balance"] == 5


def test_what_was_said_of_a_household_goes_with_it(office: Office):
    round = begun(office)
    team = [{"capacity": "老党员", "name": "赵树人"}]
    tried(office, round, "h5", note="床头有氧气瓶", team=team)
    path = f"rounds/{round}/households/h5"
    assert "氧气瓶" in str(read(office, path, "gridworker"))
    office.done("households/h5/erase", {"reason": "本户申请"}, "admin")
    told = str(read(office, path, "gridworker"))
    assert "氧气瓶" not in told and "赵树人" not in told


def test_the_stream_tells_of_a_round_by_place(office: Office):
    round = begun(office)
    tried(office, round, "h2")
    state = office.http.app.state  # type: ignore[attr-defined]
    lines = office.engine.log.read(0, 5_000)
    mine = [line for line in lines if line.stream == round or line.stream == visit_stream(round, "h2")]
    for who, seen in (("gridworker", 2), ("dispatcher", 2), ("panel", 1), ("resident", 0), ("property", 0)):
        sees = seen_by(office.engine, state.cases, state.points, USERS[who].actor)
        assert sum(sees(line) for line in mine) == seen, who


@pytest.mark.postgres
def test_a_round_is_planned_and_counted_on_postgresql(tmp_path: Path, clock: Clock, postgres_url: str):
    engine = open_engine(tmp_path, postgres_url, clock=clock, watch=False)
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    for id, people in PEOPLE.items():
        entry = Register(GRID, "柳园", people, KINDS[id])
        engine.desk.do(Order((Step("household", stream_of(id), entry),), OPERATOR))
    office = Office(TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)), engine, clock)
    round = begun(office)
    tried(office, round, "h1", "no_answer")
    tried(office, round, "h1", met=2, window="evening", needs=[{"category": "heating", "text": "冷"}])
    office.caught_up()
    plan = office.done(f"visits/rounds/{round}/plans", {"day": "2026-11-18"}, "gridworker")
    assert plan["plans"][0]["windows"] == {"day.in_person": 2, "evening.in_person": 1}
    told = read(office, "coverage", round=round)
    assert share(told, "door_open_rate") == (1, 2) and share(told, "coverage_people") == (2, 10)
    assert ids(read(office, f"rounds/{round}/households", status="unvisited")) == ["h2", "h3", "h4", "h5"]
    assert len(read(office, f"rounds/{round}/plans", "gridworker")["items"][0]["stops"]) == 3
    engine.close()
