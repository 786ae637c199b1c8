"""The pages of the households: the register with what is missing, one household's histories, forms, the two
languages."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from tests.api.conftest import GRID, Clock, Office, opened

NAME, PHONE = "欧阳鹤鸣", "13987654321"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    clock = Clock()
    engine = opened(tmp_path_factory.mktemp("household-pages") / "store", clock)
    engine.start()
    office = Office(TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)), engine, clock)
    body = {"id": "SL-1", "grid": GRID, "people": 3, "address": "翠微里17号楼", "name": NAME, "phone": PHONE}
    office.done("households", body, "gridworker")
    office.caught_up()
    yield office
    engine.close()


def page(office: Office, path: str, who: str = "gridworker") -> str:
    office.http.cookies.clear()  # a language chosen before is kept there
    answer = office.get(path, who, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def sent(office: Office, path: str, who: str = "gridworker", **typed: str) -> Any:
    return office.call("POST", path, who, data=typed, follow_redirects=False)


def heading(text: str) -> str:
    (found,) = re.findall(r"<h1>(.*?)</h1>", text)
    return str(found)


def test_the_register_shows_who_is_unclassified_and_leads_to_each(office: Office) -> None:
    shown = page(office, "/households")
    assert "欧阳某" in shown and NAME not in shown and "/households/SL-1" in shown
    assert "未分类 1 户" in shown and "kind=unclassified" in shown
    assert "没有这样的住户" in page(office, "/households?lacks=contact")
    assert "Not classified: 1 households" in page(office, "/households?lang=en")


def test_a_household_shows_its_home_its_histories_and_what_can_be_done(office: Office) -> None:
    shown = page(office, "/households/SL-1")
    assert "翠微里17号楼" in shown and "3 人" in heading(shown) and PHONE not in shown
    (dwelling,) = set(re.findall(r"/dwellings/(dw-[0-9a-z-]+)", shown))
    assert "/households/SL-1" in page(office, f"/dwellings/{dwelling}")
    assert "/households/SL-1/do/move-out" in shown
    assert "/do/" not in page(office, "/households/SL-1", "street")


def test_a_form_records_and_what_cannot_be_is_said_beside_the_field(office: Office) -> None:
    wrong = sent(office, "/households/SL-1/do/recount", people="many")
    assert wrong.status_code == 422
    made = sent(office, "/households/SL-1/do/recount", people="5")
    assert made.status_code == 303
    shown = page(office, made.headers["location"])
    assert "5 人" in heading(shown)
    first = sent(office, "/households/SL-1/do/move-in", grid=GRID, address="新居", tenure="rent", preview="1")
    assert first.status_code == 200 and "迁入" in first.text
    new = sent(office, "/households/new", grid=GRID, address="另一处", people="2")
    assert new.status_code == 303
    assert "另一处" in page(office, new.headers["location"])


def test_reading_a_number_needs_a_reason_and_is_recorded_first(office: Office) -> None:
    bare = sent(office, "/households/SL-1/reveal", field="phone", reason="")
    assert bare.status_code == 422 and PHONE not in bare.text
    told = sent(office, "/households/SL-1/reveal", field="phone", reason="约上门时间")
    assert told.status_code == 200 and PHONE in told.text
    assert "约上门时间" in page(office, "/households/SL-1")


@pytest.mark.parametrize("who", ["resident", "heating"])
def test_who_keeps_no_place_sees_none_of_it(office: Office, who: str) -> None:
    for path in ("/households", "/households/SL-1", "/households/new"):
        assert office.get(path, who).status_code in (403, 404)
