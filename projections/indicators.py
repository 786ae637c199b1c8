"""The indicators of complaints: which parts of which family make the numerator, the denominator, the rest.

A published definition never changes: another formula is another version. What is in no denominator is
excluded, by name; `moved_out` and `late_entries` stand beside the figure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DIMS = (
    "category",
    "first_category",
    "channel",
    "origin",
    "grid",
    "community",
    "street",
    "urgency",
    "origin_of_record",
    "month",
    "lead",
    "unit",
    "track",
    "follow_up_method",
)
"""What any figure can be grouped by. Where a round has no such value (nobody leads a registration), the
group is the empty one: what cannot be told apart is shown, never dropped."""

COHORTS = ("deadline", "dispatched", "resolved", "closed")
BESIDE = ("moved_out", "late_entries")


@dataclass(frozen=True, slots=True)
class Indicator:
    """`numerator` is a part of `denominator`; every other part a family has is an exclusion by its own name,
    or by that in `renamed`. `beside` parts are shown; they count only where the denominator names them.

    `versus_year_before`: the denominator is the same count in the same period a year before. `unit`: percent,
    minutes (a mean) or count (the denominator is the numerator). `base`: what of the register stands below.
    `dims` are what it can be grouped by, `where` the dimensions it is confined to.
    """

    name: str
    version: str
    family: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    zh: str
    en: str
    formula_zh: str
    formula_en: str
    variant: str = ""
    cohorts: tuple[str, ...] = COHORTS
    beside: tuple[str, ...] = BESIDE
    renamed: Mapping[str, str] = field(default_factory=dict)
    versus_year_before: bool = False
    unit: str = "percent"
    base: str = ""
    dims: tuple[str, ...] = DIMS
    where: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """`name@version`, or `name@variant`."""
        return f"{self.name}@{self.variant or self.version}"


@dataclass(frozen=True, slots=True)
class Figure:
    """Counts only: a percentage is made where it is shown."""

    numerator: int
    denominator: int
    excluded: Mapping[str, int]
    beside: Mapping[str, int]


DONE = ("on_time", "late", "overdue")

INDICATORS = (
    Indicator(
        "response_rate",
        "1",
        "response",
        ("on_time",),
        DONE,
        "响应率",
        "Response rate",
        "按响应时限响应的派单 ÷ 响应时限已过或已响应的派单（按承办单位逐家计算）",
        "unit dispatches responded to by their response deadline ÷ unit dispatches whose response deadline "
        "passed, or which responded",
    ),
    Indicator(
        "on_time_closure_rate",
        "1",
        "closure",
        ("on_time",),
        DONE,
        "按期办结率",
        "On-time closure rate",
        "在现行时限内办结的轮次 ÷（已办结的轮次 + 超过时限仍未办结的轮次）",
        "rounds resolved by the deadline in force ÷ rounds resolved + rounds open past their deadline",
    ),
    Indicator(
        "on_time_closure_rate",
        "1",
        "closure",
        ("on_time",),
        ("on_time", "late"),
        "按期办结率（仅已办结）",
        "On-time closure rate, resolved only",
        "在现行时限内办结的轮次 ÷ 已办结的轮次",
        "rounds resolved by the deadline in force ÷ rounds resolved",
        variant="closed_only",
        renamed={"overdue": "open_overdue"},
    ),
    Indicator(
        "on_time_first_promise",
        "1",
        "first_promise",
        ("on_time",),
        DONE,
        "首次承诺按期率",
        "On time by the first promise",
        "在首次承诺的时限内办结的轮次 ÷（已办结的轮次 + 超过首次承诺仍未办结的轮次）",
        "rounds resolved by the first deadline promised ÷ rounds resolved + rounds open past that deadline",
    ),
    Indicator(
        "follow_up_24h_rate",
        "1",
        "follow_up",
        ("on_time",),
        DONE,
        "24 小时回访率",
        "Followed up within 24 hours",
        "办结后 24 小时内回访的 ÷ 24 小时已过或已回访的办结；未见到人的尝试不算回访，另列",
        "resolutions followed up within 24 hours ÷ resolutions whose 24 hours have passed, or followed up; "
        "an attempt that met nobody is no follow-up and stands beside",
        beside=("attempts", *BESIDE),
    ),
    Indicator(
        "satisfaction_rate",
        "1",
        "satisfaction",
        ("satisfied", "basically_satisfied"),
        ("satisfied", "basically_satisfied", "dissatisfied"),
        "满意率",
        "Satisfaction rate",
        "（满意 + 基本满意）÷ 有评价的回访",
        "satisfied + basically satisfied ÷ follow-ups with an answer",
    ),
    Indicator(
        "solved_rate",
        "1",
        "solved",
        ("solved",),
        ("solved", "partly", "unsolved"),
        "解决率",
        "Solved rate",
        "已解决 ÷ 对是否解决有答复的回访（部分解决计入分母，另列）",
        "solved ÷ follow-ups with a verdict (partly solved is in the denominator, and shown apart)",
        beside=("partly", *BESIDE),
    ),
    Indicator(
        "dispatch_on_time_rate",
        "1",
        "dispatch",
        ("on_time",),
        DONE,
        "按时派单率",
        "Dispatched on time",
        "在派单时限内派出的轮次 ÷ 派单时限已过或已派单的轮次",
        "rounds dispatched by the dispatch deadline ÷ rounds whose dispatch deadline passed, or dispatched",
    ),
    Indicator(
        "reopen_rate",
        "1",
        "reopen",
        ("reopened",),
        ("kept", "reopened"),
        "返工率",
        "Reopened",
        "因返工结束的轮次 ÷ 已办结的轮次（按办结日计）",
        "rounds ended by reopening ÷ rounds resolved (by the day they were resolved)",
    ),
    Indicator(
        "repeat_rate",
        "1",
        "repeat",
        ("repeated",),
        ("repeated", "stayed"),
        "反弹率",
        "Came back within 30 days",
        "结案后 30 天内同类同址再次登记的 ÷ 结案满 30 天的（按结案日计）",
        "closed cases with a registration of the same class and place within 30 days ÷ closed cases 30 days "
        "old (by the day they were closed)",
    ),
    Indicator(
        "same_class_change",
        "1",
        "intake",
        ("reactive", "proactive"),
        ("reactive", "proactive"),
        "同类诉求同比",
        "Same class, year on year",
        "本期登记数 ÷ 上年同期登记数",
        "registrations in the period ÷ registrations in the same period a year before",
        cohorts=("deadline",),
        versus_year_before=True,
    ),
    Indicator(
        "proactive_share",
        "1",
        "intake",
        ("proactive",),
        ("reactive", "proactive"),
        "未诉先办占比",
        "Found before anybody complained",
        "未诉先办 ÷ 全部登记（按登记日计）",
        "proactive ÷ all registered (by the day of registration)",
        cohorts=("deadline",),
    ),
    Indicator(
        "measured_pass_rate",
        "1",
        "measured",
        ("passed",),
        ("passed", "failed"),
        "实测达标率",
        "Readings in range",
        "要求的实测值齐全且达标的回访 ÷ 要求实测的诉求类别的回访",
        "follow-ups with every required reading in range ÷ follow-ups of categories that require one",
    ),
    Indicator(
        "spot_check_confirm_rate",
        "1",
        "spot_check",
        ("confirmed",),
        ("confirmed", "contradicted"),
        "抽核属实率",
        "Confirmed by spot check",
        "抽核属实 ÷ 已抽核",
        "confirmed ÷ checked",
    ),
)


def find(name: str, among: Sequence[Indicator] = INDICATORS) -> Indicator:
    """By `name`, `name@version` or `name@variant`; the plain name is the first definition. KeyError."""
    plain, _, asked = name.partition("@")
    for indicator in among:
        given = (indicator.variant,) if indicator.variant else ("", indicator.version)
        if indicator.name == plain and asked in given:
            return indicator
    raise KeyError(name)


def figure(
    indicator: Indicator, sums: Mapping[str, int], year_before: Mapping[str, int] | None = None
) -> Figure:
    """The figure from how many stand in each part. `year_before` only where the indicator compares."""
    numerator = sum(sums.get(part, 0) for part in indicator.numerator)
    counted = sums if year_before is None else year_before
    return Figure(
        numerator,
        sum(counted.get(part, 0) for part in indicator.denominator),
        {
            indicator.renamed.get(part, part): n
            for part, n in sorted(sums.items())
            if n and part not in (*indicator.numerator, *indicator.denominator, *indicator.beside)
        },
        {part: sums.get(part, 0) for part in indicator.beside},
    )


def role(indicator: Indicator, part: str) -> str:
    """What a case in this part is to the figure: `numerator`, `denominator`, `excluded:…` or `beside:…`."""
    if part in indicator.numerator:
        return "numerator"
    if part in indicator.denominator:
        return "denominator"
    if part in indicator.beside:
        return f"beside:{part}"
    return f"excluded:{indicator.renamed.get(part, part)}"
