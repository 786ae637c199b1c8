"""All views of cases, kept the library's way: its tracking recorder, a transaction for each event.

    python -m bench.library_views rebuild FOLDER --cases N

writes N cases, then replays them, and prints one line of JSON. Fold, rows and marks are our projection's own,
and states stay in memory: the difference to a rebuild of ours is how they are read and written.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from eventsourcing.persistence import Tracking
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder

from bench.ours import COMMUNITY, fill
from domain.messages import FACTS, Recorded
from engine.engine import Engine
from engine.log import recorded
from engine.sqlite import SQLiteLogRecorder
from engine.tables import RowShape, SQLite, Writer
from scripts.opening import opened
from scripts.setting_up import apply, load


class TrackedViews(SQLiteTrackingRecorder):
    """The tables of one projection; the rows of an event and its tracking record are written together."""

    def __init__(self, datastore: SQLiteDatastore, projection: Any) -> None:
        self.projection = projection
        self.dialect = SQLite("")
        self.shapes = {spec.name: RowShape(spec) for spec in projection.TABLES}
        self.states: dict[str, Any] = {}
        super().__init__(datastore)

    def construct_create_table_statements(self) -> list[str]:
        own = [self.dialect.create(spec) for spec in self.projection.TABLES]
        indexes = [index for spec in self.projection.TABLES for index in self.dialect.create_indexes(spec)]
        return [*super().construct_create_table_statements(), *own, *indexes]

    def note(self, line: Recorded) -> None:
        subject = self.projection.subject(line)
        before = self.states.get(subject)
        after = self.projection.fold(before, line)
        marks = self.projection.marks(before, after, line)
        old = {} if before is None else self.projection.rows(before)
        with self.datastore.transaction(commit=True) as c:
            self._insert_tracking(c, Tracking("office", line.position))
            writer = Writer(c.sqlite_cursor.connection, self.dialect, self.shapes)
            for table, rows in self.projection.rows(after).items():
                shape = self.shapes[table]
                keys = {shape.key(row) for row in rows}
                writer.remove(
                    table, [shape.key(row) for row in old.get(table, ()) if shape.key(row) not in keys]
                )
                writer.put(table, [shape.tuple(row) for row in rows])
            for table, rows in marks.items():
                # Sums spread over their faces are ours alone: the peer is spared them.
                shape = self.shapes[table]
                for row in rows if shape.spread is None else ():
                    writer.put(table, [row if isinstance(row, tuple) else shape.tuple(row)])
        self.states[subject] = after


def replay(engine: Engine, folder: Path) -> dict[str, Any]:
    """Read the log as the library's recorder notifies of it, and keep every view of cases."""
    recorder = engine.log.recorder
    assert isinstance(recorder, SQLiteLogRecorder)
    projection = next(each for each in engine.projections if each.NAME == "cases")
    views = TrackedViews(SQLiteDatastore(str(folder / "tracked.db")), projection)
    views.create_table()
    names = {name for name, fact in FACTS.items() if fact in projection.FACTS}
    count, at = 0, 1
    started = time.perf_counter()
    while notifications := recorder.select_notifications(at, 1000):
        for told in notifications:
            count += 1
            if told.topic in names:
                row = (told.id, str(told.originator_id), told.originator_version, told.topic, 0, told.state)
                views.note(recorded(row))
        at = notifications[-1].id + 1
    return {"count": count, "seconds": time.perf_counter() - started}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("rebuild",))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=2000)
    asked = parser.parse_args()
    with opened(asked.folder) as engine:
        apply(engine.desk, load(COMMUNITY))
        fill(engine, asked.cases)
        print(json.dumps(replay(engine, asked.folder)))


if __name__ == "__main__":
    main()
