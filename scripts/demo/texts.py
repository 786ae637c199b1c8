"""What people of the invented community say. `{b}` is a building, `{u}` a staircase, `{r}` a flat."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Matter:
    """Something to complain about: what is said, what is done about it, what is answered, and by which unit.

    `lead` "" is the team of the case's own grid."""

    said: str
    done: str
    answer: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Matters:
    """All matters, by category: what is complained about, and the hazards found before anybody complains."""

    complaints: dict[str, tuple[Matter, ...]]
    hazards: dict[str, tuple[Matter, ...]]


@cache
def matters() -> Matters:
    """Read from matters.toml beside this file, once."""
    content = tomllib.loads((Path(__file__).parent / "matters.toml").read_text("utf-8"))
    return Matters(_by_category(content["matters"]), _by_category(content["hazards"]))


def _by_category(entries: list[dict[str, str]]) -> dict[str, tuple[Matter, ...]]:
    found: dict[str, tuple[Matter, ...]] = {}
    for entry in entries:
        matter = Matter(entry["said"], entry["done"], entry["answer"], entry.get("lead", ""))
        found[entry["category"]] = (*found.get(entry["category"], ()), matter)
    return found


DECLINES = (
    "不属于本单位管辖范围，该设施产权在业主。",
    "经核实为户内问题，应由物业先行排查。",
    "该路段已移交其他单位养护，请重新派单。",
)
SESSIONS = (
    "现场联处会：由{lead}牵头整改，其他单位配合，每两天通报进度。",
    "现场会商认定责任在{lead}，费用先行垫付，事后结算。",
)
EXTENSIONS = (
    "配件需要外地调货。",
    "需要业主大会表决后才能施工。",
    "连续降雨，屋面无法作业。",
    "产权单位需走采购流程。",
)
EXTENSION_REFUSALS = ("该项不具备延期理由，请加派人手。", "居民基本生活受影响，不同意延期。")
URGES = (
    "已经好几天了，怎么还没人来？",
    "催一下，家里老人等不了。",
    "昨天说今天来，又没来。",
    "请尽快处理，谢谢。",
)
COVERED = ("已到现场，{u}单元{r}室李秀英同意配合，明早开工。", "已到现场，邻居同意配合，明早开工。")
"""A record that names a neighbour, and what stands in its place."""
SUPPORTS = ("我家也是这样。", "同一栋楼，同样的问题。", "附议，请一并解决。", "")
NOTES = ("居民表示认可。", "现场查看，情况属实已解决。", "居民希望以后提前告知。", "")
DISSATISFIED = ("问题没有根本解决，过两天又出现。", "答复很快，但是没有动手修。", "修了一半就走了。")
RATINGS = ("谢谢，解决得很快。", "比上次好。", "还可以。", "")
REOPENINGS = ("刚修好又坏了，请再来看。", "说好的整改没有做完。")
REJECTIONS = (
    ("in_court", "属于合同纠纷，已进入诉讼程序。"),
    ("unverifiable", "未提供可核实的地点和情况，多次联系未果。"),
    ("out_of_scope", "涉及外市事项，已告知当地受理电话。"),
)
WITHDRAWALS = ("邻居已经自己解决了。", "填错了，不用处理。", "物业刚刚已经修好了。")
CHECKS_CONFIRMED = ("抽核属实，现场与答复一致。", "电话抽核，居民认可。")
CHECKS_CONTRADICTED = ("现场复核仍有渗漏，与答复不符。", "抽核发现未按答复整改。")
