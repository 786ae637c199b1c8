"""What people are called: staff in full to staff, by surname and role to residents, by role to strangers; and
nobody once he is erased."""

from typing import Any

import pytest

from api.demo_users import USERS
from api.naming import KNOWN, People, own_name
from api.pages.live import watched
from domain.messages import clear
from domain.people import Enrol, stream_of
from domain.steps import Step
from engine.desk import Order
from tests.api.conftest import Office

HTML = {"Accept": "text/html"}
ADMIN = USERS["admin"].actor


@pytest.fixture
def dispatched(office: Office) -> str:
    """A resident's own report that `dispatcher` has dispatched."""
    case = office.registered("resident", channel="mini_program", reporter=None)
    office.case(case, "dispatch", {"lead": "property-co"})
    return case


def last(office: Office, case: str, who: str, lang: str = "zh") -> dict[str, Any]:
    items = office.get(f"complaints/{case}/history?lang={lang}", who).json()["items"]
    found: dict[str, Any] = items[-1]
    return found


def page(office: Office, path: str, who: str) -> str:
    answer = office.get(path, who, headers=HTML)
    assert answer.status_code == 200, answer.text[-300:]
    return str(answer.text)


def enrolled(office: Office, person: str, name: str) -> None:
    office.engine.vault.ensure_keys([person])
    enrol = Enrol(clear(person, name), None, "", demo=True)
    office.engine.desk.do(Order((Step("person", stream_of(person), enrol),), ADMIN))


@pytest.mark.parametrize(
    ("who", "lang", "begins", "name"),
    [
        ("dispatcher", "zh", "程岚派单给", "程岚"),
        ("dispatcher", "en", "程岚 dispatched it", "程岚"),
        ("property", "zh", "程岚派单给", "程岚"),
        ("resident", "zh", "程某（派单员）派单给", "程某"),
        ("resident", "en", "程某 (dispatcher) dispatched it", "程某"),
        ("analyst", "zh", "派单员派单给", None),
    ],
)
def test_who_dispatched_is_said_as_the_reader_may_hear_it(
    office: Office, dispatched: str, who: str, lang: str, begins: str, name: str | None
) -> None:
    told = last(office, dispatched, who, lang)
    assert told["sentence"].startswith(begins)
    assert told["actor"] == {
        "person": "dispatcher",
        "role": "dispatcher",
        "scope": "demo/north/sl",
        "name": name,
    }


def test_a_stranger_with_a_code_hears_roles_alone(office: Office, dispatched: str) -> None:
    code = office.engine.vault.tracking_code(dispatched)
    told = office.get(f"track/{code}", "").json()["history"][-1]["sentence"]
    assert told.startswith("派单员派单给")
    assert "程岚" not in page(office, f"/track/{code}", "")


def test_the_engine_and_the_reporter_keep_their_words(office: Office, dispatched: str) -> None:
    first = office.get(f"complaints/{dispatched}/history", "dispatcher").json()["items"][0]
    assert first["sentence"].startswith("诉求人受理") and first["actor"]["name"] == "沈某"


def test_pages_greet_by_name_and_name_who_did_it(office: Office, dispatched: str) -> None:
    assert "程岚，" in page(office, "/day", "dispatcher")
    case = page(office, f"/complaints/{dispatched}", "dispatcher")
    assert (
        "程岚 · 派单员" in case
        and "程岚派单给" in case
        and "程岚（派单员）" in case
        and "dispatcher派单" not in case
    )


def test_an_erased_name_is_gone_at_once_and_from_what_was_remembered(office: Office, dispatched: str) -> None:
    assert last(office, dispatched, "admin")["actor"]["name"] == "程岚"
    office.engine.vault.destroy_key("dispatcher")
    assert last(office, dispatched, "admin")["sentence"].startswith("（内容已删除）派单给")
    assert last(office, dispatched, "admin", "en")["sentence"].startswith("(erased)")


def test_an_erased_person_is_said_to_be_even_before_his_key_is_gone(office: Office, dispatched: str) -> None:
    office.done("people/dispatcher/erase", {"reason": "本人要求"}, "admin")
    told = last(office, dispatched, "admin")
    assert told["sentence"].startswith("（内容已删除）") and "程" not in told["sentence"]


def test_a_new_name_is_said_from_the_next_answer_on(office: Office, dispatched: str) -> None:
    assert last(office, dispatched, "admin")["actor"]["name"] == "程岚"
    enrolled(office, "dispatcher", "程一岚")
    assert last(office, dispatched, "admin")["actor"]["name"] == "程一岚"
    assert own_name(office.engine, "dispatcher") == "程一岚"


def test_what_is_remembered_holds_no_opened_name(office: Office, dispatched: str) -> None:
    last(office, dispatched, "admin")
    assert "程岚" not in repr(KNOWN[office.engine].__dict__)


def test_ids_of_nobody_stand_for_themselves_and_residents_are_masked(office: Office) -> None:
    people = People(office.engine, "zh-CN", "full")
    assert people.get("nobody", "nobody") == "nobody" and people.name("nobody") is None
    assert people["resident"] == "沈某" and people["gridworker"] == "陆远"
    assert people["p-7008aa11-2233-4455"] == "居民 7008"
    assert People(office.engine, "zh-CN")["gridworker"] == "网格员"
    assert People(office.engine, "zh-CN", "surname", own="resident")["resident"] == "沈秋禾"


def test_a_list_of_claims_listens_to_claims() -> None:
    assert watched("/points/claims", "panel") == "clm-"
