"""The facts of a capture, each in one sentence."""

from domain.capture import facts as f
from domain.messages import Recorded
from projections.telling import at
from projections.words import Speaker

WHATS = {
    "follow-up": ("回访", "a follow-up"),
    "attempt": ("走访", "a visit"),
    "booking": ("约好的上门时间", "a slot that was agreed"),
    "care-visit": ("关爱探访", "a care visit"),
}


def sentence(line: Recorded, s: Speaker) -> str:
    """ "" for a fact of another kind."""
    who, fact = s.person(line.actor), line.fact
    match fact:
        case f.CaptureRecorded():
            return s.say(
                "{who}补传了离线记下的{what}（手机时间 {at}），已记入。",
                "{who} brought in {what}, noted without signal at {at} by the device; it is recorded.",
                who=who,
                what=s.say(*WHATS[fact.what]),
                at=at(fact.device_at, line, s),
            )
        case f.CaptureKept():
            return s.say(
                "{who}补传了离线记下的{what}（手机时间 {at}），没能记入，留待处理。",
                "{who} brought in {what}, noted without signal at {at} by the device; it could not be "
                "recorded and waits to be settled.",
                who=who,
                what=s.say(*WHATS[fact.what]),
                at=at(fact.device_at, line, s),
            )
        case f.CaptureSettled(how="recorded"):
            return s.say("{who}照着重新记了一次。", "{who} recorded it anew.", who=who)
        case f.CaptureSettled():
            return s.say("{who}处理了这条记录：不再记入。", "{who} settled it: it is dropped.", who=who)
    return ""
