"""What may be done about a person: the deeds, their questions and what follows from each."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Response

from api import facing
from api.orders import Asking
from api.organisation import people, rights
from api.organisation.places import Scope
from api.pages.forms import Field
from api.pages.frame import Page
from api.pages.office.deeds import REASON, At, Deed, because
from domain.organisation import POSTS, ROLES, Organisation, within
from projections.people.telling import WORDS

MOST_PLACES = 400
"""Choices of one list; a larger tree is named by its path."""


def posts(page: Page) -> tuple[tuple[str, str], ...]:
    """The posts there are: the usual ones, and what the vocabulary in force adds."""
    english = page.lang == "en"
    found = {code: WORDS[f"post:{code}"][1 if english else 0] for code in POSTS}
    for code, post in page.engine.desk.stage().books.posts(page.engine.clock()).items():
        found[code] = post.en if english else post.zh
    return tuple(found.items())


def post_name(page: Page, code: str) -> str:
    return dict(posts(page)).get(code, code)


def places(page: Page, *, units: bool = False) -> tuple[tuple[str, str], ...]:
    """The nodes of the caller's own part of the tree, indented by their depth; then the units."""
    known: Organisation = page.facing.organisation
    scope = page.viewer.scope if page.viewer else ""
    found = [
        (path, "　" * path.count("/") + known.grids[path].name)
        for path in sorted(known.grids)
        if within(path, scope)
    ]
    if units and not scope:
        found += [(id, unit.name) for id, unit in sorted(known.units.items())]
    return tuple(found[:MOST_PLACES])


def place_field(page: Page, name: str, label: str, **more: Any) -> Field:
    """A choice of the tree; a path to be typed where the tree is too large to choose from."""
    found = places(page, units=more.pop("units", False))
    if len(found) < MOST_PLACES:
        return Field(name, label, "select", options=found, **more)
    return Field(name, label, **more)


def roles() -> tuple[tuple[str, str], ...]:
    """What can be granted."""
    return tuple((code, facing.ROLES[code]) for code in ROLES)


def entry(page: Page, at: At) -> Sequence[Field]:
    return (
        Field("name", "姓名", required=True, hint="密封保存；页面上只显示姓。"),
        Field("phone", "手机号", "tel", hint="用这个号码报过的诉求算他的。"),
        place_field(page, "home", "住在哪里", hint="只在这里工作、不住这里的，不用填。"),
    )


def granting(page: Page, at: At) -> Sequence[Field]:
    return (
        Field("role", "做什么", "choice", options=roles(), required=True),
        place_field(page, "scope", "在哪里", units=True, asks="（管理员可以不选：整个部署）",
                    hint="这个地方和它下面的都算。承办单位的人选单位。"),
        Field("until_at", "到什么时候为止", "moment", hint="不填就一直有效，直到收回。"),
        REASON,
    )  # fmt: skip


def taking(page: Page, at: At) -> Sequence[Field]:
    return (
        Field("post", "什么岗位", "select", options=posts(page), required=True),
        place_field(page, "place", "在哪里", required=True),
        Field("occurred_at", "从什么时候起", "moment", hint="不填就是现在。"),
    )


def holding(page: Page, at: At) -> Sequence[Field]:
    return (REASON, Field("until_at", "保留到", "moment", hint="不填就一直保留，直到解除。"))


async def bar(ask: Asking, at: At, body: Any) -> Response:
    return await people.bar(at["person"], body, ask)


async def readmit(ask: Asking, at: At, body: Any) -> Response:
    return await people.readmit(at["person"], body, ask)


async def sign_out(ask: Asking, at: At, body: Any) -> Response:
    return await people.sign_out(at["person"], body, ask)


async def hold(ask: Asking, at: At, body: Any) -> Response:
    return await people.hold(at["person"], body, ask)


async def lift(ask: Asking, at: At, body: Any) -> Response:
    return await people.lift(at["person"], people.Lifting(hold=at["hold"], reason=body.reason), ask)


async def correct(ask: Asking, at: At, body: Any) -> Response:
    return await people.correct(at["person"], body, ask)


async def enter(ask: Asking, at: At, body: Any) -> Response:
    return await people.enter(body, ask)


class Granting(rights.Giving):
    """Whom it is for stands in the address."""

    person: rights.Person = "-"
    scope: Scope = ""


class Taking(rights.Taking):
    person: rights.Person = "-"


async def grant(ask: Asking, at: At, body: Granting) -> Response:
    whole = rights.Giving.model_validate(body.model_dump() | {"person": at["person"]})
    return await rights.grant(whole, ask)


async def revoke(ask: Asking, at: At, body: Any) -> Response:
    return await rights.revoke(at["grant"], body, ask)


async def take(ask: Asking, at: At, body: Taking) -> Response:
    whole = rights.Taking.model_validate(body.model_dump() | {"person": at["person"]})
    return await rights.take(whole, ask)


async def leave(ask: Asking, at: At, body: Any) -> Response:
    return await rights.leave(at["tenure"], rights.Leaving(reason=body.reason), ask)


HERE = "/api/v1/people/{person}"
ENTER = Deed(
    "登记一个人", "登记", people.Entry, enter, entry, "/api/v1/people",
    ("他进入人员登记，姓名和号码用他自己的密钥密封。", "还不能登录：下一页可以给他登录名和授权。"),
)  # fmt: skip

DEEDS: Mapping[str, Deed] = {
    "grant": Deed(
        "给他授权", "授权", Granting, grant, granting, "/api/v1/organisation/grants",
        ("从现在起，他在那里可以做这个角色的事。", "谁给的、为什么，永远查得到。"),
    ),
    "revoke": Deed(
        "收回授权", "收回", rights.Because, revoke, because, "/api/v1/organisation/grants/{grant}/revoke",
        ("他的下一次点击就不再有这个授权，正在用它的登录立刻失效。", "授权不会被删掉，只是到此为止。"),
        risk=True,
    ),
    "post": Deed(
        "担任岗位", "记下", Taking, take, taking, "/api/v1/organisation/posts",
        ("岗位说明他是谁，本身不给任何权限。",),
    ),
    "leave": Deed(
        "离开岗位", "记下", rights.Because, leave, because, "/api/v1/organisation/posts/{tenure}/leave",
        ("他从现在起不再担任这个岗位；授权不受影响。",),
    ),
    "correct": Deed(
        "更正登记", "更正", people.Entry, correct, entry, f"{HERE}/enrol",
        ("整条登记重新写：没填的就没有了。", "以前的登记还在记录里。"),
    ),
    "sign-out": Deed(
        "让他在所有设备上退出", "全部退出", rights.Because, sign_out, because, f"{HERE}/sign-out",
        ("他现有的登录和令牌立刻全部失效。", "他可以用密码重新登录。"), risk=True,
    ),
    "bar": Deed(
        "停用", "停用", rights.Because, bar, because, f"{HERE}/bar",
        ("他立刻退出，并且不能再登录。", "他的授权和岗位还在，恢复以后照旧。"), risk=True,
    ),
    "readmit": Deed(
        "恢复", "恢复", rights.Because, readmit, because, f"{HERE}/readmit", ("他又可以登录了。",)
    ),
    "hold": Deed(
        "法定保留", "保留", people.Holding, hold, holding, f"{HERE}/hold",
        ("保留期间，他的资料不能被删除。",),
    ),
    "lift": Deed(
        "解除法定保留", "解除", rights.Because, lift, because, f"{HERE}/hold-lift",
        ("以后他的资料又可以被删除。",), risk=True,
    ),
}  # fmt: skip
"""By the last part of their address. Setting a password and forgetting have pages of their own."""
