"""After `erase` nothing of a person can be read anywhere on the disk, everybody else can, and the log is what
it was."""

import base64
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from api import erasing
from api.app import create_app
from api.compose import open_engine
from api.pages.resident.alike import me_too
from domain.messages import Actor
from domain.people import PlaceHold, stream_of
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine
from scripts.exporting import export
from scripts.setting_up import OPERATOR
from tests.api.conftest import GRID, Clock, Office, opened

NAME, PHONE = "欧阳鹤鸣", "13987654321"
TEXT, ADDRESS, NOTE = "厨房吊柜后面的水管漏水三天了", "翠微里 17 号楼 4 单元 902", "住户说晚上都在家"
HIS = (NAME, PHONE, TEXT, ADDRESS, NOTE)
OTHER = {"name": "李四", "phone": "13700000000"}
OTHERS_TEXT = "楼道灯不亮了好几天"
NAMES_HIM = f"隔壁{NAME}家半夜装修，电话 {PHONE}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    engine = opened(tmp_path / "store", clock, database)
    yield Office(TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)), engine, clock)
    engine.close()


def lived(office: Office) -> tuple[str, str, str]:
    """Two people with a case each, and a third case that names the first."""
    place = {"grid": GRID, "address": ADDRESS, "lat": 30.1, "long": 120.2}
    reporter = {"name": NAME, "phone": PHONE}
    key = {"Idempotency-Key": "his"}
    first = office.done(
        "complaints",
        {"category": "water", "text": TEXT, "place": place, "channel": "hotline", "reporter": reporter},
        headers=key,
    )["id"]
    other = office.registered(text=OTHERS_TEXT, reporter=OTHER)
    office.done(f"complaints/{other}/support", {"reporter": reporter, "text": TEXT})
    names_him = office.registered(text=NAMES_HIM, reporter=OTHER)
    office.case(first, "dispatch", {"lead": "property-co"})
    office.case(first, "respond", {"note": NOTE}, "property")
    office.case(first, "resolution", {"result": "solved", "answer": f"{NAME}说好了"}, "property")
    office.post(f"complaints/{first}/reveal", {"field": "phone", "reason": f"打给{NAME}"}, "gridworker")
    office.caught_up()
    return first, other, names_him


def person_of(office: Office) -> str:
    found = erasing.person_named(office.engine, "+86 139 8765 4321")
    assert found is not None
    return found


def forms(text: str) -> Iterator[bytes]:
    """A text as it might stand in some file."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        yield text.encode(encoding)
    yield json.dumps(text)[1:-1].encode()
    for shift in range(3):  # base64 begins anywhere
        whole = base64.b64encode(b"x" * shift + text.encode())
        yield whole[4:-4]
    yield text.encode().hex().encode()


def on_disk(office: Office) -> bytes:
    """Every file of the store, and with PostgreSQL every row of every table."""
    found = [path.read_bytes() for path in sorted(office.engine.data_dir.rglob("*")) if path.is_file()]
    if office.engine.database:
        with psycopg.connect(office.engine.database) as db:
            tables = db.execute(
                "SELECT schemaname, tablename FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table in tables:
                rows = db.execute(f'SELECT t::text FROM "{schema}"."{table}" AS t').fetchall()
                found += [str(row).encode() for row in rows]
    return b"\n".join(found)


def said(office: Office, tmp_path: Path) -> str:
    office.caught_up()
    answers = []
    for who in ("dispatcher", "gridworker", "admin", "panel"):
        listed = office.get("complaints", who).json()
        answers.append(json.dumps(listed, ensure_ascii=False))
        for item in listed["items"]:
            for path in ("", "/history", "/similar"):
                answers.append(office.get(f"complaints/{item['id']}{path}", who).text)
            answers.append(office.get(f"/complaints/{item['id']}", who).text)
        answers.append(office.get("/complaints", who).text)
    for kind in ("events", "cases"):
        file = tmp_path / f"after-{kind}-{len(list(tmp_path.iterdir()))}.jsonl"
        export(office.engine, kind, "jsonl", file)
        answers.append(file.read_text("utf-8"))
        file.unlink()
    return "\n".join(answers)


def log_hash(engine: Engine, until: int) -> str:
    found = hashlib.sha256()
    for row in engine.log.rows(limit=1_000_000, until=until):
        found.update(repr(row).encode())
    return found.hexdigest()


def erase(office: Office, person: str, who: str = "admin", **options: Any) -> Any:
    return office.post(f"people/{person}/erase", {"reason": "本人申请"}, who, **options)


def test_nothing_of_him_can_be_read_and_everything_of_the_others(office: Office, tmp_path: Path) -> None:
    first, other, names_him = lived(office)
    person, head = person_of(office), office.engine.log.head()
    before = log_hash(office.engine, head)
    assert all(text in said(office, tmp_path) for text in (TEXT, ADDRESS, NOTE))

    answer = erase(office, person)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["erased"] and found["cases"] == 2
    assert found["others"] == [{"id": names_him, "matches": "name"}]

    assert log_hash(office.engine, head) == before
    assert [row[3] for row in office.engine.log.rows(head)] == ["person.erased"]
    office.done(f"complaints/{names_him}/redact", {"version": 1, "field": "text", "reason": "写了别人"})
    after, disk = said(office, tmp_path), on_disk(office)
    for text in HIS:
        assert text not in after, text
        for form in forms(text):
            assert form not in disk, (text, form)
    assert OTHERS_TEXT in after and "（内容已删除）" in after and "[erased]" in after
    assert office.get(f"complaints/{first}").json()["erased"] is True
    assert office.get(f"complaints/{other}").json()["text"] == OTHERS_TEXT


def test_he_is_not_found_any_more(office: Office) -> None:
    first, other, _ = lived(office)
    erase(office, person_of(office))
    position = office.caught_up()
    for q in (NAME, "吊柜", "翠微里", "902"):
        items = office.get("complaints", params={"q": q, "min_position": position}).json()["items"]
        assert {item["id"] for item in items} & {first, other} == set(), q
    assert office.engine.vault.person_known(PHONE) is None
    assert erasing.person_named(office.engine, PHONE) is None
    again = office.registered(reporter={"name": NAME, "phone": PHONE})
    reporter = office.get(f"complaints/{again}").json()["reporter"]
    assert reporter["name"] == "欧阳某"


def test_his_case_goes_on(office: Office) -> None:
    first, _, _ = lived(office)
    erase(office, person_of(office))
    closed = office.case(first, "follow-up", office.visit(note="现场看过"), "gridworker")
    assert closed["state"] == "closed"
    assert "现场看过" in office.get(f"complaints/{first}/history").text
    answer = office.post(f"complaints/{first}/reveal", {"field": "phone", "reason": "x"}, "gridworker")
    assert (answer.status_code, answer.json()["value"]) == (200, None)


def test_what_was_kept_for_a_retry_is_gone(office: Office) -> None:
    lived(office)
    assert office.engine.log.aside("SELECT key FROM @answers")
    erase(office, person_of(office))
    assert office.engine.log.aside("SELECT key FROM @answers") == []


def test_where_he_joined_a_case_as_a_stranger_his_number_goes_too(office: Office) -> None:
    """On the public form he is nobody known: his number stands under another id, a case each."""
    _, other, names_him = lived(office)
    for case, phone in ((other, PHONE), (names_him, "+86 139 8765 4321"), (other, "13600000000")):
        step, person = me_too(office.engine, case, phone)
        office.engine.desk.do(Order((step,), Actor(person, "resident")))
    office.caught_up()
    plan = erasing.planned(office.engine, person_of(office))
    assert set(plan.joined) == {other, names_him} and {other, names_him} <= set(plan.cases)
    stranger = erasing.person_named(office.engine, "13600000000")
    assert stranger is not None and stranger.startswith("p-too-")  # nobody else has this number
    assert erase(office, plan.person).status_code == 200
    assert office.engine.vault.destroyed([*plan.joined.values(), stranger]) == set(plan.joined.values())
    shown = office.get(f"complaints/{names_him}/history", "dispatcher").text
    assert "（内容已删除）" in shown and OTHER["phone"] not in shown


def test_only_an_administrator_and_only_once(office: Office) -> None:
    lived(office)
    person = person_of(office)
    for who in ("dispatcher", "street", "panel", "gridworker"):
        assert erase(office, person, who).status_code in (403, 404)
    assert erase(office, person, params={"dry_run": "true"}).json()["consequences"]
    assert office.engine.vault.destroyed([person]) == set()
    assert erase(office, "p-nobody").status_code == 404
    assert erase(office, person).status_code == 200
    assert erase(office, person).json()["facts"] == []


def test_a_legal_hold_and_a_retention_stop_it(office: Office) -> None:
    lived(office)
    person = person_of(office)
    hold = Step("person", stream_of(person), PlaceHold("court"))
    office.engine.desk.do(Order((hold,), OPERATOR))
    answer = erase(office, person)
    assert (answer.status_code, answer.json()["rule"]) == (409, "person.held")
    office.done(f"people/{person}/hold-lift", {"hold": "h-1", "reason": "done"}, "admin")
    app: Any = office.http.app
    app.state.retention = erasing.retention({erasing.RETENTION: "365"})
    answer = erase(office, person)
    assert (answer.status_code, answer.json()["rule"]) == (409, "person.retained")
    assert office.engine.vault.destroyed([person]) == set()


def test_an_open_dispute_stops_it(office: Office) -> None:
    account = office.done("points/accounts", {"holder": "resident", "kind": "resident"}, "admin")["id"]
    body = {"account": account, "activity": "patrol", "quantity": 1, "occurred_on": "2026-11-18"}
    claim = office.done("points/claims", body, "resident")["id"]
    office.done(f"points/claims/{claim}/verify", {}, "gridworker")
    office.done(f"points/claims/{claim}/dispute", {"grounds": "没看到人"}, "dispatcher")
    office.caught_up()
    answer = erase(office, "resident")
    assert (answer.status_code, answer.json()["rule"]) == (409, "person.disputed"), answer.text


def test_an_enrolled_person_cannot_sign_in_any_more(office: Office) -> None:
    assert office.get("complaints", "gridworker2").status_code == 200
    office.engine.accounts.keep("gridworker2", "zhang.san", "hash", office.clock.now)
    assert office.engine.accounts.of("gridworker2") is not None
    assert erase(office, "gridworker2").status_code == 200
    assert office.engine.accounts.of("gridworker2") is None
    assert office.get("complaints", "gridworker2").status_code == 401


def test_a_crash_before_the_destruction_is_finished_at_the_next_start(
    office: Office, tmp_path: Path, clock: Clock
) -> None:
    first, *_ = lived(office)
    engine, person = office.engine, person_of(office)
    plan = erasing.planned(engine, person)
    engine.desk.do(Order(plan.steps("asked"), Actor("admin", "admin")))  # and here it dies
    assert office.get(f"complaints/{first}").json()["text"] == TEXT
    again = open_engine(engine.data_dir, engine.database, clock=clock, watch=False)
    try:
        assert again.vault.destroyed([person]) == {person}
        assert again.search.candidates("吊柜") == []
    finally:
        again.close()
    assert office.get(f"complaints/{first}").json()["text"] is None  # the running process noticed


def test_an_older_key_store_put_back_forgets_again(office: Office, tmp_path: Path, clock: Clock) -> None:
    lived(office)
    engine, person = office.engine, person_of(office)
    engine.vault.copy_keys(tmp_path / "kept.db")
    erase(office, person)
    office.caught_up()
    engine.close()
    for end in ("", "-wal", "-shm"):
        (engine.data_dir / f"keys.db{end}").unlink(missing_ok=True)
    (tmp_path / "kept.db").rename(engine.data_dir / "keys.db")
    with closing(sqlite3.connect(engine.data_dir / "keys.db")) as db:
        sql = "SELECT wrapped IS NOT NULL FROM keys WHERE subject = ?"
        assert db.execute(sql, (person,)).fetchone() == (1,)
    again = open_engine(engine.data_dir, engine.database, clock=clock, watch=False)
    try:
        assert again.vault.destroyed([person]) == {person}
    finally:
        again.close()
