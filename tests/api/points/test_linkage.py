"""联动积分: on-time work earns its staff points where the rules say so, and reopening takes them back."""

from api.following import REACTIONS
from tests.api.points.conftest import MINE, Desk
from tests.api.points.test_expiry import ruled
from tests.api.points.test_following import reacted

STAFF = "acct-property"
GRID = "demo/north/sl/grid-01"


def begun(desk: Desk, points: int = 4) -> str:
    """A case dispatched and responded to, while linkage points are worth so much."""
    desk.until("2025-03-10")
    desk.opened("property", "admin", kind="staff", place=GRID)
    if points:
        ruled(desk, linkage_points=points)
    complaint = desk.registered()
    desk.case(complaint, "dispatch", {"lead": "property-co"})
    desk.case(complaint, "respond", {}, "property")
    return complaint


def resolved(desk: Desk, complaint: str) -> None:
    desk.case(complaint, "resolution", {"result": "solved", "answer": "已修好"}, "property")
    reacted(desk)


def again(desk: Desk) -> int:
    """React to everything from the beginning; how many lines that added."""
    head = desk.engine.log.head()
    desk.engine.log.set_setting(REACTIONS[0].setting, None)
    reacted(desk)
    return desk.engine.log.head() - head


def entries(desk: Desk) -> list[tuple[str, int, str]]:
    told = desk.get(f"points/accounts/{STAFF}/statement?month=2025-03", "admin").json()["entries"]
    return [(each["activity"], each["points"], each["cause"]) for each in told]


def test_work_on_time_earns_and_reopening_takes_it_back(desk: Desk):
    complaint = begun(desk)
    resolved(desk, complaint)
    assert desk.account(STAFF, "admin")["balance"] == 4
    assert again(desk) == 0
    visit = desk.visit(satisfaction="dissatisfied", solved="no")
    assert desk.case(complaint, "follow-up", visit, "gridworker")["round"] == 2
    reacted(desk)
    assert desk.account(STAFF, "admin")["balance"] == 0
    assert [points for _, points, _ in entries(desk)] == [4, -4]
    assert {cause for _, _, cause in entries(desk)} == {complaint}
    assert again(desk) == 0
    desk.case(complaint, "dispatch", {"lead": "property-co"})
    desk.case(complaint, "respond", {}, "property")
    resolved(desk, complaint)
    assert [points for _, points, _ in entries(desk)] == [4, -4, 4]
    assert again(desk) == 0, "what was earned anew is not taken back by the old reopening"


def test_where_the_rules_say_nothing_nobody_on_the_staff_earns(desk: Desk):
    resolved(desk, begun(desk, points=0))
    assert desk.account(STAFF, "admin")["balance"] == 0


def test_late_work_earns_nothing(desk: Desk):
    complaint = begun(desk)
    desk.clock.later(days=60)
    resolved(desk, complaint)
    assert desk.account(STAFF, "admin")["balance"] == 0


def test_a_resolvers_own_account_as_a_resident_is_not_touched(desk: Desk):
    complaint = begun(desk)
    resolved(desk, complaint)
    assert desk.account(MINE)["balance"] == 0
    assert entries(desk) == [("linkage", 4, complaint)]
