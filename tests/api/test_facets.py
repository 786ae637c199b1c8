"""The queue's filters say how many cases stand behind each choice, as far as that is counted."""

import re

import pytest

from api.pages import facets
from tests.api.conftest import Office

OTHER_GRID = "demo/north/sl/grid-02"


def choices(office: Office, query: str, name: str, who: str = "dispatcher") -> dict[str, str]:
    office.caught_up()
    page = office.get(f"/complaints?{query}", who, headers={"Accept": "text/html"}).text
    (select,) = re.findall(rf'<select id="f-{name}".*?</select>', page, re.DOTALL)
    return dict(re.findall(r'<option value="([^"]+)"[^>]*>[^<(]*\((\d+\+?)\)</option>', select))


@pytest.fixture
def cases(office: Office) -> list[str]:
    found = [
        office.registered(),
        office.registered(category="heating"),
        office.registered(place={"grid": OTHER_GRID}),
    ]
    office.case(found[0], "dispatch", {"lead": "property-co"})
    return found


def test_each_choice_counts_with_the_other_conditions(office: Office, cases: list[str]):
    assert choices(office, "state=", "state") == {"received": "2", "dispatched": "1", "open": "3"}
    assert choices(office, "state=received", "category") == {"heating": "1", "property": "1"}
    assert choices(office, "state=received", "state") == {"received": "2", "dispatched": "1", "open": "3"}
    assert choices(office, "state=&category=property", "lead") == {"property-co": "1"}
    assert choices(office, "state=", "grid")["demo/north/sl"] == "3"


def test_nothing_out_of_sight_is_counted(office: Office, cases: list[str]):
    assert choices(office, "state=", "state", "property") == {"dispatched": "1", "open": "1"}
    assert choices(office, "state=", "state", "elsewhere") == {}


def test_where_not_all_were_looked_at_only_many_are_told(
    office: Office, cases: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(facets, "LOOKED_AT", 3)
    monkeypatch.setattr(facets, "MANY", 2)
    assert choices(office, "state=", "state") == {"open": "2+"}


def test_words_are_not_counted(office: Office, cases: list[str]):
    assert choices(office, "q=门禁", "state") == {}
