"""Tokens that must not be believed: each way in that a library, or its user, once left open."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from api.demo_users import OPERATOR, USERS
from api.signing_in.tokens import BadToken, Tokens
from domain.messages import Actor
from domain.organisation import STREAM, RevokeGrant
from domain.people import Bar, Erase, Readmit, SignOut, stream_of
from domain.steps import Step
from engine.desk import Order
from tests.api.conftest import Office, as_user

NOW = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
SECRET, OTHER = b"k" * 32, b"o" * 32
DISPATCHER = USERS["dispatcher"].actor
HOUR = timedelta(hours=1)


def tokens(secret: bytes = SECRET, now: datetime = NOW) -> Tokens:
    return Tokens(secret, lambda: now, HOUR)


def claims(**changed: Any) -> dict[str, Any]:
    """Those of a good token, with some changed; None takes one away."""
    good = jwt.decode(tokens().mint(DISPATCHER), options={"verify_signature": False})
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(said: dict[str, Any], secret: Any = SECRET, algorithm: str = "HS256", **header: Any) -> str:
    return jwt.encode(said, secret, algorithm, headers={"typ": "at+jwt", **header})


def piece(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(algorithm: str) -> str:
    return f"{piece({'alg': algorithm, 'typ': 'at+jwt'})}.{piece(claims())}."


def confused() -> str:
    """Signed with RS256, by a key whose public half an attacker hopes to be the secret."""
    key = rsa.generate_private_key(65537, 2048)
    return signed(claims(), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "RS256")


def tampered(part: int) -> str:
    parts = tokens().mint(DISPATCHER).split(".")
    letter = parts[part][10]
    parts[part] = parts[part][:10] + ("A" if letter != "A" else "B") + parts[part][11:]
    return ".".join(parts)


def promoted() -> str:
    head, _, signature = tokens().mint(DISPATCHER).split(".")
    return ".".join((head, piece(claims(role="admin", scope="")), signature))


SECONDS = int(NOW.timestamp())
ATTACKS: dict[str, Callable[[], str]] = {
    "alg none": lambda: unsigned("none"),
    "alg None": lambda: unsigned("None"),
    "alg nOnE": lambda: unsigned("nOnE"),
    "no signature": lambda: tokens().mint(DISPATCHER).rpartition(".")[0] + ".",
    "RS256 for HS256": confused,
    "HS512": lambda: signed(claims(), SECRET * 2, "HS512"),
    "signed with nothing": lambda: signed(claims(), b"\0"),
    "another deployment's key": lambda: tokens(OTHER).mint(DISPATCHER),
    "another deployment's claims": lambda: signed(claims(), OTHER),
    "no exp": lambda: signed(claims(exp=None)),
    "no aud": lambda: signed(claims(aud=None)),
    "no iss": lambda: signed(claims(iss=None)),
    "no sub": lambda: signed(claims(sub=None)),
    "no iat": lambda: signed(claims(iat=None)),
    "no nbf": lambda: signed(claims(nbf=None)),
    "no jti": lambda: signed(claims(jti=None)),
    "no made": lambda: signed(claims(made=None)),
    "no role": lambda: signed(claims(role=None)),
    "exp is true": lambda: signed(claims(exp=True)),
    "exp is text": lambda: signed(claims(exp=str(SECONDS + 60))),
    "exp is endless": lambda: signed(claims(exp=1e300)),
    "made is negative": lambda: signed(claims(made=-1)),
    "role is a list": lambda: signed(claims(role=["dispatcher", "admin"])),
    "sub is a number": lambda: signed(claims(sub=7)),
    "sub is empty": lambda: signed(claims(sub="")),
    "typ JWT": lambda: signed(claims(), typ="JWT"),
    "typ id": lambda: signed(claims(), typ="id+jwt"),
    "no typ": lambda: jwt.encode(claims(), SECRET, "HS256", headers={"typ": None}),
    "of a flow": lambda: tokens().sign_flow({"state": "x"}, HOUR),
    "wrong aud": lambda: signed(claims(aud="urn:huisheng:elsewhere:api")),
    "two auds": lambda: signed(claims(aud=[tokens().audience, "urn:elsewhere"])),
    "wrong iss": lambda: signed(claims(iss="urn:huisheng:elsewhere")),
    "future nbf": lambda: signed(claims(nbf=SECONDS + 60)),
    "made tomorrow": lambda: signed(claims(made=(SECONDS + 86_400) * 1_000_000)),
    "expired": lambda: signed(claims(exp=SECONDS - 1)),
    "expires now": lambda: signed(claims(exp=SECONDS)),
    "header tampered": lambda: tampered(0),
    "body tampered": lambda: tampered(1),
    "signature tampered": lambda: tampered(2),
    "promoted": promoted,
    "kid is a path": lambda: signed(claims(), b"\0", kid="../../../../dev/null"),
    "kid is a query": lambda: signed(claims(), kid="x' UNION SELECT 'k"),
    "jku": lambda: signed(claims(), jku="https://evil.example/keys.json"),
    "x5u": lambda: signed(claims(), x5u="https://evil.example/cert.pem"),
    "jwk": lambda: signed(claims(), jwk={"kty": "oct", "k": piece("k")}),
    "crit": lambda: signed(claims(), crit=["exp"]),
    "not a token": lambda: "dispatcher",
    "nothing": lambda: "..",
    "very long": lambda: signed(claims(jti="x" * 5000)),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(attack: str):
    with pytest.raises(BadToken):
        tokens().read(ATTACKS[attack]())


def test_a_token_of_ours_says_who_acts_and_until_when():
    read = tokens().read(tokens().mint(DISPATCHER))
    assert (read.actor, read.made_at, read.until) == (DISPATCHER, NOW, NOW + HOUR)
    assert tokens(now=NOW + HOUR - timedelta(seconds=1)).read(tokens().mint(DISPATCHER)).actor == DISPATCHER


def test_public_halves_are_no_secrets():
    """PyJWT refuses a public key as an HMAC secret; ours is never one, and this stays so."""
    public = rsa.generate_private_key(65537, 2048).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(jwt.InvalidKeyError):
        jwt.encode(claims(), pem, "HS256")


# ------------------------------------------------------------------ over HTTP


@pytest.mark.parametrize("attack", ["alg none", "no exp", "typ JWT", "wrong aud", "kid is a path"])
def test_over_http_it_is_401_and_says_how_to_come_in(office: Office, attack: str):
    headers = {"Authorization": f"Bearer {ATTACKS[attack]()}"}
    answer = office.get("me", "", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token.refused")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic ZGVtbzpkZW1v", "Bearer", "Bearer  ", "bearer x y", "Token x"])
def test_another_kind_of_proof_is_refused(office: Office, header: str):
    assert office.get("me", "", headers={"Authorization": header}).status_code == 401


def about(office: Office, person: str, command: Any) -> None:
    office.engine.desk.do(Order((Step("person", stream_of(person), command),), OPERATOR))


def test_whoever_is_barred_is_out_at_his_next_request(office: Office):
    held = as_user(office.engine, "dispatcher")
    assert office.get("me", "", headers=held).status_code == 200
    about(office, "dispatcher", Bar("离职"))
    assert office.get("me", "", headers=held).status_code == 401
    assert office.get("me", "dispatcher").status_code == 401
    about(office, "dispatcher", Readmit("回来了"))
    assert office.get("me", "", headers=held).status_code == 401
    assert office.get("me", "dispatcher").status_code == 200


def test_signing_out_everywhere_ends_what_was_given_and_nothing_later(office: Office):
    held = as_user(office.engine, "dispatcher")
    about(office, "dispatcher", SignOut("手机丢了"))
    assert office.get("me", "", headers=held).status_code == 401
    assert office.get("me", "dispatcher").status_code == 200


def test_whoever_is_erased_is_out_for_good(office: Office):
    held = as_user(office.engine, "gridworker2")
    about(office, "gridworker2", Erase("本人要求"))
    assert office.get("me", "", headers=held).status_code == 401
    assert office.get("me", "gridworker2").status_code == 401


def test_a_role_that_was_taken_away_is_no_more(office: Office):
    held = as_user(office.engine, "gridworker2")
    (grant,) = office.engine.desk.stage().organisation.grants_of("gridworker2", office.clock())
    revoke = Step("organisation", STREAM, RevokeGrant(grant.id, "换岗"))
    office.engine.desk.do(Order((revoke,), OPERATOR))
    assert office.get("me", "", headers=held).status_code == 401


@pytest.fixture
def plain(office: Office) -> Iterator[Office]:
    from fastapi.testclient import TestClient

    from api.app import create_app

    with TestClient(create_app(office.engine), client=("127.0.0.1", 50000)) as http:
        yield Office(http, office.engine, office.clock)


def test_without_the_demo_its_users_are_nobody(plain: Office):
    assert plain.get("me", "dispatcher").status_code == 401
    assert plain.get("me", "admin").status_code == 401


def test_nobody_acts_in_a_role_he_does_not_hold(office: Office):
    mint = Tokens(office.engine.vault.token_secret(), office.clock, HOUR).mint
    for actor in (
        Actor("dispatcher", "admin", ""), Actor("dispatcher", "dispatcher", "demo"),
        Actor("resident", "resident", ""), Actor("nobody", "resident", "demo/north/sl/grid-01"),
        Actor("engine", "engine", ""),
    ):  # fmt: skip
        answer = office.get("me", "", headers={"Authorization": f"Bearer {mint(actor)}"})
        assert answer.status_code == 401, actor


def test_a_token_of_another_store_is_refused(office: Office, tmp_path: Path):
    from engine.vault import Vault

    vault = Vault.open(tmp_path / "other")
    token = Tokens(vault.token_secret(), office.clock, HOUR).mint(DISPATCHER)
    vault.close()
    assert office.get("me", "", headers={"Authorization": f"Bearer {token}"}).status_code == 401
