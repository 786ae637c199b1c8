"""What the operator may set about signing in; read once, from the environment (docs/settings.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


class BadSetting(ValueError):
    """A setting that cannot be meant; the text names it and says what it may be."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`token` is how long a bearer token holds. A browser's session ends when nothing was asked for `idle`,
    and `session` after signing in whatever was asked. `plain_http`: sessions over http from other machines
    too."""

    token: timedelta = timedelta(hours=1)
    idle: timedelta = timedelta(hours=2)
    session: timedelta = timedelta(hours=12)
    plain_http: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Rules":
        """BadSetting for a number that is none, or none that makes sense."""
        return cls(
            token=minutes(environment, "HUISHENG_TOKEN_MINUTES", cls().token),
            idle=minutes(environment, "HUISHENG_SESSION_IDLE_MINUTES", cls().idle),
            session=minutes(environment, "HUISHENG_SESSION_MINUTES", cls().session),
            plain_http=environment.get("HUISHENG_PLAIN_HTTP", "") == "1",
        )


def minutes(environment: Mapping[str, str], name: str, usual: timedelta) -> timedelta:
    """1 minute to 30 days."""
    given = environment.get(name, "")
    if not given:
        return usual
    if not given.isdecimal() or not 1 <= int(given[:9]) <= 43_200:
        raise BadSetting(f"{name}={given}: a whole number of minutes, from 1 to 43200")
    return timedelta(minutes=int(given))
