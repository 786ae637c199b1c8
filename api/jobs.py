"""Long work: answered at once with 202 and an address where its progress and its result can be read.

A job runs in a thread of the process that took it; how far it is stands in the log's settings, so every
process of a deployment can tell. A job whose process died stops saying so, and reads as failed.
"""

import threading
import time
from collections.abc import Callable
from typing import Annotated, Any

import orjson
import structlog
from fastapi import APIRouter, Path, Request, Response

from api import problems
from api.bodies import Body, StrictRoute
from api.orders import AtEngine, said
from api.routing import example
from api.sight import everywhere
from api.sign_in import Caller
from domain.messages import Actor
from engine.engine import Engine
from engine.ids import new_id

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], route_class=StrictRoute)

SAYS = 0.5
"""Seconds between two words about its progress."""

SILENT = 60.0
"""Seconds without a word after which a job counts as dead."""

KEPT = 24 * 3600.0
AT_ONCE = 2
"""Jobs that run in one process; further ones wait."""

LIST = "jobs"
report = structlog.get_logger("huisheng.jobs")

Move = Callable[[int, int], None]
"""Say how far it is: (done, of). Raises Stopped where the process is closing."""

Work = Callable[[Move], dict[str, Any]]


class Nothing(Body):
    """`{}`: there is nothing to say."""


class Stopped(Exception):
    """The process closes before the job was done, or somebody asked the job to stop."""


class Jobs:
    """The jobs of one process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._closing = threading.Event()
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()

    def start(self, actor: Actor, work: Work) -> str:
        """Begin, and return the job's id. Whoever began it may read it, in the role he began it in, and
        the administrator."""
        job = new_id("job")
        told: dict[str, Any] = {"id": job, "state": "running", "done": 0, "of": 0, "result": None}
        told["by"] = [actor.person, actor.role, actor.scope]
        self._say(job, told)
        self._remember(job)
        threading.Thread(target=self._run, args=(job, told, work), name=job, daemon=True).start()
        return job

    def find(self, job: str) -> dict[str, Any] | None:
        kept = self._engine.log.setting(f"job.{job}")
        if kept is None:
            return None
        told: dict[str, Any] = orjson.loads(kept)
        if told["state"] == "running" and time.time() - told["said_at"] > SILENT:
            return told | {"state": "failed", "error": "interrupted"}
        return told

    def stop(self, job: str) -> None:
        """Ask a job to stop, whichever process runs it: it looks now and then. What it did is undone."""
        self._engine.log.set_setting(f"job.{job}.stop", "1")

    def close(self) -> None:
        """Jobs under way stop at their next step."""
        self._closing.set()

    def _run(self, job: str, told: dict[str, Any], work: Work) -> None:
        last = 0.0

        def move(done: int, of: int) -> None:
            nonlocal last
            if self._closing.is_set():
                raise Stopped("interrupted")
            told.update(done=done, of=of)
            if time.monotonic() - last >= SAYS:
                last = time.monotonic()
                if self._engine.log.setting(f"job.{job}.stop"):
                    raise Stopped("stopped")
                self._say(job, told)

        with self._room:
            try:
                result = work(move)
                told |= {"state": "done", "done": told["of"], "result": result}
            except Stopped as why:
                told |= {"state": "failed", "error": str(why)}
            except Exception as error:
                report.warning("job.failed", job=job, error=repr(error))
                told |= {"state": "failed", "error": "internal"}
            self._say(job, told)

    def _say(self, job: str, told: dict[str, Any]) -> None:
        kept = orjson.dumps(told | {"said_at": time.time()}).decode()
        self._engine.log.set_setting(f"job.{job}", kept)

    def _remember(self, job: str) -> None:
        """Old jobs are forgotten as new ones come."""
        with self._lock:
            known = orjson.loads(self._engine.log.setting(LIST) or "[]")
            fresh = [[job, time.time()]]
            for other, since in known:
                if time.time() - since < KEPT:
                    fresh.append([other, since])
                else:
                    self._engine.log.set_setting(f"job.{other}", None)
                    self._engine.log.set_setting(f"job.{other}.stop", None)
            self._engine.log.set_setting(LIST, orjson.dumps(fresh).decode())


def accepted(request: Request, actor: Actor, work: Work) -> Response:
    """202 with the job's address."""
    jobs: Jobs = request.app.state.jobs
    job = jobs.start(actor, work)
    address = f"/api/v1/jobs/{job}"
    return said({"job": address, "id": job, "state": "running"}, 202, Location=address)


@router.get(
    "/{job}", summary="How far long work is, and what came of it", responses=problems.responses(401, 404)
)
async def job(
    job: Annotated[str, Path(pattern=r"^job-[0-9a-z]{1,40}$")],
    request: Request,
    engine: AtEngine,
    caller: Caller,
) -> Response:
    """`state` is running, done or failed; `result` is there when it is done."""
    return said(shown(must_job(request.app.state.jobs, caller, job)))


@router.post(
    "/{job}/stop", summary="Ask long work to stop", responses=problems.responses(401, 404, 413, 422),
    openapi_extra=example({}),
)  # fmt: skip
async def stop(
    job: Annotated[str, Path(pattern=r"^job-[0-9a-z]{1,40}$")],
    body: Nothing,
    request: Request,
    engine: AtEngine,
    caller: Caller,
) -> Response:
    """It ends as failed, with the error `stopped`, within a second or so; one that is over stays as it is."""
    jobs: Jobs = request.app.state.jobs
    if must_job(jobs, caller, job)["state"] == "running":
        jobs.stop(job)
    return said(shown(must_job(jobs, caller, job)))


def must_job(jobs: Jobs, caller: Actor, job: str) -> dict[str, Any]:
    """The job as it stands. Problem 404 for one that is not the caller's."""
    found, mine = jobs.find(job), [caller.person, caller.role, caller.scope]
    if found is None or not (everywhere(caller) or mine == found["by"]):
        raise problems.not_found()
    return found


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """What is said of a job: not who began it."""
    names = ("id", "state", "done", "of", "result", *(("error",) if "error" in found else ()))
    return {name: found[name] for name in names}
