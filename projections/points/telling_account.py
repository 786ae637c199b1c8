"""One sentence per fact of an account: what moved, why, and by which rule."""

from domain.messages import Recorded
from domain.points import facts as f
from projections.points.words import activity, booked, item, of_rule, person, signed, who, word
from projections.telling import at, because, day
from projections.words import Speaker


def opened(x: f.AccountOpened, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}为{holder}开户（{kind}），地点在{place}，信用分从 {score} 起。",
        "{who} opened an account for {holder} ({kind}) in {place}; the credit score starts at {score}.",
        who=who(line, s),
        holder=person(s, x.holder),
        kind=word(s, x.kind),
        place=s.grid(x.place),
        score=x.credit_score,
    )


def credited(x: f.PointsCredited, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{day}的“{deed}”记 {points} 分，按{book} {version}：{text}。",
        "{points} points for “{deed}” on {day}, by {book} {version}: {text}.",
        day=day(x.occurred_on, line, s),
        deed=activity(s, x.activity),
        points=x.points,
        book=s.say("积分规则", "tariff") if x.rule.book == "tariffs" else x.rule.book,
        version=x.rule.version,
        text=of_rule(s, x.rule),
    )
    if not x.settled:
        return said
    return said + s.say("其中 {n} 分先抵欠分。", " {n} of them settle what was owed.", n=x.settled)


def held(x: f.PointsHeld, line: Recorded, s: Speaker) -> str:
    said = s.say("冻结 {n} 分（{why}）。", "{n} points are held ({why}).", n=x.points, why=word(s, x.purpose))
    if x.asked > x.points:
        said += s.say(
            "应冻结 {asked} 分，可用的只有这些。",
            " {asked} should be; there are no more.",
            asked=x.asked,
        )
    if x.until is not None:
        said += s.say("保留到 {at}。", " Until {at}.", at=at(x.until, line, s))
    return said


def released(x: f.HoldReleased, line: Recorded, s: Speaker) -> str:
    return s.say(
        "解冻 {n} 分：{why}。", "{n} points are free again: {why}.", n=x.points, why=word(s, x.reason)
    )


def redeemed(x: f.PointsRedeemed, line: Recorded, s: Speaker) -> str:
    return s.say("兑换用去 {n} 分，由冻结中扣除。", "{n} points were spent, out of those held.", n=x.points)


def reversed(x: f.PointsReversed, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "冲正 {n} 分（{entry}保留）：冻结中扣 {held} 分，可用中扣 {free} 分。",
        "{n} points are reversed ({entry} stays): {held} of those held, {free} of those available.",
        n=x.points,
        entry=booked(s, x.reverses),
        held=x.from_held,
        free=x.from_available,
    )
    if x.owed:
        said += s.say("还欠 {n} 分，以后得分先抵。", " {n} are owed; later credits settle them.", n=x.owed)
    return said + because(line, x.reason, s)


def undone(x: f.ReversalUndone, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "申诉成立，{entry}的冲正撤回：还 {n} 分。",
        "The appeal was upheld and the reversal ({entry}) is itself reversed: {n} points come back.",
        entry=booked(s, x.undoes),
        n=x.points - x.owed,
    )
    if not x.owed:
        return said
    return said + s.say("欠的 {n} 分一笔勾销。", " {n} owed are struck off.", n=x.owed)


def expired(x: f.PointsExpired, line: Recorded, s: Speaker) -> str:
    return s.say("{n} 分过期，先到期的先扣。", "{n} points have lapsed, the oldest first.", n=x.points)


def transferred(x: f.CardTransferred, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "临时卡转{way} {n} 分，对方账户 {other}。",
        "{n} points of a temporary card went {way} {other}.",
        way=s.say("出", "on to") if x.points < 0 else s.say("入", "here from"),
        n=abs(x.points),
        other=x.other,
    )
    return said + because(line, x.reason, s)


def suspended(x: f.RedemptionSuspended, line: Recorded, s: Speaker) -> str:
    local = x.until.astimezone(s.zone)
    return s.say(
        "暂停兑换，{day}零点起恢复；期间照常得分。",
        "Ordering is suspended; it is possible again from {day} on. Earning goes on.",
        day=s.day(local.date(), line.occurred_at.astimezone(s.zone).year),
    )


def restored(x: f.RedemptionRestored, line: Recorded, s: Speaker) -> str:
    return s.say("兑换资格恢复。", "Ordering is possible again.")


def score_adjusted(x: f.CreditScoreAdjusted, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "信用分 {n}，现为 {after}。", "Credit score {n}, now {after}.", n=signed(x.change), after=x.after
    )
    if not x.undoes:
        return said
    return said + s.say("撤回{entry}。", " It takes back {entry}.", entry=booked(s, x.undoes))


def price_reached(x: f.PriceReached, line: Recorded, s: Speaker) -> str:
    return s.say(
        "可用 {n} 分，够换{item}（{price} 分）了。",
        "With {n} points available, {item} ({price}) can now be had.",
        n=x.balance,
        item=item(s, x.item),
        price=x.price,
    )
