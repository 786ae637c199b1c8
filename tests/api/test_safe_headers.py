"""The headers that keep a browser safe: on every route and page, on refusals, files and redirects too."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.permissions import TABLE
from tests.api.matrix import OWN, World, caller, world
from tests.api.test_permissions_matrix import UNWRITTEN, address, ask


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("headers")) as found:
        found.http.app.state.pulse.ended = True  # type: ignore[attr-defined]
        yield found


def directives(answer: Any) -> dict[str, str]:
    told = answer.headers["content-security-policy"].split(";")
    return {name: rest for name, _, rest in (each.strip().partition(" ") for each in told)}


@pytest.mark.parametrize("route", [route for route in TABLE if route not in UNWRITTEN])
@pytest.mark.parametrize("role", ["admin", "resident", ""])
def test_every_answer_keeps_a_browser_safe(there: World, route: str, role: str) -> None:
    there.http.app.state.visitors._buckets.clear()  # type: ignore[attr-defined]
    who = caller(role, "parent" if role == "admin" else "own") if role else None
    answer = ask(there, route, who, there.places[OWN])
    policy = directives(answer)
    assert policy["default-src"] == "'none'" and "unsafe" not in policy.get("script-src", "")
    if "sandbox" not in policy:
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in policy["style-src"] or route == "GET /docs"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers and "x-powered-by" not in answer.headers
    if not route.startswith(("GET /static", "GET /docs/swagger", "GET /sw.js")):
        cached = answer.headers["cache-control"]
        assert "private" in cached or "no-store" in cached


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
