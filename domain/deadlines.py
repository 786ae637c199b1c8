"""A deadline: when it falls, and everything needed to say why."""

from dataclasses import dataclass
from datetime import datetime

from domain.messages import quick


@quick
@dataclass(frozen=True, slots=True)
class Deadline:
    """A promise as it was made. Copied into facts, so that replay never looks up today's rules.

    `clock` is dispatch, response, decline, resolution or follow_up. `amount` counts `unit`s: `hours` (by the
    wall clock), `working_hours` or `working_days`. `warn_at` is where 80 % of the clock's own time is gone.
    `book`/`version`/`line` name the rule, `calendar` the calendar version; an imported promise has the
    book `import` and the source as its version.
    """

    clock: str
    start: datetime
    due: datetime
    warn_at: datetime
    amount: int
    unit: str
    book: str
    version: str
    line: str
    calendar: str
