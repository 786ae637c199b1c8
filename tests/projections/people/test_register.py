"""The register of people as rows: what was said of each, nothing opened, nothing left of who was erased; and
every fact in sentences, in both languages."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from api.compose import open_engine
from domain.messages import Actor, Envelope, Recorded, Sealed, clear
from domain.organisation import facts as o
from domain.people import Bar, Enrol, Erase, PlaceHold, stream_of
from domain.people import facts as p
from domain.steps import Step
from engine.desk import Order
from engine.read import rows
from engine.rebuild import rebuild
from engine.tables import RowShape
from projections.case import Kept, micros
from projections.people.register import PEOPLE, REGISTER, Person, fold
from projections.people.telling import SENTENCES, sentence
from projections.words import Names, Speaker
from tests.projections.story import ZONE, at

NOW = at("2025-03-03 09:00")
BY = Actor("admin", "admin")
NAME, PHONE = Sealed("p-1", "name-box"), Sealed("p-1", "phone-box")
ENTERED = p.Enrolled(NAME, PHONE, "demo/north/sl/grid-01", False)


def lines(*facts: Any, stream: str = "person-p-1") -> list[Recorded]:
    told = []
    for n, fact in enumerate(facts, 1):
        moment = NOW + timedelta(hours=n)
        told.append(Recorded(n, stream, n, moment, Envelope(moment, BY), fact))
    return told


def row(*facts: Any) -> dict[str, Any]:
    state: Person | None = None
    for line in lines(*facts):
        before = state if state is None else stored(state)
        state = fold(before, line)
        assert REGISTER.marks(before, state, line) == {}
    assert state is not None
    (found,) = REGISTER.rows(state)["people"]
    assert found.keys() == PEOPLE.columns.keys()
    assert len(RowShape(PEOPLE).tuple(found)) == len(PEOPLE.columns)
    return found


def stored(state: Person) -> Person:
    """Put away and taken out again, as the engine does between batches."""
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=Person)
    assert again == state
    return again


def test_a_row_carries_what_is_sealed_unopened() -> None:
    found = row(ENTERED)
    assert (found["stream"], found["id"], found["home"]) == ("person-p-1", "p-1", "demo/north/sl/grid-01")
    name = Kept.of_json(found["name"])
    assert (name.sealed, name.stream, name.version) == (NAME, "person-p-1", 1)
    assert (name.name, name.field) == ("person.enrolled", "name")
    assert Kept.of_json(found["phone"]).field == "phone"


def test_entered_again_he_is_renamed_or_moved() -> None:
    found = row(ENTERED, p.Enrolled(Sealed("p-1", "other"), None, "", False))
    assert Kept.of_json(found["name"]).version == 2
    assert (found["phone"], found["home"], found["entered_position"]) == (None, "", 1)
    assert found["enrolled_at"] == micros(NOW + timedelta(hours=1))


def test_barred_and_readmitted() -> None:
    assert row(ENTERED, p.Barred("离职"))["barred"] == 1
    assert row(ENTERED, p.Barred("离职"), p.Readmitted("返岗"))["barred"] == 0


def test_holds_that_stand_are_listed() -> None:
    placed = (p.HoldPlaced("h-1", "诉讼中", None), p.HoldPlaced("h-2", "纪检", NOW))
    found = json.loads(row(*placed, p.HoldLifted("h-1", "结案"))["holds"])
    assert found == [{"hold": "h-2", "reason": "纪检", "until": micros(NOW)}]


def test_of_a_reporter_nobody_entered_only_the_hold_is_known() -> None:
    found = row(p.HoldPlaced("h-1", "诉讼中", None))
    assert (found["enrolled"], found["name"]) == (0, None)


def test_nothing_is_left_of_who_was_erased() -> None:
    found = row(ENTERED, p.HoldPlaced("h-1", "王小明的案子", None), p.Erased("本人要求"))
    assert (found["erased"], found["barred"], found["enrolled"]) == (1, 1, 1)
    assert (found["name"], found["phone"], found["home"], found["holds"]) == (None, None, "", "[]")


def test_a_rebuild_gives_what_was_followed(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, watch=False)
    try:
        for n in range(30):
            id = f"p-{n}"
            commands: list[Any] = [Enrol(clear(id, f"居民{n}"), clear(id, f"1380000{n:04}"))]
            commands += [Bar("离职")] if n % 3 == 0 else []
            commands += [PlaceHold("诉讼中")] if n % 5 == 0 else []
            commands += [Erase("本人要求")] if n % 7 == 1 and n % 5 else []
            steps = tuple(Step("person", stream_of(id), command) for command in commands)
            engine.desk.do(Order(steps, BY))
        engine.catch_up()
        with engine.views.read() as reading:
            found = rows(reading, "people", order=("entered_position", "asc"), limit=100).items
        assert [each["id"] for each in found] == [f"p-{n}" for n in range(30)]
        assert engine.vault.open_kept(Kept.of_json(found[0]["name"])) == "居民0"
        assert found[1]["name"] is None
        assert rebuild(engine, jobs=2, verify=True).difference is None
    finally:
        engine.close()


# ------------------------------------------------------------------ in sentences

MEMBERS = (o.Member("gridworker", "p-1"),)
SAID = (
    o.GridEstablished("demo", "示范市", "city"),
    o.UnitEstablished("heating-co", "供热公司", "company"),
    o.TimeZoneSet("Asia/Shanghai"),
    o.Granted("g-1", "p-1", "gridworker", "demo", NOW, NOW + timedelta(days=30), "到岗"),
    o.GrantRevoked("g-1", "p-1", "离岗"),
    o.PostTaken("t-1", "p-1", "grid_head", "demo"),
    o.PostLeft("t-1", "p-1", "换届"),
    o.BodyFormed("sl-1-4", "demo", "one-plus-four", "2026-1", MEMBERS),
    o.BodyDissolved("sl-1-4", "改组"),
    ENTERED,
    p.PasswordSet(),
    p.IdentityLinked("https://id.example", "abc"),
    p.SignedOut("丢了手机"),
    p.Barred("离职"),
    p.Readmitted("返岗"),
    p.PersonalDataRevealed("phone", "约上门", NOW),
    p.HoldPlaced("h-1", "诉讼中", None),
    p.HoldLifted("h-1", "结案"),
    p.Erased("本人要求"),
)


def test_every_fact_has_its_sentence() -> None:
    assert {type(fact) for fact in SAID} == {*get_args(o.Fact), *get_args(p.Fact)} == set(SENTENCES)


@pytest.mark.parametrize("fact", SAID, ids=lambda fact: type(fact).__name__)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_sentence_says_who_to_whom_and_why_and_nothing_sealed(fact: Any, language: str) -> None:
    names = Names(units={"demo": "示范市", "sl-1-4": "联动小组"}, people={"admin": "管理员", "p-1": "王某"})
    (line,) = lines(fact, stream="organisation" if type(fact).__module__ == o.__name__ else "person-p-1")
    said = sentence(line, Speaker(language, ZONE, names))
    assert "box" not in said
    assert "{" not in said
    if hasattr(fact, "reason"):
        assert fact.reason in said
    if line.stream != "organisation":
        assert "王某" in said


def test_a_grant_reads_as_a_sentence() -> None:
    names = Names(units={"demo": "示范市"}, people={"admin": "管理员", "p-1": "王某"})
    (line,) = lines(SAID[3], stream="organisation")
    assert sentence(line, Speaker("zh-CN", ZONE, names)) == (
        "管理员授权王某从 3月3日 09:00 起任网格员，范围：示范市，到 4月2日 09:00。理由：到岗"
    )
    assert sentence(line, Speaker("en", ZONE, names)) == (
        "管理员 lets 王某 act as grid member from 3 Mar 09:00 in 示范市, until 2 Apr 09:00. Reason: 到岗"
    )
