"""A place for a log in either database, and a desk at it."""

import pytest

from tests.engine.counting import opened


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request, tmp_path):
    """(directory, database) to open desks at."""
    database = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return tmp_path, database


@pytest.fixture
def desk(place):
    with opened(*place) as desk:
        yield desk
