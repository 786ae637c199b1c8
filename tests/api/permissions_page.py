"""docs/permissions.md, written out of the table: `python -m tests.api.permissions_page` renews its rows."""

from collections.abc import Iterator
from pathlib import Path

from api.permissions import ROLES, TABLE, Permit

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
BEGIN, END = "<!-- rows -->\n", "<!-- end of rows -->\n"
HEADINGS = {
    "resident": "居民 resident", "gridworker": "网格员 gridworker", "dispatcher": "派单员 dispatcher",
    "unit": "承办单位 unit", "street": "街道 street", "panel": "监督小组 panel", "analyst": "分析员 analyst",
    "admin": "管理员 admin",
}  # fmt: skip
REACHES = {
    "open": "公开 open", "all": "全部 all", "scope": "范围内 scope", "own": "本人 own", "case": "工单 case",
    "account": "账户 account", "claim": "申报 claim", "order": "兑换 order", "attendance": "签到表 list",
    "evidence": "附件 evidence", "job": "任务 job", "person": "人员 person", "grant": "授权 grant",
    "unit": "单位 unit", "place": "地点 place",
}  # fmt: skip


def rows() -> Iterator[str]:
    """A line of the page for each row of the table, in its order."""
    yield "| 路由 route | 可及 reach | " + " | ".join(HEADINGS[role] for role in ROLES) + " |\n"
    yield "|---|---|" + "---|" * len(ROLES) + "\n"
    for route, permit in TABLE.items():
        marks = " | ".join(mark(permit, role) for role in ROLES)
        yield f"| `{route}` | {REACHES[permit.reach]} | {marks} |\n"


def mark(permit: Permit, role: str) -> str:
    if permit.open:
        return "○"
    return "●" if role in permit.roles else "◌" if role in permit.told else ""


def parts() -> tuple[str, str, str]:
    """What stands before the rows, the rows, what stands after them."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    stands, _, after = rest.partition(END)
    return before, stands, after


if __name__ == "__main__":
    head, _, foot = parts()
    PAGE.write_text(head + BEGIN + "".join(rows()) + END + foot, "utf-8")
