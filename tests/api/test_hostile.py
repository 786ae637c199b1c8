"""Hostile input on every route that takes JSON: always a 4xx with a problem document of ours, and nothing is
recorded. What broke a default FastAPI stands in `RAW` and `WRONG`."""

import io
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from api.limits import Visitors
from api.permissions import TABLE
from tests.api.matrix import CALLERS, OWN, Caller, World, caller, world
from tests.api.test_permissions_matrix import address, body_for

JSON = {"Content-Type": "application/json"}
RAW = {
    "nothing": b"",
    "no json": b"{",
    "two values": b"{} {}",
    "not utf-8": b'{"text": "\xff"}',
    "utf-16": '{"text": "a"}'.encode("utf-16"),
    "NaN": b'{"text": NaN}',
    "Infinity": b'{"text": -Infinity}',
    "1e999": b'{"text": 1e999}',
    "5000 digits": b'{"text": ' + b"9" * 5000 + b"}",
    "a key twice": b'{"text": "a", "text": "b"}',
    "100000 deep": b"[" * 100_000 + b"]" * 100_000,
    "20000 objects deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "a list": b"[]",
    "a text": b'"hello"',
    "null": b"null",
    "an unknown field": b'{"priority_of_the_mayor": 1}',
}
TEXTS = {
    "half a character": "\ud800",
    "NUL": "a\x00b",
    "a hidden direction": "abc\u202edef",
    "a control character": "abc\x1b[31m",
}
FREE = ("POST /api/v1/receipts/check", "receipt")
"""What anybody pastes: the answer says that it is no receipt."""
NO_INTEGERS: tuple[Any, ...] = (True, "5", 5.0, -(10**15), 10**15, 10**400, [], {}, None)
NO_MOMENTS: tuple[Any, ...] = (
    "2026-11-18T09:00:00",
    1763426400,
    "yesterday",
    "3027-11-18T09:00:00+08:00",
    True,
)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("hostile")) as found:
        yield found


def spoken(world: World) -> dict[str, dict[str, Any]]:
    """The routes that take JSON, with the schema of their body."""
    told = world.http.app.openapi()  # type: ignore[attr-defined]
    found = {}
    for path, methods in told["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        if "application/json" in content:
            found[f"POST {path}"] = resolved(told, content["application/json"]["schema"])
    return found


def resolved(told: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


JSON_ROUTES = [
    route
    for route in TABLE
    if route.startswith("POST /api/v1/") and route not in ("POST /api/v1/evidence", "POST /api/v1/token")
]


def test_every_route_that_takes_json_is_asked(there: World) -> None:
    assert set(spoken(there)) == set(JSON_ROUTES)


def sender(route: str) -> Caller | None:
    """Somebody of the place whom the gate lets through, so that the body is read; nobody where it is open."""
    permit = TABLE[route]
    if permit.open:
        return None
    return next(each for each in CALLERS if each.position == "own" and each.actor.role in permit.roles)


def sent(world: World, route: str, content: bytes, headers: dict[str, str] | None = None) -> Any:
    world.http.app.state.visitors._buckets.clear()  # type: ignore[attr-defined]
    where = address(route, world.places[OWN])
    return world.by(sender(route), "POST", where, content=content, headers=headers or JSON)


def refused(answer: Any, told: object) -> None:
    assert 400 <= answer.status_code < 500, (told, answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json", told
    body = answer.json()
    assert body["status"] == answer.status_code and body["code"] and body["detail"], told


@pytest.mark.parametrize("route", JSON_ROUTES)
def test_what_is_no_command_changes_nothing(there: World, route: str) -> None:
    head = there.engine.log.head()
    for name, content in RAW.items():
        refused(sent(there, route, content), (route, name))
    for name, text in TEXTS.items():
        refused(sent(there, route, json.dumps({"text": text}).encode()), (route, name))
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
        "",
    ):
        answer = sent(there, route, b"{}", {"Content-Type": kind})
        refused(answer, (route, kind))
        assert answer.status_code == 415, (route, kind)
    refused(sent(there, route, b" " * (600 * 1024)), (route, "a large body"))
    assert there.engine.log.head() == head


@pytest.mark.parametrize("route", JSON_ROUTES)
def test_a_field_that_is_meant_otherwise_changes_nothing(there: World, route: str) -> None:
    head, place = there.engine.log.head(), there.places[OWN]
    example, schema = body_for(there, route, place), spoken(there)[route]
    for field, shape in schema.get("properties", {}).items():
        optional = field not in schema.get("required", ())
        if (route, field) == FREE:
            continue
        for value in wrong(shape, nullable=optional):
            body = {**example, field: value}
            refused(sent(there, route, json.dumps(body).encode()), (route, field, str(value)[:40]))
    assert there.engine.log.head() == head


def wrong(shape: dict[str, Any], *, nullable: bool) -> Iterator[Any]:
    shapes = [shape, *shape.get("anyOf", ())]
    if any(each.get("format") == "date-time" for each in shapes):
        yield from NO_MOMENTS
    elif any(each.get("type") == "integer" for each in shapes):
        yield from (value for value in NO_INTEGERS if not (nullable and value is None))
    elif any(each.get("type") == "string" for each in shapes):
        yield from (5, True, ["a"], {"a": 1}, *TEXTS.values(), "长" * 20_000)
    elif any(each.get("type") == "boolean" for each in shapes):
        yield from ("true", 1, 0, "yes")
    elif any(each.get("type") == "array" for each in shapes):
        yield from ("a", 5, [[]], [None], ["x"] * 20_000)


# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "..%2f..%2fkeys.master", "%2e%2e%2fx", "%00", "a%0d%0ab", "'--"]
)
def test_no_name_climbs_out(there: World, path: str) -> None:
    admin = caller("admin", "parent")
    for place in ("complaints", "evidence", "rule-books", "points/accounts", "jobs", "track", "statistics"):
        refused(there.by(admin, "GET", f"/api/v1/{place}/{path}"), (place, path))
    found = there.by(admin, "GET", f"/static/{path}")
    assert 400 <= found.status_code < 500


def test_a_parameter_that_stands_twice_is_asked_about(there: World) -> None:
    admin = caller("admin", "parent")
    answer = there.by(admin, "GET", "/api/v1/complaints?limit=1&limit=2")
    refused(answer, "limit")
    assert answer.json()["code"] == "query.twice"
    assert there.by(admin, "GET", "/api/v1/complaints?state=received&state=closed").status_code == 200


def test_an_address_has_an_end(there: World) -> None:
    answer = there.by(caller("admin", "parent"), "GET", f"/api/v1/complaints?q={'a' * 40_000}")
    refused(answer, "q")
    assert answer.status_code == 414


# ------------------------------------------------------------------ uploads


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is that large."""
    head = b"\x89PNG\r\n\x1a\n"
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    data = zlib.compress(b"\x00" * 2_000_000, 9)

    def chunk(kind: bytes, content: bytes) -> bytes:
        told = kind + content
        return len(content).to_bytes(4, "big") + told + zlib.crc32(told).to_bytes(4, "big")

    return head + chunk(b"IHDR", size) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def many_frames() -> bytes:
    kept = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), (n, 0, 0)) for n in range(200)]
    frames[0].save(kept, "WEBP", save_all=True, append_images=frames[1:])
    return kept.getvalue()


FILES = {
    "a pixel bomb": (bomb(60_000, 60_000), "image/png"),
    "a wide bomb": (bomb(2_000_000_000, 1), "image/png"),
    "a script": (b"<script>alert(1)</script>", "text/html"),
    "a drawing that runs": (b"<svg onload=alert(1)>", "image/svg+xml"),
    "a zip": (b"PK\x03\x04" + b"\x00" * 100, "application/zip"),
    "a zip called a paper": (b"PK\x03\x04" + b"\x00" * 100, "application/pdf"),
    "nothing": (b"", "image/png"),
}


@pytest.mark.parametrize("content, kind", FILES.values(), ids=list(FILES))
def test_a_file_that_would_burst_is_not_taken(there: World, content: bytes, kind: str) -> None:
    for name in ("x.png", "../../../etc/passwd", "a\x00b.png", "=cmd|' /C calc'!A0.png", "长" * 3_000):
        files = {"file": (name, content, kind)}
        refused(there.by(caller("gridworker", "own"), "POST", "/api/v1/evidence", files=files), (kind, name))


def test_a_picture_keeps_one_frame_and_no_name(there: World) -> None:
    files = {"file": ("../../x.webp", many_frames(), "image/webp")}
    answer = there.by(caller("gridworker", "own"), "POST", "/api/v1/evidence", files=files)
    assert answer.status_code == 201 and len(answer.json()["id"]) == 64
    found = there.by(caller("gridworker", "own"), "GET", answer.headers["location"])
    assert found.headers["content-disposition"].endswith(f'"{answer.json()["id"][:12]}.webp"')
    assert getattr(Image.open(io.BytesIO(found.content)), "n_frames", 1) == 1


def test_forms_without_a_file_or_with_many_are_refused(there: World) -> None:
    who = caller("gridworker", "own")
    refused(there.by(who, "POST", "/api/v1/evidence", content=b"{}", headers=JSON), "no form")
    broken = {"Content-Type": "multipart/form-data"}
    refused(there.by(who, "POST", "/api/v1/evidence", content=b"--x\r\n", headers=broken), "no boundary")
    cut = {"Content-Type": "multipart/form-data; boundary=x"}
    refused(there.by(who, "POST", "/api/v1/evidence", content=b"--x\r\nContent-", headers=cut), "cut off")
    fields = {f"f{n}": "x" for n in range(2_000)}
    refused(there.by(who, "POST", "/api/v1/evidence", data=fields, files={"g": b""}), "many fields")


# ------------------------------------------------------------------ often


def test_what_anybody_may_ask_is_asked_with_measure(there: World) -> None:
    visitors = there.http.app.state.visitors  # type: ignore[attr-defined]
    visitors._buckets.clear()
    answers = [there.by(None, "GET", "/api/v1/track/AAAAA-AAAAA-AAAAA") for _ in range(70)]
    refusals = [each for each in answers if each.status_code == 429]
    assert 5 <= len(refusals) <= 10 and {each.status_code for each in answers} == {404, 429}
    assert all(1 <= int(each.headers["retry-after"]) <= 60 for each in refusals)
    refused(refusals[0], "too often")
    visitors._buckets.clear()


def test_a_household_of_ipv6_is_one_visitor() -> None:
    visitors = Visitors()
    waits = [visitors.admit(f"2001:db8:1:2::{n:x}") for n in range(1, 80)]
    assert waits[0] == 0 and waits[-1] > 0 and visitors.admit("2001:db8:1:3::1") == 0
