"""The book `calendars`: working hours, weekends, public holidays and make-up working days."""

from typing import Any

from domain.calendar import WorkingCalendar
from domain.rule_books.content import BadContent, Table, clock_time


def read_calendar(content: dict[str, Any], version: str, time_zone: str) -> WorkingCalendar:
    """BadContent if there is no working time, spans overlap, a holiday is made up, or a field is wrong."""
    table = Table(content)
    calendar = WorkingCalendar(
        version=version,
        time_zone=time_zone,
        hours=tuple(_span(entry) for entry in table.tables("hours")),
        weekend=frozenset(table.numbers("weekend")),
        holidays=table.dated("holidays"),
        make_up=table.dated("make_up"),
        known_years=frozenset(table.numbers("known_years")),
    )
    table.done()
    edges = [edge for span in calendar.hours for edge in span]
    if not edges or edges != sorted(set(edges)):
        raise BadContent("hours", "must be spans of a day, in order, none empty, none overlapping")
    if any(edge.tzinfo is not None for edge in edges):
        raise BadContent("hours", "are local times, without an offset")
    if not calendar.weekend < set(range(1, 8)):
        raise BadContent("weekend", "must hold ISO weekdays from 1 (Monday) to 7, and not all of them")
    for day in calendar.make_up:
        if day in calendar.holidays:
            raise BadContent(f"make_up.{day}", "is also a holiday")
    for day in (*calendar.holidays, *calendar.make_up):
        if day.year not in calendar.known_years:
            raise BadContent("known_years", f"does not name {day.year}, although {day} is listed")
    return calendar


def _span(table: Table) -> tuple[Any, Any]:
    begin = clock_time(table.at("from"), table.text("from"))
    end = clock_time(table.at("to"), table.text("to"))
    table.done()
    return begin, end
