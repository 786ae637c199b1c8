"""What precedes what, where somebody tells a moment no finer than a second."""

from datetime import timedelta

import pytest

from domain.scene import precedes
from tests.domain.spec import T0

REPORTED = T0.replace(second=7, microsecond=412_000)


@pytest.mark.parametrize(
    ("told", "before"),
    [
        (REPORTED, False),
        (REPORTED - timedelta(microseconds=1), True),
        (REPORTED.replace(microsecond=0), False),
        (REPORTED.replace(second=6, microsecond=0), True),
        (REPORTED.replace(second=8, microsecond=0), False),
        (REPORTED.replace(microsecond=411_000), True),
    ],
)
def test_a_moment_in_whole_seconds_stands_for_its_second(told, before):
    assert precedes(told, REPORTED) is before
