"""Who may know of an account, a claim, an order, an attendance list: one rule for each caller, asked of one
at hand and of a list alike.

A grid scope sees its node and what lies below; a resident what concerns himself; a unit the orders it served.
What one may not know of is not found.
"""

from api import problems
from api.points.subjects import Points
from api.sight import EVERYTHING, NOTHING, everywhere
from domain.messages import Actor, Recorded
from domain.organisation import Organisation, within
from engine.holding import holds
from engine.read import Among, AnyOf, Condition, Filter
from projections.points.account import Account
from projections.points.attendance import Attendance
from projections.points.claims import Claim
from projections.points.redemptions import Redemption


def rule(actor: Actor, *own: Condition, served: str = "") -> Condition:
    """Which rows the caller may know of. `own` is what makes one a resident's, `served` the column that names
    the unit."""
    if everywhere(actor):
        return EVERYTHING
    if actor.role == "resident":
        return AnyOf(own)
    if not actor.scope:
        return NOTHING
    if actor.role == "unit":
        return Filter(served, "=", actor.scope) if served else NOTHING
    return Filter("place", "under", actor.scope)


def of_accounts(actor: Actor) -> Condition:
    return rule(actor, Filter("holder", "=", actor.person))


def of_claims(actor: Actor) -> Condition:
    return rule(actor, *(Filter(column, "=", actor.person) for column in ("holder", "filed_by")))


def of_redemptions(actor: Actor) -> Condition:
    own = (Filter(column, "=", actor.person) for column in ("holder", "proxy", "requested_by"))
    return rule(actor, *own, served="partner")


def of_attendances(actor: Actor) -> Condition:
    """A resident sees a list where he stands himself."""
    return rule(actor, Among("id", "attendance_people", "attendance", (Filter("holder", "=", actor.person),)))


def of_settlements(actor: Actor) -> Condition:
    """What was handed out, without names: by place, to a partner its own, to a resident nothing."""
    return rule(actor, served="partner")


def inside(actor: Actor, place: str) -> bool:
    """Whether the actor answers for the place."""
    return actor.role not in ("resident", "unit") and holds(rule(actor), {"place": place})


def sees_account(actor: Actor, account: Account) -> bool:
    return holds(of_accounts(actor), {"place": account.place, "holder": account.holder})


def sees_claim(actor: Actor, claim: Claim) -> bool:
    filed = claim.filing
    row = {"place": filed.place, "holder": filed.holder, "filed_by": filed.filed_by}
    return holds(of_claims(actor), row)


def sees_redemption(actor: Actor, order: Redemption) -> bool:
    """Whoever is shown the id of an open order may hand it out: a unit sees it by its id, never in a list."""
    columns = ("place", "holder", "proxy", "requested_by", "partner")
    shown = actor.role == "unit" and order.state == "requested"
    return shown or holds(of_redemptions(actor), {name: getattr(order, name) for name in columns})


def sees_attendance(actor: Actor, list: Attendance) -> bool:
    people = [{"attendance": list.id, "holder": each.holder} for each in list.people]
    row = {"id": list.id, "place": list.place}
    return holds(of_attendances(actor), row, {"attendance_people": lambda: people})


def neighbours(actor: Actor, place: str) -> bool:
    """Whether a resident lives in the community of the place: there he may dispute what he cannot read."""
    community = actor.scope.rpartition("/")[0]
    return actor.role == "resident" and bool(community) and within(place, community)


def at_home(actor: Actor, organisation: Organisation) -> bool:
    """Whether the actor belongs here: what has no place of its own (stock) is not for a city that has
    no community here."""
    if everywhere(actor):
        return True
    if actor.role == "unit":
        return organisation.unit(actor.scope) is not None
    city = actor.scope.partition("/")[0]
    settled = next(organisation.children(city), None) is not None
    return bool(actor.scope) and settled and organisation.grid(actor.scope) is not None


def must_account(points: Points, actor: Actor, id: str) -> Account:
    """Problem 404 if there is none, or the caller may not know of it. So do the next three."""
    found = points.accounts.must(id)
    if not sees_account(actor, found):
        raise problems.not_found()
    return found


def must_claim(points: Points, actor: Actor, id: str, *, disputing: bool = False) -> Claim:
    found = points.claims.must(id)
    if not (sees_claim(actor, found) or (disputing and neighbours(actor, found.filing.place))):
        raise problems.not_found()
    return found


def must_redemption(points: Points, actor: Actor, id: str) -> Redemption:
    found = points.redemptions.must(id)
    if not sees_redemption(actor, found):
        raise problems.not_found()
    return found


def must_attendance(points: Points, actor: Actor, id: str) -> Attendance:
    found = points.attendances.must(id)
    if not sees_attendance(actor, found):
        raise problems.not_found()
    return found


def of_line(points: Points, actor: Actor, organisation: Organisation, line: Recorded) -> bool | None:
    """Whether the caller may know of a line of the log; None for one that is none of the points'."""
    kind, _, _ = line.stream.partition("-")
    match kind:
        case "acct":
            account = points.accounts.find(line.stream)
            return account is not None and sees_account(actor, account)
        case "clm":
            claim = points.claims.find(line.stream)
            return claim is not None and sees_claim(actor, claim)
        case "rdm":
            order = points.redemptions.find(line.stream)
            return order is not None and sees_redemption(actor, order)
        case "att":
            attendance = points.attendances.find(line.stream)
            return attendance is not None and sees_attendance(actor, attendance)
        case "stock" | "panel":
            return at_home(actor, organisation)
    return None
