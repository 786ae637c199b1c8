"""Open cases that may be the same as what somebody is about to report. A stranger is told class and state.

Nobody else's words, address or name is shown, and none is searched for by address: whoever knows where
somebody lives must not learn here what that person complained of. Quarrels between people are never offered.
"""

import hmac
from typing import Any

from api.answers import Reader
from api.merging import MARK, joiner
from api.pages.frame import Page
from api.similar import similar_to
from domain.complaint.commands import Reporter, Support
from domain.messages import ENGINE
from domain.steps import Step
from engine.engine import Engine
from engine.vault import Vault

OPEN = ("received", "dispatched", "handling", "resolved")
BETWEEN_PEOPLE = ("mediation", "hearing")
"""Tracks of classes that are about people."""
COMPARED = 150
LIKELY = 0.34
"""Share of search terms in common from which a case is offered."""
SHOWN = 3
LEAST = 6
"""Characters from which on a text is compared."""


def likely(page: Page, category: str, grid: str, text: str) -> list[dict[str, Any]]:
    """The likeliest first: `token` to join it, class, state, day. Opens texts: call it in a thread."""
    engine = page.engine
    known = engine.desk.stage().books.categories(engine.clock()).get(category)
    if known is None or known.track in BETWEEN_PEOPLE or len(text.strip()) < LEAST or not grid:
        return []
    reader = Reader(page.request.app.state.cases, ENGINE, page.facing.now)
    found = similar_to(engine, reader, ENGINE, text[:1000], grid, "", among=COMPARED)["items"]
    fitting = [
        each for each in found
        if each["category"] == category and each["state"] in OPEN and each["likeness"] >= LIKELY
    ]  # fmt: skip
    return [
        {
            "token": token(engine.vault, each["id"]), "category": page.facing.category(category),
            "state": each["state"], "state_name": page.facing.row(each)["state_name"],
            "day": page.facing.short_day(page.facing.local(each["registered_at"]).date()),
        }
        for each in fitting[:SHOWN]
    ]  # fmt: skip


def token(vault: Vault, complaint: str) -> str:
    """Names a case that was offered; nobody joins one that was not."""
    return f"{complaint}.{vault.look_up('tracking-look-up', f'offered {complaint}')[:MARK]}"


def offered(vault: Vault, given: str) -> str:
    """The case of a token; "" for a forged one."""
    complaint = given.partition(".")[0]
    same = hmac.compare_digest(given.encode(), token(vault, complaint).encode("utf-8", "replace"))
    return complaint if same else ""


def me_too(engine: Engine, complaint: str, phone: str) -> tuple[Step, str]:
    """One more reporter, to be asked when it is done, and who he is called."""
    person = joiner(engine.vault, complaint, phone)
    return Step("complaint", complaint, Support(Reporter(phone=phone), reporter_id=person)), person


def digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit())
