"""What happened to a case, what may happen next, and why its deadlines fall when they do: in sentences."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from api import problems
from api.answers import receipt_link, z
from api.cases import Cases
from api.facing import Facing
from api.naming import acting, speaking
from api.permitted import permitted
from api.sight import reads
from api.then import Then
from domain import complaint
from domain.messages import Actor, Clear, Recorded
from domain.rule_books import Books
from engine.engine import Engine
from engine.group import Stage
from projections import history as telling
from projections import why as reasoning
from projections.case import Case, Kept, micros, moment
from projections.words import Names, Speaker

NAMED: WeakKeyDictionary[Engine, dict[str, tuple[Stage, Names]]] = WeakKeyDictionary()
"""By engine and language: what they were made from, and the names."""

SHOWN_CLOCKS = ("follow_up", "resolution", "response", "dispatch")


def permissions(engine: Engine, actor: Actor, stream: str, lang: str) -> dict[str, Any]:
    """`allowed`: what the caller may do now; `refused`: the rule against everything else."""
    return permitted(engine, actor, "complaint", stream, complaint.ROUTES, complaint.permitted, lang)


def speaker(engine: Engine, lang: str, to: Actor | None, cases: Cases | None = None) -> Speaker:
    """Who tells it, in the caller's language; `to` (None: a stranger) is named whom he may hear of. Without
    `cases` no sealed word is said."""
    opened = None if cases is None else opener(cases)
    return speaking(engine, lang, to, names_of(engine, engine.desk.stage(), lang), opened)


def names_of(engine: Engine, stage: Stage, lang: str) -> Names:
    """The names of units, categories and grids: made anew only when books or organisation have changed."""
    known = NAMED.setdefault(engine, {})
    if lang not in known or known[lang][0] is not stage:
        facing = Facing(engine, lang, micros(engine.clock()))
        names = Names(
            units={unit.id: unit.name for unit in stage.organisation.units.values()},
            categories={code: facing.category(code) for code in facing.categories()},
            grids={grid.path: grid.name for grid in stage.organisation.grids.values()},
        )
        known[lang] = stage, names
    return known[lang][1]


def opener(cases: Cases) -> Any:
    """Opens what the log holds, and says what a dry run has not yet sealed."""

    def opened(kept: Kept) -> str | None:
        return kept.sealed.text if isinstance(kept.sealed, Clear) else cases.opened(kept)

    return opened


# ------------------------------------------------------------------ what happened


def sentences(
    engine: Engine, cases: Cases | None, lines: Iterable[Recorded], lang: str, to: Actor | None
) -> list[str]:
    told = speaker(engine, lang, to, cases)
    return [telling.sentence(line, told) for line in lines]


def history(
    engine: Engine,
    cases: Cases,
    actor: Actor,
    case: Case,
    lang: str,
    *,
    key: bool = False,
    then: Then | None = None,
    apart: bool = False,
) -> list[dict[str, Any]]:
    """Every fact of the case, in the order recorded (`then`: that had happened and was known then); who does
    not read (sight.py) hears no sealed word. `apart`: what people said, what was measured and what the files
    show stand beside the sentence, for a page."""
    told = speaker(engine, lang, actor, cases if reads(actor, cases.places()) else None)
    told = replace(told, apart=[]) if apart else told
    lines = engine.log.stream(case.opening.id)
    lines = lines if then is None else then.kept(lines)
    return [
        {
            "position": each.position,
            "version": each.version,
            "name": each.name,
            "sentence": each.sentence,
            "round": each.round,
            "milestone": each.milestone,
            "tone": each.tone,
            "occurred_at": z(each.occurred_at),
            "recorded_at": z(each.recorded_at),
            "actor": acting(told, each.actor),
            "evidence": list(each.evidence),
            "receipt": receipt_link(each.position),
        }
        | ({name: getattr(each, name) for name in ("quotes", "readings", "caption")} if apart else {})
        for each in telling.story(lines, told, key=key)
    ]


def public_history(engine: Engine, case: Case, lang: str) -> list[dict[str, Any]]:
    """The milestones for whoever has the tracking code: nothing sealed."""
    lines = engine.log.stream(case.opening.id)
    return [
        {
            "occurred_at": z(each.occurred_at),
            "name": each.name,
            "sentence": each.sentence,
            "round": each.round,
        }
        for each in telling.story(lines, speaker(engine, lang, None), key=True)
    ]


# ------------------------------------------------------------------ what would follow


def consequences(
    engine: Engine, cases: Cases | None, lines: Iterable[Recorded], lang: str, to: Actor | None
) -> list[str]:
    stage = engine.desk.stage()
    declines = stage.books.settings(engine.clock()).declines
    return telling.consequences(lines, speaker(engine, lang, to, cases), declines=declines)


# ------------------------------------------------------------------ why


def why(engine: Engine, case: Case, clock: str, unit: str, lang: str, to: Actor) -> dict[str, Any]:
    """The derivation of one clock of the current round. Problem 404 for one that never started."""
    lines = engine.log.stream(case.opening.id)
    try:
        found = reasoning.why(lines, clock, unit, books(engine), speaker(engine, lang, to), engine.clock())
    except KeyError as error:
        raise problems.not_found() from error
    if found is None:
        raise problems.not_found()
    return found


def clocks(
    engine: Engine, case: Case, lang: str, to: Actor, then: Then | None = None
) -> list[dict[str, Any]]:
    """Every clock of the current round that started; or had, then."""
    lines, told, known = engine.log.stream(case.opening.id), speaker(engine, lang, to), books(engine)
    now = engine.clock()
    if then is not None:
        lines, now = then.kept(lines), moment(then.as_of)
    found = (reasoning.why(lines, clock, "", known, told, now) for clock in SHOWN_CLOCKS)
    return [each for each in found if each is not None]


def books(engine: Engine) -> Books:
    return engine.desk.stage().books
