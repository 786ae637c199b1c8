"""Checkpoints are dated by the engine's clock; what nobody can have recorded yet cannot be asked for."""

import pytest

from api import questions
from api.answers import z
from api.problems import Problem
from tests.api.conftest import Office
from tests.engine.ledgerbook.growing import fill


def test_a_checkpoint_is_dated_by_the_engines_clock_and_never_back(office: Office):
    office.registered()
    office.engine.trail.catch_up()
    (listed, *_) = office.get("audit/checkpoints", "").json()["items"]
    assert listed["made_at"][:16] == z(office.clock.now)[:16]
    office.clock.later(days=-1)
    fill(office.engine.log, 1)
    office.engine.trail.catch_up()
    (again, *_) = office.get("audit/checkpoints", "").json()["items"]
    assert again["size"] > listed["size"] and again["made_at"] >= listed["made_at"] and not again["daily"]
    office.clock.later(days=3)
    fill(office.engine.log, 1)
    office.engine.trail.catch_up()
    assert office.get("audit/checkpoints", "").json()["items"][0]["daily"]


def test_a_statistic_known_at_what_is_not_recorded_yet_is_refused(office: Office):
    office.registered()
    office.caught_up()
    head = office.engine.log.head()
    for path in ("response_rate", "response_rate/cases"):
        ahead = office.get(f"statistics/{path}", params={"known_at": head + 1})
        assert (ahead.status_code, ahead.json()["code"]) == (422, "query.invalid"), ahead.text
        assert str(head) in ahead.json()["detail"]
        assert office.get(f"statistics/{path}", params={"known_at": head}).status_code == 200
    page = office.get(f"/statistics/response_rate?known_at={head + 1_000}", headers={"Accept": "text/html"})
    assert page.status_code == 422


def test_while_the_views_have_not_come_so_far_it_is_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    office.registered()
    head = office.engine.log.head()
    monkeypatch.setattr(office.engine.views, "position", lambda: head - 1)
    with pytest.raises(Problem) as refused:
        questions.position_of(office.engine, str(head))
    assert (refused.value.status, refused.value.code) == (503, "views.behind")
    assert questions.position_of(office.engine, str(head - 1)) == head - 1
