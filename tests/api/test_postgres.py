"""The same office on PostgreSQL: a case from the call to its closing, found, listed and counted."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import answering
from api.app import create_app
from api.compose import open_engine
from api.demo_users import enrol
from api.pages.statistics.months import monthly
from api.questions import Asked
from api.remembered import OF
from domain.messages import Actor
from projections.indicators import find
from scripts.setting_up import apply, load
from tests.api.conftest import SAMPLE, Clock, Office

pytestmark = pytest.mark.postgres
ANALYST = Actor("analyst", "analyst", "demo")


@pytest.fixture
def office(tmp_path: Path, clock: Clock, postgres_url: str) -> Iterator[Office]:
    engine = open_engine(tmp_path, postgres_url, clock=clock, watch=False)
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    engine.start()
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        yield Office(http, engine, clock)
    engine.close()


def test_a_case_is_handled_found_and_counted(office: Office):
    complaint = office.registered(text="客厅只有 15℃，暖气片上热下凉")
    office.handled(complaint)
    closed = office.case(complaint, "follow-up", office.visit(), "gridworker")
    assert closed["state"] == "closed"
    reader = {"min_position": closed["position"]}
    found = office.get("complaints", params={"q": "暖气片", "grid": "demo/north", **reader}).json()
    assert [item["id"] for item in found["items"]] == [complaint]
    (row,) = office.get("statistics/satisfaction_rate", params=reader).json()["rows"]
    assert (row["numerator"], row["denominator"]) == (1, 1)
    assert office.get(row["cases"]).json()["items"][0]["id"] == complaint
    story = office.get(f"complaints/{complaint}/history").json()["items"]
    assert story[-1]["name"] == "complaint.closed"


def test_a_key_is_used_once_and_a_stale_version_refused(office: Office):
    complaint = office.registered()
    body, headers = {"lead": "property-co"}, {"Idempotency-Key": "k"}
    first = office.post(f"complaints/{complaint}/dispatch", body, headers=headers)
    again = office.post(f"complaints/{complaint}/dispatch", body, headers=headers)
    assert first.headers["etag"] == again.headers["etag"]
    stale = office.post(f"complaints/{complaint}/respond", {}, "property", headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_a_past_moment_is_counted_as_by_single_marks(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        office.handled(office.registered())
        office.clock.later(days=9)
    office.caught_up()
    monkeypatch.setattr("api.settled.FEW", 0)
    monkeypatch.setattr("api.settled.EARLY", 0)
    then = f"{office.clock() - timedelta(days=12):%Y-%m-%d}"
    asked = [
        Asked(each, "2026-10", "2026-12", ("month",), as_of=as_of, known_at=known)
        for each in ("on_time_closure_rate", "response_rate", "dispatch_on_time_rate")
        for as_of, known in ((then, ""), (then, "12"), ("", "12"))
    ]
    quick = [answering.figure(office.engine, each)["rows"] for each in asked]
    months = [monthly(office.engine, [find(each.indicator)], each, ANALYST, "en")[1] for each in asked]
    monkeypatch.setattr("api.figures.by_tallies", lambda *_: None)
    OF.pop(office.engine, None)
    for each, rows, by_month in zip(asked, quick, months, strict=True):
        single = [row | {"cases": ""} for row in answering.figure(office.engine, each)["rows"]]
        assert [row | {"cases": ""} for row in rows] == single
        assert [row | {"cases": ""} for row in by_month[find(each.indicator).id]] == single
