"""A deadlines version tried on cases that were really handled, before it is adopted."""

import time
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.rule_books.deadline_rules import read_deadline_rules
from projections.rehearsal import compared, promises
from scripts.cli import app
from tests.api.conftest import Office

PAGE = {"Accept": "text/html"}


def content(office: Office, **changed: int) -> dict[str, Any]:
    """What is in force, with so many hours for some clocks."""
    books = office.engine.desk.stage().books
    now = books.deadlines(office.engine.clock()).version
    version = books.version("deadlines", now)
    assert version is not None
    found: dict[str, Any] = {**version.content}
    found["lines"] = [dict(line) for line in found["lines"]]
    for line in found["lines"]:
        if line["clock"] in changed:
            line |= {"amount": changed[line["clock"]], "unit": "hours"}
    return found


def lived(office: Office) -> list[str]:
    """Three cases: closed after an extension and a reopening, waiting for its unit, not yet dispatched."""
    done = office.registered()
    office.case(done, "dispatch", {"lead": "property-co", "assisting": ["heating-co"]})
    office.clock.later(hours=1)
    office.case(done, "respond", {}, "property")
    until = (office.clock() + timedelta(days=9)).isoformat()
    office.case(done, "extension", {"until": until, "reason": "等配件"}, "property")
    office.case(done, "extension-decision", {"extension": "1-1", "grant": True})
    office.case(done, "resolution", {"result": "solved", "answer": "换了锁"}, "property")
    office.clock.later(hours=2)
    visit = {
        "method": "phone",
        "satisfaction": "dissatisfied",
        "solved": "no",
        "visited_at": office.clock().isoformat(),
    }
    office.case(done, "follow-up", visit, "gridworker")
    waiting = office.registered()
    office.case(waiting, "dispatch", {"lead": "property-co"})
    new = office.registered(urgency="urgent")
    office.clock.later(hours=3)
    office.caught_up()
    return [done, waiting, new]


def answered(office: Office, version: str, who: str = "dispatcher") -> dict[str, Any]:
    answer = office.post(f"rule-books/deadlines/{version}/what-if", {}, who)
    assert answer.status_code == 202, answer.text
    for _ in range(200):
        job = office.get(answer.json()["job"], who).json()
        if job["state"] != "running":
            break
        time.sleep(0.01)
    assert job["state"] == "done", job
    result: dict[str, Any] = job["result"]
    return result


def proposed(office: Office, name: str = "try-1", **changed: int) -> str:
    office.done("rule-books/deadlines", {"version": name, "content": content(office, **changed)}, "admin")
    return name


def test_under_its_own_version_every_promise_comes_out_as_it_was(office: Office):
    cases = lived(office)
    books, seen = office.engine.desk.stage().books, 0
    for case in cases:
        for promise in promises(office.engine.log.stream(case)):
            rules = books.deadlines_of(promise.deadline.version)
            assert rules is not None
            found = compared(promise, rules, books, office.engine.clock())
            assert found is not None and found.other.due == promise.deadline.due, promise
            assert found.was == found.would
            seen += 1
    assert seen >= 9


def test_the_answer_says_what_would_differ_and_whose_verdict_would_turn(office: Office):
    _, waiting, _ = lived(office)
    head = office.engine.log.head()
    found = answered(office, proposed(office, response=1))
    assert (found["version"], found["cases"], found["left_out"], found["more"]) == ("try-1", 3, 0, False)
    clocks = {each["clock"]: each for each in found["clocks"]}
    assert clocks["response"]["sooner"] == clocks["response"]["promises"] == 3
    assert clocks["dispatch"]["same"] == clocks["dispatch"]["promises"] == 4
    assert clocks["response"]["newly_late"] >= 1
    turned = [item for item in found["items"] if item["was"] != item["would_be"]]
    assert turned == found["items"][: len(turned)]
    assert {"was": "running", "would_be": "overdue", "id": waiting}.items() <= turned[0].items()
    assert turned[0]["seconds"] < 0 and turned[0]["due_under"] < turned[0]["due"]
    assert office.engine.log.head() == head + 1  # the proposal alone


def test_what_is_not_in_sight_is_not_rehearsed(office: Office):
    lived(office)
    version = proposed(office)
    assert answered(office, version, "elsewhere")["cases"] == 0
    assert office.post("rule-books/deadlines/none/what-if", {}).status_code == 404
    assert office.post(f"rule-books/deadlines/{version}/what-if", {}, "resident").status_code == 403
    assert office.post(f"rule-books/deadlines/{version}/what-if", {"days": 3}).status_code == 422


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_tells_it_in_words(office: Office, lang: str):
    lived(office)
    path = f"/rule-books/deadlines/{proposed(office, response=1)}"
    version = office.get(f"{path}?lang={lang}", headers=PAGE).text
    assert f'href="{path}/what-if' in version
    office.http.follow_redirects = True
    page = office.call("POST", f"{path}/what-if?lang={lang}", headers=PAGE, data={"from": "x", "to": ""}).text
    said = "假如按 try-1：3 个期限会变" if lang == "zh" else "Under try-1, 3 deadlines would change"
    assert said in page and ("响应期限" if lang == "zh" else "Response") in page


def test_the_command_line_tries_a_file_nobody_proposed(office: Office, tmp_path: Path):
    lived(office)
    file = tmp_path / "other.toml"
    file.write_text("lines = [\n" + "".join(
        f'{{ line = "{n}", clock = "{line["clock"]}", amount = 3, unit = "{line["unit"]}" }},\n'
        for n, line in enumerate(content(office)["lines"])
        if line["clock"] not in {each["clock"] for each in content(office)["lines"][n + 1 :]}
    ) + "]\n")  # fmt: skip
    assert read_deadline_rules(tomllib.loads(file.read_text()), "other")
    data = ["--data", str(office.engine.data_dir), "--format", "json"]
    if office.engine.database:
        data += ["--database", office.engine.database]
    shown = CliRunner().invoke(app, ["rehearse", str(file), *data])
    assert shown.exit_code == 0 and '"version":"other"' in shown.output.replace(" ", "")
    wrong = CliRunner().invoke(app, ["rehearse", "none.toml", *data])
    assert wrong.exit_code != 0
