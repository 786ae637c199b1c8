"""What the address of a statistics page asks: read as a form, so that what does not fit is said beside its
field, and the rest still stands there."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from api.facing import Facing
from api.figures import GROUPS
from api.pages import moments
from api.pages.forms import Fault
from api.pages.frame import Page
from api.parameters import EVERYWHERE
from api.periods import INSTANT
from api.questions import Asked
from projections.asking import MINIMUM
from projections.days import from_text, months, next_month, to_text
from projections.indicators import COHORTS

FIELDS = (
    "from", "to", "group_by", "cohort", "as_of", "as_of_time", "known_at", "known_at_time", "compare_from",
    "compare_to", "minimum", "exact", "print", "format",
)  # fmt: skip
LABELS = moments.LABELS | {
    "from": "从", "to": "到", "group_by": "分组", "cohort": "怎么算进一个时期",
    "compare_from": "另一时期从", "compare_to": "另一时期到",
    "minimum": "少于多少不排名",
}  # fmt: skip
MOMENTS = ("from", "to", "as_of", "known_at", "compare_from", "compare_to")
FORMATS = ("", "html", "csv")
LONGEST = 200
MOST_MONTHS = 60
MOST_GROUPS = 3
MONTH = re.compile(r"\d{4}-\d\d")


@dataclass(frozen=True, slots=True)
class Wish:
    """`typed` is what stands in the fields, `asked` what it means, `faults` what does not fit. Only without
    faults `asked` is whole."""

    asked: Asked
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether another moment than now is asked about."""
        return bool(self.asked.as_of or self.asked.known_at)

    @property
    def compares(self) -> bool:
        return bool(self.asked.compare_first or self.asked.compare_last)

    def fault(self, name: str) -> str:
        return next((fault.says for fault in self.faults if fault.name == name), "")

    def query(self) -> dict[str, str]:
        """The question as the api's address says it; what was not asked is left out."""
        asked = self.asked
        found = {
            "from": asked.first, "to": asked.last, "group_by": ",".join(asked.group_by),
            "cohort": "" if asked.cohort == "deadline" else asked.cohort, "as_of": asked.as_of,
            "known_at": asked.known_at, "compare_from": asked.compare_first,
            "compare_to": asked.compare_last,
            "minimum": "" if asked.minimum == MINIMUM else str(asked.minimum),
            "exact": "true" if asked.exact else "",
        }  # fmt: skip
        return {name: value for name, value in found.items() if value} | dict(asked.narrow)


def read(
    page: Page, indicator: str = "", *, extra: Collection[str] = (), empties: bool = False,
    dims: Collection[str] = GROUPS,
) -> Wish:  # fmt: skip
    """The wish an address carries. `extra`: parameters of this page alone, kept in `typed`. `empties`: a
    dimension that stands there empty asks for what has none; else it is an empty field of the form. `dims`:
    what it can be grouped by, and but for the month narrowed to."""
    narrowing = {*dims} - {"month"}
    known = {*FIELDS, *narrowing, *EVERYWHERE, *extra}
    typed: dict[str, str] = {}
    narrow: list[tuple[str, str]] = []
    faults: list[Fault] = []
    for name, value in page.request.query_params.multi_items():
        value = value.strip()
        if name not in known:
            shown = name[:60]
            faults.append(Fault(shown, "", page.say("这一页没有叫“{name}”的条件。", name=shown)))
        elif len(value) > LONGEST and name != "cursor":
            typed[name] = value[:LONGEST]
            faults.append(_fault(page, name, "太长了，最多 {n} 个字符。", n=LONGEST))
        elif name in typed and name == "group_by":
            typed[name] += f",{value}"
        elif name in typed:
            faults.append(_fault(page, name, "出现了两次，不知道指哪一个。"))
        else:
            typed[name] = value
            if name in narrowing and (value or empties):
                narrow.append((name, value))
    faults += _choices(page, typed)
    said, wrong = _moments(page, typed)
    groups = tuple(dict.fromkeys(one for one in typed.get("group_by", "").split(",") if one))
    faults += [*wrong, *_groups(page, groups, dims)]
    minimum = typed.get("minimum", "")
    asked = Asked(
        indicator, said["from"], said["to"], groups, typed.get("cohort", "") or "deadline", said["as_of"],
        said["known_at"], said["compare_from"], said["compare_to"], tuple(narrow),
        typed.get("exact") == "true",
        int(minimum) if re.fullmatch(r"[0-9]{1,6}", minimum) else MINIMUM,
    )  # fmt: skip
    return Wish(asked, typed, tuple(faults))


def _fault(page: Page, name: str, text: str, **facts: object) -> Fault:
    return moments.beside(page, name, LABELS.get(name, ""), text, **facts)


def _choices(page: Page, typed: Mapping[str, str]) -> Iterator[Fault]:
    allowed: Mapping[str, Sequence[str]] = {
        "cohort": ("", *COHORTS), "exact": ("", "true", "false"), "print": ("", "1"), "format": FORMATS,
    }  # fmt: skip
    for name, choices in allowed.items():
        if typed.get(name, "") not in choices:
            there = page.say("、").join(one for one in choices if one)
            yield _fault(page, name, "只能是 {choices}。", choices=there)
    if typed.get("minimum") and not re.fullmatch(r"[0-9]{1,6}", typed["minimum"]):
        yield _fault(page, "minimum", "要填 0 以上的整数。")


def _groups(page: Page, groups: Sequence[str], dims: Collection[str]) -> Iterator[Fault]:
    if len(groups) > MOST_GROUPS:
        yield _fault(page, "group_by", "最多按 {n} 项分组。", n=MOST_GROUPS)
    for one in groups:
        if one not in dims:
            yield _fault(page, "group_by", "没有“{group}”这一项。", group=one[:60])


def _moments(page: Page, typed: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """The moments as the api takes them."""
    found = {name: moments.typed_moment(page, typed, name, LABELS[name]) for name in MOMENTS}
    said = {name: text for name, (text, _) in found.items()}
    return said, [fault for _, faults in found.values() for fault in faults]


# ------------------------------------------------------------------ the period


def bounded(page: Page, wish: Wish, length: int = 12) -> Wish:
    """The wish with a period of `length` months where none is asked for, the last being that of `as_of`.
    Too many months are a fault."""
    asked = wish.asked
    zone = page.facing.organisation.zone
    if wish.faults:
        return wish
    until = date.fromisoformat((asked.last or asked.as_of or page.facing.today().isoformat())[:7] + "-01")
    if not asked.last:
        begun = date.fromisoformat(asked.first[:7] + "-01") if asked.first else until
        asked = replace(asked, last=f"{max(until, begun):%Y-%m}")
    if not asked.first:
        asked = replace(asked, first=f"{back(until, length - 1):%Y-%m}")
    start, end = from_text(asked.first, zone), to_text(asked.last, zone)
    if start >= end:
        fault = _fault(page, "to", "早于“从”：时期还没开始就结束了。")
        return replace(wish, asked=asked, faults=(fault,))
    if len(months(start, end, zone)) > MOST_MONTHS:
        fault = _fault(page, "from", "一次最多看 {n} 个月。", n=MOST_MONTHS)
        return replace(wish, asked=asked, faults=(fault,))
    return replace(wish, asked=asked)


def back(month: date, by: int) -> date:
    at = month.year * 12 + month.month - 1 - by
    return date(max(1970, at // 12), at % 12 + 1, 1)


def month_names(page: Page, asked: Asked) -> list[str]:
    """The months of the period, `2026-10` each."""
    zone = page.facing.organisation.zone
    found = months(from_text(asked.first, zone), to_text(asked.last, zone), zone)
    return [name for name, _, _ in found]


def month_over(facing: Facing, month: str, now: str) -> bool:
    """Whether the month had ended at the moment (`now`, as the api says it; the last microsecond counts)."""
    ended = next_month(date.fromisoformat(f"{month}-01"))
    return (facing.local(now) + INSTANT).date() >= ended
