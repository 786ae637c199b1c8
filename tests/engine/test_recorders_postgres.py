"""The library's own test cases, on our PostgreSQL recorder."""

from uuid import UUID, uuid4

import pytest

from engine.postgres import PostgresLogRecorder
from tests.engine.library import persistence

pytestmark = pytest.mark.postgres


class OnPostgres:
    """A recorder on a new database for each test."""

    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str):
        self.url = postgres_url
        self.recorder: PostgresLogRecorder | None = None
        yield
        if self.recorder is not None:
            self.recorder.close()

    def create_recorder(self) -> PostgresLogRecorder:
        self.recorder = PostgresLogRecorder.open(self.url)
        return self.recorder

    def new_originator_id(self) -> UUID | str:
        return str(uuid4())


class TestPostgresRecorder(OnPostgres, persistence.ApplicationRecorderTestCase[PostgresLogRecorder]):
    pass


class TestPostgresNotificationsDoNotInterleave(
    OnPostgres, persistence.NonInterleavingNotificationIDsBaseCase
):
    pass
