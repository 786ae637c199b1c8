"""`POST /api/v1/token`: a login and a password in, a bearer token out (OAuth2, RFC 6749 section 4.3)."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from api import problems
from api.orders import said
from api.problems import Problem
from api.sign_in import door_of
from api.signing_in.door import Door
from domain.messages import Actor

router = APIRouter(prefix="/api/v1", tags=["sign-in"])

FORM = "application/x-www-form-urlencoded"


class Token(BaseModel):
    """`scope` is the role it acts in, as `role:scope`; `expires_in` counts seconds."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


async def form(request: Request) -> dict[str, str]:
    """The fields of a plain form, each once. Problem 400 for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise Problem(415, "body.form")
    try:
        text = (await request.body()).decode("ascii")
        found = parse_qsl(text, keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as no:
        raise Problem(400, "body.form") from no
    fields = dict(found)
    if len(fields) != len(found) or any("\0" in value for value in fields.values()):
        raise Problem(400, "body.form")
    return fields


Form = Annotated[dict[str, str], Depends(form)]


def came_from(request: Request) -> str:
    return request.client.host if request.client else ""


SCHEMA = {
    "type": "object",
    "required": ["username", "password"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["password"]},
        "username": {"type": "string", "maxLength": 64},
        "password": {"type": "string", "maxLength": 1024, "format": "password"},
        "scope": {"type": "string", "description": "the role to act in, as role:scope; default: the oldest"},
    },
}


@router.post(
    "/token",
    response_model=Token,
    summary="A bearer token for a login and a password",
    responses=problems.responses(400, 401, 403, 413, 415, 429, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {FORM: {"schema": SCHEMA, "example": {"username": "dispatcher", "password": "demo"}}},
        }
    },
)
async def token(request: Request, fields: Form) -> Response:
    """It acts in one role. Whoever has several names the one he wants as `scope`."""
    if fields.get("grant_type", "password") != "password" or not {"username", "password"} <= fields.keys():
        raise Problem(400, "body.form")
    door = door_of(request)
    person = await door.person(fields["username"], fields["password"], came_from(request))
    return token_answer(door, door.acting(person, fields.get("scope", "").strip()))


def token_answer(door: Door, actor: Actor) -> Response:
    body = {
        "access_token": door.token(actor),
        "token_type": "bearer",
        "expires_in": int(door.tokens.life.total_seconds()),
        "scope": f"{actor.role}:{actor.scope}",
    }
    return said(body, Cache_Control="no-store")
