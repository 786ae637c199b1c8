"""Every route, asked by every role that stands in the place, beside it, above it, and in another city:
allowed exactly as the table says, with the headers that keep a browser safe, and never a word of what lies
outside the scope."""

import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from api import gate
from api.permissions import TABLE, Permit
from api.stream import seen_by
from domain.organisation import within
from tests.api.matrix import CALLERS, OWN, Caller, Place, World, may_know, safe_for_a_browser, world

DRY = {"dry_run": "true"}
NAMED = {
    "complaint": "case", "account": "account", "claim": "claim", "redemption": "order",
    "attendance": "attendance",
    "person": "person", "evidence": "evidence", "kept": "evidence",
}  # fmt: skip
"""Which thing of a place each blank of an address names."""

FIXED = {
    "clock": "response", "book": "deadlines", "version": "2026-1", "other": "2026-1", "name": "dispatch",
    "indicator": "response_rate", "month": "2026-10", "honour_id": "2025-03-acct-x",
    "claim_command": "dispute", "account_command": "claim", "order_command": "fulfil",
    "list_command": "cancel", "ranking_command": "freeze", "review_command": "sign", "half_year": "2026-H1",
    "grant": "g-1",
    "tenure_id": "t-1",
    "unit": "no-such-body",
    "size": "1",
    "duty": "duty-patrol-nowhere", "duty_command": "done",
    "spot_check": "spots-2026-W07-demo.north", "figure": "fig-0",
    "capture_id": "cap-00000000-0000-0000-0000-000000000000",
    "care_plan": "care-nobody", "care_command": "visits", "notice": "notice-0",
    "household": "no-such-household", "dwelling": "dw-0",
    "household_command": "recount",
    "round": "round-0", "booking": "b1",
    "route": "patrol-route-0", "patrol": "patrol-0", "sweep": "sweep-0",
    "route_command": "set", "patrol_command": "hazards", "sweep_command": "checks", "watch_command": "set",
    "level": "0", "index": "000",
    "code": "AAAAA-AAAAA-AAAAA", "job": "job-0",
}  # fmt: skip
"""Blanks that name nothing of anybody's."""

ASKED = {
    "GET /api/v1/complaints/similar": {"text": "门禁坏了"},
    "GET /api/v1/points/accounts/{account}/statement": {"month": "2026-11"},
    "GET /api/v1/audit/bundles/account/{account}": {"month": "2026-11"},
    "GET /points/accounts/{account}/statement.csv": {"month": "2026-11"},
    "GET /api/v1/points/settlement": {"month": "2026-11"},
    "GET /api/v1/points/rankings": {"period": "2026-11"},
    "GET /api/v1/visits/coverage": {"round": "round-0"},
}
SPECIAL = {"GET /static": "/static/huisheng.css", "GET /docs/swagger": "/docs/swagger/swagger-ui.css"}
UNWRITTEN = ("POST /login", "POST /logout", "POST /acting", "POST /api/v1/token")
"""They change who is asking: tested with sign-in."""
UNDONE = ("POST /api/v1/me/password", "POST /api/v1/me/sign-out", "POST /api/v1/people/{person}/password")
"""They know no dry run: asked with a body that does not fit, or with nothing that could be done."""
AT_ONCE = (
    "POST /api/v1/projections/{name}/verify", "POST /api/v1/projections/{name}/rebuild",
    "POST /api/v1/jobs/{job}/stop",
)  # fmt: skip
"""They know no dry run: asked of a projection and a job there are none of."""
NAMES = {"/office/people/{person}/do/{name}": "bar"}
"""What `{name}` is where it is no command of a case."""
SAID_ON_A_PAGE = {
    "POST /my/cases/{complaint}": {"do": "rate"},
    "POST /my/points/claims/{claim}": {"do": "dispute"},
    "POST /my/points/orders/{redemption}": {},
}
"""A form's dry run is its preview."""
PUBLIC_RANKS = ("GET /api/v1/points/rankings", "GET /api/v1/panel/honours")
"""Whoever lives or works in a community is told who earned most there."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("matrix")) as found:
        found.http.app.state.pulse.ended = True  # type: ignore[attr-defined]
        yield found


def address(route: str, place: Place) -> str:
    """The route's address for what stands in the place. KeyError for a blank nobody thought of: say
    in `NAMED` or `FIXED` what it is."""
    if route in SPECIAL:
        return SPECIAL[route]
    blanks = FIXED | {blank: place.ids[kind] for blank, kind in NAMED.items()}
    path = route.partition(" ")[2].replace(":path}", "}")
    return path.format_map(blanks | {"name": NAMES.get(path, FIXED["name"])})


def body_for(world: World, route: str, place: Place) -> dict[str, Any]:
    """What to send: the example of the route's own description, about the place."""
    method, path = route.split(" ")
    told = world.http.app.openapi()["paths"].get(path, {}).get(method.lower(), {})  # type: ignore[attr-defined]
    content = told.get("requestBody", {}).get("content", {})
    body = dict(content.get("application/json", {}).get("example") or {})
    body |= {"place": place.grid} if isinstance(body.get("place"), str) else {}
    if isinstance(body.get("place"), dict):
        body["place"] = body["place"] | {"grid": place.grid}
    own = {"account": place.ids["account"], "to": place.ids["account"], "into": place.ids["case"]}
    body |= {name: value for name, value in own.items() if name in body}
    if "accounts" in body:
        body["accounts"] = [place.ids["account"]]
    if route.endswith("/bulk"):
        body = {"command": "dispatch", "ids": [place.ids["case"]], "body": {"lead": "property-co"}}
    return body


def ask(world: World, route: str, caller: Caller | None, place: Place) -> Any:
    method, _, _ = route.partition(" ")
    if route == "POST /api/v1/evidence":
        return world.by(caller, "POST", "/api/v1/evidence", files={"file": ("x", b"no picture", "image/png")})
    if method == "GET":
        return world.by(caller, "GET", address(route, place), params=ASKED.get(route, {}))
    where, body = address(route, place), body_for(world, route, place)
    if route in UNDONE:
        return world.by(caller, "POST", where, json={"reason": ""})
    if "/do/" in route:
        return world.by(caller, "POST", where, data={})
    if route in SAID_ON_A_PAGE:
        return world.by(caller, "POST", where, data={"preview": "1"} | SAID_ON_A_PAGE[route])
    dry = {} if "what-if" in route or route in AT_ONCE else DRY
    return world.by(caller, "POST", where, json=body, params=dry)


def named_kind(route: str) -> str:
    """The kind of thing the address names; "" where it names nothing of anybody's."""
    found = [kind for blank, kind in NAMED.items() if f"{{{blank}}}" in route]
    return found[0] if found else ""


def verdict(answer: Any) -> str:
    if answer.status_code == 403:
        return "role" if answer.json()["code"] == "actor.role" else "forbidden"
    return {401: "stranger", 404: "hidden"}.get(answer.status_code, "heard")


def expected(route: str, permit: Permit, caller: Caller, place: Place) -> set[str]:
    kind = named_kind(route)
    knows = not kind or may_know(caller, place, kind)
    if route.endswith("/dispute") and caller.actor.role == "resident":
        knows = within(place.grid, caller.actor.scope.rpartition("/")[0])
    if permit.reach == "evidence" and not caller.reads:
        knows = False
    if permit.reach in gate.HIDDEN and caller.actor.role not in permit.roles:
        knows = False
    if permit.reach == "scope" and kind == "person" and caller.actor.role not in permit.roles:
        return {"role"}  # said before anybody looks whom he names
    if not knows:
        return {"hidden"}
    if caller.actor.role in permit.told:
        return {"role", "heard"}
    if caller.actor.role not in permit.roles:
        return {"role"}
    if kind == "person":  # who reads what of whom is said by domain/people
        return {"heard", "role"}
    return {"heard"} if kind else {"heard", "hidden"}


ROUTES = [route for route in TABLE if route not in UNWRITTEN]


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_is_for_whom_the_table_says(there: World, route: str) -> None:
    place, permit = there.places[OWN], TABLE[route]
    head = there.engine.log.head()
    stranger = ask(there, route, None, place)
    safe_for_a_browser(route, stranger)
    if permit.open:
        assert verdict(stranger) in ("heard", "hidden")
        return
    assert verdict(stranger) == "stranger" or stranger.headers.get("location", "").startswith("/login")
    for caller in CALLERS:
        answer = ask(there, route, caller, place)
        safe_for_a_browser(route, answer)
        found = verdict(answer)
        assert found in expected(route, permit, caller, place), (
            route,
            str(caller),
            answer.status_code,
            answer.text,
        )
        assert answer.status_code < 500
        if route.startswith("GET"):
            unleaked(there, route, caller, place, answer.text)
        outside = caller.actor.role != "resident" and not within(place.grid, caller.actor.scope)
        if (
            outside
            and route.startswith("POST")
            and not named_kind(route)
            and "place" in str(answer.request.content)
        ):
            assert not answer.is_success, (route, str(caller))
    assert there.engine.log.head() == head, "a dry run records nothing"


@pytest.mark.parametrize("route", [each for each in ROUTES if each.startswith("GET") and named_kind(each)])
def test_no_answer_names_what_lies_outside_the_scope(there: World, route: str) -> None:
    """Asked of the other two places: of his own, and where the address names none, it was held above."""
    for caller in CALLERS:
        for asked in there.places.values():
            if caller.actor.role in TABLE[route].roles and asked.community != OWN:
                unleaked(there, route, caller, asked, ask(there, route, caller, asked).text)


def unleaked(there: World, route: str, caller: Caller, asked: Place, text: str) -> None:
    if caller.actor.role in TABLE[route].roles:
        for place in there.places.values():
            leaks = list(leaked(route, text, caller, place, asked))
            assert not leaks, (route, str(caller), asked.community, leaks)


def leaked(route: str, text: str, caller: Caller, place: Place, asked: Place) -> Iterator[str]:
    """What the answer says of a place the caller may not know of, beside what he named himself. An order says
    whose account it is on, to the unit that hands it out."""
    named = address(route, asked)
    for kind, id in place.ids.items():
        of = "claim" if kind == "paid" else kind
        public = route in PUBLIC_RANKS and kind == "account" and within(caller.actor.scope, place.community)
        public |= kind == "person" and "/people" not in route
        id = f'"{id}"' if kind == "person" else id
        public |= kind == "account" and place is asked and "{redemption}" in route
        if id in text and id not in named and not public and not may_know(caller, place, of):
            yield f"{kind} {id}"
    reads = caller.reads and (may_know(caller, place, "case") or may_know(caller, place, "claim"))
    if place.word in text and not reads:
        yield f"the words of {place.community}"


def test_the_stream_tells_everybody_of_his_own_only(there: World) -> None:
    state = there.http.app.state  # type: ignore[attr-defined]
    lines = there.engine.log.read(0, 2_000)
    kinds = {"c": "case", "acct": "account", "clm": "claim", "rdm": "order", "att": "attendance"}
    for caller in CALLERS:
        sees = seen_by(there.engine, state.cases, state.points, caller.actor)
        for line in lines:
            for place in there.places.values():
                for name in ("case", "account", "claim", "paid", "order", "attendance"):
                    if line.stream == place.ids[name]:
                        kind = kinds[line.stream.partition("-")[0]]
                        assert sees(line) == may_know(caller, place, kind), (str(caller), line.stream)
            if line.stream.startswith("person-") and sees(line):
                whole = caller.actor.role == "admin" and not caller.actor.scope
                assert whole or line.stream == f"person-{caller.actor.person}"


def test_a_job_is_for_whoever_began_it(there: World) -> None:
    owner = next(each for each in CALLERS if str(each) == "dispatcher-own")
    begun = there.by(owner, "POST", "/api/v1/points/what-if", json={"tariff": "2025-0"})
    assert begun.status_code == 202
    for caller in CALLERS:
        answer = there.by(caller, "GET", begun.headers["location"])
        mine = caller == owner or (caller.actor.role == "admin" and not caller.actor.scope)
        assert answer.status_code == (200 if mine else 404), str(caller)


def test_a_job_counts_only_what_its_owner_may_know(there: World) -> None:
    for caller in CALLERS:
        begun = there.by(caller, "POST", "/api/v1/points/what-if", json={"tariff": "2025-0"})
        if begun.status_code != 202:
            continue
        told: dict[str, Any] = {"state": "running"}
        while told["state"] == "running":
            time.sleep(0.01)
            told = there.by(caller, "GET", begun.headers["location"]).json()
        assert told["state"] == "done"
        text = orjson.dumps(told).decode()
        for place in there.places.values():
            assert (place.ids["account"] in text) == may_know(caller, place, "account"), str(caller)


def test_figures_count_the_scope_only(there: World) -> None:
    for caller in CALLERS:
        query = "group_by=grid&minimum=0"
        answer = there.by(caller, "GET", f"/api/v1/statistics/response_rate?{query}")
        if caller.actor.role == "resident":
            assert verdict(answer) == "role"
            continue
        told = answer.json()
        grids = {row["group"] for row in told["rows"] + told["small_groups"] if row["denominator"]}
        known = {p.grid for p in there.places.values() if may_know(caller, p, "case")}
        assert grids <= known, str(caller)


def test_words_lead_nobody_to_what_he_may_not_read(there: World) -> None:
    for caller in CALLERS:
        for place in there.places.values():
            found = there.by(caller, "GET", "/api/v1/complaints", params={"q": place.word}).json()["items"]
            if not (caller.reads and may_know(caller, place, "case")):
                assert found == [], (str(caller), place.community)
            elif caller.actor.role != "unit":
                assert [each["id"] for each in found] == [place.ids["case"]], str(caller)
