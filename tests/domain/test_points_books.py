"""Tariffs, catalogues and the rules of supervision: what they may say, and what is in force when."""

import copy
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.rule_books import BadContent, Books, diff, read
from domain.rule_books.supervision import Supervision, months_later
from tests.domain.points_spec import books, books_with, sample

ZONE = "Asia/Shanghai"
TARIFF = sample("tariffs-2025-1.toml")
CATALOGUE = sample("catalogue-2025-1.toml")
SUPERVISION = sample("supervision-2025-1.toml")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


def test_the_sample_tariffs_say_what_the_community_agreed():
    tariff = books().tariff(date(2025, 3, 1))
    assert {name: line.points for name, line in tariff.lines.items()} == {
        "visit-registration": 5,
        "hazard-report": 10,
        "mediation": 15,
        "patrol": 5,
        "shopping-for-elder": 5,
        "mini-program-report": 5,
        "health-lecture": 3,
        "clean-up": 10,
        "stairwell-cleaning": 5,
    }
    before = books().tariff(date(2025, 2, 28))
    changed = {name: line.points for name, line in before.lines.items() if line != tariff.lines[name]}
    assert changed == {"mediation": 10, "hazard-report": 15}


def test_the_sample_catalogue_has_every_price():
    items = books().catalogue(local("2025-03-01T09:00")).items
    assert {name: item.price for name, item in items.items()} == {
        "salt": 5,
        "soap": 5,
        "dish-soap": 10,
        "blood-pressure": 10,
        "flour": 20,
        "haircut": 20,
        "detergent": 5,
        "housekeeping": 50,
        "appliance-repair": 50,
    }
    services = {name for name, item in items.items() if not item.stocked}
    assert services == {"blood-pressure", "housekeeping", "appliance-repair"}


def test_the_sample_supervision_says_the_defaults():
    read_ = read("supervision", "default", SUPERVISION, ZONE)
    assert read_ == Supervision()
    assert books().supervision(local("2025-03-01T09:00")) == Supervision("2025-1")


def test_without_a_book_the_defaults_hold():
    empty = Books(time_zone=ZONE)
    assert empty.supervision(datetime(2025, 3, 1, tzinfo=UTC)) == Supervision()
    assert not empty.adopted("tariffs")


@pytest.mark.parametrize(("hours", "points"), [(1, 0), (2, 10), (3, 10), (4, 20), (5, 20)])
def test_hours_pay_when_they_are_full(hours, points):
    line = books().tariff(date(2025, 3, 1)).lines["clean-up"]
    assert line.pays(hours) == points


def test_each_line_says_itself_in_both_languages():
    lines = books().tariff(date(2025, 3, 1)).lines
    assert lines["clean-up"].text == (
        "环境卫生整治：每 2 小时 10 分 · Neighbourhood clean-up: 10 points per 2 hours"
    )
    assert lines["mediation"].text.endswith("15 points per case")


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2025, 3, 31), 6, date(2025, 9, 30)),
        (date(2025, 1, 15), 12, date(2026, 1, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
    ],
)
def test_months_are_counted_by_the_calendar(day, months, then):
    assert months_later(day, months) == then


def test_a_suspension_ends_at_local_midnight():
    rules = Supervision()
    assert rules.suspended_until(local("2025-08-31T23:59")) == local("2026-02-28T00:00")
    assert rules.suspended_until(datetime(2025, 8, 31, 16, 30, tzinfo=UTC)) == local("2026-03-01T00:00")


def test_points_never_expire_unless_somebody_says_so():
    assert Supervision().lapsed_before(local("2035-01-01T00:00")) is None
    year = Supervision(expiry_months=12)
    assert year.lapsed_before(local("2026-01-01T00:00")) == local("2025-01-02T00:00")
    assert year.lapsed_before(local("2025-12-31T23:59")) == local("2025-01-01T00:00")


@pytest.mark.parametrize("months", [1, 6, 12, 13, 600])
def test_points_lapse_on_the_same_day_of_a_later_month(months: int):
    """By the other count: a day has lapsed once the same day so many months later has begun."""
    rules = Supervision(expiry_months=months)
    for n in range(800):
        today = date(2027, 1, 15) + timedelta(days=n)
        before = rules.lapsed_before(local(f"{today}T12:00"))
        assert before is not None
        first = before.astimezone(ZoneInfo("Asia/Shanghai")).date()
        assert months_later(first - timedelta(days=1), months) <= today < months_later(first, months)


# ------------------------------------------------------------------ bad content


def without(content, *path):
    changed = copy.deepcopy(content)
    place = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed


def put(content, value, *path):
    changed = copy.deepcopy(content)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("book", "content", "field"),
    [
        ("tariffs", without(TARIFF, "lines", 0, "points"), "lines[0].points"),
        ("tariffs", put(TARIFF, 0, "lines", 0, "points"), "lines[0].points"),
        ("tariffs", put(TARIFF, True, "lines", 0, "points"), "lines[0].points"),
        ("tariffs", put(TARIFF, "5", "lines", 0, "points"), "lines[0].points"),
        ("tariffs", put(TARIFF, 5.0, "lines", 0, "points"), "lines[0].points"),
        ("tariffs", put(TARIFF, 10**30, "lines", 0, "points"), "lines[0].points"),
        ("tariffs", put(TARIFF, "week", "lines", 0, "basis"), "lines[0].basis"),
        ("tariffs", put(TARIFF, 2, "lines", 0, "per"), "lines[0].per"),
        ("tariffs", put(TARIFF, 25, "lines", 7, "per"), "lines[7].per"),
        ("tariffs", without(TARIFF, "lines", 7, "per"), "lines[7].per"),
        ("tariffs", put(TARIFF, ["resident"], "lines", 0, "verifiers"), "lines[0].verifiers"),
        ("tariffs", put(TARIFF, [], "lines", 0, "verifiers"), "lines[0].verifiers"),
        ("tariffs", put(TARIFF, "patrol", "lines", 0, "activity"), "lines[3].activity"),
        ("tariffs", put(TARIFF, "a/b", "lines", 0, "activity"), "lines[0].activity"),
        ("tariffs", put(TARIFF, "x", "lines", 0, "colour"), "lines[0].colour"),
        ("tariffs", {"lines": []}, "lines"),
        ("catalogues", put(CATALOGUE, -5, "items", 0, "price"), "items[0].price"),
        ("catalogues", put(CATALOGUE, "gift", "items", 0, "kind"), "items[0].kind"),
        ("catalogues", put(CATALOGUE, "soap", "items", 0, "item"), "items[1].item"),
        ("catalogues", put(CATALOGUE, "a b", "items", 0, "item"), "items[0].item"),
        ("catalogues", {"items": []}, "items"),
        ("supervision", put(SUPERVISION, -1, "penalty_months"), "penalty_months"),
        ("supervision", put(SUPERVISION, 0, "appeal_days"), "appeal_days"),
        ("supervision", put(SUPERVISION, "yes", "card_transfer"), "card_transfer"),
        ("supervision", put(SUPERVISION, 0, "rankings", "month", "top"), "rankings.month.top"),
        ("supervision", put(SUPERVISION, {}, "rankings", "week"), "rankings.week"),
        ("supervision", put(SUPERVISION, 1, "colour"), "colour"),
    ],
)
def test_bad_content_names_its_field(book, content, field):
    with pytest.raises(BadContent) as no:
        read(book, "x", content, ZONE)
    assert no.value.field == field


def test_an_item_may_be_listed_before_it_has_a_price():
    content = without(CATALOGUE, "items", 0, "price")
    known = books_with(catalogues=content).catalogue(local("2025-03-01T09:00")).items["salt"]
    assert known.price is None
    assert known.text == "食盐：未定价 · Salt: not priced"


def test_a_difference_is_found_by_the_lines_name():
    fields = {
        found.field: (found.before, found.after) for found in diff(sample("tariffs-2025-0.toml"), TARIFF)
    }
    assert fields == {"lines[mediation].points": (10, 15), "lines[hazard-report].points": (15, 10)}
