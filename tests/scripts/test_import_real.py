"""The Boston file of 58,119 real cases: the publisher's own figures come out, case by case.

The file stays where it is (fixture `real_data`). What must come out stands in the MANIFEST beside it.
"""

import csv
import gzip
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from api import answering
from api.compose import open_engine
from api.questions import Asked
from engine.engine import Engine
from engine.ids import derived_id
from scripts.importing import Summary, load_mapping, run
from scripts.importing.mapping import slug

pytestmark = pytest.mark.real_data

ROOT = Path(__file__).parents[2]
BOSTON = load_mapping(ROOT / "mappings/boston311.toml")
ON_TIME = {
    "Public Works Department": (11_442, 16_153),
    "Inspectional Services": (4_194, 7_334),
    "Transportation - Traffic Division": (5_596, 6_768),
    "Property Management": (2_028, 2_388),
    "Mayor's 24 Hour Hotline": (1_419, 1_686),
    "Parks & Recreation Department": (2_616, 2_989),
    "Boston Water & Sewer Commission": (0, 2),
}


EVERY = 8
"""A quick run takes in every eighth case; `--full` all of them. What must come out is counted from the rows
themselves, and that count, over all rows, is held against the publisher's totals."""

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def file(real_data: Path) -> Path:
    found = real_data / "boston311_2015h1.csv.gz"
    if not found.exists():
        pytest.skip(f"{found} is not on this machine")
    return found


@pytest.fixture(scope="module")
def everything(file: Path) -> Rows:
    with gzip.open(file, "rt") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def rows(everything: Rows, request: pytest.FixtureRequest) -> Rows:
    return everything[:: 1 if request.config.getoption("--full") else EVERY]


@pytest.fixture(scope="module")
def part(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows as a file of their own, laid out and packed as the publisher's."""
    path = tmp_path_factory.mktemp("rows") / "boston.csv.gz"
    with gzip.open(path, "wt", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def boston(part: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Summary]]:
    engine = open_engine(tmp_path_factory.mktemp("boston"))
    summary = run(engine, part, BOSTON)
    engine.follower.catch_up()
    yield engine, summary
    engine.close()


def on_time(rows: Rows) -> tuple[int, int]:
    """How many were closed by their target, of how many that had one and are closed."""
    judged = [row for row in rows if row["closed"] and row["target"]]
    return sum(row["closed"] <= row["target"] for row in judged), len(judged)


def by_subject(rows: Rows) -> dict[str, tuple[int, int]]:
    return {name: on_time([row for row in rows if row["subject"] == name]) for name in ON_TIME}


def backwards(rows: Rows) -> int:
    return sum(bool(row["closed"]) and row["closed"] < row["opened"] for row in rows)


def labelled(rows: Rows) -> Rows:
    return [row for row in rows if row["ontime"] and row["closed"] and row["target"]]


def test_the_rows_add_up_to_the_publishers_totals(everything):
    assert len(everything) == 58_119
    assert (on_time(everything), by_subject(everything)) == ((27_295, 37_320), ON_TIME)
    assert backwards(everything) == 84
    assert sum(not row["closed"] for row in everything) == 8_993
    labels = [(row["closed"] <= row["target"]) == (row["ontime"] == "ONTIME") for row in labelled(everything)]
    assert (len(labels), all(labels)) == (37_257, True)


def test_every_row_is_accounted_for(boston, rows):
    _, summary = boston
    told = (summary.read, summary.imported, summary.rejected, summary.already)
    assert told == (len(rows), len(rows), 0, 0)
    assert summary.mended == {"closed_before_opened": backwards(rows)}


def test_each_case_is_on_time_exactly_where_the_publisher_says_so(boston, rows):
    engine, _ = boston
    due: dict[str, str] = {}
    labels: Counter[bool] = Counter()
    row_of = {derived_id("c", "boston311", row["case_id"]): row for row in rows}
    after = 0
    names = ("complaint.dispatched", "complaint.resolution-reported")
    while page := engine.log.rows(after, 5_000, names=names):
        for _, stream, _, name, _, body in page:
            told = orjson.loads(body)
            if name == "complaint.dispatched":
                if told["fact"]["resolution"]:
                    due[stream] = told["fact"]["resolution"]["due"]
                continue
            row = row_of[stream]
            if stream in due and row["ontime"]:
                labels[(told["occurred_at"] <= due[stream]) == (row["ontime"] == "ONTIME")] += 1
        after = page[-1][0]
    assert labels == {True: len(labelled(rows))}


def line(answer: dict[str, Any], lead: str | None = None) -> tuple[int, int]:
    (row,) = [row for row in (*answer["rows"], *answer["small_groups"]) if row["group"] == lead]
    return row["numerator"], row["denominator"]


def test_the_figure_is_the_publishers_and_names_whom_it_leaves_out(boston, rows):
    engine, _ = boston
    asked = Asked("on_time_closure_rate@closed_only")
    answer = answering.figure(engine, asked)
    assert line(answer) == on_time(rows)
    (row,) = answer["rows"]
    assert row["excluded"] == {
        "no_deadline": sum(not row["target"] for row in rows),
        "open_overdue": sum(bool(row["target"]) and not row["closed"] for row in rows),
    }
    assert sum(row["excluded"].values()) + row["denominator"] == len(rows)


def test_by_department_too(boston, rows):
    engine, _ = boston
    asked = Asked("on_time_closure_rate@closed_only", group_by=("lead",))
    answer = answering.figure(engine, asked)
    for department, figure in by_subject(rows).items():
        if figure[1]:
            assert line(answer, slug(department)) == figure, department


def test_history_is_nobodys_satisfaction(boston):
    engine, _ = boston
    for name in ("satisfaction_rate", "follow_up_24h_rate"):
        answer = answering.figure(engine, Asked(name))
        assert sum(row["denominator"] for row in answer["rows"]) == 0


def test_again_it_records_nothing(boston, part, rows):
    engine, _ = boston
    head = engine.log.head()
    summary = run(engine, part, BOSTON)
    assert (summary.imported, summary.rejected, summary.already) == (0, 0, len(rows))
    assert engine.log.head() == head


PEAK = """
import resource, sys
from api.compose import open_engine
from scripts.importing import load_mapping, run
engine = open_engine(sys.argv[1])
run(engine, sys.argv[2], load_mapping("mappings/boston311.toml"))
engine.close()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.full
def test_memory_does_not_grow_with_the_file(file, tmp_path):
    """A file four times as long (other numbers) needs at most a quarter more."""
    with gzip.open(file, "rt") as text:
        rows = list(csv.reader(text))
    peaks = []
    for times in (1, 4):
        path = tmp_path / f"{times}.csv"
        with path.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(rows[0])
            for turn in range(times):
                writer.writerows([f"{row[0]}.{turn}", *row[1:]] for row in rows[1:])
        told = subprocess.run(
            [sys.executable, "-c", PEAK, str(tmp_path / f"store{times}"), str(path)],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        peaks.append(int(told.stdout))
    assert peaks[1] < peaks[0] * 1.25, peaks
