"""What the OpenAPI description allows, and what it does not, at every route, by every role: no answer is a
5xx, and every answer is what the description says."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.permissions import TABLE
from tests.api.matrix import CALLERS, OWN, World, world
from tests.api.test_permissions_matrix import FIXED, NAMED

CASES = 2_000
"""The least there must be, over all routes (issue: ≥ 2,000 in CI)."""
EACH = 9
FULL = 200
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
ENDLESS = ("GET /api/v1/stream",)
"""Its answer does not end; tests/api/test_stream.py asks it."""
ROUTES = [
    route
    for route, permit in TABLE.items()
    if route.partition(" ")[2].startswith(("/api/", "/healthz", "/readyz", "/metrics"))
    and route not in ENDLESS
]
OWNERS = [None, *(each for each in CALLERS if each.position in ("own", "other"))]
tried: Counter[str] = Counter()


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("fuzz")) as found:
        yield found


@pytest.fixture(scope="module")
def described(there: World) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", there.http.app)


@pytest.mark.parametrize("route", ROUTES)
def test_no_question_breaks_it(
    there: World, described: Any, route: str, request: pytest.FixtureRequest
) -> None:
    method, _, path = route.partition(" ")
    operation = described[path.replace(":path}", "}")][method]
    place = there.places[OWN]
    real = FIXED | {blank: place.ids[kind] for blank, kind in NAMED.items()}
    allowed = operation.as_strategy()
    wild = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
    many = FULL if request.config.getoption("--full") else EACH

    @settings(
        max_examples=many, deadline=None, database=None, derandomize=True,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.one_of(allowed, allowed, wild), st.sampled_from(OWNERS), st.booleans())
    def ask(case: Any, caller: Any, known: bool) -> None:
        there.http.app.state.visitors._buckets.clear()  # type: ignore[attr-defined]
        if known and "/people/" not in path:
            case.path_parameters = {
                name: real.get(name, value) for name, value in case.path_parameters.items()
            }
        headers = {} if caller is None else {"Authorization": f"Bearer {there.tokens.mint(caller.actor)}"}
        if case.query:  # waiting for what was never recorded ends in 503, and is meant to
            case.query = {name: value for name, value in case.query.items() if name != "min_position"}
        tried[str(caller)] += 1
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()


def test_enough_was_asked_by_every_role(request: pytest.FixtureRequest) -> None:
    if len(tried) and request.config.getoption("-k", "") == "":
        assert sum(tried.values()) >= CASES and len(tried) == len(OWNERS), tried
