"""Mappings, readers and moments: what a row means, and what is said about one that means nothing."""

import csv
import gzip
import io
import multiprocessing
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.exporting.spreadsheets import guarded, unguarded
from scripts.importing import BadImport, load_mapping, read_mapping
from scripts.importing.accounting import BadRow
from scripts.importing.aside import Told, tickets, tickets_aside
from scripts.importing.mapping import slug
from scripts.importing.moments import NoMoment, read_moment
from scripts.importing.reading import LONGEST_CELL, rows
from scripts.importing.translating import Ticket, Translator
from tests.scripts.sheets import write_xlsx

MAPPINGS = Path(__file__).parents[2] / "mappings"
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
BARE: dict[str, Any] = {
    "source": "s",
    "time_zone": "Asia/Shanghai",
    "columns": {"external_number": "no", "registered_at": "at", "category": "kind", "grid": "grid"},
}
ROW: dict[str, Any] = {"no": "1", "at": "2026-01-05T08:30:00", "kind": "heating", "grid": "a/b"}


def translate(row: dict[str, Any], **mapping: Any) -> Ticket:
    content = {**BARE, **mapping, "columns": {**BARE["columns"], **mapping.get("columns", {})}}
    return Translator(read_mapping(content), lambda address: f"place:{address}").ticket(row)


class TestMoments:
    @pytest.mark.parametrize(
        ("cell", "forms", "utc"),
        [
            ("2026-01-05T08:30:00", ("iso",), "2026-01-05T00:30:00"),
            ("2026-01-05 08:30", ("iso",), "2026-01-05T00:30:00"),
            ("2026-01-05T08:30:00+01:00", ("iso",), "2026-01-05T07:30:00"),
            ("2026-01-05T08:30:00Z", ("iso",), "2026-01-05T08:30:00"),
            ("2026/1/5 8:30", ("iso", "%Y/%m/%d %H:%M"), "2026-01-05T00:30:00"),
            ("2026年1月5日 8时30分", ("%Y年%m月%d日 %H时%M分",), "2026-01-05T00:30:00"),
            ("46027.354166666664", ("iso", "excel"), "2026-01-05T00:30:00"),
            (46027.354166666664, ("excel",), "2026-01-05T00:30:00"),
            (46027, ("excel",), "2026-01-04T16:00:00"),
            (datetime(2026, 1, 5, 8, 30), ("iso",), "2026-01-05T00:30:00"),  # noqa: DTZ001
            (date(2026, 1, 5), ("iso",), "2026-01-04T16:00:00"),
            ("2026-01-05", ("iso",), "2026-01-04T16:00:00"),
        ],
    )
    def test_each_form_gives_the_moment_in_utc(self, cell, forms, utc):
        assert read_moment(cell, forms, SHANGHAI) == datetime.fromisoformat(utc).replace(tzinfo=UTC)

    @pytest.mark.parametrize("cell", ["2026-01-05", date(2026, 1, 5), "2026/1/5", 46027])
    def test_a_deadline_without_a_time_is_the_end_of_its_day(self, cell):
        forms = ("iso", "%Y/%m/%d", "excel")
        due = read_moment(cell, forms, SHANGHAI, end_of_day=True)
        assert due == datetime(2026, 1, 5, 23, 59, 59, tzinfo=SHANGHAI)

    def test_a_deadline_at_midnight_with_a_time_stays_there(self):
        assert read_moment("2026-01-05 00:00", ("iso",), SHANGHAI, end_of_day=True) == datetime(
            2026, 1, 5, tzinfo=SHANGHAI
        )

    @pytest.mark.parametrize("cell", [None, ""])
    def test_an_empty_cell_is_no_moment_and_no_fault(self, cell):
        assert read_moment(cell, ("iso",), SHANGHAI) is None

    @pytest.mark.parametrize(
        "cell",
        [
            "soon",
            "2026-13-01",
            "05/01/2026",
            "0001-01-01",
            "9999-12-31T23:59",
            "3",
            "1e9",
            "nan",
            "inf",
            True,
        ],
    )
    def test_what_is_no_moment_is_named(self, cell):
        with pytest.raises(NoMoment):
            read_moment(cell, ("iso", "%Y/%m/%d", "excel"), SHANGHAI)

    def test_summer_and_winter_time_are_told_apart(self):
        winter = read_moment("2015-01-10T12:00:00", ("iso",), NEW_YORK)
        summer = read_moment("2015-07-10T12:00:00", ("iso",), NEW_YORK)
        assert winter is not None and summer is not None and (winter.hour, summer.hour) == (17, 16)


class TestMappings:
    @pytest.mark.parametrize("name", ["plain", "boston311", "hotline_cn"])
    def test_the_shipped_ones_can_be_read(self, name):
        mapping = load_mapping(MAPPINGS / f"{name}.toml")
        assert set(mapping.required) >= {"external_number", "registered_at", "category"}

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"time_zone": "Mars/Base"}, "time_zone"),
            ({"columns": {"registered_at": "at"}}, "columns.external_number"),
            ({"columns": {**BARE["columns"], "telephone": "tel"}}, "columns.telephone"),
            ({"words": {"colour": {}}}, "words.colour"),
            ({"words": {"channel": {"table": {"fax": "fax"}}}}, "words.channel.table.fax"),
            ({"words": {"channel": {"empty": "fax"}}}, "words.channel.empty"),
            ({"words": {"lead": {"unknown": "guess"}}}, "words.lead.unknown"),
            ({"delimiter": ";;"}, "delimiter"),
            ({"grids": {"levels": ["planet"]}}, "grids.levels"),
            ({"surprise": 1}, "surprise"),
            ({"answer_without_moment": "ignore"}, "answer_without_moment"),
        ],
    )
    def test_a_fault_names_its_field(self, tmp_path, change, field):
        from domain.rule_books import BadContent

        with pytest.raises(BadContent) as no:
            read_mapping({**BARE, **change})
        assert no.value.field == field

    def test_a_file_that_is_none_says_so_in_one_line(self, tmp_path):
        bad = tmp_path / "bad.toml"
        bad.write_text("source = ")
        for path in (bad, tmp_path / "missing.toml"):
            with pytest.raises(BadImport, match=r"\.toml: ") as no:
                load_mapping(path)
            assert "\n" not in str(no.value)

    @given(st.text(max_size=40))
    def test_a_slug_is_an_id_and_stays_itself(self, word):
        made = slug(word)
        assert slug(made) == made and not set(made) & set("/ _|\n\t") and made == made.strip("-")

    def test_slugs_keep_chinese(self):
        assert slug("Downtown / Financial District") == "downtown-financial-district"
        assert slug("供热 公司（南）") == "供热-公司-南"


class TestWords:
    def test_a_word_in_the_table_an_unknown_one_and_none(self):
        words = {"channel": {"unknown": "reject", "empty": "web", "table": {"热线": "hotline"}}}
        columns = {"channel": "by"}

        def channel(word: str) -> str:
            return translate({**ROW, "by": word}, words=words, columns=columns).command.channel

        assert channel("热线") == channel(" 热线 ") == "hotline"
        assert channel("") == channel("  ") == "web"
        with pytest.raises(BadRow) as no:
            channel("传真")
        assert no.value.field == "channel" and no.value.rule == "value.unknown" and "传真" in str(no.value)

    def test_an_unknown_word_may_count_as_none(self):
        words = {"origin": {"unknown": "empty", "table": {"Staff": "proactive"}}}
        for word, ours in (("Staff", "proactive"), ("Caller", "reactive"), ("", "reactive")):
            ticket = translate({**ROW, "by": word}, words=words, columns={"origin": "by"})
            assert ticket.command.origin == ours

    def test_a_word_kept_as_it_is_must_be_one_of_ours(self):
        assert translate({**ROW, "by": "phone"}, columns={"channel": "by"}).command.channel == "phone"
        with pytest.raises(BadRow):
            translate({**ROW, "by": "telegraph"}, columns={"channel": "by"})

    def test_grids_are_put_under_the_root_and_slugged(self):
        setting = {"grids": {"under": "boston"}, "words": {"grid": {"unknown": "slug"}}}
        for word, path in (("Back Bay", "boston/back-bay"), ("", "boston"), ("---", "boston")):
            assert translate({**ROW, "grid": word}, **setting).command.grid == path

    @pytest.mark.parametrize("path", ["", "a//b", "/a", "a/ b", "a/" + "b" * 300])
    def test_a_path_the_organisation_would_refuse_rejects_the_row(self, path):
        with pytest.raises(BadRow) as no:
            translate({**ROW, "grid": path})
        assert no.value.field == "grid"

    def test_the_first_filled_of_several_columns_counts(self):
        columns = {"registered_at": ["called", "sent"]}
        row = {**ROW, "called": " ", "sent": "2026-01-06T00:00:00Z"}
        assert translate(row, columns=columns).command.line.registered_at == datetime(2026, 1, 6, tzinfo=UTC)

    def test_assisting_units_stand_in_one_cell(self):
        row = {**ROW, "with": "水务、 电力；水务,环卫"}
        assert translate(row, columns={"assisting": "with"}).command.line.assisting == (
            "水务",
            "电力",
            "环卫",
        )


class TestTickets:
    def test_a_ticket_is_the_same_whenever_it_is_met_and_another_sources_is_not(self):
        assert translate(ROW).stream == translate({**ROW, "kind": "water"}).stream
        assert translate(ROW).stream != translate({**ROW, "no": "2"}).stream
        assert translate(ROW).stream != translate(ROW, source="t").stream

    def test_text_and_address_go_sealed_under_the_cases_own_key(self):
        columns = {"text": ["title", "body"], "address": "where", "lat": "lat", "long": "lon"}
        row = {**ROW, "title": "暖气", "body": "不热", "where": "3号楼", "lat": "45.75", "lon": 126.63}
        ticket = translate(row, columns=columns)
        text, address, location = (
            getattr(ticket.command.text, "text", None),
            getattr(ticket.command.address, "text", None),
            getattr(ticket.command.location, "text", None),
        )
        assert (text, address, location) == ("暖气 · 不热", "3号楼", "45.75,126.63")
        assert ticket.command.text.subject == ticket.stream
        assert ticket.command.place_key == "place:3号楼"

    def test_no_place_is_no_place(self):
        columns = {"address": "where", "lat": "lat", "long": "lon"}
        for lat, long in (("", ""), ("0", "0"), ("45.7", "")):
            ticket = translate({**ROW, "where": "", "lat": lat, "lon": long}, columns=columns)
            assert ticket.command.address is ticket.command.location is None
            assert ticket.command.place_key == ""

    def test_closed_before_opened_is_closed_at_opened_and_counted(self):
        ticket = translate({**ROW, "done": "2026-01-05T08:29:59"}, columns={"resolved_at": "done"})
        assert ticket.command.line.resolved_at == ticket.command.line.registered_at
        assert ticket.command.mended == ("closed_before_opened",)
        same = translate({**ROW, "done": ROW["at"]}, columns={"resolved_at": "done"})
        assert same.command.mended == ()

    def test_one_promise_is_both_the_first_and_the_one_in_force(self):
        for column in ("first_resolve_by", "resolve_by"):
            line = translate({**ROW, "due": "2026-01-09"}, columns={column: "due"}).command.line
            assert line.first_resolve_by == line.resolve_by == datetime(2026, 1, 9, 15, 59, 59, tzinfo=UTC)

    def test_an_answer_without_a_moment_is_rejected_or_dated_at_the_resolution(self):
        columns = {"resolved_at": "done", "followed_up_at": "asked", "satisfaction": "said"}
        row = {**ROW, "done": "2026-01-06T00:00:00Z", "asked": "", "said": "satisfied"}
        with pytest.raises(BadRow) as no:
            translate(row, columns=columns)
        assert no.value.field == "followed_up_at"
        dated = translate(row, columns=columns, answer_without_moment="at_resolution").command
        assert dated.line.followed_up_at == dated.line.resolved_at
        assert dated.mended == ("follow_up_without_moment",)

    def test_a_source_without_follow_up_columns_knows_of_none(self):
        assert translate(ROW).command.follow_up_known is False
        asked = {"followed_up_at": "asked", "follow_up": "known"}
        assert translate(ROW, columns=asked).command.follow_up_known is True
        assert translate({**ROW, "known": "unknown"}, columns=asked).command.follow_up_known is False

    def test_open_is_what_was_neither_resolved_nor_ended(self):
        columns = {"resolved_at": "done", "ended": "end"}
        assert translate(ROW, columns=columns).open
        assert not translate({**ROW, "done": "2026-01-06"}, columns=columns).open
        assert not translate({**ROW, "end": "withdrawn"}, columns=columns).open

    @pytest.mark.parametrize(
        ("change", "field", "rule"),
        [
            ({"no": ""}, "external_number", "value.missing"),
            ({"no": "  "}, "external_number", "value.missing"),
            ({"no": None}, "external_number", "value.missing"),
            ({"no": "9" * 201}, "external_number", "text.length"),
            ({"no": 2026010512345670.0}, "external_number", "number.rounded"),
            ({"no": "a\0b"}, "external_number", "text.encoding"),
            ({"no": "a\udcff"}, "external_number", "text.encoding"),
            ({"at": ""}, "registered_at", "value.missing"),
            ({"at": "yesterday"}, "registered_at", "moment.unreadable"),
            ({"kind": ""}, "category", "value.unknown"),
            ({"round": "0"}, "round", "value.unknown"),
            ({"round": "two"}, "round", "value.unknown"),
            ({"round": "１"}, "round", "value.unknown"),
            ({"round": "101"}, "round", "value.unknown"),
            ({"lat": "91", "lon": "1"}, "lat", "place.location"),
            ({"lat": "north"}, "lat", "place.location"),
            ({"text": "x" * 20_001}, "text", "text.length"),
        ],
    )
    def test_what_keeps_a_row_from_being_a_ticket_is_named(self, change, field, rule):
        columns = {"round": "round", "lat": "lat", "long": "lon", "text": "text"}
        with pytest.raises(BadRow) as no:
            translate({**ROW, **change}, columns=columns)
        assert (no.value.field, no.value.rule) == (field, rule)

    def test_excels_whole_numbers_are_numbers_of_tickets(self):
        assert translate({**ROW, "no": 20260105001.0}).command.external_number == "20260105001"

    def test_a_long_number_that_nobody_rounded_stays_whole(self):
        for number in (2026010512345678901, "2026010512345678901"):
            assert translate({**ROW, "no": number}).command.external_number == "2026010512345678901"


# ------------------------------------------------------------------ files

HEADER = ["no", "at", "kind", "grid"]
LINES = [["1", "2026-01-05T08:30:00", "heating", "a/b"], ["2", "2026-01-06T08:30:00", "water", "a/c"]]


def as_csv(header: list[str] = HEADER, lines: list[list[str]] = LINES) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([header, *lines])
    return text.getvalue().encode()


def as_jsonl() -> bytes:
    return b"".join(orjson.dumps(dict(zip(HEADER, line, strict=True))) + b"\n" for line in LINES)


def cells(path: Path, content: dict[str, Any] = BARE) -> list[dict[str, Any]]:
    return [row.cells for row in rows(path, read_mapping(content))]


class TestFiles:
    wanted = [dict(zip(HEADER, line, strict=True)) for line in LINES]  # noqa: RUF012

    @pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.b.csv.gz", "a.jsonl", "a.jsonl.gz"])
    def test_every_kind_gives_the_same_rows(self, tmp_path, name):
        content = as_csv() if "csv" in name.lower() else as_jsonl()
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        assert cells(tmp_path / name) == self.wanted

    def test_excel_too_with_its_own_dates_and_lines_as_excel_counts_them(self, tmp_path):
        moment = datetime(2026, 1, 5, 8, 30)  # noqa: DTZ001
        tickets: list[list[Any]] = [
            [],
            [],
            HEADER,
            ["1", moment, "heating", "a/b"],
            [],
            [20260105001, 46028.5, "water", "a/c"],
        ]
        write_xlsx(tmp_path / "a.xlsx", [[], tickets])
        found = list(rows(tmp_path / "a.xlsx", read_mapping(BARE)))
        assert [row.line for row in found] == [4, 6]
        assert found[0].cells == {"no": "1", "at": moment, "kind": "heating", "grid": "a/b"}
        assert found[1].cells["no"] == 20260105001.0
        (tmp_path / "a.xlsx.gz").write_bytes(gzip.compress((tmp_path / "a.xlsx").read_bytes()))
        assert cells(tmp_path / "a.xlsx.gz") == [row.cells for row in found]

    def test_chinese_from_an_old_spreadsheet_is_read(self, tmp_path):
        content = as_csv(lines=[["1", "2026-01-05", "暖气不热", "网格一"]])
        (tmp_path / "old.csv").write_bytes(content.decode().encode("gb18030"))
        (tmp_path / "new.csv").write_bytes(b"\xef\xbb\xbf" + content)
        both = {**BARE, "encodings": ["utf-8", "gb18030"]}
        assert cells(tmp_path / "old.csv", both) == cells(tmp_path / "new.csv", both)
        assert cells(tmp_path / "new.csv", both)[0]["kind"] == "暖气不热"

    def test_another_delimiter_is_said_by_the_mapping(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(as_csv().replace(b",", b"\t"))
        assert cells(tmp_path / "a.csv", {**BARE, "delimiter": "tab"}) == self.wanted

    def test_a_line_number_is_that_of_the_records_first_line(self, tmp_path):
        (tmp_path / "a.csv").write_text('no,at,kind,grid\n1,"two\nlines",k,g\n\n2,short\n3,x,k,g\n')
        found = list(rows(tmp_path / "a.csv", read_mapping(BARE)))
        assert [(row.line, bool(row.fault)) for row in found] == [(2, False), (5, True), (6, False)]
        assert "2 cells under a header of 4" in found[1].fault

    def test_a_torn_line_is_a_fault_and_the_rest_is_read(self, tmp_path):
        lines = [b'{"no": "1"}', b'{"no": ', b"[1]", b"", b'{"no": "\\ud800"}', b'{"no": "2"}']
        (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
        found = list(rows(tmp_path / "a.jsonl", read_mapping(BARE)))
        assert [(row.line, bool(row.fault)) for row in found] == [
            (1, False), (2, True), (3, True), (5, True), (6, False)
        ]  # fmt: skip

    def test_a_cell_without_an_end_is_a_fault_and_not_a_full_memory(self, tmp_path):
        (tmp_path / "a.csv").write_text(
            "no,at,kind,grid\n" + "1," + "x" * (LONGEST_CELL + 9) + ",k,g\n2,x,k,g\n"
        )
        found = list(rows(tmp_path / "a.csv", read_mapping(BARE)))
        assert found[0].fault and found[-1].cells["no"] == "2"

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("a.txt", b"", "none of"),
            ("a", b"", "none of"),
            ("a.csv", b"", "no header"),
            ("a.csv", b"no,kind,grid\n", "no column 'at' \\(for registered_at\\)"),
            ("a.csv", b"no,at,no\n", "'no' twice"),
            ("a.csv.gz", b"not gzip", "gz"),
            ("a.csv.gz", gzip.compress(b"no,at\n" * 9_000, mtime=0)[:60], "gz"),
            ("a.xlsx", b"not excel", "xlsx"),
        ],
    )
    def test_a_file_that_cannot_be_used_is_named(self, tmp_path, name, content, said):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadImport, match=said):
            list(rows(tmp_path / name, read_mapping(BARE)))

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(BadImport, match="nothing"):
            list(rows(tmp_path / "nothing.csv", read_mapping(BARE)))


class TestSpreadsheets:
    @pytest.mark.parametrize(
        "cell", ["=1+1", "+86138", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''@x"]
    )
    def test_no_cell_begins_like_a_formula(self, cell):
        assert guarded(cell) == "'" + cell and unguarded(guarded(cell)) == cell

    @pytest.mark.parametrize("cell", ["", "暖气", "a=b", "'quoted'", "''", " =1"])
    def test_other_cells_stay_as_they_are(self, cell):
        assert guarded(cell) == unguarded(cell) == cell

    @given(st.text(alphabet="'=+-@\t\r\nab ", max_size=8))
    def test_guarding_can_always_be_undone(self, cell):
        assert unguarded(guarded(cell)) == cell and guarded(cell)[:1] not in (
            "=",
            "+",
            "-",
            "@",
            "\t",
            "\r",
            "\n",
        )


# ------------------------------------------------------------------ another process


def test_another_process_tells_the_same_and_is_missed_when_it_dies(tmp_path):
    """What it cannot tell any more is no end of the file: an import would take the rest for imported."""
    file, mapping = tmp_path / "a.csv", read_mapping({**BARE, "columns": {**BARE["columns"], "text": "text"}})
    words = [["a", "b"], [""], ["", "暖气不热"]]  # the first row has a cell too many, the second one too few
    lines = [
        [f"{n}", "2026-01-05T08:30:00" if n % 7 else "", "heating", "a/b", *words[n % 3]]
        for n in range(2_000)
    ]
    file.write_bytes(as_csv([*HEADER, "text"], lines))
    here = known(tickets(file, mapping, str.upper))
    told = tickets_aside(file, mapping, str.upper, frozenset({"no"}))
    first = [next(told) for _ in range(450)]
    assert known(first) == here[:450]
    assert {tuple(row.cells) for row, _ in first} == {("no",), ()}
    for reader in multiprocessing.active_children():
        reader.kill()
    with pytest.raises(BadImport, match="has ended"):
        list(told)


def known(told: Iterable[Told]) -> list[tuple[int, Any]]:
    return [
        (row.line, (found.field, found.rule, str(found)) if isinstance(found, BadRow) else found)
        for row, found in told
    ]
