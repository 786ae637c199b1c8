"""What an operator's spreadsheet and scripts get: one line of JSON, CSV that runs nothing."""

import json

import pytest

from scripts.terminal import Format, show_one, show_rows

ROWS = [
    {"unit": "heating-co", "numerator": 3, "excluded": {"withdrawn": 2, "merged": 1}, "note": None},
    {"unit": "=HYPERLINK(1)", "numerator": -4, "excluded": {}, "note": "@SUM(A1)"},
]


def test_csv_runs_nothing_and_keeps_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows(ROWS, Format.csv)
    assert capsys.readouterr().out.splitlines() == [
        "unit,numerator,excluded,note",
        'heating-co,3,"withdrawn 2, merged 1",',
        "'=HYPERLINK(1),-4,,'@SUM(A1)",
    ]


def test_json_is_one_line_and_the_whole_answer(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    show_rows(ROWS, Format.json, answer={"rows": ROWS, "中文": 1})
    (line,) = capfdbinary.readouterr().out.splitlines()
    assert json.loads(line) == {"rows": ROWS, "中文": 1}


def test_one_record_as_a_table_names_every_value(capsys: pytest.CaptureFixture[str]) -> None:
    show_one({"commands": 15274, "commands_per_second": 5057}, Format.table)
    shown = capsys.readouterr().out
    assert "commands_per_second" in shown
    assert "5057" in shown
