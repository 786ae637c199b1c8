"""The replay of a claim as its page shows it: what was recorded together is one step, with the rule of each
fact, who knew what by then, and the state before and after."""

from collections.abc import Sequence
from typing import Any

from api.answers import receipt_link
from api.pages.points.window import Window
from api.pages.points.words import BOOKS, CLAIM_STATES, FIGURES, OTHER_FACTS, OTHER_STEP, PARTS, STEPS
from api.points.replay import claim_lines
from engine.blobs import Blob
from projections.points.replay import Step, replay_claim

Moment = list[Step]


def moments(window: Window, claim: str) -> list[Moment]:
    """The claim's facts in groups: those of one save are one step."""
    lines = claim_lines(window.engine, claim)
    found: list[Moment] = []
    for step in replay_claim(claim, lines, window.books, window.speaker):
        if found and found[-1][-1].recorded_at == step.recorded_at:
            found[-1].append(step)
        else:
            found.append([step])
    return found


def label(window: Window, moment: Moment) -> str:
    """What the step is called in a row of steps: by the claim's own fact."""
    named = next((STEPS[step.fact] for step in moment if step.fact in STEPS), OTHER_STEP)
    return window.say(named)


def told(window: Window, steps: Sequence[Moment], nth: int) -> dict[str, Any]:
    """The nth step (from 1) in words."""
    moment = steps[nth - 1]
    own = next((step for step in moment if step.fact in STEPS), moment[0])
    happened, kept = own.occurred_at, own.recorded_at
    late = int((kept - happened).total_seconds())
    return {
        "nth": nth, "of": len(steps), "label": label(window, moment),
        "sentences": [step.sentence for step in (own, *(each for each in moment if each is not own))],
        "occurred": window.facing.when(happened), "recorded": window.facing.when(kept),
        "late": window.facing.span(late * 1_000_000) if late >= 60 else "",
        "by": window.who("engine" if own.actor.role == "engine" else own.actor.person),
        "rules": rules(window, moment), "changes": changes(window, moment),
        "receipts": [
            {
                "what": window.say((STEPS | OTHER_FACTS).get(step.fact, step.fact)),
                "position": step.position,
                "link": receipt_link(step.position), "step": step.step,
            }
            for step in moment
        ],
        "evidence": [
            picture(window, id) for step in moment for id in step.evidence
        ],
    }  # fmt: skip


def picture(window: Window, id: str) -> dict[str, Any]:
    """A stored file: whether it can be shown, and its hash, which is its name."""
    found: tuple[Blob, bytes] | None = window.engine.blobs.get(id)
    kind = found[0].media_type if found else ""
    return {"id": id, "image": kind.startswith("image/"), "there": found is not None}


def rules(window: Window, moment: Moment) -> list[dict[str, str]]:
    """Each rule the step went by, once."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for step in moment:
        if (rule := step.rule) is not None:
            found[rule.book, rule.version, rule.line] = {
                "book": window.say(BOOKS.get(rule.book, rule.book)), "code": rule.book,
                "version": rule.version, "line": rule.line, "text": window.rule_text(rule.text),
            }  # fmt: skip
    return list(found.values())


def changes(window: Window, moment: Moment) -> list[dict[str, Any]]:
    """Every figure before the step and after it."""
    before, after = moment[0].before, moment[-1].after
    found = [
        {
            "name": window.say("申报"), "before": state(window, before), "after": state(window, after),
            "changed": before.get("state") != after.get("state"), "by": "", "down": False,
        }
    ]  # fmt: skip
    for name, title in FIGURES.items():
        was, now = before.get(name), after.get(name)
        if was is None and now is None:
            continue
        if name in ("owed", "reversed_points", "held_disputed", "held_redemption") and not was and not now:
            continue
        moved = now - was if isinstance(was, int) and isinstance(now, int) else 0
        found.append(
            {
                "name": window.say(title), "before": figure(window, name, was),
                "after": figure(window, name, now), "changed": was != now,
                "by": f"−{-moved}" if moved < 0 else f"+{moved}" if moved else "", "down": moved < 0,
            }
        )  # fmt: skip
    return found


def state(window: Window, figures: dict[str, Any]) -> str:
    code = figures.get("state", "unfiled")
    return window.say(CLAIM_STATES[code]) if code in CLAIM_STATES else window.say("还没有申报")


def figure(window: Window, name: str, value: Any) -> str:
    if value is None:
        return "—"
    if name == "suspended_until":
        return window.facing.short_day(window.facing.local(value).date())
    return f"{value:,}" if isinstance(value, int) else str(value)


def knowledge(window: Window, steps: Sequence[Moment], nth: int) -> dict[str, Any]:
    """Who knew each thing by the time the nth step was recorded, the first to know first. People are columns,
    what happened until then are rows."""
    until = steps[nth - 1][-1].recorded_at
    people: dict[str, str] = {}
    rows = []
    for moment in steps[:nth]:
        since: dict[str, Any] = {}
        for step in moment:
            for known in step.known:
                if known.since <= until and known.who not in since:
                    since[known.who] = known.since
                people.setdefault(known.who, known.part)
        rows.append((label(window, moment), since))
    shown = [
        (who, part) for who, part in people.items() if any(who in since for _, since in rows)
    ]  # fmt: skip
    return {
        "people": [(window.who(who), window.say(PARTS.get(part, part))) for who, part in shown],
        "rows": [
            {
                "what": f"{n}. {what}",
                "cells": [window.facing.when(since[who]) if who in since else "" for who, _ in shown],
            }
            for n, (what, since) in enumerate(rows, 1)
        ],
    }  # fmt: skip
