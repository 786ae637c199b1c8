"""`huisheng`: the operator's verbs, joined. Each command is a function in `scripts/commands_*.py`.

User errors end in one line on stderr and an exit code (scripts/terminal.py), never in a traceback.
"""

import os
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException
from typer.main import get_group

from domain.refusals import Refused
from domain.rule_books import BadContent
from engine.errors import StoreUnavailable
from scripts import (
    commands_audit,
    commands_benching,
    commands_duties,
    commands_exchange,
    commands_figures,
    commands_households,
    commands_people,
    commands_personal,
    commands_points,
    commands_publishing,
    commands_rebuilding,
    commands_rehearsing,
    commands_sampling,
    commands_serving,
    commands_store,
    witness,
)
from scripts.terminal import INPUT, STORE, Failed, say

app = typer.Typer(
    name="huisheng",
    help="Huisheng 回声: an event-sourced complaint engine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for commands in (
    commands_serving,
    commands_store,
    commands_duties,
    commands_exchange,
    commands_figures,
    commands_households,
    commands_people,
    commands_personal,
    commands_points,
    commands_publishing,
    commands_rebuilding,
    commands_rehearsing,
    witness,
):
    commands.add_to(app)
commands_sampling.add_to(commands_audit.app)
app.add_typer(commands_audit.app, name="audit")
app.add_typer(commands_benching.app, name="bench")


def run(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line; returns the exit code."""
    try:
        answer = app(args=arguments, prog_name="huisheng", standalone_mode=False)
        sys.stdout.flush()
        return answer if isinstance(answer, int) else 0
    except Failed as failed:
        return _told(failed.code, str(failed))
    except TyperException as wrong:
        return _told(wrong.exit_code, wrong.format_message())
    except StoreUnavailable as unavailable:
        return _told(STORE, str(unavailable))
    except (Refused, BadContent) as bad:
        return _told(INPUT, str(bad))
    except BrokenPipeError:
        # Whoever read our output has seen enough. Nothing more may be written, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _told(STORE, f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        return _told(130, "stopped")


def command_names() -> list[str]:
    """Every command there is, groups with their own: `serve`, `bench append`, …"""
    found = []
    for name, command in get_group(app).commands.items():
        inner = getattr(command, "commands", None)
        found += [name] if inner is None else [f"{name} {each}" for each in inner]
    return found


def _told(code: int, message: str) -> int:
    text = message.strip()
    # A help page, which comes when a group is called without a command, is shown as it is.
    say(text if "\n" in text and text.startswith("Usage:") else "huisheng: " + " ".join(text.split()))
    return code


def main() -> None:
    sys.exit(run())


if __name__ == "__main__":
    main()
