"""The indicators of outreach. As those of complaints: a published definition never changes.

Three bases are never mixed: attempts (开门率), households and people (two coverages). Who was met more than
once in a round counts once; a period counts whom it met first, so that periods add up.
"""

from projections.indicators import Indicator
from projections.indicators import find as found
from projections.outreach.tables import PLACES

VISITED = (*PLACES, "window", "mode", "round", "worker", "kind", "month")
OUTCOMES = ("opened", "no_answer", "refused", "moved")
BELOW = (*PLACES, "kind", "round")
"""What the base of a coverage is grouped and narrowed by; by anything else it stays whole."""

ONLY = ("deadline",)


def _doors(variant: str, where: tuple[tuple[str, str], ...], zh: str, en: str) -> Indicator:
    told_zh = {"in_person": "（只算上门）", "online": "（只算线上补访）"}.get(variant, "")
    told_en = {"in_person": ", in person only", "online": ", online only"}.get(variant, "")
    return Indicator(
        "door_open_rate",
        "1",
        "attempts",
        ("opened",),
        OUTCOMES,
        zh,
        en,
        f"开了门的敲门次数 ÷ 全部敲门次数{told_zh}，按敲门的日子算；没人应、不愿意、已搬走另列",
        f"attempts that opened a door ÷ attempts{told_en}, by the day of the attempt; no answer, refused and "
        "moved stand beside",
        variant=variant,
        cohorts=ONLY,
        beside=OUTCOMES[1:],
        dims=VISITED,
        where=where,
    )


OUTREACH_INDICATORS = (
    _doors("", (), "开门率", "Doors opened"),
    _doors("in_person", (("mode", "in_person"),), "开门率（上门）", "Doors opened, in person"),
    _doors("online", (("mode", "online"),), "开门率（线上）", "Doors opened, online"),
    Indicator(
        "coverage_households",
        "1",
        "reached",
        ("households",),
        (),
        "户覆盖率",
        "Households reached",
        "这一时期首次开门的户（一轮一户只算一次）÷ 截至那时登记在册的应走访户（几轮走访就算几次）",
        "households whose door first opened in the period, once a household and round ÷ households on the "
        "register as of then that the rounds of the period are to visit, once a round",
        cohorts=ONLY,
        beside=(),
        base="households",
        dims=VISITED,
    ),
    Indicator(
        "coverage_people",
        "1",
        "reached",
        ("people",),
        (),
        "人覆盖率",
        "People met",
        "见到的人（一轮一户取见到人最多的一次）÷ 截至那时登记在册的应走访户的人数；人数未知的户另列",
        "people met (once a household and round, the largest number met at one attempt) ÷ people registered "
        "in the households to visit; households whose number nobody knows stand beside",
        cohorts=ONLY,
        beside=(),
        base="people",
        dims=VISITED,
    ),
    Indicator(
        "minutes_per_visit",
        "1",
        "minutes",
        ("minutes",),
        ("timed",),
        "每户时长",
        "Minutes a visit",
        "开了门的走访的分钟数 ÷ 记了时长的开门走访次数（平均分钟；没记时长的另列）",
        "minutes of visits that opened a door ÷ those visits whose minutes are known (a mean; the others are "
        "excluded)",
        cohorts=ONLY,
        beside=(),
        unit="minutes",
        dims=VISITED,
    ),
    Indicator(
        "visits_booked",
        "1",
        "slots",
        ("booked",),
        ("booked",),
        "预约走访",
        "Visits booked",
        "约定了时间的走访（按约定的日子算；如约、取消的另列）",
        "visits agreed with a household (by the day it was agreed; kept and cancelled stand beside)",
        cohorts=ONLY,
        beside=("kept", "cancelled"),
        unit="count",
        dims=(*PLACES, "window", "mode", "round", "worker", "month"),
    ),
    Indicator(
        "needs_found",
        "1",
        "needs",
        ("found",),
        ("found",),
        "门口发现的诉求",
        "Needs found at the door",
        "走访中登记的诉求（按走访的日子算）",
        "complaints registered at the door (by the day of the attempt)",
        cohorts=ONLY,
        beside=(),
        unit="count",
        dims=VISITED,
    ),
    Indicator(
        "care_cadence_kept",
        "1",
        "care",
        ("kept",),
        ("kept", "missed"),
        "关怀频次达标率",
        "Care visits on time",
        "按期走访的关怀周期 ÷（按期 + 错过的周期），按周期的期限算；补记在期限内的算按期",
        "care periods kept ÷ periods kept or missed, by the deadline of the period; a visit within it that "
        "was told later keeps it",
        cohorts=ONLY,
        beside=(),
        dims=(*PLACES, "risk", "worker", "month"),
    ),
    Indicator(
        "hazards_found",
        "1",
        "hazards",
        ("found",),
        ("found",),
        "巡查发现的隐患",
        "Hazards found",
        "巡查中发现并登记的隐患（按发现的日子算）",
        "hazards found on patrol and registered (by the day they were found)",
        cohorts=ONLY,
        beside=(),
        unit="count",
        dims=(*PLACES, "worker", "month"),
    ),
    Indicator(
        "sweep_yield",
        "1",
        "sweeps",
        ("found",),
        ("looked_at",),
        "举一反三发现率",
        "Found by sweeps",
        "举一反三中登记的诉求 ÷ 查看的地方（按查看的日子算）",
        "cases registered on a sweep ÷ places looked at (by the day somebody looked)",
        cohorts=ONLY,
        beside=(),
        dims=(*PLACES, "worker", "month"),
    ),
)

FAMILIES = tuple(sorted({"left", "register", *(each.family for each in OUTREACH_INDICATORS)}))
"""The families of marks that they and their bases are counted from."""


def find(name: str) -> Indicator:
    """By `name`, `name@version` or `name@variant`. KeyError."""
    return found(name, OUTREACH_INDICATORS)


def knows(name: str) -> bool:
    """Whether this is one of outreach."""
    return name.partition("@")[0] in {each.name for each in OUTREACH_INDICATORS}
