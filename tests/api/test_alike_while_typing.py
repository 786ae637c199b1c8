"""A resident's report: what may be the same is offered while it is typed, and nothing else is told."""

from tests.api.conftest import Office
from tests.api.test_pages_resident import REPORT, key, sent

SAME = {name: REPORT[name] for name in ("category", "text", "place.grid")}


def test_an_open_case_like_it_is_offered_without_its_words(office: Office):
    sent(office, "/report", REPORT | {"key": key(1), "looked": "1"})
    office.caught_up()
    head = office.engine.log.head()
    part = sent(office, "/report/alike", SAME)
    assert part.status_code == 200 and "附近已经有 1 件可能是同一件事" in part.text
    assert 'name="join"' in part.text and 'name="looked"' in part.text
    assert REPORT["text"] not in part.text and REPORT["place.address"] not in part.text
    assert "btn-main" not in part.text, "the form's own button is the filled one"
    assert "<html" not in part.text and office.engine.log.head() == head


def test_half_a_form_finds_nothing(office: Office):
    sent(office, "/report", REPORT | {"key": key(1), "looked": "1"})
    office.caught_up()
    for name in SAME:
        assert "附近" not in sent(office, "/report/alike", SAME | {name: ""}).text
    assert sent(office, "/report/alike", SAME | {"text": "灯\x00"}).status_code == 422


def test_the_form_asks_for_it_only_where_nothing_is_offered_yet(office: Office):
    page = office.get("/report", "", headers={"Accept": "text/html"}).text
    assert 'data-alike="/report/alike"' in page and "/static/report.js" in page and 'id="alike"' in page
