"""One sentence for each deed of the operators."""

from domain import administration as a
from domain.messages import Recorded
from projections.words import Speaker

FEW = 3
"""Views named one by one; more are counted."""
KINDS = {
    "store": ("整库", "the whole store"),
    "keys": ("密钥库", "the key store"),
    "events": ("事件", "facts"),
    "cases": ("工单", "cases"),
    "points": ("积分", "points"),
    "households": ("住户", "households"),
}


def sentence(line: Recorded, s: Speaker) -> str:
    """Who did what. KeyError for a fact that is none of these."""
    who = s.person(line.actor)
    match line.fact:
        case a.KeysRotated(keys):
            return s.say(
                "{who}更换了主密钥，{n} 个密钥重新封装，密文未变。",
                "{who} changed the master key; {n} keys were wrapped anew, no sealed value changed.",
                who=who,
                n=keys,
            )
        case a.BackedUp(what, position):
            return s.say(
                "{who}备份了{what}，截至第 {n} 条记录。",
                "{who} backed up {what}, up to position {n}.",
                who=who,
                what=_kind(what, s),
                n=position,
            )
        case a.Restored(made_at, position):
            return s.say(
                "{who}用 {at} 的备份恢复了数据，截至第 {n} 条记录。",
                "{who} restored the store from the backup of {at}, up to position {n}.",
                who=who,
                at=made_at,
                n=position,
            )
        case a.KeysRestored(keys, 0):
            return s.say(
                "{who}用备份找回了 {n} 个密钥，一个不缺。",
                "{who} put {n} keys back from a backup; none is missing.",
                who=who,
                n=keys,
            )
        case a.KeysRestored(keys, missing):
            return s.say(
                "{who}用备份找回了 {n} 个密钥，还缺 {m} 个。",
                "{who} put {n} keys back from a backup; {m} are still missing.",
                who=who,
                n=keys,
                m=missing,
            )
        case a.Exported(what, rows, redacted, _, _):
            return s.say(
                "{who}导出了 {n} 行{what}（{how}）。",
                "{who} exported {n} rows of {what} ({how}).",
                who=who,
                n=rows,
                what=_kind(what, s),
                how=s.say("已遮盖", "redacted") if redacted else s.say("含明文", "with sealed values opened"),
            )
        case a.ViewsRebuilt(projections, events) if len(projections) > FEW:
            return s.say(
                "{who}从 {n} 条记录重建了 {m} 个视图。",
                "{who} rebuilt {m} views from {n} entries.",
                who=who,
                n=f"{events:,}",
                m=len(projections),
            )
        case a.ViewsRebuilt(projections, events):
            return s.say(
                "{who}从 {n} 条记录重建了视图：{which}。",
                "{who} rebuilt the views {which} from {n} entries.",
                who=who,
                n=f"{events:,}",
                which=s.say("、", ", ").join(projections),
            )
    raise KeyError(type(line.fact).__name__)


def _kind(what: str, s: Speaker) -> str:
    found = KINDS.get(what)
    return what if found is None else found[s.english]
