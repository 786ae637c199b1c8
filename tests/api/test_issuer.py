"""An outside issuer says who somebody is: by a bearer token, or by a browser sent there and back."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.demo_users import OPERATOR
from api.signing_in.issuers import Issuer, Untrusted
from api.signing_in.rules import BadSetting, IssuerRules, Rules
from domain.people import LinkIdentity, SignOut, stream_of
from domain.steps import Step
from engine.desk import Order
from tests.api.conftest import Office
from tests.api.issuer import AUDIENCE, CLIENT, Signer, issuing


@pytest.fixture
def signer(office: Office) -> Iterator[Signer]:
    with issuing(lambda: office.clock.now) as found:
        yield found


@pytest.fixture
def outside(office: Office, signer: Signer) -> Iterator[Office]:
    """The office that trusts the issuer, with zhang-san known as the dispatcher."""
    rules = Rules(issuer=IssuerRules(signer.address, CLIENT, "", AUDIENCE))
    accounts = office.engine.accounts
    key = accounts.subject_key(signer.address, "zhang-san")
    link = Step("person", stream_of("dispatcher"), LinkIdentity(signer.address, key))
    office.engine.desk.do(Order((link,), OPERATOR))
    accounts.link(signer.address, key, "dispatcher")
    # An issuer says when in whole seconds; what ended in the same second may have ended after it.
    office.clock.later(seconds=2)
    app = create_app(office.engine, demo=True, rules=rules)
    with TestClient(app, client=("127.0.0.1", 50000), follow_redirects=False) as http:
        yield Office(http, office.engine, office.clock)


def me(office: Office, token: str) -> int:
    return int(office.get("me", "", headers={"Authorization": f"Bearer {token}"}).status_code)


@pytest.mark.parametrize("kid", ["rsa", "ec", "ed"])
def test_its_token_is_taken(outside: Office, signer: Signer, kid: str):
    answer = outside.get("me", "", headers={"Authorization": f"Bearer {signer.token(kid)}"})
    assert (answer.json()["person"], answer.json()["role"]) == ("dispatcher", "dispatcher")


def test_nothing_is_fetched_before_somebody_comes_and_keys_are_kept(outside: Office, signer: Signer):
    assert outside.get("/healthz", "").status_code == 200 and signer.asked == []
    for _ in range(3):
        assert me(outside, signer.token()) == 200
    assert signer.asked == ["about", "keys"]
    for _ in range(3):
        assert me(outside, signer.token(header={"kid": "unheard-of"})) == 401
    assert signer.asked == ["about", "keys"], "an unknown key has the set fetched again once in 30 s at most"


def attacks(signer: Signer) -> dict[str, str]:
    now = int(signer.clock().timestamp())
    claims = signer.claims(AUDIENCE)
    return {
        "alg none": jwt.encode(claims, "", "none", headers={"kid": "rsa"}),
        "HS256 with a name of RSA": jwt.encode(claims, "secret" * 8, "HS256", headers={"kid": "rsa"}),
        "HS256 with the shared key": jwt.encode(claims, "secret", "HS256", headers={"kid": "shared"}),
        "no kid": signer.token(header={"kid": ""}),
        "kid of another key": signer.token(header={"kid": "ec"}),
        "kid is a path": signer.token(header={"kid": "../../keys"}),
        "a small key": signer.token("small"),
        "crit": signer.token(header={"crit": ["x"], "x": 1}),
        "jku": signer.token(header={"kid": "mine", "jku": f"{signer.address}/keys"}),
        "wrong aud": signer.token(audience="elsewhere"),
        "an id token": signer.token(audience=CLIENT),
        "wrong iss": signer.token(iss="https://elsewhere.example"),
        "no exp": signer.token(exp=None),
        "no iat": signer.token(iat=None),
        "no sub": signer.token(sub=None),
        "no aud": signer.token(aud=None),
        "expired": signer.token(exp=now - 120),
        "future nbf": signer.token(nbf=now + 120),
        "from tomorrow": signer.token(iat=now + 86_400, exp=now + 90_000),
        "exp is true": signer.token(exp=True),
        "somebody unknown": signer.token(sub="li-si"),
        "tampered": signer.token()[:-6] + "AAAAAA",
    }


def test_whatever_does_not_hold_is_refused(outside: Office, signer: Signer):
    for attack, token in attacks(signer).items():
        assert me(outside, token) == 401, attack


def test_signing_out_here_ends_its_tokens_too(outside: Office, signer: Signer):
    token = signer.token()
    assert me(outside, token) == 200
    outside.clock.later(seconds=2)
    step = Step("person", stream_of("dispatcher"), SignOut("手机丢了"))
    outside.engine.desk.do(Order((step,), OPERATOR))
    assert me(outside, token) == 401
    outside.clock.later(seconds=2)
    assert me(outside, signer.token()) == 200


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": "http://elsewhere.example/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": "http://169.254.169.254/token"},
        {"authorization_endpoint": None},
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_not_believed(
    outside: Office, signer: Signer, about: dict[str, Any]
):
    signer.about = about
    assert me(outside, signer.token()) == 401
    assert "keys" not in signer.asked


def test_no_redirect_is_followed(outside: Office, signer: Signer):
    signer.redirect = f"{signer.address}/keys"
    assert me(outside, signer.token()) == 401
    assert signer.asked == ["about"]


# ------------------------------------------------------------------ browsers


def there_and_back(office: Office) -> Any:
    """A browser goes to the issuer, and comes back."""
    sent = office.http.get("/login/issuer", params={"next": "/complaints"})
    assert sent.status_code == 303, sent.text
    returned = httpx.get(sent.headers["location"], follow_redirects=False).headers["location"]
    return office.http.get(returned[returned.index("/login/") :])


def test_a_browser_comes_back_signed_in(outside: Office):
    assert "/login/issuer" in outside.get("/login", "").text
    answer = there_and_back(outside)
    assert (answer.status_code, answer.headers["location"]) == (303, "/complaints")
    assert outside.get("me", "").json()["person"] == "dispatcher"


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"}, {"nonce": None}, {"aud": "elsewhere"}, {"iss": "https://elsewhere.example"},
        {"exp": 1}, {"sub": "li-si"}, {"aud": [CLIENT, "x"], "azp": "x"},
    ],
)  # fmt: skip
def test_a_browser_that_brings_a_lie_stays_out(outside: Office, signer: Signer, lie: dict[str, Any]):
    signer.lie = lie
    answer = there_and_back(outside)
    assert answer.status_code == 403 and "外部登录没有成功" in answer.text
    assert outside.get("me", "").status_code == 401


def test_a_code_is_no_use_to_another_browser(outside: Office):
    """An attacker's code, sent to somebody else, would sign him in as the attacker."""
    sent = outside.http.get("/login/issuer")
    back = httpx.get(sent.headers["location"], follow_redirects=False).headers["location"]
    asked = parse_qs(urlsplit(back).query)
    other = TestClient(outside.http.app, client=("127.0.0.1", 5), follow_redirects=False)
    assert other.get("/login/issuer/back", params=asked).status_code == 403
    other.get("/login/issuer")
    assert other.get("/login/issuer/back", params=asked).status_code == 403
    wrong = outside.http.get("/login/issuer/back", params={"code": "a-code", "state": "guessed"})
    assert wrong.status_code == 403


def test_without_an_issuer_there_is_no_such_way(office: Office):
    assert office.get("/login/issuer", "").status_code == 404
    assert office.get("/login/issuer/back?code=x&state=y", "").status_code == 404


# ------------------------------------------------------------------ settings


def test_a_setting_that_cannot_be_meant_is_named():
    for wrong in (
        {"HUISHENG_OIDC_ISSUER": "http://elsewhere.example"},
        {"HUISHENG_OIDC_ISSUER": "ftp://x"},
        {
            "HUISHENG_OIDC_ISSUER": "https://x.example", "HUISHENG_OIDC_CLIENT_ID": "a",
            "HUISHENG_OIDC_AUDIENCE": "a",
        },
        {"HUISHENG_TOKEN_MINUTES": "0"}, {"HUISHENG_TOKEN_MINUTES": "an hour"},
    ):  # fmt: skip
        with pytest.raises(BadSetting, match=next(iter(wrong))[:13]):
            Rules.of(wrong)
    assert Rules.of({}) == Rules()


def test_an_issuer_that_is_not_there_is_no_fault_of_ours(office: Office):
    issuer = Issuer(IssuerRules("http://127.0.0.1:9", CLIENT), office.clock)
    with pytest.raises(Untrusted):
        asyncio.run(issuer.about())
