"""Personal values: sealed before they reach a disk, opened only for someone who may read them.

AES-256-GCM, one data key per subject (a person or a case; engine/keys.py). The associated data is
`stream|version|name|field|subject`: a box moved to another row, field or person does not open. Destroying a
subject's key makes everything said about the subject unreadable while the log stays as it is.
"""

import base64
import hmac
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.messages import Clear, Sealed
from engine.ids import new_id
from engine.keys import FORMAT, NONCE, KeyStore
from engine.nonces import nonces
from engine.terms import Terms, normal_address, normal_code, normal_phone

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O, U, so that a code can be read out on the telephone."""
CODE_LETTERS = 15
REDACTION = "complaint.field-redacted"
"""The fact that says what stands in another's place, in its field `text`."""
AHEAD = 100
"""Ids whose keys are made together."""


class KeyDestroyed(LookupError):
    """The subject's key was destroyed; nothing can be sealed about it any more."""


class Tampered(ValueError):
    """A sealed value does not belong where it stands: it was changed, or moved from another row."""


class Kept(Protocol):
    """A sealed value together with the place in the log it was sealed for."""

    @property
    def sealed(self) -> Sealed: ...
    @property
    def stream(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def field(self) -> str: ...


class Instead(Protocol):
    """What stands in the place of a redacted value: nothing, or a text sealed in line `version`."""

    @property
    def sealed(self) -> Sealed | None: ...
    @property
    def version(self) -> int: ...


class Redactions(Protocol):
    def instead(self, stream: str, line: int, field: str, /) -> Instead | None: ...
    def look(self) -> None:
        """Notice what was redacted till now."""


class NothingRedacted:
    def instead(self, stream: str, line: int, field: str, /) -> None: ...
    def look(self) -> None: ...


class Vault:
    """Seals, opens, and answers the questions that need a secret (who has this number, is it the same place).

    Safe to use from several threads and processes. Nothing it writes contains a clear value.
    """

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys
        self.forgetting: Redactions = NothingRedacted()
        """What stands in the place of values that were redacted (engine/forgetting.py)."""
        self._ready: dict[str, list[str]] = {}
        self._making = Lock()
        self._people = keys.secrets["people"]
        self.places = partial(place_key, keys.secrets["places"])
        """`place_key`, as another process can be given it."""
        self._codes, self._tracking = keys.secrets["tracking-codes"], keys.secrets["tracking-look-up"]
        self._terms = Terms(keys.secrets["search"])

    @classmethod
    def open(cls, data_dir: Path | str, *, make: bool = True, master: Path | None = None) -> Self:
        """The vault of a data directory, made if there is none (unless `make` is False); `master` is the file
        with the master key, if it is elsewhere.

        KeyStoreUnusable if its files are damaged, or missing though they may not be made."""
        return cls(KeyStore.open(Path(data_dir), make=make, master=master))

    def close(self) -> None:
        self._keys.close()

    # ------------------------------------------------------------------ seal and open

    def ensure_keys(self, subjects: Iterable[str]) -> None:
        """Make the keys that are missing, durably, in one transaction: before the events that use them."""
        self._keys.ensure(subjects)

    def new_id(self, prefix: str) -> str:
        """An id for something new that personal values will be sealed under. Its key is on the disk already:
        keys are made a hundred at a time, so that hardly any command waits for the key store's flush beside
        the log's. Ids that are never used leave a key behind that opens nothing."""
        with self._making:
            ready = self._ready.setdefault(prefix, [])
            if not ready:
                made = [new_id(prefix) for _ in range(AHEAD)]
                self._keys.ensure(made)
                ready += reversed(made)
            return ready.pop()

    def load_keys(self, subjects: Iterable[str]) -> None:
        """Bring many keys into memory at once, before opening many values."""
        self._keys.load(subjects)

    def destroy_key(self, subject: str) -> bool:
        """Make everything about the subject unreadable for ever; False if there was nothing to destroy."""
        self._terms.forget()
        return self._keys.destroy(subject)

    def knows(self, subject: str) -> bool:
        """Whether it has a key, or had one."""
        return self._keys.knows(subject)

    def destroyed(self, subjects: Iterable[str]) -> set[str]:
        """Those of the subjects whose key was destroyed."""
        return self._keys.destroyed(subjects)

    def rotate_keys(self, move: Callable[[int, int | None], None] = lambda done, of: None) -> int:
        """A new master key; no sealed value changes. Returns how many keys and secrets it wraps now."""
        return self._keys.rotate(move)

    def copy_keys(self, file: Path) -> None:
        """A copy of the key store, of no use without the master key. FileExistsError: it never overwrites."""
        self._keys.copy(file)

    def keys_counted(self) -> tuple[int, int]:
        """How many keys there are, and how many were destroyed."""
        return self._keys.count()

    def seal(self, clear: Clear, *, stream: str, version: int, name: str, field: str) -> Sealed:
        """Seal a value for the one place in the log named by the arguments.

        Makes the subject's key if it has none (one durable write). Whoever seals many calls `ensure_keys`
        first, which also notices what other processes destroyed. What is said about the case of an erased
        person is sealed under the case's own key; KeyDestroyed where that is no way out.
        """
        subject = clear.subject
        key = self._key_of(subject)
        if key is None and version > 1 and subject != stream:
            subject = stream
            key = self._key_of(subject)
        if key is None:
            raise KeyDestroyed(subject)
        nonce = nonces.draw()
        home = _home(stream, version, name, field, subject)
        body = key.encrypt(nonce, clear.text.encode("utf-8", "surrogatepass"), home)
        return Sealed(subject, base64.urlsafe_b64encode(FORMAT + nonce + body).decode())

    def _key_of(self, subject: str) -> AESGCM | None:
        key = self._keys.key(subject, sure=False)
        if key is None:
            self._keys.ensure([subject])
            key = self._keys.key(subject)
        return key

    def open_sealed(
        self, sealed: Sealed, *, stream: str, version: int, name: str, field: str, sure: bool = True
    ) -> str | None:
        """The clear value, or what was put in its place; None if the subject's key was destroyed or the value
        redacted. Tampered if it was sealed elsewhere.

        Whoever opens many for one answer is `sure` at the first: that notices what was destroyed till then.
        """
        instead = self.forgetting.instead(stream, version, field)
        if instead is not None and instead.version > version:
            if instead.sealed is None:
                return None
            return self.open_sealed(
                instead.sealed,
                stream=stream,
                version=instead.version,
                name=REDACTION,
                field="text",
                sure=sure,
            )
        key = self._keys.key(sealed.subject, sure=sure)
        if key is None:
            return None
        home = _home(stream, version, name, field, sealed.subject)
        try:
            box = base64.b64decode(sealed.box, altchars=b"-_", validate=True)
            if box[:1] != FORMAT:
                raise ValueError("not a sealed value")
            clear = key.decrypt(box[1 : 1 + NONCE], box[1 + NONCE :], home)
        except (InvalidTag, ValueError) as error:
            raise Tampered(f"{stream}@{version} {field}: sealed elsewhere, or changed") from error
        return clear.decode("utf-8", "surrogatepass")

    def open_kept(self, kept: Kept, *, sure: bool = True) -> str | None:
        """As `open_sealed`, for a value that carries its home with it."""
        return self.open_sealed(
            kept.sealed,
            stream=kept.stream,
            version=kept.version,
            name=kept.name,
            field=kept.field,
            sure=sure,
        )

    # ------------------------------------------------------------------ answers that need a secret

    def person_known(self, phone: str) -> str | None:
        """Whose number this is, if it is anybody's. Makes nobody (a dry run asks this)."""
        number = normal_phone(phone)
        return self._keys.person(self._look_up(number)) if number else None

    def person_for(self, phone: str) -> str:
        """The person with this number, or a new one (durable on return). No digit in it: someone new."""
        number = normal_phone(phone)
        if not number:
            return new_id("p")
        look_up = self._look_up(number)
        return self._keys.person(look_up) or self._keys.enter_person(look_up, new_id("p"))

    def enter_person(self, phone: str, person: str) -> str:
        """Say whose number this is, where ids are given elsewhere; durable on return. The person already
        known for it wins, and is returned."""
        number = normal_phone(phone)
        return self._keys.enter_person(self._look_up(number), person) if number else person

    def place_key(self, address: str) -> str:
        """The same for two spellings of one address; "" for none."""
        return self.places(address)

    def tracking_code(self, complaint: str) -> str:
        """The reporter's code of a complaint, for reading aloud: 75 bits only this key store can tell."""
        bits = int.from_bytes(hmac.digest(self._codes, complaint.encode(), "sha256"), "big")
        letters = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(CODE_LETTERS))
        return "-".join(letters[start : start + 5] for start in range(0, CODE_LETTERS, 5))

    def tracking_key(self, code: str) -> str:
        """What the log keeps of a code; the same however it is typed (case, dashes, O for 0). "" for none."""
        letters = normal_code(code)
        return hmac.digest(self._tracking, letters.encode(), "sha256").hex()[:32] if letters else ""

    def look_up(self, purpose: str, text: str) -> str:
        """What tells two spellings of one text alike, and nobody what it was: its HMAC under the secret of
        the purpose (`accounts`, `identities`)."""
        return hmac.digest(self._keys.secrets[purpose], text.encode("utf-8", "surrogatepass"), "sha256").hex()

    def token_secret(self) -> bytes:
        """What this deployment's tokens are signed with: 32 bytes no other deployment has."""
        return self._keys.secrets["tokens"]

    def tokens(self, text: str) -> set[int]:
        """The text's search terms (engine/terms.py) as keyed 64-bit signed integers."""
        return self._terms.tokens(text)

    def _look_up(self, number: str) -> bytes:
        return hmac.digest(self._people, number.encode(), "sha256")


def place_key(secret: bytes, address: str) -> str:
    place = normal_address(address)
    return hmac.digest(secret, place.encode(), "sha256").hex()[:32] if place else ""


def _home(stream: str, version: int, name: str, field: str, subject: str) -> bytes:
    if "|" in stream or "|" in name or "|" in field:
        raise ValueError("a stream, fact or field name may not contain |")
    return f"{stream}|{version}|{name}|{field}|{subject}".encode()
