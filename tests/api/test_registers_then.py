"""Every register on the two clocks: as it was and was known, it is what it said that day; as it was by what
is known today, it holds what a counter entered late."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from engine.log import recorded
from tests.api.conftest import GRID, Clock, Office, opened
from tests.api.patrols.test_patrols import HAZARD, walk
from tests.api.test_capture import item, upload
from tests.api.test_then import z

ACCOUNT = "acct-resident"
LISTS = {
    "complaints": "complaints",
    "claims": "points/claims",
    "accounts": "points/accounts",
    "orders": "points/redemptions",
    "attendance": "points/attendance",
    "stock": "points/stock",
    "households": "households",
    "dwellings": "dwellings",
    "rounds": "visits/rounds",
    "care plans": "care-plans",
    "routes": "patrols/routes",
    "patrols": "patrols",
    "sweeps": "sweeps",
    "people": "people",
    "grants": "organisation/grants",
    "places": "organisation/grids",
    "units": "organisation/units",
    "bodies": "organisation/bodies",
    "unfiled": "care-plans/unfiled",
    "hazards": "patrols/hazards",
    "captures": "capture",
}
OF_ADMINISTRATORS = ("people", "grants", "places", "units", "bodies")
"""Nothing of them is told later than it happened."""
TOLD_LATE = [name for name in LISTS if name not in OF_ADMINISTRATORS]
NARROWED = {
    "complaints": {"state": "received"},
    "claims": {"state": "filed"},
    "accounts": {"grid": GRID, "holder": "resident"},
    "orders": {"state": "requested"},
    "attendance": {"state": "taking"},
    "households": {"person": "resident", "kind": "resident", "vacant": "false"},
    "dwellings": {"vacant": "false"},
    "rounds": {"state": "open"},
    "care plans": {"risk": "high"},
    "routes": {"state": "set"},
    "patrols": {"kind": "daily", "from": "2026-11"},
    "sweeps": {"state": "sweeping"},
    "people": {"role": "gridworker"},
    "grants": {"in_force": "true"},
    "places": {"level": "grid"},
    "units": {"kind": "company"},
    "unfiled": {"grid": GRID},
    "hazards": {"category": "heating"},
    "captures": {"state": "kept"},
}
WITHIN = ("stock", "complaints", "grants", "places", "units", "bodies", "unfiled", "hazards")
"""Those without an address for one of them, or with that of another register."""
"""A filter of each that today's rows no longer pass, or pass otherwise."""


def who(name: str) -> str:
    return "admin" if name in OF_ADMINISTRATORS else "dispatcher"


@dataclass
class Past:
    """A store that was asked on one day, and was told more on the next."""

    office: Office
    moment: datetime
    position: int
    said: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What each list said on the day, whole and narrowed."""

    @property
    def happened(self) -> dict[str, str]:
        return {"as_of": z(self.moment)}

    @property
    def both(self) -> dict[str, str]:
        return {"as_of": z(self.moment), "known_at": str(self.position)}

    def asked(self, name: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.office.get(LISTS[name], who(name), params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def stream(self, name: str, item: dict[str, Any]) -> str:
        before = {"households": "hh-", "unfiled": "hh-", "stock": "stock-"}.get(name, "")
        return before + str(item["item"] if name == "stock" else item["id"])

    def versions(self) -> dict[str, int]:
        """Of each stream, the last fact that had happened, by everything known today."""
        found: dict[str, list[int]] = {}
        for row in self.office.engine.log.rows(0, 100_000):
            line = recorded(row)
            if line.occurred_at <= self.moment:
                found.setdefault(line.stream, []).append(line.version)
        return {stream: max(versions) for stream, versions in found.items() if 1 in versions}


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    clock = Clock()
    engine = opened(tmp_path_factory.mktemp("then") / "store", clock)
    office = Office(TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)), engine, clock)
    made = begun(office)
    clock.later(hours=2)
    late = clock.now
    clock.later(hours=1)
    office.caught_up()
    found = Past(office, clock.now, engine.log.head())
    for name in LISTS:
        found.said[name] = found.asked(name)
        found.said[f"{name}, narrowed"] = found.asked(name, **NARROWED.get(name, {}))
    clock.later(days=2)
    told_late(office, made, late.isoformat())
    begun(office, again=True)
    office.caught_up()
    yield found
    engine.close()


def begun(office: Office, *, again: bool = False) -> dict[str, str]:
    """One subject of each register; `again` another, that nobody knew of before."""
    done, nth = office.done, "2" if again else "1"
    if not again:
        done("points/accounts", {"holder": "resident", "kind": "resident"}, "gridworker")
        done("points/stock", {"item": "salt", "quantity": 50, "reason": "街道配送"}, "gridworker")
        credited = filed(office)
        done(f"points/claims/{credited}/verify", {}, "gridworker")
    done("points/accounts", {"holder": f"hh-SL-{nth}", "kind": "household"}, "gridworker")
    home = {"grid": GRID, "people": 1, "address": f"柳园{nth}号", "tenure": "own"}
    made = {
        "complaint": office.registered(),
        "claim": filed(office),
        "order": done(
            "points/redemptions", {"account": ACCOUNT, "items": [{"item": "salt", "quantity": 1}]}, "resident"
        )["id"],
        "list": done(
            "points/attendance",
            {"activity": "mediation", "occurred_on": "2026-11-18", "place": GRID},
            "gridworker",
        )["id"],
        "home": done("households", home | {"id": f"SL-{nth}", "kind": "resident"}, "gridworker")["id"],
        "key": done(
            "households", {"grid": GRID, "people": 1, "id": f"SL-k{nth}", "kind": "key"}, "gridworker"
        )["id"],
        "round": done(
            "visits/rounds", {"name": "走访", "grid": GRID, "from": "2026-11-16", "to": "2026-12-15"}
        )["id"],
        "route": done(
            "patrols/routes",
            {"name": "管网", "grid": GRID, "stops": ["换热站"], "category": "heating"},
            "gridworker",
        )["id"],
        "patrol": done("patrols", walk(), "gridworker")["id"],
        "hazard": done("patrols", walk(hazards=[HAZARD]), "gridworker")["complaints_registered"][0],
        "unfiled": done(
            "households", {"grid": GRID, "people": 1, "id": f"SL-u{nth}", "kind": "key"}, "gridworker"
        )["id"],
        "sweep": done(
            "sweeps", {"grids": [GRID], "due_on": "2026-12-31", "category": "heating", "what": "阀门"}
        )["id"],
    }
    worker = done("people", {"name": "钱新", "home": GRID}, "admin")["id"]
    new = {"path": f"{GRID}/b{nth}", "name": f"{nth}号楼", "level": "building"}
    done("organisation/grids", new, "admin")
    done("organisation/units", {"id": f"gas-{nth}", "name": "燃气公司", "kind": "company"}, "admin")
    seats = {"gridworker": "gridworker", "mediator": "dispatcher", "police_deputy_secretary": "street"}
    body: dict[str, Any] = {"id": f"body-{nth}", "name": "小组", "place": GRID, "template": "one-plus-four"}
    body |= {"members": [{"role": role, "person": person} for role, person in seats.items()]}
    done("organisation/bodies", body, "admin")
    right = {"person": worker, "role": "gridworker", "scope": GRID, "reason": "到岗"}
    made |= {"worker": worker, "grant": done("organisation/grants", right, "admin")["id"]}
    (noted,) = upload(office, item(office, made["complaint"]))
    made["noted"] = noted["capture"]
    done("households", {"grid": GRID, "people": 1, "id": f"SL-n{nth}", "kind": "key"}, "gridworker")
    plan = {"household": made["key"], "grounds": "living_alone", "risk": "high"}
    done(f"points/attendance/{made['list']}/present", {"accounts": [ACCOUNT]}, "gridworker")
    if not again:
        done(f"households/{made['home']}/join", {"person": "resident"}, "gridworker")
    return made | {"plan": done("care-plans", plan, "gridworker")["id"]}


def filed(office: Office) -> str:
    told = {"account": ACCOUNT, "activity": "mediation", "quantity": 1, "occurred_on": "2026-11-18"}
    return str(office.done("points/claims", told, "resident")["id"])


def told_late(office: Office, made: dict[str, str], at: str) -> None:
    """What happened before the lists were asked, and was entered two days after."""
    for path, body, who in (
        (f"complaints/{made['complaint']}/dispatch", {"lead": "property-co"}, "dispatcher"),
        (f"points/claims/{made['claim']}/verify", {}, "gridworker"),
        (f"points/redemptions/{made['order']}/fulfil", {}, "gridworker"),
        (f"points/attendance/{made['list']}/confirm", {}, "dispatcher"),
        ("points/stock", {"item": "salt", "quantity": 5, "reason": "街道配送"}, "gridworker"),
        (f"households/{made['home']}/move-out", {"reason": "搬走"}, "gridworker"),
        (f"visits/rounds/{made['round']}/close", {}, "dispatcher"),
        (f"care-plans/{made['plan']}/risk", {"risk": "low", "reason": "好转"}, "gridworker"),
        (f"patrols/routes/{made['route']}/retire", {"reason": "改造"}, "gridworker"),
        (
            f"patrols/{made['patrol']}/hazards",
            {"hazards": [{"category": "heating", "text": "阀门渗水", "stop": "换热站"}]},
            "gridworker",
        ),
        (f"sweeps/{made['sweep']}/close", {"note": "天冷"}, "dispatcher"),
        (f"complaints/{made['hazard']}/dispatch", {"lead": "property-co"}, "dispatcher"),
        (f"capture/{made['noted']}/settle", {"how": "dropped", "reason": "回访过"}, "dispatcher"),
        (f"households/{made['unfiled']}/recount", {"people": 2}, "gridworker"),
        ("care-plans", {"household": "SL-n1", "grounds": "living_alone", "risk": "high"}, "gridworker"),
    ):
        office.done(path, body | {"occurred_at": at}, who)
    office.done(f"organisation/grants/{made['grant']}/revoke", {"reason": "离岗"}, "admin")
    office.done(f"people/{made['worker']}/bar", {"reason": "离岗"}, "admin")


@pytest.mark.parametrize("name", LISTS)
def test_as_it_was_and_was_known_a_register_says_what_it_said_that_day(past: Past, name: str):
    shown = sorted(past.asked(name, **past.both), key=str)
    assert shown == sorted(past.said[name], key=str) != []
    narrowed = past.asked(name, **NARROWED.get(name, {}), **past.both)
    assert sorted(narrowed, key=str) == sorted(past.said[f"{name}, narrowed"], key=str) != []


@pytest.mark.parametrize("name", TOLD_LATE)
def test_by_what_is_known_today_it_holds_what_was_entered_late_and_nothing_that_happened_later(
    past: Past, name: str
):
    last = past.versions()
    known, now, then = (
        {past.stream(name, each): each["version"] for each in items if each.get("version")}
        for items in (past.said[name], past.asked(name), past.asked(name, **past.happened))
    )
    assert then == {stream: last[stream] for stream in now if stream in last}
    assert any(then.get(stream, 0) > version for stream, version in known.items())


@pytest.mark.parametrize("name", [name for name in LISTS if name not in WITHIN])
def test_one_subject_says_what_its_row_of_then_says(past: Past, name: str):
    for query in (past.both, past.happened):
        for row in past.asked(name, **query):
            path = f"{LISTS[name]}/{row['id']}"
            answer = past.office.get(path, who(name), params=query)
            assert answer.status_code == 200, answer.text
            one = answer.json()
            assert {key: one[key] for key in row} == row and "ETag" not in answer.headers
            assert (one["as_of"], one.get("allowed", [])) == (query["as_of"], [])
    now, then = (
        {each["id"] for each in items} for items in (past.asked(name), past.asked(name, **past.happened))
    )
    (later, *_) = now - then
    assert past.office.get(f"{LISTS[name]}/{later}", who(name), params=past.happened).status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_what_nobody_can_know_is_refused(past: Past, name: str):
    for query in ({"known_at": "999999999"}, {"as_of": "2030-01-01"}):
        answer = past.office.get(LISTS[name], who(name), params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "query.invalid")
    if name != "stock":
        for cursor in ("1.2", "1.99999999.3", "x.y.z"):
            answer = past.office.get(LISTS[name], who(name), params=past.happened | {"cursor": cursor})
            assert (answer.status_code, answer.json()["code"]) == (422, "cursor.unknown")


@pytest.mark.parametrize("name", ["households", "care plans", "people", "grants"])
def test_the_pages_of_a_register_of_then_are_of_one_moment(
    past: Past, name: str, monkeypatch: pytest.MonkeyPatch
):
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = past.happened | {"limit": 1}
    whole = past.asked(name, **past.happened)
    monkeypatch.setattr("api.registers_then.CHUNK", 1)
    monkeypatch.setattr("api.registers_then.FOLDED", 1)
    while query.get("cursor", "") is not None:
        answer = past.office.get(LISTS[name], who(name), params=query).json()
        seen, query["cursor"] = seen + answer["items"], answer["next"]
        assert len(answer["items"]) <= 1
    assert seen == whole != []


@pytest.mark.parametrize("name", ["claims", "accounts", "redemptions", "attendance"])
def test_the_pages_of_the_points_are_narrowed_by_a_grid(past: Past, name: str):
    told = [past.office.get(f"/points/{name}", params={"grid": at}) for at in (GRID, f"{GRID}-none")]
    assert [each.status_code for each in told] == [200, 200]
    assert ['scope="row"' in each.text for each in told] == [True, False]


# ------------------------------------------------------------------ their pages

PAGES = {
    "complaints": ("/complaints?state=", r"/complaints/(c-[\w-]+)"),
    "claims": ("/points/claims", r"/points/claims/(clm-[\w-]+)"),
    "accounts": ("/points/accounts", r"/points/accounts/(acct-[\w.-]+)"),
    "orders": ("/points/redemptions", r"/points/redemptions/(rdm-[\w-]+)"),
    "attendance": ("/points/attendance", r"/points/attendance/(att-[\w-]+)"),
    "stock": ("/points/stock", r"/points/stock\?item=([\w-]+)"),
    "households": ("/households", r"/households/(SL-[\w-]+)"),
    "rounds": ("/visits", r"/visits/(round-[\w-]+)"),
    "care plans": ("/care", r"/care/(care-[\w-]+)"),
    "routes": ("/patrols", r"/patrols/routes/(patrol-route-[\w-]+)"),
    "patrols": ("/patrols", r"/patrols/(patrol-(?!route-)[\w-]+)"),
    "sweeps": ("/sweeps", r"/sweeps/(sweep-[\w-]+)"),
    "people": ("/office/people", r"/office/people/((?!new)[\w-]+)"),
    "places": ("/office/organisation", r'<div class="meta"><code>([^<]+)</code>'),
}
"""The page of each register, and how it links its subjects."""
SHOWN = {"stock": lambda each: each["stocked"], "routes": lambda each: each["state"] == "set"}
"""Which of them have a link, where not all have."""
BANNER = "您在看过去。"
WAYS_OUT = ("btn-main", 'method="post"', "/new")
"""How a page lets somebody do something."""


def called(item: dict[str, Any]) -> str:
    return str(item.get("item") or item.get("path") or item["id"])


def seen(past: Past, name: str, query: dict[str, str]) -> tuple[str, list[str]]:
    """What the page says between its head and its foot, and whom it lists."""
    path, link = PAGES[name]
    answer = past.office.get(path.partition("?")[0], who(name), params={"state": "", **query})
    assert answer.status_code == 200, answer.text
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    found = re.findall(f'href="{link}["?&#]' if link.startswith("/") else link, main)
    return main, list(dict.fromkeys(found))


@pytest.mark.parametrize("name", PAGES)
def test_the_page_of_then_lists_what_the_api_lists_of_then_and_nothing_can_be_done_there(
    past: Past, name: str
):
    for query in (past.both, past.happened, {}):
        main, listed = seen(past, name, query)
        items = past.asked(name, **query)
        there = [called(each) for each in items if SHOWN.get(name, bool)(each)]
        assert listed == there or (name == "people" and sorted(listed) == sorted(there))  # by role
        assert (BANNER in main) == bool(query) and (listed or name == "routes")
        if query:
            assert [way for way in WAYS_OUT if way in main] == []
            files = [unescape(link) for link in re.findall('<a href="([^"]+)">(?:JSON|CSV)</a>', main)]
            assert all("as_of=2026-" in link and "known_at=" in link for link in files), files
            if name not in ("routes", "places"):
                told = past.office.get(files[-1], who(name)).json()
                assert told["items"] == items and told["as_of"] == query["as_of"]
            now = re.search('<a href="([^"]+)">看现在的</a>', main)
            assert now and BANNER not in past.office.get(unescape(now[1]), who(name)).text


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_beside_the_field_what_nobody_can_know(past: Past, name: str):
    wrong = {"as_of": "2030-01-01"}, {"as_of": "2026-11-18", "as_of_time": "25"}, {"known_at": "999999999"}
    for query in wrong:
        answer = past.office.get(PAGES[name][0].partition("?")[0], who(name), params=query)
        assert answer.status_code == 422 and f'href="#s-{[*query][-1]}"' in answer.text


def test_words_are_left_out_of_what_is_asked_of_the_past(past: Past):
    asked = past.happened | {"q": "阀门", "state": "received"}
    answer = past.office.get("/complaints", params=asked)
    form = answer.text.partition("<main")[2].partition("<form")[2].partition("</form>")[0]
    assert answer.status_code == 422
    assert re.findall('type="hidden" name="([^"]+)" value="([^"]*)"', form) == [("state", "received")]


@pytest.mark.parametrize(
    "name", ["complaints", "accounts", "orders", "attendance", "patrols", "routes", "sweeps"]
)
def test_what_is_opened_from_a_list_of_then_is_as_it_was(past: Past, name: str):
    subject = PAGES[name][1].partition("(")[0]
    for query in (past.both, past.happened):
        main, listed = seen(past, name, query)
        for id in listed:
            links = [unescape(link) for link in re.findall(f'href="({subject}{id}[^"]*)"', main)]
            assert links and all("as_of=" in link for link in links)
            page = past.office.get(links[0]).text.partition("<main")[2].partition("</main>")[0]
            assert BANNER in page and [way for way in WAYS_OUT if way in page] == [], links[0]
    new = {each["id"] for each in past.asked(name)}
    new -= {each["id"] for each in past.asked(name, **past.happened)}
    answers = [past.office.get(f"{subject}{each}", params=past.happened).status_code for each in new]
    assert new and set(answers) == {404}


def test_the_story_of_a_case_of_then_is_the_one_told_of_then(past: Past):
    _, (case, *_) = seen(past, "complaints", past.both)
    page = past.office.get(f"/complaints/{case}", params=past.both).text
    (story,) = (unescape(link) for link in re.findall('<a href="([^"]+)">JSON</a>', page))
    told = past.office.get(f"complaints/{case}/history", params=past.both).json()["items"]
    assert past.office.get(story).json()["items"] == told != []
