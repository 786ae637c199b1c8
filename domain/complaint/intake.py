"""How a case begins, what it is about, whom it belongs to, and how it ends without being handled."""

from domain.bounds import NAME, evidence, items, one_of, said, said_if, text
from domain.complaint.commands import (
    Adopt,
    Join,
    Merge,
    Part,
    Reclassify,
    Register,
    Reject,
    Split,
    Support,
    SuspectRecurrence,
    UndoMerge,
    Withdraw,
)
from domain.complaint.evolution import evolve
from domain.complaint.facts import (
    ComplaintAdopted,
    ComplaintJoined,
    ComplaintMerged,
    ComplaintParted,
    ComplaintReclassified,
    ComplaintRegistered,
    ComplaintRejected,
    ComplaintSplit,
    ComplaintSupported,
    ComplaintWithdrawn,
    EvidenceAttached,
    MergeUndone,
    RecurrenceSuspected,
)
from domain.complaint.follow_up import settled
from domain.complaint.rules import Facts, category_in_force, follows
from domain.complaint.state import (
    OPEN,
    AwaitingFollowUp,
    Closed,
    Merged,
    Open,
    Registered,
    State,
    Unreached,
    Unregistered,
)
from domain.deciding import in_order
from domain.messages import Envelope, Sealed, clear
from domain.refusals import Refused
from domain.rule_books import URGENCIES
from domain.scene import Scene

CHANNELS = (
    "hotline", "phone", "mini_program", "wechat", "contact_card", "counter",
    "visit", "patrol", "listening_day", "web", "open311", "upper_level",
)  # fmt: skip
ORIGINS = ("reactive", "proactive")
REJECTIONS = ("out_of_scope", "in_court", "repeated", "unreasonable", "unverifiable", "other")
"""不予受理: not this office's business; before a court or in appeal; already answered; without any ground in
law; cannot be verified; another reason, which the note must give."""

SPLIT_INTO = 20
ADDRESS = 500
PHONE = 40

# ------------------------------------------------------------------ registration


def register(command: Register, state: Unregistered, scene: Scene) -> Facts:
    """受理. The dispatch clock starts at once, under the category's rules; photographs are a fact beside."""
    at = scene.occurred_at
    category = category_in_force(command.category, at, scene)
    one_of("channel", command.channel, CHANNELS)
    one_of("origin", command.origin, ORIGINS)
    one_of("urgency", command.urgency, URGENCIES)
    if scene.organisation.grid(command.place.grid) is None:
        raise Refused("grid.unknown", f"there is no grid {command.place.grid!r}", grid=command.place.grid)
    subject = command.reporter_id or scene.stream
    reporter = command.reporter
    photos = evidence("photos", command.photos)
    return (
        ComplaintRegistered(
            channel=command.channel,
            origin=command.origin,
            category=command.category,
            category_version=scene.books.categories(at).version,
            urgency=command.urgency,
            grid=command.place.grid,
            text=said(subject, "text", command.text),
            address=said_if(subject, "place.address", command.place.address, ADDRESS),
            location=_location(subject, command.place.lat, command.place.long),
            place_key=command.place_key,
            reporter=command.reporter_id,
            reporter_name=said_if(subject, "reporter.name", reporter.name, NAME) if reporter else None,
            reporter_phone=said_if(subject, "reporter.phone", reporter.phone, PHONE) if reporter else None,
            tracking_key=command.tracking_key,
            source="",
            external_number=text("external_number", command.external_number, NAME, least=0),
            record="living",
            split_from=command.split_from,
            dispatch=scene.books.deadlines(at).derive(
                "dispatch",
                category=category,
                urgency=command.urgency,
                start=at,
                calendar=scene.books.calendar(at),
            ),
            found_by=text("found_by", command.found_by, NAME, least=0),
        ),
        *((EvidenceAttached(photos, None),) if photos else ()),
    )


def _location(subject: str, lat: float | None, long: float | None) -> Sealed | None:
    if lat is None and long is None:
        return None
    if lat is None or long is None or not (-90 <= lat <= 90 and -180 <= long <= 180):
        raise Refused("place.location", "a location has a latitude (-90…90) and a longitude (-180…180)")
    return clear(subject, f"{lat},{long}")


def reclassify(command: Reclassify, state: Open, scene: Scene) -> Facts:
    """Both classes are kept for ever; the promises made stay as they are."""
    case = state.case
    in_order(case.registered_at, scene)
    category_in_force(command.category, scene.occurred_at, scene)
    if command.category == case.category:
        raise Refused("reclassify.same", f"the category is {case.category} already", category=case.category)
    version = scene.books.categories(scene.occurred_at).version
    reason = said(case.subject(scene.stream), "reason", command.reason)
    return (ComplaintReclassified(command.category, version, case.category, reason),)


# ------------------------------------------------------------------ one case or several


def merge(command: Merge, state: Open, scene: Scene) -> Facts:
    """This case ends in another one, which joins its reporters in the same save (`Join`)."""
    text("into", command.into, NAME)
    if command.into == scene.stream:
        raise Refused("merge.into-itself", "a case cannot be merged into itself")
    follows(state.case, scene)
    reason = said(state.case.subject(scene.stream), "reason", command.reason)
    return (ComplaintMerged(command.into, reason),)


def join(command: Join, state: Open, scene: Scene) -> Facts:
    case = state.case
    in_order(case.registered_at, scene)
    items("reporters", command.reporters, most=1000)
    if command.other == scene.stream:
        raise Refused("merge.into-itself", "a case cannot be merged into itself")
    if any(joined.other == command.other for joined in case.joined):
        return ()
    return (ComplaintJoined(command.other, command.reporters),)


def undo_merge(command: UndoMerge, state: Merged, scene: Scene) -> Facts:
    follows(state.case, scene)
    reason = said(state.case.subject(scene.stream), "reason", command.reason)
    return (MergeUndone(state.into, reason),)


def part(command: Part, state: Registered, scene: Scene) -> Facts:
    """The other side of an undone merge. If everybody left has answered, the case closes."""
    case = state.case
    in_order(case.registered_at, scene)
    if all(joined.other != command.other for joined in case.joined):
        raise Refused(
            "merge.not-joined", f"{command.other} was not merged into this case", other=command.other
        )
    parted = ComplaintParted(command.other, command.reporters)
    after = evolve(state, parted, Envelope(scene.occurred_at, scene.actor))
    if isinstance(after, AwaitingFollowUp) and after.case.round.answers:
        return (parted, *settled(after.case))
    return (parted,)


def split(command: Split, state: Open, scene: Scene) -> Facts:
    """The parts are registered in the same save and name this case; it goes on itself."""
    in_order(state.case.registered_at, scene)
    items("parts", command.parts, least=1, most=SPLIT_INTO)
    if len(set(command.parts)) < len(command.parts) or scene.stream in command.parts:
        raise Refused("split.parts", "each part is a new case of its own")
    return (ComplaintSplit(command.parts, said(state.case.subject(scene.stream), "reason", command.reason)),)


def support(command: Support, state: Open, scene: Scene) -> Facts:
    """Me too. Who can be reached is asked at the follow-up like the first reporter."""
    case, who = state.case, command.reporter_id
    in_order(case.registered_at, scene)
    if case.reported_by(who):
        raise Refused("support.already", "this person has reported it already")
    subject = who or scene.stream
    return (
        ComplaintSupported(
            who,
            said_if(subject, "reporter.name", command.reporter.name, NAME),
            said_if(subject, "reporter.phone", command.reporter.phone, PHONE),
            said_if(subject, "text", command.text),
        ),
    )


# ------------------------------------------------------------------ ends without handling


def reject(command: Reject, state: Open, scene: Scene) -> Facts:
    """不予受理, for a reason from the list."""
    follows(state.case, scene)
    one_of("reason", command.reason, REJECTIONS)
    if command.reason == "other":
        text("note", command.note)
    return (
        ComplaintRejected(command.reason, said_if(state.case.subject(scene.stream), "note", command.note)),
    )


def only_reporter(state: Registered, scene: Scene) -> None:
    """One reporter cannot withdraw what others reported too."""
    if len(state.case.reporters) > 1:
        raise Refused("withdraw.others-remain", "others have reported the same and still wait")


def withdraw(command: Withdraw, state: Open, scene: Scene) -> Facts:
    follows(state.case, scene)
    return (ComplaintWithdrawn(said_if(state.case.subject(scene.stream), "reason", command.reason)),)


# ------------------------------------------------------------------ imported and recurring cases


def adopt(command: Adopt, state: State, scene: Scene) -> Facts:
    """Nothing for a case that lives already or is over."""
    if not isinstance(state, OPEN) or state.case.living:
        return ()
    return (ComplaintAdopted(text("how", command.how, NAME)),)


def suspect_recurrence(command: SuspectRecurrence, state: State, scene: Scene) -> Facts:
    """反弹回潮. Linked only if this case was closed, lives, and no longer ago than the window."""
    if not isinstance(state, Closed | Unreached) or not state.case.living:
        return ()
    closed_at, known = state.case.round.ended_at, state.case.recurrences
    within = scene.books.settings(scene.now).recurrence_within
    if closed_at is None or command.other in (*known, scene.stream):
        return ()
    if not closed_at <= scene.occurred_at <= closed_at + within:
        return ()
    return (RecurrenceSuspected(command.other, text("matched_by", command.matched_by, NAME)),)
