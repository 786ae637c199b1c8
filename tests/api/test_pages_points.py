"""The pages of the points: what they show, what they refuse, and that looking records nothing."""

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.api.points.conftest import COMMUNITY, MINE, Desk, clock, desk
from tests.api.test_pages import Reader

__all__ = ["clock", "desk"]

HTML = {"Accept": "text/html"}


def page(desk: Desk, path: str, who: str = "panel") -> Any:
    answer = desk.get(path, who, headers=HTML, follow_redirects=False)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[-300:])
    return answer


def give(desk: Desk, path: str, form: dict[str, Any], who: str = "panel") -> Any:
    return desk.call("POST", path, who, data=form, headers=HTML, follow_redirects=False)


def told(desk: Desk, answer: Any, who: str = "panel") -> str:
    """The page a form leads to."""
    assert answer.status_code == 303, answer.text[-600:]
    return str(page(desk, answer.headers["location"], who).text)


@pytest.fixture
def spring(desk: Desk) -> Desk:
    """March: a claim of three trips that was credited, an order, a list; then April."""
    desk.until("2025-03-10")
    desk.credited("shopping-for-elder", 3)
    desk.ordered(("detergent", 1))
    listed = {"activity": "health-lecture", "occurred_on": desk.today, "place": f"{COMMUNITY}/grid-01"}
    desk.done("points/attendance", listed, "gridworker")
    desk.until("2025-04-02")
    desk.caught_up()
    return desk


def first(desk: Desk, list: str, who: str = "gridworker") -> str:
    desk.engine.catch_up()
    return str(desk.get(f"points/{list}", who).json()["items"][0]["id"])


@pytest.mark.full
def test_no_link_of_the_points_leads_nowhere_and_looking_records_nothing(spring: Desk):
    head = spring.engine.log.head()
    for who in ("panel", "gridworker", "admin"):
        seen: set[str] = set()
        waiting = ["/points", "/points?lang=en"]
        while waiting and len(seen) < 120:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            answer = spring.get(path, who, headers=HTML)
            assert answer.status_code == 200, (who, path, answer.text[-400:])
            if "text/html" in answer.headers["content-type"]:
                html = Reader(answer.text)
                assert html.tags.count("h1") == 1 and not html.inline, path
                assert len(html.ids) == len(set(html.ids)), path
                waiting += [link for link in html.links if link.startswith("/points")]
        assert {"/points/claims", "/points/accounts", "/points/stock", "/points/reviews"} <= {
            path.partition("?")[0] for path in seen
        }
    assert spring.engine.log.head() == head


def test_the_queue_counts_by_state_and_stands_as_a_file_too(spring: Desk):
    html = page(spring, "/points/claims?state=credited").text
    assert "已入账的积分申报：1 件" in html and "帮独居老人买菜 3 次" in html
    assert "这里没有申报" in page(spring, "/points/claims?state=disputed").text
    file = page(spring, "/points/claims.csv?state=credited")
    assert file.headers["content-type"].startswith("text/csv") and MINE in file.text
    assert spring.get("/points/claims?cursor=x", "panel", headers=HTML).status_code == 422


def test_a_false_claim_from_dispute_to_ruling_step_by_step(spring: Desk):
    claim = first(spring, "claims")
    at = f"/points/claims/{claim}/do"
    said = told(spring, give(spring, f"{at}/dispute", {"grounds": "邻居说只有一次"}))
    assert "提出异议" in said and "争议中" in said
    heard = {"witness": "hh-0042", "text": "我只见过一次", "proven_quantity": "1"}
    assert "我只见过一次" in told(spring, give(spring, f"{at}/statement", heard, "panel2"), "panel2")
    assert "回避" in told(spring, give(spring, f"{at}/recuse", {"reason": "亲戚"}, "panel3"), "panel3")
    minute = {"proven_quantity": "1", "reasons": "只有一张小票", "votes.panel2": "agree"}
    head = spring.engine.log.head()
    foreseen = give(spring, f"{at}/rule", minute | {"preview": "1"})
    assert foreseen.status_code == 200 and "还没有记录任何东西" in foreseen.text
    assert "−10" in foreseen.text and spring.engine.log.head() == head
    ruled = told(spring, give(spring, f"{at}/rule", minute))
    assert "申报 3 次，认定 1 次" in ruled and "冲正 10 分" in ruled and "认定为虚报" in ruled
    assert "只有一张小票" in ruled and "第 1 步" not in ruled
    before = page(spring, f"/points/claims/{claim}?step=1").text
    assert "只有一张小票" not in before and "之后的事在这一页上还没有发生" in before
    every = page(spring, f"/points/claims/{claim}?all=true").text
    assert every.count("audit/proofs/inclusion") >= 8
    assert "2025年10月2日" in page(spring, f"/points/accounts/{MINE}").text or "10月2日" in every
    assert spring.get(f"/points/claims/{claim}?step=99", "panel", headers=HTML).status_code == 404


def test_a_refusal_stands_above_the_form_with_its_rule(spring: Desk):
    claim = first(spring, "claims")
    give(spring, f"/points/claims/{claim}/do/dispute", {"grounds": "不实"})
    alone = give(spring, f"/points/claims/{claim}/do/rule", {"proven_quantity": "1", "reasons": "x"})
    assert alone.status_code == 422 and "claim.no-majority" in alone.text and ">x</textarea>" in alone.text
    empty = give(spring, f"/points/claims/{claim}/do/rule", {})
    assert empty.status_code == 422 and "请填写：认定几次" in empty.text
    early = page(spring, f"/points/claims/{claim}/do/appeal", "gridworker").text
    assert "现在不能做" in early and "claim.state" in early
    assert spring.get(f"/points/claims/{claim}/do/nothing", "panel", headers=HTML).status_code == 404


def test_another_tariff_is_shown_beside_and_never_written(spring: Desk):
    head = spring.engine.log.head()
    claim = first(spring, "claims")
    assert "按 2025-0" in page(spring, f"/points/claims/{claim}?tariff=2025-0").text
    assert "一分不差" in page(spring, f"/points/accounts/{MINE}/under?tariff=2025-0").text
    unknown = spring.get(f"/points/accounts/{MINE}/under?tariff=1999", "panel", headers=HTML)
    assert (unknown.status_code, "tariff.unknown" in unknown.text) == (422, True)
    assert spring.engine.log.head() == head


def test_a_statement_adds_up(spring: Desk):
    html = page(spring, f"/points/accounts/{MINE}/statement?month=2025-03").text
    assert "分毫不差" in html and re.search(r"月末</span><b>15 分", html)
    file = page(spring, f"/points/accounts/{MINE}/statement.csv?month=2025-03").text
    assert "shopping-for-elder" in file
    assert spring.get(f"/points/accounts/{MINE}/statement", "elsewhere", headers=HTML).status_code == 404


def test_the_counter_opens_files_orders_and_hands_out(spring: Desk):
    opening = {"holder": "hh-0077", "kind": "household"}
    assert "hh-0077" in told(
        spring, give(spring, "/points/accounts/new", opening, "gridworker"), "gridworker"
    )
    deed = {"activity": "patrol", "quantity": "1", "occurred_on": "2025-04-02"}
    filed = give(spring, "/points/accounts/acct-hh-0077/do/claim", deed, "gridworker")
    assert "代" in told(spring, filed, "gridworker") and "/points/claims/clm-" in filed.headers["location"]
    order = first(spring, "redemptions")
    done = told(
        spring, give(spring, f"/points/redemptions/{order}/do/fulfil", {}, "gridworker"), "gridworker"
    )
    assert "已兑付" in done
    again = page(spring, f"/points/redemptions/{order}/do/cancel", "gridworker").text
    assert "现在不能做" in again and "redemption.state" in again
    spring.caught_up()
    assert "洗衣液" in page(spring, "/points/settlement?month=2025-04").text


def test_a_list_is_kept_by_one_and_confirmed_by_another(spring: Desk):
    listed = first(spring, "attendance")
    at = f"/points/attendance/{listed}/do"
    noted = told(spring, give(spring, f"{at}/present", {"accounts": MINE}, "gridworker"), "gridworker")
    assert "1 人到场" in noted
    himself = page(spring, f"{at}/confirm", "gridworker").text
    assert "attendance.confirmed-by-party" in himself
    assert "已核对" in told(spring, give(spring, f"{at}/confirm", {}, "gridworker2"), "gridworker2")


def test_shelves_are_counted_and_the_month_is_reviewed_and_signed(spring: Desk):
    came = {"item": "flour", "quantity": "5", "reason": "捐赠"}
    assert "55" in told(spring, give(spring, "/points/stock/receive", came, "gridworker"), "gridworker")
    opened = give(spring, "/points/reviews", {"month": "2025-03"})
    assert "认准检查点" in told(spring, opened)
    at = "/points/reviews/2025-03"
    assert "分毫不差" in page(spring, f"{at}?step=3").text
    short = {"counts.flour": "54", "counts.salt": "50", "reason": "破损一袋"}
    told(spring, give(spring, f"{at}/do/count", short))
    assert spring.shelf("flour")["on_hand"] == 54
    assert "第 1 笔缺照片" in told(spring, give(spring, f"{at}/do/finding", {"text": "第 1 笔缺照片"}))
    assert "您已经签过字" in told(spring, give(spring, f"{at}/do/sign", {}))
    assert "签字齐了" in told(spring, give(spring, f"{at}/do/sign", {}, "panel2"), "panel2")
    late = give(spring, f"{at}/do/finding", {"text": "晚了"})
    assert late.status_code == 422 and "panel.reviewed-already" in late.text
    assert spring.get(f"{at}?step=9", "panel", headers=HTML).status_code == 422


def test_a_ranking_is_frozen_honoured_and_the_half_year_made_public(spring: Desk):
    give(spring, "/points/rankings/do/freeze?period=2025-03", {"period": "2025-03"})
    spring.caught_up()
    assert "已定下" in page(spring, "/points/rankings?period=2025-03").text
    honour = {"period": "2025-03", "account": MINE}
    assert "社区之星" in told(spring, give(spring, "/points/rankings/do/grant?period=2025-03", honour))
    poster = page(spring, "/points/rankings?period=2025-03", "resident").text
    poster = poster.partition("</header>")[2]  # in the header stands his own name
    assert "/points/accounts/" not in poster and "沈秋禾" not in poster
    early = give(spring, "/points/disclosures/new", {"half_year": "2025-H1"})
    assert early.status_code == 422 and "panel.period-running" in early.text
    spring.until("2025-07-01")
    assert "2025年上半年" in told(spring, give(spring, "/points/disclosures/new", {"half_year": "2025-H1"}))
    public = spring.get("/points/disclosures/2025-H1", "", headers=HTML)
    assert public.status_code == 200 and "acct-" not in public.text


def test_nobody_sees_the_points_of_another_place(spring: Desk):
    claim = first(spring, "claims")
    for path in (f"/points/claims/{claim}", f"/points/accounts/{MINE}"):
        assert spring.get(path, "elsewhere", headers=HTML).status_code == 404
    assert claim not in page(spring, "/points/claims", "elsewhere").text
    assert spring.get("/points/claims", "resident", headers=HTML).status_code == 403
    stranger = spring.get("/points", "", headers=HTML, follow_redirects=False)
    assert stranger.status_code == 303 and stranger.headers["location"].startswith("/login")


def test_an_order_by_proxy_goes_through_on_the_pages_with_its_photographs(spring: Desk):
    kept = BytesIO()
    Image.new("RGB", (40, 30), (90, 120, 40)).save(kept, "JPEG")
    photo = ("x.jpg", kept.getvalue(), "image/jpeg")

    def sent(path: str, form: dict[str, Any], **photos: Any) -> Any:
        options = {"data": form, "files": photos, "headers": HTML, "follow_redirects": False}
        return spring.call("POST", path, "gridworker", **options)

    basket = {"items[0].item": "detergent", "items[0].quantity": "1", "key": "1" * 32}
    ordered = sent(f"/points/accounts/{MINE}/do/order", basket, consent=photo)
    assert ordered.status_code == 303, ordered.text
    order = first(spring, "redemptions")
    path = f"/points/redemptions/{order}/do/fulfil"
    empty = give(spring, path, {}, "gridworker")
    assert empty.status_code == 422 and "请附上照片：交到本人手里的凭证" in empty.text
    handed = sent(path, {"key": "2" * 32}, proof=photo)
    assert handed.status_code == 303, handed.text
    assert "已兑付" in page(spring, handed.headers["location"], "gridworker").text
