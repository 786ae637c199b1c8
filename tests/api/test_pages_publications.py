"""The pages of published figures: everybody reads them, who may count all of it takes the pack along."""

from tests.api.conftest import Office
from tests.api.test_pages import Reader
from tests.api.test_publishing import handled, publish


def test_everybody_reads_a_published_figure_and_its_pack_is_for_who_counts_it(office: Office):
    handled(office, 12)
    office.caught_up()
    figure = publish(office, group_by=["grid"])["id"]
    office.caught_up()
    pack = f"/api/v1/audit/bundles/figure/{figure}"
    for who in ("", "resident", "gridworker", "street", "admin"):
        assert f"/figures/{figure}" in office.get("/figures", who).text, who
        page = office.get(f"/figures/{figure}", who)
        assert page.status_code == 200 and "0 / 12" in page.text and "reopen_rate@1" in page.text
        assert (pack in Reader(page.text).links) == (who in ("street", "admin")), who
    assert office.get("/figures/fig-0", "").status_code == 404
    assert office.get("/figures?cursor=x", "", headers={"Accept": "text/html"}).status_code == 422


def test_they_are_whole_in_both_languages_and_name_no_small_group(office: Office):
    handled(office, 12)
    handled(office, 3, place={"grid": "demo/north/sl/grid-02"})
    office.caught_up()
    figure = publish(office, group_by=["grid"])["id"]
    office.caught_up()
    for lang, said in (("zh", "另有 1 组"), ("en", "recognised: 1")):
        page = office.get(f"/figures/{figure}?lang={lang}", "")
        seen = Reader(page.text)
        assert said in page.text and "grid-02" not in page.text
        assert seen.tags.count("h1") == 1 and seen.inline == 0 and len(seen.ids) == len(set(seen.ids))
