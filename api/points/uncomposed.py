"""An order that could not be composed is handed to the desk all the same, as one step that refuses: a command
told again under its key is answered as the first time, whatever has become of the states it rested on."""

from dataclasses import dataclass
from typing import Any

from domain.refusals import Refused

KIND = STREAM = "uncomposed"
"""A stream of its own, which stays empty: the desk must read no other by this decider."""

INITIAL = None


@dataclass(frozen=True, slots=True)
class Uncomposed:
    why: Refused


def decide(command: Uncomposed, state: None, scene: Any) -> tuple[()]:
    """Always refused, as the composition was."""
    raise command.why


def evolve(state: None, fact: Any, envelope: Any) -> None:
    return None
