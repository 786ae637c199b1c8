"""People for the tests of the organisation: somebody entered over HTTP, and callers who are no demo users."""

from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from api.signing_in.tokens import Tokens
from domain.messages import Actor, clear
from domain.organisation import STREAM, Grant
from domain.people import Enrol, stream_of
from domain.steps import Step
from engine.desk import Order
from tests.api.conftest import GRID, Office

HERE = "/api/v1/organisation"
STREET_ADMIN = Actor("p-street-admin", "admin", "demo/north")
OPERATOR = Actor("operator", "admin")


def entered(office: Office, **fields: Any) -> str:
    """The id of somebody new, entered by the administrator."""
    body: dict[str, Any] = {"name": "周小满", "phone": "13800000077", "home": GRID}
    return str(office.done("people", body | fields, "admin")["id"])


def as_actor(office: Office, actor: Actor) -> TestClient:
    """The same application, asked by somebody who was entered and granted for it."""
    if not office.engine.log.stream_rows(stream_of(actor.person)):
        steps = [Step("person", stream_of(actor.person), Enrol(clear(actor.person, "秦川")))]
        if actor.role != "resident":
            steps.append(Step("organisation", STREAM, Grant(actor.person, actor.role, actor.scope, "到岗")))
        office.engine.desk.do(Order(tuple(steps), OPERATOR))
    tokens = Tokens(office.engine.vault.token_secret(), office.engine.clock, timedelta(days=400))
    http = TestClient(office.http.app, client=("127.0.0.1", 50000))
    http.headers["Authorization"] = f"Bearer {tokens.mint(actor)}"
    return http
