"""The measurements run, count what they say they count, and answer under the names scripts rely on. How fast
it is depends on the machine; that is docs/performance.md, not a test."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.points.replay import claim_steps
from api.points.subjects import Points
from bench import replay as replaying
from bench.comparing import side
from bench.figures import Round, Unmeasurable, median_round, milliseconds
from scripts.cli import run
from scripts.opening import existing


def measured(capfd: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code = run(["bench", *arguments, "--format", "json"])
    out, err = capfd.readouterr()
    assert code == 0, err
    return json.loads(out.splitlines()[-1])


def test_append_answers_both_sides_and_their_ratio(capfd: pytest.CaptureFixture[str]) -> None:
    answer = measured(capfd, "append", "--clients", "4", "--seconds", "0.3", "--rounds", "1")
    assert answer["commands"] > 10
    assert answer["commands_per_second"] == pytest.approx(answer["commands"] / answer["seconds"], rel=0.05)
    library = answer["library_commands_per_second"]
    assert answer["ratio"] == pytest.approx(answer["commands_per_second"] / library, rel=0.05)


def test_rebuild_counts_every_fact_of_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    answer = measured(capfd, "rebuild", "--cases", "20", "--jobs", "1", "--rounds", "1")
    assert answer["events"] >= 4 * 20
    assert min(answer["events_per_second"], answer["library_events_per_second"], answer["ratio"]) > 0


def test_reads_and_requests_are_measured_over_http(capfd: pytest.CaptureFixture[str]) -> None:
    rows = measured(capfd, "reads", "--sizes", "20", "--times", "2")
    assert [row["read"] for row in rows] == ["first page", "filtered", "search", "statistics"]
    rows = measured(capfd, "http", "--clients", "2", "--seconds", "0.3")
    assert [row["request"] for row in rows] == ["register", "list", "both"]
    assert all(row["requests"] > 0 and 0 < row["p50_ms"] <= row["max_ms"] for row in rows)


def test_a_round_of_visits_is_planned_listed_and_counted(capfd: pytest.CaptureFixture[str]) -> None:
    rows = measured(capfd, "visits", "--households", "400", "--times", "2")
    assert rows[0]["asked"].startswith("plan of a day: 8 workers, ")
    assert [row["asked"] for row in rows[-3:-1]] == [
        "coverage of the street, by grid",
        "coverage of one grid",
    ]
    assert all(0 < row["p50_ms"] <= row["p95_ms"] for row in rows)


def test_a_replay_is_the_same_in_a_log_of_any_length(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The measurement gives each part a process of its own; here only the command line has one."""

    def here(what: str, folder: str, *asked: str) -> dict[str, Any]:
        if what == "fill":
            return replaying.fill(Path(folder), int(asked[-1]))
        return replaying.tell(Path(folder), asked[0], int(asked[-1]))

    monkeypatch.setattr(replaying, "in_process", here)
    rows = measured(capfd, "replay", "--sizes", "1100,2400", "--times", "2")
    assert [row["events"] for row in rows] == [1100, 2400]
    assert rows[0]["steps"] == rows[1]["steps"] > 15
    assert all(row["cold_ms"] > 0 and row["p50_ms"] > 0 and row["command_line_ms"] > 0 for row in rows)


def test_a_replay_reads_its_own_streams_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a page of the log: how long that is does not matter."""
    filled = replaying.fill(tmp_path, 3_000)
    with existing(tmp_path) as engine:
        read: list[str] = []
        real = engine.log.recorder.stream_rows

        def noted(stream: str, *given: Any) -> Any:
            read.append(stream)
            return real(stream, *given)

        monkeypatch.setattr(engine.log.recorder, "stream_rows", noted)
        monkeypatch.setattr(engine.log.recorder, "rows", None)
        steps = claim_steps(Points(engine), filled["claim"], "zh-CN")
    assert steps[-1].fact == "points.redemption-restored"
    # The books and the names of people are read beside, by their own streams.
    own = {stream for stream in read if not stream.startswith(("rule-book-", "person-"))}
    assert own <= {"organisation", "people", "clm-bench", "acct-p-bench", "rdm-bench"}


def test_the_median_of_rounds_is_one_of_them() -> None:
    rounds = [Round(10, 1.0), Round(90, 1.0), Round(30, 1.0), Round(40, 1.0)]
    assert median_round(rounds) == Round(30, 1.0)
    assert milliseconds([0.001] * 99 + [0.5]) == {"p50_ms": 1.0, "p99_ms": 500.0, "max_ms": 500.0}


def test_what_cannot_be_measured_says_why(tmp_path: Path) -> None:
    with pytest.raises(Unmeasurable, match="No module named"):
        side("bench.nothing", "append", tmp_path)
