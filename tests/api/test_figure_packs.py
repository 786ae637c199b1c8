"""The proof pack of a published figure: what was counted, from which entries, under which checkpoint."""

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from api.bundles import packing
from api.bundles.judging import PackRefused, judge, unzipped
from engine.ledgerbook.leaf import leaf_row
from tests.api.conftest import Office
from tests.api.points.packs import Files, put, tampered, told
from tests.api.test_publishing import handled, publish


def packed(office: Office, many: int = 3) -> tuple[str, Files]:
    """(the figure, its pack)."""
    made = handled(office, many)
    office.case(made[0], "follow-up", office.visit(satisfaction="dissatisfied", solved="no"), "gridworker")
    office.caught_up()
    figure: str = publish(office, group_by=["grid"])["id"]
    return figure, pack(office, figure)


def pack(office: Office, figure: str, who: str = "street", **query: Any) -> Files:
    answer = office.get(f"audit/bundles/figure/{figure}", who, params=query)
    assert answer.status_code == 200, answer.text
    return unzipped(io.BytesIO(answer.content))


def test_it_holds_the_publication_and_what_it_was_counted_from(office: Office):
    figure, files = packed(office)
    found = judge(files)
    assert (found.about["kind"], found.about["id"]) == ("figure", figure)
    *others, last = found.entries
    assert (last.stream, last.name, last.version) == (figure, "figure.published", 1)
    assert len({entry.stream for entry in others}) == 3
    public = office.get(f"figures/{figure}", "").json()
    assert public["pack"] == f"/api/v1/audit/bundles/figure/{figure}"
    assert all(entry.position <= public["known_at"] for entry in others)
    body = json.loads(leaf_row(base64.b64decode(told(files)["events"][-1]["leaf"]))[5])
    (row,) = body["fact"]["rows"]
    assert body["fact"]["indicator"] == public["indicator"] and row["denominator"] == 3
    assert told(files)["grown"]["size"] == public["checkpoint"]["size"]


def test_every_altered_pack_is_refused(office: Office):
    _, files = packed(office)
    judge(files)
    held = []
    for name, altered in tampered(files, 20):
        try:
            judge(altered)
            held.append(name)
        except PackRefused:
            continue
    assert held == []


def no_growth(pack: dict[str, Any]) -> None:
    del pack["grown"]


def another_root(pack: dict[str, Any]) -> None:
    pack["grown"]["root"] = base64.b64encode(bytes(32)).decode()


def another_size(pack: dict[str, Any]) -> None:
    pack["grown"]["size"] += 1


def no_path(pack: dict[str, Any]) -> None:
    pack["grown"]["path"] = []


def a_step_more(pack: dict[str, Any]) -> None:
    pack["grown"]["path"].append(base64.b64encode(bytes(32)).decode())


def a_step_altered(pack: dict[str, Any]) -> None:
    pack["grown"]["path"][0] = base64.b64encode(bytes(32)).decode()


GROWN: tuple[Callable[[dict[str, Any]], None], ...] = (
    no_growth, another_root, another_size, no_path, a_step_more, a_step_altered,
)  # fmt: skip


@pytest.mark.parametrize("change", GROWN)
def test_the_checkpoint_it_names_must_have_grown_into_the_packs(
    office: Office, change: Callable[[dict[str, Any]], None]
):
    _, files = packed(office, 1)
    altered = told(files)
    change(altered)
    put(files, altered)
    with pytest.raises(PackRefused) as refused:
        judge(files)
    assert refused.value.code == "grown"


def test_only_who_may_count_all_of_it_gets_one(office: Office):
    figure, _ = packed(office, 1)
    for who, status in {
        "": 401, "resident": 403, "property": 403, "gridworker": 403, "elsewhere": 403, "street": 200,
        "admin": 200,
    }.items():  # fmt: skip
        assert office.get(f"audit/bundles/figure/{figure}", who).status_code == status, who
    assert office.get("audit/bundles/figure/fig-0", "street").status_code == 404


def test_of_more_entries_than_a_pack_holds_the_publication_stands_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    figure, _ = packed(office)
    monkeypatch.setattr("api.bundles.asking.MOST", 3)
    found = judge(pack(office, figure))
    assert [entry.name for entry in found.entries] == ["figure.published"]
    assert "包内 0 条" in found.about["title"]["zh"] and packing.MOST == 400
