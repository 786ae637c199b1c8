"""One sentence per fact of redemptions, stock and the supervision panel."""

from domain.messages import Recorded
from domain.points import facts as f
from projections.points.words import booked, item, people, person, signed, who, word
from projections.telling import at, because
from projections.words import Speaker

# ------------------------------------------------------------------ redemptions


def requested(x: f.RedemptionRequested, line: Recorded, s: Speaker) -> str:
    basket = s.say("、", ", ").join(
        s.say(
            "{item} {n} 份（{p} 分）",
            "{n} {item} ({p})",
            item=item(s, each.item),
            n=each.quantity,
            p=each.points,
        )
        for each in x.lines
    )
    said = s.say(
        "{who}订下{basket}，共 {n} 分。",
        "{who} ordered {basket}: {n} points.",
        who=who(line, s),
        basket=basket,
        n=x.total,
    )
    if x.proxy:
        said += s.say(
            "代{holder}兑换，有同意书。",
            " On behalf of {holder}, with his consent.",
            holder=person(s, x.holder),
        )
    if x.beneficiary and x.beneficiary != x.holder:
        said += s.say("受益人{who}。", " For {who}.", who=person(s, x.beneficiary))
    if x.expires_at is None:
        return said
    return said + s.say("保留到 {at}。", " Kept until {at}.", at=at(x.expires_at, line, s))


def fulfilled(x: f.RedemptionFulfilled, line: Recorded, s: Speaker) -> str:
    said = s.say("{who}办完兑换。", "{who} handed it over.", who=who(line, s))
    if x.partner:
        said += s.say("由{partner}提供。", " Served by {partner}.", partner=s.unit(x.partner))
    if x.delivery:
        said += s.say("有送达凭证。", " With proof of delivery.")
    return said


def cancelled(x: f.RedemptionCancelled, line: Recorded, s: Speaker) -> str:
    return s.say("兑换取消：{why}。", "The order was cancelled: {why}.", why=word(s, x.reason))


# ------------------------------------------------------------------ stock


def received(x: f.StockReceived, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}登记进货：{item} {n} 份。",
        "{who} received {n} {item}.",
        who=who(line, s),
        item=item(s, x.item),
        n=x.quantity,
    ) + reason(x.reason, s)


def corrected(x: f.StockCorrected, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}清点更正：{item} {n}。",
        "{who} counted, and corrected {item} by {n}.",
        who=who(line, s),
        item=item(s, x.item),
        n=signed(x.quantity),
    ) + reason(x.reason, s)


def reason(text: str, s: Speaker) -> str:
    return s.say("原因：{text}。", " Reason: {text}.", text=text.rstrip("。.")) if text.strip() else ""


def reserved(x: f.StockReserved, line: Recorded, s: Speaker) -> str:
    return s.say(
        "为兑换单留出{item} {n} 份。",
        "{n} {item} set aside for an order.",
        item=item(s, x.item),
        n=x.quantity,
    )


def stock_released(x: f.StockReleased, line: Recorded, s: Speaker) -> str:
    return s.say(
        "留出的{item} {n} 份放回。", "{n} {item} put back on the shelf.", item=item(s, x.item), n=x.quantity
    )


def issued(x: f.StockIssued, line: Recorded, s: Speaker) -> str:
    return s.say("发出{item} {n} 份。", "{n} {item} handed out.", item=item(s, x.item), n=x.quantity)


# ------------------------------------------------------------------ the panel


def appointed(x: f.PanelAppointed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{place}监督小组由{who}组成，{n} 人签字生效。",
        "The panel of {place} is {who}; {n} signatures make a review.",
        place=s.grid(x.place),
        who=people(s, x.members),
        n=x.quorum,
    )


def review_opened(x: f.ReviewOpened, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}开始核查 {month} 的台账：{n} 笔，发放 {c} 分，兑换 {r} 分，冲正 {v} 分；抽查 {k} 笔。",
        "{who} began to review {month}: {n} entries, {c} points credited, {r} redeemed, {v} reversed; {k} "
        "drawn for a closer look.",
        who=who(line, s),
        month=x.month,
        n=x.entries,
        c=x.credited,
        r=x.redeemed,
        v=x.reversed,
        k=len(x.sample),
    )


def finding_noted(x: f.FindingNoted, line: Recorded, s: Speaker) -> str:
    said = s.say(
        "{who}写下 {month} 的一条发现。",
        "{who} noted a finding on {month}.",
        who=who(line, s),
        month=x.month,
    )
    if x.entry:
        said += s.say("涉及{entry}。", " It concerns {entry}.", entry=booked(s, x.entry))
    return said + s.words(line, x.text, "text")


def review_signed(x: f.ReviewSigned, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{who}在 {month} 的核查上签字。",
        "{who} signed the review of {month}.",
        who=person(s, x.member),
        month=x.month,
    )


def ledger_reviewed(x: f.LedgerReviewed, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{month} 台账核查完毕，看到第 {p} 条，发现 {n} 项，签字：{who}。",
        "The review of {month} is done, up to position {p}, with {n} findings, signed by {who}.",
        month=x.month,
        p=x.position,
        n=len(x.findings),
        who=people(s, x.signed_by),
    )


def disclosed(x: f.DisclosurePublished, line: Recorded, s: Speaker) -> str:
    return s.say(
        "公示 {period} 兑换情况：{n} 单，{points} 分（不含姓名）。",
        "The redemptions of {period} were published: {n} orders, {points} points, without names.",
        period=x.half_year,
        n=x.redemptions,
        points=x.points,
    )


def ranking_frozen(x: f.RankingFrozen, line: Recorded, s: Speaker) -> str:
    return s.say(
        "{period} 积分排名定榜，{n} 名上榜，以第 {p} 条为准。",
        "The ranking of {period} is frozen as of position {p}: {n} placed.",
        period=x.period,
        n=len(x.ranked),
        p=x.position,
    )


def honour_granted(x: f.HonourGranted, line: Recorded, s: Speaker) -> str:
    return s.say(
        "授予 {account}“{title}”（{period}）。",
        "“{title}” was granted to {account} ({period}).",
        account=x.account,
        title=x.title,
        period=x.period,
    )


def honour_revoked(x: f.HonourRevoked, line: Recorded, s: Speaker) -> str:
    said = s.say("撤销荣誉 {honour}。", "The honour {honour} was revoked.", honour=x.honour)
    return said + because(line, x.reason, s)
