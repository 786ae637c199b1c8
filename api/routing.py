"""What routes share: the answers they document, what their lists are asked, one route for each command."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query

from api import problems
from api.lists import MOST, caught_up

COMMANDED = problems.responses(400, 401, 403, 404, 409, 412, 413, 422, 503)
"""What a command may be answered with."""

OWN_COMMANDED = problems.responses(400, 401, 404, 409, 412, 413, 422, 503)
"""The same where everybody may ask: what is not his to know of is not found."""

READ = problems.responses(401, 403, 404, 422, 503)
"""What a question may be answered with."""

CaughtUp = Depends(caught_up)
Word = Annotated[str, Query(max_length=200)]
Grid = Annotated[str, Query(max_length=200, description="A grid's path: itself and below.")]
Limit = Annotated[int, Query(ge=1, le=MOST)]
Nth = Annotated[int, Query(ge=0, le=10**9)]
"""Where a list shown by its numbers goes on."""


class Kind(Protocol):
    """A command as it is posted: what it says, its body, and a body to begin with."""

    @property
    def says(self) -> str: ...

    @property
    def body(self) -> type: ...

    @property
    def example(self) -> Mapping[str, Any]: ...


def example(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {"application/json": {"example": dict(body)}}}}


def route_each(
    router: APIRouter,
    path: str,
    kinds: Mapping[str, Kind],
    endpoint: Callable[[str], Callable[..., Any]],
    named: str,
    **more: Any,
) -> None:
    """A route for each kind: `path` with the command's name behind it. `endpoint` makes what answers it; its
    `body` becomes that of the kind. `named` is its name in the documentation, with {} for the command's."""
    for name, kind in kinds.items():
        command = endpoint(name)
        command.__annotations__["body"] = kind.body
        command.__name__ = named.format(name.replace("-", "_"))
        router.add_api_route(
            f"{path}/{name}",
            command,
            methods=["POST"],
            summary=kind.says,
            openapi_extra=example(kind.example),
            **more,
        )
