"""The way round the pages: what stands in the side navigation, for whom.

A subject adds its entries here. An entry is shown to the roles that may open it; None is everybody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

STAFF = ("gridworker", "dispatcher", "unit", "street", "panel", "analyst", "admin")
WORKERS = ("gridworker", "dispatcher", "unit", "street")
"""Their first page is their day."""
OTHERS = ("", "resident", "panel", "analyst", "admin")
POINTS = ("gridworker", "dispatcher", "street", "panel", "analyst", "admin")
REGISTRARS = ("gridworker", "dispatcher", "street")
COUNTER = ("gridworker", "dispatcher")
RESIDENT = ("resident",)
VISITORS = ("", "resident")


@dataclass(frozen=True, slots=True)
class Entry:
    """`here` marks it as the page one is on; `title` is the Chinese line."""

    here: str
    path: str
    icon: str
    title: str
    roles: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """`title` is "" for the first ones, which need none where nothing stands before them."""

    title: str
    entries: tuple[Entry, ...]


MENU: tuple[Group, ...] = (
    Group(
        "",
        (Entry("home", "/", "house", "首页", OTHERS),),
    ),
    Group(
        "",
        (
            Entry("day", "/day", "calendar-check", "我的一天", WORKERS),
            Entry("complaints", "/complaints", "inbox", "工单", (*STAFF, "resident")),
            Entry("register", "/register", "pen-line", "登记诉求", REGISTRARS),
            Entry("capture", "/capture", "wifi-off", "离线采集", REGISTRARS),
            Entry("visits", "/visits", "house", "入户走访", POINTS),
            Entry("patrols", "/patrols", "map-pin", "巡查", POINTS),
            Entry("sweeps", "/sweeps", "search", "举一反三", POINTS),
            Entry("duties", "/duties", "clipboard-list", "履职日历", STAFF),
            Entry("care", "/care", "users", "关爱走访", REGISTRARS),
            Entry("households", "/households", "users", "住户登记册", POINTS),
            Entry("counter", "/counter", "users", "窗口办事", COUNTER),
            Entry("my-cases", "/my/cases", "inbox", "我的诉求", RESIDENT),
            Entry("my-points", "/my/points", "bookmark", "我的积分", RESIDENT),
            Entry("report", "/report", "pen-line", "反映一个问题", VISITORS),
            Entry("track", "/track", "search", "查进展", VISITORS),
            Entry("receipts", "/receipts/check", "shield-check", "核对收据", VISITORS),
        ),
    ),
    Group(
        "积分",
        (
            Entry("points", "/points", "coins", "积分与监督", STAFF),
            Entry("points-claims", "/points/claims", "scale", "申报与异议", POINTS),
            Entry("points-accounts", "/points/accounts", "users", "积分账户", POINTS),
            Entry("points-redemptions", "/points/redemptions", "gift", "兑换", STAFF),
            Entry("points-stock", "/points/stock", "package", "库存", STAFF),
            Entry("points-attendance", "/points/attendance", "clipboard-list", "活动名单", POINTS),
            Entry("points-rankings", "/points/rankings", "award", "排名与荣誉", (*STAFF, "resident")),
            Entry("points-reviews", "/points/reviews", "list-checks", "月度核查", POINTS),
            Entry("points-disclosures", "/points/disclosures", "megaphone", "公示与验证"),
        ),
    ),
    Group(
        "看数",
        (
            Entry("statistics", "/statistics", "chart-line", "统计", STAFF),
            Entry("figures", "/figures", "megaphone", "公布的指标"),
            Entry("verifying", "/audit", "shield-check", "核验与存证", (*STAFF, "resident")),
            Entry("spot-checks", "/audit/spot-checks", "list-checks", "每周抽核", POINTS),
        ),
    ),
    Group(
        "规则与管理",
        (
            Entry("rule-books", "/rule-books", "book-open", "规则本", STAFF),
            Entry("organisation", "/office/organisation", "building", "组织", STAFF),
            Entry("people", "/office/people", "users", "人员", ("admin", "dispatcher", "street")),
            Entry("projections", "/office/projections", "refresh-cw", "视图与核对", ("admin", "analyst")),
            Entry("administration", "/office/administration", "history", "管理日志", ("admin", "panel")),
            Entry("health", "/office/health", "activity", "运行状况", ("admin", "analyst")),
        ),
    ),
)


LEADING: Mapping[str, tuple[str, ...]] = {
    "panel": ("积分", "看数"), "analyst": ("看数", "规则与管理"), "admin": ("规则与管理", "看数"),
}  # fmt: skip
"""The groups that come right after the first page, for those whose daily work they are: on a low screen the
rest would hide them."""


def of(role: str) -> Iterator[Group]:
    """The groups a role sees, empty ones left out."""
    leading = LEADING.get(role, ())
    later = sorted(MENU[1:], key=lambda each: leading.index(each.title) if each.title in leading else 9)
    for group in (MENU[0], *later):
        entries = tuple(entry for entry in group.entries if entry.roles is None or role in entry.roles)
        if entries:
            yield Group(group.title or ("工作" if leading and group is not MENU[0] else ""), entries)
