"""The library's own test cases, on our SQLite recorder."""

import shutil
import tempfile
from pathlib import Path
from uuid import UUID, uuid4

from engine.sqlite import SQLiteLogRecorder
from tests.engine.library import persistence


class OnSQLite:
    """A recorder on a new file for each test."""

    def setUp(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="log"))
        self.recorder: SQLiteLogRecorder | None = None

    def tearDown(self) -> None:
        if self.recorder is not None:
            self.recorder.close()
        shutil.rmtree(self.directory)

    def create_recorder(self) -> SQLiteLogRecorder:
        self.recorder = SQLiteLogRecorder.open(self.directory / "log.db")
        return self.recorder

    def new_originator_id(self) -> UUID | str:
        return str(uuid4())


class TestSQLiteRecorder(OnSQLite, persistence.ApplicationRecorderTestCase[SQLiteLogRecorder]):
    pass


class TestSQLiteNotificationsDoNotInterleave(OnSQLite, persistence.NonInterleavingNotificationIDsBaseCase):
    pass
