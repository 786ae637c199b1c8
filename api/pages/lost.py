"""What did not work, as a page: what happened, whether anything was recorded, and what to do now."""

from collections.abc import Mapping
from dataclasses import dataclass

READ, WROTE = "什么都没有改变。", "没有记录，什么都没有改变。"


@dataclass(frozen=True, slots=True)
class Says:
    """`safe` says whether anything was recorded; `again` is the word on the link that tries once more."""

    title: str
    safe: str
    again: str = ""


TITLES: Mapping[int, tuple[str, str]] = {
    401: ("请重新登录", "重新登录"),
    403: ("这一步不归您现在的身份做", ""),
    404: ("没有这一页，或者您看不到它", ""),
    405: ("这个地址不能这样打开", ""),
    409: ("这一步现在不能做", ""),
    412: ("别人刚刚改过", "看最新情况再决定"),
    413: ("太大了，收不下", ""),
    422: ("有地方看不懂", ""),
    429: ("来得太快了", "再试一次"),
    500: ("系统出错了", "再试一次"),
    503: ("现在用不了，请过一会儿再试", "再试一次"),
}
ON_THE_WAY = Says("刚提交的还在路上", "已经存好了，不用再提交；列表几秒后就会跟上。", "现在刷新")


def of(status: int, code: str, title: str, *, wrote: bool) -> Says:
    """In Chinese, as the pages' lines are; `title` is the document's own, for a status without words here."""
    if code == "views.behind":
        return ON_THE_WAY
    known, again = TITLES.get(status, (title, ""))
    return Says(known, WROTE if wrote else READ, again)
