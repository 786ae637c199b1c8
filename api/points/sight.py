"""Who may know of an account, a claim, an order: as a test of one and as a condition on lists.

A grid scope sees its node and what lies below; a resident what concerns himself; a unit the orders it served.
What one may not know of is not found.
"""

from collections.abc import Sequence

from api import problems
from api.points.subjects import Points
from domain.messages import Actor, Recorded
from domain.organisation import Organisation, within
from engine.read import AnyOf, Condition, Filter
from projections.points.account import Account
from projections.points.attendance import Attendance
from projections.points.claims import Claim
from projections.points.redemptions import Redemption

EVERYTHING = ("admin", "engine")


def inside(actor: Actor, place: str) -> bool:
    """Whether the actor answers for the place."""
    if actor.role in EVERYTHING:
        return True
    return actor.role not in ("resident", "unit") and bool(actor.scope) and within(place, actor.scope)


def sees_account(actor: Actor, account: Account) -> bool:
    return inside(actor, account.place) or (actor.role == "resident" and actor.person == account.holder)


def sees_claim(actor: Actor, claim: Claim) -> bool:
    filed = claim.filing
    own = actor.role == "resident" and actor.person in (filed.holder, filed.filed_by)
    return own or inside(actor, filed.place)


def sees_redemption(actor: Actor, order: Redemption) -> bool:
    """Whoever is shown the id of an open order may hand it out: a unit sees it by its id, never in a list."""
    if actor.role == "unit":
        return order.state == "requested" or order.partner == actor.scope
    own = actor.role == "resident" and actor.person in (order.holder, order.proxy, order.requested_by)
    return own or inside(actor, order.place)


def sees_attendance(actor: Actor, list: Attendance) -> bool:
    """A resident sees a list where he stands himself."""
    own = actor.role == "resident" and any(each.holder == actor.person for each in list.people)
    return own or inside(actor, list.place)


def neighbours(actor: Actor, place: str) -> bool:
    """Whether a resident lives in the community of the place: there he may dispute what he cannot read."""
    community = actor.scope.rpartition("/")[0]
    return actor.role == "resident" and bool(community) and within(place, community)


def at_home(actor: Actor, organisation: Organisation) -> bool:
    """Whether the actor belongs here: what has no place of its own (stock) is not for another city."""
    if actor.role in EVERYTHING:
        return True
    if actor.role == "unit":
        return organisation.unit(actor.scope) is not None
    return bool(actor.scope) and organisation.grid(actor.scope) is not None


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


# ------------------------------------------------------------------ lists


def among(actor: Actor, own: Sequence[str], served: str = "") -> Sequence[Condition]:
    """What a list of this caller is narrowed to; the same predicates, as a filter. `own` are the columns that
    name people, `served` the one that names the unit."""
    if actor.role in EVERYTHING:
        return ()
    if actor.role == "resident":
        return (AnyOf([Filter(column, "=", actor.person) for column in own]),)
    if actor.role == "unit":
        return (Filter(served, "=", actor.scope) if served else AnyOf(()),)
    return (Filter("place", "under", actor.scope) if actor.scope else AnyOf(()),)


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
