"""The residents' pages over HTTP: a report without an account, a code that speaks, points, the counter; and
what strangers try."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.api.conftest import GRID, Office
from tests.api.test_pages import Reader

REPORT = {
    "category": "property", "text": "单元门禁失灵，晚上关不上，谁都能进来", "place.grid": GRID,
    "place.address": "柳园 5 号楼 3 单元",
}  # fmt: skip
PAGE = {"accept": "text/html"}


def key(n: int) -> str:
    return f"{n:032x}"


def sent(office: Office, path: str, form: dict[str, Any], who: str = "", **options: Any) -> Any:
    return office.call("POST", path, who, data=form, headers=PAGE, follow_redirects=False, **options)


def looked(office: Office, path: str, who: str = "") -> Any:
    return office.get(path, who, headers=PAGE)


def code_of(office: Office, n: int = 1, **fields: str) -> str:
    """The tracking code of a new report by nobody in particular."""
    answer = sent(office, "/report", REPORT | {"key": key(n), "looked": "1"} | fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).rpartition("/")[2]


def newest(office: Office) -> dict[str, Any]:
    office.caught_up()
    found: dict[str, Any] = office.get("complaints?limit=1").json()["items"][0]
    return found


def head(page: Any) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page.text, re.S)
    return found[1] if found else ""


def picture() -> dict[str, Any]:
    kept = BytesIO()
    Image.new("RGB", (40, 30), (200, 120, 40)).save(kept, "JPEG")
    return {"photos": ("门.jpg", kept.getvalue(), "image/jpeg")}


# ------------------------------------------------------------------ report and follow


def test_anybody_reports_and_follows_with_a_code(office: Office):
    code = code_of(office)
    case = newest(office)
    assert (case["channel"], case["text"]) == ("web", REPORT["text"])
    slip = looked(office, f"/report/{code}")
    assert code in slip.text and case["number"] in slip.text and 'class="qr"' in slip.text
    page = looked(office, f"/track/{code}")
    assert head(page) == "收到了，等着派给负责的单位"
    assert REPORT["text"] not in page.text and REPORT["place.address"] not in page.text
    typed = sent(office, "/track", {"code": code.lower().replace("-", " ")})
    assert typed.headers["location"] == f"/track/{code}"


def test_dissatisfied_with_a_code_reopens_it_once(office: Office):
    code = code_of(office)
    case = newest(office)["id"]
    office.handled(case)
    form = {"do": "rate", "satisfaction": "dissatisfied", "text": "门还是关不上", "key": key(7)}
    assert sent(office, f"/track/{code}", form).status_code == 303
    assert sent(office, f"/track/{code}", form).status_code == 303
    found = office.get(f"complaints/{case}").json()
    assert (found["state"], found["round"]) == ("received", 2)
    assert "第 2 轮" in looked(office, f"/track/{code}").text


def test_a_rating_past_its_time_promises_no_further_round(office: Office):
    code = code_of(office)
    case = newest(office)["id"]
    office.handled(case)
    asked = {"method": "phone", "satisfaction": "satisfied", "solved": "yes"}
    office.case(case, "follow-up", asked | {"visited_at": office.clock.now.isoformat()}, "gridworker")
    soon = looked(office, f"/track/{code}").text
    assert "不满意，重新办" in soon and "还可以要求重新办" in soon
    office.clock.now += timedelta(days=11)
    late = looked(office, f"/track/{code}").text
    assert "重新办</label>" not in late and "期限是" in late and "请重新反映" in late
    form = {"do": "rate", "satisfaction": "dissatisfied", "key": key(8)}
    assert sent(office, f"/track/{code}", form).status_code == 303
    assert office.get(f"complaints/{case}").json()["state"] == "closed"
    assert "您自己评价：不满意。回访时您说：满意。" in looked(office, f"/track/{code}").text


def test_a_word_that_is_not_possible_now_is_answered_with_its_rule(office: Office):
    code = code_of(office)
    assert "complaint.state" in looked(office, f"/track/{code}?do=rate").text
    answer = sent(office, f"/track/{code}", {"do": "rate", "satisfaction": "satisfied", "key": key(2)})
    assert answer.status_code == 409 and "没有记录，什么都没有改变" in answer.text


def test_a_form_sent_twice_is_one_case_and_a_photograph_comes_with_it(office: Office):
    codes = {
        sent(office, "/report", REPORT | {"key": key(1), "looked": "1"}, files=picture()).headers["location"]
        for _ in range(2)
    }
    assert len(codes) == 1
    case = newest(office)
    lines = office.get(f"complaints/{case['id']}/history").json()["items"]
    kept = [line["evidence"] for line in lines if line["evidence"]]
    assert len(kept) == 1 and office.get(f"evidence/{kept[0][0]}").status_code == 200
    assert office.get(f"evidence/{kept[0][0]}", "elsewhere").status_code == 404


def test_who_brought_a_photograph_with_a_report_has_handled_nothing(office: Office):
    """A grid member who registers with a photograph still follows up."""
    body = {"photos": [office.photo()], "channel": "patrol"}
    case = office.registered("gridworker", **body)
    office.handled(case)
    office.case(case, "follow-up", office.visit(), "gridworker")


def test_a_number_makes_it_the_case_of_whoever_has_it(office: Office):
    code_of(office, 1, **{"reporter.phone": "138 0000 0001"})
    mine = newest(office)["reporter"]["id"]
    code_of(office, 2, **{"reporter.phone": "13800000001"})
    assert newest(office)["reporter"]["id"] == mine
    code_of(office, 3)
    assert newest(office)["reporter"]["id"] != mine


def test_a_resident_who_is_signed_in_finds_it_among_his_cases(office: Office):
    answer = sent(office, "/report", REPORT | {"key": key(1), "looked": "1"}, "resident")
    assert answer.status_code == 303
    case = newest(office)
    page = looked(office, "/my/cases", "resident")
    assert case["number"] in page.text
    own = looked(office, f"/my/cases/{case['id']}", "resident")
    assert REPORT["text"] in own.text
    answer = sent(office, f"/my/cases/{case['id']}", {"do": "withdraw", "reason": "好了"}, "resident")
    assert "您撤回了这件事" in looked(office, answer.headers["location"], "resident").text
    assert looked(office, f"/my/cases/{case['id']}", "gridworker2").status_code == 403


# ------------------------------------------------------------------ what may be the same


def test_what_may_be_the_same_shows_no_words_and_no_address(office: Office):
    office.registered(text="单元门禁失灵，晚上关不上，谁都能进来，住着两位老人")
    office.caught_up()
    page = sent(office, "/report", REPORT | {"key": key(1)})
    assert page.status_code == 200 and "我也是这个问题" in page.text
    assert "两位老人" not in page.text and office.get("complaints?total=true").json()["total"] == 1
    token = re.search(r'name="join" value="([^"]+)"', page.text)
    assert token is not None
    form = REPORT | {"key": key(1), "join": token[1]}
    assert "办完以后才能问您" in sent(office, "/report", form).text
    for _ in range(2):
        answer = sent(office, "/report", form | {"reporter.phone": "13900000009"})
        assert answer.headers["location"] == "/report/joined"
    again = sent(office, "/report", form | {"key": key(2), "reporter.phone": "139 0000 0009"})
    assert again.status_code == 409 and "support.already" in again.text
    assert len(office.get(f"complaints/{newest(office)['id']}").json()["reporters"]) == 2
    forged = REPORT | {"key": key(3), "join": newest(office)["id"] + ".0", "reporter.phone": "13900000008"}
    assert sent(office, "/report", forged).status_code == 200
    assert len(office.get(f"complaints/{newest(office)['id']}").json()["reporters"]) == 2


def test_a_quarrel_is_offered_to_nobody(office: Office):
    office.registered(category="dispute", text=REPORT["text"])
    office.caught_up()
    assert sent(office, "/report", REPORT | {"category": "dispute", "key": key(1)}).status_code == 303


# ------------------------------------------------------------------ strangers


def test_guessing_codes_is_slow(office: Office):
    answers = [looked(office, f"/track/AAAAA-BBBBB-{n:05}").status_code for n in range(100)]
    assert answers[0] == 404 and answers[-1] == 429 and 50 <= answers.count(404) <= 70
    assert office.http.get("/track/AAAAA-BBBBB-CCCCC", headers=PAGE).headers["retry-after"]


def test_reports_of_one_address_are_few(office: Office):
    answers = [
        sent(office, "/report", REPORT | {"key": key(n), "looked": "1"}).status_code for n in range(30)
    ]
    assert set(answers) == {303, 429} and answers.count(303) <= 22


@pytest.mark.parametrize(
    "fields",
    [
        {"text": ""}, {"text": "长" * 5000}, {"category": "no-such"}, {"place.grid": "demo/../.."},
        {"reporter.phone": "<script>"}, {"place.address": "x" * 400},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_and_nothing_is_recorded(office: Office, fields: dict[str, str]):
    before = office.engine.log.head()
    answer = sent(office, "/report", REPORT | {"key": key(1), "looked": "1"} | fields)
    assert answer.status_code == 422 and office.engine.log.head() == before
    assert "<script>" not in answer.text and Reader(answer.text).inline == 0


def test_a_script_in_words_is_words(office: Office):
    sent(
        office,
        "/report",
        REPORT | {"key": key(1), "looked": "1", "text": "<script>alert(1)</script>"},
        "resident",
    )
    case = newest(office)["id"]
    page = looked(office, f"/my/cases/{case}", "resident")
    assert "&lt;script&gt;" in page.text and Reader(page.text).inline == 0


def test_a_receipt_is_judged_without_signing_in(office: Office):
    office.registered()
    receipt = office.get("audit/proofs/inclusion?position=1").text
    good = sent(office, "/receipts/check", {"receipt": receipt.replace("\n", "\r\n")})
    assert head(good) == "是真的，一个字都没有改过"
    bad = sent(office, "/receipts/check", {"receipt": receipt.replace("index 0", "index 1")})
    assert head(bad) == "对不上，不要相信这张收据"


# ------------------------------------------------------------------ points


def with_points(office: Office, points: int = 15) -> None:
    """An account with what a mediation earns, verified by another."""
    office.done("points/accounts", {"holder": "resident", "kind": "resident"}, "gridworker")
    if points:
        body = {
            "account": "acct-resident", "activity": "mediation", "quantity": 1,
            "occurred_on": f"{office.clock.now:%Y-%m-%d}",
        }  # fmt: skip
        claim = office.done("points/claims", body, "resident")["id"]
        office.done(f"points/claims/{claim}/verify", {}, "gridworker")
    office.caught_up()


def test_without_an_account_one_is_told_how_to_get_one(office: Office):
    for path in ("/my/points", "/my/points/statement", "/my/points/claim", "/my/points/redeem"):
        assert head(looked(office, path, "resident")) == "您还没有积分账户"


def test_a_deed_is_claimed_and_its_worth_said_before(office: Office):
    with_points(office, 0)
    form = {
        "account": "acct-resident", "activity": "mediation", "quantity": "1", "key": key(1),
        "occurred_on": f"{office.clock.now:%Y-%m-%d}", "witnesses": ["hh-0007", ""],
    }  # fmt: skip
    before = office.engine.log.head()
    page = sent(office, "/my/points/claim", form | {"preview": "1"}, "resident")
    assert "15 分" in page.text and office.engine.log.head() == before
    answer = sent(office, "/my/points/claim", form, "resident")
    page = looked(office, answer.headers["location"], "resident")
    assert "等别人核实" in page.text
    claim = answer.headers["location"].partition("?")[0].rpartition("/")[2]
    assert office.get(f"points/claims/{claim}").json()["witnesses"] == ["hh-0007"]
    theirs = sent(
        office, "/my/points/claim", form | {"account": "acct-gridworker2", "key": key(2)}, "resident"
    )
    assert theirs.status_code == 404


def test_points_buy_what_is_there_and_an_order_is_cancelled(office: Office):
    with_points(office)
    office.done("points/stock/receipts", {"item": "salt", "quantity": 5, "reason": "捐赠"}, "gridworker")
    assert head(looked(office, "/my/points", "resident")) == "您有 15 分可以用"
    assert "篮子是空的" in sent(office, "/my/points/redeem", {"key": key(1)}, "resident").text
    many = sent(office, "/my/points/redeem", {"n.salt": "900", "key": key(2)}, "resident")
    assert many.status_code == 409 and "没有记录" in many.text
    answer = sent(office, "/my/points/redeem", {"n.salt": "2", "key": key(3)}, "resident")
    where = answer.headers["location"]
    assert "东西给您留着" in looked(office, where, "resident").text
    assert head(looked(office, "/my/points", "resident")) == "您有 5 分可以用"
    order = where.partition("?")[0]
    assert sent(office, order, {"key": key(4)}, "resident").status_code == 303
    assert "已经取消" in looked(office, order, "resident").text
    statement = looked(office, "/my/points/statement", "resident")
    assert "15 分" in statement.text and "加起来对不上" not in statement.text


# ------------------------------------------------------------------ the counter


def test_the_counter_finds_by_number_and_shows_none(office: Office):
    with_points(office)
    office.registered(reporter={"name": "王小明", "phone": "13800000001"})
    office.caught_up()
    page = sent(office, "/counter", {"phone": "13800000001"}, "gridworker")
    assert page.status_code == 303
    hub = looked(office, page.headers["location"], "gridworker")
    assert hub.status_code == 200 and "13800000001" not in hub.text and "门禁" not in hub.text
    wrong = sent(office, "/counter", {"phone": "13911112222"}, "gridworker")
    assert wrong.status_code == 422 and "13911112222" not in wrong.text
    assert sent(office, "/counter", {"account": "acct-resident"}, "dispatcher").status_code == 303
    assert looked(office, "/counter/with/resident", "elsewhere").status_code == 404
    assert looked(office, "/counter", "resident").status_code == 403
    after = sent(office, "/counter/next", {}, "gridworker")
    assert "cache" in after.headers["clear-site-data"]


def test_what_is_done_at_the_counter_is_visibly_done_for_somebody(office: Office):
    with_points(office)
    office.done("points/stock/receipts", {"item": "salt", "quantity": 5, "reason": "捐赠"}, "gridworker")
    answer = sent(office, "/counter/report?person=resident", REPORT | {"key": key(1)}, "gridworker")
    case = newest(office)
    assert case["channel"] == "counter" and case["reporter"]["id"] == "resident"
    slip = looked(office, answer.headers["location"], "gridworker")
    assert case["number"] in slip.text
    assert office.engine.vault.tracking_code(case["id"]) not in slip.text
    claim = {
        "account": "acct-gridworker", "activity": "mediation", "quantity": "1", "key": key(2),
        "occurred_on": f"{office.clock.now:%Y-%m-%d}",
    }  # fmt: skip
    answer = sent(office, "/counter/with/resident/claim", claim, "gridworker")
    filed = office.get("points/claims?state=filed&account=acct-resident").json()["items"][0]
    assert filed["on_behalf"] and filed["filed_by"] == "gridworker"
    assert looked(office, answer.headers["location"], "gridworker").status_code == 200
    basket = {"n.salt": "1", "key": key(3)}
    page = sent(office, "/counter/with/resident/redeem", basket, "gridworker")
    assert page.status_code == 422 and "请附上照片：本人同意的凭证" in page.text
    consent = {"consent": picture()["photos"]}
    answer = sent(office, "/counter/with/resident/redeem", basket, "gridworker", files=consent)
    assert answer.status_code == 303, answer.text
    order = office.get("points/redemptions?account=acct-resident").json()["items"][0]
    assert order["proxy"] == "gridworker" and len(order["consent"]) == 64


# ------------------------------------------------------------------ every page


def test_large_type_is_kept_or_given_up(office: Office):
    assert 'data-size="large"' in looked(office, "/report").text
    office.http.get("/report?size=normal", headers=PAGE)
    assert "data-size" not in office.http.get("/track", headers=PAGE).text


def test_looking_records_nothing_and_no_link_is_dead(office: Office):
    with_points(office)
    code = code_of(office)
    office.caught_up()
    before = office.engine.log.head()
    open_pages = (
        "/report",
        f"/report/{code}",
        "/report/joined",
        "/track",
        f"/track/{code}",
        "/receipts/check",
    )
    own = ("/my/cases", "/my/points", "/my/points/statement", "/my/points/claim", "/my/points/redeem")
    counter = ("/counter", "/counter/report", "/counter/with/resident", "/counter/with/resident/claim")
    for who, paths in (("", open_pages), ("resident", own), ("gridworker", counter)):
        for path in paths:
            for lang in ("zh", "en"):
                page = office.get(path, who, params={"lang": lang}, headers=PAGE)
                assert page.status_code == 200, path
                read = Reader(page.text)
                assert (
                    read.inline == 0 and read.tags.count("h1") == 1 and len(set(read.ids)) == len(read.ids)
                ), path
                for link in {link.partition("#")[0] for link in read.links if link.startswith("/")}:
                    if link.startswith("/my/") and who != "resident":
                        continue
                    assert office.get(link, who, headers=PAGE).status_code in (200, 429), (path, link)
    assert office.engine.log.head() == before
