"""What something noted without signal is about, by the name people give it."""

from collections.abc import Callable

from api.answers import Reader
from api.capture.doors import labels
from api.care import seeing as cared
from api.cases import Cases
from api.facing import Facing
from api.problems import Problem
from api.sight import must_see
from api.visits.seeing import must_target
from domain.messages import Actor
from domain.refusals import Refused
from engine.engine import Engine

Called = Callable[[str], str]


def naming(engine: Engine, cases: Cases, actor: Actor, facing: Facing) -> Called:
    """A case by its number and class, a household by its door; what the caller may not know of, or what is
    not there, by the id that was noted."""
    reader = Reader(cases, actor, facing.now)

    def called(about: str) -> str:
        try:
            if about.startswith("c-"):
                case = reader.of_case(must_see(cases, actor, about))
                return f"{case['number']} {facing.category(case['category'])}"
            if about.startswith("care-"):
                return door(cared.must_plan(engine, actor, about).household)
            return door(must_target(engine, actor, about.partition("/")[2]).id)
        except (Problem, Refused):
            return about

    def door(household: str) -> str:
        with engine.views.read() as reading:
            return labels(engine, reading, actor, [household]).get(household, household)

    return called
