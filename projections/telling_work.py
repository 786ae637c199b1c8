"""One sentence per fact, of intake, dispatch and handling: who did what, and what follows from it."""

from domain.complaint import facts as f
from domain.messages import Recorded
from projections.telling import at, late, promised, who
from projections.words import Speaker

# ------------------------------------------------------------------ intake


def registered(x: f.ComplaintRegistered, line: Recorded, s: Speaker) -> str:
    number = x.external_number
    urgency = "" if x.urgency == "normal" else s.say("，{u}", ", {u}", u=s.word(x.urgency))
    said = s.say(
        "{who}受理（{origin}{urgency}）：来自{channel}，归为“{category}”，地点在{grid}{number}。",
        "{who} registered it ({origin}{urgency}): from {channel}, class “{category}”, in {grid}{number}.",
        who=who(line, s),
        origin=s.word(x.origin),
        urgency=urgency,
        channel=s.word(x.channel),
        category=s.category(x.category),
        grid=s.grid(x.grid),
        number=s.say("，外部编号 {n}", ", external number {n}", n=number) if number else "",
    )
    said += s.words(line, x.text, "text")
    if x.split_from:
        said += s.say("由另一件诉求拆出。", " It was split from another complaint.")
    if x.found_by:
        how = s.word(x.found_by.partition("-")[0], "found")
        said += s.say("由{how}发现。", " Found by {how}.", how=how)
    if x.dispatch is None:
        return said
    by = at(x.dispatch.due, line, s)
    return said + s.say("应在 {by} 前派单。", " To be dispatched by {by}.", by=by)


def reclassified(x: f.ComplaintReclassified, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}改类：从“{was}”改为“{now}”，首次分类仍保留。",
        "{who} reclassified it from “{was}” to “{now}”; the first class is kept.",
        who=who(line, s),
        was=s.category(x.was),
        now=s.category(x.category),
    ) + s.words(line, x.reason, "reason", "原因：", "Reason: ")


def merged(x: f.ComplaintMerged, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}并单：本件并入另一件诉求，那一件回访时也会问到本件的诉求人。",
        "{who} merged it into another complaint, whose follow-up will ask this reporter too.",
        who=who(line, s),
    ) + s.words(line, x.reason, "reason", "原因：", "Reason: ")


def joined(x: f.ComplaintJoined, line: Recorded, s: Speaker) -> str:
    return s.say(
        "另一件诉求并入本件，回访时要多问 {n} 位诉求人。",
        "Another complaint was merged into this one; {n} more reporters will be followed up.",
        n=len(x.reporters),
    )


def merge_undone(x: f.MergeUndone, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}撤销并单：本件恢复办理，时限一直在走。",
        "{who} undid the merge: the case stands again, its clocks having run on.",
        who=who(line, s),
    ) + s.words(line, x.reason, "reason", "原因：", "Reason: ")


def parted(x: f.ComplaintParted, line: Recorded, s: Speaker) -> str:
    return s.say(
        "并入的一件诉求又分了出去，它的 {n} 位诉求人不再由本件回访。",
        "A merged complaint was taken out again; its {n} reporters are no longer followed up here.",
        n=len(x.reporters),
    )


def split(x: f.ComplaintSplit, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}拆单：分出 {n} 件新诉求，本件继续办理。",
        "{who} split it: {n} new complaints were made of parts, and this one goes on.",
        who=who(line, s),
        n=len(x.parts),
    ) + s.words(line, x.reason, "reason", "原因：", "Reason: ")


def supported(x: f.ComplaintSupported, line: Recorded, s: Speaker) -> str:
    return s.say(
        "又有人反映同一问题（附议），回访时也会问到。",
        "Somebody else reported the same thing, and will be followed up too.",
    ) + s.words(line, x.text, "text")


def rejected(x: f.ComplaintRejected, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}不予受理。原因：{why}。",
        "{who} rejected it. Reason: {why}.",
        who=who(line, s),
        why=s.word(x.reason),
    ) + s.words(line, x.note, "note")


def withdrawn(x: f.ComplaintWithdrawn, line: Recorded, s: Speaker) -> str:
    return s.say("{who}撤诉，诉求到此结束。", "{who} withdrew it, which ends the case.", who=who(line, s)) + (
        s.words(line, x.reason, "reason", "原因：", "Reason: ")
    )


def adopted(x: f.ComplaintAdopted, line: Recorded, s: Speaker) -> str:
    return s.say(
        "历史工单转为在办：从现在起由系统提醒、催办。",
        "The imported case became a living one: from now on its clocks are watched.",
    )


def recurred(x: f.RecurrenceSuspected, line: Recorded, s: Speaker) -> str:
    return s.say(
        "结案后 30 天内同类诉求再次登记（{by}），疑似反弹，由人判断是否返工。",
        "The same class was registered again within 30 days of the closing ({by}); whether to reopen it, "
        "a person decides.",
        by=s.word(x.matched_by),
    )


# ------------------------------------------------------------------ dispatch


def dispatched(x: f.ComplaintDispatched, line: Recorded, s: Speaker) -> str:
    others = tuple(task.unit for task in x.tasks if not task.lead)
    lead = next((task for task in x.tasks if task.lead), None)
    said = s.say(
        "{who}派单给{lead}主办{others}{track}。",
        "{who} dispatched it to {lead}{others}{track}.",
        who=who(line, s),
        lead=s.unit(x.lead),
        others=s.say("，{u}协办", ", assisted by {u}", u=s.units(others)) if others else "",
        track=s.say("，方式“{t}”", ", track “{t}”", t=s.word(x.track, "track")) if x.track else "",
    )
    if x.judged_at is None:
        said += s.say("派单时间没有记载。", " When it was dispatched is not recorded.")
    said += promised("response", lead.response if lead else None, line, s)
    said += promised("resolution", x.resolution, line, s)
    if x.by_session:
        said += s.say("由联办会商决定，不能再退单。", " The joint session decided it: it cannot be declined.")
    return said + late(x.judged_at, line, s)


def declined(x: f.DispatchDeclined, line: Recorded, s: Speaker) -> str:
    said = s.say("{unit}退单。", "{unit} declined it.", unit=s.unit(x.unit))
    said += s.words(line, x.reason, "reason", "原因：", "Reason: ")
    if not x.lead:
        return said + s.say("其他单位继续办理。", " The other units go on.") + late(x.judged_at, line, s)
    said += s.say(
        "这是本轮第 {n} 次退单，诉求回到派单员手中，办理时限不停。",
        " It is decline {n} of this round; the case is back with the dispatcher, and its clock runs on.",
        n=x.count,
    )
    return said + late(x.judged_at, line, s)


def responded(x: f.UnitResponded, line: Recorded, s: Speaker) -> str:
    unit = s.unit(x.unit)
    said = (
        s.say("{unit}响应，开始处理。", "{unit} responded; handling has begun.", unit=unit)
        if x.lead
        else s.say("{unit}响应（协办）。", "{unit} responded (assisting).", unit=unit)
    )
    return said + s.words(line, x.note, "note") + late(x.judged_at, line, s)


def session_held(x: f.JointSessionHeld, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "现场联处会，{n} 方到场。",
        "A joint session was held, {n} present.",
        n=len(x.attendees),
    )
    said += s.words(line, x.chair, "chair", "主持：", "In the chair: ", inside=True)
    said += s.words(line, x.decision, "decision", "商定：", "Decided: ")
    for n, duty in enumerate(x.duties):
        task = s.words(line, duty.task, f"duties.{n}.task", inside=True).rstrip("。.")
        task = task or s.say("承担一项任务", " has a task")
        by = s.say("，{by} 前", ", by {by}", by=at(duty.due, line, s)) if duty.due else ""
        said += s.say("{unit}：{task}{by}。", " {unit}:{task}{by}.", unit=s.unit(duty.unit), task=task, by=by)
    if x.lead:
        said += s.say("定由{u}主办。", " {u} is to lead.", u=s.unit(x.lead))
    return said


def track_changed(x: f.TrackChanged, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}变更办理方式：从“{was}”改为“{now}”。",
        "{who} changed the track from “{was}” to “{now}”.",
        who=who(line, s),
        was=s.word(x.was, "track") or s.say("未定", "none"),
        now=s.word(x.track, "track"),
    ) + s.words(line, x.reason, "reason", "原因：", "Reason: ")


# ------------------------------------------------------------------ handling


def progress_noted(x: f.ProgressNoted, line: Recorded, s: Speaker) -> str:
    seen = s.say("（诉求人可见）", " (the reporter sees it)") if x.visible_to_resident else ""
    unit = s.unit(x.unit)
    return s.say("{u}记录进展{seen}。", "{u} noted progress{seen}.", u=unit, seen=seen) + (
        s.words(line, x.text, "text")
    )


def evidence_attached(x: f.EvidenceAttached, line: Recorded, s: Speaker) -> str:
    taken = x.taken_at
    when = s.say("，拍摄于 {at}", ", taken at {at}", at=at(taken, line, s)) if taken else ""
    n = len(x.evidence)
    return s.say(
        "{who}上传 {n} 份佐证{when}。",
        "{who} attached {n} {files}{when}.",
        who=who(line, s),
        n=n,
        files="file" if n == 1 else "files",
        when=when,
    )


def extension_requested(x: f.ExtensionRequested, line: Recorded, s: Speaker) -> str:
    return (
        s.say(
            "{u}申请延期到 {until}（{days}）。在现行期限前没有批复就失效。",
            "{u} asked for time until {until} ({days}). Undecided by the deadline in force, it lapses.",
            u=s.unit(x.unit),
            until=at(x.until, line, s),
            days=s.amount(x.working_days, "working_days"),
        )
        + s.words(line, x.reason, "reason", "原因：", "Reason: ")
        + late(x.judged_at, line, s)
    )


def extension_granted(x: f.ExtensionGranted, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}同意延期：新期限 {until}。首次承诺仍保留，统计时两个期限都算。",
        "{who} granted more time: the deadline is now {until}. The first promise stays, and is counted too.",
        who=who(line, s),
        until=at(x.resolution.due, line, s),
    )


def extension_refused(x: f.ExtensionRefused, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}不同意延期，原期限不变。",
        "{who} refused more time; the deadline stands.",
        who=who(line, s),
    ) + s.words(line, x.reason, "reason", "原因：", "Reason: ")


def resolved(x: f.ResolutionReported, line: Recorded, s: Speaker) -> str:
    result = s.say("，结果“{r}”", ", result “{r}”", r=s.word(x.result, "result")) if x.result else ""
    said = s.say("{u}报告办结{result}。", "{u} reported it done{result}.", u=s.unit(x.unit), result=result)
    said += s.words(line, x.answer, "answer")
    return said + promised("follow_up", x.follow_up, line, s) + late(x.judged_at, line, s)
