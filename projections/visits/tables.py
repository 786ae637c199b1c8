"""The tables of visit rounds. Whoever counts as of another day, or as known on it, reads the attempts."""

from projections.views import Table

ROUNDS = Table(
    "visit_rounds",
    {
        "id": "text",
        "name": "text",
        "grid": "text",
        "from_day": "text",
        "to_day": "text",
        "state": "text",
        "opened_by": "text",
        "opened_at": "int",
        "closed_by": "text",
        "closed_at": "int",
        "reason": "text",
        "version": "int",
        "position": "int",
        "opened_position": "int",
    },
    key=("id",),
    indexes=(("opened_position",), ("grid", "opened_position")),
)
"""`state`: open, closed. `reason` is sealed. Days are `YYYY-MM-DD`, as clocks of the deployment show them."""

VISITS = Table(
    "visits",
    {
        "id": "text",
        "round": "text",
        "household": "text",
        "grid": "text",
        "kind": "text",
        "people": "int",
        "attempts": "int",
        "failed": "int",
        "failed_windows": "text",
        "reached": "int",
        "reached_in_person": "int",
        "reached_online": "int",
        "best": "int",
        "best_in_person": "int",
        "best_online": "int",
        "last_outcome": "text",
        "last_window": "text",
        "last_mode": "text",
        "last_at": "int",
        "complaints": "int",
        "booked_day": "text",
        "booked_window": "text",
        "booked_mode": "text",
        "version": "int",
        "position": "int",
    },
    key=("id",),
    indexes=(("round", "household"), ("round", "reached", "household"), ("household",)),
)
"""One row for each round and household that anything was tried or agreed with. `reached` is 1 once the door
was opened; `best` the most people met at one attempt. `failed` counts attempts that opened nothing while the
household is not reached, `failed_windows` names their windows, as JSON; `booked_day` is the next slot's."""

ATTEMPTS = Table(
    "visit_attempts",
    {
        "visit": "text",
        "number": "int",
        "round": "text",
        "household": "text",
        "grid": "text",
        "kind": "text",
        "window": "text",
        "mode": "text",
        "outcome": "text",
        "people_met": "int",
        "minutes": "int",
        "people": "int",
        "best_before": "int",
        "best_after": "int",
        "opened_before": "int",
        "opened_in_mode_before": "int",
        "occurred_at": "int",
        "recorded_at": "int",
        "by": "text",
        "team": "text",
        "readings": "text",
        "complaints": "text",
        "needs": "int",
        "note": "text",
        "registered": "text",
        "booking": "text",
        "position": "int",
        "photos": "text",
    },
    key=("visit", "number"),
    indexes=(("round", "position"), ("round", "household"), ("by", "position"), ("occurred_at",)),
)
"""`team`, `readings`, `complaints`, `registered` and `photos` are JSON lists; names in `team` and `note` are
sealed. `minutes` is null where nobody took the time, `people` where the household's size is not known."""

BOOKINGS = Table(
    "visit_bookings",
    {
        "visit": "text",
        "booking": "text",
        "round": "text",
        "household": "text",
        "grid": "text",
        "day": "text",
        "window": "text",
        "mode": "text",
        "from_at": "int",
        "until_at": "int",
        "state": "text",
        "booked_by": "text",
        "booked_at": "int",
        "note": "text",
        "reason": "text",
        "position": "int",
    },
    key=("visit", "booking"),
    indexes=(("round", "position"), ("round", "day")),
)
"""`state`: open, kept (an attempt named it), cancelled. `note` and `reason` are sealed."""

COUNTED = (
    "attempts", "opened", "no_answer", "refused", "moved", "minutes", "timed", "needs", "booked", "kept",
    "cancelled", "households", "people",
)  # fmt: skip
"""What a round counts: attempts and their outcomes, `minutes` and `timed` (of those that opened a door and
whose minutes are known), needs, slots booked, kept and cancelled; and, once a household and in no window,
`households` (reached) and `people` (the most met at one attempt)."""

TALLIES = Table(
    "visit_tallies",
    {"round": "text", "grid": "text", "mode": "text", "window": "text"} | dict.fromkeys(COUNTED, "int"),
    key=("round", "grid", "mode", "window"),
    adds=COUNTED,
)
"""A round's counts by grid. The mode `any` counts a household once that was reached both ways."""

PLANS = Table(
    "visit_plans",
    {
        "id": "text",
        "round": "text",
        "worker": "text",
        "day": "text",
        "grids": "text",
        "households": "int",
        "rule": "text",
        "made_by": "text",
        "made_at": "int",
        "version": "int",
        "position": "int",
    },
    key=("id",),
    indexes=(("round", "day", "worker"), ("worker", "day")),
)

STOPS = Table(
    "visit_stops",
    {
        "plan": "text",
        "place": "int",
        "round": "text",
        "worker": "text",
        "day": "text",
        "window": "text",
        "mode": "text",
        "household": "text",
    },
    key=("plan", "place"),
    indexes=(("round", "day", "household"), ("worker", "day")),
)
"""A plan's households in the order to go: `place` counts from 1 through the whole day."""
