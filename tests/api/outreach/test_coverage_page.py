"""The coverage page: three bases side by side, two periods compared, and every number a link to its list."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import quote

from projections.outreach.indicators import OUTREACH_INDICATORS
from tests.api.conftest import Office
from tests.api.outreach.test_outreach_figures import begun, lived_in, visited
from tests.api.test_pages import Reader

PERIODS = "from=2026-11&to=2026-11&compare_from=2026-10&compare_to=2026-10"


def filled(office: Office) -> None:
    lived_in(office, [3] * 125)
    begun(office, "round-a", "2026-10-01", "2026-10-31")
    begun(office, "round-b", "2026-11-01", "2026-11-30")
    october, november = datetime(2026, 10, 9, 3, tzinfo=UTC), datetime(2026, 11, 10, 3, tzinfo=UTC)
    first = [(n, "opened", 1) for n in range(13)] + [(n, "no_answer", 0) for n in range(13, 43)]
    visited(office, "round-a", first, october)
    second = [(n, "opened", 2) for n in range(82)] + [(n, "no_answer", 0) for n in range(82, 125)]
    visited(office, "round-b", second, november)
    visited(office, "round-b", [(n, "no_answer", 0) for n in range(82, 83)], november + timedelta(days=1))
    office.caught_up()


def page(office: Office, path: str, who: str = "street") -> str:
    answer = office.get(path, who)
    assert answer.status_code == 200, answer.text[:500]
    return str(answer.text)


def test_coverage_and_doors_stand_side_by_side_with_their_bases(office: Office):
    filled(office)
    html = page(office, f"/statistics/coverage?{PERIODS}")
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))
    for shown in ("65.1", "65.6%", "43.7", "10.4%", "30.2%", "82 / 126", "82 / 125", "164 / 375"):
        assert shown in text, shown
    assert html.count('<svg class="chart"') == 3
    assert "12.0 分钟" in text
    assert len(html.encode()) < 100_000
    assert "Doors opened" in page(office, f"/statistics/coverage?{PERIODS}&lang=en")


def test_every_number_opens_its_list(office: Office):
    filled(office)
    links = [
        link for link in Reader(page(office, f"/statistics/coverage?{PERIODS}")).links if "/cases?" in link
    ]
    assert len(links) > 20
    for link in dict.fromkeys(links):
        assert office.get(link, "street").status_code == 200, link
    met = next(link for link in links if "/coverage_people/" in link and "part=numerator" in link)
    html = page(office, met)
    assert "82 条" in html and "/households/h" in html
    assert "/households/h" not in page(office, met, "analyst")


def test_each_indicator_has_a_page_of_its_own_whose_numbers_open(office: Office):
    filled(office)
    for each in OUTREACH_INDICATORS:
        path = f"/statistics/{each.id}?{PERIODS}"
        html = page(office, path)
        assert each.formula_zh in html and html.count('<svg class="chart"') == 1, each.id
        links = [
            link for link in Reader(html).links if link.startswith(f"/statistics/{quote(each.id)}/cases?")
        ]
        assert links, each.id
        for link in dict.fromkeys(links):
            assert office.get(link, "street").status_code == 200, link
    whole = page(office, f"/statistics/minutes_per_visit?{PERIODS}&group_by=worker&minimum=0")
    assert "12.0 <small>" not in whole and "12.0<small> 分钟" in whole
    late = page(office, "/statistics/coverage_households/cases?from=2026-11&to=2026-11&part=missed")
    assert "43 条" in late
    table = office.get("/statistics/door_open_rate?group_by=window&format=csv", "street").text.splitlines()
    assert len(table) == 2 and "window=day" in table[1]


def test_what_cannot_be_asked_is_said_beside_its_field(office: Office):
    for query in ("from=x", "nonsense=1", "category=heating"):
        assert office.get(f"/statistics/coverage?{query}", "street").status_code == 422, query
    assert office.get("/statistics/nothing_rate/cases", "street").status_code == 404
    assert office.get("/statistics/coverage", "resident").status_code == 403
