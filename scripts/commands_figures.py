"""`huisheng statistics` and `replay`: what the log says, in a terminal."""

from typing import Annotated, Any

import typer

from scripts import commands_publishing
from scripts.terminal import (
    DEFAULT_DATA,
    INPUT,
    USAGE,
    As,
    Data,
    Database,
    Format,
    fail,
    print_table,
    say,
    show_rows,
)

STATISTICS = """\
INDICATOR is a name (response_rate), or a name and version (on_time_closure_rate@closed_only); without one,
those there are. Days are local and included; a month is written 2026-10. JSON is what HTTP answers.

Examples:

\b
  huisheng statistics
  huisheng statistics response_rate --from 2026-10 --to 2026-10 --by lead
  huisheng statistics satisfaction_rate --by grid --by month --where category=heating
  huisheng statistics on_time_closure_rate --from 2026-10 --as-of 2026-11-01 --known-at 2026-11-01
  huisheng statistics on_time_closure_rate --from 2026-10 --cases --part numerator --format csv
  huisheng statistics coverage_people --by grid --where round=round-01
  huisheng statistics response_rate --from 2026-10 --to 2026-10 --publish --at 公告栏 --reason 十月通报
"""

REPLAY = """\
Examples:

\b
  huisheng replay complaint HS261121-0042
  huisheng replay complaint c-06aw3h2v0x… --until 2026-11-20 --lang en
"""

replaying = typer.Typer(help="A history, step by step.", no_args_is_help=True, rich_markup_mode=None)

Language = Annotated[str, typer.Option("--lang", help="zh-CN or en.")]


def add_to(app: typer.Typer) -> None:
    app.command(epilog=STATISTICS)(statistics)
    app.add_typer(replaying, name="replay")


def statistics(
    indicator: Annotated[str, typer.Argument(help="Which figure.")] = "",
    first: Annotated[str, typer.Option("--from", help="First day or month.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day or month, included.")] = "",
    by: Annotated[list[str] | None, typer.Option(help="A dimension to group by; may be repeated.")] = None,
    cohort: Annotated[str, typer.Option(help="deadline, dispatched, resolved or closed.")] = "deadline",
    as_of: Annotated[str, typer.Option(help="The world as it was then.")] = "",
    known_at: Annotated[str, typer.Option(help="What was recorded by then; also a log position.")] = "",
    compare_from: Annotated[str, typer.Option(help="First day of a period to compare with.")] = "",
    compare_to: Annotated[str, typer.Option(help="Last day of it.")] = "",
    where: Annotated[list[str] | None, typer.Option(help="DIMENSION=VALUE; may be repeated.")] = None,
    minimum: Annotated[int, typer.Option(min=0, help="Groups with fewer are listed apart.")] = 20,
    cases: Annotated[bool, typer.Option("--cases", help="List the cases counted, instead.")] = False,
    part: Annotated[str, typer.Option(help="With --cases: numerator, denominator, excluded:REASON.")] = "",
    publish: Annotated[bool, typer.Option("--publish", help="Publish it: it stays so for ever.")] = False,
    place: Annotated[str, typer.Option("--at", help="With --publish: where it is published.")] = "",
    reason: Annotated[str, typer.Option(help="With --publish: why.")] = "",
    lang: Language = "zh-CN",
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Figures with their numerator, denominator, exclusions and cases."""
    from api import answering, questions
    from projections.asking import BadQuestion
    from scripts.opening import existing

    if not indicator:
        rows = answering.listed(lang)
        shown = [{name: row[name] for name in ("indicator", "title", "formula")} for row in rows]
        show_rows(shown if form is Format.table else rows, form, answer={"items": rows, "next": None})
        return
    asked = questions.Asked(
        indicator,
        first,
        last,
        tuple(by or ()),
        cohort,
        as_of,
        known_at,
        compare_from,
        compare_to,
        tuple(parted(given) for given in where or ()),
        minimum=minimum,
    )
    try:
        with existing(data, database) as engine:
            engine.catch_up()
            if publish:
                commands_publishing.show(
                    commands_publishing.publish(engine, asked, place, reason, lang),
                    form,
                    ("group", "numerator", "denominator", "excluded"),
                )
            elif cases:
                items, _, total = answering.counted_cases(engine, asked, part)
                show_rows(items, form, answer={"items": items, "next": None, "total": total})
            else:
                show_figure(answering.figure(engine, asked, lang=lang), form)
    except questions.UnknownIndicator:
        fail(USAGE, f"there is no indicator {indicator}; see `huisheng statistics`")
    except BadQuestion as bad:
        fail(USAGE, f"{bad.field}: {bad}")


def parted(given: str) -> tuple[str, str]:
    name, sign, value = given.partition("=")
    if not sign:
        fail(USAGE, f"--where takes DIMENSION=VALUE, not {given!r}")
    return name, value


def percent(numerator: int, denominator: int) -> str:
    """A rate to one decimal, half up; nothing where there is nothing to divide by."""
    if denominator == 0:
        return "–"
    tenths = (2000 * numerator + denominator) // (2 * denominator)
    return f"{tenths // 10}.{tenths % 10} %"


def shown(row: dict[str, Any], unit: str) -> str:
    """A percentage, a mean of minutes, or nothing more than the count."""
    if unit == "percent":
        return percent(row["numerator"], row["denominator"])
    if unit == "minutes" and row["denominator"]:
        return f"{row['numerator'] / row['denominator']:.1f} min"
    return "–"


def show_figure(answer: dict[str, Any], form: Format) -> None:
    if form is Format.json:
        show_rows([], form, answer=answer)
        return
    unit = answer.get("unit", "percent")
    plain = [cells(row, unit) for row in answer["rows"]]
    small = [cells(row, unit) for row in answer["small_groups"]]
    if form is Format.csv:
        listed = [row | {"small_group": "no"} for row in plain] + [
            row | {"small_group": "yes"} for row in small
        ]
        show_rows(listed, form)
        return
    say(f"{answer['indicator']}  {answer['title']}\n{answer['formula']}")
    print_table(plain)
    if small:
        print_table(small, title=f"\nfewer than {answer['minimum']}: no ranking")


def cells(row: dict[str, Any], unit: str = "percent") -> dict[str, Any]:
    """One row of a figure, flat."""
    flat = {"group": row["group"] if row["group"] is not None else "all"}
    flat |= {"rate": shown(row, unit)}
    flat |= {
        name: row[name] for name in ("numerator", "denominator", "excluded", "moved_out", "late_entries")
    }
    if compare := row.get("compare"):
        flat["rate before"] = shown(compare, unit)
        flat |= {f"{name} before": compare[name] for name in ("numerator", "denominator")}
    return flat


@replaying.command("complaint", epilog=REPLAY)
def replay_complaint(
    complaint: Annotated[str, typer.Argument(help="A case's id or number.")],
    until: Annotated[str, typer.Option(help="Day or moment; later facts are left out.")] = "",
    lang: Language = "zh-CN",
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """What happened to a complaint, fact by fact, in sentences."""
    from scripts.opening import existing
    from scripts.replaying import NoSuchCase, steps

    try:
        with existing(data, database) as engine:
            found = steps(engine, complaint, until, lang)
    except NoSuchCase:
        fail(INPUT, f"there is no complaint {complaint}")
    if form is Format.table:
        print_table(
            [
                {
                    "": step["version"],
                    "when": step["occurred_at"],
                    "who": step["actor"],
                    "what": step["sentence"],
                }
                for step in found
            ]
        )
    else:
        show_rows(found, form, answer={"items": found, "next": None})
