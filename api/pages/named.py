"""What a duty beside the cases is about, in words instead of its id: a household, a deed and whose it is, the
day or week it stands for."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from api.pages.frame import Page
from api.pages.points import home
from api.pages.points.window import Window
from api.pages.visits.care_desk import homes
from api.visits.duties import more_met
from domain.messages import Actor

OF_HOMES = ("care_visit", "register_check")


class Waiting(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def item(self) -> dict[str, Any] | None: ...


class Named:
    """The households of all duties shown are looked up at once."""

    def __init__(self, page: Page, actor: Actor, shown: Sequence[Waiting]) -> None:
        self.page = page
        self.window = Window(page.request, actor, page.here)
        of_homes = [duty.item["household"] for duty in shown if duty.kind in OF_HOMES and duty.item]
        self.homes: Mapping[str, str] = homes(page.engine, actor, of_homes) if of_homes else {}

    def title(self, kind: str, item: Mapping[str, Any]) -> str:
        """关爱走访：何某 · 6号楼2单元902室. As the api says it, for what has no id in it."""
        why: str = item["why"]
        if kind in home.DOES:
            return self._said(self.page.say(home.DOES[kind]), home.about(self.window, dict(item)))
        if kind == "care_visit":
            return self._said(self.page.say("关爱走访"), self.homes.get(item["household"], item["household"]))
        if kind == "register_check":
            where = self.homes.get(item["household"], item["household"])
            why = more_met(item["met"], item["registered"], self.page.lang)
            return self.page.say("核对登记人数：{home}（{why}）", home=where, why=why)
        if kind in ("recurring", "spot_check_frame", "spot_check_value"):
            what, colon, number = why.rpartition(self.page.say("："))
            return self._said(what, self.period(number)) if colon else why
        return why

    def _said(self, what: str, about: str) -> str:
        return self.page.say("{what}：{about}", what=what, about=about)

    def period(self, code: str) -> str:
        """11月22日 for 2026-11-22, 第 47 周 for 2026-W47, 2026年11月 for 2026-11."""
        _, _, rest = code.partition("-")
        try:
            if rest.startswith("W"):
                return self.page.facing.week(code)
            if "-" in rest:
                return self.page.facing.short_day(date.fromisoformat(code))
            return self.page.facing.month(code)
        except ValueError:
            return code
