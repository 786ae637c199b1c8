"""A care plan as its facts leave it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from domain.care.facts import (
    CareFact,
    CareHandedOver,
    CareMoved,
    CarePlanClosed,
    CarePlanOpened,
    CareRevealed,
    CareRiskChanged,
    CareVisitMissed,
    CareVisitRecorded,
    EmergencyAnswered,
    NoticeDelivered,
    NoticeSent,
)
from domain.messages import Envelope


@dataclass(frozen=True, slots=True)
class Period:
    """The local days after `after`, up to and including `until`: one of them has to bring a visit. `worker`:
    of one that was missed, whose it was."""

    after: date
    until: date
    worker: str = ""

    def holds(self, day: date) -> bool:
        return self.after < day <= self.until


@dataclass(frozen=True, slots=True)
class Emergency:
    """`said` are the moments known so far, by step."""

    said: tuple[tuple[str, datetime], ...] = ()

    def at(self, step: str) -> datetime | None:
        return next((at for name, at in self.said if name == step), None)


@dataclass(frozen=True, slots=True)
class Seen:
    person: str
    field: str
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """`running` is the period that runs, `missed` are those nobody came in, the earliest first. `last_on` is
    the last day that kept a period."""

    household: str
    person: str
    grid: str
    grounds: str
    risk: str
    cadence_days: int
    worker: str
    opened_on: date
    opened_at: datetime
    running: Period
    next_by: datetime
    rules: str
    missed: tuple[Period, ...] = ()
    last_on: date | None = None
    emergencies: tuple[Emergency, ...] = ()
    revealed: tuple[Seen, ...] = ()
    notices: tuple[tuple[str, bool], ...] = ()
    """Each notice sent, and whether it was delivered."""

    @property
    def owing(self) -> frozenset[str]:
        """Whose periods were missed since the last visit."""
        return frozenset(
            each.worker for each in self.missed if self.last_on is None or each.until > self.last_on
        )

    @property
    def subject(self) -> str:
        """Whose key its words are sealed under: the person's; the household's where nobody is named."""
        return self.person or household_stream(self.household)


def household_stream(household: str) -> str:
    return f"hh-{household}"


@dataclass(frozen=True, slots=True)
class Unopened:
    pass


@dataclass(frozen=True, slots=True)
class Active:
    plan: Plan


@dataclass(frozen=True, slots=True)
class Closed:
    plan: Plan
    closed_at: datetime


State = Unopened | Active | Closed
INITIAL: State = Unopened()

NAMES = {Unopened: "no-plan", Active: "plan-active", Closed: "plan-closed"}


def evolve(state: State, fact: CareFact, envelope: Envelope) -> State:
    if isinstance(fact, CarePlanOpened):
        before = () if isinstance(state, Unopened) else state.plan.emergencies
        return Active(_opened(fact, envelope, before))
    assert not isinstance(state, Unopened), "a care plan begins by being opened"
    plan = _changed(state.plan, fact, envelope)
    if isinstance(fact, CarePlanClosed):
        return Closed(plan, envelope.occurred_at)
    return replace(state, plan=plan)


def _opened(fact: CarePlanOpened, envelope: Envelope, emergencies: tuple[Emergency, ...]) -> Plan:
    """The day of the opening stands for the last visit. A plan opened again counts its emergencies on."""
    return Plan(
        household=fact.household,
        person=fact.person,
        grid=fact.grid,
        grounds=fact.grounds,
        risk=fact.risk,
        cadence_days=fact.cadence_days,
        worker=fact.worker,
        opened_on=fact.opened_on,
        opened_at=envelope.occurred_at,
        running=Period(fact.opened_on, fact.due_on),
        next_by=fact.next_by,
        rules=fact.rules,
        emergencies=emergencies,
    )


def _changed(plan: Plan, fact: CareFact, envelope: Envelope) -> Plan:
    match fact:
        case CareVisitRecorded():
            return _visited(plan, fact)
        case CareVisitMissed(worker=worker, due_on=due_on, next_on=next_on, next_by=next_by):
            missed = (*plan.missed, replace(plan.running, worker=worker))
            return replace(plan, missed=missed, running=Period(due_on, next_on), next_by=next_by)
        case CareRiskChanged(risk=risk, cadence_days=days, due_on=due_on, next_by=next_by, rules=rules):
            running = replace(plan.running, until=due_on)
            return replace(plan, risk=risk, cadence_days=days, running=running, next_by=next_by, rules=rules)
        case CareHandedOver(worker=worker):
            return replace(plan, worker=worker)
        case CareMoved(grid=grid, worker=worker):
            return replace(plan, grid=grid, worker=worker)
        case EmergencyAnswered():
            return replace(plan, emergencies=_answered(plan.emergencies, fact))
        case CareRevealed(field=field, until_at=until_at):
            seen = Seen(envelope.actor.person, field, until_at)
            return replace(plan, revealed=(*plan.revealed, seen))
        case NoticeSent(notice=notice):
            return replace(plan, notices=(*plan.notices, (notice, False)))
        case NoticeDelivered(notice=notice):
            told = tuple((id, known or id == notice) for id, known in plan.notices)
            return replace(plan, notices=told)
        case CarePlanOpened() | CarePlanClosed():
            return plan
        case _:
            assert_never(fact)


def _visited(plan: Plan, fact: CareVisitRecorded) -> Plan:
    if fact.mended:
        left = tuple(each for each in plan.missed if each.until != fact.due_on)
        plan = replace(plan, missed=left)
    if fact.kept and (plan.last_on is None or plan.last_on < fact.visited_on):
        plan = replace(plan, last_on=fact.visited_on)
    if fact.next_on is not None and fact.next_by is not None:
        plan = replace(plan, running=Period(fact.visited_on, fact.next_on), next_by=fact.next_by)
    return plan


def _answered(known: tuple[Emergency, ...], fact: EmergencyAnswered) -> tuple[Emergency, ...]:
    said = tuple((each.step, each.at) for each in fact.moments)
    if fact.emergency > len(known):
        return (*known, Emergency(said))
    at = fact.emergency - 1
    return (*known[:at], Emergency((*known[at].said, *said)), *known[at + 1 :])
