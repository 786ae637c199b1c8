"""The pages of whoever runs the place: shown to those they are for, nothing recorded on looking, refusals in
words; and the views over HTTP."""

import re
import time
from typing import Any

import pytest

from api.pages.office import texts
from scripts.setting_up import load
from tests.api.conftest import GRID, SAMPLE, Office

PAGE = {"accept": "text/html"}
BOOKS = (
    "deadlines/2026-1", "calendars/cn-2026", "categories/2026-1", "tariffs/2025-1", "catalogues/2025-1",
    "supervision/2025-1", "templates/2026-1", "vocabularies/2026-1",
)  # fmt: skip


def looked(office: Office, path: str, who: str = "admin", **options: Any) -> Any:
    return office.get(path, who, headers=PAGE, **options)


def sent(office: Office, path: str, who: str = "admin", **fields: str) -> Any:
    return office.call("POST", path, who, headers=PAGE, data=fields, follow_redirects=False)


def finished(office: Office, job: str, who: str = "admin") -> dict[str, Any]:
    for _ in range(400):
        found: dict[str, Any] = office.get(job, who).json()
        if found["state"] != "running":
            return found
        time.sleep(0.05)
    raise AssertionError("the job did not end")


# ------------------------------------------------------------------ who sees what


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_looking_records_nothing(office: Office, lang: str):
    office.caught_up()
    before = office.engine.log.head()
    for path in (
        "/office/projections", "/office/organisation", "/office/organisation/do/grid", "/office/people",
        "/office/people/new", "/office/people/gridworker", "/office/people/gridworker/do/grant",
        "/office/people/gridworker/password", "/office/people/resident/erase", "/office/administration",
        "/office/health", "/rule-books", "/rule-books/tariffs/2025-0/diff/2025-1",
        "/rule-books/tariffs/2025-0/adopt", "/office/rule-books/tariffs/propose",
        *(f"/rule-books/{each}" for each in BOOKS),
    ):  # fmt: skip
        answer = looked(office, path, params={"lang": lang})
        assert answer.status_code == 200 and "<h1" in answer.text, path
    assert office.engine.log.head() == before


def test_whom_a_page_is_not_for_is_told_so_in_words(office: Office):
    refused = looked(office, "/office/projections", "dispatcher")
    assert refused.status_code == 403 and "<h1" in refused.text and "actor.role" in refused.text
    assert looked(office, "/office/people/gridworker/do/grant", "dispatcher").status_code == 404
    stranger = looked(office, "/office/health", "", follow_redirects=False)
    assert stranger.status_code == 303 and stranger.headers["location"].startswith("/login")


def test_a_deed_is_dry_first_and_refused_in_words(office: Office):
    before = office.engine.log.head()
    fields = {"role": "analyst", "scope": "demo/north/sl", "reason": "代班", "preview": "1"}
    foreseen = sent(office, "/office/people/gridworker/do/grant", **fields)
    assert foreseen.status_code == 200 and "如果现在提交" in foreseen.text
    assert office.engine.log.head() == before
    himself = sent(office, "/office/people/admin/do/bar", reason="试试")
    assert himself.status_code == 422 and "person.himself" in himself.text
    assert office.engine.log.head() == before


def test_a_deed_sent_twice_is_recorded_once(office: Office):
    form = looked(office, "/office/people/gridworker/do/hold").text
    key = re.search(r'name="key" value="(\w{32})"', form)
    assert key is not None
    first = sent(office, "/office/people/gridworker/do/hold", reason="诉讼中", key=key[1])
    head = office.engine.log.head()
    again = sent(office, "/office/people/gridworker/do/hold", reason="诉讼中", key=key[1])
    assert (first.status_code, again.status_code) == (303, 303)
    assert office.engine.log.head() == head
    assert "诉讼中" in looked(office, first.headers["location"]).text


def test_nobody_s_password_is_shown_twice(office: Office):
    given = sent(office, "/office/people/gridworker/password", login="chenxiaolan")
    made = re.search(r'id="made">([^<]+)<', given.text)
    assert given.status_code == 200 and made is not None
    assert made[1] not in looked(office, "/office/people/gridworker").text
    taken = sent(office, "/office/people/gridworker2/password", login="chenxiaolan")
    assert taken.status_code == 422 and "login.taken" in taken.text
    short = sent(office, "/office/people/gridworker/password", new="")
    assert short.status_code == 200


def test_erasing_asks_whether_one_is_sure(office: Office):
    unsure = sent(office, "/office/people/resident/erase", reason="本人申请")
    assert unsure.status_code == 422 and "先勾选这一条" in unsure.text
    done = sent(office, "/office/people/resident/erase", reason="本人申请", sure="true")
    assert done.status_code == 200 and "谁也读不出来了" in done.text
    assert "已经删除" in looked(office, "/office/people/resident").text


# ------------------------------------------------------------------ rule books


@pytest.mark.parametrize("each", load(SAMPLE).books, ids=lambda each: f"{each.book}-{each.version}")
def test_a_book_written_out_reads_back_the_same(each: Any):
    assert texts.content_of(texts.toml(each.content)) == each.content


def test_a_fault_is_told_by_its_line():
    text = '[[lines]]\nactivity = "a"\npoints = 1\n\n[[lines]]\nactivity = "b"\npoints = "x"\n'
    assert texts.line_of(text, "lines[1].points") == 7
    assert texts.line_of(text, "lines[1].basis") == 5
    with pytest.raises(texts.BadText) as no:
        texts.content_of("a = 1\nb = = 2\n")
    assert no.value.line == 2
    with pytest.raises(texts.BadText) as no:
        texts.content_of('{\n "a": 1,\n "b": \n}')
    assert no.value.line == 4


def test_a_file_stands_in_place_of_the_text(office: Office):
    found = office.call(
        "POST", "/office/rule-books/vocabularies/propose", "admin", headers=PAGE,
        data={"version": "v-2", "content": "not = = toml"}, follow_redirects=False,
        files={"file": ("v.json", '{"levels": [{"name": "小区", "level": "building"}]}'.encode())},
    )  # fmt: skip
    assert found.status_code == 303 and found.headers["location"].startswith("/rule-books/vocabularies/v-2")
    assert "小区" in looked(office, "/rule-books/vocabularies/v-2").text


# ------------------------------------------------------------------ the views over HTTP


def test_a_check_and_a_rebuild_are_jobs_and_the_rebuild_is_recorded(office: Office):
    office.registered()
    office.caught_up()
    job = office.call("POST", "projections/cases/verify", "analyst", json={})
    assert job.status_code == 202
    told = finished(office, job.headers["location"], "analyst")
    assert told["result"]["outcome"] == "same" and told["result"]["difference"] is None
    listed = office.get("projections", "analyst").json()
    cases = next(each for each in listed["items"] if each["name"] == "cases")
    assert cases["checked"]["difference"] is None and listed["behind"] == 0

    again = office.call("POST", "projections/all/rebuild", "admin", json={})
    assert finished(office, again.headers["location"])["result"]["outcome"] == "swapped"
    office.caught_up()
    assert office.get("projections", "admin").json()["generation"] != listed["generation"]
    deeds = office.get("administration", "admin").json()["items"]
    assert deeds[0]["name"] == "administration.views-rebuilt"


def test_one_view_is_not_put_live_by_itself(office: Office):
    refused = office.call("POST", "projections/cases/rebuild", "admin", json={})
    assert refused.status_code == 409 and refused.json()["code"] == "projection.together"
    assert office.call("POST", "projections/all/rebuild", "analyst", json={}).status_code == 403
    assert office.call("POST", "projections/nothing/verify", "admin", json={}).status_code == 404


def test_a_job_that_is_asked_to_stop_stops(office: Office):
    jobs = office.http.app.state.jobs  # type: ignore[attr-defined]

    def work(move: Any) -> dict[str, Any]:
        for step in range(400):
            move(step, 400)
            time.sleep(0.02)
        return {}

    actor = next(line.actor for line in office.engine.log.read(0, 1))
    job = jobs.start(actor, work)
    assert office.post(f"jobs/{job}/stop", {}, "admin").status_code == 200
    told = finished(office, f"jobs/{job}")
    assert (told["state"], told["error"]) == ("failed", "stopped")
    assert office.post(f"jobs/{job}/stop", {}, "dispatcher").status_code == 404


# ------------------------------------------------------------------ what is sealed, and who sits together


def test_a_number_is_shown_after_a_reason_and_the_reading_is_recorded_first(office: Office):
    entry = {"name": "周梅", "phone": "13800138000", "home": GRID}
    person = office.call("POST", "people", "admin", json=entry).json()["id"]
    path = f"/office/people/{person}"
    page = looked(office, path, "dispatcher").text
    assert "13800138000" not in page and f"{path}/reveal" in page
    assert f"{path}/reveal" not in looked(office, path).text
    without = sent(office, f"{path}/reveal", "dispatcher", field="phone", key="a" * 32)
    assert without.status_code == 422 and "13800138000" not in without.text
    told = sent(office, f"{path}/reveal", "dispatcher", field="phone", reason="约上门时间", key="b" * 32)
    assert told.status_code == 200, re.sub(r"<[^>]+>|\s+", " ", told.text)[-1800:]
    assert "13800138000" in told.text and "约上门时间" in told.text
    lines = office.engine.log.stream(f"person-{person}")
    assert lines[-1].fact.reason == "约上门时间"  # type: ignore[attr-defined]
    assert "13800138000" not in looked(office, path, "dispatcher").text
    for who in ("resident", "admin"):
        assert looked(office, f"{path}/reveal", who).status_code in (403, 404)


def test_a_body_is_formed_from_its_page_and_changes_by_its_id(office: Office):
    page = looked(office, "/office/organisation").text
    assert "/office/organisation/do/body?at=one-plus-four" in page
    action = "/office/organisation/do/body?at=one-plus-four"
    asked = looked(office, action).text
    roles = dict.fromkeys(re.findall(r'name="members\.(\w+)"', asked))
    assert "gridworker" in roles and 'value="gridworker"' in asked
    seats = {f"members.{role}": "gridworker" for role in roles}
    few = sent(office, action, id="sl-two", name="第二小组", place="demo/north/sl", key="c" * 32)
    assert few.status_code == 422 and "sl-two" not in office.engine.desk.stage().organisation.bodies
    made = sent(office, action, id="sl-two", name="第二小组", place="demo/north/sl", key="d" * 32, **seats)
    assert made.status_code == 303, made.text
    body = office.engine.desk.stage().organisation.bodies["sl-two"]
    assert {each.role for each in body.members} == set(roles)
    assert "第二小组" in looked(office, "/office/organisation").text
    assert looked(office, "/office/organisation/do/body?at=none").status_code == 404


def test_a_hint_put_away_on_one_page_stays_on_the_others(office: Office):
    for path in ("/visits", "/care", "/households", "/duties", "/patrols", "/sweeps"):
        page = looked(office, path, "dispatcher")
        assert page.status_code == 200 and 'class="card card-tight more hint' in page.text, path
    gone = office.http.post("/hints?name=care&back=/care", follow_redirects=False)
    kept = gone.cookies["huisheng-hints"]
    assert (gone.status_code, gone.headers["location"], kept) == (303, "/care", "care")
    cookie = {"cookie": "huisheng-hints=care"}
    for path, told in (("/care", False), ("/households", True), ("/day", True)):
        page = office.get(path, "dispatcher", headers=PAGE | cookie).text
        assert ("more hint" in page) is told, path
