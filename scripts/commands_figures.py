"""`huisheng statistics` and `replay`: what the log says, in a terminal."""

import typer


def add_to(app: typer.Typer) -> None:
    return None
