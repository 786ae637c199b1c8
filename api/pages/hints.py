"""First steps in the demo, said once: three sentences for whoever looks in as this or that user, and some on
the first page of a subject. They are plain HTML, and gone for good with a click (a cookie of this
browser)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api.demo_users import USERS

if TYPE_CHECKING:
    from api.pages.frame import Page

router = APIRouter(include_in_schema=False)

SEEN, SEEN_FIRST = "huisheng-hints", "seen"
WHERE = ("home", "day")
"""The first pages, where a hint stands."""

STEPS: Mapping[str, Sequence[tuple[str, str]]] = {
    "resident": (
        ("报一件家里的事，附不附照片都行。", "/report"),
        ("看自己那件走到哪一步；回访不满意，可以要求返工。", "/my/cases"),
        ("看积分是哪一次、按哪一条规则得的。", "/my/points"),
    ),
    "gridworker": (
        ("最上面一行是现在最该做的；点开看期限怎么算出来。", "/day"),
        ("挑一件“待回访”的上门，拍照、量室温，记下满意不满意。", "/complaints?state=resolved"),
        ("有人打电话来，一分钟内登记好，像的会自己提示。", "/register"),
    ),
    "dispatcher": (
        ("先看快超时的，再勾几件一起派出去；派出前有一页给您核对。", "/complaints?state=received"),
        ("登记一件试试：打字时会提示以前像的。", "/register"),
        ("每个比率都能点开，看是哪些工单。", "/statistics"),
    ),
    "unit": (
        ("接到的单先响应，再报告办结。", "/complaints"),
        ("试着给自己办的单做回访：会告诉您为什么不行。", "/complaints?state=resolved"),
        ("看期限跳过了哪些节假日。", "/day"),
    ),
    "street": (
        ("三个比率点开就是那些工单。", "/statistics"),
        ("看一个规则本的两个版本差在哪里。", "/rule-books/tariffs"),
        ("给快超时的催一催，再看它的经过里多了哪一句。", "/complaints?sort=due"),
    ),
    "panel": (
        ("看一件工单的经过：每一步谁做的、什么时候记的。", "/complaints"),
        ("比较两版积分规则，再推演换一版会差多少分。", "/rule-books/tariffs"),
        ("看检查点：谁也不能悄悄改记录。", "/audit"),
    ),
    "analyst": (
        ("每个数都能点开，看没算进来的为什么没算。", "/statistics"),
        ("核对一次视图：它说的和记录说的是不是一样。", "/office/projections"),
        ("看规则本各版之间的不同。", "/rule-books"),
    ),
    "admin": (
        ("登记一个人、给他一项授权，再收回：他下一次点击就出去了。", "/office/people"),
        ("核对视图，从记录重建一遍。", "/office/projections"),
        ("提一版积分规则，推演，再定从哪天起用。", "/rule-books/tariffs"),
    ),
}  # fmt: skip

SUBJECTS: Mapping[str, Sequence[tuple[str, str]]] = {
    "/visits": (
        ("一轮走访按户排好；每天排哪几户，看那一轮的“今天”。", ""),
        ("敲门没人也记一笔：几次没人会换时间再排。", ""),
        ("门口说的急难愁盼当场转成工单，走到哪一步这里看得到。", "/complaints?sort=newest"),
    ),
    "/care": (
        ("谁该去看、多久一次、上次哪天去的，一户一行；过了日子的排在最前。", ""),
        ("降温前给一类住户发一次通知，一户一户记下有没有通知到。", ""),
    ),
    "/households": (
        ("先查一户：门牌、谁住在这里、谁主要联系。名字和电话要写理由才看得到。", ""),
        ("有人搬走、搬来，在那一户的页面上记；以前的不会被改掉。", ""),
    ),
    "/duties": (
        ("几天一次、一月一次的事都在这里：该做几次，做了几次，差在哪天。", ""),
        ("做完的自己会勾上，因为它看的是别处记下的事；不必再填一遍。", ""),
    ),
    "/patrols": (
        ("点一条路线开始走：每一站到没到、看见什么，走的时候记。", ""),
        ("看见的问题当场报成工单；隐患没有消除的，下一次排在前面。", ""),
    ),
    "/sweeps": (
        ("一件办结以后，在别的地方照着找一遍同样的问题，这叫举一反三。", ""),
        ("看每个网格找到几处：一处也没找到的，要不要再看一遍。", ""),
    ),
}  # fmt: skip
"""On the first page of a subject, by its address: what it is for, and what to try."""


@dataclass(frozen=True, slots=True)
class Hint:
    """`name` is what the cookie remembers once it is put away; `title` and the lines are Chinese lines."""

    name: str
    title: str
    lines: Sequence[tuple[str, str]]


FIRST = ("dispatcher", "gridworker", "resident", "panel", "street", "admin")
"""Users of the demo who show most; the others stand behind a click."""


def users(page: "Page") -> Mapping[str, Sequence[Mapping[str, str]]] | None:
    """The users of the demo a stranger may sign in as with one click; None where there are none."""
    if page.viewer is not None or not page.request.app.state.demo:
        return None
    told = [
        {"id": id, "name": user.name, "says": user.en if page.lang == "en" else user.zh}
        for id, user in USERS.items()
    ]
    first = sorted((each for each in told if each["id"] in FIRST), key=lambda each: FIRST.index(each["id"]))
    return {"first": first, "more": [each for each in told if each["id"] not in FIRST]}


def of(page: "Page") -> Hint | None:
    """The hint for who looks: on a first page of the demo, until he has put it away."""
    path = page.request.url.path
    if page.here in WHERE:
        found = Hint(SEEN_FIRST, "第一次来？从这三件事看起", STEPS.get(page.role, ()))
    else:
        found = Hint(path.strip("/"), "第一次看这一页？", SUBJECTS.get(path, ()) if page.role else ())
    told = page.request.app.state.demo and found.lines and found.name not in put_away(page.request)
    return found if told else None


def put_away(request: Request) -> frozenset[str]:
    return frozenset(request.cookies.get(SEEN, "").split("."))


@router.post("/hints")
async def seen(
    request: Request,
    back: Annotated[str, Query(max_length=100)] = "/",
    name: Annotated[str, Query(max_length=40)] = SEEN_FIRST,
) -> Response:
    """Not again."""
    from api.pages.frame import remember
    from api.signing_in.login import own_path

    known = {SEEN_FIRST, *(path.strip("/") for path in SUBJECTS)}
    response = RedirectResponse(own_path(back), 303)
    remember(request, response, SEEN, ".".join(sorted(known & {name, *put_away(request)})))
    return response
