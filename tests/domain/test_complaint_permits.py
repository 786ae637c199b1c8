"""Who may ask for what, where; and that the lists the outside shows agree with what is decided."""

from typing import Any

import pytest

from domain.complaint import IN_ANY_OPEN_STATE, IN_ANY_STATE, INITIAL, ONCE_REGISTERED, ROUTES, TABLE
from domain.complaint.commands import (
    Adopt,
    AttachEvidence,
    ChangeTrack,
    Command,
    DecideExtension,
    Decline,
    Dispatch,
    FollowUp,
    HoldSession,
    Join,
    Merge,
    NoteProgress,
    NoticeOverdue,
    NoticeWarning,
    Part,
    Rate,
    Reclassify,
    Redact,
    Rederive,
    Reject,
    Reopen,
    Reporter,
    ReportResolution,
    RequestExtension,
    Respond,
    Reveal,
    Split,
    SpotCheck,
    Supervise,
    Support,
    SuspectRecurrence,
    UndoMerge,
    Urge,
    Withdraw,
)
from domain.complaint.permits import ROLES
from domain.complaint.state import NAMES
from domain.messages import ENGINE, Actor
from domain.refusals import Refused
from tests.domain.spec import (
    DAY,
    DISPATCHER,
    EVERY_ACTOR,
    GRIDWORKER,
    HEATING,
    PHOTO,
    PROPERTY,
    RESIDENT,
    STREET,
    T0,
    Story,
    closed,
    dispatched,
    handling,
    received,
    registration,
    resolved,
    satisfied,
)
from tests.domain.tickets import FULL, told


def unreached() -> Story:
    story = resolved()
    for _ in range(2):
        story = story.do(satisfied(story.now, satisfaction="no_answer", solved=""), GRIDWORKER)
    return story


STORIES = {
    "unregistered": Story(),
    "received": received(),
    "dispatched": dispatched(assisting=("heating-co",)),
    "handling": handling(assisting=("heating-co",)),
    "resolved": resolved(),
    "closed": closed(),
    "unreached": unreached(),
    "rejected": received().do(Reject("in_court"), DISPATCHER),
    "withdrawn": received().do(Withdraw(), RESIDENT),
    "merged": received().do(Merge("c-2", "x"), DISPATCHER),
}


def commands(story: Story) -> list[Command]:
    """One of each, with a body nothing is wrong with."""
    return [
        registration(),
        Reclassify("water", "x"),
        Merge("c-2", "x"),
        Join("c-2", ()),
        UndoMerge("x"),
        Part("c-2", ()),
        Split(("c-3",), "x"),
        Support(Reporter(), "", "p-new"),
        Reject("in_court"),
        Withdraw(),
        Adopt(),
        SuspectRecurrence("c-9", "place"),
        Dispatch("property-co"),
        Decline("x"),
        Respond(),
        HoldSession(("a",), "x", "a"),
        ChangeTrack("hearing", "x"),
        NoteProgress("x"),
        AttachEvidence((PHOTO,)),
        RequestExtension(T0 + 9 * DAY, "x"),
        DecideExtension("1-1", True),
        ReportResolution("solved", "x"),
        FollowUp("on_site", story.now, True, "satisfied", "yes", reason="x"),
        Rate("satisfied"),
        Reopen("other"),
        SpotCheck("confirmed", "x"),
        Urge(),
        Supervise("street", "x"),
        NoticeWarning("response", T0),
        NoticeOverdue("response", T0),
        Rederive("resolution", "x"),
        Reveal("text", "x"),
        Redact(1, "text", "x"),
        told(FULL),
    ]


def rule_of(story: Story, command: Any, by: Actor) -> str:
    try:
        story.decided(command, by)
    except Refused as no:
        return no.rule
    return ""


def test_every_state_can_be_reached():
    assert {name: story.name for name, story in STORIES.items()} == {name: name for name in NAMES.values()}


def test_every_command_stands_in_the_tables_once_and_has_its_roles():
    kinds = {type(command) for command in commands(Story())}
    assert len(kinds) == len(commands(Story()))
    anywhere = [*IN_ANY_OPEN_STATE, *ONCE_REGISTERED, *IN_ANY_STATE]
    somewhere = {kind for row in TABLE.values() for kind in row}
    assert somewhere | set(anywhere) == kinds == set(ROLES)
    assert len(set(anywhere)) == len(anywhere)
    assert not somewhere & set(anywhere)
    assert set(ROUTES.values()) < kinds


@pytest.mark.parametrize("name", STORIES)
def test_a_command_that_has_no_place_in_a_state_is_refused_by_state_or_role(name):
    story = STORIES[name]
    open_state = name in ("received", "dispatched", "handling", "resolved")
    for command in commands(story):
        kind = type(command)
        possible = kind in TABLE[type(story.state)] or kind in IN_ANY_STATE
        possible = possible or (open_state and kind in IN_ANY_OPEN_STATE)
        possible = possible or (name != "unregistered" and kind in ONCE_REGISTERED)
        for by in EVERY_ACTOR:
            rule = rule_of(story, command, by)
            if not possible:
                assert rule == ("complaint.state" if by.role in ROLES[kind] else "actor.role"), (kind, by)
            else:
                assert rule != "complaint.state", (kind, by)


@pytest.mark.parametrize("name", STORIES)
def test_no_role_does_what_is_not_its_own(name):
    story = STORIES[name]
    for command in commands(story):
        for by in EVERY_ACTOR:
            if by.role not in ROLES[type(command)]:
                rule = rule_of(story, command, by)
                told_more = isinstance(command, FollowUp) and rule.startswith("follow-up.by-")
                assert rule == "actor.role" or told_more, (command, by)


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("by", EVERY_ACTOR, ids=lambda actor: f"{actor.person}")
def test_allowed_and_refused_are_twins_that_tell_the_truth(name, by):
    story = STORIES[name]
    allowed, refused = story.offers(by)
    assert sorted([*allowed, *refused]) == sorted(ROUTES)
    routes = {kind: route for route, kind in ROUTES.items()}
    for command in commands(story):
        route = routes.get(type(command))
        if route in allowed:
            assert rule_of(story, command, by) not in ("actor.role", "complaint.state", "actor.not-of-unit")
        elif route is not None:
            assert rule_of(story, command, by) == refused[route].rule


def test_a_refusal_says_what_would_help():
    story = resolved()
    _, found = story.offers(PROPERTY)
    assert found["follow-up"].rule == "follow-up.by-handling-unit"
    assert "grid member" in found["follow-up"].help
    assert found["respond"].help == "state: dispatched, handling"
    assert found["dispatch"].rule in ("actor.role", "complaint.state")


def test_what_each_may_do_on_the_main_path():
    def may(story: Story, by: Actor) -> list[str]:
        return story.offers(by)[0]

    assert "dispatch" in may(received(), DISPATCHER)
    assert may(dispatched(), PROPERTY) == ["decline", "respond", "reveal"]
    assert may(dispatched(), HEATING) == ["reveal"]  # of a case he sees; he does not see this one
    assert may(handling(), PROPERTY) == ["progress", "evidence", "extension", "resolution", "reveal"]
    assert may(resolved(), GRIDWORKER) == ["follow-up", "support", "reveal"]
    assert may(resolved(), RESIDENT) == ["urge", "reopen", "rate", "support"]
    assert may(closed(), STREET) == ["reopen", "spot-check", "reveal", "redact"]
    assert may(received(), Actor("admin", "admin")) == ["redact"]


def test_the_street_may_do_what_the_dispatcher_may():
    for roles in ROLES.values():
        assert "street" in roles or "dispatcher" not in roles


def test_nothing_is_asked_of_an_empty_stream_but_to_begin():
    assert Story().state == INITIAL
    assert Story().offers(DISPATCHER)[0] == []
    assert rule_of(Story(), registration(), ENGINE) == ""
    assert rule_of(Story(), Urge(), STREET) == "complaint.state"
