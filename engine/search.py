"""Full-text search over sealed text: an index of keyed tokens, and the check that opens what it found.

The index holds, per case, the tokens (engine/terms.py) of its text, address, answer and progress notes; never
a word. It is the engine's own and no view: it follows the log with a position of its own, rows and position
in one transaction, so that any number of followers, killed at any moment, index each fact once. `search.db`,
or the schema `search` in PostgreSQL.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from domain.messages import Recorded, Sealed
from engine.forgetting import ERASED, PERSON
from engine.log import Log, recorded
from engine.search_index import QUERY_TERMS, Gathered, Index, PostgresIndex, SQLiteIndex
from engine.terms import normal, terms
from engine.vault import REDACTION, Vault

INDEXED = {
    "complaint.registered": ("text", "address"),
    "complaint.supported": ("text",),
    "complaint.progress-noted": ("text",),
    "complaint.resolution-reported": ("answer",),
}
"""What is searchable, by fact: all of it of the class that handlers see without an event."""
FORGETTING = (REDACTION, ERASED)
"""After these a case is indexed anew, from what can still be read."""
BATCH = 5_000
CANDIDATES = 500
"""Cases opened for one query at most."""


class Search:
    """Finds cases by what is written in them. Safe to use from several threads and processes."""

    def __init__(self, log: Log, vault: Vault, index: Index) -> None:
        self.log = log
        self.vault = vault
        self.index = index

    @classmethod
    def open(cls, data_dir: Path | str, database: str | None, log: Log, vault: Vault) -> Self:
        """The index of a deployment, made if there is none. StoreUnavailable if it cannot be reached."""
        if database:
            return cls(log, vault, PostgresIndex(database))
        Path(data_dir).mkdir(parents=True, exist_ok=True)
        return cls(log, vault, SQLiteIndex(Path(data_dir) / "search.db"))

    # ------------------------------------------------------------------ following the log

    def position(self) -> int:
        """Up to which position of the log the index has come."""
        return self.index.position()

    def catch_up(self) -> int:
        """Index what the log holds by now; returns the position reached. Whoever follows calls it after
        `log.wait`; two who call it at once do each fact once."""
        after, head = self.index.position(), self.log.head()
        while after < head:
            rows = self.log.rows(after, BATCH, until=head, names=(*INDEXED, *FORGETTING))
            until = rows[-1][0] if len(rows) == BATCH else head
            added = self.index.add(after, until, self._gathered([recorded(row) for row in rows]))
            after = until if added else self.index.position()
        return after

    def reindex(self) -> int:
        """Index the whole log anew; until it has caught up, a search finds what is indexed by then."""
        self.index.clear()
        return self.catch_up()

    def forget(self, person: str) -> list[str]:
        """Index the cases with an erased person's words anew: nothing of him is found any more. Returns the
        cases. The follower does it again when it meets the fact, whatever it was at meanwhile."""
        streams = self.index.streams_of(person)
        self.renew(streams)
        return streams

    def renew(self, streams: Sequence[str]) -> None:
        """Index these cases anew, from what can be read of them now."""
        if streams:
            self.index.renew(self._gathered([], streams))

    def _gathered(self, lines: Sequence[Recorded], anew: Sequence[str] = ()) -> Gathered:
        again = dict.fromkeys(anew)
        for line in lines:
            if line.fact.NAME == REDACTION:  # type: ignore[attr-defined]
                again[line.stream] = None
            elif line.fact.NAME == ERASED:  # type: ignore[attr-defined]
                again.update(dict.fromkeys(self.index.streams_of(line.stream.removeprefix(PERSON))))
        told = [line for line in lines if _sealed(line) and line.stream not in again]
        told += [line for stream in again for line in self.log.stream(stream) if _sealed(line)]
        if again:
            self.vault.forgetting.look()
        self.vault.load_keys({sealed.subject for line in told for _, sealed in _sealed(line)})
        return Gathered(
            streams=list(dict.fromkeys(line.stream for line in told)),
            postings=[
                (token, line.stream)
                for line in told
                for token in set().union(*(self.vault.tokens(text) for text in self._texts(line)))
            ],
            subjects=list(
                dict.fromkeys((sealed.subject, line.stream) for line in told for _, sealed in _sealed(line))
            ),
            anew=list(again),
        )

    def _texts(self, line: Recorded) -> Iterator[str]:
        """What can be read in it, whose keys were loaded just now."""
        name = line.fact.NAME  # type: ignore[attr-defined]
        for field, sealed in _sealed(line):
            text = self.vault.open_sealed(
                sealed, stream=line.stream, version=line.version, name=name, field=field, sure=False
            )
            if text:
                yield text

    # ------------------------------------------------------------------ finding

    def searchable(self, q: str) -> bool:
        """Whether the index can be asked: a Latin word, or two Chinese characters side by side."""
        return bool(self.vault.tokens(q))

    def candidates(self, q: str, limit: int = CANDIDATES) -> list[str]:
        """Ids of cases that have every term of the query, the latest first: to be opened and checked."""
        return self.index.matching(sorted(self.vault.tokens(q)), limit)

    def confirm(self, q: str, streams: Iterable[str]) -> Iterator[str]:
        """Of the cases named, those in whose texts every word of the query really occurs."""
        wanted = normal(q).split()
        for stream in streams:
            lines = [line for line in self.log.stream(stream) if _sealed(line)]
            self.vault.load_keys({sealed.subject for line in lines for _, sealed in _sealed(line)})
            texts = [normal(text) for line in lines for text in self._texts(line)]
            if all(any(word in text for text in texts) for word in wanted):
                yield stream

    def proven(self, q: str) -> bool:
        """Whether the index alone answers: each word is one term, and a case that has the term has the word.
        Then as many cases have the words as there are candidates, and none has to be opened to count them."""
        words = normal(q).split()
        return 0 < len(words) <= QUERY_TERMS and all(terms(word) == {word} for word in words)

    def search(self, q: str, limit: int = CANDIDATES) -> list[str]:
        """Ids of cases in which the query occurs, the latest first; of at most CANDIDATES that were opened.

        Words may stand apart and in different texts of the case; Chinese is found inside longer text. Empty
        for a query that is not `searchable`. Takes up to a tenth of a second: call it off the event loop."""
        found: list[str] = []
        for stream in self.confirm(q, self.candidates(q, CANDIDATES)):
            found.append(stream)
            if len(found) == limit:
                break
        return found

    def close(self) -> None:
        self.index.close()


def _sealed(line: Recorded) -> list[tuple[str, Sealed]]:
    """The searchable fields of a line that hold something."""
    fields = INDEXED.get(line.fact.NAME, ())  # type: ignore[attr-defined]
    held = ((field, getattr(line.fact, field)) for field in fields)
    return [(field, sealed) for field, sealed in held if sealed is not None]
