"""What was measured at the home, time after time, as a small chart beside the story, where it was more than
once. Every dot was measured by somebody; what people only said is in the story."""

from collections.abc import Mapping, Sequence
from typing import Any

from api import stories
from api.pages.frame import Page, signed_in
from projections.case import Case

MOST, NAMED = 6, 3
"""Readings drawn, the latest; up to so many have room for what they were taken at."""
LEFT, RIGHT, TOP, BOTTOM = 36, 236, 28.0, 80.0
AT: Mapping[str, str] = {
    "complaint.follow-up-recorded": "回访", "complaint.spot-check-recorded": "抽核",
}  # fmt: skip


def chart(page: Page, case: Case, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Of the story's lines (`stories.history` with `apart`), the quantity measured most often."""
    taken: dict[tuple[str, str], list[tuple[Mapping[str, Any], float]]] = {}
    for line in lines:
        for each in line["readings"]:
            taken.setdefault((each.quantity, each.unit), []).append((line, each.value))
    (quantity, unit), found = max(taken.items(), key=lambda one: len(one[1]), default=(("", ""), []))
    found = sorted(found, key=lambda one: str(one[0]["occurred_at"]))[-MOST:]
    if len(found) < 2:
        return None
    speaker = stories.speaker(page.engine, page.lang, signed_in(page.viewer))
    named = speaker.word(quantity)

    def told(value: float) -> str:
        return speaker.reading(quantity, value, unit).removeprefix(named).strip()

    books = page.engine.desk.stage().books.categories_of(case.category_version)
    category = books.get(case.category) if books else None
    asked = category.reading(quantity) if category else None
    bounds = [] if asked is None else [each for each in (asked.min, asked.max) if each is not None]
    values = [value for _, value in found]
    least, most = min(values + bounds), max(values + bounds)

    def height(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (value - least) / ((most - least) or 1), 1)

    dots = []
    for nth, (line, value) in enumerate(found):
        on = page.facing.local(line["occurred_at"]).date()
        at = page.say(AT[line["name"]]) if line["name"] in AT and len(found) <= NAMED else ""
        spot = {"x": round(LEFT + (RIGHT - LEFT) * nth / (len(found) - 1), 1), "y": height(value)}
        dots.append(
            spot
            | {
                "label_y": spot["y"] + (18 if lowest(values, nth) else -10),
                "value": f"{value:g}",
                "when": f"{on:%m-%d} {at}".strip(),
                "says": f"{page.facing.short_day(on)} {told(value)}",
            }
        )
    limits = [
        {
            "y": height(each), "label": page.say("合格线 {bound}", bound=told(each)),
            "label_y": height(each) + (14 if values[0] >= each else -6),
        }
        for each in bounds
    ]  # fmt: skip
    parts = [str(one["says"]) for one in dots] + [str(one["label"]) for one in limits]
    return {
        "title": page.say("每次实测{what}", what=named), "dots": dots, "limits": limits,
        "says": page.say("实测{what}：{values}", what=named, values=page.say("，").join(parts)),
        "line": " ".join(f"{dot['x']},{dot['y']}" for dot in dots),
        "note": page.say("实心点都是上门量的；每一次在经过里都有照片和记录。"),
    }  # fmt: skip


def lowest(values: Sequence[float], nth: int) -> bool:
    """Whether the line goes up on either side: its number then stands below."""
    beside = [values[each] for each in (nth - 1, nth + 1) if 0 <= each < len(values)]
    return all(each > values[nth] for each in beside)
