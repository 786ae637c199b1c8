"""What can go wrong in the engine, beside the domain's refusals. `code` is stable; the api maps it."""


class Conflict(Exception):
    """The stream is not at the version the caller has seen. Nothing was changed: read and decide again."""

    code = "version.stale"

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class KeyReused(Exception):
    """The idempotency key was used before, with another body."""

    code = "idempotency.reused"

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} was used with another body")
        self.key = key


class TooFarAhead(ValueError):
    """The command says it happened later than the clock allows (`by_seconds` ahead of now)."""

    code = "moment.in-the-future"

    def __init__(self, by_seconds: float, allowed_seconds: float) -> None:
        super().__init__(
            f"occurred_at is {by_seconds:.0f} s ahead of now; at most {allowed_seconds:.0f} s are allowed"
        )
        self.by_seconds = by_seconds
        self.allowed_seconds = allowed_seconds


class UnknownFact(Exception):
    """The log holds a fact this program has no name for: it was written by a newer one."""

    code = "fact.unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"no fact is called {name!r}")
        self.name = name


class StoreUnavailable(Exception):
    """The store cannot be used now: disk full, database away, too many waiting.

    What was asked is not recorded, unless only the answer was lost: ask again with the same idempotency key.
    """

    code = "store.unavailable"


class StoreDamaged(StoreUnavailable):
    """A file of the store is torn or altered. It needs a restore; nothing was written to it."""

    code = "store.damaged"
