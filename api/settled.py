"""Whether anything came after the moment a figure is asked about: if not, the tallies are the answer."""

from collections.abc import Sequence

from api.lines import conditioned
from engine import read
from engine.engine import Engine
from engine.views import Reading
from projections.adding_up import AHEAD, Then, later
from projections.asking import Question, Where
from projections.case import moment

FEW = 2_000
"""Positions since the moment up to which each is looked at."""
EARLY = 20_000
"""Positions of which all marks are read."""


def then_of(engine: Engine, reading: Reading, question: Question, families: Sequence[str]) -> Then | None:
    """The moment asked about, None where no mark of the families counts only later."""
    seen = reading.position()
    known = question.known_at if question.known_at is not None and question.known_at < seen else None
    settled = engine.log.position_at(moment(max(0, question.as_of - AHEAD)))
    settled = settled if known is None else min(settled, known)
    if seen - settled <= FEW:
        of_one, *rest = later(question, settled)
        of_one = Where("family", "in", list(families))
        looked = [conditioned(each) for each in (of_one, *rest)]
        if not read.count(reading, "marks", looked, up_to=1):
            return None
    if known is None:
        return Then(question.as_of)
    recorded = engine.log.recorder.at_or_before(known)[1]
    return Then(question.as_of, known, recorded, recorded, early=known <= EARLY)
