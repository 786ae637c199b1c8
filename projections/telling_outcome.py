"""One sentence per fact, of the follow-up and what it leads to, and of the clocks."""

from domain.complaint import facts as f
from domain.messages import Recorded
from projections.telling import at, because, late, promised, who
from projections.words import Speaker

# ------------------------------------------------------------------ follow-up and what it leads to


def attempted(x: f.FollowUpAttempted, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}回访（{method}，{window}），第 {n} 次，没有见到人。尝试不算回访，还要再去。",
        "{who} tried to follow up ({method}, {window}), attempt {n}: nobody was reached. An attempt is no "
        "follow-up; somebody has to try again.",
        who=who(line, s),
        method=s.word(x.method),
        window=s.word(x.window),
        n=x.attempt,
    ) + s.words(line, x.note, "note")


def readings(taken: tuple[f.Reading, ...], s: Speaker) -> str:
    """测得室温 16.5℃（不达标）。 Nothing where nothing was measured."""
    if not taken:
        return ""
    said = []
    for reading in taken:
        bad = s.say("（不达标）", " (out of range)") if reading.in_range is False else ""
        said.append(s.reading(reading.quantity, reading.value, reading.unit) + bad)
    return s.say("测得{r}。", " Measured: {r}.", r=s.say("、", ", ").join(said))


def followed_up(x: f.FollowUpRecorded, line: Recorded, s: Speaker) -> str:
    method = s.say("（{m}）", " ({m})", m=s.word(x.method)) if x.method else ""
    verified = not x.reporter and not x.satisfaction
    said = (
        s.say("{who}核验{m}。", "{who} verified it{m}.", who=who(line, s), m=method)
        if verified
        else s.say("{who}回访{m}。", "{who} followed it up{m}.", who=who(line, s), m=method)
    )
    said += readings(x.readings, s)
    answers = [s.word(x.satisfaction)] if x.satisfaction else []
    answers += [s.word(x.solved, "solved")] if x.solved else []
    if answers and not verified:
        said += s.say("诉求人{a}。", " The reporter: {a}.", a=s.say("，", ", ").join(answers))
    elif answers:
        said += s.say("{a}。", " It {a}.", a=s.say("，", ", ").join(answers))
    if x.reason is not None:
        said += s.words(line, x.reason, "reason", "由派单员回访的原因：", "Why the dispatcher did it: ")
    return said + s.words(line, x.note, "note") + late(x.judged_at, line, s)


def rated(x: f.ResidentRated, line: Recorded, s: Speaker) -> str:
    said = s.say("诉求人自评：{r}。", "The resident rated it: {r}.", r=s.word(x.satisfaction))
    return said + s.words(line, x.text, "text")


def spot_checked(x: f.SpotCheckRecorded, line: Recorded, s: Speaker) -> str:
    said = s.say("{who}抽核：{r}。", "{who} spot-checked it: {r}.", who=who(line, s), r=s.word(x.result))
    return said + readings(x.readings, s) + s.words(line, x.text, "text")


def closed(x: f.ComplaintClosed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "系统按规则结案：{why}。",
        "The engine closed it by rule: {why}.",
        why=s.word(x.reason, "closed"),
    )


def left_unreached(x: f.ComplaintLeftUnreached, line: Recorded, s: Speaker) -> str:
    return s.say(
        "没能问到诉求人（{why}），系统按规则记为未联系上，不算满意。",
        "Nobody could be asked ({why}); the engine recorded it as unreached, which is not satisfied.",
        why=s.word(x.reason),
    )


def historically_closed(x: f.HistoricallyClosed, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "历史记录只说已办结，没有回访记录；不计入满意。",
        "The imported record says it was closed, nothing of a follow-up; it never counts as satisfied.",
    )
    if not x.mended:
        return said
    return said + s.say("导入时修正：{m}。", " Mended on import: {m}.", m=x.mended)


def reopened(x: f.ComplaintReopened, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "返工，进入第 {n} 轮：{why}。时限重新计，从来电算起的时间不停。",
        "It goes back, into round {n}: {why}. Its deadlines begin anew; the time since the call runs on.",
        n=x.round,
        why=s.word(x.reason),
    )
    return said + s.words(line, x.text, "text") + promised("dispatch", x.dispatch, line, s)


# ------------------------------------------------------------------ clocks


def urged(x: f.ComplaintUrged, line: Recorded, s: Speaker) -> str:
    if not x.automatic:
        said = s.say("{who}催办。", "{who} urged it.", who=who(line, s))
        return said + s.words(line, x.text, "text")
    unit = s.unit(x.unit) if x.unit else ""
    return s.say(
        "{unit}{clock}时限已过 80%，系统自动催办。",
        "80 % of the time for {clock}{unit} is gone: the engine urged it.",
        unit=unit if not s.english else f" by {unit}" if unit else "",
        clock=s.word(x.clock, "clock"),
    )


def supervision_raised(x: f.SupervisionRaised, line: Recorded, s: Speaker) -> str:
    if x.automatic:
        return s.say(
            "{clock}超时，系统自动提请{level}督办。",
            "The time for {clock} has run out: the engine asked {level} to supervise.",
            clock=s.word(x.clock, "clock"),
            level=s.word(x.level),
        )
    said = s.say(
        "{who}提请{level}督办。",
        "{who} asked {level} to supervise.",
        who=who(line, s),
        level=s.word(x.level),
    )
    return said + s.words(line, x.text, "text")


def escalated(x: f.ComplaintEscalated, line: Recorded, s: Speaker) -> str:
    return s.say(
        "升级，由街道专班接手：{why}。",
        "It was escalated to the street's task force: {why}.",
        why=s.word(x.reason),
    )


def dispatch_overdue(x: f.DispatchOverdue, line: Recorded, s: Speaker) -> str:
    return s.say(
        "派单超时：{due} 前没有派单。",
        "Dispatch is overdue: it was to be dispatched by {due}.",
        due=at(x.due, line, s),
    )


def response_overdue(x: f.ResponseOverdue, line: Recorded, s: Speaker) -> str:
    return s.say(
        "响应超时：{u}应在 {due} 前响应。",
        "A response is overdue: {u} was to respond by {due}.",
        u=s.unit(x.unit),
        due=at(x.due, line, s),
    )


def resolution_overdue(x: f.ResolutionOverdue, line: Recorded, s: Speaker) -> str:
    return s.say(
        "办理超时：承诺 {due} 前办结，还没有办结。",
        "Resolution is overdue: it was promised by {due}.",
        due=at(x.due, line, s),
    )


def follow_up_overdue(x: f.FollowUpOverdue, line: Recorded, s: Speaker) -> str:
    return s.say(
        "回访超时：应在 {due} 前回访。",
        "The follow-up is overdue: it was due by {due}.",
        due=at(x.due, line, s),
    )


def deadline_rederived(x: f.DeadlineRederived, line: Recorded, s: Speaker) -> str:
    unit = s.unit(x.unit) if x.unit else ""
    return s.say(
        "{who}按现行规则重算{unit}{clock}时限：从 {was} 改为 {now}（规则 {version}）。",
        "{who} derived the deadline for {clock}{by} again: from {was} to {now} (rules {version}).",
        who=who(line, s),
        unit=unit,
        by=f" by {unit}" if unit else "",
        clock=s.word(x.clock, "clock"),
        was=at(x.was, line, s),
        now=at(x.deadline.due, line, s),
        version=x.deadline.version,
    ) + because(line, x.reason, s)


# ------------------------------------------------------------------ personal data


def revealed(x: f.PersonalDataRevealed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}查看了密封的{field}，{until} 前有效。",
        "{who} read the sealed {field}, until {until}.",
        who=who(line, s),
        field=s.word(x.field, "field"),
        until=at(x.until_at, line, s),
    ) + because(line, x.reason, s)


def redacted(x: f.FieldRedacted, line: Recorded, s: Speaker) -> str:
    return (
        s.say(
            "{who}遮盖了第 {n} 条记录的{field}。",
            "{who} redacted the {field} of entry {n}.",
            who=who(line, s),
            n=x.line,
            field=s.word(x.field.partition(".")[0], "field"),
        )
        + s.words(line, x.text, "text", "现为：", "It now reads: ")
        + because(line, x.reason, s)
    )
