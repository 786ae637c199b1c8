"""Points in the demo: forty accounts over nine months, four disputes, a panel that looks at it all."""

from datetime import datetime

from scripts.demo import disputes, panel
from scripts.demo.deeds import DAY, HOUR, Office, lived
from scripts.demo.holders import holders
from scripts.demo.past import Past

SINCE, FIRST_OPENED = 290, 275
"""Days before the day of loading when the panel was appointed, and when the first account was opened."""


def people() -> list[str]:
    """Whose words are sealed: every holder, and the panel."""
    return [*(holder.person for holder in holders()), disputes.PANEL]


def begin(past: Past, day: datetime, photos: tuple[str, ...], time_zone: str) -> None:
    """Let it all be told; `day` is the local midnight with which the day of loading begins."""
    office = Office(past, photos)
    ledger = panel.Ledger(time_zone)
    past.listeners.append(ledger.take)
    start = day - SINCE * DAY
    past.begin(start, panel.appointed(start + 9 * HOUR))
    past.begin(start, panel.shelves(office, start + 11 * HOUR))
    past.begin(start, panel.reviewed(office, ledger, day - FIRST_OPENED * DAY, day))
    for number, holder in enumerate(holders()):
        opened_at = day - holder.opened * DAY + (9 + number % 8) * HOUR
        past.begin(opened_at, lived(holder, office, opened_at))
    for case, before in enumerate(disputes.BEFORE):
        past.begin(day - before * DAY, disputes.told(case, office, day))
