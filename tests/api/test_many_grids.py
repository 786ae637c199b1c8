"""Hundreds of grids on a page: those of the community that is chosen, the others folded; and a unit's queue,
whose counts are kept while nothing is recorded."""

import re

import pytest

from api.pages import conditions, lately
from api.pages.office import organisation
from api.pages.statistics import indicator
from tests.api.conftest import GRID, Office

HTML = {"Accept": "text/html"}
COMMUNITY = GRID.rpartition("/")[0]


def page(office: Office, path: str, who: str) -> str:
    answer = office.get(path, who, headers=HTML)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.text)


def options(html: str, field: str) -> list[str]:
    found = re.search(rf'<select id="f-{field}".*?</select>', html, re.S)
    assert found
    return re.findall(r'<option value="([^"]+)"', found[0])


def test_of_many_grids_the_queue_lists_those_of_the_community_chosen(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    whole = page(office, "/complaints", "admin")
    assert GRID in options(whole, "grid") and GRID in options(whole, "lead")
    monkeypatch.setattr(conditions, "FOLDED", 0)
    folded = page(office, "/complaints", "admin")
    assert COMMUNITY in options(folded, "grid") and GRID not in options(folded, "grid")
    assert GRID not in options(folded, "lead") and "heating-co" in options(folded, "lead")
    assert "选了社区并筛选" in folded and "选了社区并筛选" not in whole
    chosen = page(office, f"/complaints?grid={COMMUNITY}", "admin")
    assert GRID in options(chosen, "grid") and GRID in options(chosen, "lead")
    assert GRID in options(page(office, f"/complaints?lead={GRID}", "admin"), "lead")
    assert GRID in options(page(office, "/complaints", "gridworker"), "lead")


def test_so_do_the_other_lists_that_a_place_narrows(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(conditions, "FOLDED", 0)
    assert GRID in options(page(office, f"/households?grid={COMMUNITY}", "street"), "grid")
    for path in ("/households", "/points/claims", "/duties"):
        listed = options(page(office, path, "street"), "grid")
        assert COMMUNITY in listed and GRID not in listed, path


def test_a_figure_of_many_groups_shows_the_first_and_has_all_in_its_files(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    office.registered()
    office.registered(place={"grid": GRID.replace("grid-01", "grid-02")})
    path = "/statistics/proactive_share?group_by=grid&minimum=1"
    row = '<th scope="row"><a href="/statistics/proactive_share?'
    whole = page(office, path, "admin")
    assert whole.count(row) == 2 and "这里是前" not in whole
    monkeypatch.setattr(indicator, "MOST", 1)
    first = page(office, path, "admin")
    assert first.count(row) == 1
    assert "共 2 行，这里是前 1 行" in first
    assert page(office, f"{path}&format=csv", "admin").count("grid=demo/") == 2


def test_a_large_tree_is_folded_and_goes_on_page_by_page(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(organisation, "MOST_SHOWN", 1)
    paths = sorted(office.engine.desk.stage().organisation.grids)
    first = page(office, "/office/organisation", "admin")
    assert f"<code>{paths[0]}</code>" in first and f"<code>{GRID}</code>" not in first
    below = page(office, f"/office/organisation?at={COMMUNITY}", "admin")
    seen = re.findall(r'<div class="meta"><code>([^<]+)</code>', below)
    while following := re.search(r'rel="next" href="([^"]+)"', below):
        below = page(office, following[1].replace("&amp;", "&"), "admin")
        seen += re.findall(r'<div class="meta"><code>([^<]+)</code>', below)
    assert seen == [path for path in paths if path == COMMUNITY or path.startswith(f"{COMMUNITY}/")]


@pytest.mark.parametrize("named", [5_000, 1])
def test_a_units_queue_counts_what_is_its_own_and_again_when_something_is_recorded(
    office: Office, monkeypatch: pytest.MonkeyPatch, named: int
):
    monkeypatch.setattr(lately, "NAMED", named)
    office.registered(text="不归它管")
    for n in (1, 2):
        case = office.registered(text="客厅只有 15℃", category="heating")
        office.case(case, "dispatch", {"lead": "heating-co"})
        office.caught_up()
        for _ in range(2):
            queue = page(office, "/complaints?state=dispatched&category=heating", "heating")
            assert f"{n} 件工单" in queue and f"/complaints/{case}" in queue
            assert re.search(rf'未结 <span class="count">{n}</span>', queue)
