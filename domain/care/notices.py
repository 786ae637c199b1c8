"""A notice to a segment of the households that are looked after (防寒提醒), and the proof it reached each."""

from domain.bounds import NAME, evidence, one_of, said, text
from domain.care.commands import DeliverNotice, SendNotice
from domain.care.facts import NoticeDelivered, NoticeSent
from domain.care.state import Active
from domain.refusals import Refused
from domain.scene import Scene

METHODS = ("in_person", "phone", "wechat", "paper")
AT_ONCE = 200
"""Households of one notice at most."""

TEXT = 500


def send(command: SendNotice, state: Active, scene: Scene) -> tuple[NoticeSent, ...]:
    plan = state.plan
    if any(notice == command.notice for notice, _ in plan.notices):
        return ()
    notice = text("notice", command.notice, NAME)
    return (NoticeSent(notice, plan.household, plan.grid, said(plan.subject, "text", command.text, TEXT)),)


def deliver(command: DeliverNotice, state: Active, scene: Scene) -> tuple[NoticeDelivered, ...]:
    plan, known = state.plan, dict(state.plan.notices)
    if command.notice not in known:
        raise Refused("care.no-such-notice", "the household was sent no such notice", notice=command.notice)
    if known[command.notice]:
        raise Refused("care.delivered-already", "it was delivered already", notice=command.notice)
    one_of("method", command.method, METHODS)
    proof = evidence("evidence", command.evidence)
    return (NoticeDelivered(command.notice, plan.household, plan.grid, command.method, proof),)
