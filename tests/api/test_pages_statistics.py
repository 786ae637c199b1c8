"""The figures' pages: their numbers are the api's, every number opens its cases, and what cannot be asked is
said beside its field."""

import csv
import io
import re
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from api import answering
from api.demo_users import USERS
from api.facing import Facing
from api.pages.statistics import charts, series, wording
from api.pages.statistics.months import monthly
from api.questions import Asked
from projections.case import micros
from projections.indicators import INDICATORS, find
from tests.api.conftest import GRID, Office
from tests.api.test_pages import Reader

OTHER_GRID = "demo/north/sl/grid-02"
ANALYST = USERS["analyst"].actor


def some_cases(office: Office) -> None:
    """In November two resolved (one answered), one overdue, one merged; a month later, one more resolved."""
    made = [office.registered(), office.registered(place={"grid": OTHER_GRID}), office.registered()]
    for complaint in made[:2]:
        office.handled(complaint)
    office.case(made[0], "follow-up", office.visit(), "gridworker")
    office.case(made[2], "dispatch", {"lead": "heating-co"})
    office.clock.later(days=30)
    office.handled(office.registered())
    office.caught_up()


def links(html: str, needle: str) -> list[str]:
    return [link for link in Reader(html).links if needle in link]


def h1(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert found
    return unescape(found[1])


# ------------------------------------------------------------------ geometry


def test_a_value_stands_as_high_as_its_share_of_the_axis():
    axis = charts.Axis(Decimal(80), Decimal(100))
    assert [axis.y(Decimal(n)) for n in (80, 85, 90, 100)] == [144.0, 114.0, 84.0, 24.0]
    assert axis.broken and [int(line) for line in axis.lines] == [80, 90, 100]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([], 0, 100),
        (["93.3", "97.9"], 90, 100),
        (["86.5", "97.9"], 80, 100),
        (["81.8", "100"], 70, 100),
        (["100"], 90, 100),
        (["49.9", "97.9"], 0, 100),
        (["0", "8.4"], 0, 10),
        (["12", "33.3"], 0, 50),
    ],
)
def test_the_axis_begins_at_0_unless_no_rate_falls_low(values: list[str], low: int, high: int):
    axis = charts.rate_axis([Decimal(value) for value in values])
    assert (int(axis.low), int(axis.high)) == (low, high)
    for value in values:
        assert charts.TOP <= axis.y(Decimal(value)) <= charts.BOTTOM


@pytest.mark.parametrize(("most", "high"), [(0, 10), (9, 10), (37, 40), (58, 60), (100, 100), (1_517, 2_000)])
def test_counts_are_drawn_from_0_to_a_round_number(most: int, high: int):
    axis = charts.count_axis([Decimal(most)])
    assert (int(axis.low), int(axis.high)) == (0, high) and not axis.broken


def test_a_month_without_a_value_is_a_gap_and_never_a_zero():
    values = [Decimal(90), Decimal(95), None, Decimal(100), None, Decimal(92)]
    made = charts.chart(values, list("abcdef"), charts.Axis(Decimal(80), Decimal(100)))
    assert made.lines == ("10.0,84.0 57.2,54.0",)
    assert made.alone == ((151.6, 24.0), (246.0, 72.0))
    assert [(dot.x, dot.y, dot.open) for dot in made.dots] == [(10.0, 84.0, True), (246.0, 72.0, False)]
    assert [tick.label for tick in made.ticks] == ["80%", "90%", "100%"]
    assert [month.label for month in made.months] == ["a", "c", "d", "f"]


def test_a_chart_of_nothing_and_of_one_month_can_be_drawn():
    axis = charts.rate_axis([])
    assert charts.chart([], [], axis).dots == ()
    assert charts.chart([None, None], ["a", "b"], axis).lines == ()
    (dot,) = charts.chart([Decimal(50)], ["a"], axis).dots
    assert (dot.x, dot.label, dot.open) == (charts.RIGHT, "50", False)


# ------------------------------------------------------------------ words


def test_percentages_are_half_up_and_differences_those_of_what_is_shown(office: Office):
    facing = Facing(office.engine, "zh-CN", micros(office.clock.now))
    closure, change = find("on_time_closure_rate"), find("same_class_change")
    assert wording.rate(closure, wording.share(1, 8)) == "12.5%"
    assert wording.rate(closure, wording.share(1_135, 1_217)) == "93.3%"
    assert wording.rate(closure, wording.share(1, 0)) == "—"
    row = {"numerator": 47, "denominator": 19}
    assert wording.rate(change, wording.value(change, row)) == "+147.4%"
    assert wording.rate(change, Decimal("-3.0")) == "−3.0%"
    said = wording.answer(facing, closure, "10月", Decimal("93.3"))
    assert said + wording.beside(facing, Decimal("93.3"), Decimal("91.2"), "9月") == (
        "10月 93.3% 按时办结，比9月高 2.1 个百分点"
    )
    assert wording.points(Decimal("90.0"), Decimal("90.4")) == "−0.4"
    assert wording.period(facing, "2025-11", "2026-10") == "2025年11月至 10月"


# ------------------------------------------------------------------ the numbers are the api's


def test_many_charts_from_few_sums_say_what_each_figure_says(office: Office):
    some_cases(office)
    at, of = (("grid", GRID),), (("lead", "property-co"),)
    for first, last, as_of, narrow in (
        ("2026-01", "2026-12", "", ()),
        ("2026-01", "2026-12", "", of),
        ("2026-11", "2027-01", "", at),
        ("2026-10", "2026-12", "2026-11-20", of),
        ("2026-11-10", "2026-12-10", "", ()),
        ("2026-10-04", "2026-12-27", "", at),
        ("2026-11-20", "2026-11-22", "2026-11-21", ()),
        ("2026-11-02", "2027-01-28", "2026-12-01", ()),
        ("2026-11-10T10:00:00+08:00", "2026-12", "2026-11-18", at),
    ):
        asked = Asked("response_rate", first, last, as_of=as_of, narrow=narrow)
        fixed, found = monthly(office.engine, INDICATORS, asked, ANALYST, "zh-CN")
        for each in INDICATORS:
            alone = Asked(
                each.id, first, last, ("month",), as_of=fixed.as_of, known_at=fixed.known_at, narrow=narrow
            )
            assert found[each.id] == answering.figure(office.engine, alone, actor=ANALYST)["rows"]


def test_the_overview_shows_every_indicator_with_the_numbers_of_the_api(office: Office):
    some_cases(office)
    page = office.get("/statistics?from=2026-01&to=2026-12", "analyst").text
    for each in INDICATORS:
        answer = office.get(f"statistics/{each.id}?from=2026-01&to=2026-12&minimum=0", "analyst").json()
        (row,) = answer["rows"]
        opened = links(page, f"/statistics/{quote(each.id)}/cases?")
        assert opened, each.id
        for part in ("numerator", "denominator"):
            if each.versus_year_before and part == "denominator":
                continue
            (link,) = [link for link in opened if f"part={part}" in link and "to=2026-12" in link][:1]
            text = re.search(rf'href="{re.escape(link.replace("&", "&amp;"))}"[^>]*>([\d,]+)<', page)
            assert text and int(text[1].replace(",", "")) == row[part], (each.id, part)


def test_every_number_of_an_indicator_opens_exactly_its_cases(office: Office):
    some_cases(office)
    page = office.get("/statistics/on_time_closure_rate?group_by=grid&minimum=0", "analyst").text
    checked = 0
    for link in dict.fromkeys(links(page, "/cases?")):
        shown = re.search(rf'href="{re.escape(link.replace("&", "&amp;"))}"[^>]*>([\d,]+)<', page)
        assert shown, link
        title = h1(office.get(link, "analyst").text)
        assert title.endswith(f"，{shown[1]} 条"), (link, title)
        checked += 1
    assert checked >= 6


def test_the_months_are_rows_also_where_nothing_was_counted(office: Office):
    some_cases(office)
    page = office.get("/statistics/on_time_closure_rate?from=2026-09&to=2026-12", "analyst").text
    assert page.count("没有可算的") == 2 and "11月 66.7% 按时办结" in h1(page)
    empty = office.get("/statistics/spot_check_confirm_rate", "analyst").text
    assert "分母是零" in empty and "还没有可以计算的" in h1(empty)
    strange = office.get("/statistics", "elsewhere")
    assert strange.status_code == 200 and "还没有可以计算的" in h1(strange.text)


def test_cases_are_listed_by_part_a_page_at_a_time(office: Office, monkeypatch: pytest.MonkeyPatch):
    some_cases(office)
    monkeypatch.setattr("api.pages.statistics.counted.SHOWN", 1)
    path = "/statistics/on_time_closure_rate/cases?from=2026-11&to=2026-12"
    seen: list[str] = []
    where: str | None = f"{path}&part=denominator"
    while where:
        page = office.get(where, "analyst").text
        seen += links(page, "/complaints/c-")
        more = links(page, "cursor=")
        where = more[-1] if "后面的" in page else None
    assert len(seen) == len(set(seen)) == 4
    missed = office.get(f"{path}&part=missed", "analyst").text
    assert h1(missed).endswith("，1 条") and len(links(missed, "/complaints/c-")) == 1


def test_the_year_before_opens_where_a_count_is_compared_with_it(office: Office):
    some_cases(office)
    page = office.get("/statistics/same_class_change?from=2026-11&to=2026-11", "analyst").text
    assert any("from=2025-11&to=2025-11" in link for link in links(page, "/cases?"))
    earlier = series.year_before(Asked("same_class_change", "2024-02-29", "2024-02-29T10:00:00+08:00"))
    assert (earlier.first, earlier.last) == ("2023-02-28", "2023-02-28T10:00:00+08:00")


def test_a_unit_stands_beside_all_and_knows_itself_only(office: Office):
    some_cases(office)
    page = office.get("/statistics/units/property-co", "analyst").text
    assert "和全部单位放在一起" in page and "这里不打分、不排名" in page
    own = office.get("/statistics/units/property-co", "property")
    assert own.status_code == 200 and "和全部单位放在一起" not in own.text
    assert office.get("/statistics/units/heating-co", "property").status_code == 404
    assert office.get("/statistics/units/nobody", "analyst").status_code == 404
    late = office.get("/statistics/units/heating-co", "analyst").text
    for link in links(late, "part=missed"):
        shown = re.search(rf'href="{re.escape(link.replace("&", "&amp;"))}"[^>]*>(\d+)<', late)
        assert shown and h1(office.get(link, "analyst").text).endswith(f"，{shown[1]} 条")


# ------------------------------------------------------------------ moments, periods, tables


def test_the_page_says_of_which_moment_it_speaks(office: Office):
    some_cases(office)
    path = "/statistics/on_time_closure_rate?from=2026-11&to=2026-12"
    assert "按现在的情况" in office.get(path, "analyst").text
    then = office.get(f"{path}&as_of=2026-11-30&known_at=2026-11-30", "analyst").text
    assert "按 11月30日结束时的情况，只用当时已知的事实" in then
    timed = office.get(f"{path}&as_of=2026-11-30&as_of_time=08:30", "analyst").text
    assert "11月30日 08:30" in timed and 'value="08:30"' in timed
    by_position = office.get(f"{path}&known_at=12", "analyst").text
    assert "位置 12" in by_position


def test_two_periods_stand_side_by_side(office: Office):
    some_cases(office)
    page = office.get(
        "/statistics/on_time_closure_rate?from=2026-12&to=2026-12&compare_from=2026-11&compare_to=2026-11"
        "&group_by=grid&minimum=0",
        "analyst",
    ).text
    assert "12月 100.0% 按时办结，比11月高 33.3 个百分点" in h1(page)
    assert "+33.3" in page or "+50.0" in page


def test_the_table_is_a_spreadsheet_and_json_too(office: Office):
    some_cases(office)
    page = office.get("/statistics/on_time_closure_rate?group_by=grid&minimum=0", "analyst").text
    (table,) = links(page, "format=csv")
    answer = office.get(table, "analyst")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    (address,) = links(page, "/api/v1/statistics/on_time_closure_rate@1?") or links(
        page, "/api/v1/statistics/"
    )
    told: dict[str, Any] = office.get(address, "analyst").json()
    assert [(line["group"], int(line["numerator"]), int(line["denominator"])) for line in lines] == [
        (row["group"], row["numerator"], row["denominator"]) for row in told["rows"]
    ]
    listed = office.get("/statistics/on_time_closure_rate/cases?format=csv", "analyst")
    assert listed.content.decode("utf-8-sig").count("\r\n") == 5


# ------------------------------------------------------------------ what cannot be asked


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("as_of=heute", "as_of"),
        ("from=2026-13", "from"),
        ("to=9999-12", "to"),
        ("from=2026-11&to=2026-01", "to"),
        ("from=1971-01", "from"),
        ("group_by=zodiac", "group_by"),
        ("cohort=born", "cohort"),
        ("minimum=-1", "minimum"),
        ("as_of_time=25:00&as_of=2026-11-01", "as_of_time"),
        ("known_at_time=08:00", "known_at"),
        ("frmo=2026-01", "frmo"),
        ("from=2026-01&from=2026-02", "from"),
        ("grid=" + "x" * 300, "grid"),
        ("exact=perhaps", "exact"),
        ("%3Cscript%3E=1", "&lt;script&gt;"),
    ],
)
def test_what_does_not_fit_is_named_and_the_form_stays_filled(office: Office, query: str, name: str):
    answer = office.get(f"/statistics/response_rate?{query}&lead=property-co", "analyst")
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert name in answer.text and "<script>1" not in answer.text
    assert 'value="property-co"' in answer.text
    overview = office.get(f"/statistics?{query}", "analyst")
    assert overview.status_code == 422


def test_a_cohort_that_an_indicator_does_not_know_is_a_fault_of_its_field(office: Office):
    answer = office.get("/statistics/proactive_share?cohort=closed", "analyst")
    assert answer.status_code == 422 and "cohort" in answer.text
    listed = office.get("/statistics/proactive_share/cases?part=everything", "analyst")
    assert listed.status_code == 422 and "part" in listed.text
    assert office.get("/statistics/happiness", "analyst").status_code == 404
    assert office.get("/statistics/happiness/cases", "analyst").status_code == 404


def test_who_may_not_count_is_told_so_and_shown_what_everybody_sees(office: Office):
    some_cases(office)
    page = office.get("/statistics", "resident")
    assert page.status_code == 200 and "只有办事的人能打开" in h1(page.text)
    assert not links(page.text, "/cases?")
    assert office.get("/statistics/response_rate", "resident").status_code == 403
