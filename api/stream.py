"""Facts as they are recorded, as server-sent events. Whoever was away resumes with `Last-Event-ID`.

An event tells what happened to which stream, never what was said: opening a case is a request of its own.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from api import problems
from api.cases import Cases
from api.households.seeing import of_line as home_of_line
from api.orders import AtCases, AtEngine
from api.outside import Outside
from api.points.sight import of_line
from api.points.subjects import AtPoints, Points
from api.sight import Sight
from api.sign_in import Present, door_of
from api.visits.seeing import of_line as visit_of_line
from domain.messages import Actor, Recorded
from engine.engine import Engine

router = APIRouter(prefix="/api/v1", tags=["stream"])

PAGE = 200
LISTENS = 0.2
"""Seconds the waiting thread listens before it looks whether it should stop."""
BEAT = 15.0
"""Seconds between two comments when nothing happens, so that proxies keep the connection."""


class Pulse:
    """Tells every listener of this process that the log has grown: one waiting thread for all of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._head = 0
        self._beat = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.ended = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pulse", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        head = 0
        # A closed log answers at once: whoever went on asking would do nothing else.
        while not self._stopped.is_set() and not self._engine.log.closed:
            found = self._engine.log.wait(head, LISTENS)
            if found > head and not self._stopped.is_set():
                head = found
                with contextlib.suppress(RuntimeError):  # the loop closed while we waited
                    self._loop.call_soon_threadsafe(self._tell, found)

    def _tell(self, head: int) -> None:
        self._head = head
        beat, self._beat = self._beat, asyncio.Event()
        beat.set()

    async def beyond(self, position: int, timeout: float) -> None:
        """Returns when the log has grown past the position or the streams end, or after `timeout` seconds."""
        beat = self._beat
        if self._head <= position and not self.ended:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(beat.wait(), timeout)

    def end(self) -> None:
        """End every stream. A server waits for open answers before it stops: tell it when it is asked to."""
        self.ended = True
        self._tell(self._head)

    async def stop(self) -> None:
        self._stopped.set()
        self._engine.log.committed()
        self.end()
        await asyncio.to_thread(self._thread.join)


@router.get(
    "/stream",
    summary="Follow the log",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events `{position, name, stream, version, occurred_at, recorded_at, views}`",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **problems.responses(401, 422),
    },
)
async def stream(
    request: Request,
    engine: AtEngine,
    cases: AtCases,
    points: AtPoints,
    present: Present,
    after: Annotated[int, Query(ge=0, le=2**53, description="An exclusive position.")] = 0,
    last_event_id: Annotated[str | None, Header(pattern=r"^\d{1,16}$")] = None,
) -> StreamingResponse:
    """Ends when the right it was opened with does: signed out, barred, a grant revoked, a token too old."""
    start = int(last_event_id) if last_event_id else after
    standing, opened = door_of(request).standing, engine.clock()

    def holds() -> bool:
        return engine.clock() < present.until and standing.admits(present.actor, opened)

    return StreamingResponse(
        events(request, engine, seen_by(engine, cases, points, present.actor), start, holds),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


Sees = Callable[[Recorded], bool]


def seen_by(engine: Engine, cases: Cases, points: Points, caller: Actor) -> Sees:
    """Whether the caller may know of a line."""
    sight, outside = Sight(cases, caller), Outside(engine, caller)

    def sees(line: Recorded) -> bool:
        of_home = home_of_line(engine, caller, line)
        if of_home is not None:
            return of_home
        of_visit = visit_of_line(engine, caller, line)
        if of_visit is not None:
            return of_visit
        of_outside = outside.of_line(line)
        if of_outside is not None:
            return of_outside
        of_points = of_line(points, caller, engine.desk.stage().organisation, line)
        return sight.of_line(line) if of_points is None else of_points

    return sees


async def events(
    request: Request, engine: Engine, sees: Sees, after: int, holds: Callable[[], bool]
) -> AsyncIterator[bytes]:
    pulse: Pulse = request.app.state.pulse
    yield b"retry: 2000\n\n"
    while not pulse.ended:
        if not await asyncio.to_thread(holds):
            return
        lines = await asyncio.to_thread(engine.log.read, after, PAGE)
        for line in lines:
            after = line.position
            if sees(line):
                yield event(line, engine)
        if len(lines) < PAGE:
            await pulse.beyond(after, BEAT)
            if not lines:
                yield b": still here\n\n"
        if await request.is_disconnected():
            return


def event(line: Recorded, engine: Engine) -> bytes:
    changed = tuple(each.NAME for each in engine.projections if type(line.fact) in each.FACTS)
    data = orjson.dumps(told(line, changed))
    return b"id: %d\nevent: fact\ndata: %s\n\n" % (line.position, data)


def told(line: Recorded, views: tuple[str, ...]) -> Mapping[str, Any]:
    return {
        "position": line.position,
        "name": type(line.fact).NAME,  # type: ignore[attr-defined]
        "stream": line.stream,
        "version": line.version,
        "occurred_at": line.occurred_at,
        "recorded_at": line.recorded_at,
        "views": list(views),
    }
