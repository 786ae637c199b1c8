"""Coming in: passwords, sessions, roles, and what another site may not do in somebody's name."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher

from api.app import create_app
from api.compose import open_engine
from api.demo_users import GRID, OPERATOR, PASSWORD, enrol, keep_accounts
from api.signing_in.attempts import BY_ADDRESS, BY_LOGIN, Attempts, TooMany
from api.signing_in.choosing import LEAST
from api.signing_in.passwords import NOBODY, Passwords
from domain.people import Bar, SignOut, stream_of
from domain.steps import Step
from engine.accounts import BadLogin, LoginTaken
from engine.desk import Order
from engine.failures import TIDIED
from scripts.setting_up import apply, load
from tests.api.conftest import SAMPLE, Office

QUICK = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)).hash(PASSWORD)
"""The demo's password as a hash that costs a test nothing."""


@pytest.fixture
def door(office: Office) -> Office:
    """An office whose demo users have their password."""
    keep_accounts(office.engine, QUICK, office.clock())
    office.http.follow_redirects = False
    return office


def token(office: Office, login: str, password: str = PASSWORD, **more: str) -> Any:
    return office.http.post("/api/v1/token", data={"username": login, "password": password, **more})


def enter(office: Office, login: str, password: str = PASSWORD, **more: Any) -> Any:
    headers = {"Accept": "text/html", **more.pop("headers", {})}
    return office.http.post("/login", data={"username": login, "password": password, **more}, headers=headers)


def about(office: Office, person: str, command: Any) -> None:
    office.engine.desk.do(Order((Step("person", stream_of(person), command),), OPERATOR))


# ------------------------------------------------------------------ tokens for passwords


def test_a_password_gives_a_token_that_acts_in_one_role(door: Office):
    given = token(door, "gridworker2")
    assert given.status_code == 200 and given.headers["cache-control"] == "no-store"
    body = given.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    me = door.get("me", "", headers=headers).json()
    assert (me["person"], me["role"], me["name"], me["login"]) == (
        "gridworker2", "gridworker", "夏清", "gridworker2"
    )  # fmt: skip
    assert [each["role"] for each in me["roles"]] == ["gridworker", "resident"]
    assert door.get("complaints", "", headers=headers).status_code == 200


def test_somebody_with_several_roles_names_the_one_he_wants(door: Office):
    for wanted in ("resident", f"resident:{GRID}"):
        assert token(door, "gridworker2", scope=wanted).json()["scope"] == f"resident:{GRID}"
    answer = token(door, "gridworker2", scope="admin:")
    assert (answer.status_code, answer.json()["code"]) == (403, "sign-in.role")


def test_a_login_is_found_however_it_is_spelled(door: Office):
    assert token(door, " Dispatcher ").status_code == 200
    assert token(door, "ｄｉｓｐａｔｃｈｅｒ").status_code == 200


def test_unknown_wrong_barred_and_without_password_are_told_alike(door: Office):
    about(door, "street", Bar("离职"))
    door.engine.accounts.set_hash("analyst", "", door.clock())
    answers = [
        token(door, "nobody"), token(door, "panel", "wrong"), token(door, "street"), token(door, "analyst"),
        token(door, "x" * 300), token(door, ""), token(door, "analyst", ""),
    ]  # fmt: skip
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"username=a", "application/x-www-form-urlencoded", 400),
        (b"username=a&password=b&password=c", "application/x-www-form-urlencoded", 400),
        (b"username=a&password=b&grant_type=client_credentials", "application/x-www-form-urlencoded", 400),
        (b"username=%ff&password=b", "application/x-www-form-urlencoded", 400),
        (b"username=a%00&password=b", "application/x-www-form-urlencoded", 400),
        ("username=中&password=b".encode(), "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(1000)), "application/x-www-form-urlencoded", 400),
        (b'{"username": "a", "password": "b"}', "application/json", 415),
        (b"x" * 300_000, "application/x-www-form-urlencoded", 413),
    ],
)
def test_what_is_no_form_is_refused(door: Office, body: bytes, kind: str, status: int):
    answer = door.http.post("/api/v1/token", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_demo_is_closed_without_the_demo(door: Office):
    with TestClient(create_app(door.engine), client=("127.0.0.1", 5)) as plain:
        answer = plain.post("/api/v1/token", data={"username": "dispatcher", "password": PASSWORD})
        assert answer.status_code == 401


# ------------------------------------------------------------------ too often


def test_a_wrong_password_is_taken_only_so_often(door: Office):
    codes = [token(door, "panel", "wrong").status_code for _ in range(BY_LOGIN_TRIES + 2)]
    assert codes == [401] * BY_LOGIN_TRIES + [429] * 2
    held = token(door, "panel")
    assert held.status_code == 429 and 1 <= int(held.headers["retry-after"]) <= 31
    assert token(door, "panel2").status_code == 200, "others go on"


BY_LOGIN_TRIES = BY_LOGIN.burst


def failing(attempts: Attempts, login: str, address: str, *, succeeded: bool = False) -> None:
    """One try, from beginning to end."""

    async def tried() -> None:
        async with attempts.one(login, address) as one:
            one.succeeded = succeeded

    asyncio.run(tried())


def test_an_address_that_tries_many_names_is_held_up(office: Office):
    attempts = Attempts(office.engine.failures, office.clock)
    for n in range(BY_ADDRESS.burst):
        failing(attempts, f"name-{n}", "2001:db8:1:2::1")
    with pytest.raises(TooMany):
        failing(attempts, "another", "2001:db8:1:2:ffff::2")
    failing(attempts, "another", "2001:db8:1:3::1", succeeded=True)
    office.clock.now += timedelta(seconds=BY_ADDRESS.seconds)
    failing(attempts, "another", "2001:db8:1:2::1")


def test_what_one_process_counted_holds_in_every_other(office: Office):
    """Two doors over one store, as two workers have; and no name is kept."""
    first, second = (Attempts(office.engine.failures, office.clock) for _ in range(2))
    for n in range(BY_LOGIN.burst):
        failing((first, second)[n % 2], "panel", f"192.0.2.{n}")
    for attempts in (first, second):
        with pytest.raises(TooMany):
            failing(attempts, "panel", "192.0.2.99")
    kept = office.engine.log.aside("SELECT id, over_at FROM @failures")
    assert len(kept) == 1 + BY_LOGIN.burst and all(len(id) == 64 for id, _ in kept)
    office.clock.now -= timedelta(days=1)  # set back: nobody waits for a day
    failing(second, "panel", "192.0.2.99")
    office.clock.now += timedelta(days=2)
    for n in range(TIDIED):
        failing(first, f"n{n}", f"198.51.100.{n}", succeeded=n % 2 == 0)
    assert len(office.engine.log.aside("SELECT id FROM @failures")) <= TIDIED


def test_guesses_at_once_are_counted_too(office: Office):
    attempts = Attempts(office.engine.failures, office.clock)

    async def at_once() -> None:
        async with AsyncExitStack() as tries:
            for n in range(BY_LOGIN.at_once):
                await tries.enter_async_context(attempts.one("a", f"192.0.2.{n}"))
            with pytest.raises(TooMany):
                await tries.enter_async_context(attempts.one("a", "192.0.2.99"))

    asyncio.run(at_once())
    with pytest.raises(TooMany) as told:
        failing(attempts, "a", "192.0.2.99")
    assert told.value.seconds > BY_LOGIN.seconds * (BY_LOGIN.at_once - BY_LOGIN.burst)
    assert not attempts.under_way


def test_twenty_who_sign_in_at_once_keep_nobody_waiting(door: Office, monkeypatch: pytest.MonkeyPatch):
    """While every lane is taken and eighteen more wait, another request is answered."""
    go, entered = threading.Event(), threading.Semaphore(0)

    def slow(self: Passwords, password: str, hash: str) -> bool:
        entered.release()
        return go.wait(60)

    monkeypatch.setattr(Passwords, "matches", slow)
    statuses: list[int] = []
    names = ["dispatcher", "panel", "panel2", "panel3", "street"] * 4
    threads = [
        threading.Thread(target=lambda n=n: statuses.append(token(door, n).status_code)) for n in names
    ]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=60) and entered.acquire(timeout=60)
    assert not entered.acquire(timeout=0.2), "never more than two are checked at once"
    assert door.get("complaints").status_code == 200
    assert statuses == []
    go.set()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 20


def test_more_than_can_wait_are_turned_away():
    async def many() -> list[Any]:
        passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
        asked = [passwords.check("x", QUICK) for _ in range(80)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        passwords.close()
        return answers

    answers = asyncio.run(many())
    assert (answers.count(False), sum(isinstance(each, Exception) for each in answers)) == (64, 16)


def test_nobody_is_hashed_as_everybody():
    """Whoever is unknown costs what everybody costs, and no password opens him."""
    real = Passwords()
    assert NOBODY.split("$")[1:4] == real.hash("x").split("$")[1:4] == ["argon2id", "v=19", "m=19456,t=2,p=1"]
    assert not real.matches("", "") and not real.matches("demo", "")


# ------------------------------------------------------------------ sessions


def test_a_session_opens_pages_api_stream_and_pictures(door: Office):
    case = door.registered()
    photo = door.photo("dispatcher")
    answer = enter(door, "dispatcher", next="/complaints?state=received")
    assert (answer.status_code, answer.headers["location"]) == (303, "/complaints?state=received")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("huisheng=") and "HttpOnly" in cookie and "SameSite=lax" in cookie
    for path in ("/complaints", f"/complaints/{case}", "/api/v1/complaints", f"/api/v1/evidence/{photo}"):
        assert door.http.get(path).status_code == 200, path
    assert "程" not in cookie and "dispatcher" not in cookie


def test_over_https_the_cookie_is_bound_to_this_host(door: Office):
    with TestClient(
        door.http.app, base_url="https://testserver", client=("192.0.2.7", 5), follow_redirects=False
    ) as far:
        answer = far.post("/login", data={"username": "dispatcher", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-huisheng=") and "Secure" in cookie and "Path=/" in cookie
        assert "Domain" not in cookie
        assert far.get("/api/v1/me").json()["person"] == "dispatcher"
        far.cookies.clear()
        value = cookie.partition("=")[2].partition(";")[0]
        assert far.get("/api/v1/me", headers={"Cookie": f"huisheng={value}"}).status_code == 401


def test_over_plain_http_from_afar_nobody_signs_in(door: Office):
    far = TestClient(door.http.app, client=("192.0.2.7", 5), follow_redirects=False)
    answer = far.post("/login", data={"username": "dispatcher", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "sign-in.plain-http")


def test_a_planted_session_is_worth_nothing(door: Office):
    """Fixation: what the browser had before it signed in does not become somebody's."""
    enter(door, "dispatcher", headers={"Cookie": "huisheng=planted-by-somebody-else"})
    other = TestClient(
        door.http.app, client=("127.0.0.1", 5), cookies={"huisheng": "planted-by-somebody-else"}
    )
    assert other.get("/api/v1/me").status_code == 401
    first = door.http.cookies["huisheng"]
    enter(door, "resident")
    assert door.http.cookies["huisheng"] != first
    thief = TestClient(door.http.app, client=("127.0.0.1", 5), cookies={"huisheng": first})
    assert thief.get("/api/v1/me").status_code == 401


def test_the_cookie_of_another_deployment_opens_nothing(door: Office, tmp_path_factory: Any):
    enter(door, "dispatcher")
    engine = open_engine(tmp_path_factory.mktemp("other"), clock=door.clock, watch=False)
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 5)) as other:
        other.cookies.set("huisheng", door.http.cookies["huisheng"])
        assert other.get("/api/v1/me").status_code == 401
    engine.close()


def test_a_session_ends_when_idle_after_its_day_and_when_told(door: Office):
    enter(door, "dispatcher")
    for _ in range(6):
        door.clock.later(hours=1.9)
        assert door.http.get("/api/v1/me").status_code == 200
    door.clock.later(hours=0.7)
    assert door.http.get("/api/v1/me").status_code == 401, "twelve hours after signing in"
    enter(door, "dispatcher")
    door.clock.later(hours=2.1)
    assert door.http.get("/api/v1/me").status_code == 401, "nothing asked for two hours"
    enter(door, "dispatcher")
    kept = door.http.cookies["huisheng"]
    assert door.http.post("/logout").headers["location"] == "/login"
    door.http.cookies.set("huisheng", kept)
    assert door.http.get("/api/v1/me").status_code == 401
    enter(door, "dispatcher")
    about(door, "dispatcher", SignOut("x"))
    assert door.http.get("/api/v1/me").status_code == 401


def test_a_bad_token_is_not_saved_by_a_good_session(door: Office):
    enter(door, "dispatcher")
    assert door.http.get("/api/v1/me", headers={"Authorization": "Bearer x"}).status_code == 401


def test_one_goes_on_in_another_role(door: Office):
    enter(door, "gridworker2")
    before = door.http.cookies["huisheng"]
    assert f'name="scope" value="{GRID}"' in door.http.get("/").text
    assert door.http.post("/acting", data={"role": "resident", "scope": GRID}).status_code == 303
    assert door.http.get("/api/v1/me").json()["role"] == "resident"
    assert door.http.cookies["huisheng"] != before
    assert door.http.post("/acting", data={"role": "admin", "scope": ""}).status_code == 403


# ------------------------------------------------------------------ another site


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:8001"},
        {"Origin": "null"},
    ],
)
def test_another_site_changes_nothing_with_my_cookie(door: Office, headers: dict[str, str]):
    enter(door, "dispatcher")
    body = {"category": "property", "text": "x", "place": {"grid": GRID}, "channel": "hotline"}
    for path, how in (
        ("/api/v1/complaints", {"json": body}), ("/logout", {}), ("/acting", {"data": {"role": "admin"}}),
        ("/api/v1/me/password", {"json": {"old": PASSWORD, "new": "x" * 12}}),
        ("/login", {"data": {"username": "resident", "password": PASSWORD}}),
    ):  # fmt: skip
        answer = door.http.post(path, headers=headers, **how)
        assert (answer.status_code, answer.json()["code"]) == (403, "sign-in.cross-site"), path
    assert door.http.get("/api/v1/me").json()["person"] == "dispatcher"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}])
def test_this_site_may(door: Office, headers: dict[str, str]):
    enter(door, "dispatcher", headers=headers)
    body = {"category": "property", "text": "门坏了", "place": {"grid": GRID}, "channel": "hotline"}
    assert door.http.post("/api/v1/complaints", json=body, headers=headers).status_code == 201


# ------------------------------------------------------------------ the page


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/login",
        "",
        "\t/x",
    ],
)
def test_nobody_is_led_away_by_a_link_to_the_login(door: Office, wanted: str):
    assert enter(door, "dispatcher", next=wanted).headers["location"] == "/"


def test_the_page_says_what_went_wrong_and_keeps_the_name(door: Office):
    answer = enter(door, "dispatcher<b>", "wrong")
    assert answer.status_code == 401 and "登录名或密码不对" in answer.text
    assert "dispatcher&lt;b&gt;" in answer.text and "wrong" not in answer.text
    english = door.http.post(
        "/login?lang=en", data={"username": "x", "password": "y"}, headers={"Accept": "text/html"}
    )
    assert "Login or password is wrong" in english.text


def test_a_stranger_is_led_to_the_login_and_back(door: Office):
    answer = door.http.get("/complaints?state=received", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (
        303, "/login?next=%2Fcomplaints%3Fstate%3Dreceived"
    )  # fmt: skip


# ------------------------------------------------------------------ passwords


@pytest.fixture
def worker(door: Office) -> Iterator[Office]:
    """Somebody real: no user of the demo."""
    from domain.messages import clear
    from domain.organisation import STREAM, Grant
    from domain.people import Enrol

    steps = (
        Step("person", stream_of("p-1"), Enrol(clear("p-1", "真名"), None, GRID)),
        Step("organisation", STREAM, Grant("p-1", "gridworker", GRID, "上岗")),
    )
    door.engine.desk.do(Order(steps, OPERATOR))
    door.engine.accounts.keep("p-1", "zhenming", QUICK, door.clock())
    yield door


def test_a_new_password_ends_everything_before_it(worker: Office):
    held = {"Authorization": f"Bearer {token(worker, 'zhenming').json()['access_token']}"}
    enter(worker, "zhenming")
    body = {"old": PASSWORD, "new": "松林里的一场早雪啊"}
    assert len(body["new"]) < LEAST
    assert worker.http.post("/api/v1/me/password", json=body).json()["code"] == "password.short"
    body["new"] += "真好"
    wrong = worker.http.post("/api/v1/me/password", json=body | {"old": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "password.old")
    changed = worker.http.post("/api/v1/me/password", json=body)
    assert changed.status_code == 200
    assert worker.get("me", "", headers=held).status_code == 401
    new = {"Authorization": f"Bearer {changed.json()['access_token']}"}
    assert worker.get("me", "", headers=new).status_code == 200
    assert worker.http.get("/api/v1/me").json()["person"] == "p-1", "this browser stays signed in"
    assert token(worker, "zhenming").status_code == 401
    assert token(worker, "zhenming", body["new"]).status_code == 200


@pytest.mark.parametrize(
    "weak", ["1234567890", "QWERTYUIOP", "aaaaaaaaaaaa", "zhenmingzhenming", "Password123"]
)
def test_a_password_anybody_would_guess_is_refused(worker: Office, weak: str):
    enter(worker, "zhenming")
    answer = worker.http.post("/api/v1/me/password", json={"old": PASSWORD, "new": weak})
    assert (answer.status_code, answer.json()["code"]) == (422, "password.common")


def test_an_administrator_gives_another_one(worker: Office):
    body = {"new": "a whole new sentence"}
    assert worker.post("people/p-1/password", body, "dispatcher").status_code in (403, 404, 409)
    assert token(worker, "zhenming").status_code == 200
    assert worker.post("people/p-1/password", body, "admin").status_code == 200
    assert token(worker, "zhenming", body["new"]).status_code == 200
    assert worker.post("people/p-nobody/password", body, "admin").json()["code"] == "password.no-account"


def test_out_of_everywhere(worker: Office):
    held = {"Authorization": f"Bearer {token(worker, 'zhenming').json()['access_token']}"}
    enter(worker, "zhenming")
    assert worker.http.post("/api/v1/me/sign-out", json={}).status_code == 200
    assert worker.get("me", "", headers=held).status_code == 401
    assert worker.http.get("/api/v1/me").status_code == 401


def test_the_accounts_hold_no_name_and_no_cookie(worker: Office):
    enter(worker, "zhenming")
    cookie = worker.http.cookies["huisheng"]
    accounts = worker.engine.accounts
    with pytest.raises(LoginTaken):
        accounts.keep("p-2", "ZHENMING", "", worker.clock())
    for bad in ("", " ", "a b", "x" * 65, "a\u202eb", "a\nb"):
        with pytest.raises(BadLogin):
            accounts.keep("p-2", bad, "", worker.clock())
    kept = b"".join(file.read_bytes() for file in worker.engine.data_dir.glob("log.db*"))
    assert b"zhenming" not in kept and cookie.encode() not in kept
    accounts.forget("p-1")
    assert accounts.of("p-1") is None and accounts.session(cookie) is None
