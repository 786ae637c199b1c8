"""How rows, times and codes are said to people: the words of the pages (docs: pages in NOTES), in two
languages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from api import words
from domain.organisation import Organisation
from engine.engine import Engine
from projections.case import micros, moment
from projections.words import WORDS

HOUR, DAY = 3_600_000_000, 86_400_000_000
SOON = 4 * HOUR
"""From here on a deadline is shown as due soon."""
HEADLINE = 40

STATES = {
    "received": "待派单", "dispatched": "已派单", "handling": "处理中", "resolved": "待回访",
    "closed": "已结案",
    "unreached": "未见到人", "rejected": "不予受理", "withdrawn": "已撤回", "merged": "已并入",
}  # fmt: skip
ENDED = ("rejected", "withdrawn", "merged")
URGENCIES = {"normal": "一般", "urgent": "加急", "emergency": "紧急"}
ORIGINS = {"reactive": "接诉即办", "proactive": "未诉先办"}
TRACKS = {
    "on_site": "网格现场", "whistle": "吹哨报到", "task_force": "街道专班", "joint_session": "难诉联办",
    "mediation": "调解", "hearing": "先议后办",
}  # fmt: skip
CHANNELS = {
    "hotline": "热线", "phone": "电话", "mini_program": "小程序", "wechat": "微信", "contact_card": "联系卡",
    "counter": "窗口", "visit": "走访", "patrol": "巡查", "listening_day": "接访日", "web": "网页",
    "open311": "Open311", "upper_level": "上级交办",
}  # fmt: skip
SATISFACTION = {
    "": "", "satisfied": "满意", "basically_satisfied": "基本满意", "dissatisfied": "不满意",
    "no_answer": "未评价",
}  # fmt: skip
CLOCKS = {"dispatch": "派单应在", "response": "响应应在", "resolution": "办结应在", "follow_up": "回访应在"}
BY = {
    "dispatch": "dispatch_by",
    "response": "response_by",
    "resolution": "resolve_by",
    "follow_up": "follow_up_by",
}
ROLES = {
    "resident": "居民", "gridworker": "网格员", "dispatcher": "派单员", "unit": "承办单位", "street": "街道",
    "panel": "监督小组", "analyst": "分析员", "admin": "管理员", "engine": "系统",
}  # fmt: skip
COMMANDS = {
    "reclassify": "改类别", "merge": "并入另一件", "unmerge": "撤销并入", "split": "拆分",
    "reject": "不予受理",
    "withdraw": "撤回", "dispatch": "派单", "decline": "退单", "respond": "响应", "progress": "记录进展",
    "evidence": "补充附件", "session": "会商", "extension": "申请延期", "extension-decision": "决定延期",
    "urge": "催办", "supervise": "督办", "resolution": "报告办结", "follow-up": "回访", "reopen": "返工",
    "spot-check": "抽核", "rate": "评价", "support": "我也反映", "track": "换办理方式",
    "reveal": "查看密封内容", "redact": "遮盖",
}  # fmt: skip
BUTTONS = {
    "dispatch": "派单", "decline": "退单", "respond": "报到", "progress": "记下进展", "evidence": "交附件",
    "session": "记下会商", "extension": "申请延期", "extension-decision": "决定", "urge": "催一催",
    "supervise": "督办", "resolution": "报告办结", "follow-up": "提交回访", "reopen": "返工", "rate": "评价",
    "spot-check": "记下抽核", "reject": "不受理",
}  # fmt: skip
SINCE = {
    "since_call": "居民来电", "since_dispatch": "本轮派单", "since_response": "主办响应",
    "since_last_decline": "最近一次退单",
}  # fmt: skip
NOT_YET = {
    "since_call": "没有记录", "since_dispatch": "还没有派单", "since_response": "还没有响应",
    "since_last_decline": "没有退过单",
}  # fmt: skip
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


class Facing:
    """One page's words: a language, a moment (`now`, microseconds), the names of the organisation. Days are
    said as seen from today, also where `now` is past (`today`, microseconds)."""

    def __init__(self, engine: Engine, lang: str, now: int, today: int | None = None) -> None:
        stage = engine.desk.stage()
        self.organisation: Organisation = stage.organisation
        self.lang = lang
        self.now = now
        self._today = now if today is None else today
        self._books = stage.books

    def say(self, text: str, **facts: object) -> str:
        return words.say(text, self.lang, **facts)

    def named(self, table: Mapping[str, str], code: str) -> str:
        return self.say(table[code]) if code in table else code

    # ------------------------------------------------------------------ names

    def category(self, code: str) -> str:
        for version in reversed(self._books.versions("categories")):
            found = self._books.categories_of(version.version)
            category = found.get(code) if found else None
            if category is not None:
                return category.en if self.lang == words.ENGLISH else category.zh
        return code

    def categories(self) -> list[str]:
        versions = [self._books.categories_of(v.version) for v in self._books.versions("categories")]
        return list(dict.fromkeys(code for found in versions if found for code in found.codes()))

    def unit(self, unit: str) -> str:
        known = self.organisation.unit(unit)
        return known.name if known else unit

    def grid(self, path: str) -> str:
        known = self.organisation.grid(path)
        return known.name if known else path

    def scope(self, scope: str) -> str:
        return self.unit(scope) if scope else ""

    def quantity(self, code: str) -> str:
        """室温, or Room temperature; the code where nobody named it."""
        if self.lang != words.ENGLISH:
            return words.word(code, words.CHINESE)
        told = WORDS[code][1] if code in WORDS else code
        return told[:1].upper() + told[1:]

    def button(self, name: str) -> str:
        """The verb on a command's button."""
        return self.named(BUTTONS, name) if name in BUTTONS else self.command(name)

    def command(self, name: str) -> str:
        return self.named(COMMANDS, name)

    # ------------------------------------------------------------------ times

    def local(self, at: int | str | datetime) -> datetime:
        found = (
            datetime.fromisoformat(at) if isinstance(at, str) else moment(at) if isinstance(at, int) else at
        )
        return self.organisation.local(found)

    def local_now(self) -> datetime:
        return self.local(self.now)

    def today(self) -> date:
        return self.local(self._today).date()

    def midnight(self, day: date) -> int:
        return micros(datetime.combine(day, time(), self.organisation.zone))

    def day(self, day: date) -> str:
        if self.lang == words.ENGLISH:
            return f"{day:%A, %-d %B %Y}"
        return f"{day.year} 年 {day.month} 月 {day.day} 日，{WEEKDAYS[day.weekday()]}"

    def short_day(self, day: date) -> str:
        return words.short_day(day, self.today(), self.lang)

    def month(self, code: str) -> str:
        """2026年10月, or October 2026, for 2026-10. ValueError for what is no month."""
        first = date.fromisoformat(f"{code}-01")
        return f"{first:%B %Y}" if self.lang == words.ENGLISH else f"{first.year}年{first.month}月"

    def week(self, code: str) -> str:
        """2026年第 47 周, or week 47 of 2026, for 2026-W47."""
        year, _, week = code.partition("-W")
        return self.say("{y}年第 {n} 周", y=year, n=int(week))

    def when(self, at: int | str | datetime) -> str:
        found = self.local(at)
        return f"{self.short_day(found.date())} {found:%H:%M}"

    def until(self, at: int | str | datetime) -> str:
        """When a time ends: a day's end is its 24:00, not the next day's 00:00."""
        found = self.local(at)
        if found.hour or found.minute or found.second:
            return self.when(found)
        return f"{self.short_day(found.date() - timedelta(days=1))} 24:00"

    def span(self, micros: int) -> str:
        """A length of time in its two largest units."""
        minutes = abs(micros) // 60_000_000
        days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
        if days:
            return self.say("{d} 天 {h} 小时", d=days, h=hours) if hours else self.say("{d} 天", d=days)
        if hours:
            return self.say("{h} 小时 {m} 分", h=hours, m=rest) if rest else self.say("{h} 小时", h=hours)
        return self.say("{m} 分", m=rest)

    def due(self, at: int | str | datetime | None, clock: str) -> dict[str, str] | None:
        """A running deadline in words: how much is left, until when, and its tone."""
        if at is None:
            return None
        due = micros(self.local(at))
        left = due - self.now
        tone = "late" if left < 0 else "soon" if left <= SOON else "ok"
        lead = "超时 {span}" if left < 0 else "还剩 {span}"
        until = self.say("{what} {when} 前", what=self.named(CLOCKS, clock), when=self.until(at)).strip()
        return {"tone": tone, "words": self.say(lead, span=self.span(left)), "until": until}

    # ------------------------------------------------------------------ rows

    def row(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A complaint (api/answers.py) as a line of the register."""
        said = item["text"] or (self.say("（内容已删除）") if item["erased"] else "")
        text = said.strip().splitlines() or [""]
        cut = len(text[0]) > HEADLINE or len(text) > 1
        headline = text[0][:HEADLINE] + "…" if cut else text[0].rstrip("。.")
        state = item["state"]
        return {
            "id": item["id"], "number": item["number"], "headline": headline or item["number"],
            "declines": item["declines"] if state == "received" else 0,
            "state_name": self.named(STATES, state), "ring": "ended" if state in ENDED else state,
            "round": item["round"], "urgency": item["urgency"],
            "urgency_name": self.named(URGENCIES, item["urgency"]),
            "category_name": self.category(item["category"]), "track_name": self.named(TRACKS, item["track"]),
            "origin_name": self.named(ORIGINS, item["origin"]), "lead_name": self.unit(item["lead"]),
            "grid_name": self.grid(item["grid"]), "registered": self.when(item["registered_at"]),
            "registered_on": self.short_day(self.local(item["registered_at"]).date()),
            "address": item["place"]["address"] or "",
            "due": self.due(item["next_by"], item["next_clock"]),
        }  # fmt: skip

    def key_facts(self, item: Mapping[str, Any]) -> list[tuple[str, str]]:
        reporter, place = item["reporter"], item["place"]
        return [
            (self.say("编号"), item["number"]),
            (self.say("外部编号"), item["external_number"]),
            (
                self.say("地点"),
                "，".join(part for part in (self.grid(item["grid"]), place["address"]) if part),
            ),
            (self.say("反映人"), (reporter["name"] or self.say("没有留名")) if reporter else ""),
            (self.say("受理"), self.when(item["registered_at"])),
            (self.say("来源"), self.named(CHANNELS, item["channel"])),
            (self.say("主办"), self.unit(item["lead"])),
            (self.say("协办"), "、".join(self.unit(unit) for unit in item["assisting"])),
            (self.say("首次类别"), self.category(item["first_category"])),
            (self.say("回访"), self.named(SATISFACTION, item["satisfaction"])),
            (self.say("催办次数"), str(item["urged"] or "")),
        ]

    def rounds(self, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """History lines by round, newest first."""
        found: dict[int, list[dict[str, Any]]] = {}
        for line in reversed(lines):
            happened = self.local(line["occurred_at"])
            found.setdefault(line["round"], []).append(
                {
                    "day": self.short_day(happened.date()), "time": f"{happened:%H:%M}",
                    "sentence": line["sentence"],
                    "tone": f"fact-{line['tone']}" if line["tone"] else "",
                    "evidence": line["evidence"], "by": self.by(line), "position": line["position"],
                    "receipt": line["receipt"], "quotes": line.get("quotes", ()),
                    "caption": line.get("caption", ""),
                }
            )  # fmt: skip
        return [
            {"number": number, "facts": facts, "since": facts[-1]["day"], "until": facts[0]["day"]}
            for number, facts in found.items()
        ]

    def by(self, line: Mapping[str, Any]) -> str:
        """Who, and when it was recorded where that differs by a minute."""
        actor = line["actor"]
        role = self.named(ROLES, actor["role"])
        nameless = actor["role"] in ("resident", "engine")
        person = actor.get("name") or actor["person"]
        who = role if nameless else self.say("{person}（{role}）", person=person, role=role)
        told, kept = self.local(line["occurred_at"]), self.local(line["recorded_at"])
        if abs((kept - told).total_seconds()) < 60:
            return who
        return self.say("{who} · {when} 记录", who=who, when=self.when(line["recorded_at"]))

    # ------------------------------------------------------------------ clocks

    def words(self, table: Mapping[str, str]) -> list[tuple[str, str]]:
        """The table as options of a choice."""
        return [(code, self.say(zh)) for code, zh in table.items()]

    def clocks(self, why: Sequence[Mapping[str, Any]], running: str) -> list[dict[str, Any]]:
        """The case's deadlines with their derivation, the running one first (`why`: api/stories.py)."""
        found = []
        for clock in why:
            name = clock["clock"]
            found.append(
                {
                    "name": self.named(CLOCKS, name), "until": self.when(clock["in_force"]),
                    "due": self.due(clock["in_force"], name) if name == running else None,
                    "settled": self.say("不再走"), "sentences": clock["sentences"],
                    "running": name == running, "span": self.gone(clock) if name == running else None,
                }
            )  # fmt: skip
        return sorted(found, key=lambda clock: not clock["running"])

    def gone(self, clock: Mapping[str, Any]) -> dict[str, Any]:
        """How much of a clock's time has gone, for the bar, and in words."""
        start, end = micros(self.local(clock["start"])), micros(self.local(clock["in_force"]))
        gone = max(0, self.now - start)
        share = 100.0 * gone / max(1, end - start)
        says = self.say("已过 {gone}，共 {whole}。", gone=self.span(gone), whole=self.span(end - start))
        tone = "span-late" if share >= 100 else "span-soon" if share >= 80 else ""
        return {"share": f"{min(100.0, share):.1f}", "says": says, "tone": tone}

    def four_clocks(self, why: Sequence[Mapping[str, Any]], called_at: int) -> list[dict[str, str]]:
        """Since the call, the dispatch, the lead's response, the last decline: four times kept apart, told
        until now or the end of the case."""
        elapsed = why[0]["elapsed"] if why else {}
        until = called_at + elapsed.get("since_call", 0) * 1_000_000
        found = []
        for name, zh in SINCE.items():
            seconds: int | None = elapsed.get(name)
            if seconds is None:
                at, span = self.say(NOT_YET[name]), "—"
            else:
                at, span = self.when(until - seconds * 1_000_000), self.span(seconds * 1_000_000)
            found.append({"name": self.say(zh), "at": at, "span": span})
        return found if elapsed else []
