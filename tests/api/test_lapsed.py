"""A form sent when the sign-in has lapsed: nothing is recorded, nothing typed is lost."""

import html
import re
from typing import Any

import pytest

from api.demo_users import PASSWORD
from api.signing_in.typed import Typed, taken
from tests.api.conftest import Office
from tests.api.test_sign_in import door as door

TEXT = "三号楼东侧路灯不亮 <b>“急”</b>\n第二行"
PAGE = {"Accept": "text/html"}


def hidden(page: str, name: str) -> list[str]:
    found = re.findall(rf'name="{name}" value="(.*?)"', page, re.DOTALL)
    return [html.unescape(one) for one in found]


def send(door: Office, path: str, data: dict[str, Any], **more: Any) -> Any:
    return door.http.post(path, data=data, headers=PAGE, **more)


def test_what_was_typed_comes_back_in_the_form(door: Office) -> None:
    before = door.engine.log.head()
    lapsed = send(door, "/register?lang=zh", {"text": TEXT, "category": "streetlight", "key": "a" * 32})
    assert lapsed.status_code == 401 and "登录过期了，没有记录任何东西" in lapsed.text
    (kept,) = set(hidden(lapsed.text, "typed"))
    wrong = send(door, "/login", {"username": "dispatcher", "password": "no", "typed": kept})
    assert wrong.status_code == 401 and set(hidden(wrong.text, "typed")) == {kept}
    inside = send(door, "/login", {"username": "dispatcher", "password": PASSWORD, "typed": kept})
    assert inside.status_code == 200 and 'action="/register?lang=zh"' in inside.text
    assert "还没有送出" in inside.text and "路灯不亮 &lt;b&gt;" in inside.text
    again = {name: hidden(inside.text, name)[0] for name in ("text", "category", "key", "again")}
    assert again["text"] == TEXT and again["key"] == "a" * 32
    form = send(door, "/register", again)
    assert form.status_code == 200 and html.escape(TEXT, quote=False).replace('"', "&#34;")[:8] in form.text
    assert "看一遍，再送一次" in form.text and "有误：" not in form.text
    assert re.search(r'value="streetlight"[^>]*(checked|selected)', form.text)
    assert door.engine.log.head() == before


def test_a_password_is_not_carried(door: Office) -> None:
    lapsed = send(door, "/office/people/panel/password", {"password": "geheimnis", "again": "geheimnis"})
    assert lapsed.status_code == 401 and "geheimnis" not in lapsed.text
    lapsed = send(door, "/register", {"text": "灯", "password": "geheimnis"})
    assert lapsed.status_code == 401 and "geheimnis" not in lapsed.text


def test_who_did_not_send_a_form_is_asked_to_sign_in_as_before(door: Office) -> None:
    assert door.http.post("/api/v1/complaints", json={}).json()["code"] == "actor.unknown"
    assert door.http.get("/day", headers=PAGE).status_code == 303
    empty = door.http.post("/register", headers=PAGE)
    assert empty.status_code == 401


def test_photos_are_counted_and_chosen_again(door: Office) -> None:
    lapsed = send(door, "/register", {"text": "灯"}, files={"evidence": ("a.png", b"x", "image/png")})
    (kept,) = set(hidden(lapsed.text, "typed"))
    inside = send(door, "/login", {"username": "dispatcher", "password": PASSWORD, "typed": kept})
    assert "照片要重新选一次" in inside.text


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "/login"]
)
def test_nobody_is_led_elsewhere(door: Office, to: str) -> None:
    kept = Typed(to, (("text", "灯"),)).text()
    answer = send(door, "/login", {"username": "dispatcher", "password": PASSWORD, "typed": kept})
    assert answer.status_code == 303 and answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"to": "/x"}', '{"to":"/x","fields":[["a","\\u0000"]],"files":0}']
)
def test_what_is_no_form_is_not_taken(text: str) -> None:
    assert taken(text) is None


@pytest.mark.parametrize("after", ["/logout", "/logout?lang=en", "/login", "/acting"])
def test_coming_in_leads_to_no_door(door: Office, after: str) -> None:
    given = send(door, "/login", {"username": "panel", "password": PASSWORD, "next": after})
    assert given.headers["location"] == "/"
