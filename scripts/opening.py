"""Opening a store for one command, and closing it whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.compose import open_engine
from engine.engine import Engine
from engine.errors import StoreUnavailable
from engine.fold import Poison


@contextmanager
def opened(data: Path, database: str | None = None, *, start: bool = False) -> Iterator[Engine]:
    """The engine over a store; with `start`, its followers too. Raises StoreUnavailable, StoreDamaged; a fact
    that stops the views, met by whoever uses the engine, leaves as StoreUnavailable too."""
    engine = open_engine(data, database)
    try:
        if start:
            engine.start()
        yield engine
    except Poison as poison:
        raise StoreUnavailable(f"the views cannot follow: {poison}") from poison
    finally:
        engine.close()


@contextmanager
def existing(data: Path, database: str | None = None) -> Iterator[Engine]:
    """As `opened`, for a command that reads: a folder that holds no store is not made into one."""
    there(data, database)
    with opened(data, database) as engine:
        yield engine


def there(data: Path, database: str | None = None) -> None:
    """StoreUnavailable where no store is."""
    if database is None and not (data / "log.db").exists():
        raise StoreUnavailable(f"{data} holds no store; make one with `huisheng init` or `huisheng serve`")
