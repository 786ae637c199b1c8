"""The views as a page: where each stands, whether it says what the log says, and making them anew."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import RedirectResponse

from api import rebuilding
from api.jobs import Jobs, must_job
from api.orders import AtEngine
from api.pages.frame import Page, Viewer, signed_in
from api.sight import everywhere

router = APIRouter(include_in_schema=False)

Job = Annotated[str, Query(pattern=r"^(job-[0-9a-z]{1,40})?$")]

NAMES: Mapping[str, str] = {
    "cases": "工单：清单、期限、单位任务、统计用的记号",
    "accounts": "积分账户：余额、冻结、流水",
    "claims": "积分申报和异议",
    "redemptions": "兑换：订下、领走",
    "stock": "兑换品库存",
    "panel": "监督小组、月度核查、公示",
    "people": "人员登记",
    "attendance": "活动签到表",
    "sampling": "抽核的样本",
    "figures": "公布过的数字",
    "evidence": "附件属于哪件工单",
    "households": "住户登记册和各网格户数",
    "dwellings": "住房，空着没有",
    "tenancies": "谁在哪里住过",
    "captures": "离线采集带回来的",
    "extension-requests": "延期申请",
    "duties": "履职事项和规矩",
    "duty-periods": "每一期该做、做了没有",
    "care_plans": "关爱走访的安排和每一次",
    "patrol-routes": "巡查路线和站点",
    "patrols": "每一次巡查走到哪里",
    "sweeps": "举一反三：查了哪里、找到几处",
    "recurrence-watches": "结案后还在盯着的地方",
    "visit-rounds": "各轮走访",
    "visits": "每一户走访到哪一步",
    "visit-plans": "每天排了哪几户",
    "outreach": "走访、关怀、巡查的统计记号",
}
"""What each view is for; one this page does not know stands under its code."""

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "same": ("没有差别：{n} 条记录重新算过，和现在的视图一行不差。", "good"),
    "differs": ("有差别。第一处：{difference}", "bad"),
    "swapped": ("已从 {n} 条记录重建，一步换上，用时 {seconds} 秒。", "good"),
    "underway": ("另一个进程正在重建，这次没有做。", "warn"),
}
FAILED: Mapping[str, str] = {
    "stopped": "已停下，什么都没有改变。",
    "interrupted": "服务中途停了，什么都没有改变。可以再来一次。",
    "internal": "没有做成，什么都没有改变。原因写在服务日志里。",
}


@router.get("/office/projections")
async def views(request: Request, viewer: Viewer, engine: AtEngine, job: Job = "") -> Response:
    page = Page(request, viewer, "projections")
    actor = signed_in(viewer)

    def read() -> Response:
        standing = rebuilding.standing(engine)
        for item in standing["items"]:
            item["says"] = page.say(NAMES[item["name"]]) if item["name"] in NAMES else item["name"]
            item["rebuilt"] = page.facing.when(item["rebuilt_at"]) if item["rebuilt_at"] else ""
            checked = item["checked"]
            item["checked_when"] = page.facing.when(checked["at"]) if checked else ""
        jobs: Jobs = request.app.state.jobs
        under_way = running(page, must_job(jobs, actor, job)) if job else None
        return page.show(
            "office/projections.html", standing=standing, job=under_way, may_renew=everywhere(actor),
            title=headline(page, standing),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def headline(page: Page, standing: Mapping[str, Any]) -> str:
    if standing["behind"]:
        return page.say("视图还差 {n} 条记录没有跟上", n=f"{standing['behind']:,}")
    return page.say("视图都跟上了，截至第 {n} 条记录", n=f"{standing['position']:,}")


def running(page: Page, job: Mapping[str, Any]) -> dict[str, Any]:
    """A job in words: how far, or what came of it."""
    told: dict[str, Any] = {"id": job["id"], "running": job["state"] == "running", "tone": "", "says": ""}
    told |= {"done": job["done"], "of": job["of"]}
    if job["state"] == "failed":
        told |= {"says": page.say(FAILED[job.get("error", "internal")]), "tone": "warn"}
    elif job["state"] == "done":
        result = job["result"]
        says, tone = OUTCOMES[result["outcome"]]
        facts = {"n": f"{result.get('events', 0):,}", "seconds": result.get("seconds"), **result}
        told |= {"says": page.say(says, **facts), "tone": tone}
    return told


@router.post("/office/projections/{name}/verify")
async def verify(
    request: Request, name: Annotated[str, Path(max_length=40)], viewer: Viewer, engine: AtEngine
) -> Response:
    page = Page(request, viewer, "projections")
    job = await asyncio.to_thread(rebuilding.checking, request, engine, signed_in(viewer), name)
    return RedirectResponse(page.to("/office/projections", job=job), 303)


@router.post("/office/projections/{name}/rebuild")
async def renew(
    request: Request, name: Annotated[str, Path(max_length=40)], viewer: Viewer, engine: AtEngine
) -> Response:
    page = Page(request, viewer, "projections")
    job = await asyncio.to_thread(rebuilding.renewing, request, engine, signed_in(viewer), name)
    return RedirectResponse(page.to("/office/projections", job=job), 303)


@router.post("/office/jobs/{job}/stop")
async def stop(
    request: Request, job: Annotated[str, Path(max_length=60)], viewer: Viewer, engine: AtEngine
) -> Response:
    """Of one's own."""
    page = Page(request, viewer, "projections")
    jobs: Jobs = request.app.state.jobs

    def ask() -> None:
        if must_job(jobs, signed_in(viewer), job)["state"] == "running":
            jobs.stop(job)

    await asyncio.to_thread(ask)
    return RedirectResponse(page.to("/office/projections", job=job), 303)
