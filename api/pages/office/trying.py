"""The rehearsal: what another tariff would have paid for what was done in some months. Never written back.

Of every account the caller may know of it is a job; what came of it stands on the page of the comparison.
"""

import asyncio
from calendar import monthrange
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from starlette.responses import RedirectResponse

from api.jobs import Jobs, Move, must_job
from api.orders import AtEngine
from api.pages.frame import Page, Viewer, signed_in
from api.points.what_if import known, one, visible
from domain.messages import Actor
from domain.rule_books.tariffs import Tariff
from engine.engine import Engine

router = APIRouter(include_in_schema=False)

SHOWN = 5
"""Accounts that would change most, and activities, named by themselves."""
AT_ONCE = 1.5
"""Seconds the page waits for a short rehearsal, so that its answer is there at once."""

VersionName = Annotated[str, Path(min_length=1, max_length=60)]


def months(page: Page) -> dict[str, str]:
    """The months the form begins with: the last three, this one included."""
    today = page.facing.today()
    at = today.year * 12 + today.month - 1
    return {"from": month_of(at - 2), "to": month_of(at)}


def month_of(at: int) -> str:
    return f"{at // 12:04}-{at % 12 + 1:02}"


def choices(versions: Mapping[str, Any], shown: str, current: str) -> Sequence[str]:
    """Which versions may be tried, the draft or the older one of the comparison first."""
    first = shown if shown != current else ""
    return sorted(versions, key=lambda name: (name != first, name))


@router.post("/rule-books/tariffs/{version}/diff/{other}")
async def begin(
    request: Request, version: VersionName, other: VersionName, viewer: Viewer, engine: AtEngine
) -> Response:
    """`tariff`, `from`, `to`: months. A short one is waited for."""
    page, actor = Page(request, viewer, "rule-books"), signed_in(viewer)
    form = await request.form(max_fields=10)
    wanted = {name: str(form.get(name) or "")[:60] for name in ("tariff", "from", "to")}
    tariff = known(engine.desk.stage().books, wanted["tariff"] or version)
    first, last = span(page, wanted["from"], wanted["to"])
    jobs: Jobs = request.app.state.jobs

    def work(move: Move) -> dict[str, Any]:
        return tried(engine, actor, tariff, first, last, move)

    job = jobs.start(actor, work)
    for _ in range(int(AT_ONCE / 0.05)):
        found = jobs.find(job)
        if found is None or found["state"] != "running":
            break
        await asyncio.sleep(0.05)
    back = page.to(f"/rule-books/tariffs/{version}/diff/{other}", job=job)
    return RedirectResponse(f"{back}#what-if", 303)


def span(page: Page, first: str, last: str) -> tuple[date, date]:
    """The days of the months asked for, in order; the usual ones for what cannot be read."""
    usual = months(page)
    found = []
    for text, fallback in ((first, usual["from"]), (last, usual["to"])):
        try:
            found.append(date.fromisoformat(f"{text}-01"))
        except ValueError:
            found.append(date.fromisoformat(f"{fallback}-01"))
    begin, end = min(found), max(found)
    return begin, end.replace(day=monthrange(end.year, end.month)[1])


def tried(
    engine: Engine, actor: Actor, tariff: Tariff, first: date, last: date, move: Move
) -> dict[str, Any]:
    """What came of it, small enough to be kept: sums, the activities that make the difference, the accounts
    it would change most."""
    accounts = visible(engine, actor)
    move(0, len(accounts))
    actual = under = entries = 0
    by_activity: Counter[str] = Counter()
    times: Counter[str] = Counter()
    changed: list[tuple[int, str, int, int, str]] = []
    for n, account in enumerate(accounts, 1):
        found = one(engine, account, tariff, first, last)
        actual, under, entries = actual + found.actual, under + found.under, entries + len(found.entries)
        for entry in found.entries:
            if entry.difference:
                by_activity[entry.activity] += entry.difference
                times[entry.activity] += 1
        if found.difference:
            why = Counter(entry.activity for entry in found.entries if entry.difference)
            changed.append((found.difference, account, found.actual, found.under, why.most_common(1)[0][0]))
        move(n, len(accounts))
    changed.sort(key=lambda each: (-abs(each[0]), each[1]))
    return {
        "tariff": tariff.version, "from": first.isoformat(), "to": last.isoformat(), "actual": actual,
        "under": under, "accounts": len(accounts), "entries": entries,
        "more": sum(each[0] > 0 for each in changed), "less": sum(each[0] < 0 for each in changed),
        "activities": [[name, times[name], by_activity[name]] for name, _ in by_activity.most_common()],
        "most": [list(each) for each in changed[:SHOWN]],
    }  # fmt: skip


def shown(page: Page, actor: Actor, job: str) -> dict[str, Any] | None:
    """A rehearsal for the page: how far, or what came of it; None where none was asked for."""
    if not job:
        return None
    found = must_job(page.request.app.state.jobs, actor, job)
    told: dict[str, Any] = {name: found[name] for name in ("id", "state", "done", "of")}
    result = found["result"]
    if found["state"] != "done" or "tariff" not in result:
        return told
    widest = max((abs(each[0]) for each in result["most"]), default=1)
    told |= result
    told |= {
        "difference": result["under"] - result["actual"],
        "percent": f"{abs(result['under'] - result['actual']) * 100 / result['actual']:.1f}"
        if result["actual"] else "",
        "same": result["accounts"] - result["more"] - result["less"],
        "terms": terms(page, result["activities"]),
        "said_from": page.facing.short_day(date.fromisoformat(result["from"])),
        "said_to": page.facing.short_day(date.fromisoformat(result["to"])),
        "rows": [row(page, each, widest) for each in result["most"]],
    }  # fmt: skip
    return told


def terms(page: Page, activities: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """The addition: the activities that weigh most by themselves, the rest together."""
    ordered = sorted(activities, key=lambda each: -abs(each[2]))
    found = [
        {"says": page.say("{what} {n} 笔", what=deed(page, name), n=f"{times:,}"), "points": points}
        for name, times, points in ordered[: SHOWN - 1]
    ]
    rest = ordered[SHOWN - 1 :]
    if rest:
        found.append({"says": page.say("其他 {n} 项", n=len(rest)), "points": sum(each[2] for each in rest)})
    return found


def row(page: Page, each: Sequence[Any], widest: int) -> dict[str, Any]:
    difference, account, actual, under, activity = each
    width = abs(difference) * 50 / widest
    return {
        "account": account, "short": account.rpartition("-")[2][-6:].upper(),
        "actual": actual, "under": under, "difference": difference,
        "why": deed(page, activity), "x": f"{50.0 if difference > 0 else 50.0 - width:.1f}",
        "width": f"{width:.1f}",
    }  # fmt: skip


def deed(page: Page, activity: str) -> str:
    """What an activity is called, in the newest tariff that has it."""
    books = page.engine.desk.stage().books
    for version in reversed(books.versions("tariffs")):
        found = books.tariff_of(version.version)
        entry = found.get(activity) if found else None
        if entry is not None:
            return entry.en if page.lang == "en" else entry.zh
    return activity
