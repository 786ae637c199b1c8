"""Which entries a pack of a claim, of a month of an account, of a case, of a published figure holds, and how
each is told.

Read from the streams themselves, never from the whole log. Sentences say no sealed word: a pack leaves the
house, and whoever gets it may hand it on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from api import published, stories, words
from api.points.replay import claim_lines
from api.points.subjects import Points
from api.points.told import speaker
from api.problems import Problem
from domain.messages import Recorded
from domain.publishing import FigurePublished
from engine.engine import Engine
from engine.log import recorded
from projections import history
from projections.case import Case, micros
from projections.points import story
from projections.points.replay import concerning
from projections.points.spans import month_bounds
from projections.points.words import activities
from projections.sampling import telling as sampling

LANGUAGES = {"zh": words.CHINESE, "en": words.ENGLISH}

Both = Mapping[str, str]
"""A text in Chinese (`zh`) and English (`en`)."""
Tell = Callable[[Recorded], Both]


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a pack. `runs` says how the entries of a stream hang together: `first`: all of them,
    from version 1 on; `unbroken`: none left out between the first and the last shown; `chosen` (where nothing
    is said): some. `edges` are the positions of entries that only show where a span ends."""

    kind: str
    id: str
    title: Both
    lines: Sequence[Recorded]
    runs: Mapping[str, str] = field(default_factory=dict)
    month: str = ""
    edges: frozenset[int] = frozenset()
    grown: tuple[int, str] | None = None
    """Size and root (base64) of an earlier checkpoint that the entries name, proven to have grown into
    theirs."""


def of_claim(points: Points, claim: str) -> Contents:
    """The claim from its filing on, and what it moved on the account. The caller has looked who asks."""
    lines = concerning(claim, claim_lines(points.engine, claim))
    filed = points.claims.must(claim).filing
    named = activities(points.engine.desk.stage().books)
    zh, en = named.get(filed.activity, (filed.activity, filed.activity))
    title = {"zh": f"积分申报：{zh}，{filed.occurred_on}", "en": f"Claim: {en}, {filed.occurred_on}"}
    return Contents("claim", claim, title, lines, {claim: "first"})


def of_account(points: Points, account: str, month: str) -> Contents:
    """What was recorded on the account in a month, with the entry before and the one after: between the two
    none is missing. Problem 422 for what is no month, 404 for one without an entry."""
    zone = points.engine.desk.stage().organisation.zone
    try:
        first, after = month_bounds(month, zone)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "query.invalid", message=f"month: {error}") from error
    stream = points.engine.log.stream(account)
    inside = [n for n, line in enumerate(stream) if first <= micros(line.recorded_at) < after]
    if not inside:
        raise Problem(404, "audit.bundle-empty")
    shown = stream[max(0, inside[0] - 1) : inside[-1] + 2]
    edges = frozenset(line.position for line in shown if not first <= micros(line.recorded_at) < after)
    title = {"zh": f"{account} 的积分账，{month}", "en": f"Points of {account}, {month}"}
    return Contents("account", account, title, shown, {account: "unbroken"}, month, edges)


def of_case(engine: Engine, case: Case) -> Contents:
    """Everything recorded of the case."""
    number, id = case.opening.number, case.opening.id
    title = {"zh": f"工单 {number}", "en": f"Case {number}"}
    return Contents("complaint", id, title, engine.log.stream(id), {id: "first"})


def of_figure(engine: Engine, id: str, most: int) -> Contents:
    """A published figure with the entries its numbers were counted from; where there are more than a pack
    holds, the publication alone, and the title says how many were left out. NoSuchFigure."""
    fact, line = published.must(engine, id)
    positions = published.behind(engine, fact)
    held = positions if len(positions) < most else []
    rows = [engine.log.rows(position - 1, 1, position)[0] for position in held]
    named = {lang: published.titled(fact.indicator, lang)["title"] for lang in LANGUAGES}
    zh = f"公布的指标：{named['zh']}，依据 {len(positions)} 条记录，包内 {len(held)} 条"
    en = f"Published figure: {named['en']}, counted from {len(positions)} entries, {len(held)} in this pack"
    lines = [*(recorded(row) for row in rows), line]
    title = {"zh": zh, "en": en}
    return Contents("figure", id, title, lines, {id: "first"}, grown=(fact.size, fact.root))


def teller(points: Points) -> Tell:
    """One sentence a fact, in both languages, without a sealed word; of a fact that has none, its name."""
    of_points = {code: speaker(points, lang, None) for code, lang in LANGUAGES.items()}
    of_cases = {code: stories.speaker(points.engine, lang, None) for code, lang in LANGUAGES.items()}

    def told(line: Recorded) -> Both:
        kind = type(line.fact)
        if kind in story.SENTENCES:
            return {code: story.sentence(line, of_points[code]) for code in LANGUAGES}
        if kind in history.SENTENCES:
            return {code: history.sentence(line, of_cases[code]) for code in LANGUAGES}
        if kind is FigurePublished:
            return {code: sampling.sentence(line, of_cases[code]) for code in LANGUAGES}
        name: str = kind.NAME  # type: ignore[attr-defined]
        return dict.fromkeys(LANGUAGES, name)

    return told
