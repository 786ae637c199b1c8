"""How the product itself is doing, for whoever runs it: what was done to the store, and how each part is."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as File
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from api import administration
from api.orders import AtEngine
from api.pages.frame import Page, Viewer, signed_in
from engine.engine import Engine

router = APIRouter(include_in_schema=False)


# ------------------------------------------------------------------ what was done


@router.get("/office/administration")
async def deeds(
    request: Request, viewer: Viewer, engine: AtEngine,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:  # fmt: skip
    page, actor = Page(request, viewer, "administration"), signed_in(viewer)
    answer = await administration.listed(engine, actor, page.lang, cursor, 50)
    found = orjson.loads(bytes(answer.body))
    lines = [line | {"when": page.facing.when(line["occurred_at"])} for line in found["items"]]
    return await asyncio.to_thread(
        page.show, "office/administration.html", lines=lines, next=found["next"], cursor=cursor
    )


# ------------------------------------------------------------------ how it is doing


@dataclass(frozen=True, slots=True)
class Part:
    """One part in words. `tone`: good, soon (somebody should look), late (something stands still)."""

    name: str
    says: str
    tone: str = "good"
    help: str = ""


WELL: Mapping[str, str] = {"good": "正常", "soon": "看一眼", "late": "要处理"}


@router.get("/office/health")
async def health(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    page = Page(request, viewer, "health")
    signed_in(viewer)

    def read() -> Response:
        parts = list(of(page, engine))
        worst = [part for part in parts if part.tone != "good"]
        page.counted["health"] = len(worst)
        title = page.say("有 {n} 处要看一眼", n=len(worst)) if worst else page.say("各部分都正常")
        return page.show(
            "office/health.html", title=title, parts=sorted(parts, key=lambda part: ORDER[part.tone]),
            well=WELL, sizes=list(sizes(page, engine)),
        )  # fmt: skip

    return await asyncio.to_thread(read)


ORDER = {"late": 0, "soon": 1, "good": 2}


def of(page: Page, engine: Engine) -> Iterator[Part]:
    """The parts the readiness tells of, each as a sentence with what to do about it."""
    found, say = engine.health(), page.say
    if "head" not in found:
        yield Part(say("数据库"), say("连不上：{why}", why=found["store"]), "late")
        return
    yield Part(say("记下的事"), say("到第 {n} 条，能写能读。", n=f"{found['head']:,}"))
    yield views(page, found["views"])
    search = found["search"]["position"]
    behind = max(0, found["head"] - search)
    says = say("跟上了。") if not behind else say("差 {n} 条没有编进去。", n=f"{behind:,}")
    yield Part(say("搜索"), says, "soon" if behind > SLOW else "good")
    yield clock(page, found["clock_stepped"])
    for name, told in found["reactions"].items():
        yield reaction(page, name, told["refused"])
    yield trail(page, found["audit"])
    yield keys(page, engine)
    for name, trouble in found["troubles"].items():
        yield Part(say("后台：{name}", name=name), str(trouble), "late", say("原因在服务日志里。"))


SLOW = 5_000


def views(page: Page, told: Mapping[str, Any]) -> Part:
    say, name = page.say, page.say("视图")
    help = say("在“视图与核对”里重建，或看服务日志。")
    if told["stuck"]:
        return Part(
            name, say("停在第 {n} 条：有一条记录算不进去。", n=told["stuck"]["position"]), "late", help
        )
    if told["outdated"]:
        return Part(name, say("程序换了版本，视图正在重建。"), "soon")
    if told["behind"]:
        return Part(
            name,
            say("差 {n} 条没有跟上。", n=f"{told['behind']:,}"),
            "soon" if told["behind"] > SLOW else "good",
        )
    return Part(name, say("跟上了，第 {n} 代。", n=told["generation"]))


def clock(page: Page, stepped: Any) -> Part:
    say = page.say
    if stepped is None:
        return Part(say("时钟与到期提醒"), say("时钟走得正常，到期的都会记下。"))
    return Part(
        say("时钟与到期提醒"), say("时钟跳过一次，到期提醒先停着。"), "late",
        say("先对好系统时间；正常走一会儿以后会自己接上。"),
    )  # fmt: skip


REACTIONS: Mapping[str, str] = {"points": "自动记积分", "duties": "履职自动勾上", "care": "关怀跟着住户变"}


def reaction(page: Page, name: str, refused: Any) -> Part:
    say = page.say
    what = say(REACTIONS.get(name, name))
    if not refused:
        return Part(what, say("没有被拒绝的。"))
    return Part(
        what,
        say("最近有 {n} 笔没有记上。", n=len(refused)),
        "soon",
        say("多半是账户或规则的原因，见服务日志。"),
    )


def trail(page: Page, told: Mapping[str, Any]) -> Part:
    say = page.say
    if told["refused"]:
        return Part(
            say("审计链"), say("对不上，已经停止签名：{why}", why=why_refused(told)), "late",
            say("先不要改动数据库文件，运行 huisheng audit verify。"),
        )  # fmt: skip
    return Part(say("审计链"), say("每条记录几秒内就签进检查点。"))


def why_refused(told: Mapping[str, Any]) -> str:
    """Why no checkpoint is signed, as the trail says it; "" where one is."""
    no = told["refused"]
    return f"{no['code']}: {no['message']}" if no else ""


def keys(page: Page, engine: Engine) -> Part:
    say = page.say
    kept = administration.keys_kept(engine, engine.clock())
    at = kept.get("backed_up_at")
    help = say("运行 huisheng keys backup 文件名；旧的备份删掉。")
    if at is None:
        return Part(
            say("密钥备份"), say("还没有备份过密钥：丢了密钥，密封的内容就再也打不开。"), "soon", help
        )
    days = (engine.clock() - datetime.fromisoformat(at)).days
    says = say("{n} 天前备份过。", n=days) if days else say("今天备份过。")
    return Part(
        say("密钥备份"), says, "soon" if kept["warnings"] else "good", help if kept["warnings"] else ""
    )


def sizes(page: Page, engine: Engine) -> Iterator[tuple[str, str]]:
    """How much room each file of the store takes; a database on a server is not ours to measure."""
    if engine.database is not None:
        yield page.say("数据库"), page.say("在 PostgreSQL 里")
    names = {
        "log": page.say("记下的事"), "views": page.say("视图"), "search": page.say("搜索"),
        "keys": page.say("密钥"),
    }  # fmt: skip
    room: dict[str, int] = {}
    for file in engine.data_dir.glob("*.db*"):
        try:
            room[file.name.partition(".")[0]] = room.get(file.name.partition(".")[0], 0) + file.stat().st_size
        except OSError:  # a generation that is being dropped
            continue
    for name, size in sorted(room.items(), key=lambda each: -each[1]):
        yield names.get(name, name), bytes_said(size)
    free = free_at(engine.data_dir)
    if free is not None:
        yield page.say("磁盘还剩"), bytes_said(free)


def free_at(folder: File) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def bytes_said(size: int) -> str:
    value = float(size)
    for unit in ("B", "KB", "MB"):
        if value < 1024:
            return f"{value:,.0f} {unit}"
        value /= 1024
    return f"{value:,.1f} GB"
