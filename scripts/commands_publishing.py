"""`huisheng figures`: what was published, and the same counted again today."""

from typing import Annotated, Any

import typer

from scripts.terminal import (
    DEFAULT_DATA,
    DIFFERENT,
    INPUT,
    STORE,
    USAGE,
    As,
    Data,
    Database,
    Format,
    fail,
    print_table,
    say,
    show_one,
    show_rows,
)

FIGURES = """\
Without a figure: what was published, the latest first. --recompute counts one again, under today's formula
and with what is known today of the same moment; a difference is no fault, and names the cases that make it.
`huisheng statistics … --publish` publishes.

Examples:

\b
  huisheng figures
  huisheng figures fig-06b2k…
  huisheng figures fig-06b2k… --recompute --format json
"""


def add_to(app: typer.Typer) -> None:
    app.command("figures", epilog=FIGURES)(listed)


def listed(
    figure: Annotated[str, typer.Argument(help="A published figure's id.")] = "",
    recompute: Annotated[bool, typer.Option("--recompute", help="Count it again today.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh-CN or en.")] = "zh-CN",
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """Published figures, as they were published."""
    from api import published
    from scripts.opening import existing

    if recompute and not figure:
        fail(USAGE, "--recompute takes a figure's id")
    with existing(data, database) as engine:
        engine.catch_up()
        if not figure:
            answer = published.listed(engine, lang, None, 200)
            show_rows(answer["items"], form, answer=answer)
            return
        try:
            if recompute:
                told = published.recomputed(engine, figure, lang)
                show(told, form, ("group", "published", "today", "difference"))
            else:
                show(
                    published.told(engine, figure, lang),
                    form,
                    ("group", "numerator", "denominator", "excluded"),
                )
        except published.NoSuchFigure:
            fail(INPUT, f"there is no published figure {figure}")


def show(answer: dict[str, Any], form: Format, columns: tuple[str, ...]) -> None:
    rows = [{name: row[name] if row[name] is not None else "" for name in columns} for row in answer["rows"]]
    if form is not Format.table:
        show_rows(rows, form, answer=answer)
        return
    plain = {name: value for name, value in answer.items() if name not in ("rows", "moved", "checkpoint")}
    show_one(plain, form)
    print_table(rows)
    if answer.get("moved"):
        print_table(answer["moved"], title="\nmoved")


def publish(engine: Any, asked: Any, where: str, reason: str, lang: str) -> dict[str, Any]:
    """Publish what `statistics` was asked. Ends the command where no checkpoint can be signed. BadQuestion,
    UnknownIndicator, Refused."""
    from api import framing, published
    from domain.steps import Step
    from engine.desk import Order
    from engine.ids import new_id
    from engine.ledgerbook.signing import SigningRefused
    from scripts.replaying import OPERATOR

    if not where or not reason:
        fail(USAGE, "--publish says where it is published and why: --at, --reason")
    pinned = published.pinned(engine, asked)
    try:
        signed = framing.signed_by(engine, engine.trail.catch_up())
    except SigningRefused as refused:
        fail(DIFFERENT, f"no checkpoint is signed: {refused}")
    except TimeoutError as error:
        fail(STORE, f"{error}: another process hashes and does not go on")
    command = published.publish_of(engine, pinned, None, signed, where=where, reason=reason)
    figure = new_id("fig")
    engine.desk.do(Order((Step("figure", figure, command, 0),), OPERATOR))
    say(f"published as {figure}")
    return published.told(engine, figure, lang)
