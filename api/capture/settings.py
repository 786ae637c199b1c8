"""What the operator may set about capturing without signal (docs/settings.md)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """`hours` a list taken along stays on the device; `clock_seconds` a device's clock may be off before the
    page says so; `settle_hours` until a capture that was refused is overdue."""

    hours: int = 12
    clock_seconds: int = 120
    settle_hours: int = 24

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Settings":
        """ValueError for what is no whole number from 1."""
        return cls(
            whole(environment, "HUISHENG_CAPTURE_HOURS", cls().hours),
            whole(environment, "HUISHENG_CAPTURE_CLOCK_SECONDS", cls().clock_seconds),
            whole(environment, "HUISHENG_CAPTURE_SETTLE_HOURS", cls().settle_hours),
        )


def whole(environment: Mapping[str, str], name: str, default: int) -> int:
    given = environment.get(name, "").strip()
    if not given:
        return default
    if not given.isascii() or not given.isdigit() or int(given) < 1:
        raise ValueError(f"{name} is a whole number from 1, not {given!r}")
    return int(given)
