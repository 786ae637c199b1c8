"""The event library as given: its own Application and Aggregate on its SQLite recorder, and a view that is
updated in one transaction per event with its tracking record, as its documentation shows.

    python -m bench.library append FOLDER --clients N --seconds S
    python -m bench.library rebuild FOLDER --cases N

Either prints one line of JSON.
"""

import argparse
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder

TEXT = "楼道里暖气不热,室温只有十四度,老人和孩子都受不了,请尽快派人来看看。"


class Case(Aggregate):
    """The same life as a case of ours, reduced to four facts of the same size."""

    @event("Registered")
    def __init__(self, category: str, grid: str, text: str, channel: str) -> None:
        self.category = category
        self.grid = grid
        self.text = text
        self.channel = channel
        self.state = "received"

    @event("Dispatched")
    def dispatch(self, lead: str, respond_by: datetime, resolve_by: datetime) -> None:
        if self.state != "received":
            raise ValueError("only a received case can be dispatched")
        self.lead = lead
        self.resolve_by = resolve_by
        self.state = "dispatched"

    @event("Responded")
    def respond(self, unit: str) -> None:
        if self.state != "dispatched" or unit != self.lead:
            raise ValueError("only the lead of a dispatched case responds")
        self.state = "handling"

    @event("Resolved")
    def resolve(self, result: str, answer: str) -> None:
        if self.state != "handling":
            raise ValueError("only a case in handling can be resolved")
        self.result = result
        self.state = "resolved"


class Office(Application[UUID]):
    def register(self) -> UUID:
        case = Case("heating", "demo/north/sl/grid-01", TEXT, "phone")
        self.save(case)
        return case.id

    def dispatch(self, case_id: UUID) -> None:
        case: Case = self.repository.get(case_id)
        now = datetime.now(UTC)
        case.dispatch("heating-co", now + timedelta(hours=2), now + timedelta(hours=24))
        self.save(case)

    def respond(self, case_id: UUID) -> None:
        case: Case = self.repository.get(case_id)
        case.respond("heating-co")
        self.save(case)

    def resolve(self, case_id: UUID) -> None:
        case: Case = self.repository.get(case_id)
        case.resolve("solved", TEXT)
        self.save(case)


def open_office(folder: Path) -> Office:
    return Office(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(folder / "library.db"),
            "SQLITE_LOCK_TIMEOUT": "60",
        }
    )


def append(folder: Path, clients: int, seconds: float) -> dict[str, Any]:
    """Each client takes cases through register, dispatch, respond, resolve until the time is up."""
    office = open_office(folder)
    done = [0] * clients
    stop = threading.Event()

    def client(number: int) -> None:
        while not stop.is_set():
            case = office.register()
            done[number] += 1
            for verb in (office.dispatch, office.respond, office.resolve):
                if stop.is_set():
                    return
                verb(case)
                done[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    office.close()
    return {"count": sum(done), "seconds": took}


class Register(SQLiteTrackingRecorder):
    """One row per case; a row and its tracking record are written in one transaction."""

    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            "CREATE TABLE IF NOT EXISTS register (id TEXT PRIMARY KEY, category TEXT, grid TEXT,"
            " channel TEXT, lead TEXT, state TEXT, resolve_by TEXT) WITHOUT ROWID",
        ]

    def note(self, case_event: Any, tracking: Tracking) -> None:
        case = str(case_event.originator_id)
        with self.datastore.transaction(commit=True) as c:
            self._insert_tracking(c, tracking)
            name = type(case_event).__name__
            if name == "Registered":
                c.execute(
                    "INSERT INTO register VALUES (?, ?, ?, ?, NULL, 'received', NULL)",
                    (case, case_event.category, case_event.grid, case_event.channel),
                )
            elif name == "Dispatched":
                c.execute(
                    "UPDATE register SET lead = ?, resolve_by = ?, state = 'dispatched' WHERE id = ?",
                    (case_event.lead, case_event.resolve_by.isoformat(), case),
                )
            else:
                state = "handling" if name == "Responded" else "resolved"
                c.execute("UPDATE register SET state = ? WHERE id = ?", (state, case))


def rebuild(folder: Path, cases: int) -> dict[str, Any]:
    """Write `cases` × 4 events, then replay them all into a fresh register, one transaction per event."""
    office = open_office(folder)
    for _ in range(cases):
        case = Case("heating", "demo/north/sl/grid-01", TEXT, "phone")
        now = datetime.now(UTC)
        case.dispatch("heating-co", now + timedelta(hours=2), now + timedelta(hours=24))
        case.respond("heating-co")
        case.resolve("solved", TEXT)
        office.save(case)
    register = Register(SQLiteDatastore(str(folder / "register.db")))
    register.create_table()
    started = time.perf_counter()
    at = 1
    count = 0
    while notifications := office.recorder.select_notifications(at, 1000):
        for notification in notifications:
            register.note(office.mapper.to_domain_event(notification), Tracking("office", notification.id))
            count += 1
        at = notifications[-1].id + 1
    took = time.perf_counter() - started
    office.close()
    return {"count": count, "seconds": took}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("append", "rebuild"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--cases", type=int, default=2000)
    asked = parser.parse_args()
    if asked.what == "append":
        answer = append(asked.folder, asked.clients, asked.seconds)
    else:
        answer = rebuild(asked.folder, asked.cases)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
