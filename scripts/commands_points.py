"""`huisheng replay claim|account` and `ledger check`: every point has a cause, and all of them add up."""

import tomllib
from datetime import datetime
from typing import Annotated, Any

import typer

from scripts.commands_figures import Language, replaying
from scripts.terminal import (
    DEFAULT_DATA,
    DIFFERENT,
    INPUT,
    As,
    Data,
    Database,
    Format,
    fail,
    print_table,
    progress_bar,
    say,
    show_one,
    show_rows,
)

REPLAY = """\
Examples:

\b
  huisheng replay claim clm-06aw3h2v0x…
  huisheng replay account acct-resident --until 2025-03-31
  huisheng replay claim clm-06aw3h2v0x… --tariff 2025-0
  huisheng replay account acct-resident --tariff other-tariff.toml --format json
"""

CHECK = """\
Exit 0: everything adds up. Exit 1: it does not, and the first difference is named.

Example:

\b
  huisheng ledger check --format json
"""

ledger = typer.Typer(help="The ledger of points.", no_args_is_help=True, rich_markup_mode=None)

Until = Annotated[str, typer.Option(help="Day or moment; later facts are left out.")]
OtherTariff = Annotated[
    str,
    typer.Option("--tariff", help="A TOML file or a version: what it would have paid, instead of the steps."),
]


def add_to(app: typer.Typer) -> None:
    replaying.command("claim", epilog=REPLAY)(replay_claim)
    replaying.command("account", epilog=REPLAY)(replay_account)
    ledger.command("check", epilog=CHECK)(check)
    app.add_typer(ledger, name="ledger")


def replay_claim(
    claim: Annotated[str, typer.Argument(help="A claim's id.")],
    until: Until = "",
    tariff: OtherTariff = "",
    lang: Language = "zh-CN",
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """What happened to a claim and its points, step by step: what changed, by which rule, who knew of it."""
    from api.points.replay import claim_steps
    from api.points.subjects import Points
    from scripts.opening import existing

    with existing(data, database) as engine:
        points = Points(engine)
        found = points.claims.find(claim)
        if found is None:
            fail(INPUT, f"there is no claim {claim}")
        if tariff:
            show_under(claimed(otherwise(engine, found.filing.account, tariff), found.entry), form)
            return
        steps = [step.plain() for step in claim_steps(points, claim, lang)]
        show_steps(happened(engine, steps, until), form)


def replay_account(
    account: Annotated[str, typer.Argument(help="An account's id.")],
    until: Until = "",
    tariff: OtherTariff = "",
    lang: Language = "zh-CN",
    data: Data = DEFAULT_DATA,
    database: Database = None,
    form: As = Format.table,
) -> None:
    """What happened to an account, step by step; with --tariff, what another tariff would have paid it."""
    from api.points.replay import account_steps
    from api.points.subjects import Points
    from scripts.opening import existing

    with existing(data, database) as engine:
        points = Points(engine)
        if points.accounts.find(account) is None:
            fail(INPUT, f"there is no account {account}")
        if tariff:
            show_under(otherwise(engine, account, tariff), form)
            return
        steps = [step.plain() for step in account_steps(points, account, lang)]
        show_steps(happened(engine, steps, until), form)


def otherwise(engine: Any, account: str, tariff: str) -> dict[str, Any]:
    """Never written back. Ends with exit 3 for a file that is no tariff, or a version nobody proposed."""
    from domain.refusals import Refused
    from domain.rule_books import BadContent
    from scripts.checking_points import tariff_of, under

    try:
        return under(engine, account, tariff_of(engine, tariff))
    except BadContent as bad:
        fail(INPUT, f"{tariff}: {bad.field}: {bad.message}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        fail(INPUT, f"{tariff}: {bad}")
    except OSError as bad:
        fail(INPUT, f"{tariff}: {bad.strerror}")
    except Refused as no:
        fail(INPUT, f"{no}; {no.help}")


def claimed(answer: dict[str, Any], entry: str) -> dict[str, Any]:
    """The same answer, of one entry of its account."""
    (account,) = answer["accounts"]
    entries = [each for each in account["entries"] if each["entry"] == entry]
    sums = {name: sum(each[name] for each in entries) for name in ("actual", "under", "difference")}
    only = {"account": account["account"], **sums, "entries": entries}
    return {"tariff": answer["tariff"], "accounts": [only], "total_difference": sums["difference"]}


def happened(engine: Any, steps: list[dict[str, Any]], until: str) -> list[dict[str, Any]]:
    """The steps up to what had happened by then."""
    from scripts.moments import last

    if not until:
        return steps
    ends = last(until, "--until", engine.desk.stage().organisation.zone)
    return [step for step in steps if datetime.fromisoformat(step["occurred_at"]) <= ends]


def show_steps(steps: list[dict[str, Any]], form: Format) -> None:
    if form is not Format.table:
        show_rows(steps, form, answer={"items": steps, "next": None})
        return
    print_table(
        [
            {
                "": step["step"],
                "recorded": step["recorded_at"],
                "what": step["sentence"],
                "state": step["after"].get("state", ""),
                "balance": step["after"].get("balance", ""),
                "rule": "" if step["rule"] is None else f"{step['rule']['version']} {step['rule']['line']}",
                "known to": ", ".join(known["who"] for known in step["known"]),
            }
            for step in steps
        ]
    )


def show_under(answer: dict[str, Any], form: Format) -> None:
    (account,) = answer["accounts"]
    if form is Format.json:
        show_rows([], form, answer=answer)
        return
    show_rows(account["entries"], form, title=f"{account['account']} under {answer['tariff']}")
    totals = f"paid {account['actual']}, would have paid {account['under']}"
    say(f"{totals}: {account['difference']:+d}. Nothing was written back.")


def check(data: Data = DEFAULT_DATA, database: Database = None, form: As = Format.table) -> None:
    """Add every posting up again: nothing made or lost, each account and shelf as its entries say, the views
    as the log."""
    from scripts.checking_points import ledger as checked
    from scripts.opening import existing

    with existing(data, database) as engine, progress_bar("ledger", form) as move:
        answer = checked(engine, move)
    if form is Format.json:
        show_rows([], form, answer=answer)
    elif form is Format.csv:
        show_rows(answer["findings"], form)
    else:
        show_one({name: value for name, value in answer.items() if name != "findings"}, form)
    if not answer["ok"]:
        first = answer["findings"][0]
        told = f"{first['check']} of {first['subject']}: expected {first['expected']}, found {first['found']}"
        fail(DIFFERENT, told + (f" (position {first['position']})" if first["position"] else ""))
