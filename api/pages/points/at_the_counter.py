"""What staff do for somebody at the counter: open his account, file a claim for him, order, move a card
on."""

from collections.abc import Callable, Mapping
from typing import Any

from api import kinds
from api.pages.asked import WHEN, reason
from api.pages.forms import Field
from api.pages.points.window import Give, Window
from api.pages.points.words import KINDS
from api.points import accounts, claims, redemptions
from api.points import bodies as b
from engine.desk import Receipt
from projections.points.account import Account

ITEMS = 4
"""Rows of an order on one form."""

BUTTONS = {"claim": "替他申报", "order": "替他兑换", "transfer": "卡上积分转给下一户"}
TITLES = {"claim": "替持有人申报积分", "order": "在柜台兑换", "transfer": "把临时卡的积分转走"}
EXPLAINED = {
    "claim": "会写明是谁代报的；代报人不能自己核实。",
    "order": "积分先冻结、物品先留住，领走时才扣。替别人兑换要有本人同意的凭证。",
    "transfer": "全部转走，一分不留；两边的账上都有记录。",
}


class Filing(b.Filing):
    """`witness`: one, where the form asks for one."""

    witness: kinds.MaybeName = ""
    account: b.Id = "acct-"


class Ordering(b.Ordering):
    account: b.Id = "acct-"


def opening(window: Window) -> tuple[Field, ...]:
    kinds = [kind for kind in KINDS if kind != "staff" or window.role == "admin"]
    return (
        Field("holder", "持有人", required=True, hint="人员编号，或户号（hh- 开头）。"),
        Field(
            "kind", "哪一种账户", "choice", required=True, value="resident",
            options=tuple((kind, KINDS[kind]) for kind in kinds),
        ),
        Field("place", "属于哪个网格", "select", options=window.grid_options()),
        WHEN,
    )  # fmt: skip


def claim(window: Window, account: Account) -> tuple[Field, ...]:
    return (
        Field("activity", "做了什么", "select", options=window.activity_options(), required=True),
        Field("quantity", "几次（几小时、几件）", "number", required=True, value="1"),
        Field(
            "occurred_on", "哪天做的", "day", required=True, value=window.facing.today().isoformat(),
            hint="按做的那天的积分规则算。",
        ),
        Field("beneficiary", "帮的是谁", hint="人员编号或户号，没有就不填。"),
        Field("witness", "谁看见了", hint="人员编号，没有就不填。"),
        Field("evidence", "照片或凭证", "photos"),
        Field("note", "说明", "area", rows=3),
    )  # fmt: skip


def order(window: Window, account: Account) -> tuple[Field, ...]:
    catalogue = window.books.catalogue(window.engine.clock())
    goods = tuple(
        (item.item, window.say("{what}，{n} 分", what=window.item(item.item), n=item.price))
        for item in catalogue.items.values()
        if item.price is not None
    )
    rows: list[Field] = []
    for n in range(ITEMS):
        rows += (
            Field(
                f"items[{n}].item", window.say("第 {n} 样", n=n + 1), "select", options=goods, required=n == 0
            ),
            Field(f"items[{n}].quantity", window.say("第 {n} 样几份", n=n + 1), "number", hint=""),
        )
    return (
        *rows,
        Field("consent", "本人同意的凭证", "photos", hint="签字单或现场照片。"),
    )


def transfer(window: Window, account: Account) -> tuple[Field, ...]:
    return (Field("to", "转给哪个账户", required=True, hint="acct- 开头。"), reason(), WHEN)


QUESTIONS: Mapping[str, Callable[[Window, Account], tuple[Field, ...]]] = {
    "claim": claim, "order": order, "transfer": transfer,
}  # fmt: skip


def may(window: Window, account: Account) -> list[str]:
    """What the counter offers him; the domain says the rest."""
    if window.role not in ("gridworker", "dispatcher"):
        return []
    return ["claim", "order", *(["transfer"] if account.kind == "temporary" else [])]


class CounterOrder(Ordering):
    consent: kinds.Photos


def giving(window: Window, account: str, name: str) -> tuple[type[kinds.Command], str, Give]:
    """The body, the address the same command has in the api, and how it is given."""
    points = window.points

    async def file(ask: Any, body: Filing) -> Receipt:
        witnesses = [body.witness] if body.witness else []
        told = body.model_dump(exclude={"witness"}) | {"account": account, "witnesses": witnesses}
        return await claims.filed(ask, points, b.Filing.model_construct(**told))

    async def ask_for(ask: Any, body: CounterOrder) -> Receipt:
        proxy = b.Proxy(person=ask.actor.person, consent=body.consent[0]) if body.consent else None
        wanted = b.Ordering(account=account, items=body.items, proxy=proxy)
        return await redemptions.ordered(ask, points, wanted)

    async def move(ask: Any, body: b.Transfer) -> Receipt:
        return await accounts.transferred(ask, points, account, body)

    known: Mapping[str, tuple[type[kinds.Command], str, Give]] = {
        "claim": (Filing, "points/claims", file),
        "order": (CounterOrder, "points/redemptions", ask_for),
        "transfer": (b.Transfer, f"points/accounts/{account}/transfer", move),
    }
    return known[name]


PAGES = {"clm": "/points/claims/", "rdm": "/points/redemptions/", "acct": "/points/accounts/"}


def stream_then(account: str, receipt: Receipt) -> str:
    """What the receipt is about: the claim or the order it began, else the account."""
    begun = [stream for stream in receipt.versions if stream.partition("-")[0] in ("clm", "rdm")]
    return begun[0] if begun else account


def then(account: str, receipt: Receipt) -> str:
    stream = stream_then(account, receipt)
    return PAGES[stream.partition("-")[0]] + stream
