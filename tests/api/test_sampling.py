"""Weekly spot checks over HTTP: the frame, the value, the draw anybody repeats, and what was re-checked."""

import hashlib
from typing import Any

from domain.complaint.facts import ComplaintClosed
from tests.api.conftest import Office

WEEK = "2026-W47"
"""The week of the office's clock; it is over on 23 November."""
SPOT = f"spots-{WEEK}-demo.north"
DICE = {
    "method": "dice", "source": "十颗骰子，街道会议室", "value": "3 5 1 6 2 2 4 1 6 3",
    "drawn_on": "2026-11-23", "present": ["panel", "street"],
}  # fmt: skip


def closed(office: Office, many: int) -> list[str]:
    """As many cases closed this week."""
    made = []
    for _ in range(many):
        case = office.registered()
        office.handled(case)
        office.case(case, "follow-up", office.visit(), "gridworker")
        made.append(case)
    return made


def unreached(office: Office) -> str:
    case = office.registered()
    office.handled(case)
    for _ in range(2):
        silent = office.visit(satisfaction="no_answer", solved="")
        told = office.case(case, "follow-up", silent, "gridworker")
        office.clock.later(hours=5)
    assert told["state"] == "unreached"
    return case


def next_week(office: Office) -> None:
    office.clock.now = office.clock.now.replace(day=23, hour=1)
    office.caught_up()


def fixed(office: Office, who: str = "street") -> dict[str, Any]:
    return office.done("spot-checks", {"week": WEEK}, who)


def again(pack: dict[str, Any]) -> list[str]:
    """The draw repeated from the pack, by the words of docs/spot-checks.md alone."""
    rows = sorted((each["case"].encode(), each["ticket"].encode()) for each in pack["frame"])
    head = ["huisheng-frame-v1", pack["week"], pack["place"], str(len(rows))]
    text = "".join(f"{line}\n" for line in head).encode() + b"".join(
        case + b" " + ticket + b"\n" for case, ticket in rows
    )
    root = hashlib.sha256(text)
    assert root.hexdigest() == pack["root"]
    seed = hashlib.sha256(root.digest() + pack["value"].encode()).digest()
    cases = sorted((case for case, _ in rows), key=lambda case: hashlib.sha256(seed + case).digest())
    return [case.decode() for case in cases[: pack["many"]]]


def test_a_week_is_framed_drawn_and_re_checked(office: Office):
    made = closed(office, 7)
    lost = unreached(office)
    open_ = office.registered()
    next_week(office)
    frame = fixed(office)
    assert (frame["id"], frame["frame"]["size"], frame["frame"]["many"]) == (SPOT, 8, 5)
    assert frame["checkpoint"]["position"] >= frame["position"] - 1
    assert frame["draw"] == {"kind": "none", "seed": None}
    drawn = office.done(f"spot-checks/{SPOT}/value", DICE, "panel")
    pack = office.get(f"spot-checks/{SPOT}/pack", "").json()
    assert {each["case"] for each in pack["frame"]} == {*made, lost} and open_ not in str(pack)
    assert pack["kind"] == "public" and "label" not in pack
    assert again(pack) == pack["draw"] == [each["id"] for each in drawn["cases"]]
    assert drawn["counts"] == {"drawn": 5, "checked": 0, "confirmed": 0, "contradicted": 0, "missing": 5}
    good, bad = pack["draw"][:2]
    office.case(good, "spot-check", {"result": "confirmed", "text": "看过，确实修好"}, "street")
    answer = office.case(bad, "spot-check", {"result": "contradicted", "text": "门还是关不上"}, "street")
    assert (answer["state"], answer["round"]) == ("received", 2)
    now = office.get(f"spot-checks/{SPOT}", "street").json()
    assert now["counts"] == {"drawn": 5, "checked": 2, "confirmed": 1, "contradicted": 1, "missing": 3}
    assert [each["result"] for each in now["cases"]] == ["confirmed", "contradicted", None, None, None]


def test_a_case_that_closed_and_came_back_stays_in_its_weeks_frame(office: Office):
    (case,) = closed(office, 1)
    office.clock.later(hours=3)
    office.case(case, "reopen", {"reason": "other", "text": "又坏了"}, "dispatcher")
    next_week(office)
    fixed(office)
    assert [each["case"] for each in office.get(f"spot-checks/{SPOT}/pack", "").json()["frame"]] == [case]


def test_a_ticket_is_the_leaf_hash_of_the_entry_that_closed_the_case(office: Office):
    (case,) = closed(office, 1)
    next_week(office)
    fixed(office)
    (ticket,) = office.get(f"spot-checks/{SPOT}/pack", "").json()["frame"]
    line = next(line for line in office.engine.log.stream(case) if isinstance(line.fact, ComplaintClosed))
    (leaf,) = office.engine.trail.leaves(line.position - 1, 1)
    assert ticket["ticket"] == hashlib.sha256(b"\x00" + leaf.data).hexdigest()


def test_the_frame_names_a_checkpoint_that_is_signed(office: Office):
    closed(office, 1)
    next_week(office)
    told = fixed(office)["checkpoint"]
    note = office.get(told["link"], "").text
    assert note.split("\n")[1:3] == [str(told["size"]), told["root"]]
    assert (told["witnesses"], told["witnessed"]) == ([], False)


def test_the_order_of_frame_and_value_is_kept(office: Office):
    closed(office, 1)
    next_week(office)
    early = office.post(f"spot-checks/{SPOT}/value", DICE, "panel")
    assert (early.status_code, early.json()["rule"]) == (409, "sampling.no-frame")
    fixed(office)
    twice = office.post("spot-checks", {"week": WEEK}, "street")
    assert (twice.status_code, twice.json()["rule"]) == (409, "sampling.fixed-already")
    office.done(f"spot-checks/{SPOT}/value", DICE, "panel")
    more = office.post(f"spot-checks/{SPOT}/value", DICE | {"value": "1 1 1 1 1 1 1 1 1 1"}, "panel")
    assert (more.status_code, more.json()["rule"]) == (409, "sampling.drawn-already")
    assert "不再改动" in more.json()["detail"]


def test_the_value_stands_under_a_checkpoint_that_holds_the_frame(office: Office):
    closed(office, 1)
    next_week(office)
    frame = fixed(office)
    drawn = office.done(f"spot-checks/{SPOT}/value", DICE, "panel")
    assert drawn["draw"]["checkpoint"]["position"] >= frame["position"]
    pack = office.get(f"spot-checks/{SPOT}/pack", "").json()
    assert pack["drawn_under"]["size"] > pack["checkpoint"]["size"]


def test_a_retry_says_the_same(office: Office):
    closed(office, 1)
    next_week(office)
    key = {"Idempotency-Key": "frame-1"}
    first = office.post("spot-checks", {"week": WEEK}, "street", headers=key)
    again = office.post("spot-checks", {"week": WEEK}, "street", headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["repeated"] and again.json()["frame"] == first.json()["frame"]
    assert first.headers["Location"] == f"/api/v1/spot-checks/{SPOT}"


def test_a_dry_run_fixes_nothing(office: Office):
    closed(office, 1)
    next_week(office)
    told = office.done("spot-checks?dry_run=true", {"week": WEEK}, "street")
    assert told["dry_run"] and "抽样范围" in told["consequences"][0]
    assert office.get(f"spot-checks/{SPOT}", "street").status_code == 404


def test_who_sees_and_who_fixes(office: Office):
    closed(office, 1)
    next_week(office)
    assert office.post("spot-checks", {"week": WEEK, "grid": "elsewhere"}, "street").status_code == 409
    assert fixed(office, "panel")["place"] == "demo/north"
    office.caught_up()
    for who in ("dispatcher", "gridworker", "analyst", "admin", "street"):
        assert [each["id"] for each in office.get("spot-checks", who).json()["items"]] == [SPOT], who
        assert office.get(f"spot-checks/{SPOT}", who).status_code == 200
    assert office.get("spot-checks", "elsewhere").json()["items"] == []
    assert office.get(f"spot-checks/{SPOT}", "elsewhere").status_code == 404
    assert office.get("spot-checks", "resident").status_code == 403
    assert office.get("spot-checks?week=2026-W01", "street").json()["items"] == []


def test_a_week_that_runs_or_is_none_is_refused(office: Office):
    assert office.post("spot-checks", {"week": WEEK}, "street").json()["rule"] == "sampling.week-running"
    assert office.post("spot-checks", {"week": "2026-W54"}, "street").status_code == 422
    assert office.post("spot-checks", {"week": "W54"}, "street").status_code == 422


def test_missed_draws_are_duties(office: Office):
    made = closed(office, 1)
    assert kinds(office, "street") == [] == kinds(office, "panel")
    next_week(office)
    assert kinds(office, "street") == ["spot_check_frame"] == kinds(office, "panel")
    fixed(office)
    office.caught_up()
    assert (kinds(office, "street"), kinds(office, "panel")) == ([], ["spot_check_value"])
    office.done(f"spot-checks/{SPOT}/value", DICE, "panel")
    office.caught_up()
    assert (kinds(office, "street"), kinds(office, "panel")) == (["spot_check"], [])
    office.clock.later(days=8)
    (duty,) = [each for each in office.get("duties", "street").json()["items"] if "spot" in each["kind"]]
    assert duty["overdue"] and duty["link"] == f"/api/v1/complaints/{made[0]}"
    office.case(made[0], "spot-check", {"result": "confirmed", "text": "看过"}, "street")
    office.caught_up()
    assert kinds(office, "street") == []


def kinds(office: Office, who: str) -> list[str]:
    items = office.get("duties", who).json()["items"]
    return [each["kind"] for each in items if each["kind"].startswith("spot_check")]
