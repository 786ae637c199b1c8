"""The interactive documentation, served from this machine alone: no script, style or font of another host."""

from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.permissions import TABLE
from api.problems import SCHEMA, TITLES

SWAGGER = Path(fastapi_offline.__file__).parent / "static"

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Swagger UI writes styles into the page; scripts come from files only."""

PAGE = Path(__file__).parent / "templates" / "docs.html"

DESCRIPTION = """Every command is a `POST` and takes `?dry_run=true`, `If-Match` (412) and `Idempotency-Key`.
Every answer to a command carries `ETag` (the case's version) and `position`; a `GET` with `?min_position=`
waits until the lists have caught up. Errors are RFC 9457 problem documents with a stable `code`, in zh-CN or
English."""


def install(app: FastAPI) -> None:
    app.mount("/docs/swagger", StaticFiles(directory=SWAGGER), name="swagger")

    page = PAGE.read_text("utf-8")

    async def docs(request: Request) -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": CSP})

    app.add_route("/docs", docs, include_in_schema=False)

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=DESCRIPTION,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            parts = schema.setdefault("components", {}).setdefault("schemas", {})
            parts["Problem"] = SCHEMA
            without_framework_errors(schema)
            with_problems(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


ANYTHING: dict[str, Any] = {"application/json": {"schema": {}}}


def with_problems(schema: dict[str, Any]) -> None:
    """What every route may answer: who is unknown 401, whose role is another 403, and any other problem."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            told = operation.setdefault("responses", {})
            permit = TABLE.get(f"{method.upper()} {path}")
            for status in ("401", "403") if permit and not permit.open else ():
                told.setdefault(status, {"description": TITLES[int(status)], "content": content})
            if any(each["name"] == "dry_run" for each in operation.get("parameters", ())):
                dry_run_in(told)
            told.setdefault("default", {"description": "Any other problem", "content": content})


FORESEEN: dict[str, Any] = {
    "type": "object",
    "description": "A dry run: what would be recorded and what would follow; nothing was.",
    "required": ["dry_run", "facts"],
    "properties": {"dry_run": {"const": True}, "facts": {"type": "array", "items": {"type": "object"}}},
}


def dry_run_in(told: dict[str, Any]) -> None:
    """A command's dry run answers 200: beside a 201, or as the other shape of a 200."""
    done = told.get("200", {}).get("content", {}).get("application/json")
    if done is None:
        told.setdefault("200", {"description": "A dry run: nothing recorded", "content": ANYTHING})
    elif done.get("schema"):
        done["schema"] = {"anyOf": [done["schema"], FORESEEN]}


def without_framework_errors(schema: dict[str, Any]) -> None:
    """A 422 leaves as a problem document, never in the framework's own shape."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in schema["paths"].values():
        for operation in path.values():
            answer = operation.get("responses", {}).get("422")
            if answer is not None:
                answer["content"] = problem
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
