"""The words of a case's story in Chinese and English: what a code is called, how a moment and a span read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from domain.messages import Actor, Recorded, Sealed
from projections.case import Kept

CHINESE, ENGLISH = "zh-CN", "en"

WORDS: Mapping[str, tuple[str, str]] = {
    # channels
    "hotline": ("12345 热线", "the 12345 hotline"),
    "phone": ("电话", "phone"),
    "mini_program": ("小程序", "the mini program"),
    "wechat": ("微信", "WeChat"),
    "contact_card": ("联系卡", "contact card"),
    "counter": ("窗口", "the counter"),
    "visit": ("走访", "a visit"),
    "patrol": ("巡查", "a patrol"),
    "listening_day": ("接访日", "a listening day"),
    "web": ("网页", "the web"),
    "open311": ("Open311", "Open311"),
    "upper_level": ("上级交办", "a higher level"),
    # origin, urgency, tracks
    "reactive": ("接诉即办", "a resident's complaint"),
    "proactive": ("未诉先办", "found before anybody complained"),
    "urgent": ("紧急", "urgent"),
    "emergency": ("特急", "emergency"),
    "on_site": ("上门", "on site"),
    "track:on_site": ("当场办结", "settled on the spot"),
    "whistle": ("吹哨报到", "units report in"),
    "task_force": ("专班", "task force"),
    "joint_session": ("联办", "joint session"),
    "mediation": ("调解", "mediation"),
    "hearing": ("议事", "hearing"),
    # results, answers
    "result:solved": ("已解决", "solved"),
    "result:partly": ("部分解决", "partly solved"),
    "result:explained": ("已解释说明", "explained"),
    "result:referred": ("已转办", "referred"),
    "satisfied": ("满意", "satisfied"),
    "basically_satisfied": ("基本满意", "basically satisfied"),
    "dissatisfied": ("不满意", "not satisfied"),
    "no_answer": ("未评价", "gave no rating"),
    "solved:yes": ("认为已解决", "says it is solved"),
    "solved:partly": ("认为部分解决", "says it is partly solved"),
    "solved:no": ("认为没有解决", "says it is not solved"),
    "online": ("线上", "online"),
    "day": ("白天", "by day"),
    "evening": ("晚上", "in the evening"),
    "weekend": ("周末", "at the weekend"),
    "off:weekend": ("周末", "weekend"),
    "confirmed": ("属实", "confirmed"),
    "contradicted": ("不属实", "contradicted"),
    # reasons
    "unsolved": ("没有解决", "not solved"),
    "reading_out_of_range": ("实测不达标", "a reading out of range"),
    "spot_check": ("抽核不属实", "contradicted by a spot check"),
    "resident": ("诉求人要求", "the reporter asked for it"),
    "recurrence": ("反弹回潮", "it came back"),
    "other": ("其他原因", "another reason"),
    "import": ("历史记录", "the imported record"),
    "verified": ("核验完成", "verified"),
    "closed:satisfied": ("回访满意", "a satisfied follow-up"),
    "closed:rated": ("诉求人自评满意", "the resident's own good rating"),
    "closed:verified": ("核验达标", "a verification"),
    "no_answer_twice": ("两次见面都未评价", "reached twice without a rating"),
    "three_windows": ("白天、晚上、周末都未遇", "nobody met by day, evening or weekend"),
    "repeated_rounds": ("多轮未解决", "several rounds have not solved it"),
    "place_key": ("同一地址", "the same address"),
    "distance": ("相距 30 米以内", "within 30 m"),
    "duplicate": ("重复诉求", "a duplicate"),
    "no_jurisdiction": ("不属受理范围", "outside the remit"),
    # levels, clocks, quantities
    "community": ("社区", "the community"),
    "street": ("街道", "the street"),
    "clock:dispatch": ("派单", "dispatch"),
    "clock:response": ("响应", "response"),
    "clock:decline": ("退单", "declining"),
    "clock:resolution": ("办理", "resolution"),
    "clock:follow_up": ("回访", "follow-up"),
    "room_temperature": ("室温", "room temperature"),
    # units of time
    "minutes": ("分钟", "minutes"),
    "hours": ("小时", "hours"),
    "working_hours": ("个工作小时", "working hours"),
    "working_days": ("个工作日", "working days"),
    # fields that are sealed
    "field:name": ("姓名", "name"),
    "field:phone": ("电话", "phone number"),
    "field:text": ("内容", "text"),
    "field:address": ("地址", "address"),
    "field:location": ("位置", "location"),
    "field:reporter_name": ("诉求人姓名", "reporter's name"),
    "field:reporter_phone": ("诉求人电话", "reporter's phone number"),
    "field:answer": ("答复", "answer"),
    "field:note": ("说明", "note"),
    "field:reason": ("原因", "reason"),
    "field:decision": ("决定", "decision"),
    "field:duties": ("分工", "duty"),
    "field:chair": ("主持人", "chair"),
    "field:attendees": ("参加人", "attendee"),
    # roles
    "role:engine": ("系统", "The engine"),
    "role:resident": ("诉求人", "The resident"),
    "role:gridworker": ("网格员", "grid member"),
    "role:dispatcher": ("派单员", "dispatcher"),
    "role:unit": ("承办单位", "handling unit"),
    "role:street": ("街道", "street office"),
    "role:panel": ("监督小组", "panel"),
    "role:analyst": ("分析员", "analyst"),
    "role:admin": ("管理员", "administrator"),
    "found:visit": ("入户走访", "a visit to the household"),
    "found:care": ("重点户走访", "a care visit"),
    "found:patrol": ("巡查", "a patrol"),
    "found:sweep": ("举一反三排查", "a sweep of its class"),
    "found:recurrence": ("结案后复看", "a look after a closing"),
}

ENDS = "。！？…；.!?;)）"
"""With one of these a sentence has ended already, even inside its quotes."""

Opened = Callable[[Kept], str | None]


@dataclass(frozen=True, slots=True)
class Names:
    """What units, people, categories and grids are called; what is not named is called by its id."""

    units: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    grids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of somebody, as they stand. `label` says what they are; "" where the sentence has said so."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says things in one language and one time zone. `opened` gives the words behind a sealed value, None
    where they were erased; without it no sealed words are said at all.

    `staff` says how those who act are called: by their names in full; by surname and role; by role alone.
    `apart` is where words are put that are shown beside a sentence; where there is none, they stand in it."""

    language: str
    zone: ZoneInfo
    names: Names = Names()
    opened: Opened | None = None
    staff: Literal["full", "surname", "role"] = "full"
    apart: list[Quote] | None = None

    @property
    def english(self) -> bool:
        return self.language.lower().startswith("en")

    def say(self, zh: str, en: str, **blanks: object) -> str:
        return (en if self.english else zh).format(**blanks)

    def word(self, code: str, kind: str = "") -> str:
        """What the code is called; the code itself where it is somebody's own word."""
        found = WORDS.get(f"{kind}:{code}") or WORDS.get(code)
        return code if found is None else found[self.english]

    def unit(self, unit: str) -> str:
        named = self.names.units.get(unit) or self.names.grids.get(unit)
        return named or unit or self.say("承办单位（未载明）", "an unnamed unit")

    def units(self, units: tuple[str, ...]) -> str:
        return self.say("、", ", ").join(map(self.unit, units))

    def category(self, code: str) -> str:
        return self.names.categories.get(code, code)

    def grid(self, path: str) -> str:
        return self.names.grids.get(path, path)

    def person(self, actor: Actor) -> str:
        if actor.role in ("engine", "resident"):
            return self.word(actor.role, "role")
        if self.staff == "full":
            return self.names.people.get(actor.person, actor.person)
        return self.with_role(actor, "" if self.staff == "role" else self.names.people.get(actor.person, ""))

    def with_role(self, actor: Actor, name: str) -> str:
        """程岚（派单员）; without a name the role, and of a unit's people the unit."""
        at_unit = actor.role == "unit" and actor.scope in self.names.units
        role = self.unit(actor.scope) if at_unit else self.word(actor.role, "role")
        if not name:
            return role
        return self.say("{name}（{role}）", "{name} ({role})", name=name, role=role)

    def at(self, moment: datetime, year: int | None = None) -> str:
        """Day and time; with its year where that is not `year`."""
        local = moment.astimezone(self.zone)
        return f"{self.day(local.date(), year)} {local:%H:%M}"

    def day(self, day: date, year: int | None = None) -> str:
        if self.english:
            return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != year else "")
        return (f"{day.year}年" if day.year != year else "") + f"{day.month}月{day.day}日"

    def amount(self, amount: int, unit: str) -> str:
        if self.english:
            word = self.word(unit)
            return f"{amount} {word[:-1] if amount == 1 else word}"
        return f"{amount} {self.word(unit)}"

    def span(self, span: timedelta) -> str:
        """The two largest units of it: 2 天 3 小时."""
        minutes = max(0, int(span.total_seconds() // 60))
        days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
        parts = [(days, "天", "d"), (hours, "小时", "h"), (rest, "分", "min")]
        said = [f"{n} {en if self.english else zh}" for n, zh, en in parts if n][:2]
        return " ".join(said) or self.say("不到 1 分", "under a minute")

    def reading(self, quantity: str, value: float, unit: str) -> str:
        return (
            f"{self.word(quantity)} {value:g}{unit}"
            if unit[:1] in "°℃%"
            else (f"{self.word(quantity)} {value:g} {unit}")
        )

    def words(
        self, line: Recorded, sealed: Sealed | None, field: str, zh: str = "", en: str = "", *,
        inside: bool = False,
    ) -> str:  # fmt: skip
        """The sealed words after their label, or nothing where there are none or they may not be said.
        `inside`: the sentence goes on after them."""
        if sealed is None or self.opened is None:
            return ""
        kept = Kept(sealed, line.stream, line.version, str(type(line.fact).NAME), field)  # type: ignore[attr-defined]
        text = self.opened(kept)
        if text is None:
            text = self.say("（内容已删除）", "(erased)")
        if not text.strip():
            return ""
        if self.apart is not None and not inside:
            self.apart.append(Quote((en if self.english else zh).strip(), text.strip()))
            return ""
        quoted = f"“{text.strip()}”"
        if quoted[-2] not in ENDS:
            quoted += self.say("。", ".")
        return f" {en}{quoted}" if self.english else f"{zh}{quoted}"
