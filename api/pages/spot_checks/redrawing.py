"""The draw made again, by anybody: the pack's frame with its lots, how to repeat it by hand, and a script
that repeats it in the browser from the pack alone. Ids and hashes only, so nobody has to sign in."""

import asyncio
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from api.bundles import paper
from api.framing import DEMO, DEMO_EN, found, pack_of
from api.pages.frame import Page, Viewer
from api.pages.spot_checks.desk import HERE, week_called
from api.problems import not_found
from api.sampling import Id
from domain.sampling.draw import drawn, lot, seed

router = APIRouter(include_in_schema=False)

JUDGE = Path(paper.__file__).parent / "page" / "verify.js"
SHOWN = 400
"""Cases listed that were not drawn; the pack holds them all."""


@router.get("/static/verify.js")
async def judge() -> Response:
    """The verifier every proof pack carries: hashes, signed notes, keys."""
    return FileResponse(JUDGE, media_type="text/javascript")


@router.get("/audit/spot-checks/{spot_check}/redraw")
async def redraw(request: Request, spot_check: Id, viewer: Viewer) -> Response:
    """404 for a week without a frame."""
    page = Page(request, viewer, HERE)

    def read() -> Response:
        spot = found(page.engine, spot_check)
        if spot is None:
            raise not_found()
        pack = pack_of(page.engine, spot)
        if pack["value"] is None:
            cases = [each["case"] for each in pack["frame"]]
            pack |= {"value": "", "seed": seed(pack["root"], ""), "kind": "demo"}
            pack |= {"draw": list(drawn(pack["root"], "", cases, pack["many"]))}
        rows = ordered(pack)
        return page.show(
            "spot_checks/redraw.html", id=spot_check, pack=pack, week=week_called(page, pack["week"]),
            rows=rows[: pack["many"] + SHOWN], left=max(0, len(rows) - pack["many"] - SHOWN),
            link=f"/api/v1/spot-checks/{spot_check}/pack", unsown=pack["kind"] == "demo",
            label=DEMO_EN if page.lang == "en" else DEMO,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def ordered(pack: dict[str, Any]) -> list[dict[str, Any]]:
    """Every case of the frame in the order of the lots, the least first; the first `many` are drawn."""
    sown = pack["seed"]
    rows = [each | {"lot": lot(sown, each["case"])} for each in pack["frame"]]
    rows.sort(key=lambda each: each["lot"])
    return [each | {"drawn": n < pack["many"]} for n, each in enumerate(rows)]
