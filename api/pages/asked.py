"""What each command asks of the person who gives it: its questions, in the order they come to mind.

The answers become the command's own body (api/commands.py); nothing here decides anything.
"""

from collections.abc import Callable, Mapping

from api import facing
from api.pages.forms import Field
from api.pages.frame import Page
from projections.case import Case

Questions = Callable[[Page, Case], tuple[Field, ...]]
DUTIES = 3
"""Rows of a session's division of work; more are given in a second session."""

RESULTS = (
    ("solved", "已解决"),
    ("partly", "部分解决"),
    ("explained", "已解释说明"),
    ("referred", "已转有权部门"),
)
SOLVED = (("yes", "解决了"), ("partly", "部分解决"), ("no", "没解决"))
SATISFACTION = (
    ("satisfied", "满意"), ("basically_satisfied", "基本满意"), ("dissatisfied", "不满意"),
    ("no_answer", "不愿评价"),
)  # fmt: skip
METHODS = (("on_site", "上门"), ("phone", "电话"), ("online", "线上"))
REJECTIONS = (
    ("out_of_scope", "不属本单位受理范围"), ("in_court", "正在诉讼或复议"), ("repeated", "已经答复过"),
    ("unreasonable", "没有法律依据"), ("unverifiable", "无法核实"), ("other", "其他（请说明）"),
)  # fmt: skip
REOPENINGS = (("dissatisfied", "不满意"), ("recurrence", "又出现了"), ("other", "其他"))
CHECKS = (("confirmed", "属实"), ("contradicted", "与报告不符"))
LEVELS = (("community", "社区"), ("street", "街道"))
MET = "（见到人就要问）"
SAID_BY = "按居民的原话选，不要替居民打分。"
WHEN = Field(
    "occurred_at", "什么时候发生的", "moment", hint="不填就是现在。补记的话填真实时间，记录时间会另外保存。"
)


def reason(label: str = "原因", *, hint: str = "", required: bool = True) -> Field:
    return Field("reason", label, "area", hint=hint, required=required, rows=3)


def text(label: str, *, name: str = "text", hint: str = "", required: bool = True) -> Field:
    return Field(name, label, "area", hint=hint, required=required)


def units(page: Page) -> tuple[tuple[str, str], ...]:
    """The units a case can go to: companies and offices first, then the grids' teams of this scope."""
    organisation = page.facing.organisation
    scope = page.viewer.scope if page.viewer else ""
    established = tuple((unit.id, unit.name) for unit in organisation.units.values())
    teams = tuple((grid.path, grid.name) for grid in organisation.children(scope) if grid.level == "grid")
    return established + teams


def words(table: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(table.items())


def readings(page: Page, case: Case) -> tuple[Field, ...]:
    """What the category asks to be measured, each with the value that is good enough."""
    books = page.engine.desk.stage().books
    category = books.categories(page.engine.clock()).get(case.category)
    if category is None:
        return ()
    fields: list[Field] = []
    for n, asked in enumerate(category.readings):
        label = page.facing.quantity(asked.quantity)
        hint = page.say("{n} 及以上算合格。", n=f"{asked.min:g}{asked.unit}") if asked.min is not None else ""
        fields += (
            Field(f"readings[{n}].quantity", "", "hidden", value=asked.quantity),
            Field(
                f"readings[{n}].value",
                label,
                "decimal",
                hint=hint,
                unit=asked.unit,
                least=asked.min,
                asks="（见到人就要测）",
            ),
            Field(f"readings[{n}].unit", "", "hidden", value=asked.unit),
        )
    return tuple(fields)


def now_after(page: Page, earlier: str | None) -> str:
    """Now, to the minute; to the second where the minute began before what it comes after."""
    now = page.facing.local_now()
    minute = now.replace(second=0, microsecond=0)
    within = earlier is not None and minute < page.facing.local(earlier)
    return f"{now:%Y-%m-%dT%H:%M:%S}" if within else f"{minute:%Y-%m-%dT%H:%M}"


def follow_up(page: Page, case: Case) -> tuple[Field, ...]:
    books = page.engine.desk.stage().books
    category = books.categories(page.engine.clock()).get(case.category)
    admitted = category.methods if category else ()
    return (
        Field(
            "reached", "见到人了吗", "choice", required=True, value="true",
            options=(("true", "见到了"), ("false", "没人在家")),
        ),
        Field("method", "", "hidden", value=admitted[0])
        if len(admitted) == 1
        else Field(
            "method", "怎么回访的", "choice", required=True, value=next(iter(admitted), ""),
            options=tuple(pair for pair in METHODS if pair[0] in admitted),
        ),
        *readings(page, case),
        Field(
            "photos", "照片", "photos", hint="把读数和房间拍在一起。照片里的位置信息会自动去掉。",
        ),
        Field("satisfaction", "居民满意吗", "choice", options=SATISFACTION, hint=SAID_BY, asks=MET),
        Field("solved", "居民认为解决了吗", "choice", options=SOLVED, asks=MET),
        Field(
            "visited_at", "什么时候上门的", "moment", required=True,
            value=now_after(page, page.reader().of_case(case)["resolved_at"]),
            hint="已填现在。补记的话改成真实时间，记录时间会另外保存。",
        ),
        text("居民的原话", name="note", required=False),
        *((reason("为什么不是网格员回访", required=False),) if page.role in ("dispatcher", "street") else ()),
    )  # fmt: skip


def session(page: Page, case: Case) -> tuple[Field, ...]:
    known = units(page)
    rows: list[Field] = []
    for n in range(DUTIES):
        rows += (
            Field(f"duties[{n}].unit", page.say("分工 {n}：谁", n=n + 1), "select", options=known),
            Field(f"duties[{n}].task", page.say("分工 {n}：做什么", n=n + 1)),
            Field(f"duties[{n}].due", page.say("分工 {n}：到什么时候", n=n + 1), "moment"),
        )
    return (
        Field("attendees", "到场的单位", "checks", options=known, required=True),
        text("商定了什么", name="decision"),
        Field("chair", "召集人", required=True, value=page.person),
        *rows,
        Field("lead", "由谁主办", "select", options=known, hint="选了主办，就等于派单，而且不能再退。"),
        WHEN,
    )


def dispatch(page: Page, case: Case) -> tuple[Field, ...]:
    known = units(page)
    return (
        Field("lead", "主办单位", "select", options=known, required=True, value=case.round.lead),
        Field("assisting", "协办单位", "checks", options=known),
        Field("track", "办理方式", "select", options=words(facing.TRACKS), hint="不选就按这一类别的规定。"),
        WHEN,
    )


def reclassify(page: Page, case: Case) -> tuple[Field, ...]:
    known = tuple((code, page.facing.category(code)) for code in page.facing.categories())
    return (Field("category", "改成哪一类", "select", options=known, required=True), reason(), WHEN)


def extension_decision(page: Page, case: Case) -> tuple[Field, ...]:
    state, _ = page.engine.desk.state("complaint", case.opening.id)
    waiting = state.case.round.asked
    asked = waiting.extension if waiting else ""
    return (
        Field("extension", "", "hidden", value=asked),
        Field(
            "grant", "同意延期吗", "choice", options=(("true", "同意"), ("false", "不同意")), required=True
        ),
        Field("until", "延到什么时候", "moment", hint="不填就是对方申请的时间。"),
        reason(required=False),
    )


def split(page: Page, case: Case) -> tuple[Field, ...]:
    known = tuple((code, page.facing.category(code)) for code in page.facing.categories())
    rows: list[Field] = []
    for n in range(2):
        rows += (
            Field(
                f"parts[{n}].category",
                page.say("第 {n} 件：哪一类", n=n + 1),
                "select",
                options=known,
                required=n == 0,
            ),
            Field(
                f"parts[{n}].text", page.say("第 {n} 件：什么事", n=n + 1), "area", rows=2, required=n == 0
            ),
        )
    return (*rows, reason())


def spot_check(page: Page, case: Case) -> tuple[Field, ...]:
    return (
        Field("result", "查实的结果", "choice", options=CHECKS, required=True),
        *readings(page, case),
        Field("photos", "照片", "photos"),
        text("看到了什么"),
        WHEN,
    )


def fixed(*fields: Field) -> Questions:
    return lambda page, case: fields


QUESTIONS: Mapping[str, Questions] = {
    "reclassify": reclassify,
    "merge": fixed(Field("into", "并入哪一件（工单的内部编号，c- 开头）", required=True), reason()),
    "unmerge": fixed(reason()),
    "split": split,
    "reject": fixed(
        Field("reason", "为什么不予受理", "choice", options=REJECTIONS, required=True),
        text("说明", name="note", required=False),
    ),
    "withdraw": fixed(reason("为什么撤回", required=False)),
    "dispatch": dispatch,
    "decline": fixed(reason("为什么退单"), WHEN),
    "respond": fixed(text("打算怎么办", name="note", required=False), WHEN),
    "progress": fixed(
        text("有什么进展"), Field("visible_to_resident", "居民可以看到这一条", "tick", value="true"), WHEN
    ),
    "evidence": fixed(
        Field("ids", "照片或文件", "photos", required=True), Field("taken_at", "什么时候拍的", "moment")
    ),
    "session": session,
    "extension": fixed(Field("until", "延到什么时候", "moment", required=True), reason("为什么要延期")),
    "extension-decision": extension_decision,
    "urge": fixed(text("想说什么", required=False)),
    "supervise": fixed(
        Field("level", "哪一级督办", "choice", options=LEVELS, required=True), text("督办意见")
    ),
    "resolution": fixed(
        Field("result", "办得怎么样", "choice", options=RESULTS, required=True),
        text("给居民的答复", name="answer", hint="居民会看到这段话。写做了什么，不写套话。"),
        Field("evidence", "照片或文件", "photos"),
        WHEN,
    ),
    "follow-up": follow_up,
    "reopen": fixed(
        Field("reason", "为什么要返工", "choice", options=REOPENINGS, required=True),
        text("说明", required=False),
    ),
    "spot-check": spot_check,
    "rate": fixed(
        Field("satisfaction", "您满意吗", "choice", options=SATISFACTION[:3], required=True),
        text("想说的话", required=False),
    ),
    "track": fixed(
        Field("track", "换成哪种办理方式", "choice", options=words(facing.TRACKS), required=True), reason()
    ),
    "support": fixed(
        Field("reporter.name", "姓名", required=False),
        Field("reporter.phone", "手机号", "tel", required=True),
        text("补充说明", required=False),
    ),
}
"""By the command's name in the address (api/commands.py)."""
