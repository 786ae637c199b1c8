"""The register of households over HTTP: seen by place, moved in one save, each history told apart."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.compose import open_engine
from api.demo_users import USERS
from api.stream import seen_by
from domain.organisation import STREAM as ORGANISATION
from domain.organisation import EstablishGrid
from domain.steps import Step
from engine.desk import Order
from scripts.setting_up import OPERATOR
from tests.api.conftest import GRID, Clock, Office, opened

COMMUNITY = "demo/north/sl"
NEXT = f"{COMMUNITY}/grid-02"
NAME, PHONE, ADDRESS = "欧阳鹤鸣", "13987654321", "翠微里17号楼4单元902室"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    clock = Clock()
    engine = opened(tmp_path_factory.mktemp("households") / "store", clock)
    engine.start()
    yield Office(TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)), engine, clock)
    engine.close()


def entered(office: Office, who: str = "gridworker", **fields: Any) -> str:
    body = {"grid": GRID, "people": 3, "address": ADDRESS, "name": NAME, "phone": PHONE, **fields}
    return str(office.done("households", body, who)["id"])


def one(office: Office, id: str, who: str = "dispatcher") -> dict[str, Any]:
    office.caught_up()
    answer = office.get(f"households/{id}", who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listed(office: Office, who: str = "dispatcher", **asked: Any) -> dict[str, Any]:
    office.caught_up()
    answer = office.get("households", who, params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestRegister:
    def test_what_names_people_is_sealed_masked_and_revealed_with_a_reason(self, office: Office) -> None:
        id = entered(office, id="SL-1", kind="resident", tenure="own", since="2020-05-01")
        found = one(office, id)
        assert (found["id"], found["people"], found["grid"]) == ("SL-1", 3, GRID)
        assert (found["name"], found["phone"], found["home"]["address"]) == ("欧阳某", None, ADDRESS)
        assert [(each["tenure"], each["since"]) for each in found["tenancies"]] == [("own", "2020-05-01")]
        for who in ("gridworker", "dispatcher", "street", "admin", "analyst"):
            assert PHONE not in office.get("households", who).text
        raw = b"".join(row[5] for row in office.engine.log.rows(0, 100_000))
        for said in (NAME, PHONE, ADDRESS):
            assert said.encode() not in raw
        told = office.done(f"households/{id}/reveal", {"field": "phone", "reason": "约上门"}, "gridworker")
        assert told["value"] == PHONE
        assert "约上门" in one(office, id)["history"][-1]["sentence"]
        assert (
            office.post(f"households/{id}/reveal", {"field": "phone", "reason": "x"}, "admin").status_code
            == 403
        )

    def test_the_list_is_the_callers_place_page_by_page(self, office: Office) -> None:
        mine = [entered(office, address=f"翠微里{n}号楼") for n in range(3)]
        there = entered(office, "dispatcher", grid=NEXT, address="北苑1号楼")
        assert there in {each["id"] for each in listed(office)["items"]}
        of_grid = listed(office, "gridworker")
        assert there not in {each["id"] for each in of_grid["items"]} and of_grid["total"] >= 3
        assert listed(office, "elsewhere")["items"] == []
        assert office.get(f"households/{there}", "gridworker").status_code == 404
        assert office.get("households", "resident").status_code == 403
        assert office.get("households", "heating").status_code == 403
        found: list[str] = []
        cursor = None
        while True:
            asked: dict[str, Any] = {"grid": GRID, "limit": 2} | ({"cursor": cursor} if cursor else {})
            page = listed(office, **asked)
            found += [each["id"] for each in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(found) == len(set(found)) == page["total"] and set(mine) <= set(found)
        assert office.get("households", params={"cursor": "x"}).status_code == 422

    def test_who_was_never_classified_stands_apart_and_is_found(self, office: Office) -> None:
        id = entered(office, address="未分类楼", people=None)
        before = facet(listed(office), "kind", "unclassified")
        assert id in ids(listed(office, kind="unclassified")) & ids(listed(office, kind="resident"))
        assert id in ids(listed(office, lacks="people"))
        office.done(f"households/{id}/reclassify", {"kind": "employed"}, "gridworker")
        office.done(f"households/{id}/recount", {"people": 5}, "gridworker")
        after = listed(office)
        assert facet(after, "kind", "unclassified") == before - 1
        assert id in ids(listed(office, kind="employed")) and id not in ids(listed(office, lacks="people"))
        assert sum(each["households"] for each in after["facets"]["kind"]) == after["total"]

    def test_a_key_households_file_is_opened_and_closed_with_a_reason(self, office: Office) -> None:
        id = entered(office, address="重点楼")
        bare = office.post(f"households/{id}/reclassify", {"kind": "key"}, "gridworker")
        assert (bare.status_code, bare.json()["rule"]) == (409, "household.reason-needed")
        office.done(f"households/{id}/reclassify", {"kind": "key", "reason": "独居老人"}, "gridworker")
        assert "独居老人" in one(office, id)["history"][-1]["sentence"]

    def test_an_id_is_taken_once_and_a_retry_is_safe(self, office: Office) -> None:
        key = {"Idempotency-Key": "once"}
        body = {"grid": GRID, "address": "重复楼"}
        first = office.done("households", body, "gridworker", headers=key)
        again = office.done("households", body, "gridworker", headers=key)
        assert again["id"] == first["id"] and again["repeated"]
        entered(office, id="twice", address="")
        answer = office.post("households", {"grid": GRID, "id": "twice"}, "gridworker")
        assert (answer.status_code, answer.json()["rule"]) == (409, "household.state")
        assert "在住" in answer.json()["detail"]

    def test_a_place_that_is_not_his_is_refused(self, office: Office) -> None:
        answer = office.post("households", {"grid": NEXT, "people": 1}, "gridworker")
        assert (answer.status_code, answer.json()["rule"]) == (409, "household.outside-scope")
        unknown = office.post("households", {"grid": "demo/none", "people": 1}, "gridworker")
        assert unknown.json()["rule"] == "grid.unknown"
        for bad in ({"people": -1}, {"people": True}, {"kind": "villa"}, {"id": "a/b"}, {"since": "heute"}):
            assert office.post("households", {"grid": GRID, **bad}, "gridworker").status_code == 422, bad

    def test_a_dry_run_tells_the_facts_and_records_nothing(self, office: Office) -> None:
        head = office.engine.log.head()
        answer = office.post(
            "households", {"grid": GRID, "address": "试一试楼"}, "gridworker", params={"dry_run": "true"}
        )
        names = [fact["name"] for fact in answer.json()["facts"]]
        assert names == [
            "household.registered",
            "dwelling.registered",
            "tenancy.started",
            "dwelling.occupied",
        ]
        assert office.engine.log.head() == head


class TestMoves:
    def test_a_move_keeps_each_history_apart(self, office: Office) -> None:
        id = entered(office, id="mover", address="旧居1室")
        old = one(office, id)["dwelling"]
        moved = office.done(
            f"households/{id}/move-in",
            {"grid": GRID, "address": "新居2室", "tenure": "rent"},
            "gridworker",
        )
        assert [fact["name"] for fact in moved["facts"]] == [
            "household.moved-out", "household.moved-in", "tenancy.ended", "dwelling.vacated",
            "dwelling.registered", "tenancy.started", "dwelling.occupied",
        ]  # fmt: skip
        found = one(office, id)
        assert found["home"]["address"] == "新居2室" and found["dwelling"] != old
        assert [each["ended_at"] is None for each in found["tenancies"]] == [True, False]
        assert all(fact["stream"] == "hh-mover" for fact in found["history"])
        empty = office.get(f"dwellings/{old}").json()
        assert empty["vacant"] and [each["household"] for each in empty["tenancies"]] == ["mover"]
        assert all(fact["stream"] == old for fact in empty["history"])
        assert old in {
            each["id"] for each in office.get("dwellings", params={"vacant": "true"}).json()["items"]
        }
        office.done(f"households/{id}/move-out", {"reason": "房子卖了"}, "gridworker")
        gone = one(office, id)
        assert gone["vacant"] and gone["dwelling"] == "" and "房子卖了" in gone["history"][-1]["sentence"]
        assert id in ids(listed(office, vacant="true")) and id not in ids(listed(office, vacant="false"))
        assert gone["allowed"] == ["move-in", "leave"]
        back = office.done(f"households/{id}/move-in", {"dwelling": old}, "gridworker")
        assert back["dwelling"] == old
        assert len(one(office, id)["tenancies"]) == 3

    def test_moving_to_another_grid_takes_it_out_of_this_ones_sight(self, office: Office) -> None:
        id = entered(office, address="此处3室")
        office.done(f"households/{id}/move-in", {"grid": NEXT, "address": "彼处4室"}, "dispatcher")
        assert office.get(f"households/{id}", "gridworker").status_code == 404
        assert one(office, id)["grid"] == NEXT

    def test_a_move_is_not_made_on_an_old_version(self, office: Office) -> None:
        id = entered(office, address="版本楼")
        stale = office.post(
            f"households/{id}/move-out", {"reason": "x"}, "gridworker", headers={"If-Match": '"9"'}
        )
        assert stale.status_code == 412
        assert office.post(f"households/{id}/move-in", {"grid": GRID}, "gridworker").status_code == 422

    def test_people_belong_to_it_and_leave_it(self, office: Office) -> None:
        id = entered(office, address="成员楼")
        office.done(f"households/{id}/join", {"person": "resident"}, "gridworker")
        assert ids(listed(office, person="resident")) == {id}
        (member,) = one(office, id)["people_of_it"]
        assert (member["person"], member["left_at"]) == ("resident", None)
        unknown = office.post(f"households/{id}/join", {"person": "nobody-at-all"}, "gridworker")
        assert unknown.json()["rule"] == "person.unknown"
        office.done(f"households/{id}/leave", {"person": "resident", "reason": "去外地上学"}, "gridworker")
        assert one(office, id)["people_of_it"][0]["left_at"] and not ids(listed(office, person="resident"))
        again = office.post(f"households/{id}/leave", {"person": "resident"}, "gridworker")
        assert again.json()["rule"] == "household.not-a-member"

    def test_a_temporary_cards_whole_way_is_seen_from_household_and_dwelling(self, office: Office) -> None:
        tenant = entered(office, id="tenant", address="出租屋5室")
        card = office.done("points/accounts", {"holder": "tenant", "kind": "temporary"}, "gridworker")["id"]
        claim = {"account": card, "activity": "patrol", "quantity": 1, "occurred_on": "2026-11-18"}
        filed = office.done("points/claims", claim, "gridworker")["id"]
        office.done(f"points/claims/{filed}/verify", {}, "gridworker2")
        rules = {"version": "cards", "content": {"card_transfer": True, "rankings": {}}}
        office.done("rule-books/supervision", rules, "street")
        office.done("rule-books/supervision/cards/adopt", {"effective_from": "2026-11-18"}, "street")
        dwelling = one(office, tenant)["dwelling"]
        office.done(f"households/{tenant}/move-out", {"reason": "租约到期"}, "gridworker")
        heir = entered(office, id="heir", dwelling=dwelling, address="")
        other = office.done("points/accounts", {"holder": "heir", "kind": "temporary"}, "gridworker")["id"]
        last = office.done("points/accounts", {"holder": "h-last", "kind": "household"}, "gridworker")["id"]
        for origin, to in ((card, other), (other, last)):
            office.done(f"points/accounts/{origin}/transfer", {"to": to, "reason": "租户搬走"}, "dispatcher")
        way = [(card, other, 5), (other, last, 5)]
        for found in (one(office, tenant), one(office, heir), office.get(f"dwellings/{dwelling}").json()):
            cards = found["cards"]
            assert [(step["from"], step["to"], step["points"]) for step in cards["path"]] == way
            assert {each["account"]: each["balance"] for each in cards["accounts"]} == {
                card: 0, other: 0, last: 5,
            }  # fmt: skip


def test_who_a_household_was_is_forgotten_for_good(tmp_path: Any, clock: Clock) -> None:
    engine = opened(tmp_path / "store", clock)
    office = Office(TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)), engine, clock)
    id = entered(office)
    entered(office, id="other", name="李四", address="别处")
    office.done(f"households/{id}/reclassify", {"kind": "key", "reason": "体弱多病"}, "gridworker")
    assert office.post(f"households/{id}/erase", {"reason": "申请"}, "gridworker").status_code == 403
    office.done(f"households/{id}/erase", {"reason": "本户申请删除"}, "admin")
    told = one(office, id)
    assert told["erased"] and told["name"] is None and told["people"] == 3
    assert "体弱多病" not in office.get(f"households/{id}").text
    assert one(office, "other")["name"] == "李某"
    refused = office.post(f"households/{id}/recount", {"people": 1}, "gridworker")
    assert refused.json()["rule"] == "household.state"
    engine.close()
    again = open_engine(tmp_path / "store", clock=clock, watch=False)
    assert again.vault.destroyed([f"hh-{id}", "hh-other"]) == {f"hh-{id}"}
    assert again.forgetting.erased[f"hh-{id}"]
    again.close()


def test_who_erases_a_person_is_told_his_households(office: Office) -> None:
    person = office.done("people", {"name": "周某某", "home": GRID}, "admin")["id"]
    id = entered(office, address="周家楼", name="周某某")
    office.done(f"households/{id}/join", {"person": person}, "gridworker")
    office.caught_up()
    assert office.done(f"people/{person}/erase", {"reason": "本人申请"}, "admin")["households"] == [id]


def test_the_stream_tells_of_a_household_to_its_place_only(office: Office) -> None:
    id = entered(office, address="流楼")
    lines = list(office.engine.log.stream(f"hh-{id}"))
    of = office.engine.desk.state("household", f"hh-{id}")[0].household
    lines += [*office.engine.log.stream(of.dwelling), *office.engine.log.stream(of.tenancy)]
    state = office.http.app.state  # type: ignore[attr-defined]
    near = {"gridworker": True, "dispatcher": True, "elsewhere": False, "resident": False, "heating": False}
    for who, expected in near.items():
        sees = seen_by(office.engine, state.cases, state.points, USERS[who].actor)
        assert {sees(line) for line in lines} == {expected}, who


def test_a_household_of_another_city_is_not_there(office: Office) -> None:
    steps = [
        Step("organisation", ORGANISATION, EstablishGrid(path, path, level))
        for path, level in (
            ("far", "city"),
            ("far/w", "street"),
            ("far/w/j", "community"),
            ("far/w/j/g", "grid"),
        )
    ]
    office.engine.desk.do(Order(tuple(steps), OPERATOR))
    id = entered(office, "admin", grid="far/w/j/g", address="远方")
    for who in ("gridworker", "dispatcher", "street"):
        assert office.get(f"households/{id}", who).status_code == 404
        assert office.post(f"households/{id}/recount", {"people": 1}, who).status_code in (403, 404)
        assert id not in office.get("households", who).text


def ids(page: dict[str, Any]) -> set[str]:
    return {each["id"] for each in page["items"]}


def facet(page: dict[str, Any], name: str, value: str) -> int:
    return next((int(each["households"]) for each in page["facets"][name] if each["value"] == value), 0)
