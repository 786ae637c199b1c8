"""The rooms joined: the engine knows no projection and no decider, so whoever opens it hands them over
here."""

import os
import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from api.following import DUTIES, REACTIONS
from api.points import uncomposed
from api.signing_in.rules import BadSetting
from domain import (
    administration,
    audit,
    capture,
    care,
    complaint,
    duties,
    organisation,
    people,
    publishing,
    rule_books,
    sampling,
)
from domain.households import dwelling, household, tenancy
from domain.patrols import patrol, recurrence, route, sweep
from domain.points import account, attendance, claim, panel, redemption, stock
from domain.visits import plans, rounds, visiting
from engine.engine import Engine
from engine.fold import Projection
from engine.ledgerbook.trail import Setup
from engine.log import Log
from projections.capture import CAPTURED
from projections.care.plans import CARE_PLANS
from projections.cases import Cases
from projections.duties.periods import PERIODS_OF_DUTIES
from projections.duties.series import SERIES_OF_DUTIES
from projections.evidence import KEPT
from projections.extensions import EXTENSION_REQUESTS
from projections.households.dwellings import DWELLING_REGISTER, TENANCY_REGISTER
from projections.households.register import HOUSEHOLD_REGISTER
from projections.outreach.book import OUTREACH
from projections.patrols.patrols import PATROL_BOOK, PATROL_ROUTES
from projections.patrols.recurrences import RECURRENCE_WATCHES
from projections.patrols.sweeps import SWEEP_BOOK
from projections.people.register import REGISTER
from projections.points.accounts import Accounts
from projections.points.attendance import ATTENDANCES
from projections.points.claims import CLAIMS
from projections.points.panels import PANEL
from projections.points.redemptions import REDEMPTIONS
from projections.points.stock import STOCK
from projections.sampling.draws import DRAWS
from projections.sampling.figures import FIGURES
from projections.visits.plans import VISIT_PLANS
from projections.visits.rounds import VISIT_ROUNDS
from projections.visits.visits import HOUSEHOLD_VISITS

DECIDERS = {
    "audit": audit,
    "administration": administration,
    "complaint": complaint,
    "organisation": organisation,
    "person": people,
    "rule-book": rule_books,
    "account": account,
    "claim": claim,
    "redemption": redemption,
    "stock": stock,
    "panel": panel,
    "attendance": attendance,
    "sampling": sampling,
    "figure": publishing,
    "capture": capture,
    "dwelling": dwelling,
    "household": household,
    "tenancy": tenancy,
    "duty": duties,
    "round": rounds,
    "visit": visiting,
    "plan": plans,
    "care-plan": care,
    "patrol-route": route,
    "patrol": patrol,
    "sweep": sweep,
    "recurrence": recurrence,
    uncomposed.KIND: uncomposed,
}


def open_engine(
    data_dir: Path | str,
    database: str | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
    watch: bool = True,
) -> Engine:
    """The engine over a store, with everything this product decides and shows; not yet started.

    Raises StoreUnavailable (StoreDamaged for a torn file).
    """
    return Engine.open(
        data_dir,
        database,
        projections=projections,
        deciders=DECIDERS,
        clock=clock,
        watch=watch,
        reactions=REACTIONS,
        duties=DUTIES,
        audit=audit_setup(os.environ),
        master=master_file(os.environ),
    )


def master_file(environment: Mapping[str, str]) -> Path | None:
    """Where the master key of sealed values stands, if not beside the key store."""
    named = environment.get("HUISHENG_MASTER_KEY", "").strip()
    return Path(named) if named else None


def audit_setup(environment: Mapping[str, str]) -> Setup:
    """Where the signing key stands, what the log is called and when receipts are given, by the environment.
    BadSetting."""
    key = environment.get("HUISHENG_AUDIT_KEY")
    extra = shlex.split(environment.get("HUISHENG_AUDIT_EXTRA", ""))
    origin = environment.get("HUISHENG_AUDIT_ORIGIN", "")
    when = environment.get("HUISHENG_AUDIT_RECEIPTS", "")
    if when not in ("", "later", "at-once"):
        raise BadSetting(f"HUISHENG_AUDIT_RECEIPTS={when}: later or at-once")
    return Setup(Path(key) if key else None, origin, tuple(extra), at_once=when == "at-once")


def projections(log: Log) -> tuple[Projection, ...]:
    """Every projection, in the time zone the store was set up with: numbers and statements name local
    days."""
    state = organisation.INITIAL
    for line in log.stream(organisation.STREAM):
        state = organisation.evolve(state, line.fact, line.envelope)  # type: ignore[arg-type]
    zone = state.time_zone
    return (
        Cases(zone),
        Accounts(zone),
        CLAIMS,
        REDEMPTIONS,
        STOCK,
        PANEL,
        REGISTER,
        ATTENDANCES,
        KEPT,
        DRAWS,
        FIGURES,
        HOUSEHOLD_REGISTER,
        DWELLING_REGISTER,
        TENANCY_REGISTER,
        CAPTURED,
        EXTENSION_REQUESTS,
        SERIES_OF_DUTIES,
        PERIODS_OF_DUTIES,
        CARE_PLANS,
        PATROL_ROUTES,
        PATROL_BOOK,
        SWEEP_BOOK,
        RECURRENCE_WATCHES,
        VISIT_ROUNDS,
        HOUSEHOLD_VISITS,
        VISIT_PLANS,
        OUTREACH,
    )
