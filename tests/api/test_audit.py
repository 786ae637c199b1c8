"""The audit trail over HTTP: what a stranger, a reporter and the panel get, and what it is worth to them."""

import base64
import time
from collections.abc import Iterator

import pytest

from engine.ledgerbook import tree
from engine.ledgerbook.checkpoints import Checkpoint, Receipt, opened, path_of
from engine.ledgerbook.notes import COSIGNED, Note, Signer, Verifier
from tests.api.conftest import Office
from tests.engine.ledgerbook.growing import leaf_hashes, mth

CHECKPOINTS = "audit/checkpoints"


@pytest.fixture
def watched(office: Office) -> Iterator[Office]:
    """With one case, and a checkpoint over it."""
    office.registered()
    office.engine.trail.catch_up()
    yield office


def keys(office: Office) -> list[Verifier]:
    return [Verifier.read(line) for line in office.get("audit/key", "").text.splitlines()]


def latest(office: Office) -> Checkpoint:
    answer = office.get(f"{CHECKPOINTS}/latest", "")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return opened(Note.read(answer.text), keys(office))


def receipt(office: Office, position: int) -> str:
    answer = office.get(f"audit/proofs/inclusion?position={position}")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_a_stranger_gets_the_checkpoint_and_its_key(watched: Office) -> None:
    found = latest(watched)
    rows = watched.engine.log.rows(0, 100_000)
    assert found.size == len(rows)
    assert found.root == mth(leaf_hashes(rows))
    listed = watched.get(CHECKPOINTS, "").json()
    assert listed["items"][0]["size"] == found.size
    assert watched.get(listed["items"][0]["link"], "").text == watched.get(f"{CHECKPOINTS}/latest", "").text
    assert watched.get(f"{CHECKPOINTS}/999999", "").status_code == 404
    assert watched.get(f"{CHECKPOINTS}?next=x", "").status_code == 422


def test_a_fresh_store_has_a_checkpoint_too(office: Office) -> None:
    assert office.get(f"{CHECKPOINTS}/latest", "").status_code == 200


def test_the_receipt_of_what_was_just_recorded_comes_within_seconds(watched: Office) -> None:
    case = watched.registered()
    told = watched.get(f"complaints/{case}/history").json()["items"]
    assert told[0]["receipt"] == f"/api/v1/audit/proofs/inclusion?position={told[0]['position']}"
    answer = watched.get(told[0]["receipt"])
    assert answer.status_code == 200 and len(answer.content) <= 2_048
    row = watched.engine.log.rows(told[0]["position"] - 1, 1)[0]
    found = Receipt.read(answer.text).verify(leaf_hashes([row])[0], keys(watched))
    assert found.size > 0


def test_a_receipt_is_checked_for_whoever_holds_it(watched: Office) -> None:
    held = receipt(watched, 3)
    good = watched.post("receipts/check", {"receipt": held}, "").json()
    assert (good["valid"], good["position"], good["reason"]) == (True, 3, "receipt.valid")
    assert good["size"] == latest(watched).size and "第 3 号记录" in good["sentence"]
    english = watched.post("receipts/check?lang=en", {"receipt": held.strip()}, "").json()
    assert english["valid"] and "position 3" in english["sentence"]

    for altered, reason in (
        (held.replace("index 2", "index 3"), "receipt.broken"),
        (held.replace("index 2", "index 99999"), "receipt.unknown-entry"),
        (held.replace("tlog-proof@v1", "tlog-proof@v2"), "receipt.malformed"),
        (held.replace(f"\n{latest(watched).size}\n", "\n9\n"), "receipt.malformed"),
        ("hello", "receipt.malformed"),
    ):
        bad = watched.post("receipts/check", {"receipt": altered}, "").json()
        assert (bad["valid"], bad["reason"]) == (False, reason)
        assert "position" not in bad and bad["sentence"]


def test_a_receipt_of_a_row_altered_since_does_not_hold(watched: Office) -> None:
    held = receipt(watched, 3)
    with watched.engine.log.recorder.writing() as writing:
        writing._execute("UPDATE log SET recorded_at = recorded_at + 1 WHERE position = 3")  # type: ignore[attr-defined]
    assert watched.post("receipts/check", {"receipt": held}, "").json()["reason"] == "receipt.broken"


def test_proofs_are_refused_where_there_is_nothing_to_prove(watched: Office) -> None:
    size = latest(watched).size
    assert watched.get("audit/proofs/inclusion?position=1", "").status_code == 401
    assert watched.get("audit/proofs/inclusion?position=999999").status_code == 404
    assert watched.get(f"audit/proofs/inclusion?position=1&size={size + 7}").status_code == 404
    assert watched.get("audit/proofs/inclusion?position=0").status_code == 422
    assert watched.get(f"audit/proofs/consistency?from=2&to={size + 9_999}").status_code == 422
    assert watched.get("audit/proofs/consistency?from=5&to=2").json()["code"] == "audit.sizes"


def test_a_panel_computes_the_tree_again(watched: Office) -> None:
    watched.registered()
    watched.engine.trail.catch_up()
    leaves, after = [], 0
    while True:
        answer = watched.get(f"audit/log?after={after}&limit=7", "panel").json()
        leaves += answer["items"]
        if answer["next"] is None:
            break
        after = int(answer["next"])
    assert [leaf["index"] for leaf in leaves] == list(range(len(leaves)))
    hashes = [tree.leaf_hash(base64.b64decode(leaf["leaf"])) for leaf in leaves]
    assert mth(hashes) == latest(watched).root
    for who, status in (("analyst", 200), ("admin", 200), ("dispatcher", 403), ("resident", 403)):
        assert watched.get("audit/log", who).status_code == status, who
    assert watched.get("audit/log", "").status_code == 401


def test_two_checkpoints_are_consistent(watched: Office) -> None:
    old = latest(watched)
    watched.registered()
    watched.engine.trail.catch_up()
    new = latest(watched)
    answer = watched.get(f"audit/proofs/consistency?from={old.size}&to={new.size}", "panel").json()
    assert (answer["from"], answer["to"]) == (old.size, new.size)
    tree.verify_consistency(old.size, new.size, path_of(answer["path"]), old.root, new.root)
    public = watched.get(f"{CHECKPOINTS}/{new.size}/consistency?from={old.size}", "").json()
    assert public == answer


def test_a_known_witness_hands_its_line_in(watched: Office) -> None:
    witness = Signer("panel.example/w", COSIGNED, b"w" * 32)
    at = latest(watched).size
    note = Note.read(watched.get(f"{CHECKPOINTS}/{at}", "").text)
    body = {"lines": [str(witness.sign(note.text, 1_763_000_000))]}
    path = f"{CHECKPOINTS}/{at}/cosignatures"
    stranger = watched.post(path, body, "")
    assert (stranger.status_code, stranger.json()["code"]) == (422, "audit.cosignature")
    watched.engine.trail.keys.path.with_name("audit.witnesses").write_text(f"{witness.verifier}\n")
    answer = watched.post(path, body, "")
    assert answer.status_code == 200 and answer.text.count("\n— ") == 2
    assert watched.get(CHECKPOINTS, "").json()["items"][0]["witnesses"] == ["panel.example/w"]
    assert watched.post(f"{CHECKPOINTS}/{at + 999}/cosignatures", body, "").status_code == 404
    assert watched.post(path, {"lines": ["no line"]}, "").status_code == 422


def test_readiness_tells_when_nothing_is_signed(watched: Office) -> None:
    told = watched.get("/readyz", "").json()["health"]["audit"]
    assert told["refused"] is None and told["signed"] == told["size"]


def test_a_trail_that_does_not_hold_together_proves_nothing(watched: Office) -> None:
    size = latest(watched).size
    with watched.engine.log.recorder.writing() as writing:
        writing._execute("DELETE FROM audit_tiles")  # type: ignore[attr-defined]
    for path in ("audit/proofs/inclusion?position=3", f"audit/proofs/consistency?from=2&to={size}"):
        answer = watched.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "audit.refused")
    with watched.engine.log.recorder.writing() as writing:
        writing._execute("UPDATE audit_checkpoints SET root = zeroblob(32)")  # type: ignore[attr-defined]
    watched.registered()
    watched.engine.trail.ask()
    for _ in range(200):
        told = watched.get("/readyz", "").json()["health"]
        if told["audit"]["refused"]:
            break
        time.sleep(0.05)
    assert not told["ok"] and told["audit"]["refused"]["code"] == "audit.checkpoint"
