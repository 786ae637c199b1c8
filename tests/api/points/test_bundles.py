"""Proof packs: whole ones hold, altered ones do not, nobody gets one of what he may not know of."""

import base64
import io
import json
import re
from pathlib import Path

import pytest

from api.bundles import contents, packing
from api.bundles.judging import LARGEST, PackRefused, judge, receipt_name, unzipped
from api.bundles.paper import carried, page_of
from api.points.subjects import Points
from api.problems import Problem
from domain.messages import FACTS
from engine.ledgerbook.checkpoints import Receipt
from engine.ledgerbook.notes import Verifier
from tests.api.points.conftest import MINE, Desk
from tests.api.points.disputing import GROUNDS, WITNESS, disputed
from tests.api.points.packs import STRANGER, Files, tampered
from tests.engine.ledgerbook.growing import leaf_hashes

CLAIM = "audit/bundles/claim/{}"
GLOSSARY = Path(__file__).parents[3] / "docs" / "glossary.md"
NAMES = Path(contents.__file__).parent / "page" / "words.json"


def pack(desk: Desk, path: str, who: str = "resident") -> Files:
    answer = desk.get(path, who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip" and len(answer.content) <= LARGEST
    return unzipped(io.BytesIO(answer.content))


def test_the_pack_of_a_disputed_claim_tells_and_proves_all_of_it(desk: Desk):
    claim = disputed(desk)
    files = pack(desk, CLAIM.format(claim))
    found = judge(files)
    names = [entry.name for entry in found.entries]
    assert names[0] == "claim.filed" and "points.reversed" in names and "claim.ruled" in names
    assert [e.version for e in found.entries if e.stream == claim] == [1, 2, 3, 4, 5]
    assert WITNESS.name in found.signers and str(WITNESS.verifier) in found.keys
    told = json.loads(files["events.json"])
    ruled = next(event for event in told["events"] if event["name"] == "claim.ruled")
    assert "1" in ruled["sentence"]["zh"] and ruled["sentence"]["en"] != ruled["sentence"]["zh"]
    assert desk.get(CLAIM.format(claim), "resident").content == desk.get(CLAIM.format(claim), "panel").content


def test_its_receipts_are_what_other_verifiers_take(desk: Desk):
    """tlog-scales judges path and signature; Go and it judge ten thousands more in test_peers.py."""
    from tlog_scales import tlog
    from tlog_scales.signing import Vkey

    files = pack(desk, CLAIM.format(disputed(desk)))
    key = next(k for k in files["key.txt"].decode().split() if Verifier.read(k).kind == 1)
    rows = {row[0]: row for row in desk.engine.log.rows(0, 10_000)}
    for n, event in enumerate(json.loads(files["events.json"])["events"], 1):
        receipt = Receipt.read(files[receipt_name(n)])
        head = tlog.Checkpoint.from_text(files["checkpoint.txt"].decode())
        head.verify(Vkey.from_string(key))
        (leaf,) = leaf_hashes([rows[event["position"]]])
        size, root = receipt.note.text.split("\n")[1:3]
        proof = tlog.InclusionProof(receipt.index, int(size), list(receipt.path))
        proof.check(leaf, base64.b64decode(root))


def test_nothing_sealed_is_in_it(desk: Desk):
    claim = disputed(desk)
    answer = desk.get(CLAIM.format(claim), "panel")
    for word in (GROUNDS, "我只收到一次", "三次中能核实一次"):
        assert word.encode() not in answer.content
        assert json.dumps(word)[1:-1].encode() not in answer.content


def test_every_altered_pack_is_refused(desk: Desk):
    files = pack(desk, CLAIM.format(disputed(desk)))
    judge(files)
    held = []
    for name, altered in tampered(files, 40):
        try:
            judge(altered)
            held.append(name)
        except PackRefused:
            continue
    assert held == []


def test_a_key_from_elsewhere_counts_more_than_the_one_inside(desk: Desk):
    files = pack(desk, CLAIM.format(disputed(desk)))
    assert judge(files, str(desk.engine.trail.verifiers()[0]))
    with pytest.raises(PackRefused) as refused:
        judge(files, str(STRANGER.verifier))
    assert refused.value.code == "other-key"


def test_the_first_bad_entry_is_named(desk: Desk):
    files = pack(desk, CLAIM.format(disputed(desk)))
    told = json.loads(files["events.json"])
    told["events"][2]["leaf"] = told["events"][3]["leaf"]
    with pytest.raises(PackRefused) as refused:
        judge(files | {"events.json": json.dumps(told).encode()})
    assert refused.value.event == 3


def test_a_month_of_an_account_comes_with_its_neighbours(desk: Desk):
    disputed(desk)
    desk.until("2025-04-09")
    desk.claim(desk.filed("patrol"), "verify", {}, "gridworker")
    desk.engine.trail.catch_up()
    files = pack(desk, f"audit/bundles/account/{MINE}?month=2025-03")
    found = judge(files)
    assert [entry.version for entry in found.entries] == list(
        range(found.entries[0].version, found.entries[-1].version + 1)
    )
    edges = [event["edge"] for event in json.loads(files["events.json"])["events"]]
    assert edges[0] and edges[-1] and not any(edges[1:-1])
    assert desk.get(f"audit/bundles/account/{MINE}?month=2024-01", "resident").status_code == 404
    assert desk.get(f"audit/bundles/account/{MINE}?month=2025-13", "resident").status_code == 422
    assert desk.get(f"audit/bundles/account/{MINE}", "resident").status_code == 422


def test_a_case_has_one_too(desk: Desk):
    case = desk.registered()
    desk.handled(case)
    desk.engine.trail.catch_up()
    found = judge(pack(desk, f"audit/bundles/complaint/{case}", "dispatcher"))
    assert [entry.version for entry in found.entries] == [1, 2, 3, 4]
    assert desk.get(f"audit/bundles/complaint/{case}", "resident").status_code == 404
    assert desk.get(f"audit/bundles/complaint/{case}", "").status_code == 401


def test_of_what_just_happened_it_waits_for_the_checkpoint(desk: Desk):
    claim = desk.credited("mediation")
    assert len(judge(pack(desk, CLAIM.format(claim))).entries) >= 3


def test_whoever_may_not_know_of_a_claim_gets_none(desk: Desk):
    claim = disputed(desk)
    assert desk.get(CLAIM.format(claim), "property").status_code == 404
    assert desk.get(CLAIM.format("clm-0"), "panel").status_code == 404
    assert desk.get(CLAIM.format(claim) + "?size=999999", "panel").status_code == 404


def test_an_earlier_checkpoint_gives_the_same_bytes_later(desk: Desk):
    claim = disputed(desk)
    size = desk.engine.trail.book.last().size  # type: ignore[union-attr]
    before = desk.get(CLAIM.format(claim), "resident").content
    desk.registered()
    desk.engine.trail.catch_up()
    assert desk.get(f"{CLAIM.format(claim)}?size={size}", "resident").content == before
    assert desk.get(CLAIM.format(claim), "resident").content != before


def test_a_pack_that_would_be_too_large_is_refused(desk: Desk, monkeypatch):
    monkeypatch.setattr(packing, "MOST", 3)
    assert desk.get(CLAIM.format(disputed(desk)), "panel").json()["code"] == "audit.bundle-too-large"


def test_entries_anybody_chose_are_no_figure(desk: Desk):
    """A figure's pack holds its publication, a claim's its claim: what anybody picked together is refused."""
    disputed(desk)
    points = Points(desk.engine)
    lines = desk.engine.log.read(0, 30)[::3]
    chosen = contents.Contents("figure", "fig-1", {"zh": "公布的数字", "en": "A published figure"}, lines)
    told = packing.pack_of_lines(desk.engine, chosen, contents.teller(points))
    with pytest.raises(PackRefused):
        judge(unzipped(io.BytesIO(told)))
    with pytest.raises(Problem):
        packing.pack_of_lines(desk.engine, contents.Contents("figure", "f", {}, []), contents.teller(points))


def test_the_page_is_made_of_the_files_and_nothing_else(desk: Desk):
    files = pack(desk, CLAIM.format(disputed(desk)))
    page = files["index.html"]
    beside = {name: data for name, data in files.items() if name not in ("index.html", "README.txt")}
    assert page_of(files) == page == page_of(beside)
    assert carried(page) == beside
    assert not re.search(rb"(?:src|href)=[\"']?(?:http|//)", page)


def test_what_the_page_calls_a_fact_is_what_the_glossary_calls_it():
    named = json.loads(NAMES.read_text("utf-8"))["names"]
    glossary: dict[str, set[str]] = {}
    for line in GLOSSARY.read_text("utf-8").splitlines():
        for name in re.findall(r"`([a-z-]+\.[a-z-]+)`", line):
            glossary.setdefault(name, set()).add(line.split("|")[1].strip() if "|" in line else "")
    told = [
        name for name in FACTS if name.partition(".")[0] in ("complaint", "claim", "points", "redemption")
    ]
    assert [name for name in told if name not in named] == []
    assert [name for name, zh in named.items() if zh not in glossary.get(name, {zh})] == []


def test_the_page_of_verification(desk: Desk):
    disputed(desk)
    told = desk.get("/audit", "resident")
    assert told.status_code == 200 and WITNESS.name in told.text and "五句话" in told.text
    size = desk.engine.trail.book.last().size  # type: ignore[union-attr]
    assert "只增不改" in desk.get(f"/audit?from=3&to={size}", "resident").text
    english = desk.get(f"/audit?from=9&to={size + 1}&lang=en", "panel").text
    assert "nor the second than" in english
    assert "请填两个整数" in desk.get("/audit?from=-1&to=x&lang=zh", "panel").text
    assert desk.get("/audit", "").status_code in (200, 401)
