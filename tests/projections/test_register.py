"""What the register, the due book and the book of shares say of a case."""

import json
from typing import Any

import msgspec
import pytest

from domain.complaint import facts as f
from domain.messages import Sealed
from projections.case import Case, Kept
from projections.cases import CASES, Cases
from projections.cells import cell_id
from projections.folding import CHANGES
from tests.projections.adding import rows_of, tallied
from tests.projections.story import Story, at, folded, promise, sealed, µs


def row(story: Story) -> dict[str, Any]:
    found = CASES.rows(story.case())["cases"][0]
    return dict(found)


def due(story: Story) -> list[tuple[str, str, str]]:
    return [(each["clock"], each["unit"], each["kind"]) for each in CASES.rows(story.case())["due"]]


def test_the_row_of_a_whole_life() -> None:
    made = row(Story().whole())
    assert made["number"] == "HS261102-0001"
    assert (made["state"], made["round"], made["reopened"], made["lead"]) == ("closed", 1, 0, "heating-co")
    assert made["closed_at"] == µs("11-05 16:00")
    assert (made["satisfaction"], made["solved"], made["result"]) == ("satisfied", "yes", "solved")
    assert (made["resolve_by"], made["next_by"], made["next_clock"]) == (µs("11-09 18:00"), None, "")


def test_rows_have_every_column_in_the_order_of_the_table() -> None:
    told = Story().registered().dispatched(assisting=("property-co",))
    made = CASES.rows(told.tell(f.ComplaintSupported("p-2", None, None, None), "11-02 12:00").case())
    columns = {table.name: list(table.columns) for table in CASES.TABLES}
    for table, rows in made.items():
        assert rows and all(list(each) == columns[table] for each in rows)
    line = Story().registered().log[0]
    appended = CASES.marks(None, CASES.fold(None, line), line)
    for table in appended.keys() - {"tallies"}:
        named = rows_of(appended, table)
        assert named and all(list(each) == columns[table] for each in named)
    pairs = tallied(appended)
    assert pairs and all(len(key) == len(columns["tallies"]) - 2 for key, _ in pairs)


def test_the_number_has_the_local_day() -> None:
    line = Story().registered("11-03 07:00").log[0]  # 2 November 23:00 UTC
    assert CASES.fold(None, line).opening.number.startswith("HS261103-")
    assert Cases("UTC").fold(None, line).opening.number.startswith("HS261102-")


@pytest.mark.parametrize(
    ("story", "clocks"),
    [
        (Story().registered(), [("dispatch", "")]),
        (Story().registered().dispatched(), [("response", "heating-co"), ("resolution", "")]),
        (Story().registered().dispatched().responded(), [("resolution", "")]),
        (Story().registered().dispatched().declined("11-02 12:00"), [("resolution", "")]),
        (Story().registered().dispatched().responded().resolved(), [("follow_up", "")]),
        (Story().whole(), []),
        (Story().registered().withdrawn("11-02 12:00"), []),
        (Story().whole().reopened("11-08 09:00", dispatch_by="11-09 09:00"), [("dispatch", "")]),
    ],
)
def test_the_due_book_holds_what_runs(story: Story, clocks: list[tuple[str, str]]) -> None:
    assert due(story) == [(*clock, kind) for clock in clocks for kind in ("warn", "overdue")]


def test_what_the_watch_has_noticed_leaves_the_due_book() -> None:
    told = Story().registered().dispatched().responded()
    told.tell(f.ComplaintUrged(True, "resolution", "", None), "11-08 09:00")
    assert due(told) == [("resolution", "", "overdue")]
    told.tell(f.ResolutionOverdue(at("11-09 18:00")), "11-09 18:00")
    assert due(told) == []
    assert row(told)["next_by"] == µs("11-09 18:00")
    told.extended("11-09 18:00", "11-12 18:00")
    assert due(told) == [("resolution", "", "warn"), ("resolution", "", "overdue")]


def test_a_deadline_that_passed_unwarned_leaves_no_warning_behind() -> None:
    told = Story().registered().dispatched().responded()
    told.tell(f.ResolutionOverdue(at("11-09 18:00")), "11-09 18:00")
    assert due(told) == []


def test_who_reports_beside_the_first_has_a_row() -> None:
    told = Story().registered(reporter="p-1")
    assert CASES.rows(told.case())["supporters"] == []
    told.tell(f.ComplaintSupported("p-2", None, None, None), "11-02 12:00")
    told.tell(f.ComplaintJoined("c-2", ("p-1", "p-3")), "11-02 13:00")
    people = [each["person"] for each in CASES.rows(told.case())["supporters"]]
    assert people == ["p-2", "p-3"]
    told.tell(f.ComplaintParted("c-2", ("p-1", "p-3")), "11-02 14:00")
    assert len(CASES.rows(told.case())["supporters"]) == 1


def test_imported_cases_are_watched_from_their_adoption_on() -> None:
    told = Story().registered(record="import", dispatch_by=None).dispatched(judged=None)
    assert due(told) == [] and row(told)["living"] == 0 and row(told)["next_by"] is not None
    told.tell(f.ComplaintAdopted("Respond"), "11-03 09:00")
    assert ("resolution", "", "overdue") in due(told) and row(told)["living"] == 1


def test_an_undone_merge_brings_the_clocks_back() -> None:
    told = Story().registered().dispatched()
    told.tell(f.ComplaintMerged("c-2", sealed()), "11-03 09:00")
    assert due(told) == [] and row(told)["merged_into"] == "c-2"
    told.tell(f.MergeUndone("c-2", sealed()), "11-04 09:00")
    assert len(due(told)) == 4 and row(told)["state"] == "dispatched"


def test_shares_say_who_is_and_who_was_asked() -> None:
    told = Story().registered().dispatched(assisting=("property-co",)).declined("11-02 12:00")
    told.dispatched("11-02 14:00", lead="water-co").responded("11-02 15:00", "water-co")
    shares = {each["unit"]: each for each in CASES.rows(told.case())["tasks"]}
    assert {unit: (each["state"], each["current"]) for unit, each in shares.items()} == {
        "heating-co": ("declined", 0),
        "property-co": ("replaced", 0),
        "water-co": ("responded", 1),
    }
    assert shares["heating-co"]["left_at"] == µs("11-02 12:00") and shares["water-co"]["left_at"] is None
    assert row(told)["lead"] == "water-co" and row(told)["declines"] == 1


def test_assisting_units_are_listed() -> None:
    told = Story().registered().dispatched(assisting=("property-co", "water-co"))
    told.declined("11-02 12:00", "water-co", lead=False, count=0)
    assert json.loads(row(told)["assisting"]) == ["property-co"]
    assert row(told)["state"] == "dispatched"


def test_everybody_to_follow_up_is_known() -> None:
    told = Story().registered().tell(f.ComplaintSupported("p-2", None, None, None), "11-02 10:00")
    told.tell(f.ComplaintJoined("c-2", ("p-2", "p-3")), "11-02 11:00")
    assert json.loads(row(told)["reporters"]) == ["p-1", "p-2", "p-3"]
    told.tell(f.ComplaintParted("c-2", ("p-3",)), "11-02 12:00")
    assert json.loads(row(told)["reporters"]) == ["p-1", "p-2"]


def test_history_told_out_of_order_does_not_move_a_case_back() -> None:
    told = Story().registered(record="import", dispatch_by=None).dispatched(judged=None, respond_by=None)
    told.resolved("11-05 10:00", follow_up_by=None).tell(f.HistoricallyClosed(""), "11-05 10:00")
    told.dispatched("11-02 10:00").responded("11-02 11:00")
    made = row(told)
    assert (made["state"], made["next_by"]) == ("closed", None)
    shares = CASES.rows(told.case())["tasks"]
    assert [each["response_by"] for each in shares] == [µs("11-03 18:00")]
    assert shares[0]["responded_at"] == µs("11-02 11:00")


def test_the_soonest_clock_is_next() -> None:
    made = row(Story().registered().dispatched())
    assert (made["next_clock"], made["next_by"]) == ("response", µs("11-03 18:00"))
    assert made["response_by"] == µs("11-03 18:00") and made["dispatch_by"] == µs("11-02 15:00")


def test_a_deadline_derived_again_moves_its_clock() -> None:
    told = Story().registered().dispatched()
    later = promise("response", "11-02 10:00", "11-04 18:00")
    told.tell(
        f.DeadlineRederived("response", "heating-co", at("11-03 18:00"), later, sealed()), "11-02 12:00"
    )
    assert row(told)["response_by"] == µs("11-04 18:00")
    assert {each["at"] for each in CASES.rows(told.case())["due"] if each["kind"] == "overdue"} == {
        µs("11-04 18:00"),
        µs("11-09 18:00"),
    }


def test_sealed_values_keep_their_home() -> None:
    kept = Kept(Sealed("p-1", 'b"ox'), "c-1", 1, "complaint.registered", "text")
    assert Kept.of_json(kept.json) == kept
    made = row(Story("c-7").registered())
    assert Kept.of_json(made["text"]) == Kept(sealed("text"), "c-7", 1, "complaint.registered", "text")
    assert made["location"] is None


def test_a_state_survives_its_storage() -> None:
    told = Story().whole().reopened("11-08 09:00").dispatched("11-08 10:00", round=2)
    stored = msgspec.msgpack.encode(told.case())
    assert msgspec.msgpack.decode(stored, type=Case) == told.case()


def test_a_cell_has_the_same_number_everywhere() -> None:
    round = ("heating", "heating", "hotline", "reactive", "demo/north/sl/grid-01", "normal", "living")
    dims = (*round, "u", "u", "whistle", "")
    assert cell_id(dims) == 5_658_874_210_845_978_754


def test_a_story_begins_with_its_registration_and_has_one() -> None:
    lines = Story().registered().dispatched().log
    with pytest.raises(ValueError, match="begins with"):
        folded(lines[1:])
    with pytest.raises(ValueError, match="twice"):
        folded([lines[0], lines[0]])


def test_every_fact_is_folded() -> None:
    assert frozenset(f.Fact.__args__) == CASES.FACTS
    silent = {
        f.ComplaintRegistered,
        f.ComplaintSplit,
        f.JointSessionHeld,
        f.ProgressNoted,
        f.EvidenceAttached,
        f.ExtensionRequested,
        f.ExtensionRefused,
        f.PersonalDataRevealed,
        f.FieldRedacted,
    }
    assert set(CHANGES) == CASES.FACTS - silent
