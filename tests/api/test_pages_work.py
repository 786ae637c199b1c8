"""A case worker's pages over plain HTTP: what is due, the queue and its addresses, many at once, a case with
everything that explains it, registering by phone, a follow-up, and who was faster."""

import re
from typing import Any

from tests.api.conftest import GRID, Office
from tests.api.test_pages import Reader

HTML = {"Accept": "text/html"}


def page(office: Office, path: str, who: str = "dispatcher") -> str:
    answer = office.get(path, who, headers=HTML)
    assert answer.status_code == 200, (path, answer.status_code)
    text = str(answer.text)
    read = Reader(text)
    assert read.tags.count("h1") == 1 and len(read.ids) == len(set(read.ids)), path
    return text


def send(office: Office, path: str, who: str, **fields: Any) -> Any:
    return office.call("POST", path, who, data=fields, headers=HTML, follow_redirects=False)


def carried(html: str) -> dict[str, str]:
    """What the form of a page carries along without asking."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: value for name, value in found if name in ("key", "version", "method") or "[" in name}


def written(office: Office) -> int:
    return office.engine.log.head()


def test_the_day_begins_with_what_is_overdue_and_says_why(office: Office):
    old = office.registered(text="电梯停了两天")
    office.clock.later(days=3)
    new = office.registered(text="路灯不亮", category="streetlight")
    office.caught_up()
    day = page(office, "/")
    assert day.index("已超时") < day.index(f"/complaints/{old}") < day.index(f"/complaints/{new}")
    assert f"/complaints/{old}/do/dispatch" in day and "起点：" in day and "今天还有" in day
    assert "本周" in day and "part=denominator" in day and "刚刚发生" in day
    assert "没有等您办的事" in page(office, "/day", "heating")
    assert "我的一天" not in page(office, "/", "analyst")
    assert "overdue" in page(office, "/day?lang=en")


def test_a_kind_can_be_looked_at_alone(office: Office):
    case = office.registered(place={"grid": GRID})
    office.handled(case)
    waits = office.registered(place={"grid": GRID}, text="楼道堆物")
    office.case(waits, "dispatch", {"lead": GRID})
    office.caught_up()
    day = page(office, "/day", "gridworker")
    assert f"/complaints/{case}/do/follow-up" in day and f"/complaints/{waits}/do/respond" in day
    alone = page(office, "/day?kind=response", "gridworker")
    assert f"/complaints/{case}/do/follow-up" not in alone and f"/complaints/{waits}/do/respond" in alone


def test_the_queue_shows_what_is_open_soonest_first_and_every_condition_stands_in_its_address(office: Office):
    closed = office.registered(text="已经办完的")
    office.handled(closed)
    office.case(closed, "follow-up", office.visit(), "gridworker")
    urgent = office.registered(text="客厅只有 15℃", category="heating")
    office.case(urgent, "dispatch", {"lead": "heating-co"})
    later = office.registered(text="门禁坏了")
    office.caught_up()
    queue = page(office, "/complaints")
    assert f"/complaints/{closed}" not in queue and "2 件工单" in queue
    assert queue.index(f"/complaints/{urgent}") < queue.index(f"/complaints/{later}")
    assert f"/complaints/{closed}" in page(office, "/complaints?state=")
    narrowed = page(office, "/complaints?state=open&lead=heating-co&channel=hotline")
    assert f"/complaints/{urgent}" in narrowed and f"/complaints/{later}" not in narrowed
    assert "主办：北苑供热公司" in narrowed and "来源：热线" in narrowed
    assert office.get("/complaints?cursor=nonsense", headers=HTML).status_code == 422


def test_a_page_of_the_queue_is_also_a_table_and_data(office: Office):
    case = office.registered(text="=HYPERLINK(1)")
    office.caught_up()
    table = office.get("/complaints?state=received&format=csv")
    assert table.headers["content-type"].startswith("text/csv") and "'=HYPERLINK(1)" in table.text
    data = office.get("/complaints?state=received&format=json").json()
    assert [item["id"] for item in data["items"]] == [case]


def test_pages_of_the_queue_follow_each_other(office: Office):
    made = {office.registered(text=f"第 {n} 件") for n in range(53)}
    office.caught_up()
    first = page(office, "/complaints?state=open&sort=due")
    ahead = re.search(r'rel="next" href="([^"]+)"', first)
    assert ahead is not None
    second = page(office, ahead[1].replace("&amp;", "&"))
    found = re.findall(r'name="id" value="([^"]+)"', first + second)
    assert len(found) == 53 and set(found) == made


def test_a_view_of_ones_own_is_kept_in_the_browser_and_can_be_dropped(office: Office):
    office.registered()
    office.caught_up()
    kept = send(
        office, "/complaints/views", "dispatcher", name="供暖", query='{"category":"heating","x":"1"}'
    )
    assert kept.status_code == 303 and "httponly" in kept.headers["set-cookie"].lower()
    assert "category=heating" in page(office, "/complaints") and "供暖</a>" in page(office, "/complaints")
    assert "供暖</a>" not in page(office, "/complaints", "street")
    send(office, "/complaints/views", "dispatcher", name="供暖", drop="1")
    assert "供暖</a>" not in page(office, "/complaints")


def test_many_are_dispatched_after_a_page_that_says_what_follows(office: Office):
    one, two = office.registered(), office.registered(text="门口路灯坏了")
    gone = office.registered(text="已经派过的")
    office.case(gone, "dispatch", {"lead": "heating-co"})
    before = written(office)
    asked = send(office, "/complaints/bulk", "dispatcher", id=[one, two, gone], lead="property-co")
    assert asked.status_code == 200 and written(office) == before
    assert "把这 2 件派给松林物业服务公司" in asked.text and "1 件不能派" in asked.text
    key = carried(asked.text)["key"]
    sent = {"id": [one, two], "lead": "property-co", "confirm": "1", "key": key}
    done = send(office, "/complaints/bulk", "dispatcher", **sent)
    assert "已派给松林物业服务公司 2 件" in done.text
    after = written(office)
    again = send(office, "/complaints/bulk", "dispatcher", **sent)
    assert "已派给松林物业服务公司 2 件" in again.text and written(office) == after
    assert office.get(f"complaints/{two}").json()["lead"] == "property-co"


def test_many_at_once_asks_again_for_what_is_missing_and_is_not_for_everybody(office: Office):
    case = office.registered()
    assert send(office, "/complaints/bulk", "dispatcher", lead="property-co").status_code == 422
    missing = send(office, "/complaints/bulk", "dispatcher", id=[case])
    assert missing.status_code == 422 and f'value="{case}"' in missing.text
    assert send(office, "/complaints/bulk", "gridworker", id=[case], lead=GRID).status_code == 403


def test_a_case_explains_its_clocks_and_names_what_is_like_it(office: Office):
    first = office.registered(text="客厅只有十五度，暖气片上热下凉", category="heating")
    office.handled(first, "heating", "heating-co")
    photo = office.photo()
    warm = [{"quantity": "room_temperature", "value": 20.0, "unit": "°C"}]
    office.case(first, "follow-up", office.visit(readings=warm, photos=[photo]), "gridworker")
    second = office.registered(text="客厅只有十五度，暖气片下面凉", category="heating")
    office.case(second, "dispatch", {"lead": "heating-co"})
    office.caught_up()
    shown = page(office, f"/complaints/{second}")
    assert "同一件事的四个钟" in shown and "没有退过单" in shown and "等待北苑供热公司响应" in shown
    assert "已过" in shown and f"/complaints/{first}" in shown
    told = page(office, f"/complaints/{first}?print=1")
    assert (
        f'<img src="/evidence/{photo}"' in told
        and "条记录" in told
        and '<details class="more small" open>' in told
    )
    assert "You may now" in page(office, f"/complaints/{second}?lang=en", "heating")


def test_a_number_is_read_for_a_reason_that_everybody_sees(office: Office):
    case = office.registered()
    path = f"/complaints/{case}/reveal"
    assert "13800000001" not in page(office, f"/complaints/{case}") + page(office, path)
    before = written(office)
    refused = send(office, path, "dispatcher", field="phone", reason="")
    assert refused.status_code == 422 and written(office) == before
    told = send(office, path, "dispatcher", field="phone", reason="约上门时间")
    assert "13800000001" in told.text and "约上门时间" in told.text and written(office) == before + 1
    assert "约上门时间" in page(office, f"/complaints/{case}")
    assert office.get(path, "analyst", headers=HTML).status_code == 403


def test_a_call_is_registered_and_what_it_may_repeat_is_shown(office: Office):
    like = office.registered(text="三号楼门禁坏了，晚上关不上门")
    office.caught_up()
    blank = page(office, "/register")
    typed = {
        **carried(blank), "category": "property", "text": "门禁坏了关不上门", "place.grid": GRID,
        "place.address": "柳园 5 号楼", "urgency": "normal", "channel": "phone", "origin": "reactive",
        "reporter.name": "李四", "reporter.phone": "13900000002",
    }  # fmt: skip
    before = written(office)
    looked = send(office, "/register", "dispatcher", **typed, similar="page")
    assert f"/complaints/{like}/do/support" in looked.text and "李四" in looked.text
    listed = send(office, "/register", "dispatcher", **typed, similar="list")
    assert f"/complaints/{like}/do/support" in listed.text and "<html" not in listed.text
    assert "应在" in send(office, "/register", "dispatcher", **typed, preview="1").text
    assert written(office) == before
    done = send(office, "/register", "dispatcher", **typed)
    assert done.status_code == 303
    told = page(office, done.headers["location"])
    number = office.get(f"complaints/{done.headers['location'].split('/')[2]}").json()["number"]
    assert number in told and "轮到社区派单员" in told
    code = office.engine.vault.tracking_code(done.headers["location"].split("/")[2])
    assert code not in told
    again = send(office, "/register", "dispatcher", **typed)
    assert again.headers["location"] == done.headers["location"]


def test_who_reports_the_same_joins_it_from_the_form(office: Office):
    like = office.registered()
    typed = {"category": "property", "text": "我家也是", "reporter.name": "李四"}
    typed["reporter.phone"] = "13900000002"
    joined = send(office, f"/complaints/{like}/do/support", "dispatcher", **typed)
    assert joined.status_code == 303
    assert "又有人反映同一问题" in page(office, f"/complaints/{like}")


def test_a_registration_with_gaps_says_where(office: Office):
    gaps = send(office, "/register", "dispatcher", text="门禁坏了")
    assert gaps.status_code == 422 and 'href="#f-category"' in gaps.text and "门禁坏了" in gaps.text
    assert office.get("/register", "heating", headers=HTML).status_code == 403


def test_a_follow_up_says_what_a_cold_room_causes_and_records_it_once(office: Office):
    case = office.registered(category="heating", text="客厅只有 15℃")
    office.handled(case, "heating", "heating-co")
    form = page(office, f"/complaints/{case}/do/follow-up", "gridworker")
    assert "低于 18°C" in form and 'data-least="18.0"' in form and "北苑供热公司报告办结" in form
    typed = {
        **carried(form), "reached": "true", "readings[0].value": "16.5", "photos": office.photo(),
        "satisfaction": "dissatisfied", "solved": "no", "visited_at": "2026-11-18T09:30",
    }  # fmt: skip
    path, before = f"/complaints/{case}/do/follow-up", written(office)
    silent = send(office, path, "gridworker", **{k: v for k, v in typed.items() if k != "satisfaction"})
    assert silent.status_code == 422 and 'href="#f-satisfaction"' in silent.text
    told = send(office, path, "gridworker", **typed, preview="1")
    said = re.findall(r"<li>(.*?)</li>", told.text.partition("如果现在提交")[2].partition("</ul>")[0])
    assert said and len(said) == len(set(said)) and any("返工" in line for line in said)
    assert not any(a != b and a in b for a in said for b in said) and written(office) == before
    done = send(office, path, "gridworker", **typed)
    assert done.status_code == 303
    assert "第 2 轮" in page(office, done.headers["location"], "gridworker")


def test_nobody_at_home_needs_no_reading_and_a_missing_one_is_named_in_words(office: Office):
    case = office.registered(category="heating", text="客厅只有 15℃")
    office.handled(case, "heating", "heating-co")
    path = f"/complaints/{case}/do/follow-up"
    kept = carried(page(office, path, "gridworker")) | {"visited_at": "2026-11-18T09:30"}
    met = kept | {"reached": "true", "satisfaction": "satisfied", "solved": "yes"}
    silent = send(office, path, "gridworker", **met)
    assert silent.status_code == 422 and "室温" in silent.text and "readings.value" not in silent.text
    assert send(office, path, "gridworker", **kept, reached="false").status_code == 303


def test_who_follows_up_for_a_grid_without_members_is_told_that_it_was_recorded(office: Office):
    """Afterwards the case is not his to see: its page would be none, and say that nothing was recorded."""
    case = office.registered(place={"grid": "demo/north/sl/grid-02", "address": "柳园 9 号楼"})
    office.handled(case)
    path = f"/complaints/{case}/do/follow-up"
    typed = carried(page(office, path, "gridworker")) | {
        "reached": "true", "method": "on_site", "satisfaction": "satisfied", "solved": "yes",
        "visited_at": "2026-11-18T09:30",
    }  # fmt: skip
    before = written(office)
    done = send(office, path, "gridworker", **typed)
    assert done.status_code == 303 and written(office) > before
    assert "已经记下：回访" in page(office, done.headers["location"], "gridworker")


def test_somebody_was_faster(office: Office):
    case = office.registered()
    form = page(office, f"/complaints/{case}/do/dispatch")
    office.case(case, "reclassify", {"category": "water", "reason": "是水管"})
    before = written(office)
    late = send(office, f"/complaints/{case}/do/dispatch", "dispatcher", **carried(form), lead="property-co")
    assert late.status_code == 412 and written(office) == before
    assert "有了 1 条新进展" in late.text and "改类" in late.text and "您想做的：派单" in late.text
    path, renewed = f"/complaints/{case}/do/dispatch", carried(late.text)
    again = send(office, path, "dispatcher", **renewed, lead="property-co")
    assert again.status_code == 303


def test_what_did_not_work_says_whether_anything_was_recorded_and_what_to_do(office: Office):
    lost = office.get("/complaints/c-nothing", headers=HTML)
    assert lost.status_code == 404 and "您看不到它" in lost.text and "我的一天" in lost.text
    denied = office.get("/register", "analyst", headers=HTML)
    assert denied.status_code == 403 and "身份" in denied.text
    nobody = office.call("POST", "/register", "", data={"text": "x"}, headers=HTML)
    assert nobody.status_code == 401 and "没有记录" in nobody.text and "/login" in nobody.text
    behind = office.get("/complaints?min_position=999999999", headers=HTML)
    assert behind.status_code == 503 and "不用再提交" in behind.text


def test_a_story_stands_as_a_table_beside_the_page(office: Office):
    case = office.registered(text="=门禁失灵")
    office.case(case, "dispatch", {"lead": "property-co"})
    page = office.get(f"/complaints/{case}", headers={"Accept": "text/html"}).text
    assert f"/complaints/{case}?format=csv" in page and f"/complaints/{case}?format=json" in page
    items = office.get(f"/complaints/{case}?format=json").json()["items"]
    assert [item["name"] for item in items] == ["complaint.registered", "complaint.dispatched"]
    table = office.get(f"/complaints/{case}?format=csv")
    head, *rows = table.content.decode("utf-8-sig").splitlines()
    assert head == "position,round,name,occurred_at,recorded_at,actor,sentence,evidence,receipt"
    assert len(rows) == 2 and "dispatcher" in rows[1] and table.headers["content-type"].startswith("text/csv")
    assert office.get(f"/complaints/{case}?format=csv", "elsewhere").status_code == 404


def test_a_story_shows_what_was_said_and_measured_beside_its_sentences(office: Office):
    case = office.registered(category="heating", text="客厅只有 15℃")
    for celsius in (16.5, 19.2):
        office.handled(case, "heating", "heating-co")
        taken = {"quantity": "room_temperature", "value": celsius, "unit": "°C"}
        visit = office.visit(readings=[taken], photos=[office.photo()], note="夜里还是凉")
        office.case(case, "follow-up", visit, "gridworker")
    told = page(office, f"/complaints/{case}")
    story = told[told.index('id="h-story"') :]
    assert "测得室温 19.2°C" in story and '<blockquote class="quote">夜里还是凉</blockquote>' in story
    assert "“夜里还是凉" not in story and "回访时拍的" in story
    assert "实测室温：今天 16.5°C，今天 19.2°C，合格线 18°C" in told
    assert "“夜里还是凉" in office.get(f"/complaints/{case}?format=json").json()["items"][-2]["sentence"]
