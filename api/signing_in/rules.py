"""What the operator may set about signing in; read once, from the environment (docs/settings.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit


class BadSetting(ValueError):
    """A setting that cannot be meant; the text names it and says what it may be."""


@dataclass(frozen=True, slots=True)
class IssuerRules:
    """`issuer` is its address, as it writes it itself. Bearer tokens are taken for `audience` only, and not
    at all without one. `role_claim` names a claim that says which of his roles somebody wants; it gives
    none."""

    issuer: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    audience: str = ""
    role_claim: str = ""
    name: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "IssuerRules | None":
        given = {name: environment.get(f"HUISHENG_OIDC_{name.upper()}", "") for name in ISSUER}
        if not given["issuer"]:
            return None
        if not private(given["issuer"], given["issuer"]):
            raise BadSetting(f"HUISHENG_OIDC_ISSUER={given['issuer']}: an https address")
        if given["audience"] and given["audience"] == given["client_id"]:
            raise BadSetting("HUISHENG_OIDC_AUDIENCE: another than the client id, or every id token is a key")
        return cls(**given)


ISSUER = ("issuer", "client_id", "client_secret", "audience", "role_claim", "name")


def private(address: str, issuer: str) -> bool:
    """Whether the address is https; http only on this machine, where the issuer itself is."""
    asked, ours = urlsplit(address), urlsplit(issuer)
    if asked.scheme == "https":
        return bool(asked.hostname)
    here = asked.hostname in ("127.0.0.1", "::1", "localhost")
    return asked.scheme == "http" and here and ours.scheme == "http" and asked.netloc == ours.netloc


@dataclass(frozen=True, slots=True)
class Rules:
    """`token` is how long a bearer token holds. A browser's session ends when nothing was asked for `idle`,
    and `session` after signing in whatever was asked. `plain_http`: sessions over http from other machines
    too."""

    token: timedelta = timedelta(hours=1)
    idle: timedelta = timedelta(hours=2)
    session: timedelta = timedelta(hours=12)
    plain_http: bool = False
    issuer: IssuerRules | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Rules":
        """BadSetting for a number that is none, or none that makes sense."""
        return cls(
            token=minutes(environment, "HUISHENG_TOKEN_MINUTES", cls().token),
            idle=minutes(environment, "HUISHENG_SESSION_IDLE_MINUTES", cls().idle),
            session=minutes(environment, "HUISHENG_SESSION_MINUTES", cls().session),
            plain_http=environment.get("HUISHENG_PLAIN_HTTP", "") == "1",
            issuer=IssuerRules.of(environment),
        )


def minutes(environment: Mapping[str, str], name: str, usual: timedelta) -> timedelta:
    """1 minute to 30 days."""
    given = environment.get(name, "")
    if not given:
        return usual
    if not given.isdecimal() or not 1 <= int(given[:9]) <= 43_200:
        raise BadSetting(f"{name}={given}: a whole number of minutes, from 1 to 43200")
    return timedelta(minutes=int(given))
