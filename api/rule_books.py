"""Rule books over HTTP: which versions there are, what each says, how two differ; proposing and adopting."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field, StringConstraints

from api import problems
from api.bodies import Body, StrictRoute
from api.orders import Ask, Asking, AtEngine, etag, said
from api.sign_in import Caller
from domain import rule_books
from domain.rule_books import Adopt, Propose, RuleBookState
from domain.steps import Step
from engine.desk import Receipt
from engine.engine import Engine

router = APIRouter(prefix="/api/v1/rule-books", tags=["rule books"], route_class=StrictRoute)

Name = Annotated[str, Path(pattern=r"^[a-z]{1,40}$", examples=["deadlines"])]
VersionName = Annotated[str, Path(min_length=1, max_length=60, examples=["2025-1"])]
VersionText = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[\w.-]+$")]


class Proposal(Body):
    version: VersionText
    content: dict[str, Any] = Field(description="Plain values only; the shape depends on the book.")


class Resolution(Body):
    """Who decided so, until hearings exist."""

    held_on: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
    eligible: Annotated[int, Field(ge=0, le=10_000_000)]
    present: Annotated[int, Field(ge=0, le=10_000_000)]
    in_favour: Annotated[int, Field(ge=0, le=10_000_000)]
    minutes: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class Adoption(Body):
    effective_from: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] = Field(
        description="A day of the deployment's time zone.", examples=["2026-12-01"]
    )
    resolution: Resolution | None = Field(
        default=None, description="Who decided so; later tariffs and catalogues need it."
    )


def book_of(engine: Engine, book: str) -> tuple[RuleBookState, int]:
    """The book's state and version. Problem 404 for a book that does not exist."""
    if book not in rule_books.BOOKS:
        raise problems.not_found()
    state, version = engine.desk.state("rule-book", rule_books.stream_of(book))
    return state, version


@router.get("", summary="The books there are", responses=problems.responses(401))
async def books(engine: AtEngine, caller: Caller) -> dict[str, Any]:
    items = []
    for book in rule_books.BOOKS:
        state, _ = book_of(engine, book)
        found = state.in_force(today(engine))
        items.append(
            {"book": book, "in_force": found.version if found else None, "versions": len(state.versions)}
        )
    return {"items": items, "next": None}


@router.get("/{book}", summary="The versions of a book", responses=problems.responses(401, 404))
async def versions(book: Name, engine: AtEngine, caller: Caller) -> Response:
    state, version = book_of(engine, book)
    found = state.in_force(today(engine))
    items = [described(state, name) for name in reversed(tuple(state.versions))]
    body = {"book": book, "in_force": found.version if found else None, "items": items, "next": None}
    return said(body, ETag=etag(version))


@router.get(
    "/{book}/{version}", summary="One version and what it says", responses=problems.responses(401, 404)
)
async def version(book: Name, version: VersionName, engine: AtEngine, caller: Caller) -> dict[str, Any]:
    state, _ = book_of(engine, book)
    if version not in state.versions:
        raise problems.not_found()
    return {**described(state, version), "content": state.versions[version].content}


@router.get(
    "/{book}/{version}/diff/{other}",
    summary="Where two versions differ",
    responses=problems.responses(401, 404),
)
async def difference(
    book: Name, version: VersionName, other: VersionName, engine: AtEngine, caller: Caller
) -> dict[str, Any]:
    state, _ = book_of(engine, book)
    if version not in state.versions or other not in state.versions:
        raise problems.not_found()
    found = rule_books.diff(state.versions[version].content, state.versions[other].content)
    differences = [{"field": d.field, "before": d.before, "after": d.after} for d in found]
    return {"book": book, "version": version, "other": other, "differences": differences}


@router.post(
    "/{book}",
    status_code=201,
    summary="Propose a version",
    responses=problems.responses(401, 404, 409, 412, 422),
)
async def propose(book: Name, body: Proposal, ask: Ask) -> Response:
    """A version never changes; the same proposal again records nothing."""
    book_of(ask.engine, book)
    receipt = await ask.give(step(ask, book, Propose(book, body.version, body.content)), body=body)
    return answered(ask, book, body.version, receipt, 201)


@router.post(
    "/{book}/{version}/adopt",
    summary="Put a version in force",
    responses=problems.responses(401, 404, 409, 412, 422),
)
async def adopt(book: Name, version: VersionName, body: Adoption, ask: Ask) -> Response:
    """From the start of a local day on; never retroactively, but for the first version of a book. A later
    tariff or catalogue takes effect with the resolution that carried it only."""
    state, _ = book_of(ask.engine, book)
    if version not in state.versions:
        raise problems.not_found()
    try:
        day = date.fromisoformat(body.effective_from)
    except ValueError as error:
        raise problems.Problem(422, "body.invalid") from error
    resolution = body.resolution.model_dump() if body.resolution else None
    receipt = await ask.give(step(ask, book, Adopt(book, version, day, resolution)), body=body)
    return answered(ask, book, version, receipt, 200)


def step(ask: Asking, book: str, command: object) -> Step:
    return Step("rule-book", rule_books.stream_of(book), command, ask.expected)


def answered(ask: Asking, book: str, version: str, receipt: Receipt, status: int) -> Response:
    stream = rule_books.stream_of(book)
    at = receipt.versions.get(stream, 0)
    facts = [type(line.fact).NAME for line in receipt.lines]  # type: ignore[attr-defined]
    body: dict[str, Any] = {
        "book": book,
        "version_name": version,
        "position": receipt.position,
        "version": at,
        "facts": facts,
        "dry_run": ask.dry_run,
    }
    if ask.dry_run:
        return said(body)
    return said(body, status, ETag=etag(at), Location=f"/api/v1/rule-books/{book}/{version}")


def described(state: RuleBookState, name: str) -> dict[str, Any]:
    adopted = state.adoption(name)
    return {
        "version": name,
        "adopted": adopted is not None,
        "effective_from": adopted.effective_from.isoformat() if adopted else None,
        "adopted_at": moment(adopted.adopted_at) if adopted else None,
        "resolution": adopted.resolution if adopted else None,
    }


def moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def today(engine: Engine) -> date:
    return engine.desk.stage().organisation.local_date(engine.desk.clock())
