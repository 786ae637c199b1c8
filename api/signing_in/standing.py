"""Who may act as what, at this moment: asked at every request, of the log itself.

So a grant revoked, a person barred, erased or signed out everywhere counts at the next request, whatever
token or session he holds. A person acts in one role at a time: one of his grants in force, or resident
where he lives.
"""

from collections import OrderedDict
from datetime import datetime
from threading import Lock

from domain.messages import Actor
from domain.people import Person, stream_of
from engine.engine import Engine

REMEMBERED = 20_000
"""People whose state is kept in memory (about 500 bytes each)."""


class Standing:
    """Safe to use from several threads. `demo`: whether the users of the demo community are let in."""

    def __init__(self, engine: Engine, *, demo: bool) -> None:
        self._engine = engine
        self._demo = demo
        self._known: OrderedDict[str, tuple[int, Person]] = OrderedDict()
        self._lock = Lock()

    def person(self, id: str) -> Person:
        """His state in the register now; INITIAL for nobody. One look at the log's head where nothing was
        recorded since the last."""
        head = self._engine.log.head()
        with self._lock:
            seen = self._known.get(id)
        if seen is not None and seen[0] == head:
            return seen[1]
        person: Person = self._engine.desk.state("person", stream_of(id))[0]
        with self._lock:
            self._known[id] = (head, person)
            self._known.move_to_end(id)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return person

    def may_sign_in(self, person: Person) -> bool:
        return person.may_sign_in and (self._demo or not person.demo)

    def roles(self, id: str) -> tuple[Actor, ...]:
        """What he may act as now, the oldest grant first; resident at his home comes last."""
        person = self.person(id)
        held = self._engine.desk.stage().organisation.grants_of(id, self._engine.clock())
        found = [Actor(id, grant.role, grant.scope) for grant in held]
        if person.home:
            found.append(Actor(id, "resident", person.home))
        return tuple(dict.fromkeys(found))

    def admits(self, actor: Actor, made_at: datetime) -> bool:
        """Whether a token or session of this role, made at that moment, holds now."""
        person = self.person(actor.person)
        since = person.valid_from
        if not self.may_sign_in(person) or (since is not None and made_at < since):
            return False
        return actor in self.roles(actor.person)
