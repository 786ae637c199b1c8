"""Who is left out of a figure, by name, and who never is: follow-ups, rounds, cohorts, dimensions."""

from decimal import Decimal
from typing import Any

import pytest

from domain.complaint import facts as f
from projections.asking import Where
from tests.projections.counting import asked, counts, dispatched, handled
from tests.projections.story import Story, sealed

# ------------------------------------------------------------------ exclusions


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (f.ComplaintRejected("no_jurisdiction", None), "rejected"),
        (f.ComplaintWithdrawn(None), "withdrawn"),
        (f.ComplaintMerged("c-2", sealed()), "merged"),
    ],
)
def test_an_end_excludes_only_by_the_deadline(fact: Any, reason: str) -> None:
    by = dispatched().tell(fact, "11-09 18:00")
    after = dispatched().tell(fact, "11-09 18:01")
    assert counts(by, "on_time_closure_rate") == (0, 0, {reason: 1})
    assert counts(after, "on_time_closure_rate") == (0, 1, {})
    assert counts(after, "response_rate") == (0, 1, {})
    early = dispatched().tell(fact, "11-02 11:00")
    assert counts(early, "response_rate") == (0, 0, {reason: 1})
    assert counts(early, "dispatch_on_time_rate") == (0, 0, {reason: 1})


def test_an_undone_merge_puts_the_round_back() -> None:
    told = dispatched().tell(f.ComplaintMerged("c-2", sealed()), "11-03 09:00")
    told.tell(f.MergeUndone("c-2", sealed()), "11-12 09:00")
    assert counts(told, "on_time_closure_rate", as_of="2026-11-11") == (0, 0, {"merged": 1})
    assert counts(told, "on_time_closure_rate", as_of="2026-11-12") == (0, 1, {})


def test_a_round_without_a_deadline_is_shown_in_the_period_of_its_end() -> None:
    told = Story().registered(dispatch_by=None, record="import")
    told.dispatched(respond_by=None, resolve_by=None, judged=None)
    assert counts(told, "on_time_closure_rate", "") == (0, 0, {"no_deadline": 1})
    assert counts(told, "on_time_closure_rate", "2026-11") == (0, 0, {})
    told.resolved("12-05 10:00", follow_up_by=None)
    assert counts(told, "on_time_closure_rate", "2026-11") == (0, 0, {})
    assert counts(told, "on_time_closure_rate", "2026-12") == (0, 0, {"no_deadline": 1})
    assert counts(told, "response_rate", "2026-12") == (0, 0, {"no_deadline": 1})
    assert counts(told, "dispatch_on_time_rate") == (0, 0, {"historic": 1})
    assert counts(told, "follow_up_24h_rate", "2026-12") == (0, 0, {"historic": 1})


def test_a_historic_closing_is_never_satisfied() -> None:
    told = handled().resolved(follow_up_by=None).tell(f.HistoricallyClosed(""), "11-05 10:00")
    for indicator in ("satisfaction_rate", "solved_rate", "follow_up_24h_rate"):
        assert counts(told, indicator) == (0, 0, {"historic": 1})
    assert counts(told, "on_time_closure_rate") == (1, 1, {})


def test_nobody_to_ask_is_excluded_by_name() -> None:
    told = Story().registered(reporter="", origin="proactive").dispatched().responded().resolved()
    told.followed_up(satisfaction="", reporter="")
    assert counts(told, "satisfaction_rate") == (0, 0, {"no_reporter": 1})
    assert counts(told, "solved_rate") == (0, 0, {"no_reporter": 1})
    assert counts(told, "follow_up_24h_rate") == (1, 1, {})


def test_an_imported_answer_counts_although_who_gave_it_is_unknown() -> None:
    told = Story().registered(reporter="", record="import").dispatched().responded().resolved()
    told.followed_up(satisfaction="satisfied", reporter="", method="", measured=None)
    assert counts(told, "satisfaction_rate") == (1, 1, {})


def test_declined_within_the_limit_is_excluded_and_after_it_is_late() -> None:
    told = dispatched().declined("11-03 09:00")
    assert counts(told, "response_rate") == (0, 0, {"declined": 1})
    assert counts(dispatched().declined("11-03 18:01"), "response_rate") == (0, 1, {})


def test_each_dispatch_to_a_unit_counts_for_itself() -> None:
    told = Story().registered().dispatched(assisting=("property-co",))
    told.declined("11-02 12:00").dispatched("11-02 14:00", lead="water-co", respond_by="11-03 18:00")
    told.responded("11-02 15:00", "water-co")
    assert counts(told, "response_rate") == (1, 1, {"declined": 1, "replaced": 1})


def test_an_assisting_unit_answers_for_itself() -> None:
    told = Story().registered().dispatched(assisting=("property-co",)).responded()
    property_co = (Where("unit", "=", "property-co"),)
    assert counts(told, "response_rate", where=property_co) == (0, 1, {})
    assert counts(told, "response_rate", where=(Where("lead", "=", "heating-co"),)) == (1, 2, {})
    assert counts(told, "on_time_closure_rate", where=property_co) == (0, 0, {})


# ------------------------------------------------------------------ follow-up


def test_an_attempt_is_no_follow_up_and_stands_beside() -> None:
    told = handled().resolved("11-05 10:00").attempted("11-05 15:00").attempted("11-06 11:00")
    figure = asked(told, "follow_up_24h_rate")
    assert (figure.numerator, figure.denominator, figure.beside["attempts"]) == (0, 1, 1)


def test_reached_without_a_rating_is_a_follow_up_and_no_answer() -> None:
    told = handled().resolved().followed_up(satisfaction="no_answer", solved="")
    assert counts(told, "follow_up_24h_rate") == (1, 1, {})
    assert counts(told, "satisfaction_rate") == (0, 0, {"no_answer": 1})
    assert counts(told, "solved_rate") == (0, 0, {"no_answer": 1})


def test_partly_solved_is_shown_apart() -> None:
    figure = asked(handled().resolved().followed_up(solved="partly"), "solved_rate")
    assert (figure.numerator, figure.denominator, figure.beside["partly"]) == (0, 1, 1)


def test_unreached_has_its_own_count() -> None:
    told = handled().resolved().tell(f.ComplaintLeftUnreached("three_windows"), "11-09 10:00")
    assert counts(told, "satisfaction_rate") == (0, 0, {"unreached": 1})
    assert counts(told, "follow_up_24h_rate") == (0, 1, {})


def test_a_reading_out_of_range_does_not_pass() -> None:
    told = handled().resolved().followed_up(satisfaction="dissatisfied", solved="no", measured=False)
    assert counts(told, "measured_pass_rate") == (0, 1, {})
    assert counts(handled().resolved().followed_up(measured=None), "measured_pass_rate") == (0, 0, {})


def test_a_spot_check_counts_when_it_was_made() -> None:
    told = Story().whole().tell(f.SpotCheckRecorded("confirmed", (), (), sealed()), "12-03 10:00")
    assert counts(told, "spot_check_confirm_rate") == (0, 0, {})
    assert counts(told, "spot_check_confirm_rate", "2026-12") == (1, 1, {})


# ------------------------------------------------------------------ rounds


def test_a_later_reopening_never_rewrites_an_earlier_month() -> None:
    told = Story().whole().reopened("12-08 09:00", dispatch_by="12-08 17:00")
    told.dispatched("12-08 10:00", round=2, resolve_by="12-15 18:00", respond_by="12-09 18:00")
    assert counts(told, "on_time_closure_rate") == (1, 1, {})
    assert counts(told, "on_time_closure_rate", "2026-12") == (0, 1, {})
    assert counts(told, "reopen_rate") == (1, 1, {})
    assert counts(told, "reopen_rate", as_of="2026-12-07") == (0, 1, {})


def test_a_repetition_is_ripe_thirty_days_after_the_closing() -> None:
    told = Story().whole()
    assert counts(told, "repeat_rate", as_of="12-05 15:59") == (0, 0, {"not_due": 1})
    assert counts(told, "repeat_rate", as_of="12-05 16:00") == (0, 1, {})
    told.tell(f.RecurrenceSuspected("c-2", "place_key"), "11-20 10:00")
    assert counts(told, "repeat_rate", as_of="12-05 15:59") == (0, 0, {"not_due": 1})
    assert counts(told, "repeat_rate", as_of="12-05 16:00") == (1, 1, {})
    nowhere = Story().registered(place_key="").dispatched().responded().resolved().followed_up().closed()
    assert counts(nowhere, "repeat_rate") == (0, 0, {"place_not_comparable": 1})


def test_cohorts() -> None:
    told = handled().resolved("12-01 10:00").followed_up("12-01 12:00").closed("12-01 12:00")
    for cohort, november, december in (
        ("deadline", 1, 0),
        ("dispatched", 1, 0),
        ("resolved", 0, 1),
        ("closed", 0, 1),
    ):
        of = [
            asked(told, "on_time_closure_rate", month, cohort=cohort).denominator
            for month in ("2026-11", "2026-12")
        ]
        assert of == [november, december], cohort


# ------------------------------------------------------------------ dimensions


def test_reclassifying_moves_the_round_from_the_day_it_happened() -> None:
    told = handled().reclassified("11-04 09:00", "consultation")
    heating, consultation = ((Where("category", "=", name),) for name in ("heating", "consultation"))
    assert counts(told, "on_time_closure_rate", as_of="2026-11-03", where=heating)[2] == {"not_due": 1}
    assert counts(told, "on_time_closure_rate", where=heating) == (0, 0, {})
    assert counts(told, "on_time_closure_rate", where=consultation) == (0, 1, {})
    first = (Where("first_category", "=", "heating"),)
    assert counts(told, "on_time_closure_rate", where=first) == (0, 1, {})
    assert counts(told, "response_rate", where=consultation) == (1, 1, {})
    assert counts(told, "proactive_share", where=consultation) == (0, 1, {})


def test_year_on_year_compares_the_same_days() -> None:
    log: list[Any] = []
    for n, day in enumerate(("2025-11-30 23:00", "2025-12-01 01:00", "2026-11-02 09:00", "2026-11-03 09:00")):
        Story(f"c-{n}", log=log).registered(day, dispatch_by=None)
    told = Story("c-9", log=log)
    assert counts(told, "same_class_change") == (2, 1, {})


def test_the_fall_of_the_source_is_recomputed() -> None:
    """725 of the class in a winter, 158 in the next: −78.2 %."""
    log: list[Any] = []
    for n in range(725 + 157):
        day = "2025-11-20 09:00" if n < 725 else "2026-11-02 09:00"
        Story(f"c-{n}", log=log).registered(day, dispatch_by=None)
    told = Story("c-last", log=log).registered("2026-11-03 09:00", dispatch_by=None)
    now, before, _ = counts(told, "same_class_change")
    assert (now, before) == (158, 725)
    assert round(Decimal(100) * (now - before) / before, 1) == Decimal("-78.2")


def test_imported_history_counts_whether_adopted_or_not() -> None:
    told = Story().registered(record="import", dispatch_by=None).dispatched(judged=None).resolved()
    before = asked(told, "on_time_closure_rate")
    assert asked(told.tell(f.ComplaintAdopted("test"), "11-06 09:00"), "on_time_closure_rate") == before
    imported = (Where("origin_of_record", "=", "import"),)
    assert counts(told, "on_time_closure_rate", where=imported) == (1, 1, {})
