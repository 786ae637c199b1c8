"""What was noted of somebody who is looked after cannot be read any more once he, or his household, is
forgotten; what was counted stays."""

from pathlib import Path

from tests.api.care.conftest import Care

HEALTH, CONTACT = "血压一百八，头晕", "外甥女，住在城西"


def on_disk(store: Path) -> bytes:
    return b"".join(each.read_bytes() for each in store.rglob("*") if each.is_file())


def test_a_forgotten_persons_notes_are_gone_and_his_visits_still_count(care: Care):
    care.open(person="p-zhao", contact=CONTACT)
    care.office.clock.later(days=1)
    assert care.visit(health=HEALTH)["visits"][0]["health"] == HEALTH
    care.office.done("people/p-zhao/erase", {"reason": "本人申请删除"}, "admin")
    plan = care.get().json()
    assert (plan["kept"], plan["contact"], plan["visits"][0]["health"]) == (1, None, None)
    assert plan["visits"][0]["noted"] == ["health"]
    story = care.get("/care-h1/history").text
    assert "内容已删除" in story and HEALTH not in story


def test_a_forgotten_households_notes_are_gone(care: Care):
    care.open(contact=CONTACT)
    care.office.clock.later(days=1)
    care.visit(health=HEALTH)
    care.office.done("households/h1/erase", {"reason": "全家迁出并申请删除"}, "admin")
    plan = care.get().json()
    assert (plan["kept"], plan["contact"], plan["visits"][0]["health"]) == (1, None, None)


def test_of_a_forgotten_household_nothing_is_noted_any_more(care: Care):
    """A visit told after a person was erased has a key of the plan's own: it goes with the household's."""
    care.open(person="p-zhao", contact=CONTACT)
    care.office.clock.later(days=1)
    before = {"occurred_at": care.office.clock.now.isoformat()}
    care.office.clock.later(hours=1)
    care.office.done("people/p-zhao/erase", {"reason": "本人申请删除"}, "admin")
    assert care.visit(health=HEALTH, **before)["visits"][0]["health"] == HEALTH
    care.office.done("households/h1/erase", {"reason": "全家迁出并申请删除"}, "admin")
    assert HEALTH not in care.get().text
    answer = care.office.post("care-plans/care-h1/visits", {"health": HEALTH} | before, "gridworker")
    assert (answer.status_code, answer.json()["code"]) == (409, "personal-data.erased")
    assert care.visit(minutes=5, **before)["visits"][0]["minutes"] == 5


def test_a_plan_ends_with_the_person_it_names_and_its_household_is_to_be_filed_anew(care: Care):
    care.open(person="p-zhao")
    care.office.clock.later(days=9)
    care.office.caught_up()
    erased = care.office.done("people/p-zhao/erase", {"reason": "本人申请删除"}, "admin")
    assert erased["care_plans"] == ["care-h1"]
    plan = care.get().json()
    assert (plan["state"], plan["closed_for"], plan["missed"]) == ("closed", "erased", 1)
    care.office.clock.later(days=1)
    late = care.office.post("care-plans/care-h1/visits", {"health": HEALTH}, "gridworker")
    assert (late.status_code, late.json()["code"]) == (409, "care.after-closing")
    care.office.caught_up()
    unfiled = care.office.get("care-plans/unfiled", "gridworker").json()["items"]
    assert [each["id"] for each in unfiled] == ["h1"]
    again = {"household": "h1", "grounds": "living_alone", "risk": "high"}
    refused = care.office.post("care-plans", again | {"person": "p-zhao"}, "gridworker")
    assert (refused.status_code, refused.json()["code"]) == (409, "person.erased")
    assert care.office.done("care-plans", again, "gridworker")["state"] == "active"


def test_nothing_noted_stands_readable_on_the_disk(care: Care, tmp_path: Path):
    care.open(contact=CONTACT)
    care.office.clock.later(days=1)
    care.visit(health=HEALTH, safety="煤气灶没关", wishes="想听戏")
    care.office.caught_up()
    kept = on_disk(tmp_path)
    assert not [text for text in (HEALTH, CONTACT, "煤气灶没关", "想听戏") if text.encode() in kept]
