"""What a password may be: long, and not among the first that are guessed. No rule about its characters.

NIST SP 800-63B, 5.1.1.2: length and a list of common ones; composition rules and forced changes make
passwords worse.
"""

from api.problems import Problem
from engine.terms import normal

LEAST, MOST = 10, 1024

COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "9876543210",
        "0987654321",
        "1111111111",
        "0000000000",
        "8888888888",
        "6666666666",
        "1234567891",
        "12345678910",
        "123456789a",
        "123456789q",
        "a123456789",
        "q123456789",
        "abc1234567",
        "abcd123456",
        "abcde12345",
        "1qaz2wsx3edc",
        "1q2w3e4r5t",
        "1q2w3e4r5t6y",
        "qwertyuiop",
        "qwerty1234",
        "qwerty12345",
        "qwerty123456",
        "asdfghjkl1",
        "asdfghjkl;",
        "zxcvbnm123",
        "password12",
        "password123",
        "password1234",
        "passw0rd123",
        "p@ssw0rd123",
        "p@ssword123",
        "administrator",
        "admin12345",
        "admin123456",
        "admin888888",
        "root123456",
        "letmein1234",
        "welcome123",
        "welcome1234",
        "iloveyou123",
        "woaini1314",
        "woaini5201314",
        "5201314520",
        "1314520520",
        "1314521521",
        "woaini123456",
        "qq123456789",
        "a1b2c3d4e5",
        "aa12345678",
        "aa123456789",
        "abc123456789",
        "huisheng123",
        "huisheng2026",
        "shequ123456",
        "wangge123456",
        "jiedao123456",
        "changeme123",
        "test123456",
        "guest123456",
    ]
)
"""A few that head every list of leaked passwords, and those an office would think of here."""


def must_be_good(password: str, login: str, *, demo: bool = False) -> None:
    """Problem 422 for a password that is too short, too long, too common, or the login itself. Users of the
    demo may keep theirs short."""
    if len(password) > MOST:
        raise Problem(422, "password.long", most=MOST)
    if demo and password:
        return
    if len(password) < LEAST:
        raise Problem(422, "password.short", least=LEAST)
    plain = normal(password)
    if plain in COMMON or len(set(plain)) <= 2 or plain in normal(login) or normal(login) * 2 in plain:
        raise Problem(422, "password.common")
