"""What the pages of the calendar of duties share: names, states, and how a period reads."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import Request

from api import stories
from api.pages.points.window import Window
from api.sight import reads
from api.words import ENGLISH
from domain.messages import Actor, Recorded
from projections.duties.telling import sentence

HERE = "duties"
STATES = {
    "open": "待办", "coming": "将到", "done": "已办", "told_late": "已办（补记）", "late": "漏办，后补",
    "missed": "漏办", "skipped": "不办",
}  # fmt: skip
RINGS = {
    "open": "handling", "coming": "received", "done": "closed", "told_late": "closed", "late": "unreached",
    "missed": "disputed", "skipped": "ended",
}  # fmt: skip
RHYTHMS = {
    "daily": "每日一次", "weekly": "每周一次", "days": "每月固定日", "monthly": "每月一次",
    "quarterly": "每季一次", "half_yearly": "每半年一次", "yearly": "每年一次",
}  # fmt: skip
BY = {
    "patrol.recorded": "记录了巡查", "visit-plan.made": "排定了走访计划",
    "sampling.frame-fixed": "锁定了抽样范围", "panel.ledger-reviewed": "核查了积分账",
    "panel.disclosure-published": "公布了兑换公示", "panel.ranking-frozen": "公布了排名",
    "panel.honour-granted": "授予了荣誉",
}  # fmt: skip
"""The facts that do a duty by themselves."""
WAYS = {
    "spot_check": "/audit/spot-checks",
    "ledger_review": "/points/reviews",
    "ranking": "/points/rankings",
    "disclosure": "/points/disclosures",
    "honour": "/points/rankings",
}
"""Where a duty of the shipped book is done; what is not here is done by a note."""


class Desk(Window):
    """Whoever looks at the calendar."""

    def __init__(self, request: Request, actor: Actor) -> None:
        super().__init__(request, actor, HERE)

    def sentence(self, line: Recorded) -> str:
        opens = reads(self.actor, self.facing.organisation)
        cases = self.request.app.state.cases if opens else None
        return sentence(line, stories.speaker(self.engine, self.lang, self.actor, cases))

    def name(self, row: Mapping[str, Any]) -> str:
        return str(row["en"] if self.lang == ENGLISH else row["zh"])

    def state(self, state: str) -> dict[str, str]:
        return {"ring": RINGS[state], "name": self.say(STATES[state])}

    def span(self, first: str, last: str) -> str:
        """The day, or the first and the last."""
        if first == last:
            return self.day(first)
        return self.say("{first}至{last}", first=self.day(first), last=self.day(last))

    def moved(self, row: Mapping[str, Any]) -> str:
        """Why it is not held on its day; "" where it is."""
        reason = row["moved_for"]
        if not reason:
            return ""
        why = self.say("周末") if reason == "weekend" else reason
        if row["dated"] is None:
            return self.say("遇{why}，不办", why=why)
        return self.say("原定{day}，遇{why}顺延", day=self.day(row["dated"]), why=why)

    def weekday(self, day: date) -> str:
        return self.facing.day(day)
