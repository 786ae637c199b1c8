"""Reading what is sealed, with a reason that everybody sees; and taking words out of sight by hand.

Neither is a milestone, adopts an imported case, or changes a figure.
"""

from datetime import timedelta

from domain.bounds import one_of, said, said_if
from domain.complaint.commands import Redact, Reveal
from domain.complaint.facts import FieldRedacted, PersonalDataRevealed
from domain.complaint.rules import Facts
from domain.complaint.state import Registered
from domain.messages import Actor
from domain.organisation import Organisation
from domain.refusals import Refused
from domain.scene import Scene

REPORTERS_OWN = ("name", "phone")
FIELDS = (*REPORTERS_OWN, "text", "address", "location")
"""What can be asked for: the reporter's own are sealed, the others handlers read anyway."""
REVEALED_FOR = timedelta(minutes=30)
REASON = 500
ABOVE = frozenset({"city", "district"})
"""Levels that see aggregates."""


def reads_reporters(actor: Actor, organisation: Organisation) -> bool:
    """Whether he handles cases, so that he is told whose they are (masked), and may ask for more."""
    if actor.role in ("gridworker", "unit"):
        return True
    node = organisation.grid(actor.scope)
    return actor.role in ("dispatcher", "street") and (node is None or node.level not in ABOVE)


def a_handler(state: Registered, scene: Scene) -> None:
    """Levels above the street see aggregates, not what is sealed."""
    if not reads_reporters(scene.actor, scene.organisation):
        raise Refused("reveal.level-above", "levels above the street see aggregates", help="role: dispatcher")


def reveal(command: Reveal, state: Registered, scene: Scene) -> Facts:
    """Nothing is recorded while the last reveal of the same field to the same person holds."""
    case = state.case
    one_of("field", command.field, FIELDS)
    reporter = ""
    if command.field in REPORTERS_OWN:
        if not case.own_reporters:
            raise Refused("reveal.no-reporter", "nobody is named as reporter of this case")
        reporter = command.reporter or case.own_reporters[0]
        if reporter not in case.own_reporters:
            raise Refused("reveal.reporter-unknown", f"{reporter} did not report this", reporter=reporter)
    reason = said(case.subject(scene.stream), "reason", command.reason, REASON)
    for known in case.revealed:
        same = (known.person, known.reporter, known.field) == (scene.actor.person, reporter, command.field)
        if same and known.until_at > scene.now:
            return ()
    return (PersonalDataRevealed(reporter, command.field, reason, scene.now + REVEALED_FOR),)


def redact(command: Redact, state: Registered, scene: Scene) -> Facts:
    """Said again, it is redacted again: the last one stands."""
    subject = command.subject or state.case.subject(scene.stream)
    return (
        FieldRedacted(
            command.line,
            command.field,
            said_if(subject, "text", command.text),
            said(state.case.subject(scene.stream), "reason", command.reason, REASON),
        ),
    )
