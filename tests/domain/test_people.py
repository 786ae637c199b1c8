"""A person of the register: entered, barred, looked up, held, erased; by whom, and by whom not."""

from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import pytest

from domain import people
from domain.messages import Actor, Dated, Envelope, clear
from domain.organisation import Organisation, PostTaken
from domain.people import (
    Bar,
    Barred,
    Enrol,
    Enrolled,
    Erase,
    Erased,
    HoldLifted,
    HoldPlaced,
    IdentityLinked,
    LiftHold,
    LinkIdentity,
    PasswordSet,
    Person,
    PersonalDataRevealed,
    PlaceHold,
    Readmit,
    Readmitted,
    Reveal,
    SetPassword,
    SignedOut,
    SignOut,
    stream_of,
)
from domain.refusals import Refused
from domain.rule_books import Books
from domain.scene import Scene
from tests.domain.organisation_spec import ADMIN, GRID, HOUR, NOW, SL, SOUTH, STREET_ADMIN, granted
from tests.domain.organisation_spec import given as organisation

ME = "p-1"
NAME, PHONE = clear(ME, "王小明"), clear(ME, "13800000001")
HERE = Enrolled(NAME, PHONE, GRID, False)
STAFF = Enrolled(NAME, PHONE, "", False)
HIMSELF = Actor(ME, "resident", GRID)
WORKER = Actor("p-2", "gridworker", GRID)
TOWN = organisation()


def given(*facts: Any, at: datetime = NOW) -> Person:
    envelope = Envelope(at, ADMIN)
    return reduce(lambda state, fact: people.evolve(state, fact, envelope), facts, people.INITIAL)


def scene(by: Actor, town: Organisation, now: datetime, told: datetime | None) -> Scene:
    return Scene(now, told or now, by, stream_of(ME), Books(), town)


def decided(
    command: Any,
    *facts: Any,
    by: Actor = ADMIN,
    town: Organisation = TOWN,
    now: datetime = NOW,
    told: datetime | None = None,
) -> tuple[Any, ...]:
    return people.decide(command, given(*facts), scene(by, town, now, told))


def refused(command: Any, *facts: Any, **where: Any) -> str:
    with pytest.raises(Refused) as no:
        decided(command, *facts, **where)
    return no.value.rule


# ------------------------------------------------------------------ entering


def test_somebody_is_entered_with_or_without_a_home():
    assert decided(Enrol(NAME, PHONE, GRID)) == (HERE,)
    assert decided(Enrol(NAME, PHONE)) == (STAFF,)
    state = given(HERE)
    assert (state.enrolled, state.home, state.may_sign_in) == (True, GRID, True)
    assert not people.INITIAL.may_sign_in


def test_a_user_of_the_demo_stays_one_when_he_is_entered_anew():
    known = Enrolled(NAME, PHONE, GRID, True)
    assert decided(Enrol(NAME, PHONE, GRID), known) == (known,)


def test_an_administrator_enters_people_of_his_place():
    assert decided(Enrol(NAME, PHONE, GRID), by=STREET_ADMIN)
    assert decided(Enrol(NAME, PHONE), by=STREET_ADMIN)
    assert refused(Enrol(NAME, PHONE, SOUTH), by=STREET_ADMIN) == "person.not-his-admin"
    assert refused(Enrol(NAME, PHONE, GRID), by=WORKER) == "person.not-his-admin"
    assert refused(Enrol(NAME, PHONE, "demo/nowhere")) == "grant.unknown-place"


def test_nobody_fetches_somebody_elses_people_into_his_own_place():
    """Who moved him could then set his password."""
    elsewhere = Enrolled(NAME, PHONE, SOUTH, False)
    assert refused(Enrol(NAME, PHONE, GRID), elsewhere, by=STREET_ADMIN) == "person.not-his-admin"
    assert decided(Enrol(NAME, PHONE, GRID), elsewhere)


# ------------------------------------------------------------------ whose administrator

ADMINISTERED = (
    SetPassword(),
    LinkIdentity("https://id.example", "abc"),
    SignOut("丢了手机"),
    Bar("离职"),
    PlaceHold("诉讼中"),
    Erase("本人要求"),
)


@pytest.mark.parametrize("command", ADMINISTERED, ids=lambda command: type(command).__name__)
def test_an_administrator_reaches_every_place_somebody_acts_in(command):
    wider = (
        granted("g-1", ME, "admin", ""),
        granted("g-1", ME, "dispatcher", SOUTH),
        granted("g-1", ME, "unit", "heating-co"),
        granted("g-1", ME, "panel", SOUTH, begins=NOW + HOUR),
        PostTaken("t-1", ME, "liaison", SOUTH),
    )
    second = granted("g-2", "p-9", "admin", "")
    for fact in wider:
        town = organisation(fact, second)
        assert refused(command, HERE, by=STREET_ADMIN, town=town) == "person.not-his-admin"
        assert decided(command, HERE, town=town)
    over = organisation(granted("g-1", ME, "dispatcher", SOUTH, until=NOW))
    assert decided(command, HERE, by=STREET_ADMIN, town=over)
    own = organisation(granted("g-1", ME, "dispatcher", SL))
    assert decided(command, HERE, by=STREET_ADMIN, town=own)
    assert decided(command, STAFF, by=STREET_ADMIN, town=own)


@pytest.mark.parametrize("command", ADMINISTERED, ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("by", [WORKER, Actor("p-3", "dispatcher", SL), Actor("p-4", "admin", SOUTH)])
def test_nobody_else_touches_his_sign_in(command, by):
    assert refused(command, HERE, by=by) == "person.not-his-admin"


def test_he_sets_his_own_password_and_signs_himself_out():
    assert decided(SetPassword(), HERE, by=HIMSELF) == (PasswordSet(),)
    assert decided(SignOut("换手机"), HERE, by=HIMSELF) == (SignedOut("换手机"),)
    for command in (Bar("x"), Erase("x"), LinkIdentity("i", "s"), PlaceHold("x"), Readmit("x")):
        assert refused(command, HERE, by=HIMSELF) == "person.not-his-admin"


@pytest.mark.parametrize(
    "command",
    [SetPassword(), LinkIdentity("i", "s"), SignOut("x"), Bar("x"), Readmit("x"), Reveal("name", "x")],
    ids=lambda command: type(command).__name__,
)
def test_who_was_never_entered_cannot_sign_in(command):
    assert refused(command) == "person.unknown"


# ------------------------------------------------------------------ tokens end


@pytest.mark.parametrize("fact", [PasswordSet(), SignedOut("x"), Barred("x"), Erased("x")])
def test_what_ends_his_access_ends_earlier_tokens(fact):
    assert given(HERE).valid_from is None
    assert given(HERE, fact, at=NOW + HOUR).valid_from == NOW + HOUR


@pytest.mark.parametrize("command", [SetPassword(), SignOut("x"), Bar("x"), Erase("x")])
def test_tokens_end_by_the_engines_clock_whatever_moment_is_told(command):
    """Somebody who dates a sign-out back would leave the tokens made since then alive."""
    for told in (NOW - HOUR, NOW + timedelta(minutes=5)):
        (dated,) = decided(command, HERE, told=told)
        assert isinstance(dated, Dated)
        assert dated.occurred_at == NOW


def test_barred_is_barred_once_and_readmitted_once():
    assert decided(Bar("离职"), HERE) == (Barred("离职"),)
    assert decided(Bar("离职"), HERE, Barred("离职")) == ()
    assert not given(HERE, Barred("离职")).may_sign_in
    assert decided(Readmit("返岗"), HERE, Barred("离职")) == (Readmitted("返岗"),)
    assert decided(Readmit("返岗"), HERE) == ()
    assert given(HERE, Barred("离职"), Readmitted("返岗")).may_sign_in
    assert refused(Bar("  "), HERE) == "organisation.reason"
    assert refused(Bar("x" * 501), HERE) == "organisation.reason"


def test_nobody_bars_or_erases_himself_nor_the_last_administrator():
    me = Actor(ME, "admin")
    two = organisation(granted("g-1", ME, "admin", ""), granted("g-2", "p-9", "admin", ""))
    one = organisation(granted("g-1", ME, "admin", ""))
    for command in (Bar("x"), Erase("x")):
        assert refused(command, STAFF, by=me, town=two) == "person.himself"
        assert refused(command, STAFF, town=one) == "grant.last-admin"
        assert decided(command, STAFF, town=two)


def test_an_outside_account_is_linked_once():
    link = LinkIdentity("https://id.example", "abc")
    linked = IdentityLinked("https://id.example", "abc")
    assert decided(link, HERE) == (linked,)
    assert decided(link, HERE, linked) == ()
    assert given(HERE, linked).identities == {("https://id.example", "abc")}


@pytest.mark.parametrize(
    "address",
    ["http://id.example", "id.example", "https://", "ftp://id.example", "http://[", "https://a?b=c", ""],
)
def test_an_issuer_is_an_https_address(address: str):
    assert refused(LinkIdentity(address, "abc"), HERE) == "person.issuer"
    assert decided(LinkIdentity("http://127.0.0.1:9/realm", "abc"), HERE)  # nobody is on the way
    assert decided(LinkIdentity("https://id.example/realms/street", "abc"), HERE)


# ------------------------------------------------------------------ looking somebody up


def test_who_serves_his_place_reads_a_field_for_half_an_hour():
    wanted = (PersonalDataRevealed("phone", "约上门", NOW + timedelta(minutes=30)),)
    assert decided(Reveal("phone", "约上门"), HERE, by=WORKER) == wanted
    assert decided(Reveal("phone", "约上门"), HERE, by=Actor("p-3", "street", "demo/north")) == wanted
    assert decided(Reveal("phone", "约上门"), HERE, by=HIMSELF) == wanted


@pytest.mark.parametrize(
    "by",
    [
        Actor("p-3", "gridworker", SOUTH),
        Actor("p-3", "gridworker", ""),
        Actor("p-3", "panel", SL),
        Actor("p-3", "analyst", SL),
        Actor("p-3", "unit", "heating-co"),
        Actor("p-3", "resident", GRID),
        ADMIN,
    ],
)
def test_others_do_not(by):
    assert refused(Reveal("phone", "好奇"), HERE, by=by) == "actor.role"


def test_a_colleague_of_the_place_is_looked_up_by_where_he_serves():
    town = organisation(granted("g-1", ME, "gridworker", GRID))
    assert decided(Reveal("phone", "换班"), STAFF, by=Actor("p-3", "dispatcher", SL), town=town)
    assert refused(Reveal("phone", "换班"), STAFF, by=Actor("p-3", "dispatcher", SL)) == "actor.role"
    whole = organisation(granted("g-1", ME, "admin", ""))
    assert refused(Reveal("phone", "换班"), STAFF, by=WORKER, town=whole) == "actor.role"


def test_only_sealed_fields_and_only_with_a_reason():
    assert refused(Reveal("home", "x"), HERE, by=WORKER) == "person.unknown-field"
    assert refused(Reveal("phone", " "), HERE, by=WORKER) == "organisation.reason"


# ------------------------------------------------------------------ holds and erasure

HOLD = HoldPlaced("h-1", "诉讼中", None)


def test_a_legal_hold_keeps_him_until_it_is_lifted_or_over():
    assert decided(PlaceHold("诉讼中"), HERE) == (HOLD,)
    assert refused(Erase("本人要求"), HERE, HOLD) == "person.held"
    assert decided(LiftHold("h-1", "结案"), HERE, HOLD) == (HoldLifted("h-1", "结案"),)
    assert decided(Erase("本人要求"), HERE, HOLD, HoldLifted("h-1", "结案")) == (Erased("本人要求"),)
    until = HoldPlaced("h-1", "诉讼中", NOW + HOUR)
    assert refused(Erase("本人要求"), HERE, until) == "person.held"
    assert decided(Erase("本人要求"), HERE, until, now=NOW + HOUR)


def test_a_number_of_a_hold_is_used_once():
    (second,) = decided(PlaceHold("再审"), HERE, HOLD, HoldLifted("h-1", "结案"))
    assert second.hold == "h-2"


def test_a_hold_that_is_none_is_refused():
    assert refused(PlaceHold("x", NOW), HERE) == "person.hold-ended"
    assert refused(PlaceHold(" "), HERE) == "organisation.reason"
    assert refused(LiftHold("h-7", "x"), HERE, HOLD) == "person.no-hold"
    many = [HoldPlaced(f"h-{n}", "诉讼中", None) for n in range(people.MOST_HOLDS)]
    assert refused(PlaceHold("x"), HERE, *many) == "person.too-many-holds"


def test_a_reporter_nobody_entered_is_held_and_erased_all_the_same():
    assert decided(PlaceHold("诉讼中")) == (HOLD,)
    assert decided(Erase("本人要求")) == (Erased("本人要求"),)


def test_who_was_erased_is_gone_for_every_command():
    gone = (HERE, IdentityLinked("i", "s"), Erased("本人要求"))
    assert decided(Erase("本人要求"), *gone) == ()
    for command in (*ADMINISTERED[:-1], Enrol(NAME, PHONE), Readmit("x"), Reveal("name", "x")):
        assert refused(command, *gone) == "person.erased"
    state = given(*gone)
    assert not state.may_sign_in
    assert (state.home, state.identities) == ("", frozenset())
