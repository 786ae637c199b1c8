"""The facts of patrols, sweeps and looks after a closing, each in one sentence."""

from collections.abc import Iterable

from domain.complaint.facts import Reading
from domain.messages import Recorded
from domain.patrols import facts as f
from projections.telling import Sentence, because, day, told, who
from projections.words import Speaker

KINDS = {
    "daily": ("日常巡查", "a daily patrol"),
    "joint": ("联合巡检", "a joint inspection"),
    "sweep": ("拉网式排查", "a sweeping patrol"),
}


def measured(readings: Iterable[Reading], s: Speaker) -> str:
    """What was read, and what of it is out of range; "" for nothing."""
    said = [
        s.reading(r.quantity, r.value, r.unit)
        + (s.say("（超出范围）", " (out of range)") if r.in_range is False else "")
        for r in readings
    ]
    if not said:
        return ""
    return s.say("测得{r}。", " Measured: {r}.", r=s.say("、", ", ").join(said))


def route_set(x: f.RouteSet, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}设定{grid}的巡查路线“{name}”（{kind}），共 {n} 个点位。",
        "{who} set the route “{name}” ({kind}) of {grid}, stops: {n}.",
        who=who(line, s),
        grid=s.grid(x.grid),
        name=x.name,
        kind=s.say(*KINDS[x.kind]),
        n=len(x.stops),
    )


def route_retired(x: f.RouteRetired, line: Recorded, s: Speaker) -> str:
    said = s.say("{who}停用了这条巡查路线。", "{who} retired the route.", who=who(line, s))
    return said + because(line, x.reason, s)


def recorded(x: f.PatrolRecorded, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}{day}在{grid}{kind}{route}，查看 {n} 个点位，用时 {m} 分钟",
        "{who} walked {kind}{route} in {grid} on {day}, stops looked at: {n}, {m} min",
        who=who(line, s),
        day=day(x.patrolled_on, line, s),
        grid=s.grid(x.grid),
        kind=s.say(*KINDS[x.kind]),
        route=s.say("（{r}）", " ({r})", r=x.name) if x.name else "",
        n=len(x.stops),
        m=x.minutes,
    )
    if x.units:
        said += s.say("，{u}参加", ", together with {u}", u=s.units(x.units))
    said += s.say("。", ".")
    if x.missed:
        said += s.say("未查看：{m}。", " Not looked at: {m}.", m=s.say("、", ", ").join(x.missed))
    said += measured([r for stop in x.stops for r in stop.readings], s)
    return said + s.words(line, x.note, "note", "记录：", "Note: ")


def hazard(x: f.HazardFound, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}发现隐患（{category}，{where}），已登记为诉求 {c}。",
        "{who} found a hazard ({category}, {where}); it is registered as {c}.",
        who=who(line, s),
        category=s.category(x.category),
        where=x.stop or s.grid(x.grid),
        c=x.complaint,
    )


def sweep_opened(x: f.SweepOpened, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}对“{category}”发起举一反三排查，涉及 {n} 个网格，{day}前完成{case}。",
        "{who} opened a sweep of the class “{category}” over {n} grids, to be done by {day}{case}.",
        who=who(line, s),
        category=s.category(x.category),
        n=len(x.grids),
        day=day(x.due_on, line, s),
        case=s.say("，由诉求 {c} 引出", ", from the case {c}", c=x.case) if x.case else "",
    )
    return said + s.words(line, x.what, "what", "查什么：", "What: ")


def grid_checked(x: f.SweepGridChecked, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}排查了{grid}：查看 {n} 处，发现隐患 {f} 件。",
        "{who} looked through {grid}: places {n}, hazards found {f}.",
        who=who(line, s),
        grid=s.grid(x.grid),
        n=x.looked_at,
        f=len(x.complaints),
    )
    return said + s.words(line, x.note, "note", "记录：", "Note: ")


def place_surveyed(x: f.PlaceSurveyed, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}登记{grid}的 {place}：{status}。",
        "{who} noted {place} of {grid}: {status}.",
        who=who(line, s),
        grid=s.grid(x.grid),
        place=x.place,
        status=x.status,
    )
    return said + s.words(line, x.note, "note", "说明：", "Note: ")


def sweep_overdue(x: f.SweepOverdue, line: Recorded, s: Speaker) -> str:
    return s.say(
        "到期仍有 {n} 个网格没有排查：{g}。",
        "When it was due, grids were not looked through ({n}): {g}.",
        n=len(x.grids),
        g=s.say("、", ", ").join(map(s.grid, x.grids)),
    )


def sweep_closed(x: f.SweepClosed, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}结束排查：查了 {c} 个网格、{n} 处，发现隐患 {f} 件，未查 {u} 个网格。",
        "{who} closed the sweep: grids looked through {c}, places {n}, hazards found {f}, grids left {u}.",
        who=who(line, s),
        c=len(x.checked),
        n=x.looked_at,
        f=x.found,
        u=len(x.unchecked),
    )
    return said + s.words(line, x.note, "note", "说明：", "Note: ")


def watch_set(x: f.RecurrenceWatchSet, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}设定防反弹复看，看到{until}为止，{first}起作最后一次复看{looker}。",
        "{who} set a watch until {until}; the last look is from {first} on{looker}.",
        who=who(line, s),
        until=day(x.until, line, s),
        first=day(x.look_from, line, s),
        looker=s.say("，由{p}负责", ", by {p}", p=s.names.people.get(x.looker, x.looker)) if x.looker else "",
    )
    return said + s.words(line, x.note, "note", "看什么：", "What for: ")


def looked(x: f.RecurrenceLooked, line: Recorded, s: Speaker) -> str:
    if x.result == "stayed_away":
        said = s.say("{who}复看：没有反弹。", "{who} looked: it stayed away.", who=who(line, s))
    elif x.reopened:
        said = s.say(
            "{who}复看：反弹了，原诉求返工。",
            "{who} looked: it came back, and the case is reopened.",
            who=who(line, s),
        )
    else:
        said = s.say(
            "{who}复看：反弹了，另行登记为诉求 {c}。",
            "{who} looked: it came back, and is registered as {c}.",
            who=who(line, s),
            c=x.complaint,
        )
    if x.late:
        said += s.say("（已过期限）", " (after the day set)")
    return said + measured(x.readings, s) + s.words(line, x.note, "note", "记录：", "Note: ")


def look_missed(x: f.RecurrenceLookMissed, line: Recorded, s: Speaker) -> str:
    return s.say("到期没有复看。", "Nobody looked by the day set.")


def watch_ended(x: f.RecurrenceWatchEnded, line: Recorded, s: Speaker) -> str:
    said = s.say("{who}停止复看。", "{who} gave the watch up.", who=who(line, s))
    return said + because(line, x.reason, s)


SENTENCES: dict[type, Sentence] = {
    f.RouteSet: route_set,
    f.RouteRetired: route_retired,
    f.PatrolRecorded: recorded,
    f.HazardFound: hazard,
    f.SweepOpened: sweep_opened,
    f.SweepGridChecked: grid_checked,
    f.PlaceSurveyed: place_surveyed,
    f.SweepOverdue: sweep_overdue,
    f.SweepClosed: sweep_closed,
    f.RecurrenceWatchSet: watch_set,
    f.RecurrenceLooked: looked,
    f.RecurrenceLookMissed: look_missed,
    f.RecurrenceWatchEnded: watch_ended,
}


def sentence(line: Recorded, speaker: Speaker) -> str:
    """Who did what. KeyError for a fact of another kind."""
    return told(SENTENCES, line, speaker)
