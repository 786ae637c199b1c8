"""What people are called before whoever asks, opened when it is told.

Staff are named in full to staff, by surname and role to residents, by role alone to strangers and to whom
words are not meant for. A resident is 王某, except to himself. Nothing opened is kept: a telling opens each
name once, and what was erased until then is not said.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Literal
from weakref import WeakKeyDictionary

from api.answers import masked
from api.sight import reads
from api.words import ENGLISH, say
from domain.messages import Actor, Clear, Sealed
from domain.organisation import Organisation
from domain.people import stream_of
from engine.engine import Engine
from projections.case import Kept
from projections.people.register import Person, fold
from projections.words import Names, Speaker

Manner = Literal["full", "surname", "role"]
SHORT = 6
"""Letters of a long id that stand for somebody without a name."""
REMEMBERED = 20_000
"""People whose entries are kept for an engine, names sealed (about 500 bytes each)."""


def manner_to(actor: Actor | None, engine: Engine) -> Manner:
    """How staff are called before him; None is a stranger."""
    if actor is None:
        return "role"
    if actor.role == "resident":
        return "surname"
    return "full" if reads(actor, engine.desk.stage().organisation) else "role"


# ------------------------------------------------------------------ the entries, sealed


class Entries:
    """Who was entered, as it stands at a position of the log. Safe to use from several threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, Person | None]] = OrderedDict()
        self._lock = Lock()

    def of(self, engine: Engine, id: str, head: int) -> Person | None:
        """Never behind `head`: whoever was renamed or erased until then is."""
        with self._lock:
            seen, person = self._known.get(id, (-1, None))
        if seen >= head:
            return person
        for line in engine.log.stream(stream_of(id), person.version if person else 0):
            person = fold(person, line)
        with self._lock:
            self._known[id] = (head, person)
            self._known.move_to_end(id)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return person


KNOWN: WeakKeyDictionary[Engine, Entries] = WeakKeyDictionary()


# ------------------------------------------------------------------ names


class People(Mapping[str, str]):
    """What everybody is called in one telling, looked up when it is asked; KeyError for an id that stands
    for itself. Make one for each answer, and keep none.

    `own` is the person whose own name is said in full."""

    def __init__(self, engine: Engine, lang: str, manner: Manner = "role", own: str = "") -> None:
        self._engine = engine
        self._lang = lang
        self._manner = manner
        self._own = own
        self._told: dict[str, str | None] = {}
        self._head: int | None = None
        self._sure = True

    def __getitem__(self, id: str) -> str:
        called = self.name(id) or self._staff_role(id) or self._nameless(id)
        if called is None:
            raise KeyError(id)
        return called

    def name(self, id: str) -> str | None:
        """His name, as far as it is said here; None where none is. Whoever was erased is said to be."""
        if not id or (self._manner == "role" and id != self._own):
            return None
        if id not in self._told:
            self._told[id] = self._opened(id)
        return self._told[id]

    def _opened(self, id: str) -> str | None:
        if self._head is None:
            self._head = self._engine.log.head()
        entry = KNOWN.setdefault(self._engine, Entries()).of(self._engine, id, self._head)
        if entry is None or not (entry.enrolled or entry.erased):
            return None
        name = self._open(entry.name)
        if name is None:
            return say("（内容已删除）", self._lang)
        if id == self._own or (self._manner == "full" and self._serves(id)):
            return name
        return masked(name)

    def _open(self, kept: Kept | None) -> str | None:
        """The first name of a telling notices every key destroyed till then (engine/vault.py)."""
        if kept is None:
            return None
        sealed: Sealed | Clear = kept.sealed
        if isinstance(sealed, Clear):
            return sealed.text
        sure, self._sure = self._sure, False
        return self._engine.vault.open_kept(kept, sure=sure)

    @cached_property
    def _places(self) -> Organisation:
        return self._engine.desk.stage().organisation

    def _serves(self, id: str) -> bool:
        """Whether he works here, or ever did."""
        return any(True for _ in self._places.all_grants_of(id))

    def _staff_role(self, id: str) -> str | None:
        """Of staff who are not named: what they are, or were last."""
        if self._manner != "role":
            return None
        grants = list(self._places.all_grants_of(id))
        speaker = Speaker(self._lang, self._places.zone)
        return speaker.word(grants[-1].role, "role") if grants else None

    def _nameless(self, id: str) -> str | None:
        """居民 7008: a person nobody entered by name, by the first letters of his id."""
        if id.startswith("p-") and len(id) > 3 * SHORT:
            return say("居民 {code}", self._lang, code=id[2:SHORT])
        if id.startswith("h-") and len(id) > 3 * SHORT:
            return say("住户 {code}", self._lang, code=id[2:SHORT])
        return None if len(id) <= 3 * SHORT else f"{id[:SHORT]}…"

    def __iter__(self) -> Iterator[str]:
        return iter(self._told)

    def __len__(self) -> int:
        return len(self._told)


def people_for(engine: Engine, lang: str, to: Actor) -> People:
    """What everybody is called before `to`."""
    return People(engine, lang, manner_to(to, engine), own=to.person)


def posted(engine: Engine, lang: str, to: Actor) -> People:
    """What people are called on what hangs on a wall: nobody reads himself in full there either."""
    return People(engine, lang, manner_to(to, engine))


def own_name(engine: Engine, person: str, lang: str = ENGLISH) -> str | None:
    """What he is called before himself: in full. None for nobody."""
    return People(engine, lang, own=person).name(person)


def speaking(
    engine: Engine,
    lang: str,
    to: Actor | None,
    names: Names,
    opened: Callable[[Kept], str | None] | None = None,
) -> Speaker:
    """Who tells things to `to` (None: a stranger), with everybody's name as he may hear it."""
    people = People(engine, lang) if to is None else people_for(engine, lang, to)
    zone = engine.desk.stage().organisation.zone
    return Speaker(lang, zone, replace(names, people=people), opened, manner_to(to, engine))


def acting(told: Speaker, actor: Actor) -> dict[str, str | None]:
    """Who acted, for an answer; `name` is None where there is none, or it is not for the reader."""
    people = told.names.people
    name = people.name(actor.person) if isinstance(people, People) and actor.role != "engine" else None
    return {"person": actor.person, "role": actor.role, "scope": actor.scope, "name": name}
