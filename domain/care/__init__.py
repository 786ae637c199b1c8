"""A care plan (关爱计划): how often a key household is looked after, by whom, and what was found.

    unopened ──open──▶ active ──close──▶ closed ──open──▶ active …
                        visit · missed · risk · handover · moved · emergency

One stream a household, `care-<household>`, so that it never has two plans. A plan is cut into due periods:
each ends with the local day of the last visit plus the cadence, and is kept by a visit or recorded as missed
at its end (docs/decisions/0031-care-periods.md). What was noted of health and home is
sealed, and no rule knows it.
"""

from collections.abc import Mapping
from datetime import date

from domain.bounds import NAME, one_of, said, said_if, text, whole
from domain.care import emergencies, following, notices, periods
from domain.care.commands import (
    AnswerEmergency,
    ChangeRisk,
    ClosePlan,
    Command,
    DeliverNotice,
    EndErased,
    FollowHousehold,
    HandOver,
    NoticeMissed,
    OpenPlan,
    RecordVisit,
    RevealCare,
    SendNotice,
)
from domain.care.facts import (
    CareFact,
    CareHandedOver,
    CarePlanClosed,
    CarePlanOpened,
    CareRevealed,
    CareRiskChanged,
)
from domain.care.state import (
    INITIAL,
    NAMES,
    Active,
    Closed,
    Plan,
    State,
    Unopened,
    evolve,
    household_stream,
)
from domain.complaint.disclosure import ABOVE, REASON, REVEALED_FOR
from domain.deciding import Decision, in_order, local_day, permit
from domain.entering import in_entry_window
from domain.messages import Actor, Dated
from domain.organisation import Organisation, within
from domain.refusals import Refused
from domain.rule_books.care import GROUNDS, RISKS, Care
from domain.scene import Scene

__all__ = [
    "CLOSINGS", "FIELDS", "INITIAL", "NAMES", "ROUTES", "TABLE", "Active", "Closed", "Plan", "State",
    "Unopened", "decide", "evolve", "household_stream", "permitted", "reads_sealed", "stream_of",
]  # fmt: skip

CLOSINGS = ("moved", "died", "institution", "improved", "declined", "other")
FIELDS = ("health", "safety", "wishes", "contact", "note", "emergency")
"""What is sealed of a household that is looked after."""

Facts = tuple[CareFact | Dated, ...]

DESK = frozenset({"gridworker", "dispatcher"})
PLACES = DESK | {"street"}
ENGINE = frozenset({"engine"})


def stream_of(household: str) -> str:
    return f"care-{household}"


# ------------------------------------------------------------------ opening and closing


def open_plan(command: OpenPlan, state: Unopened | Closed, scene: Scene) -> Facts:
    household = text("household", command.household, NAME)
    if scene.organisation.grid(command.grid) is None:
        raise Refused("grid.unknown", f"there is no grid {command.grid!r}", grid=command.grid)
    covers(command.grid, scene)
    one_of("grounds", command.grounds, GROUNDS)
    if isinstance(state, Closed):
        in_order(state.closed_at, scene)
    care = scene.books.care(scene.occurred_at)
    days = cadence(care, command.risk, command.grounds, command.cadence_days)
    on = local_day(scene, scene.occurred_at)
    _registered_then(on, command, scene)
    due = periods.later(on, days)
    subject = command.person or household_stream(household)
    return (
        CarePlanOpened(
            household=household,
            person=text("person", command.person, NAME, least=0),
            grid=command.grid,
            grounds=command.grounds,
            risk=command.risk,
            cadence_days=days,
            worker=worker(command.worker, command.grid, scene),
            opened_on=on,
            due_on=due,
            due=periods.end_of(due, scene),
            next_by=periods.end_of(due, scene) + care.grace,
            rules=care.version,
            contact=said_if(subject, "contact", command.contact, REASON),
            note=said_if(subject, "note", command.note, REASON),
        ),
    )


def _registered_then(day: date, command: OpenPlan, scene: Scene) -> None:
    """Nobody is to be called on, or is missed, before the register has the household."""
    if command.since is not None and day < (since := local_day(scene, command.since)):
        raise Refused(
            "care.before-registration",
            f"the register has the household from {since} on, the plan would begin on {day}",
            help=f"occurred_at: {since} or later",
            registered_on=since.isoformat(),
            on=day.isoformat(),
        )


def cadence(care: Care, risk: str, grounds: str, asked: int | None) -> int:
    """Days from visit to visit: what is asked, never longer than risk and grounds allow."""
    one_of("risk", risk, RISKS)
    longest = care.most(risk, grounds)
    if asked is None:
        return longest
    whole("cadence_days", asked, 1, 366)
    if asked > longest:
        raise Refused(
            "care.cadence-too-long",
            f"such a household is visited every {longest} days at most",
            help=f"cadence_days: 1 … {longest}",
            longest=longest,
            asked=asked,
        )
    return asked


def worker(named: str, grid: str, scene: Scene) -> str:
    """Who looks after it: a grid member who answers for the grid now."""
    person = named or (scene.actor.person if scene.actor.role == "gridworker" else "")
    if not person:
        needed = "say which grid member looks after the household"
        raise Refused("care.worker-needed", needed, help="a grid member of its grid")
    held = scene.organisation.grants_of(person, scene.now)
    if not any(each.role == "gridworker" and within(grid, each.scope) for each in held):
        raise Refused(
            "care.worker-elsewhere",
            f"{person} is no grid member of {grid}",
            help="worker: a grid member of the household's grid",
            worker=person,
            grid=grid,
        )
    return person


def covers(grid: str, scene: Scene) -> None:
    scope = scene.actor.scope
    if not scope or not within(grid, scope):
        raise Refused(
            "care.outside-scope",
            "the household lies outside what you answer for",
            help=f"grid: {scope} or below",
            grid=grid,
            scope=scope,
        )


def close_plan(command: ClosePlan, state: Active, scene: Scene) -> Facts:
    plan = state.plan
    in_order(plan.opened_at, scene)
    one_of("reason", command.reason, CLOSINGS)
    if command.reason == "other":
        text("note", command.note)
    note = said_if(plan.subject, "note", command.note, REASON)
    missed, then = periods.caught_up(plan, local_day(scene, scene.now), scene)
    _not_his_own_miss(then, scene)
    missed, _ = periods.caught_up(plan, local_day(scene, scene.occurred_at), scene)
    return (*missed, CarePlanClosed(plan.household, plan.grid, command.reason, note))


def _not_his_own_miss(plan: Plan, scene: Scene) -> None:
    """Whoever did not come does not end the plan that says so, as nobody decides his own request: nor
    where he has handed the household over since."""
    if scene.actor.person in plan.owing:
        raise Refused(
            "care.own-miss",
            "who missed the last visit does not close the plan",
            help="a visit first; or another of the grid, or the dispatcher, closes it",
            person=scene.actor.person,
        )


# ------------------------------------------------------------------ how often, and by whom


def change_risk(command: ChangeRisk, state: Active, scene: Scene) -> Facts:
    """A shorter cadence counts from today, so that nothing is missed in hindsight; a longer one from the last
    visit."""
    plan = state.plan
    in_order(plan.opened_at, scene)
    care = scene.books.care(scene.occurred_at)
    days = cadence(care, command.risk, plan.grounds, command.cadence_days)
    reason = said(plan.subject, "reason", command.reason, REASON)
    if (days, command.risk) == (plan.cadence_days, plan.risk):
        raise Refused("care.same-risk", f"the risk is {plan.risk} already", risk=plan.risk, days=days)
    due = periods.due_after_change(plan, days, scene)
    end = periods.end_of(due, scene)
    return (
        CareRiskChanged(
            household=plan.household,
            grid=plan.grid,
            before=plan.risk,
            risk=command.risk,
            cadence_days=days,
            due_on=due,
            due=end,
            next_by=end + care.grace,
            rules=care.version,
            reason=reason,
        ),
    )


def hand_over(command: HandOver, state: Active, scene: Scene) -> Facts:
    plan = state.plan
    in_order(plan.opened_at, scene)
    to = worker(command.worker, plan.grid, scene)
    if to == plan.worker:
        raise Refused("care.same-worker", f"{to} looks after it already", worker=to)
    return (CareHandedOver(plan.worker, to, said_if(plan.subject, "reason", command.reason, REASON)),)


# ------------------------------------------------------------------ what is sealed


def reads_sealed(plan: Plan, actor: Actor, organisation: Organisation) -> bool:
    """Who reads what was noted of the household without a word: its worker, its community's dispatcher."""
    if actor.role == "gridworker":
        return actor.person == plan.worker
    return actor.role == "dispatcher" and of_a_place(plan, actor, organisation)


def of_a_place(plan: Plan, actor: Actor, organisation: Organisation) -> bool:
    """Whether he answers for the household's place, at the street or below."""
    node = organisation.grid(actor.scope)
    return bool(actor.scope) and within(plan.grid, actor.scope) and (node is None or node.level not in ABOVE)


def reveal(command: RevealCare, state: Active | Closed, scene: Scene) -> Facts:
    """Nothing is recorded while the last reveal of the same field to the same person holds."""
    plan = state.plan
    one_of("field", command.field, FIELDS)
    if not of_a_place(plan, scene.actor, scene.organisation):
        raise Refused("reveal.level-above", "levels above the street see aggregates", help="role: dispatcher")
    reason = said(plan.subject, "reason", command.reason, REASON)
    for known in plan.revealed:
        if (known.person, known.field) == (scene.actor.person, command.field) and known.until_at > scene.now:
            return ()
    return (CareRevealed(command.field, reason, scene.now + REVEALED_FOR),)


# ------------------------------------------------------------------ decide

ROLES: Mapping[type, frozenset[str]] = {
    OpenPlan: DESK,
    RecordVisit: DESK,
    NoticeMissed: ENGINE,
    ChangeRisk: DESK,
    HandOver: DESK,
    FollowHousehold: ENGINE,
    EndErased: ENGINE | {"admin"},
    AnswerEmergency: PLACES,
    RevealCare: PLACES,
    SendNotice: PLACES,
    DeliverNotice: DESK,
    ClosePlan: DESK,
}

TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unopened: {OpenPlan: open_plan, FollowHousehold: following.nothing, EndErased: following.nothing},
    Active: {
        RecordVisit: periods.record_visit,
        NoticeMissed: periods.notice_missed,
        ChangeRisk: change_risk,
        HandOver: hand_over,
        FollowHousehold: following.follow,
        EndErased: following.end_erased,
        AnswerEmergency: emergencies.answer,
        RevealCare: reveal,
        SendNotice: notices.send,
        DeliverNotice: notices.deliver,
        ClosePlan: close_plan,
    },
    Closed: {
        OpenPlan: open_plan,
        FollowHousehold: following.nothing,
        EndErased: following.nothing,
        RecordVisit: periods.record_visit,
        AnswerEmergency: emergencies.answer,
        RevealCare: reveal,
    },
}

ROUTES: Mapping[str, type] = {
    "visits": RecordVisit,
    "emergency": AnswerEmergency,
    "risk": ChangeRisk,
    "handover": HandOver,
    "reveal": RevealCare,
    "delivered": DeliverNotice,
    "close": ClosePlan,
}
"""What the outside calls each command that people give to a plan."""


def decide(command: Command, state: State, scene: Scene) -> Facts:
    decision = permitted(type(command), state, scene)
    in_entry_window(scene)
    return decision(command, state, scene)


def permitted(kind: type, state: State, scene: Scene) -> Decision:
    """What decides this command, as far as can be told before its body is seen. Raises Refused."""
    decision = permit("care-plan", kind, state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    if not isinstance(state, Unopened) and kind not in (OpenPlan, EndErased) and scene.actor.role != "engine":
        covers(state.plan.grid, scene)
    return decision
