"""Facts as server-sent events: each once, in order, resumed where a reader left off."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.compose import open_engine
from tests.api.conftest import GRID, at_store
from tests.api.serving import served, serving

NEW = {"category": "property", "text": "灯不亮", "place": {"grid": GRID}, "channel": "hotline"}


@pytest.fixture
def http(tmp_path: Path) -> Iterator[httpx.Client]:
    with (
        served(tmp_path) as address,
        httpx.Client(
            base_url=f"{address}/api/v1", headers=at_store(tmp_path, "dispatcher"), timeout=60
        ) as client,
    ):
        yield client


def events(http: httpx.Client, count: int, **options: Any) -> list[dict[str, Any]]:
    """The first events of a stream, with their ids."""
    found: list[dict[str, Any]] = []
    ident = ""
    with http.stream("GET", "/stream", **options) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("id: "):
                ident = line.removeprefix("id: ")
            elif line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")) | {"id": ident})
                if len(found) == count:
                    break
    return found


def test_a_reader_resumes_where_he_left_off(http: httpx.Client):
    head = http.get("/complaints?limit=1").json()
    assert head["items"] == []
    made = [http.post("/complaints", json=NEW).json() for _ in range(4)]
    first = events(http, 2, params={"after": made[0]["position"] - 1})
    assert [each["stream"] for each in first] == [made[0]["id"], made[1]["id"]]
    assert {"position", "name", "stream", "version", "occurred_at", "recorded_at", "views"} <= first[0].keys()
    rest = events(http, 2, headers={"Last-Event-ID": first[-1]["id"]})
    assert [each["position"] for each in rest] == [made[2]["position"], made[3]["position"]]


def test_a_reader_resumes_at_a_server_that_was_started_again(tmp_path: Path):
    with served(tmp_path) as address:
        headers = at_store(tmp_path, "dispatcher")
        with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60) as http:
            made = [http.post("/complaints", json=NEW).json() for _ in range(3)]
            (first,) = events(http, 1, params={"after": made[0]["position"] - 1})
    with (
        serving(open_engine(tmp_path)) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60) as http,
    ):
        rest = events(http, 2, headers={"Last-Event-ID": first["id"]})
    assert [each["stream"] for each in rest] == [made[1]["id"], made[2]["id"]]


def test_a_reader_hears_what_happens_while_he_listens(http: httpx.Client):
    position = http.post("/complaints", json=NEW).json()["position"]
    heard: list[str] = []
    with http.stream("GET", "/stream", params={"after": position}) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        with httpx.Client(base_url=http.base_url, headers=http.headers) as other:
            made = other.post("/complaints", json=NEW).json()
        for line in lines:
            if line.startswith("data: "):
                heard.append(json.loads(line.removeprefix("data: "))["stream"])
                break
    assert heard == [made["id"]]


def test_another_city_hears_nothing_of_a_case(http: httpx.Client, tmp_path: Path):
    made = http.post("/complaints", json=NEW).json()
    book = {"version": "1", "content": {"levels": []}}
    assert http.post("/rule-books/vocabularies", json=book).status_code == 201
    elsewhere = at_store(tmp_path, "elsewhere")
    (heard,) = events(http, 1, params={"after": made["position"] - 1}, headers=elsewhere)
    assert heard["name"] == "rule-book.proposed"


def test_a_stream_ends_with_the_right_it_was_opened_with(http: httpx.Client):
    made = http.post("/complaints", json=NEW).json()
    heard: list[str] = []
    with http.stream("GET", "/stream", params={"after": made["position"]}) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        with httpx.Client(base_url=http.base_url, headers=http.headers) as other:
            assert other.post("/me/sign-out", json={}).status_code == 200
        heard += [line for line in lines if line.startswith("data: ")]
    assert heard == [] and http.get("/stream").status_code == 401
