"""The postings of the search index on disk: tokens of cases, and whose words they are; no word is in it.

`search.db`, or the schema `search` in PostgreSQL. What is taken out is overwritten (SQLite), or gone with the
next VACUUM (PostgreSQL).
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from engine.errors import StoreUnavailable
from engine.sqlite_file import insert_many, into_wal

QUERY_TERMS = 12
"""Terms of a query that the index is asked for, the rarest; the check sees the whole query."""
COMMON = 5_000
"""Cases with a term are counted up to here: beyond, one term is as common as the other."""

Posting = tuple[int, str]
"""(token, stream)."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a stretch of the log adds: the tokens of cases, and (subject, stream): whose words they are. The
    cases in `anew` lose what they had first."""

    streams: Sequence[str]
    postings: Sequence[Posting]
    subjects: Sequence[tuple[str, str]]
    anew: Sequence[str] = ()


class Index(ABC):
    """Postings on disk. Moments of the log are its only coordinate."""

    @abstractmethod
    def position(self) -> int: ...

    @abstractmethod
    def add(self, after: int, until: int, found: Gathered) -> bool:
        """One transaction; False, and nothing added, if the index is no longer at `after`."""

    @abstractmethod
    def renew(self, found: Gathered) -> None:
        """Put these cases in anew, whatever the position; nothing of what they had stays on the disk."""

    @abstractmethod
    def streams_of(self, subject: str) -> list[str]:
        """The cases with words sealed under the subject's key."""

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
        CREATE TABLE IF NOT EXISTS subjects (
            subject TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (subject, number)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, position INTEGER NOT NULL);
        INSERT INTO progress VALUES ('log', 0) ON CONFLICT DO NOTHING;
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._transaction("BEGIN IMMEDIATE") as db:
            known = {name for (name,) in db.execute("SELECT name FROM sqlite_schema")}
            for statement in self.SCHEMA.split(";"):
                db.execute(statement)
            if "cases" in known and "subjects" not in known:
                self._clear(db)  # it did not yet keep whose words they are

    @contextmanager
    def _transaction(self, begin: str = "BEGIN") -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as db:
                into_wal(db)
                # The position stands in the same transaction: what a power cut takes is indexed again.
                db.execute("PRAGMA synchronous = NORMAL")
                db.execute("PRAGMA secure_delete = ON")
                if not begin:
                    yield db
                    return
                db.execute(begin)
                yield db
                db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(f"{self.path}: {error}") from error

    def position(self) -> int:
        with self._transaction() as db:
            return int(db.execute("SELECT position FROM progress").fetchone()[0])

    def add(self, after: int, until: int, found: Gathered) -> bool:
        with self._transaction("BEGIN IMMEDIATE") as db:
            moved = db.execute("UPDATE progress SET position = ? WHERE position = ?", (until, after)).rowcount
            if moved:
                self._put(db, found)
            return bool(moved)

    def renew(self, found: Gathered) -> None:
        with self._transaction("BEGIN IMMEDIATE") as db:
            self._put(db, found)
        with self._transaction("") as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _put(self, db: sqlite3.Connection, found: Gathered) -> None:
        db.executemany(
            "INSERT INTO cases (stream) VALUES (?) ON CONFLICT DO NOTHING", [(s,) for s in found.streams]
        )
        listed = "SELECT number FROM cases WHERE stream IN (SELECT value FROM json_each(?))"
        if found.anew:
            anew = orjson.dumps(list(found.anew)).decode()
            for table in ("postings", "subjects"):
                db.execute(f"DELETE FROM {table} WHERE number IN ({listed})", (anew,))
        numbers = dict(
            db.execute(
                listed.replace("number", "stream, number", 1), (orjson.dumps(list(found.streams)).decode(),)
            )
        )
        rows = sorted((token, numbers[stream]) for token, stream in found.postings)
        insert_many(db, "postings", rows, conflict=" ON CONFLICT DO NOTHING")
        whose = sorted((subject, numbers[stream]) for subject, stream in found.subjects)
        db.executemany("INSERT INTO subjects VALUES (?, ?) ON CONFLICT DO NOTHING", whose)

    def streams_of(self, subject: str) -> list[str]:
        with self._transaction() as db:
            return [stream for (stream,) in db.execute(STREAMS_OF.format("", "?"), (subject,))]

    def clear(self) -> None:
        with self._transaction("BEGIN IMMEDIATE") as db:
            self._clear(db)

    def _clear(self, db: sqlite3.Connection) -> None:
        for table in ("postings", "subjects", "cases"):
            db.execute(f"DELETE FROM {table}")
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
        """CREATE TABLE IF NOT EXISTS search.subjects (
            subject text COLLATE "C" NOT NULL, number bigint NOT NULL, PRIMARY KEY (subject, number))""",
        "CREATE TABLE IF NOT EXISTS search.progress (name text PRIMARY KEY, position bigint NOT NULL)",
        "INSERT INTO search.progress VALUES ('log', 0) ON CONFLICT DO NOTHING",
    )

    def __init__(self, database: str) -> None:
        self._pool = ConnectionPool(database, min_size=1, max_size=4, timeout=10, open=True)
        with self._transaction() as db:
            db.execute(self.SCHEMA[0])
            sql = "SELECT to_regclass('search.cases'), to_regclass('search.subjects')"
            cases, subjects = db.execute(sql).fetchone()
            for statement in self.SCHEMA[1:]:
                db.execute(statement)
            if cases is not None and subjects is None:
                self._clear(db)  # it did not yet keep whose words they are

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

    def add(self, after: int, until: int, found: Gathered) -> bool:
        with self._transaction() as db:
            moved = db.execute(
                "UPDATE search.progress SET position = %s WHERE position = %s", (until, after)
            ).rowcount
            if moved:
                self._put(db, found)
            return bool(moved)

    def renew(self, found: Gathered) -> None:
        with self._transaction() as db:
            self._put(db, found)

    def _put(self, db: Any, found: Gathered) -> None:
        db.execute(
            "INSERT INTO search.cases (stream) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
            (list(found.streams),),
        )
        if found.anew:
            for table in ("postings", "subjects"):
                db.execute(
                    f"DELETE FROM search.{table} WHERE number IN"
                    " (SELECT number FROM search.cases WHERE stream = ANY(%s))",
                    (list(found.anew),),
                )
        for table, column, kind, given in (
            ("postings", "token", "bigint", found.postings),
            ("subjects", "subject", "text", found.subjects),
        ):
            db.execute(
                f"""INSERT INTO search.{table}
                   SELECT added.what, cases.number
                   FROM unnest(%s::{kind}[], %s::text[]) AS added (what, stream)
                   JOIN search.cases AS cases USING (stream)
                   ON CONFLICT ({column}, number) DO NOTHING""",
                ([what for what, _ in given], [stream for _, stream in given]),
            )

    def streams_of(self, subject: str) -> list[str]:
        with self._transaction() as db:
            found = db.execute(STREAMS_OF.format("search.", "%s"), (subject,))
            return [stream for (stream,) in found.fetchall()]

    def clear(self) -> None:
        with self._transaction() as db:
            self._clear(db)

    def _clear(self, db: Any) -> None:
        db.execute("UPDATE search.progress SET position = 0")
        db.execute("TRUNCATE search.postings, search.subjects, search.cases")

    def matching(self, tokens: Sequence[int], limit: int) -> list[str]:
        with self._transaction() as db:
            return _matching(db, tokens, limit, table="search.", mark="%s")

    def close(self) -> None:
        self._pool.close()


STREAMS_OF = (
    "SELECT stream FROM {0}subjects AS whose JOIN {0}cases AS cases ON cases.number = whose.number"
    " WHERE whose.subject = {1} ORDER BY cases.number"
)


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
