"""A log of a thousand plain rows, hashed and signed."""

from collections.abc import Iterator

import pytest

from engine.ledgerbook.trail import Trail
from tests.engine.ledgerbook.growing import fill, opened


@pytest.fixture
def trail(place) -> Iterator[Trail]:
    """In either database, with nothing in it."""
    log, trail = opened(*place)
    yield trail
    trail.close()
    log.close()


@pytest.fixture
def signed(tmp_path) -> Iterator[Trail]:
    """In the embedded store: 1,000 rows under four checkpoints."""
    log, trail = opened(tmp_path / "store")
    for count in (1, 299, 400, 300):
        fill(log, count)
        trail.catch_up()
    trail.follower.release()
    yield trail
    trail.close()
    log.close()
