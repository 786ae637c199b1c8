"""The organisation as a page: the tree of places with who serves there, the units, the bodies; and naming
what is new."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field as PydanticField

from api import facing
from api.bodies import Body
from api.naming import People, people_for
from api.orders import Asking, AtCases, AtEngine
from api.organisation import places, rights
from api.organisation.sight import sees_place
from api.organisation.then import world_of
from api.pages import looking_back
from api.pages.forms import Field
from api.pages.frame import Page, Viewer, signed_in
from api.pages.office import person_deeds
from api.pages.office.deeds import At, Deed, Place, because, blank, flash, given
from api.problems import not_found
from domain.messages import Actor
from domain.organisation import LEVELS, Organisation, within
from domain.rule_books.templates import BodyTemplate

router = APIRouter(include_in_schema=False)

Naming = Annotated[str, Query(max_length=200)]
MOST_SHOWN = 100
"""Nodes of one page; of a larger tree the lower levels are folded under the node they lie in."""

LEVEL_NAMES: Mapping[str, str] = {
    "city": "市", "district": "区县", "street": "街道", "community": "社区", "grid": "网格",
    "building": "楼栋", "entrance": "单元",
}  # fmt: skip
KINDS: Mapping[str, str] = {"company": "企业", "office": "机关单位", "grid_team": "网格队伍", "body": "小组"}
KINDS_NAMED = ("company", "office")
"""Those that are named by hand."""


def node_fields(page: Page, at: At) -> Sequence[Field]:
    known: Organisation = page.facing.organisation
    found = known.grids.get(at["at"])
    under = at["at"] if found is None else at["at"].rpartition("/")[0]
    words = page.engine.desk.stage().books.vocabulary(page.engine.clock())
    own = [(each.name, each.name) for each in words.levels if each.name not in LEVEL_NAMES.values()]
    return (
        Field("path", "路径", required=True, value=at["at"] if found else "",
              hint="例如 demo/north/sl/grid-09：上级的路径，加斜线和自己的一段。写已有的路径就是改名。"),
        Field("name", "名称", required=True, value=found.name if found else ""),
        Field("level", "级别", "select", options=(*((code, LEVEL_NAMES[code]) for code in LEVELS), *own),
              required=True, value=found.level if found else ("grid" if under else "")),
    )  # fmt: skip


def unit_fields(page: Page, at: At) -> Sequence[Field]:
    found = page.facing.organisation.units.get(at["at"])
    return (
        Field("id", "编号", required=True, value=found.id if found else "",
              hint="小写字母和短横线，例如 gas-co。写已有的编号就是改名。"),
        Field("name", "名称", required=True, value=found.name if found else ""),
        Field("kind", "哪一种", "choice", options=tuple((code, KINDS[code]) for code in KINDS_NAMED),
              required=True, value=found.kind if found else ""),
    )  # fmt: skip


def serving(page: Page) -> tuple[tuple[str, str], ...]:
    """Whoever holds a post or a grant now, in the caller's own part of the tree: (id, how he is called)."""
    known: Organisation = page.facing.organisation
    actor, now = signed_in(page.viewer), page.engine.clock()
    held = [each.person for each in known.grants_under(actor.scope) if each.holds(now)]
    held += [
        each.person
        for each in known.tenures.values()
        if each.left_at is None and within(each.place, actor.scope)
    ]
    people = people_for(page.engine, page.lang, actor)
    named = {person: people.get(person, person) for person in dict.fromkeys(held)}
    return tuple(sorted(named.items(), key=lambda each: (each[1], each[0])))


def body_fields(page: Page, at: At) -> Sequence[Field]:
    """`at` is the code of a template."""
    found = templates(page).get(at["at"])
    if found is None:
        raise not_found()
    english, people = page.lang == "en", serving(page)
    seats = [
        Field(f"members.{role.role}", role.en if english else role.zh, "checks", options=people,
              required=role.least > 0,
              hint=page.say("{least} 到 {most} 人", least=role.least, most=role.most)
              if role.least < role.most else page.say("{n} 人", n=role.most))
        for role in found.roles
    ]  # fmt: skip
    return (
        Field(
            "id", "编号", required=True, hint="小写字母和短横线，例如 sl-1-4。写已有小组的编号，就是换人。"
        ),
        Field("name", "名称", required=True, value=found.en if english else found.zh),
        person_deeds.place_field(page, "place", "在哪里", required=True),
        *seats,
    )


def templates(page: Page) -> Mapping[str, BodyTemplate]:
    """Those in force, by code; of one worded for several places, the first."""
    books = page.engine.desk.stage().books
    if not books.adopted("templates"):
        return {}
    found: dict[str, BodyTemplate] = {}
    for each in books.templates(page.engine.clock()).bodies:
        found.setdefault(each.code, each)
    return found


class FormingByHand(Body):
    """Who fills which role; which template it is stands in the address."""

    id: str
    name: str
    place: str
    members: Annotated[dict[str, list[str]], PydanticField(default_factory=dict)]


async def form_body(ask: Asking, at: At, body: FormingByHand) -> Response:
    seats = [{"role": role, "person": one} for role, people in body.members.items() for one in people]
    told = {"id": body.id, "name": body.name, "place": body.place, "template": at["at"], "members": seats}
    return await rights.form(rights.Forming.model_validate(told), ask)


async def establish_grid(ask: Asking, at: At, body: Any) -> Response:
    return await places.establish_grid(body, ask)


async def establish_unit(ask: Asking, at: At, body: Any) -> Response:
    return await places.establish_unit(body, ask)


async def dissolve(ask: Asking, at: At, body: Any) -> Response:
    return await rights.dissolve(at["at"], body, ask)


DEEDS: Mapping[str, Deed] = {
    "grid": Deed(
        "新增网格，或改名", "记下", places.Node, establish_grid, node_fields, "/api/v1/organisation/grids",
        ("这个网格的队伍也就成了一个可以派单的单位。", "以前的工单不变，改名以后显示新名字。"),
    ),
    "unit": Deed(
        "新增单位，或改名", "记下", places.NewUnit, establish_unit, unit_fields, "/api/v1/organisation/units",
        ("从现在起可以把工单派给它。",),
    ),
    "body": Deed(
        "成立小组", "成立", FormingByHand, form_body, body_fields, "/api/v1/organisation/bodies",
        ("从现在起可以把工单派给这个小组。", "谁在小组里、按哪一版模板，以后查得到。"),
    ),
    "dissolve": Deed(
        "解散小组", "解散", rights.Because, dissolve, because, "/api/v1/organisation/bodies/{at}/dissolve",
        ("不再能派给这个小组；它牵头过的工单仍写着它的名字。",), risk=True,
    ),
}  # fmt: skip


@router.get("/office/organisation")
async def shown(
    request: Request, viewer: Viewer, engine: AtEngine, at: Naming = "", after: Naming = ""
) -> Response:
    """`at`: from which node on; `after`: the last of the page before."""
    page, actor = Page(request, viewer, "organisation"), signed_in(viewer)

    def read() -> Response:
        past = looking_back.looked(page)
        if past.faults:
            return past.asked_again()
        today, now = page.facing.organisation, engine.clock()
        if past.then is not None:  # as it was then it is also named
            page.facing.organisation, now = world_of(engine, past.then)
        known: Organisation = page.facing.organisation
        paths = [
            path
            for path in sorted(known.grids)
            if within(path, at.strip("/")) and sees_place(actor, path, today)
        ]
        people = people_for(page.engine, page.lang, actor)
        listed = upper(paths)
        folded = Counter(path.rpartition("/")[0] for path in paths) - Counter(
            path.rpartition("/")[0] for path in listed
        )
        rest = [path for path in listed if path > after]
        nodes = [
            node(page, path, served(page, path, now), people) | {"folded": folded[path]}
            for path in rest[:MOST_SHOWN]
        ]
        bodies = [body for _, body in sorted(known.bodies.items()) if sees_place(actor, body.place, today)]
        return page.show(
            "office/organisation.html", nodes=nodes, at=at, after=after, past=past,
            next=rest[MOST_SHOWN - 1] if len(rest) > MOST_SHOWN else "",
            title=page.say("{n} 个地方，{m} 个单位", n=len(paths), m=len(known.units)),
            units=[
                {"id": id, "name": unit.name, "kind": page.facing.named(KINDS, unit.kind)}
                for id, unit in sorted(known.units.items())
            ],
            bodies=[seats(page, body, people) for body in bodies],
            templates=[
                (code, each.en if page.lang == "en" else each.zh) for code, each in templates(page).items()
            ],
            said=flash(page, ("organisation",)), admin=past.now and actor.role == "admin",
            whole=not actor.scope,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def upper(paths: Sequence[str]) -> list[str]:
    """The levels of the tree that fit one page together: at least the uppermost, and what lies in it."""
    depths = Counter(path.count("/") for path in paths)
    deepest, n = min(depths, default=0) + 1, 0
    for depth in sorted(depths):
        n += depths[depth]
        if n <= MOST_SHOWN:
            deepest = max(deepest, depth)
    return [path for path in paths if path.count("/") <= deepest]


def served(page: Page, path: str, now: Any) -> Iterator[dict[str, str]]:
    """Who serves exactly here: posts first, then roles."""
    known: Organisation = page.facing.organisation
    for tenure in known.tenures.values():
        if tenure.place == path and tenure.left_at is None:
            what = person_deeds.post_name(page, tenure.post)
            yield {"person": tenure.person, "what": what}
    for grant in known.grants_at(path):
        if grant.holds(now):
            yield {"person": grant.person, "what": page.facing.named(facing.ROLES, grant.role)}


def node(page: Page, path: str, serving: Iterator[dict[str, str]], people: People) -> dict[str, Any]:
    grid = page.facing.organisation.grids[path]
    return {
        "path": path, "name": grid.name, "level": page.facing.named(LEVEL_NAMES, grid.level),
        "indent": "　" * path.count("/"),
        "people": [
            each | {"name": people.get(each["person"], each["person"])} for each in serving
        ],
    }  # fmt: skip


def seats(page: Page, body: Any, people: People) -> dict[str, Any]:
    sitting = rights.sitting(page.engine, body, page.facing.organisation)
    template = page.engine.desk.stage().books.body_template(page.engine.clock(), body.template, body.place)
    english = page.lang == "en"
    for seat in sitting["members"]:
        seat["name"] = people.get(seat["person"], seat["person"])
        role = template.role(seat["role"]) if template else None
        seat["what"] = (role.en if english else role.zh) if role else seat["role"]
    return sitting | {"where": page.facing.grid(body.place)}


# ------------------------------------------------------------------ naming what is new


@router.get("/office/organisation/do/{name}")
async def form(request: Request, name: str, viewer: Viewer, engine: AtEngine, at: Naming = "") -> Response:
    page, actor = Page(request, viewer, "organisation"), signed_in(viewer)
    deed = deed_of(name)
    return await asyncio.to_thread(blank, page, deed, place(page, actor, name, at), {"at": at})


@router.post("/office/organisation/do/{name}")
async def do(
    request: Request, name: str, viewer: Viewer, engine: AtEngine, cases: AtCases, at: Naming = ""
) -> Response:
    page, actor = Page(request, viewer, "organisation"), signed_in(viewer)
    response, _ = await given(page, deed_of(name), place(page, actor, name, at), {"at": at})
    return response


def deed_of(name: str) -> Deed:
    if name not in DEEDS:
        raise not_found()
    return DEEDS[name]


def place(page: Page, actor: Actor, name: str, at: str) -> Place:
    back = "/office/organisation"
    unit = page.facing.organisation.unit(at) if name == "dissolve" else None
    about = ((page.say("小组"), unit.name),) if unit else ()
    if name == "body" and at in templates(page):
        found = templates(page)[at]
        about = ((page.say("按模板"), found.en if page.lang == "en" else found.zh),)
    return Place(page.to(f"{back}/do/{name}", at=at), back, ((page.say("组织"), back),), about)
