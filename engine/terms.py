"""Spellings that mean the same: what is compared, looked up and searched, before it meets a secret.

Chinese, Japanese and Korean text is searched by pairs of neighbouring characters, everything else by whole
words; both after NFKC and case folding. A single Chinese character is no term of its own: it would say too
much about the text it stands in.
"""

import hmac
import re
import unicodedata
from itertools import pairwise

CJK = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
RUN = re.compile(rf"([{CJK}]+)|((?:(?![{CJK}_])\w)+)")
REMEMBERED = 200_000
"""Terms whose token is remembered in memory; then the memory starts anew."""


def normal(text: str) -> str:
    """Compatibility forms made equal, case folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def terms(text: str) -> set[str]:
    """The searchable terms of a text."""
    found: set[str] = set()
    for run in RUN.finditer(normal(text)):
        characters, word = run.groups()
        if word:
            found.add(word)
        else:
            found.update(map("".join, pairwise(characters)))
    return found


def normal_phone(phone: str) -> str:
    """Digits only, without China's country code; "" if there is no digit in it."""
    spelled = unicodedata.normalize("NFKC", phone).strip()
    digits = "".join(str(int(c)) for c in spelled if c.isdecimal())
    if spelled.startswith("+86"):
        return digits[2:]
    if digits.startswith("0086"):
        return digits[4:]
    if len(digits) == 13 and digits.startswith("861"):
        return digits[2:]
    return digits


def normal_address(address: str) -> str:
    """Letters and digits only: spaces and punctuation differ from writer to writer."""
    return "".join(c for c in normal(address) if c.isalnum())


def normal_code(code: str) -> str:
    """A tracking code as it was made, however it was typed: O is 0, I and L are 1."""
    letters = unicodedata.normalize("NFKC", code).upper().translate(str.maketrans("OIL", "011"))
    return "".join(c for c in letters if c.isalnum())


class Terms:
    """Terms to tokens, under a secret; the tokens of frequent terms are remembered."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._known: dict[str, int] = {}

    def tokens(self, text: str) -> set[int]:
        return {self._token(term) for term in terms(text)}

    def forget(self) -> None:
        """Start the memory of terms anew: a readable word may stand in it."""
        self._known = {}

    def _token(self, term: str) -> int:
        known = self._known.get(term)
        if known is None:
            tag = hmac.digest(self._secret, term.encode("utf-8", "surrogatepass"), "sha256")
            known = int.from_bytes(tag[:8], "big", signed=True)
            if len(self._known) >= REMEMBERED:
                self._known = {}
            self._known[term] = known
        return known
