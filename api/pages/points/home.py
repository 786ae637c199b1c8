"""What waits for whoever looks: disputes to rule on, claims to verify, orders to hand out, reviews to
sign."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from api.pages.frame import Viewer, signed_in
from api.pages.looking_back import Past
from api.pages.points.checkpoint import health, last_signed
from api.pages.points.claims import Asked, row, tabs_of
from api.pages.points.reviews import panel_of
from api.pages.points.statement import month_name
from api.pages.points.window import Window
from api.points.duties import points_due
from api.routing import CaughtUp
from projections.points.spans import previous

router = APIRouter(include_in_schema=False)

MOST = 30
DOES = {
    "claim": "核实积分申报", "dispute": "裁决积分异议", "appeal": "决定积分申诉", "redemption": "发放兑换",
    "attendance": "核对活动名单", "review": "签积分审核",
}  # fmt: skip
VERBS = {
    "claim": "去核实", "dispute": "去裁决", "appeal": "去决定", "redemption": "去发放",
    "attendance": "去核对", "review": "去签字",
}  # fmt: skip
PAGES = {"/api/v1/points/": "/points/", "/api/v1/panel/": "/points/"}


@router.get("/points", dependencies=[CaughtUp])
async def home(request: Request, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points")

    def read() -> Response:
        now, claims = window.facing.now, window.role != "unit"
        due = points_due(window.engine, window.points, window.actor, now, window.lang, MOST)
        return window.show(
            "points/home.html", duties=[duty(window, each) for each in due] + overdue(window),
            tabs=[tab for tab in tabs_of(window, Asked(), Past(window)) if tab["code"]] if claims else [],
            claims=claims,
            checkpoint=last_signed(window), health=health(window),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def duty(window: Window, due: dict[str, Any]) -> dict[str, Any]:
    path = due["link"]
    for api, page in PAGES.items():
        path = page + path.removeprefix(api) if path.startswith(api) else path
    return {
        "what": window.say(DOES[due["kind"]]), "about": about(window, due), "path": path,
        "overdue": due["overdue"], "due": window.facing.due(due["due_by"], ""),
        "grid": window.facing.grid(due["grid"]), "does": window.say(VERBS[due["kind"]]),
    }  # fmt: skip


def about(window: Window, due: dict[str, Any]) -> str:
    """What a duty concerns, in words: a deed and whose, what is to be handed out, a month."""
    told: str = due["link"].rpartition("/")[2]
    if due["kind"] in ("claim", "dispute", "appeal"):
        claim = window.points.claims.must(told)
        item = row(window, window.answers().claim(claim))
        told = window.say("{deed} {many}，{who}", deed=item["deed"], many=item["many"], who=item["holder"])
    elif due["kind"] == "redemption":
        order = window.points.redemptions.must(told)
        told = window.say("、").join(f"{window.item(line.item)} × {line.quantity}" for line in order.lines)
    elif due["kind"] == "review":
        told = month_name(window, told)
    elif due["kind"] == "attendance":
        taken = window.points.attendances.must(told)
        told = window.say(
            "{deed}，{day}，{n} 人", deed=window.deed(taken.activity), day=window.day(taken.occurred_on),
            n=taken.present,
        )  # fmt: skip
    return told


def overdue(window: Window) -> list[dict[str, Any]]:
    """The review of last month, where nobody has opened it yet."""
    panel = panel_of(window) if window.role == "panel" else None
    month = previous(f"{window.facing.today():%Y-%m}")
    if panel is None or any(each.month == month for each in panel.reviews):
        return []
    return [
        {
            "what": window.say("开始月度核查"), "about": month_name(window, month), "overdue": False,
            "path": "/points/reviews", "due": None, "grid": window.facing.grid(panel.place),
            "does": window.say("去开始"),
        }
    ]  # fmt: skip
