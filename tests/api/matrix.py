"""Three cities' worth of cases and points in one store, and somebody of every role in each of them."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from PIL import Image

from api.app import create_app
from api.permissions import ROLES
from api.signing_in.tokens import Tokens
from domain.messages import Actor, clear
from domain.organisation import STREAM, EstablishGrid, EstablishUnit, Grant, within
from domain.people import READERS, Enrol, stream_of
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine
from tests.api.conftest import Clock, Office, opened

OPERATOR = Actor("operator", "admin")
OWN, SIBLING, OTHER = "demo/north/sl", "demo/north/hy", "faraway/west/jb"
"""Communities: the one the matrix asks about, its neighbour, and one of another city."""
GRIDS = [
    ("demo/north/hy", "community"), ("demo/north/hy/grid-01", "grid"), ("demo/south", "street"),
    ("faraway/west", "street"), ("faraway/west/jb", "community"), ("faraway/west/jb/grid-01", "grid"),
]  # fmt: skip
UNIT_OF = {OWN: "property-co", SIBLING: "water-co", OTHER: "far-co"}
SCOPES: Mapping[str, Mapping[str, str]] = {
    "resident": {"own": f"{OWN}/grid-01", "sibling": f"{OWN}/grid-02", "other": f"{OTHER}/grid-01"},
    "gridworker": {
        "own": f"{OWN}/grid-01", "sibling": f"{SIBLING}/grid-01", "parent": OWN, "other": f"{OTHER}/grid-01",
    },
    "dispatcher": {"own": OWN, "sibling": SIBLING, "parent": "demo/north", "other": OTHER},
    "unit": {"own": UNIT_OF[OWN], "sibling": UNIT_OF[SIBLING], "other": UNIT_OF[OTHER]},
    "street": {"own": "demo/north", "sibling": "demo/south", "parent": "demo", "other": "faraway/west"},
    "panel": {"own": OWN, "sibling": SIBLING, "parent": "demo/north", "other": OTHER},
    "analyst": {"own": OWN, "sibling": SIBLING, "parent": "demo", "other": "faraway"},
    "admin": {"own": OWN, "sibling": SIBLING, "parent": "", "other": "faraway"},
}  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Somebody: his role, and where he stands to what the matrix asks about."""

    actor: Actor
    position: str

    def __str__(self) -> str:
        return f"{self.actor.role}-{self.position}"

    @property
    def reads(self) -> bool:
        """Words are for who serves the people: not for an analyst, nor above the street."""
        return self.actor.role != "analyst" and not (
            self.actor.role not in ("resident", "unit", "admin") and self.actor.scope in ("demo", "faraway")
        )


CALLERS = [
    Caller(Actor(f"{role}-{position}", role, scope), position)
    for role in ROLES
    for position, scope in SCOPES[role].items()
]
assert [caller.actor.role for caller in CALLERS if caller.position == "own"] == list(ROLES)


@dataclass
class Place:
    """What stands in one community: ids, whose it is, and a word that is in its texts only."""

    community: str
    word: str
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def grid(self) -> str:
        return f"{self.community}/grid-01"


def may_know(caller: Caller, place: Place, kind: str) -> bool:
    """As trust.md says it, written once more without the product's own rule."""
    who = caller.actor
    if kind == "person":
        serves = who.role in (*READERS, "admin") and within(place.grid, who.scope)
        return serves or who.person == place.ids["person"]
    if who.role == "resident":
        return who.scope == place.grid
    if who.role == "unit":
        return kind == "order" or (kind in ("case", "evidence") and who.scope == UNIT_OF[place.community])
    return within(place.grid, who.scope)


def safe_for_a_browser(route: str, answer: Any) -> None:
    """The headers every answer has, be it a page, a refusal, a file or a redirect."""
    told = answer.headers["content-security-policy"].split(";")
    policy = {name: rest for name, _, rest in (each.strip().partition(" ") for each in told)}
    assert policy["default-src"] == "'none'" and "unsafe" not in policy.get("script-src", ""), route
    if "sandbox" not in policy:
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'", route
        assert "unsafe" not in policy["style-src"] or route == "GET /docs", route
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE, route
    assert not [name for name in UNSAID if name in answer.headers], route
    if not route.startswith(("GET /static", "GET /docs/swagger", "GET /sw.js")):
        cached = answer.headers["cache-control"]
        assert "private" in cached or "no-store" in cached, route


SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
UNSAID = ("access-control-allow-origin", "server", "x-powered-by")


class World(Office):
    """The office with three communities, and callers of every role in each."""

    places: dict[str, Place]
    tokens: Tokens

    def by(self, caller: Caller | None, method: str, path: str, **options: Any) -> Any:
        """Asked by the caller, or by a stranger."""
        headers = {"Accept": "application/json", **options.pop("headers", {})}
        if caller is not None:
            headers |= {"Authorization": f"Bearer {self.tokens.mint(caller.actor)}"}
        return self.http.request(method, path, headers=headers, follow_redirects=False, **options)

    def did(self, caller: Caller, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.by(caller, "POST", f"/api/v1/{path}", json=body)
        assert answer.status_code in (200, 201), (path, str(caller), answer.text)
        found: dict[str, Any] = answer.json()
        return found


def caller(role: str, position: str) -> Caller:
    return next(each for each in CALLERS if (each.actor.role, each.position) == (role, position))


@contextmanager
def world(directory: Path) -> Iterator[World]:
    clock = Clock()
    engine = opened(directory, clock)
    settle(engine)
    engine.start()
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        found = World(http, engine, clock)
        found.tokens = Tokens(engine.vault.token_secret(), clock, timedelta(days=400))
        found.places = {
            community: Place(community, word)
            for community, word in ((OWN, "松针"), (SIBLING, "槐花"), (OTHER, "江豚"))
        }
        for place, position in zip(found.places.values(), ("own", "sibling", "other"), strict=True):
            fill(found, place, position)
        engine.catch_up()
        yield found
    engine.close()


def settle(engine: Engine) -> None:
    """The further communities, the further unit, and everybody with his grant."""
    steps = [Step("organisation", STREAM, EstablishGrid(path, path, level)) for path, level in GRIDS]
    steps.append(Step("organisation", STREAM, EstablishUnit("far-co", "远方公司", "company")))
    engine.vault.ensure_keys([each.actor.person for each in CALLERS])
    for each in CALLERS:
        who = each.actor
        home = who.scope if who.role == "resident" else ""
        name = clear(who.person, "某人")
        steps.append(Step("person", stream_of(who.person), Enrol(name, None, home)))
        if who.role != "resident":
            steps.append(Step("organisation", STREAM, Grant(who.person, who.role, who.scope, "测试")))
    engine.desk.do(Order(tuple(steps), OPERATOR))


def fill(world: World, place: Place, position: str) -> None:
    """A case that was dispatched, and one of everything the points know."""
    resident = caller("resident", position if position != "sibling" else "own")
    gridworker, office = caller("gridworker", position), caller("dispatcher", position)
    street = caller("street", "other" if position == "other" else "own")
    body = {
        "category": "property", "text": f"{place.word}的门禁坏了", "channel": "web",
        "place": {"grid": place.grid, "address": f"{place.word}小区 1 号楼"},
    }  # fmt: skip
    by = gridworker if position == "sibling" else resident
    case = world.did(by, "complaints", body)["id"]
    world.did(office, f"complaints/{case}/dispatch", {"lead": UNIT_OF[place.community]})
    place.ids["case"] = case
    place.ids["person"] = by.actor.person
    holder = f"hh-{position}" if position == "sibling" else resident.actor.person
    opening = {"holder": holder, "kind": "resident", "place": place.grid}
    account = world.did(gridworker, "points/accounts", opening)["id"]
    place.ids["account"] = account
    told = {"quantity": 1, "occurred_on": "2026-11-18", "account": account}
    consent = evidence(world, gridworker)
    claim = told | {"activity": "visit-registration", "note": f"{place.word}登记", "evidence": [consent]}
    paid = world.did(gridworker, "points/claims", told | {"activity": "mediation"})["id"]
    world.did(office, f"points/claims/{paid}/verify", {})
    place.ids["claim"] = world.did(gridworker, "points/claims", claim)["id"]
    place.ids["paid"] = paid
    wanted = {"account": account, "items": [{"item": "blood-pressure", "quantity": 1}]}
    consents = {"proxy": {"person": gridworker.actor.person, "consent": consent}}
    place.ids["order"] = world.did(gridworker, "points/redemptions", wanted | consents)["id"]
    there = {"activity": "health-lecture", "occurred_on": "2026-11-18", "place": place.grid}
    listed = world.did(gridworker, "points/attendance", there)["id"]
    world.did(gridworker, f"points/attendance/{listed}/present", {"accounts": [account]})
    place.ids["attendance"] = listed
    seats = {"place": place.community, "members": [f"panel-{position}"], "quorum": 1}
    world.did(street, "panel", seats)
    place.ids["evidence"] = attached(world, place, position)


PIXELS = iter(range(1, 200))


def evidence(world: World, by: Caller) -> str:
    """A photograph nobody else has handed in."""
    kept = io.BytesIO()
    Image.new("RGB", (next(PIXELS), 30), (200, 120, 40)).save(kept, "PNG")
    files = {"file": ("x.png", kept.getvalue(), "image/png")}
    answer = world.by(by, "POST", "/api/v1/evidence", files=files)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def attached(world: World, place: Place, position: str) -> str:
    unit = caller("unit", position)
    photo = evidence(world, unit)
    case = place.ids["case"]
    world.did(unit, f"complaints/{case}/respond", {})
    world.did(unit, f"complaints/{case}/evidence", {"ids": [photo]})
    return photo
