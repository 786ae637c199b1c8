"""Who may ask what: every route with the roles that may ask it, and how far their wish reaches.

Denied by default: a route without a row, or a row without its route, stops the application from starting
(api/gate.py). A role that is not in the row is refused, 403 `actor.role`; where the address names something,
whether he may know of it is asked first (404). `reach` says what a permitted caller gets:

    open        answered without sign-in
    all         the same for everybody with the role: rule books, the names of indicators
    scope       what lies in his scope: lists hold nothing else, commands touch nothing else
    own         what is his own: duties, his session
    case, account, claim, order, attendance, evidence, job …
                what the address names, where he may know of it (api/sight.py, api/points/sight.py)

docs/permissions.md shows the table to people; tests/api/test_permissions*.py hold the table, that page, the
domain's own ROLES and what the routes really do to each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from api.pages_permitted import POINTS_PAGES
from domain.complaint import commands as c
from domain.points import redemption as r
from domain.points import stock as s
from domain.points.account import commands as a
from domain.points.attendance import commands as att
from domain.points.claim import commands as cl
from domain.points.panel import commands as p
from domain.publishing import Publish
from domain.sampling import DrawSample, FixFrame

ROLES = ("resident", "gridworker", "dispatcher", "unit", "street", "panel", "analyst", "admin")
REACHES = (
    "open", "all", "scope", "own", "case", "account", "claim", "order", "attendance", "evidence", "job",
    "person", "grant", "unit", "place",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Permit:
    """`command` is the domain's, whose own table of roles the row repeats. `told`: roles that are let in only
    to hear from the domain why not, because it has more to say than the door."""

    roles: frozenset[str]
    reach: str
    command: type | None = None
    told: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        assert self.reach in REACHES and self.roles <= frozenset(ROLES), self

    @property
    def open(self) -> bool:
        return self.reach == "open"


NOBODY: tuple[str, ...] = ()
EVERYBODY = ROLES
STAFF = ROLES[1:]
RESIDENT = ("resident",)
OFFICE = ("dispatcher", "street")
UNITS = ("unit", "gridworker", "street")
DESK = ("gridworker", "dispatcher")
VERIFIERS = (*DESK, "street", "panel")
REPORTERS = ("resident", "gridworker", "dispatcher", "street")
REGISTRARS_OF_CASES = ("gridworker", "dispatcher", "street")
"""Who registers for somebody else; a resident reports for himself."""
SHELVES = ("admin", "gridworker", "dispatcher", "street")
PANEL = ("panel",)
READERS = ("resident", "gridworker", "dispatcher", "unit", "street", "panel", "admin")
"""Everybody but the analyst: he counts."""
OF_A_PLACE = ("gridworker", "dispatcher", "street", "panel", "analyst", "admin")
"""Staff who answer for a place."""
PUBLISHERS = ("dispatcher", "street", "panel", "admin")
PROPOSERS = ("admin", "street", "dispatcher")
ADOPTERS = ("admin", "street")
WATCHERS = ("admin", "analyst")
"""Who looks how the product itself is doing."""


def row(
    roles: tuple[str, ...], reach: str, command: type | None = None, *, told: tuple[str, ...] = ()
) -> Permit:
    return Permit(frozenset(roles), reach, command, frozenset(told))


def everyone(*, reach: str = "open") -> Permit:
    return row(NOBODY, reach)


OUTSIDE: Mapping[str, Permit] = {
    "GET /healthz": everyone(),
    "GET /readyz": everyone(),
    "GET /metrics": everyone(),
    "GET /docs": everyone(),
    "GET /openapi.json": everyone(),
    "GET /static": everyone(),
    "GET /docs/swagger": everyone(),
    "POST /api/v1/token": everyone(),
    "GET /api/v1/track/{code}": everyone(),
    "POST /api/v1/track/{code}/rate": everyone(),
    "POST /api/v1/track/{code}/urge": everyone(),
    "POST /api/v1/track/{code}/reopen": everyone(),
    "GET /api/v1/panel/disclosures": everyone(),
    "GET /api/v1/figures": everyone(),
    "GET /api/v1/figures/{figure}": everyone(),
    "GET /api/v1/spot-checks/{spot_check}/pack": everyone(),
}
"""Files, health, the description of the API; the holder of a tracking code; what the panel made public."""

PAGES: Mapping[str, Permit] = {
    "GET /": everyone(),
    "GET /login": everyone(),
    "POST /login": everyone(),
    "POST /logout": everyone(),
    "POST /acting": row(EVERYBODY, "own"),
    "GET /day": row(EVERYBODY, "own"),
    "GET /complaints": row(EVERYBODY, "scope"),
    "POST /complaints/views": row(EVERYBODY, "own"),
    "POST /complaints/bulk": row(OFFICE, "scope"),
    "GET /register": row(REGISTRARS_OF_CASES, "scope"),
    "POST /register": row(REGISTRARS_OF_CASES, "scope"),
    "GET /complaints/{complaint}/registered": row(REGISTRARS_OF_CASES, "case"),
    "GET /complaints/{complaint}/reveal": row((*UNITS, "dispatcher"), "case"),
    "POST /complaints/{complaint}/reveal": row((*UNITS, "dispatcher"), "case"),
    "GET /complaints/{complaint}": row(EVERYBODY, "case"),
    "GET /complaints/{complaint}/do/{name}": row(READERS, "case"),
    "POST /complaints/{complaint}/do/{name}": row(READERS, "case"),
    "GET /statistics": row(EVERYBODY, "scope"),
    "GET /statistics/{indicator}": row(STAFF, "scope"),
    "GET /statistics/units/{unit}": row(STAFF, "scope"),
    "GET /statistics/{indicator}/cases": row(STAFF, "scope"),
    "GET /evidence/{kept}": row(READERS, "evidence"),
}

OF_RESIDENTS: Mapping[str, Permit] = {
    "GET /report": everyone(),
    "POST /report": everyone(),
    "GET /report/joined": everyone(),
    "GET /report/{code}": everyone(),
    "GET /track": everyone(),
    "POST /track": everyone(),
    "GET /track/{code}": everyone(),
    "POST /track/{code}": everyone(),
    "GET /receipts/check": everyone(),
    "POST /receipts/check": everyone(),
    "GET /my/cases": row(RESIDENT, "own"),
    "GET /my/cases/{complaint}": row(RESIDENT, "case"),
    "POST /my/cases/{complaint}": row(RESIDENT, "case"),
    "GET /my/points": row(RESIDENT, "own"),
    "GET /my/points/statement": row(RESIDENT, "own"),
    "GET /my/points/claim": row(RESIDENT, "own"),
    "POST /my/points/claim": row(RESIDENT, "own"),
    "GET /my/points/claims/{claim}": row(RESIDENT, "claim"),
    "POST /my/points/claims/{claim}": row(RESIDENT, "claim"),
    "GET /my/points/redeem": row(RESIDENT, "own"),
    "POST /my/points/redeem": row(RESIDENT, "own"),
    "GET /my/points/orders/{redemption}": row(RESIDENT, "order"),
    "POST /my/points/orders/{redemption}": row(RESIDENT, "order"),
    "GET /counter": row(DESK, "scope"),
    "POST /counter": row(DESK, "scope"),
    "POST /counter/next": row(DESK, "own"),
    "GET /counter/report": row(DESK, "scope"),
    "POST /counter/report": row(DESK, "scope"),
    "GET /counter/reported/{complaint}": row(DESK, "case"),
    "GET /counter/with/{person}": row(DESK, "scope"),
    "GET /counter/with/{person}/claim": row(DESK, "scope"),
    "POST /counter/with/{person}/claim": row(DESK, "scope"),
    "GET /counter/with/{person}/redeem": row(DESK, "scope"),
    "POST /counter/with/{person}/redeem": row(DESK, "scope"),
}
"""What people open for themselves, and the counter where somebody helps them."""

CASE = "/api/v1/complaints/{complaint}"
CASES: Mapping[str, Permit] = {
    "POST /api/v1/complaints": row(REPORTERS, "scope", c.Register),
    "GET /api/v1/complaints": row(EVERYBODY, "scope"),
    "GET /api/v1/complaints/similar": row(EVERYBODY, "scope"),
    "POST /api/v1/complaints/bulk": row(READERS, "scope"),
    f"GET {CASE}": row(EVERYBODY, "case"),
    f"GET {CASE}/history": row(EVERYBODY, "case"),
    f"GET {CASE}/clocks/{{clock}}/why": row(EVERYBODY, "case"),
    f"GET {CASE}/similar": row(EVERYBODY, "case"),
    f"POST {CASE}/reclassify": row(OFFICE, "case", c.Reclassify),
    f"POST {CASE}/merge": row(OFFICE, "case", c.Merge),
    f"POST {CASE}/unmerge": row(OFFICE, "case", c.UndoMerge),
    f"POST {CASE}/split": row(OFFICE, "case", c.Split),
    f"POST {CASE}/reject": row(OFFICE, "case", c.Reject),
    f"POST {CASE}/withdraw": row(RESIDENT, "case", c.Withdraw),
    f"POST {CASE}/dispatch": row(OFFICE, "case", c.Dispatch),
    f"POST {CASE}/decline": row(UNITS, "case", c.Decline),
    f"POST {CASE}/respond": row(UNITS, "case", c.Respond),
    f"POST {CASE}/progress": row(UNITS, "case", c.NoteProgress),
    f"POST {CASE}/evidence": row(UNITS, "case", c.AttachEvidence),
    f"POST {CASE}/session": row(OFFICE, "case", c.HoldSession),
    f"POST {CASE}/extension": row(UNITS, "case", c.RequestExtension),
    f"POST {CASE}/extension-decision": row(OFFICE, "case", c.DecideExtension),
    f"POST {CASE}/urge": row(("resident", "panel", "street"), "case", c.Urge),
    f"POST {CASE}/supervise": row(("panel", "street"), "case", c.Supervise),
    f"POST {CASE}/resolution": row(UNITS, "case", c.ReportResolution),
    f"POST {CASE}/follow-up": row((*OFFICE, "gridworker"), "case", c.FollowUp, told=("unit",)),
    f"POST {CASE}/reopen": row((*OFFICE, "resident"), "case", c.Reopen),
    f"POST {CASE}/spot-check": row(("street",), "case", c.SpotCheck),
    f"POST {CASE}/rate": row(RESIDENT, "case", c.Rate),
    f"POST {CASE}/track": row(OFFICE, "case", c.ChangeTrack),
    f"POST {CASE}/adopt": row((*OFFICE, "admin"), "case", c.Adopt),
    f"POST {CASE}/rederive": row(OFFICE, "case", c.Rederive),
    f"POST {CASE}/support": row(REPORTERS, "case", c.Support),
    f"POST {CASE}/reveal": row((*UNITS, "dispatcher"), "case", c.Reveal),
    f"POST {CASE}/redact": row((*OFFICE, "admin"), "case", c.Redact),
    "POST /api/v1/evidence": row(READERS, "own"),
    "GET /api/v1/evidence/{evidence}": row(READERS, "evidence"),
    "GET /api/v1/duties": row(EVERYBODY, "own"),
    "GET /api/v1/stream": row(EVERYBODY, "scope"),
    "GET /api/v1/jobs/{job}": row(EVERYBODY, "job"),
    "GET /api/v1/statistics": row(EVERYBODY, "all"),
    "GET /api/v1/statistics/{indicator}": row(STAFF, "scope"),
    "GET /api/v1/statistics/{indicator}/cases": row(STAFF, "scope"),
    "POST /api/v1/statistics/{indicator}/publish": row(PUBLISHERS, "scope", Publish),
    "GET /api/v1/figures/{figure}/recompute": row(OF_A_PLACE, "scope"),
    "GET /api/v1/spot-checks": row(OF_A_PLACE, "scope"),
    "POST /api/v1/spot-checks": row(("panel", "street", "admin"), "scope", FixFrame),
    "GET /api/v1/spot-checks/{spot_check}": row(OF_A_PLACE, "scope"),
    "POST /api/v1/spot-checks/{spot_check}/value": row(PANEL, "scope", DrawSample),
}

BOOK = "/api/v1/rule-books/{book}"
BOOKS: Mapping[str, Permit] = {
    "GET /api/v1/rule-books": row(EVERYBODY, "all"),
    f"GET {BOOK}": row(EVERYBODY, "all"),
    f"POST {BOOK}": row(PROPOSERS, "all"),
    f"GET {BOOK}/{{version}}": row(EVERYBODY, "all"),
    f"GET {BOOK}/{{version}}/diff/{{other}}": row(EVERYBODY, "all"),
    f"POST {BOOK}/{{version}}/adopt": row(ADOPTERS, "all"),
    "GET /api/v1/points/tariffs": row(EVERYBODY, "all"),
    "POST /api/v1/points/tariffs": row(PROPOSERS, "all"),
    "GET /api/v1/points/catalogues": row(EVERYBODY, "all"),
    "POST /api/v1/points/catalogues": row(PROPOSERS, "all"),
    "POST /api/v1/points/what-if": row(EVERYBODY, "scope"),
    "POST /api/v1/rule-books/tariffs/{version}/what-if": row(EVERYBODY, "scope"),
}

ACCOUNT = "/api/v1/points/accounts/{account}"
CLAIM = "/api/v1/points/claims/{claim}"
ORDER = "/api/v1/points/redemptions/{redemption}"
LIST = "/api/v1/points/attendance/{attendance}"
POINTS: Mapping[str, Permit] = {
    "POST /api/v1/points/accounts": row(("admin", "gridworker"), "scope", a.Open),
    "GET /api/v1/points/accounts": row(EVERYBODY, "scope"),
    f"GET {ACCOUNT}": row(EVERYBODY, "account"),
    f"GET {ACCOUNT}/statement": row(EVERYBODY, "account"),
    f"GET {ACCOUNT}/replay": row(EVERYBODY, "account"),
    f"POST {ACCOUNT}/transfer": row(OFFICE, "account", a.TransferOut),
    "POST /api/v1/points/claims": row(("resident", *DESK), "scope", cl.File),
    "GET /api/v1/points/claims": row(EVERYBODY, "scope"),
    f"GET {CLAIM}": row(EVERYBODY, "claim"),
    f"GET {CLAIM}/replay": row(EVERYBODY, "claim"),
    f"POST {CLAIM}/verify": row(VERIFIERS, "claim", cl.Verify),
    f"POST {CLAIM}/refuse": row(VERIFIERS, "claim", cl.Refuse),
    f"POST {CLAIM}/dispute": row(("resident", "dispatcher", "panel"), "claim", cl.Dispute),
    f"POST {CLAIM}/statement": row(VERIFIERS, "claim", cl.TakeStatement),
    f"POST {CLAIM}/recuse": row(("panel", "street"), "claim", cl.Recuse),
    f"POST {CLAIM}/rule": row(PANEL, "claim", cl.Rule),
    f"POST {CLAIM}/vote-objection": row(PANEL, "claim", cl.ObjectToVote),
    f"POST {CLAIM}/appeal": row(("resident", "gridworker"), "claim", cl.Appeal),
    f"POST {CLAIM}/appeal-decision": row(("street", "panel"), "claim", cl.DecideAppeal),
    "POST /api/v1/points/redemptions": row(("resident", *DESK), "scope", r.Request),
    "GET /api/v1/points/redemptions": row(EVERYBODY, "scope"),
    f"GET {ORDER}": row(EVERYBODY, "order"),
    f"POST {ORDER}/fulfil": row((*DESK, "unit"), "order", r.Fulfil),
    f"POST {ORDER}/cancel": row(("resident", *DESK, "panel"), "order", r.Cancel),
    "GET /api/v1/points/stock": row(EVERYBODY, "all"),
    "POST /api/v1/points/stock": row(SHELVES, "all", s.Receive),
    "POST /api/v1/points/stock/receipts": row(SHELVES, "all", s.Receive),
    "POST /api/v1/points/stock/counts": row((*SHELVES, "panel"), "all", s.Count),
    "GET /api/v1/points/settlement": row(STAFF, "scope"),
    "GET /api/v1/points/rankings": row(EVERYBODY, "scope"),
    "POST /api/v1/points/attendance": row(DESK, "scope", att.OpenList),
    "GET /api/v1/points/attendance": row(EVERYBODY, "scope"),
    f"GET {LIST}": row(EVERYBODY, "attendance"),
    f"POST {LIST}/present": row(DESK, "attendance", att.NotePresent),
    f"POST {LIST}/absent": row(VERIFIERS, "attendance", att.NoteAbsent),
    f"POST {LIST}/confirm": row(VERIFIERS, "attendance", att.Confirm),
    f"POST {LIST}/cancel": row(VERIFIERS, "attendance", att.CancelList),
}

REVIEW = "/api/v1/panel/reviews/{month}"
OVERSIGHT: Mapping[str, Permit] = {
    "GET /api/v1/panel": row(EVERYBODY, "scope"),
    "POST /api/v1/panel": row(("street", "admin"), "scope", p.Appoint),
    "GET /api/v1/panel/reviews": row(STAFF, "scope"),
    "POST /api/v1/panel/reviews": row(PANEL, "scope", p.OpenReview),
    f"GET {REVIEW}": row(STAFF, "scope"),
    f"POST {REVIEW}/findings": row(PANEL, "scope", p.NoteFinding),
    f"POST {REVIEW}/sign": row(PANEL, "scope", p.SignReview),
    "POST /api/v1/panel/disclosures": row(PANEL, "scope", p.PublishDisclosure),
    "POST /api/v1/panel/rankings": row(PANEL, "scope", p.FreezeRanking),
    "GET /api/v1/panel/honours": row(EVERYBODY, "scope"),
    "POST /api/v1/panel/honours": row(PANEL, "scope", p.GrantHonour),
    "POST /api/v1/panel/honours/{honour_id}/revoke": row(PANEL, "scope", p.RevokeHonour),
}

HIMSELF: Mapping[str, Permit] = {
    "GET /api/v1/me": row(EVERYBODY, "own"),
    "POST /api/v1/me/password": row(EVERYBODY, "own"),
    "POST /api/v1/me/sign-out": row(EVERYBODY, "own"),
    "POST /api/v1/people/{person}/password": row(("admin",), "person"),
    "GET /login/issuer": everyone(),
    "GET /login/issuer/back": everyone(),
}

OFFICE_PAGES: Mapping[str, Permit] = {
    "POST /hints": everyone(),
    "GET /office/projections": row(WATCHERS, "all"),
    "POST /office/projections/{name}/verify": row(WATCHERS, "all"),
    "POST /office/projections/{name}/rebuild": row(("admin",), "all"),
    "POST /office/jobs/{job}/stop": row(WATCHERS, "job"),
    "GET /rule-books": row(EVERYBODY, "all"),
    "GET /rule-books/{book}": row(EVERYBODY, "all"),
    "GET /rule-books/{book}/{version}": row(EVERYBODY, "all"),
    "GET /rule-books/{book}/{version}/diff/{other}": row(EVERYBODY, "all"),
    "POST /rule-books/tariffs/{version}/diff/{other}": row(EVERYBODY, "scope"),
    "GET /office/rule-books/{book}/propose": row(PROPOSERS, "all"),
    "POST /office/rule-books/{book}/propose": row(PROPOSERS, "all"),
    "GET /rule-books/{book}/{version}/adopt": row(ADOPTERS, "all"),
    "POST /rule-books/{book}/{version}/adopt": row(ADOPTERS, "all"),
    "GET /office/organisation": row(STAFF, "scope"),
    "GET /office/organisation/do/{name}": row(("admin",), "scope"),
    "POST /office/organisation/do/{name}": row(("admin",), "scope"),
    "GET /office/people": row(("admin", *OFFICE), "scope"),
    "GET /office/people/new": row(("admin",), "scope"),
    "POST /office/people/new": row(("admin",), "scope"),
    "GET /office/people/{person}": row(("admin", *OFFICE), "person"),
    "GET /office/people/{person}/do/{name}": row(("admin",), "person"),
    "POST /office/people/{person}/do/{name}": row(("admin",), "person"),
    "GET /office/people/{person}/password": row(("admin",), "person"),
    "POST /office/people/{person}/password": row(("admin",), "person"),
    "GET /office/people/{person}/erase": row(("admin",), "person"),
    "POST /office/people/{person}/erase": row(("admin",), "person"),
    "GET /office/administration": row(("admin", "panel"), "all"),
    "GET /office/health": row(WATCHERS, "all"),
}
"""The pages of whoever runs the place."""

VIEWS: Mapping[str, Permit] = {
    "GET /api/v1/projections": row(WATCHERS, "all"),
    "POST /api/v1/projections/{name}/verify": row(WATCHERS, "all"),
    "POST /api/v1/projections/{name}/rebuild": row(("admin",), "all"),
    "POST /api/v1/jobs/{job}/stop": row(EVERYBODY, "job"),
}

CHECKPOINT = "/api/v1/audit/checkpoints/{size}"
AUDIT: Mapping[str, Permit] = {
    "GET /api/v1/audit/key": everyone(),
    "GET /api/v1/audit/checkpoints": everyone(),
    "GET /api/v1/audit/checkpoints/latest": everyone(),
    f"GET {CHECKPOINT}": everyone(),
    f"GET {CHECKPOINT}/consistency": everyone(),
    f"POST {CHECKPOINT}/cosignatures": everyone(),
    "POST /api/v1/receipts/check": everyone(),
    "GET /api/v1/audit/proofs/inclusion": row(EVERYBODY, "all"),
    "GET /api/v1/audit/proofs/consistency": row(EVERYBODY, "all"),
    "GET /api/v1/audit/log": row(("panel", "analyst", "admin"), "all"),
    "GET /api/v1/audit/bundles/claim/{claim}": row(EVERYBODY, "claim"),
    "GET /api/v1/audit/bundles/account/{account}": row(EVERYBODY, "account"),
    "GET /api/v1/audit/bundles/complaint/{complaint}": row(EVERYBODY, "case"),
    "GET /audit": row(EVERYBODY, "all"),
}
"""Hashes and signatures are everybody's; the leaves, which are the log, are for those who watch over it."""

WHO = "/api/v1/people/{person}"
HERE = "/api/v1/organisation"
REGISTRARS = ("admin",)
PLACES: Mapping[str, Permit] = {
    f"GET {HERE}/grids": row(EVERYBODY, "scope"),
    f"POST {HERE}/grids": row(REGISTRARS, "scope"),
    f"GET {HERE}/units": row(EVERYBODY, "scope"),
    f"POST {HERE}/units": row(REGISTRARS, "scope"),
    f"GET {HERE}/grants": row(REGISTRARS, "scope"),
    f"POST {HERE}/grants": row(REGISTRARS, "scope"),
    f"POST {HERE}/grants/{{grant}}/revoke": row(REGISTRARS, "grant"),
    f"POST {HERE}/posts": row(REGISTRARS, "scope"),
    f"POST {HERE}/posts/{{tenure_id}}/leave": row(REGISTRARS, "grant"),
    f"GET {HERE}/bodies": row(STAFF, "scope"),
    f"POST {HERE}/bodies": row(REGISTRARS, "scope"),
    f"POST {HERE}/bodies/{{unit}}/dissolve": row(REGISTRARS, "grant"),
    "GET /api/v1/people": row(("admin", "dispatcher", "street"), "scope"),
    "POST /api/v1/people": row(REGISTRARS, "scope"),
    f"GET {WHO}": row(EVERYBODY, "person"),
    f"POST {WHO}/enrol": row(REGISTRARS, "person"),
    f"POST {WHO}/bar": row(REGISTRARS, "person"),
    f"POST {WHO}/readmit": row(REGISTRARS, "person"),
    f"POST {WHO}/sign-out": row(REGISTRARS, "person"),
    f"POST {WHO}/hold": row(REGISTRARS, "person"),
    f"POST {WHO}/hold-lift": row(REGISTRARS, "person"),
    f"POST {WHO}/reveal": row(EVERYBODY, "person"),
    f"POST {WHO}/erase": row(REGISTRARS, "person"),
    "GET /api/v1/administration": row(("admin", "panel"), "all"),
}
"""Whose rights and whose people: what an administrator gives and takes, in his own place."""

OF_THE_POINTS = {route: row(*permitted) for route, permitted in POINTS_PAGES.items()}

TABLE: Mapping[str, Permit] = {
    **OUTSIDE, **PAGES, **OF_THE_POINTS, **OF_RESIDENTS, **HIMSELF, **CASES, **BOOKS, **POINTS,
    **OVERSIGHT, **PLACES, **AUDIT, **VIEWS,
    **OFFICE_PAGES,
}  # fmt: skip
"""By method and path template, as the route declares it."""
