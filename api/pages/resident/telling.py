"""How a case does, in the words of whoever reported it: what happened, what comes next, until when."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from api.facing import SATISFACTION, STATES, Facing
from domain.rule_books import Books
from engine.engine import Engine
from projections.case import Case, micros

HEADS = {
    "received": "收到了，等着派给负责的单位", "dispatched": "已派给{lead}", "handling": "{lead}正在办",
    "resolved": "{lead}说办好了，等人来回访", "closed": "办完了", "unreached": "去过几次，没见到您",
    "rejected": "这件事没有受理", "withdrawn": "您撤回了这件事", "merged": "和另一件同样的事一起办",
}  # fmt: skip
NEXT = {
    "received": "社区最晚 {when} 前派给负责的单位。",
    "dispatched": "{lead}最晚 {when} 前要答应办，并和您联系。",
    "handling": "{lead}最晚 {when} 前要办完。",
    "resolved": "最晚 {when} 前有人来看，问您满不满意。您也可以现在就说。",
}  # fmt: skip
BY = {
    "received": "dispatch_by", "dispatched": "response_by", "handling": "resolve_by",
    "resolved": "follow_up_by",
}  # fmt: skip
LATE = "已经晚了 {span}。迟到会记下来，上级也看得到；您可以催一催。"
AGAIN = "{when} 前觉得没办好，还可以要求重新办。"
NO_MORE = "要求重新办的期限是 {when}，已经过了。又有了问题，请重新反映。"
AFTER = {
    "rejected": "不同意的话，可以打 12345，或到社区服务站问清楚。",
    "withdrawn": "要是又有了，请重新反映。",
    "merged": "那一件办完后，也会来问您。",
}  # fmt: skip


def told(facing: Facing, engine: Engine, case: Case, answer: Mapping[str, Any]) -> dict[str, Any]:
    """`answer` is the case as its reporter may see it (api/answers.py, api/tracking.py)."""
    state, lead = answer["state"], facing.unit(answer["lead"]) or facing.say("负责的单位")
    until = reopen_until(engine, case)
    return {
        "head": facing.say(HEADS[state], lead=lead),
        "category": facing.category(answer["category"]), "number": answer["number"],
        "state_name": facing.named(STATES, state),
        "registered": facing.when(answer["registered_at"]), "ring": ring(state), "state": state,
        "round": answer["round"], "late": bool(answer["overdue"]),
        "past": facing.say(NO_MORE, when=facing.when(until)) if 0 < until <= facing.now else "",
        "next": [
            *(answered(facing, case, answer) if state == "closed" else ()),
            *coming(facing, engine, case, answer, lead),
        ],
    }  # fmt: skip


def answered(facing: Facing, case: Case, answer: Mapping[str, Any]) -> list[str]:
    """What he said when he was asked, and by himself where that is something else: the last rating of a case
    is his, and of this round, where nobody else reported it and it went round once."""
    asked, own = (facing.named(SATISFACTION, each) for each in (answer["satisfaction"], case.rating))
    if len(case.own_reporters) > 1 or answer["round"] > 1:
        own = ""
    if asked and own and own != asked:
        return [facing.say("您自己评价：{own}。回访时您说：{asked}。", own=own, asked=asked)]
    return [facing.say("您说：{word}。", word=own or asked)] if own or asked else []


def ring(state: str) -> str:
    return "ended" if state in ("rejected", "withdrawn", "merged") else state


def coming(facing: Facing, engine: Engine, case: Case, answer: Mapping[str, Any], lead: str) -> list[str]:
    """The next step and its deadline; what one can still do."""
    state, found = answer["state"], []
    due = answer.get(BY.get(state, ""))
    if due:
        late = facing.now - micros(facing.local(due))
        if late > 0:
            found.append(facing.say(LATE, span=facing.span(late)))
        else:
            found.append(facing.say(NEXT[state], lead=lead, when=facing.when(due)))
    if state in ("closed", "unreached") and (until := reopen_until(engine, case)) > facing.now:
        found.append(facing.say(AGAIN, when=facing.when(until)))
    if state in AFTER:
        found.append(facing.say(AFTER[state]))
    return found


def reopen_until(engine: Engine, case: Case) -> int:
    """Until when its reporter may have it handled again; microseconds, 0 where it is not over."""
    within: timedelta = books(engine).settings(engine.clock()).reopen_within
    return case.closed_at + within // timedelta(microseconds=1) if case.closed_at else 0


def promises(facing: Facing, engine: Engine, category: str) -> list[str]:
    """What is promised for a case of this class, by the rules in force: dispatch, handling, follow-up."""
    now = engine.clock()
    found, rules = books(engine).categories(now).of(category), books(engine).deadlines(now)
    lines = [
        rules.limit(clock, found, "normal", found.track) for clock in ("dispatch", "resolution", "follow_up")
    ]
    return [line.en if facing.lang == "en" else line.zh for line in lines]


def books(engine: Engine) -> Books:
    return engine.desk.stage().books
