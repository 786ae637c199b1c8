"""A spot check redrawn from its pack alone: no store, no network. What does not fit is said."""

from collections.abc import Mapping
from typing import Any

from domain.sampling import Ticket
from domain.sampling.draw import drawn, frame_root, seed
from engine.ledgerbook.checkpoints import Checkpoint, opened
from engine.ledgerbook.notes import Note, NoteRefused, Verifier, encoded

FORMAT = "huisheng-spot-check-v1"


class NoPack(ValueError):
    """The file is no pack of a spot check."""


def redrawn(pack: Mapping[str, Any], keys: list[str]) -> dict[str, Any]:
    """What the pack should say: `root`, `seed`, `draw`, and `findings` where it says otherwise. `keys` are
    verifier keys (vkey) from elsewhere; without one no signature counts. NoPack."""
    try:
        if pack["format"] != FORMAT:
            raise NoPack(f"the format is {pack['format']!r}, not {FORMAT}")
        tickets = [Ticket(str(each["case"]), 0, str(each["ticket"])) for each in pack["frame"]]
        root = frame_root(str(pack["week"]), str(pack["place"]), tickets)
        many, value = int(pack["many"]), pack["value"]
        said = {"root": pack["root"], "seed": pack["seed"], "draw": pack["draw"]}
    except (KeyError, TypeError) as error:
        raise NoPack(f"the pack lacks or misplaces {error}") from error
    sown = None if value is None else seed(root, str(value))
    cases = [ticket.case for ticket in tickets]
    draw = [] if value is None else list(drawn(root, str(value), cases, many))
    found = {"root": root, "seed": sown, "draw": draw}
    findings = [
        f"{name} is not what the frame and the value give" for name in found if found[name] != said[name]
    ]
    if len(set(cases)) < len(cases):
        findings.append("a case stands twice in the frame")
    signatures = [held(pack, name, keys, findings) for name in ("checkpoint", "drawn_under") if name in pack]
    return {
        **found,
        "kind": pack.get("kind", ""),
        "label": pack.get("label", ""),
        "week": pack["week"],
        "place": pack["place"],
        "frame": len(tickets),
        "signature": signatures[0] if signatures else "none",
        "ok": not findings,
        "findings": findings,
    }


def held(pack: Mapping[str, Any], name: str, keys: list[str], findings: list[str]) -> str:
    """Whether the note of a checkpoint says what the pack says, and is signed by a key that was given."""
    told = pack[name]
    try:
        note = Note.read(told["note"])
        found = Checkpoint.read(note.text)
        if (found.size, encoded(found.root)) != (told["size"], told["root"]):
            findings.append(f"{name}: the note is of another tree")
        if not keys:
            return "not checked: no --key was given"
        opened(note, [Verifier.read(key) for key in keys])
    except (NoteRefused, KeyError, TypeError) as error:
        findings.append(f"{name}: {error}")
        return "refused"
    return "good"
