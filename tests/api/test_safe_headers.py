"""The headers that keep a browser safe: on every route and page, on refusals, files and redirects too."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.permissions import TABLE
from tests.api.matrix import OWN, World, caller, safe_for_a_browser, world
from tests.api.test_permissions_matrix import UNWRITTEN, address, ask

OPEN = [route for route, permit in TABLE.items() if permit.open and route not in UNWRITTEN]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("headers")) as found:
        found.http.app.state.pulse.ended = True  # type: ignore[attr-defined]
        yield found


@pytest.mark.parametrize("route", OPEN)
@pytest.mark.parametrize("role", ["admin", "resident"])
def test_what_is_open_keeps_a_browser_safe(there: World, route: str, role: str) -> None:
    """Every other answer, and what a stranger is told, is looked at where every role asks every route
    (tests/api/test_permissions_matrix.py)."""
    who = caller(role, "parent" if role == "admin" else "own")
    safe_for_a_browser(route, ask(there, route, who, there.places[OWN]))


def test_https_is_remembered_and_http_is_not(there: World) -> None:
    assert "strict-transport-security" not in there.http.get("/healthz").headers
    app = there.http.app
    assert isinstance(app, FastAPI)
    safe = TestClient(app, base_url="https://testserver")
    assert safe.get("/healthz").headers["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_no_other_site_is_let_in(there: World, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = there.http.request("OPTIONS", "/api/v1/complaints", headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "PROPFIND"])
def test_a_method_nobody_takes_is_refused(there: World, method: str) -> None:
    for path in (
        "/api/v1/complaints",
        "/api/v1/me",
        "/healthz",
        "/",
        f"/complaints/{there.places[OWN].ids['case']}",
    ):
        answer = there.by(caller("admin", "parent"), method, path)
        assert answer.status_code == 405 and answer.headers["allow"], (method, path)
        assert answer.json()["code"] == "method.not-allowed"


def test_head_says_405_where_only_get_is_taken(there: World) -> None:
    answer = there.http.head("/healthz")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert there.http.head("/docs").status_code == 200


def test_a_page_runs_no_script_of_its_own_text(there: World) -> None:
    for route in (route for route in TABLE if "/api/" not in route and route.startswith("GET")):
        who = caller("dispatcher", "own")
        where = address(route, there.places[OWN])
        page = there.by(who, "GET", where, headers={"Accept": "text/html"})
        if "text/html" not in page.headers.get("content-type", "") or route == "GET /docs":
            continue
        text = page.text
        assert "<script>" not in text and "javascript:" not in text and " style=" not in text, route
        for event in ("onclick", "onload", "onerror", "onsubmit", "onchange"):
            assert f" {event}=" not in text, route
        assert "http://" not in text.replace("http://www.w3.org/", "") and "https://" not in text, route
