"""The pages: a patrol entered on a form with the stops of its route, a sweep from a closed case, a watch."""

import re

from api.orders import JSON
from tests.api.conftest import GRID, Office
from tests.api.patrols.test_patrols import OTHER, STOPS, closed


def page(office: Office, path: str, who: str = "gridworker", **options: object) -> str:
    answer = office.get(path, who, headers={"Accept": "text/html"}, **options)
    assert answer.status_code == 200, answer.text[:500]
    return str(answer.text)


def sent(office: Office, path: str, data: dict[str, object], who: str = "gridworker") -> str:
    """Where the form leads."""
    headers = {"Accept": "text/html"}
    answer = office.call("POST", path, who, data=data, headers=headers, follow_redirects=False)
    assert answer.status_code == 303, re.sub(r"<[^>]+>|\s+", " ", answer.text)[:1500]
    return str(answer.headers["location"])


def test_a_walk_is_entered_with_the_stops_of_its_route_and_a_hazard(office: Office):
    way = {"name": "换热站与管网", "grid": GRID, "stops": STOPS, "category": "heating"}
    route = office.done("patrols/routes", way, "gridworker")["id"]
    office.caught_up()
    form = page(office, f"/patrols/new?route={route}")
    assert "看过：换热站" in form and "°C" in form
    typed = {
        "grid": GRID, "kind": "daily", "minutes": "35", "visited[0].stop": STOPS[0], "visited[0].looked": "1",
        "visited[0].value": "16.5", "visited[1].stop": STOPS[1], "hazards[0].category": "heating",
        "hazards[0].text": "阀门渗水",
    }  # fmt: skip
    where = sent(office, f"/patrols/new?route={route}", dict(typed))
    shown = page(office, where)
    assert "发现隐患 1 件" in shown and "未查看" in shown and "超出范围" in shown
    office.caught_up()
    listed = page(office, "/patrols?from=2026-11-01&lang=en")
    assert "1 patrols, hazards found 1" in listed and "Daily patrol" in listed
    page(office, "/patrols?lang=zh")
    more = {"hazards[0].category": "heating", "hazards[0].text": "井盖破损"}
    again = sent(office, f"{where.split('?')[0]}/do/hazards", dict(more))
    assert "发现隐患 2 件" in page(office, again)


def test_from_a_closed_case_its_class_is_swept_and_its_coming_back_watched(office: Office):
    case = closed(office)
    card = page(office, f"/complaints/{case}", "dispatcher")
    assert f"/sweeps/new?case={case}" in card and f"/complaints/{case}/recurrence-watch" in card
    page(office, f"/sweeps/new?case={case}", "dispatcher")
    typed = {
        "case": case, "category": "property", "what": "门禁都查", "grids": [GRID, OTHER],
        "due_on": "2026-12-01",
    }  # fmt: skip
    sweep = sent(office, f"/sweeps/new?case={case}", dict(typed), "dispatcher").split("?")[0]
    check = {
        "grid": GRID, "looked_at": "8", "hazards[0].category": "property", "hazards[0].text": "2 号楼门禁坏",
    }  # fmt: skip
    page(office, f"{sweep}/do/checks")
    shown = page(office, sent(office, f"{sweep}/do/checks", dict(check)))
    assert "查了 8 处，发现隐患 1 件" in shown
    office.caught_up()
    assert "Sweeps of a class" in page(office, "/sweeps?lang=en", "dispatcher")
    page(office, "/sweeps?lang=zh", "dispatcher")
    watch = f"/complaints/{case}/recurrence-watch"
    assert "还没有设定复看" in page(office, watch)
    set_ = sent(office, f"{watch}/do/set", {"until": "2026-11-25"})
    assert "看到" in page(office, set_)
    back = {"result": "came_back", "then": "register", "text": "又坏了"}
    assert "反弹了" in page(office, sent(office, f"{watch}/do/look", dict(back)))
    bare = office.get(f"complaints/{case}/recurrence-watch", headers={"Accept": JSON}).json()
    assert bare["state"] == "came_back"


def test_a_route_is_set_changed_and_retired_on_its_page(office: Office):
    assert "/patrols/routes/new" in page(office, "/patrols")
    page(office, "/patrols/routes/new")
    typed = {
        "name": "管网",
        "grid": GRID,
        "kind": "daily",
        "category": "heating",
        "stops": "换热站\n\n 北门 \n",
    }
    shown = page(office, where := sent(office, "/patrols/routes/new", dict(typed)))
    assert "北门" in shown and "共 2 个点位" in shown
    route = where.partition("?")[0]
    form = page(office, f"{route}/do/set")
    assert "换热站\n北门" in form
    shown = page(office, sent(office, f"{route}/do/set", {**typed, "stops": "换热站\n北门\n东门"}))
    assert "东门" in shown
    office.caught_up()
    assert f"{route}?lang=en" in page(office, "/patrols?lang=en", "dispatcher")
    assert "Stops" in page(office, f"{route}?lang=en")
    page(office, f"{route}?lang=zh")
    shown = page(office, sent(office, f"{route}/do/retire", {"reason": "管网已改造"}))
    assert "已停用" in shown and "/patrols/new?route=" not in shown


def test_too_many_stops_are_named_beside_their_field(office: Office):
    typed = {"name": "管网", "grid": GRID, "kind": "daily", "stops": "\n".join(map(str, range(101)))}
    headers = {"Accept": "text/html"}
    answer = office.call("POST", "/patrols/routes/new", "gridworker", data=typed, headers=headers)
    assert answer.status_code == 422 and "最多 100 项" in answer.text


def test_the_longest_route_is_walked_on_a_form_and_one_stop_at_least(office: Office):
    stops = [f"井盖 {n}" for n in range(100)]
    way = {"name": "井盖", "grid": GRID, "stops": stops, "category": "heating"}
    route = office.done("patrols/routes", way, "gridworker")["id"]
    office.caught_up()
    typed: dict[str, object] = {f"visited[{n}].stop": stop for n, stop in enumerate(stops)}
    typed |= {f"visited[{n}].value": "" for n in range(100)}
    typed |= {"grid": GRID, "kind": "daily", "minutes": "60"}
    path, headers = f"/patrols/new?route={route}", {"Accept": "text/html"}
    answer = office.call("POST", path, "gridworker", data=typed, headers=headers)
    assert answer.status_code == 422 and "至少看一个点位" in answer.text
    shown = page(office, sent(office, path, typed | {"visited[99].looked": "true"}))
    assert "1 个点位" in shown


def test_who_looks_is_asked_on_the_page_of_the_watch(office: Office):
    watch = f"/complaints/{closed(office)}/recurrence-watch"
    assert 'value="gridworker2"' in page(office, f"{watch}/do/set")
    typed: dict[str, object] = {"until": "2026-11-25", "looker": "gridworker2"}
    page(office, sent(office, f"{watch}/do/set", typed))
    assert office.get(f"/api/v1{watch}").json()["looker"] == "gridworker2"
