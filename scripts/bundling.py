"""Proof packs for the operator: made out of a store, checked without one."""

from pathlib import Path
from typing import Any

from api.bundles import contents
from api.bundles.judging import PAGE, README, SUBJECTS, Judged, PackRefused, judge, unzipped
from api.bundles.packing import MOST, pack_of_lines
from api.bundles.paper import carried, page_of
from api.cases import Cases
from api.points.subjects import Points
from api.problems import ENGLISH, Problem
from api.published import NoSuchFigure
from api.words import fill
from engine.engine import Engine
from scripts.replaying import id_of


class NothingToPack(ValueError):
    """There is no such claim, account or case, or nothing of it to prove."""


class NotThere(NothingToPack):
    """There is no such claim, account, case or figure."""


def packed(engine: Engine, kind: str, id: str, month: str, size: int | None) -> bytes:
    """The pack as `audit bundle` writes it; everything is signed already. NothingToPack, and what
    `pack_of_lines` raises."""
    points = Points(engine)
    try:
        return pack_of_lines(engine, chosen(points, kind, id, month), contents.teller(points), size=size)
    except Problem as problem:
        if problem.code == "not-found":
            raise NotThere(f"there is no {kind} {id}") from problem
        raise NothingToPack(fill(ENGLISH.get(problem.code, problem.code), problem.facts)) from problem


def chosen(points: Points, kind: str, id: str, month: str) -> contents.Contents:
    match kind:
        case "claim":
            points.claims.must(id)
            return contents.of_claim(points, id)
        case "account":
            points.accounts.must(id)
            if not month:
                raise NothingToPack("an account is packed by the month: --month 2026-10")
            return contents.of_account(points, id, month)
        case "complaint":
            cases = Cases(points.engine)
            return contents.of_case(points.engine, cases.find(id) or cases.must(id_of(points.engine, id)))
        case "figure":
            try:
                return contents.of_figure(points.engine, id, MOST)
            except NoSuchFigure as error:
                raise NotThere(f"there is no figure {id}") from error
    raise NothingToPack(f"{kind!r} is none of {', '.join(SUBJECTS)}")


def verdict(path: Path, key: str) -> tuple[dict[str, Any], str]:
    """What a pack is worth, and the trouble with it ("" for none)."""
    try:
        files = unzipped(path)
        found = judge(files, key)
        page = paged(files)
    except PackRefused as refused:
        where = f"entry {refused.event}: " if refused.event else ""
        answer = {"verified": False, "code": refused.code, "entry": refused.event or None}
        return answer, f"{where}{refused}"
    return told(found, page), ""


def paged(files: dict[str, bytes]) -> str:
    """How far the page in the pack may be believed: `same` as this program makes it of these files, or
    `other` (of another version, or altered: its own mark counts for nothing), or `none`. PackRefused where it
    carries other files than stand beside it."""
    if PAGE not in files:
        return "none"
    if carried(files[PAGE]) != {name: data for name, data in files.items() if name not in (PAGE, README)}:
        raise PackRefused("page")
    return "same" if files[PAGE] == page_of(files) else "other"


def told(found: Judged, page: str) -> dict[str, Any]:
    return {
        "verified": True,
        "about": f"{found.about['kind']} {found.about['id']} {found.about['month']}".strip(),
        "entries": len(found.entries),
        "origin": found.checkpoint.origin,
        "size": found.checkpoint.size,
        "signers": list(found.signers),
        "keys": list(found.keys),
        "page": page,
    }
