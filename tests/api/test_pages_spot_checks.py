"""The pages of the weekly spot checks: a week is fixed, drawn and re-checked from them, and anybody draws it
again."""

import re
from collections.abc import Mapping

import pytest

from tests.api.conftest import Office
from tests.api.test_pages import Reader
from tests.api.test_sampling import DICE, SPOT, WEEK, closed, fixed, next_week

LIST = "/audit/spot-checks"
AGAIN = f"{LIST}/{SPOT}/redraw"
FORM = {
    "method": "dice", "source": DICE["source"], "value": DICE["value"], "drawn_on": "2026-11-23",
    "present": ["panel", "street"],
}  # fmt: skip


def given(office: Office, path: str, form: Mapping[str, object], who: str) -> object:
    options = {"data": form, "follow_redirects": False}
    return office.call("POST", path, who, **options)


def drawn(office: Office) -> list[str]:
    """A week with seven cases, fixed and drawn."""
    closed(office, 7)
    next_week(office)
    fixed(office)
    office.done(f"spot-checks/{SPOT}/value", DICE, "panel")
    office.caught_up()
    cases: list[str] = office.get(f"spot-checks/{SPOT}/pack", "").json()["draw"]
    return cases


def test_a_week_is_fixed_drawn_and_shown_from_the_pages(office: Office):
    closed(office, 6)
    next_week(office)
    assert "1 周过完了" in office.get(LIST, "street").text or "周过完了" in office.get(LIST, "street").text
    foreseen = given(office, LIST, {"week": WEEK, "preview": "1"}, "street")
    assert "锁定了 2026-W47 的抽样范围：6 件" in foreseen.text  # type: ignore[attr-defined]
    assert office.get(f"spot-checks/{SPOT}", "street").status_code == 404
    done = given(office, LIST, {"week": WEEK}, "street")
    assert (done.status_code, done.headers["location"].partition("?")[0]) == (303, f"{LIST}/{SPOT}")  # type: ignore[attr-defined]
    waiting = office.get(f"{LIST}/{SPOT}", "panel").text
    assert "等公开随机数" in waiting and 'name="value"' in waiting
    assert 'name="value"' not in office.get(f"{LIST}/{SPOT}", "street").text
    wrong = given(office, f"{LIST}/{SPOT}/value", FORM | {"value": "1 2 3"}, "panel")
    assert wrong.status_code == 422 and "掷骰子至少 10 次" in wrong.text  # type: ignore[attr-defined]
    done = given(office, f"{LIST}/{SPOT}/value", FORM, "panel")
    assert done.status_code == 303, done.text  # type: ignore[attr-defined]
    office.caught_up()
    pack = office.get(f"spot-checks/{SPOT}/pack", "").json()
    page = office.get(f"{LIST}/{SPOT}", "street").text
    assert "抽中 5 件，还有 5 件没复核" in page and "3516224163" in page and pack["seed"] in page
    links = [link for link in Reader(page).links if link.endswith("/do/spot-check")]
    assert links == [f"/complaints/{case}/do/spot-check" for case in pack["draw"]]


def test_a_re_check_stands_beside_its_case(office: Office):
    first, second, *_ = drawn(office)
    office.case(first, "spot-check", {"result": "confirmed", "text": "看过"}, "street")
    office.case(second, "spot-check", {"result": "contradicted", "text": "还是关不上"}, "street")
    page = office.get(f"{LIST}/{SPOT}", "panel").text
    assert "抽中 5 件，还有 3 件没复核" in page and "属实 1 件，与记录不符 1 件" in page
    assert "与记录不符，已重开" in page


def test_the_redraw_is_everybodys_and_says_no_word_of_a_case(office: Office):
    cases = drawn(office)
    page = office.get(AGAIN, "")
    assert page.status_code == 200
    shown = re.findall(r'<th scope="row" class="hash">([^<]+)</th>', page.text)
    assert shown[:5] == cases and len(shown) == 7
    assert "门禁" not in page.text and "柳园" not in page.text
    assert 'src="/static/verify.js"' in page.text and 'src="/static/redraw.js"' in page.text
    judge = office.get("/static/verify.js", "")
    assert judge.status_code == 200 and "javascript" in judge.headers["content-type"]


def test_a_draw_without_a_value_is_called_a_demo(office: Office):
    closed(office, 6)
    next_week(office)
    office.engine.trail.catch_up()
    before = office.get(f"{LIST}/{SPOT}", "street")
    assert before.status_code == 200 and "演示抽取，不作核查依据" in before.text
    assert office.get(f"{LIST}/{SPOT}", "elsewhere").status_code == 404
    fixed(office)
    assert "谁定范围谁就能左右结果" in office.get(AGAIN, "").text


def test_who_may_look_and_who_may_not(office: Office):
    drawn(office)
    for who in ("dispatcher", "gridworker", "analyst", "admin", "street", "panel"):
        assert office.get(f"{LIST}/{SPOT}", who).status_code == 200, who
        assert "2026-W47" in office.get(LIST, who).text
    for who in ("resident", "property"):
        assert office.get(LIST, who).status_code == 403, who
        assert office.get(f"{LIST}/{SPOT}", who).status_code == 403, who
    assert office.get(f"{LIST}/{SPOT}", "elsewhere").status_code == 404
    assert office.get(f"{LIST}/spots-2026-W40-demo.north/redraw", "").status_code == 404


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pages_are_whole_in_both_languages(office: Office, lang: str):
    drawn(office)
    for path in (LIST, f"{LIST}/{SPOT}", AGAIN):
        page = office.get(f"{path}?lang={lang}", "panel")
        seen = Reader(page.text)
        assert page.status_code == 200 and seen.tags.count("h1") == 1 and seen.inline == 0, path
        assert len(seen.ids) == len(set(seen.ids)), path
    if lang == "en":
        assert "Draw again yourself" in page.text and "重抽" not in page.text
