"""People from a file: entered once, sealed, and nobody loses a right because a line is missing."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.compose import open_engine
from domain.messages import Actor
from domain.organisation import STREAM, Grant, TakePost
from domain.people import Erase, stream_of
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine
from scripts.cli import run
from scripts.setting_up import OPERATOR, BadSetup, Changes, Register, apply, load
from scripts.staffing import person_id

SAMPLES = Path(__file__).parents[2] / "scripts" / "samples"
SL = "demo/north/sl"
NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "store", watch=False, clock=lambda: NOW)
    apply(engine.desk, load(SAMPLES / "community.toml"))
    yield engine
    engine.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(shutil.copy(SAMPLES / "people.toml", tmp_path / "people.toml"))


def init(engine: Engine, file: Path = SAMPLES / "people.toml", **options: Any) -> Changes:
    register = Register(engine.desk, engine.vault, engine.accounts)
    return apply(engine.desk, load(file), register, **options)


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")


def test_the_sample_is_recorded_once(engine: Engine) -> None:
    first = init(engine)
    signs = [said[0] for said in first.sentences()]
    assert set(signs) == {"+"}
    assert [said for said in first.sentences() if said.startswith("+ grant")] == [
        "+ grant to admin: admin of the whole deployment",
        "+ grant to dispatcher: dispatcher of demo/north/sl",
        "+ grant to grid-01-head: gridworker of demo/north/sl/grid-01",
        "+ grant to panel-1: panel of demo/north/sl until 2028-12-31",
    ]
    known = engine.desk.stage().organisation
    assert known.bodies["sl-one-plus-four"].templates == "2026-1"
    (panel,) = known.grants_of(person_id("panel-1"), NOW)
    assert panel.until_at == datetime(2028, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
    account = engine.accounts.find("zhou")
    assert account is not None
    assert (account.person, account.hash) == (person_id("grid-01-head"), "")
    assert engine.vault.person_known("10000000002") == person_id("grid-01-head")
    head = engine.log.head()
    again = init(engine)
    assert not again and again.receipt is None and again.sentences() == ()
    assert engine.log.head() == head


def test_neither_a_name_nor_a_number_is_said_or_written(engine: Engine, tmp_path: Path) -> None:
    said = " ".join(init(engine).sentences())
    assert "周某" not in said and "10000000002" not in said
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file():
            assert "周某".encode() not in path.read_bytes()
            assert b"10000000002" not in path.read_bytes()


def test_a_dry_run_says_the_same_and_changes_nothing(engine: Engine) -> None:
    head = engine.log.head()
    dry = init(engine, dry_run=True)
    assert engine.log.head() == head
    assert engine.accounts.find("zhou") is None
    assert engine.vault.person_known("10000000002") is None
    assert init(engine).sentences() == dry.sentences()


def test_what_changed_is_shown_by_field(engine: Engine, file: Path) -> None:
    init(engine, file)
    change(file, 'name = "周某"\nphone = "10000000002"', 'name = "邹某"\nphone = "10000000009"')
    change(file, 'login = "zhou"', 'login = "zou"')
    change(file, 'name = "松林社区“1+4”联动小组"', 'name = "松林联动小组"')
    assert init(engine, file).sentences() == (
        "~ person grid-01-head: name, phone",
        "~ body sl-one-plus-four: name",
        "~ login of grid-01-head",
    )
    assert engine.accounts.find("zhou") is None
    assert not init(engine, file)


def test_nothing_is_revoked_silently(engine: Engine, file: Path) -> None:
    init(engine, file)
    change(file, 'role = "dispatcher"\nscope = "demo/north/sl"', 'role = "analyst"\nscope = "demo/north/sl"')
    change(file, 'post = "grid_head"', 'post = "liaison"')
    kept = init(engine, file)
    assert kept.sentences() == (
        "+ grant to dispatcher: analyst of demo/north/sl",
        "+ post of grid-01-head: liaison of demo/north/sl/grid-01",
        "! grant g-2 of dispatcher: dispatcher of demo/north/sl: not in the file; --revoke takes it back",
        "! post t-1 of grid-01-head: grid_head of demo/north/sl/grid-01: not in the file; "
        "--revoke takes it back",
    )
    still = init(engine, file)
    assert not still and still.receipt is None
    assert [said[0] for said in still.sentences()] == ["!", "!"]
    revoked = init(engine, file, revoke=True)
    assert revoked.sentences() == (
        "! grant g-2 of dispatcher: dispatcher of demo/north/sl: taken back",
        "! post t-1 of grid-01-head: grid_head of demo/north/sl/grid-01: taken back",
    )
    roles = [grant.role for grant in engine.desk.stage().organisation.grants_of(person_id("dispatcher"), NOW)]
    assert roles == ["analyst"]
    assert init(engine, file, revoke=True).sentences() == ()


def test_only_the_files_own_people_are_compared(engine: Engine) -> None:
    init(engine)
    command = Grant("p-other", "panel", SL, "换届")
    engine.desk.do(Order((Step("organisation", STREAM, command),), OPERATOR))
    assert init(engine, revoke=True).sentences() == ()


def test_a_shorter_grant_takes_the_longer_one_back_only_when_told_to(engine: Engine, file: Path) -> None:
    init(engine, file)
    change(file, "until = 2028-12-31", "until = 2027-12-31")
    (remark,) = init(engine, file).sentences()
    assert remark.startswith("! grant g-4 of panel-1: panel of demo/north/sl until 2028-12-31: not in")
    assert init(engine, file, revoke=True).sentences() == (
        "~ grant g-4 of panel-1: panel of demo/north/sl until 2028-12-31: taken back",
        "+ grant to panel-1: panel of demo/north/sl until 2027-12-31",
    )
    assert init(engine, file, revoke=True).sentences() == ()


def test_a_new_administrator_is_there_before_the_old_one_goes(engine: Engine, file: Path) -> None:
    init(engine, file)
    change(file, '[[people.grants]]\nrole = "admin"\nreason = "系统管理员"\n', "")
    with pytest.raises(Refused) as no:
        init(engine, file, revoke=True)
    assert no.value.rule == "grant.last-admin"
    change(file, 'role = "dispatcher"\nscope = "demo/north/sl"', 'role = "admin"')
    init(engine, file, revoke=True)
    assert engine.desk.stage().organisation.holders("admin", "", NOW) == {person_id("dispatcher")}


def test_who_was_erased_is_not_entered_again(engine: Engine) -> None:
    init(engine)
    person = person_id("mediator")
    engine.desk.do(Order((Step("person", stream_of(person), Erase("本人要求")),), OPERATOR))
    assert init(engine).sentences() == ("! person mediator was erased; the entry does nothing any more",)


def test_a_file_is_recorded_whole_or_not_at_all(engine: Engine, file: Path) -> None:
    change(file, 'post = "grid_head"', 'post = "pope"')
    head = engine.log.head()
    with pytest.raises(Refused) as no:
        init(engine, file)
    assert no.value.rule == "organisation.unknown-post"
    assert engine.log.head() == head
    assert engine.accounts.find("zhou") is None


def test_a_login_somebody_else_has_is_named(engine: Engine) -> None:
    engine.accounts.keep("p-other", "zhou", "", NOW)
    with pytest.raises(BadSetup, match="grid-01-head: login: somebody else"):
        init(engine)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('key = "admin"\n', "", "people[0].key: is missing"),
        ('key = "admin"', 'key = "a b"', "people[0].key: is 'a b'"),
        ('key = "dispatcher"', 'key = "admin"', "people[1].key: 'admin' is used twice"),
        ('login = "lin"', 'login = "chang"', "people[1].login: 'chang' is used twice"),
        ('phone = "10000000001"', 'phone = "none"', "people[1].phone: is no telephone number"),
        ('role = "dispatcher"', 'role = "emperor"', "people[1].grants[0].role: is 'emperor'"),
        ('scope = "demo/north/sl"\nreason = "社区派单员"', "", "people[1].grants[0].scope: is missing"),
        ("until = 2028-12-31", "until = 3", "people[5].grants[0].until: is 3"),
        ('person = "police"', 'person = "nobody"', "bodies[0].members[2].person: 'nobody' is the key"),
        ('name = "常某"', 'name = "常某"\nage = 40', "people[0].age: is not known here"),
    ],
)
def test_a_fault_is_named_by_field(file: Path, before: str, after: str, said: str) -> None:
    change(file, before, after)
    with pytest.raises(BadSetup) as no:
        load(file)
    assert said in str(no.value)


def test_people_need_the_register(engine: Engine) -> None:
    with pytest.raises(ValueError, match="needs the register"):
        apply(engine.desk, load(SAMPLES / "people.toml"))


def test_a_tree_of_3840_nodes_is_set_up_by_its_local_names(tmp_path: Path) -> None:
    """61 communities, 415 cells of estates, 2,024 of buildings, 1,340 households: one file, one order."""
    words = [
        ("社区党委", "community"),
        ("小区党支部", "grid"),
        ("楼栋党小组", "building"),
        ("中心户", "entrance"),
    ]
    (tmp_path / "words.toml").write_text(
        "\n".join(f'[[levels]]\nname = "{name}"\nlevel = "{level}"\n' for name, level in words), "utf-8"
    )
    lines = [
        '[[books]]\nbook = "vocabularies"\nversion = "1"\neffective_from = 2020-01-01\nfile = "words.toml"'
    ]
    lines.append('[[grids]]\npath = "city"\nname = "city"\nlevel = "city"')
    paths: list[str] = ["city"]
    above = ["city"]
    for (name, _), many in zip(words, (61, 415, 2_024, 1_340), strict=True):
        made = [f"{above[n % len(above)]}/{n}" for n in range(many)]
        lines += [f'[[grids]]\npath = "{path}"\nname = "{path}"\nlevel = "{name}"' for path in made]
        paths, above = [*paths, *made], made
    (tmp_path / "tree.toml").write_text("\n\n".join(lines), "utf-8")
    engine = open_engine(tmp_path / "store", watch=False)
    try:
        setup = load(tmp_path / "tree.toml")
        assert {grid.level for grid in setup.grids} == {"city", *(level for _, level in words)}
        apply(engine.desk, setup)
        assert set(engine.desk.stage().organisation.grids) == set(paths)
        assert len(paths) == 3_841
        assert not apply(engine.desk, setup)
    finally:
        engine.close()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('home = "nowhere"', "people a: home: 'nowhere' is neither"),
        ('grants = [{ role = "panel", scope = "nowhere" }]', "people a: grants: 'nowhere' is neither"),
        ('grants = [{ role = "unit", scope = "nobody-co" }]', "people a: grants: 'nobody-co' is neither"),
    ],
)
def test_a_place_that_is_nowhere_is_named_by_person_and_field(
    engine: Engine, tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "x.toml").write_text(f'[[people]]\nkey = "a"\nname = "甲"\n{line}\n', "utf-8")
    head = engine.log.head()
    with pytest.raises(BadSetup, match=said):
        init(engine, tmp_path / "x.toml")
    assert engine.log.head() == head


def test_a_level_that_no_vocabulary_knows_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('[[grids]]\npath = "a"\nname = "a"\nlevel = "星球"', "utf-8")
    with pytest.raises(BadSetup, match=r"grids\[0\].level: is '星球'"):
        load(tmp_path / "x.toml")


def test_what_others_gave_beside_the_file_is_pointed_out(engine: Engine) -> None:
    init(engine)
    admin = Actor(person_id("admin"), "admin")
    command = TakePost(person_id("mediator"), "liaison", SL)
    engine.desk.do(Order((Step("organisation", STREAM, command),), admin))
    assert init(engine).remarks[0].text.startswith("post t-3 of mediator: liaison of demo/north/sl")


def test_the_command_shows_what_it_does_and_ends_as_documented(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(tmp_path / "store")
    assert run(["init", str(SAMPLES / "community.toml"), "--data", store]) == 0
    assert run(["init", str(file), "--data", store, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["recorded"] == 13
    assert {each["change"] for each in told["changes"]} == {"+"}
    change(file, 'role = "dispatcher"\nscope = "demo/north/sl"', 'role = "analyst"\nscope = "demo/north/sl"')
    assert run(["init", str(file), "--data", store, "--format", "json", "--revoke"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [each["change"] for each in told["changes"]] == ["+", "!"]
    assert run(["init", str(file), "--data", store]) == 0
    assert "nothing to do" in capsys.readouterr().err
    change(file, 'role = "analyst"', 'role = "emperor"')
    assert run(["init", str(file), "--data", store]) == 3
    assert "people[1].grants[0].role" in capsys.readouterr().err
