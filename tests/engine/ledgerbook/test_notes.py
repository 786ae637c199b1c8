"""Signed notes are those of the specification, read strictly: nothing that was not signed gets in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ledgerbook.checkpoints import Checkpoint, Receipt, opened
from engine.ledgerbook.notes import (
    COSIGNED,
    SIGNED,
    Note,
    NoteRefused,
    Signature,
    Signer,
    Verifier,
    signers_of,
)

SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann " + (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
"""As the documentation of golang.org/x/mod/sumdb/note has them."""

LOG = Signer("log.example", SIGNED, b"l" * 32)
WITNESS = Signer("witness.example/w1", COSIGNED, b"w" * 32)


def signed(text: str, *signers: Signer) -> Note:
    return Note(text, tuple(signer.sign(text, 1_679_315_147) for signer in signers))


def test_the_published_note() -> None:
    signer, verifier = Signer.read(SECRET), Verifier.read(VKEY)
    assert (signer.secret(), str(signer.verifier), str(verifier)) == (SECRET, VKEY, VKEY)
    assert str(signer.sign(TEXT)) == LINE
    note = Note.read(f"{TEXT}\n{LINE}\n")
    assert signers_of(note, [verifier]) == [verifier]
    assert str(note) == f"{TEXT}\n{LINE}\n"


def test_the_published_cosignature() -> None:
    """The example of C2SP tlog-cosignature: its signed message, by its own letters."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    line = WITNESS.sign(text, 1_679_315_147)
    assert int.from_bytes(line.blob[:8]) == 1_679_315_147 and len(line.blob) == 72
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(WITNESS.verifier.public).verify(
        line.blob[8:],
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    )


def test_a_wrong_line_of_a_known_key_spoils_the_note_and_a_strangers_does_not() -> None:
    stranger = Signer("log.example", SIGNED, b"x" * 32)
    note = signed("a\n", LOG, stranger, WITNESS)
    assert signers_of(note, [LOG.verifier, WITNESS.verifier]) == [LOG.verifier, WITNESS.verifier]
    with pytest.raises(NoteRefused, match="is wrong"):
        signers_of(Note("b\n", note.signatures), [LOG.verifier])
    with pytest.raises(NoteRefused, match="is wrong"):
        signers_of(Note("b\n", note.signatures), [WITNESS.verifier])
    later = Signature(WITNESS.name, note.signatures[2].id, bytes(8) + note.signatures[2].blob[8:])
    with pytest.raises(NoteRefused, match="is wrong"):
        signers_of(Note("a\n", (later,)), [WITNESS.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no signature\n",
        "text\n\n",
        "text\n\n— name AAAAAAAA",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n— name AAAA\n",
        "text\n\n— na+me AAAAAAAA\n",
        "text\n\n—  AAAAAAAA\n",
        "text\n\n— name AAAAAAA=\n— name !\n",
        "te\txt\n\n— name AAAAAAAA\n",
        "text\n\n— name AAAAAAB=\n",
        "text\n\n" + "— name AAAAAAAA\n" * 101,
        b"\xff\n\n\xe2\x80\x94 name AAAAAAAA\n",
        "\ud800\n\n— name AAAAAAAA\n",
    ],
)
def test_what_is_no_note(text: str | bytes) -> None:
    with pytest.raises(NoteRefused):
        Note.read(text)


@pytest.mark.parametrize(
    "vkey", ["", "a+b+c", VKEY[:-4], VKEY.replace("c74f", "c74e"), VKEY.replace("+ARpc", "+CRpc")]
)
def test_what_is_no_key(vkey: str) -> None:
    with pytest.raises(NoteRefused):
        Verifier.read(vkey)
    with pytest.raises(NoteRefused):
        Signer.read(f"PRIVATE+KEY+{vkey}")


@pytest.mark.parametrize(
    "text",
    [
        "log.example\n3\n",
        "log.example\n03\n" + "A" * 43 + "=\n",
        "log.example\n-3\n" + "A" * 43 + "=\n",
        "log.example\n3\nAAAA\n",
        "log.example\n3\n" + "A" * 43 + "=\n\nmore\n",
        "\n3\n" + "A" * 43 + "=\n",
        "log.example\n3\n" + "A" * 42 + "B=\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(NoteRefused):
        opened(signed(text, LOG), [LOG.verifier])


def test_a_checkpoint_is_the_logs_own() -> None:
    text = Checkpoint("log.example", 3, bytes(32)).text()
    assert opened(signed(text + "more\n", LOG), [LOG.verifier]).size == 3
    for signers in ((WITNESS,), (Signer("other.example", SIGNED, b"o" * 32),)):
        with pytest.raises(NoteRefused):
            opened(signed(text, *signers), [signer.verifier for signer in (LOG, *signers)])


@given(extra=st.binary(max_size=40), path=st.lists(st.binary(min_size=32, max_size=32), max_size=20),
       index=st.integers(0, 10**15))  # fmt: skip
def test_a_receipt_is_read_as_written(extra: bytes, path: list[bytes], index: int) -> None:
    text = Checkpoint("log.example", 10**15 + 1, bytes(32)).text()
    receipt = Receipt(index, tuple(path), signed(text, LOG, WITNESS), extra)
    assert Receipt.read(str(receipt)) == receipt
    assert Receipt.read(str(receipt).encode()) == receipt


def test_what_is_no_receipt() -> None:
    text = Checkpoint("log.example", 3, bytes(32)).text()
    whole = str(Receipt(1, (bytes(32), bytes(32)), signed(text, LOG)))
    step = "A" * 43 + "="
    for altered in (
        whole.replace("@v1", "@v2"),
        whole.replace("index 1", "index 01"),
        whole.replace("index 1", "index +1"),
        whole.replace("index 1\n", ""),
        whole.replace("index 1", "extra !\nindex 1"),
        whole.replace(step, "A" * 42 + "B=", 1),  # spare bits
        whole.replace(step, "AAAA", 1),
        whole.replace("\n\n", "\n"),
        whole.replace(f"{step}\n{step}\n\n", f"{step}\n" * 64 + "\n"),
        "",
    ):
        with pytest.raises(NoteRefused):
            Receipt.read(altered).verify(bytes(32), [LOG.verifier])
    with pytest.raises(NoteRefused):
        Receipt.read(b"\xff")
