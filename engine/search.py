"""Full-text search over sealed text: an index of keyed tokens, and the check that opens what it found.

The index holds, per case, the tokens (engine/terms.py) of its text, address, answer and progress notes; never
a word. It is the engine's own and no view: it follows the log with a position of its own, rows and position
in one transaction, so that any number of followers, killed at any moment, index each fact once. `search.db`,
or the schema `search` in PostgreSQL.
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

import orjson
import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from domain.messages import Recorded, Sealed
from engine.errors import StoreUnavailable
from engine.log import Log, recorded
from engine.terms import normal
from engine.vault import Vault

INDEXED = {
    "complaint.registered": ("text", "address"),
    "complaint.supported": ("text",),
    "complaint.progress-noted": ("text",),
    "complaint.resolution-reported": ("answer",),
}
"""What is searchable, by fact: all of it of the class that handlers see without an event."""
BATCH = 5_000
CANDIDATES = 500
"""Cases opened for one query at most."""
QUERY_TERMS = 12
"""Terms of a query that the index is asked for, the rarest; the check sees the whole query."""
COMMON = 5_000
"""Cases with a term are counted up to here: beyond, one term is as common as the other."""

Posting = tuple[int, str]
"""(token, stream)."""


class Index(ABC):
    """Postings on disk. Moments of the log are its only coordinate."""

    @abstractmethod
    def position(self) -> int: ...

    @abstractmethod
    def add(self, after: int, until: int, streams: Sequence[str], postings: Iterable[Posting]) -> bool:
        """One transaction; False, and nothing added, if the index is no longer at `after`."""

    @abstractmethod
    def clear(self) -> None:
        """Forget everything; the position is 0 again."""

    @abstractmethod
    def matching(self, tokens: Sequence[int], limit: int) -> list[str]:
        """Streams that have all tokens, the latest indexed first."""

    @abstractmethod
    def close(self) -> None: ...


class SQLiteIndex(Index):
    SCHEMA = """
        CREATE TABLE IF NOT EXISTS cases (number INTEGER PRIMARY KEY, stream TEXT NOT NULL UNIQUE);
        CREATE TABLE IF NOT EXISTS postings (
            token INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (token, number)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, position INTEGER NOT NULL);
        INSERT INTO progress VALUES ('log', 0) ON CONFLICT DO NOTHING;
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._transaction("BEGIN IMMEDIATE") as db:
            for statement in self.SCHEMA.split(";"):
                db.execute(statement)

    @contextmanager
    def _transaction(self, begin: str = "BEGIN") -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                # The position stands in the same transaction: what a power cut takes is indexed again.
                db.execute("PRAGMA synchronous = NORMAL")
                db.execute(begin)
                yield db
                db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(f"{self.path}: {error}") from error

    def position(self) -> int:
        with self._transaction() as db:
            return int(db.execute("SELECT position FROM progress").fetchone()[0])

    def add(self, after: int, until: int, streams: Sequence[str], postings: Iterable[Posting]) -> bool:
        with self._transaction("BEGIN IMMEDIATE") as db:
            moved = db.execute("UPDATE progress SET position = ? WHERE position = ?", (until, after)).rowcount
            if not moved:
                return False
            db.executemany(
                "INSERT INTO cases (stream) VALUES (?) ON CONFLICT DO NOTHING", [(s,) for s in streams]
            )
            numbers = dict(
                db.execute(
                    "SELECT stream, number FROM cases WHERE stream IN (SELECT value FROM json_each(?))",
                    (orjson.dumps(streams).decode(),),
                )
            )
            rows = sorted((token, numbers[stream]) for token, stream in postings)
            db.executemany("INSERT INTO postings VALUES (?, ?) ON CONFLICT DO NOTHING", rows)
            return True

    def clear(self) -> None:
        with self._transaction("BEGIN IMMEDIATE") as db:
            db.execute("DELETE FROM postings")
            db.execute("DELETE FROM cases")
            db.execute("UPDATE progress SET position = 0")

    def matching(self, tokens: Sequence[int], limit: int) -> list[str]:
        with self._transaction() as db:
            return _matching(db, tokens, limit, table="", mark="?")

    def close(self) -> None:
        """Every use has a connection of its own."""


class PostgresIndex(Index):
    SCHEMA = (
        "SELECT pg_advisory_xact_lock(hashtext('huisheng.search'))",
        "CREATE SCHEMA IF NOT EXISTS search",
        """CREATE TABLE IF NOT EXISTS search.cases (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text NOT NULL UNIQUE)""",
        """CREATE TABLE IF NOT EXISTS search.postings (
            token bigint NOT NULL, number bigint NOT NULL, PRIMARY KEY (token, number))""",
        "CREATE TABLE IF NOT EXISTS search.progress (name text PRIMARY KEY, position bigint NOT NULL)",
        "INSERT INTO search.progress VALUES ('log', 0) ON CONFLICT DO NOTHING",
    )

    def __init__(self, database: str) -> None:
        self._pool = ConnectionPool(database, min_size=1, max_size=4, timeout=10, open=True)
        with self._transaction() as db:
            for statement in self.SCHEMA:
                db.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        try:
            with self._pool.connection() as db:
                yield db
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise StoreUnavailable(f"the search index: {error}") from error

    def position(self) -> int:
        with self._transaction() as db:
            return int(db.execute("SELECT position FROM search.progress").fetchone()[0])

    def add(self, after: int, until: int, streams: Sequence[str], postings: Iterable[Posting]) -> bool:
        given = list(postings)
        with self._transaction() as db:
            moved = db.execute(
                "UPDATE search.progress SET position = %s WHERE position = %s", (until, after)
            ).rowcount
            if not moved:
                return False
            db.execute(
                "INSERT INTO search.cases (stream) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
                (list(streams),),
            )
            db.execute(
                """INSERT INTO search.postings
                   SELECT added.token, cases.number
                   FROM unnest(%s::bigint[], %s::text[]) AS added (token, stream)
                   JOIN search.cases AS cases USING (stream)
                   ON CONFLICT DO NOTHING""",
                ([token for token, _ in given], [stream for _, stream in given]),
            )
            return True

    def clear(self) -> None:
        with self._transaction() as db:
            db.execute("UPDATE search.progress SET position = 0")
            db.execute("TRUNCATE search.postings, search.cases")

    def matching(self, tokens: Sequence[int], limit: int) -> list[str]:
        with self._transaction() as db:
            return _matching(db, tokens, limit, table="search.", mark="%s")

    def close(self) -> None:
        self._pool.close()


def _matching(db: Any, tokens: Sequence[int], limit: int, table: str, mark: str) -> list[str]:
    """Walk the rarest token's cases, latest first, and keep those that have the others too."""
    counted = (
        f"SELECT count(*) FROM (SELECT 1 FROM {table}postings WHERE token = {mark} LIMIT {COMMON}) AS found"
    )
    rarest = sorted((db.execute(counted, (token,)).fetchone()[0], token) for token in tokens)[:QUERY_TERMS]
    if not rarest or rarest[0][0] == 0:
        return []
    others = "".join(
        f" AND EXISTS (SELECT 1 FROM {table}postings WHERE token = {mark} AND number = one.number)"
        for _ in rarest[1:]
    )
    found = db.execute(
        f"SELECT stream FROM {table}postings AS one JOIN {table}cases AS cases ON cases.number = one.number"
        f" WHERE one.token = {mark}{others} ORDER BY one.number DESC LIMIT {mark}",
        (*(token for _, token in rarest), limit),
    )
    return [stream for (stream,) in found.fetchall()]


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
            rows = self.log.rows(after, BATCH, until=head, names=tuple(INDEXED))
            until = rows[-1][0] if len(rows) == BATCH else head
            lines = [recorded(row) for row in rows]
            postings = self._postings(lines)
            streams = list(dict.fromkeys(line.stream for line in lines))
            added = self.index.add(after, until, streams, postings)
            after = until if added else self.index.position()
        return after

    def reindex(self) -> int:
        """Index the whole log anew; until it has caught up, a search finds what is indexed by then."""
        self.index.clear()
        return self.catch_up()

    def _postings(self, lines: Sequence[Recorded]) -> list[Posting]:
        self.vault.load_keys({sealed.subject for line in lines for _, sealed in _sealed(line)})
        return [
            (token, line.stream)
            for line in lines
            for token in set().union(*(self.vault.tokens(text) for text in self._texts(line)))
        ]

    def _texts(self, line: Recorded) -> Iterator[str]:
        name = line.fact.NAME  # type: ignore[attr-defined]
        for field, sealed in _sealed(line):
            text = self.vault.open_sealed(
                sealed, stream=line.stream, version=line.version, name=name, field=field
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
