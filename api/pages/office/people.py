"""The register of people as pages: who there is, one person with his rights, and what is done about him."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import RedirectResponse

from api import facing
from api.orders import AtCases, AtEngine
from api.organisation import people as register
from api.organisation import rights
from api.organisation.sight import must_person
from api.pages import looking_back
from api.pages.frame import Page, Viewer, address, signed_in
from api.pages.office import forgetting, passwords, person_deeds, person_reading
from api.pages.office.deeds import At, Deed, Place, blank, flash, given, settled
from api.permissions.kinds import OFFICE
from api.problems import not_found
from domain.messages import Actor
from projections.people.register import row

router = APIRouter(include_in_schema=False)
router.include_router(passwords.router)
router.include_router(forgetting.router)
router.include_router(person_reading.router)

Id = Annotated[str, Path(pattern=r"^[\w.-]{1,100}$")]
Naming = Annotated[str, Query(pattern=r"^([ght]-\d{1,12})?$")]
AMONG = ("organisation", "person-")
SERVING = (*(role for role in facing.ROLES if role != "resident"), "resident")
"""The roles in the order they are listed in."""


@router.get("/office/people")
async def listed(
    request: Request,
    viewer: Viewer,
    engine: AtEngine,
    under: Annotated[str, Query(max_length=200)] = "",
    role: Annotated[str, Query(max_length=40)] = "",
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    page, actor = Page(request, viewer, "people"), signed_in(viewer)
    await settled(page)
    past = await asyncio.to_thread(looking_back.looked, page)
    if past.faults:
        return past.asked_again()
    answer = await register.listed(engine, actor, past.then, under, role, cursor, 50)
    found = orjson.loads(bytes(answer.body))
    query = {name: value for name, value in (("under", under), ("role", role)) if value}

    def show() -> Response:
        rows = sorted((line(page, person) for person in found["items"]), key=rank)
        return page.show(
            "office/people.html", rows=rows, next=found["next"], cursor=cursor,
            asked={"under": under, "role": role},
            places=person_deeds.places(page), may_enter=past.now and actor.role == "admin",
            choices=person_deeds.roles(), past=past, json=address("/api/v1/people", query | past.clocks),
        )  # fmt: skip

    return await asyncio.to_thread(show)


def line(page: Page, person: Mapping[str, Any]) -> dict[str, Any]:
    """A person as a line: how he is called, and what he may do now."""
    return {
        "id": person["id"], "name": called(page, person), "barred": person.get("barred", False),
        "erased": person["erased"],
        "roles": [served(page, each) for each in person["roles"]],
        "codes": [each["role"] for each in person["roles"]],
        "posts": [
            f"{page.facing.grid(post['place'])} · {person_deeds.post_name(page, post['post'])}"
            for post in person["posts"]
        ],
    }  # fmt: skip


def rank(person: Mapping[str, Any]) -> tuple[object, ...]:
    """Within a page those who serve come first, by role, name and id; whoever may not sign in stands last."""
    first = min((SERVING.index(code) for code in person["codes"] if code in SERVING), default=len(SERVING))
    return bool(person["barred"]), person["erased"], first, person["name"], person["id"]


def called(page: Page, person: Mapping[str, Any]) -> str:
    return page.say("（内容已删除）") if person["erased"] else person["name"] or page.say("没有留名")


def served(page: Page, grant: Mapping[str, Any]) -> dict[str, str]:
    where = page.facing.scope(grant["scope"]) or page.say("整个部署")
    until = page.say("到 {when} 为止", when=page.facing.when(grant["until_at"])) if grant["until_at"] else ""
    role = page.facing.named(facing.ROLES, grant["role"])
    return {"role": role, "where": where, "until": until, "grant": grant.get("grant") or grant.get("id", "")}


# ------------------------------------------------------------------ entering somebody


NEW = Place("/office/people/new", "/office/people", (("人员", "/office/people"),))


@router.get("/office/people/new")
async def asked(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    page = Page(request, viewer, "people")
    signed_in(viewer)
    return await asyncio.to_thread(blank, page, person_deeds.ENTER, at_list(page), {})


@router.post("/office/people/new")
async def entered(request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    """On to his own page, where he gets a login and a role."""
    page = Page(request, viewer, "people")
    signed_in(viewer)
    response, answer = await given(page, person_deeds.ENTER, at_list(page), {})
    if answer is None:
        return response
    done = page.to(f"/office/people/{answer['id']}", done=answer["position"], min_position=answer["position"])
    return RedirectResponse(done, 303)


def at_list(page: Page) -> Place:
    return Place(NEW.action, NEW.back, ((page.say("人员"), "/office/people"),))


# ------------------------------------------------------------------ one person


@router.get("/office/people/{person}")
async def one(request: Request, person: Id, viewer: Viewer, engine: AtEngine) -> Response:
    page, actor = Page(request, viewer, "people"), signed_in(viewer)

    def read() -> Response:
        found = register.described(engine, actor, row(must_person(engine, actor, person).person))
        account = engine.accounts.of(person) if actor.role == "admin" else None
        said = flash(page, AMONG)
        return page.show(
            "office/person.html", person=found, name=called(page, found), line=line(page, found),
            posts=[post | {"says": person_deeds.post_name(page, post["post"]),
                           "where": page.facing.grid(post["place"])} for post in found["posts"]],
            other_grants=other_grants(page, actor, person) if actor.role == "admin" else [],
            login=account.login if account else "", said=said, admin=actor.role == "admin",
            home=page.facing.grid(found["home"]) if found.get("home") else "",
            holds=[hold | {"until": page.facing.when(hold["until_at"]) if hold["until_at"] else ""}
                   for hold in found.get("holds", ())],
            himself=person == actor.person, reads=actor.role in OFFICE,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def other_grants(page: Page, actor: Actor, person: str) -> list[dict[str, Any]]:
    """The grants he had, and will have: of the administrator's own place, newest first."""
    now, known = page.engine.clock(), page.facing.organisation
    held = [each for each in known.all_grants_of(person) if not each.holds(now)]
    mine = [each for each in held if rights.administers(actor, page.engine, each.role, each.scope)]
    found = []
    for each in sorted(mine, key=rights.newest):
        ended = each.revoked_at or each.until_at
        says = page.say("从 {when} 起", when=page.facing.when(each.from_at))
        if each.ended(now) and ended is not None:
            says = page.say("{when} 收回", when=page.facing.when(ended))
            if each.revoked_at is None:
                says = page.say("{when} 到期", when=page.facing.when(ended))
        found.append({
            "role": page.facing.named(facing.ROLES, each.role),
            "where": page.facing.scope(each.scope) or page.say("整个部署"), "says": says,
        })  # fmt: skip
    return found


@router.get("/office/people/{person}/do/{name}")
async def form(
    request: Request, person: Id, name: str, viewer: Viewer, engine: AtEngine,
    grant: Naming = "", tenure: Naming = "", hold: Naming = "",
) -> Response:  # fmt: skip
    page, actor = Page(request, viewer, "people"), signed_in(viewer)

    def read() -> Response:
        at = {"person": person, "grant": grant, "tenure": tenure, "hold": hold}
        deed = deed_of(name)
        return blank(page, deed, place(page, actor, name, at), at)

    return await asyncio.to_thread(read)


@router.post("/office/people/{person}/do/{name}")
async def do(
    request: Request, person: Id, name: str, viewer: Viewer, engine: AtEngine, cases: AtCases,
    grant: Naming = "", tenure: Naming = "", hold: Naming = "",
) -> Response:  # fmt: skip
    page, actor = Page(request, viewer, "people"), signed_in(viewer)
    at = {"person": person, "grant": grant, "tenure": tenure, "hold": hold}
    where = await asyncio.to_thread(place, page, actor, name, at)
    response, _ = await given(page, deed_of(name), where, at)
    return response


def deed_of(name: str) -> Deed:
    if name not in person_deeds.DEEDS:
        raise not_found()
    return person_deeds.DEEDS[name]


def place(page: Page, actor: Actor, name: str, at: At) -> Place:
    """Where a deed's page stands; 404 where the administrator does not know of the person."""
    engine, person = page.engine, at["person"]
    found = register.described(engine, actor, row(must_person(engine, actor, person).person))
    back, about = f"/office/people/{person}", [(page.say("谁"), called(page, found))]
    held = page.facing.organisation.grants.get(at["grant"])
    if at["grant"] and held is not None and held.person == person:
        where = page.facing.scope(held.scope) or page.say("整个部署")
        about.append((page.say("授权"), f"{page.facing.named(facing.ROLES, held.role)} · {where}"))
    elif at["grant"]:
        raise not_found()
    post = page.facing.organisation.tenures.get(at["tenure"])
    if at["tenure"] and post is not None and post.person == person:
        says = f"{page.facing.grid(post.place)} · {person_deeds.post_name(page, post.post)}"
        about.append((page.say("岗位"), says))
    elif at["tenure"]:
        raise not_found()
    named = {key: value for key, value in at.items() if value and key != "person"}
    action = page.to(f"{back}/do/{name}", **named)
    crumbs = ((page.say("人员"), "/office/people"), (called(page, found), back))
    return Place(action, back, crumbs, tuple(about))
