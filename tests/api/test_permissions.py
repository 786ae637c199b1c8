"""The table of permissions, the routes, the domain's own roles and the page for people say the same."""

from collections.abc import Mapping

import pytest
from fastapi import FastAPI

from api import gate
from api.app import create_app
from api.commands import COMMANDS
from api.gate import UndeclaredRoute
from api.permissions import ROLES, TABLE, Permit, routes
from api.sign_in import Caller
from domain.complaint.permits import BEFORE_ROLE
from domain.complaint.permits import ROLES as CASES
from domain.points import account, attendance, claim, panel, redemption, stock
from tests.api import permissions_page
from tests.api.conftest import Office

DECIDED: Mapping[type, frozenset[str]] = {
    **CASES, **account.ROLES, **claim.ROLES, **redemption.ROLES, **stock.ROLES, **panel.ROLES,
    **attendance.ROLES,
}  # fmt: skip


def test_a_route_without_a_row_stops_the_start(office: Office) -> None:
    app = office.http.app
    assert isinstance(app, FastAPI)
    gate.check(app)

    @app.get("/api/v1/forgotten")
    async def forgotten(caller: Caller) -> None: ...

    with pytest.raises(UndeclaredRoute, match="GET /api/v1/forgotten"):
        gate.check(app)


def test_a_row_without_its_route_stops_the_start(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    more = {**TABLE, "GET /api/v1/nowhere": Permit(frozenset(ROLES), "all")}
    monkeypatch.setattr(gate, "TABLE", more)
    with pytest.raises(UndeclaredRoute, match="/api/v1/nowhere"):
        create_app(office.engine)


def test_a_route_that_never_asks_who_calls_stops_the_start(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = {**TABLE, "GET /healthz": Permit(frozenset(ROLES), "all")}
    monkeypatch.setattr(gate, "TABLE", closed)
    with pytest.raises(UndeclaredRoute, match="GET /healthz is not open"):
        create_app(office.engine)


def test_a_stranger_passes_only_what_is_open() -> None:
    for route, permit in TABLE.items():
        assert permit.open != bool(permit.roles), route


@pytest.mark.parametrize("route", [route for route, permit in TABLE.items() if permit.command])
def test_the_door_and_the_domain_know_the_same_roles(route: str) -> None:
    permit = TABLE[route]
    assert permit.command is not None
    if permit.command in DECIDED:
        assert permit.roles == DECIDED[permit.command] & frozenset(ROLES)


def test_only_who_is_told_more_passes_without_his_role() -> None:
    told = {permit.command for permit in TABLE.values() if permit.told}
    assert told == set(BEFORE_ROLE)


def test_every_command_to_a_case_stands_in_the_table_with_its_command() -> None:
    for name, kind in COMMANDS.items():
        assert TABLE[f"POST {routes.CASE}/{name}"].command is kind.command


def test_the_page_for_people_shows_the_table() -> None:
    _, shown, _ = permissions_page.parts()
    assert shown == "".join(permissions_page.rows()), "python -m tests.api.permissions_page"


def test_a_refusal_says_who_may(office: Office) -> None:
    complaint = office.registered()
    answer = office.post(f"complaints/{complaint}/dispatch", {"lead": "property-co"}, "panel")
    told = answer.json()
    assert (answer.status_code, told["code"], told["rule"]) == (403, "actor.role", "actor.role")
    assert "派单员" in told["what_would_help"] and "派单" in told["detail"]
    english = office.get("panel/reviews", "resident", headers={"Accept-Language": "en"}).json()
    assert "dispatcher" in english["what_would_help"]
