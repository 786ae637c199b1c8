"""Whom something is told, and how the answer to a command tells what it recorded: each fact in a sentence,
the subject after it, and what a dry run would have done."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Response

from api.answers import z
from api.cases import Cases
from api.orders import Asking, etag, said
from domain.messages import Actor, Recorded
from engine.desk import Receipt
from engine.engine import Engine


class Telling(Protocol):
    """Whom it is told, and in which language."""

    @property
    def engine(self) -> Engine: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def lang(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """A caller who asks for nothing to be done."""

    engine: Engine
    cases: Cases
    actor: Actor
    lang: str = "zh"


def told(line: Recorded, sentence: str) -> dict[str, Any]:
    """A fact: where it stands, what it is called on disk, and what it says."""
    return {
        "position": line.position or None,
        "stream": line.stream,
        "version": line.version,
        "name": type(line.fact).NAME,  # type: ignore[attr-defined]
        "sentence": sentence,
    }


def facts(lines: Iterable[Recorded], sentence: Callable[[Recorded], str]) -> list[dict[str, Any]]:
    return [told(line, sentence(line)) for line in lines]


def dated(lines: Iterable[Recorded], sentence: Callable[[Recorded], str]) -> list[dict[str, Any]]:
    """With when each happened."""
    return [told(line, sentence(line)) | {"occurred_at": z(line.occurred_at)} for line in lines]


def ended(receipt: Receipt, facts: list[dict[str, Any]], dry_run: bool) -> dict[str, Any]:
    """What the answer ends with. A dry run says what would be recorded."""
    answer = {"position": receipt.position, "repeated": receipt.repeated, "facts": facts}
    if dry_run:
        answer |= {"dry_run": True, "consequences": [each["sentence"] for each in facts]}
    return answer


def foretold(receipt: Receipt, facts: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole answer to a dry run: nothing was recorded, so that there is no subject after it."""
    sentences = [each["sentence"] for each in facts]
    return {"dry_run": True, "position": receipt.position, "facts": facts, "consequences": sentences}


def answered(
    ask: Asking,
    receipt: Receipt,
    stream: str,
    facts: list[dict[str, Any]],
    answer: dict[str, Any],
    *,
    created: str = "",
) -> Response:
    """The subject after the command, and what it recorded; `created` is the address of something new."""
    if ask.dry_run:
        return said(foretold(receipt, facts))
    version = receipt.versions[stream]
    body = {**answer, "version": version, "position": receipt.position, "repeated": receipt.repeated}
    headers = {"ETag": etag(version)}
    if created:
        headers["Location"] = created
    return said(body | {"facts": facts}, 201 if created else 200, **headers)
