"""Published figures: what was said stays said, shows nobody, and can be counted again in the open."""

import json
from datetime import UTC
from typing import Any

import pytest

from scripts.cli import run
from tests.api.conftest import Office

OTHER_GRID = "demo/north/sl/grid-02"
BODY = {"minimum": 10, "where": "社区公告栏", "reason": "十一月通报"}


def handled(office: Office, many: int, **fields: Any) -> list[str]:
    made = [office.registered(**fields) for _ in range(many)]
    for case in made:
        office.handled(case)
    return made


def publish(office: Office, who: str = "street", name: str = "reopen_rate", **body: Any) -> dict[str, Any]:
    return office.done(f"statistics/{name}/publish", BODY | body, who)


def late(office: Office) -> str:
    """A case handled on the first day, of which the counter tells two days later."""
    case = office.registered()
    office.case(case, "dispatch", {"lead": "property-co"})
    office.case(case, "respond", {}, "property")
    office.clock.later(minutes=5)
    return case


def enter(office: Office, case: str, at: str) -> None:
    body = {"result": "solved", "answer": "已修好", "occurred_at": at}
    office.case(case, "resolution", body, "property")


def z(office: Office) -> str:
    return office.clock.now.astimezone(UTC).isoformat().replace("+00:00", "Z")


def test_a_figure_is_published_with_all_it_takes_to_count_it_again(office: Office):
    handled(office, 3)
    office.caught_up()
    told = publish(office, group_by=["grid"])
    assert told["indicator"] == "reopen_rate@1" and told["formula"] and told["scope"] == "demo/north"
    assert told["checkpoint"]["position"] >= told["known_at"]
    note = office.get(told["checkpoint"]["link"], "").text
    assert note.split("\n")[2] == told["checkpoint"]["root"]
    assert told["published_by"] == {"role": "street", "scope": "demo/north"}


def test_everybody_reads_it_and_nobody_is_in_it(office: Office):
    made = handled(office, 12) + handled(office, 3, place={"grid": OTHER_GRID})
    office.caught_up()
    told = publish(office, group_by=["grid"])
    office.caught_up()
    public = office.get(f"figures/{told['id']}", "").json()
    (row,) = public["rows"]
    assert (row["group"], row["denominator"]) == ("demo/north/sl/grid-01", 12)
    assert public["small_groups"] == {"groups": 1, "numerator": None, "denominator": None}
    assert not any(case in json.dumps(public) for case in made) and OTHER_GRID not in json.dumps(public)
    listed = office.get("figures", "").json()["items"]
    assert [each["id"] for each in listed] == [told["id"]]
    assert "street" not in json.dumps(listed)


def test_what_was_said_stays_said_a_month_and_late_entries_later(office: Office):
    handled(office, 2)
    case = late(office)
    asked = z(office)
    office.caught_up()
    position = office.engine.log.head()
    question = {"as_of": asked, "known_at": str(position), "minimum": "0"}
    first = office.get("statistics/reopen_rate", "street", params=question).json()
    told = publish(office, as_of=asked, known_at=str(position))
    public = office.get(f"figures/{told['id']}", "").json()
    office.clock.later(days=2)
    enter(office, case, asked)
    office.clock.later(days=28)
    office.caught_up()
    again = office.get("statistics/reopen_rate", "street", params=question).json()
    assert first["rows"][0]["denominator"] == 2 and again["rows"] == first["rows"]
    assert office.get(f"figures/{told['id']}", "").json() == public
    now = office.get(f"figures/{told['id']}/recompute", "street").json()
    (row,) = now["rows"]
    assert (row["published"]["denominator"], row["today"]["denominator"]) == (2, 3)
    assert row["difference"] == {"numerator": 0, "denominator": 1} and not now["equal"]
    (moved,) = now["moved"]
    assert (moved["id"], moved["published"], moved["today"]) == (case, None, "denominator")
    assert now["moved_total"] == 1 and now["known_at"]["today"] > now["known_at"]["published"]


def test_counted_again_at_once_it_is_the_same(office: Office):
    handled(office, 2)
    office.caught_up()
    told = publish(office, group_by=["lead"])
    now = office.get(f"figures/{told['id']}/recompute", "street").json()
    assert now["equal"] and now["moved"] == [] and now["formula"]["today"] == "reopen_rate@1"


def test_who_may_publish_and_who_may_count_again(office: Office):
    office.caught_up()
    told = publish(office)
    assert office.post("statistics/reopen_rate/publish", BODY, "analyst").status_code == 403
    assert office.get(f"figures/{told['id']}/recompute", "").status_code == 401
    below = office.get(f"figures/{told['id']}/recompute", "dispatcher")
    assert (below.status_code, below.json()["code"]) == (403, "figure.scope")
    assert office.get(f"figures/{told['id']}/recompute", "admin").status_code == 200
    assert office.get("figures/fig-none", "").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"as_of": "2030-01-01"}, 422),
        ({"known_at": "99999999"}, 422),
        ({"group_by": ["weather"]}, 422),
        ({"filters": {"weather": "rain"}}, 422),
        ({"minimum": 9}, 409),
        ({"where": " "}, 422),
    ],
)
def test_what_cannot_be_published_is_refused(office: Office, body: dict[str, Any], status: int):
    answer = office.post("statistics/reopen_rate/publish", BODY | body, "street")
    assert answer.status_code == status, answer.text
    assert office.get("figures", "").json()["items"] == []


def test_a_retry_publishes_once_and_a_dry_run_nothing(office: Office):
    office.caught_up()
    key = {"Idempotency-Key": "november"}
    first, again = (
        office.post("statistics/reopen_rate/publish", BODY, "street", headers=key).json() for _ in range(2)
    )
    assert first["id"] == again["id"] and again["repeated"]
    dry = office.done("statistics/reopen_rate/publish?dry_run=true", BODY, "street")
    assert "公布" in dry["consequences"][0]
    office.caught_up()
    assert len(office.get("figures", "").json()["items"]) == 1


def test_the_command_line_publishes_and_counts_again(office: Office, capsys: pytest.CaptureFixture[str]):
    handled(office, 2)
    office.caught_up()
    store = ["--data", str(office.engine.data_dir), "--format", "json"]
    office.clock.later(hours=1)
    office.engine.close()
    told = ["--publish", "--at", "公告栏", "--reason", "通报"]
    assert run(["statistics", "reopen_rate", *told, *store]) == 0
    figure = json.loads(capsys.readouterr().out)
    assert figure["where"] == "公告栏" and figure["id"].startswith("fig-")
    assert run(["figures", *store]) == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)["items"]] == [figure["id"]]
    assert run(["figures", figure["id"], *store]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == figure["rows"]
    assert run(["figures", figure["id"], "--recompute", *store]) == 0
    assert json.loads(capsys.readouterr().out)["equal"]
    assert run(["figures", figure["id"], "--recompute", "--data", str(office.engine.data_dir)]) == 0
    assert run(["figures", "fig-none", *store]) == 3
    assert run(["figures", "--recompute", *store]) == 2
    assert run(["statistics", "reopen_rate", "--publish", *store]) == 2
