"""A case's history as `huisheng replay` prints it: the sentences HTTP answers, for whoever runs the store."""

from datetime import datetime
from typing import Any

from api import stories
from api.cases import Cases
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Filter, rows
from scripts.moments import last

OPERATOR = Actor("operator", "admin")


class NoSuchCase(LookupError):
    """No complaint has this id or number."""


def steps(engine: Engine, complaint: str, until: str, lang: str) -> list[dict[str, Any]]:
    """Each fact with its sentence and both its times, up to what had happened by `until` (all, if empty).

    Raises NoSuchCase.
    """
    cases = Cases(engine)
    case = cases.find(complaint) or cases.find(id_of(engine, complaint))
    if case is None:
        raise NoSuchCase(complaint)
    found = stories.history(engine, cases, OPERATOR, case, lang)
    if not until:
        return found
    ends = last(until, "--until", engine.desk.stage().organisation.zone)
    return [step for step in found if datetime.fromisoformat(step["occurred_at"]) <= ends]


def id_of(engine: Engine, number: str) -> str:
    """The id of the case people call by this number; "" if there is none."""
    engine.catch_up()
    with engine.views.read() as reading:
        found = rows(reading, "cases", where=[Filter("number", "=", number)], limit=1).items
    return str(found[0]["id"]) if found else ""
