"""`huisheng bench …`: the measurements of docs/performance.md, on this machine."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bench.figures import Unmeasurable
from scripts.terminal import DIFFERENT, STORE, USAGE, As, Format, fail, progress_bar, show_one, show_rows

app = typer.Typer(
    help="Measure this machine, beside the event library as given.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

On = Annotated[
    Path | None,
    typer.Option(
        "--on", file_okay=False, exists=True, help="Folder on the disk to measure (default: temporary)."
    ),
]
Rounds = Annotated[int, typer.Option(min=1, max=99, help="Rounds of each side; the median counts.")]

APPEND = """\
Example:

\b
  huisheng bench append --clients 32 --seconds 3
"""
REBUILD = """\
Example:

\b
  huisheng bench rebuild --cases 20000
"""
READS = """\
Example:

\b
  huisheng bench reads --sizes 1000,10000,50000
"""
REPLAY = """\
Example:

\b
  huisheng bench replay --sizes 10000,1000000
"""
AUDIT = """\
Example:

\b
  huisheng bench audit --events 1000000
"""
HTTP = """\
Example:

\b
  huisheng bench http --clients 4 --seconds 3
"""
LOGIN = """\
Exit 1: the time alone tells known from unknown logins (auc above 0.6).

Example:

\b
  huisheng bench login --tries 300
"""
PAGES = """\
Example:

\b
  huisheng bench pages --cases 100000
"""


VISITS = """\
Example:

\b
  huisheng bench visits --households 20644
"""


@contextmanager
def measuring(
    what: str, on: Path | None, form: Format
) -> Iterator[tuple[Path, Callable[[int, int | None], None]]]:
    """A folder to measure in, and a bar to watch; what cannot be measured ends with exit 4."""
    try:
        with (
            tempfile.TemporaryDirectory(dir=on, prefix="huisheng-bench-") as folder,
            progress_bar(f"bench {what}", form) as move,
        ):
            yield Path(folder), move
    except Unmeasurable as error:
        fail(STORE, f"bench {what}: {error}")


def numbers(told: str) -> list[int]:
    """Numbers with commas between. Ends with exit 2 for anything else."""
    try:
        return [int(each) for each in told.split(",")]
    except ValueError:
        fail(USAGE, f"--sizes takes numbers, as in 1000,10000; not {told!r}")


@app.command(epilog=APPEND)
def append(
    clients: Annotated[
        int, typer.Option(min=1, max=512, help="Threads that each wait for their commits.")
    ] = 32,
    seconds: Annotated[float, typer.Option(min=0.2, max=120, help="Length of one round.")] = 3.0,
    rounds: Rounds = 3,
    on: On = None,
    form: As = Format.table,
) -> None:
    """Durable commands per second: our desk beside the library's Application."""
    from bench import comparing

    with measuring("append", on, form) as (folder, move):
        answer = comparing.append(folder, clients, seconds, rounds, move)
    show_one(answer, form)


@app.command(epilog=REBUILD)
def rebuild(
    cases: Annotated[
        int, typer.Option(min=10, max=1_000_000, help="Cases in the log, four facts each.")
    ] = 60_000,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes that share our work.")] = 2,
    rounds: Rounds = 3,
    on: On = None,
    form: As = Format.table,
) -> None:
    """Facts replayed per second: all our views beside one small view, one transaction per event."""
    from bench import comparing

    with measuring("rebuild", on, form) as (folder, move):
        answer = comparing.rebuild(folder, cases, jobs, rounds, move)
    show_one(answer, form)


@app.command(epilog=READS)
def reads(
    sizes: Annotated[str, typer.Option(help="Sizes of the register, in cases.")] = "1000,10000",
    times: Annotated[int, typer.Option(min=1, max=10_000, help="Requests of each kind.")] = 50,
    on: On = None,
    form: As = Format.table,
) -> None:
    """Latency of a page, a filter, a search and a figure, by the size of the register."""
    from bench import over_http

    asked = numbers(sizes)
    with measuring("reads", on, form) as (folder, move):
        rows = over_http.read_latencies(folder, asked, times, move)
    show_rows(rows, form)


@app.command(epilog=REPLAY)
def replay(
    sizes: Annotated[str, typer.Option(help="Lengths of the log, in facts.")] = "10000,100000,1000000",
    times: Annotated[int, typer.Option(min=1, max=10_000, help="Replays after the first.")] = 50,
    on: On = None,
    form: As = Format.table,
) -> None:
    """A disputed claim step by step, from a cold store and again, by the length of the log."""
    from bench import replay as replaying

    asked = numbers(sizes)
    if min(asked) < replaying.LEAST:
        fail(USAGE, f"--sizes: the claim and its account alone are {replaying.LEAST} facts")
    with measuring("replay", on, form) as (folder, move):
        rows = replaying.replay(folder, asked, times, move)
    show_rows(rows, form)


@app.command(epilog=AUDIT)
def audit(
    events: Annotated[int, typer.Option(min=1_000, max=100_000_000, help="Rows of the log.")] = 1_000_000,
    rounds: Rounds = 3,
    on: On = None,
    form: As = Format.table,
) -> None:
    """The audit trail: hashing, proofs, disk, verification, and what it costs the desk."""
    from bench.audit import audit as measured

    with measuring("audit", on, form) as (folder, move):
        answer = measured(folder, events, rounds, move)
    show_one(answer, form)


@app.command(epilog=PAGES)
def pages(
    cases: Annotated[int, typer.Option(min=100, max=1_000_000, help="Cases imported first.")] = 100_000,
    times: Annotated[int, typer.Option(min=2, max=10_000, help="Times each page is asked for.")] = 20,
    on: On = None,
    form: As = Format.table,
) -> None:
    """What each list, figure, case and page of a city takes, and what a page weighs, without a network."""
    from bench import pages as asked

    with measuring("pages", on, form) as (folder, move):
        rows = asked.pages(folder, cases, times, move)
    show_rows(rows, form)


@app.command(epilog=VISITS)
def visits(
    households: Annotated[
        int, typer.Option(min=400, max=1_000_000, help="Households, in up to 352 grids.")
    ] = 20_644,
    times: Annotated[int, typer.Option(min=2, max=10_000, help="Times each thing is asked for.")] = 20,
    on: On = None,
    form: As = Format.table,
) -> None:
    """What a round of visits takes: the plan of a day, its lists, its coverage."""
    from bench import visits as asked

    with measuring("visits", on, form) as (folder, move):
        rows = asked.visits(folder, households, times, move)
    show_rows(rows, form)


@app.command(epilog=HTTP)
def http(
    clients: Annotated[int, typer.Option(min=1, max=64, help="Connections that ask at once.")] = 4,
    seconds: Annotated[float, typer.Option(min=0.2, max=60, help="Time for each kind of request.")] = 3.0,
    on: On = None,
    form: As = Format.table,
) -> None:
    """Registrations and pages per second over HTTP, against a server of its own on this machine."""
    from bench import over_http

    with measuring("http", on, form) as (folder, move):
        rows = over_http.http_rates(folder, clients, seconds, move)
    show_rows(rows, form)


@app.command(epilog=LOGIN)
def login(
    tries: Annotated[int, typer.Option(min=20, max=10_000, help="Wrong passwords of each side.")] = 300,
    seconds: Annotated[float, typer.Option(min=0.2, max=120, help="Length of each crowd.")] = 4.0,
    on: On = None,
    form: As = Format.table,
) -> None:
    """Whether a login's time tells who is known, and what twenty at once cost the others."""
    from bench import login as measured

    with measuring("login", on, form) as (folder, move):
        found = measured.told_apart(folder, tries, move) | measured.others_wait(folder, seconds)
    show_one(found, form)
    if found["auc"] > measured.TOLERATED:
        raise typer.Exit(DIFFERENT)
