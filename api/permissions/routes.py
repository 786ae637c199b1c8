"""Who may ask which route of the api."""

from collections.abc import Mapping

from api.permissions.kinds import (
    ADOPTERS,
    DESK,
    EVERYBODY,
    OF_A_PLACE,
    OFFICE,
    PANEL,
    PROPOSERS,
    PUBLISHERS,
    READERS,
    REPORTERS,
    RESIDENT,
    SHELVES,
    STAFF,
    UNITS,
    VERIFIERS,
    WATCHERS,
    Permit,
    everyone,
    row,
)
from domain.complaint import commands as c
from domain.points import redemption as r
from domain.points import stock as s
from domain.points.account import commands as a
from domain.points.attendance import commands as att
from domain.points.claim import commands as cl
from domain.points.panel import commands as p
from domain.publishing import Publish
from domain.sampling import DrawSample, FixFrame

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
    "POST /api/v1/rule-books/deadlines/{version}/what-if": row(STAFF, "scope"),
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
    "GET /api/v1/audit/checkpoint": everyone(),
    "GET /api/v1/audit/tile/{level}/{index:path}": everyone(),
    "GET /api/v1/audit/restored": everyone(),
    "GET /api/v1/audit/proofs/inclusion": row(EVERYBODY, "all"),
    "GET /api/v1/audit/proofs/consistency": row(EVERYBODY, "all"),
    "GET /api/v1/audit/log": row(("panel", "analyst", "admin"), "all"),
    "GET /api/v1/audit/bundles/claim/{claim}": row(EVERYBODY, "claim"),
    "GET /api/v1/audit/bundles/account/{account}": row(EVERYBODY, "account"),
    "GET /api/v1/audit/bundles/complaint/{complaint}": row(EVERYBODY, "case"),
    "GET /api/v1/audit/bundles/figure/{figure}": row(OF_A_PLACE, "scope"),
    "GET /audit": row(EVERYBODY, "all"),
    "GET /static/verify.js": everyone(),
    "GET /audit/spot-checks": row(OF_A_PLACE, "scope"),
    "POST /audit/spot-checks": row(("panel", "street", "admin"), "scope", FixFrame),
    "GET /audit/spot-checks/{spot_check}": row(OF_A_PLACE, "scope"),
    "GET /audit/spot-checks/{spot_check}/redraw": everyone(),
    "POST /audit/spot-checks/{spot_check}/value": row(PANEL, "scope", DrawSample),
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
