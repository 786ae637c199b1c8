"""积分规则 and 兑换清单: the two rule books of the points under their own names."""

from fastapi import APIRouter, Response

from api import problems, rule_books
from api.bodies import StrictRoute
from api.orders import Ask, AtEngine
from api.routing import example
from api.sign_in import Caller

router = APIRouter(prefix="/api/v1/points", tags=["points: rules"], route_class=StrictRoute)

TARIFF: dict[str, object] = {
    "version": "2026-1",
    "content": {
        "lines": [
            {"activity": "mediation", "zh": "调解邻里矛盾", "en": "Mediation", "points": 15, "basis": "case"}
        ]
    },
}
CATALOGUE: dict[str, object] = {
    "version": "2026-1",
    "content": {"items": [{"item": "flour", "zh": "面粉", "en": "Flour", "price": 20, "stocked": True}]},
}
BOOKS = {
    "tariffs": ("Propose a version of what deeds earn", "What deeds earn, by version", TARIFF),
    "catalogues": ("Propose a version of what points buy", "What points buy, by version", CATALOGUE),
}


def add(book: str, proposes: str, lists: str, shown: dict[str, object]) -> None:
    async def propose(body: rule_books.Proposal, ask: Ask) -> Response:
        return await rule_books.propose(book, body, ask)

    async def versions(engine: AtEngine, caller: Caller) -> Response:
        return await rule_books.versions(book, engine, caller)

    propose.__name__, versions.__name__ = f"propose_{book}", f"list_{book}"
    router.add_api_route(
        f"/{book}",
        propose,
        methods=["POST"],
        status_code=201,
        summary=proposes,
        description=f"As `POST /api/v1/rule-books/{book}`; adopted there, by `/{{version}}/adopt`.",
        responses=problems.responses(400, 401, 409, 412, 413, 422, 503),
        openapi_extra=example(shown),
    )
    router.add_api_route(
        f"/{book}", versions, methods=["GET"], summary=lists, responses=problems.responses(401)
    )


for _book, _told in BOOKS.items():
    add(_book, *_told)
