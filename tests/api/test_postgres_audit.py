"""What is proven, drawn and published, on PostgreSQL too: the same stories as on the embedded store."""

from collections.abc import Callable

import pytest

from tests.api import test_figure_packs as packs
from tests.api import test_publishing as figures
from tests.api import test_sampling as sampling
from tests.api import test_tlog as tlog
from tests.api.conftest import Office
from tests.api.test_postgres import office

__all__ = ["office"]

pytestmark = pytest.mark.postgres

STORIES: tuple[Callable[[Office], None], ...] = (
    sampling.test_a_week_is_framed_drawn_and_re_checked,
    sampling.test_a_case_that_closed_and_came_back_stays_in_its_weeks_frame,
    sampling.test_a_ticket_is_the_leaf_hash_of_the_entry_that_closed_the_case,
    sampling.test_the_value_stands_under_a_checkpoint_that_holds_the_frame,
    sampling.test_missed_draws_are_duties,
    figures.test_a_figure_is_published_with_all_it_takes_to_count_it_again,
    figures.test_everybody_reads_it_and_nobody_is_in_it,
    figures.test_what_was_said_stays_said_a_month_and_late_entries_later,
    figures.test_counted_again_at_once_it_is_the_same,
    packs.test_it_holds_the_publication_and_what_it_was_counted_from,
    tlog.test_whoever_reads_tiles_and_checkpoint_computes_the_tree,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.removeprefix("test_"))
def test_as_on_the_embedded_store(office: Office, story: Callable[[Office], None]) -> None:
    story(office)
