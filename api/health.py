"""Is it alive, is it ready, and how is it doing. Needs no actor and tells nothing of any case."""

import asyncio
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.administration import keys_kept

router = APIRouter(tags=["health"])

BEHIND = 5_000
"""Facts the views may lag behind the log before this process says it is not ready: a batch of the
follower."""


@router.get("/healthz", summary="The process answers")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get(
    "/readyz", summary="The store answers and the views have caught up", responses=problems.responses(503)
)
async def readyz(request: Request) -> dict[str, Any]:
    """503 until the log can be read and the views are at most `BEHIND` facts behind it. `health` says how
    each part is doing; a trouble there does not stop the answers."""
    engine = request.app.state.engine
    found = await asyncio.to_thread(engine.health)
    if "head" not in found:
        raise problems.Problem(503, "store.unavailable", headers={"Retry-After": "2"})
    if found["views"]["behind"] > BEHIND:
        raise problems.Problem(503, "views.behind", headers={"Retry-After": "2"})
    kept = await asyncio.to_thread(keys_kept, engine, engine.clock())
    found["keys"] = {"backed_up_at": kept.get("backed_up_at"), "warnings": kept["warnings"]}
    return {"status": "ready", "position": found["head"], "health": found}


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    engine, meters = request.app.state.engine, request.app.state.meters
    head, seen = await asyncio.to_thread(lambda: (engine.log.head(), engine.views.position()))
    meters.head.set(head)
    meters.behind.set(max(0, head - seen))
    return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)


class Meters:
    """One registry per application, so that two in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "huisheng_http_requests",
            "Answers by method, route and status",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "huisheng_http_seconds",
            "Time to answer, in seconds",
            ("method", "route"),
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        self.head = Gauge("huisheng_log_position", "Last position of the log", registry=self.registry)
        self.behind = Gauge(
            "huisheng_views_behind", "Facts the views have not applied", registry=self.registry
        )


class Measured:
    """Counts and times every request by the route's template, never by the address (ids would be labels)."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self.app = app
        self.meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "OPTIONS") else "other"
            self.meters.requests.labels(method, route, str(status)).inc()
            self.meters.seconds.labels(method, route).observe(time.perf_counter() - started)
