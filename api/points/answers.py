"""Accounts, claims and orders as callers get them. One shape, whether it comes from a list or from the
subject's own facts."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from api.answers import at
from api.points.sight import inside, sees_claim
from api.points.subjects import Points
from api.sight import reads
from api.then import Then, lines_then
from domain.messages import Actor, Recorded
from domain.points import facts as f
from projections.case import Kept, moment
from projections.points import account, accounts, claims, redemptions
from projections.rowing import kept
from projections.views import Row

BALANCES = ("balance", "available", "held", "held_disputed", "held_redemption", "owed", "credit_score")
CLAIM = (
    "id", "state", "account", "holder", "place", "activity", "quantity", "basis", "points", "occurred_on",
    "beneficiary", "filed_by", "cause", "verified_by", "entry", "disputed_by", "proven_quantity",
    "reversed_points", "outcome", "decided_by", "version", "position",
)  # fmt: skip
PUBLIC = ("id", "state", "place", "activity", "quantity", "points", "occurred_on", "version", "position")
"""What a neighbour learns of a claim he disputes."""

ORDER = (
    "id", "state", "account", "holder", "place", "total", "beneficiary", "proxy", "consent", "requested_by",
    "fulfilled_by", "delivery", "partner", "reason", "version", "position",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """One caller reading points at one moment (`now`, microseconds)."""

    points: Points
    actor: Actor
    now: int

    # ------------------------------------------------------------------ accounts

    def account(self, found: account.Account) -> dict[str, Any]:
        holds = [
            {
                "hold": hold.hold,
                "purpose": hold.purpose,
                "points": hold.points,
                "until": at(hold.until or None),
            }
            for hold in found.holds
        ]
        scores = [
            {
                "entry": each.score_entry,
                "change": each.change,
                "after": each.after,
                "cause": each.cause,
                "undoes": each.undoes,
                "recorded_at": at(each.at),
            }
            for each in found.scores
        ]
        return self.account_row(accounts.account_row(found)) | {"holds": holds, "credit_entries": scores}

    def account_row(self, row: Row) -> dict[str, Any]:
        answer: dict[str, Any] = {name: row[name] for name in ("id", "holder", "kind", "place", *BALANCES)}
        answer["suspended_until"] = self.suspended(row["suspended_until"])
        answer["suspended_for"] = row["suspended_for"] if answer["suspended_until"] else ""
        answer |= {"earned": row["earned"], "redeemed": row["redeemed"]}
        answer["reached"] = json.loads(row["reached"])
        return answer | {
            "opened_at": at(row["opened_at"]),
            "version": row["version"],
            "position": row["position"],
        }

    def suspended(self, until: int | None) -> str | None:
        """A local midnight, with its offset so that its date is the day; None once it has passed."""
        if until is None or until <= self.now:
            return None
        return moment(until).astimezone(self.points.engine.desk.stage().organisation.zone).isoformat()

    # ------------------------------------------------------------------ claims

    def claim(self, found: claims.Claim, then: Then | None = None) -> dict[str, Any]:
        """With its statements and the words of its ruling, for whoever may read them."""
        answer = self.claim_row(claims.row(found))
        if not sees_claim(self.actor, found):
            return answer
        engine, id = self.points.engine, found.filing.id
        lines = engine.log.stream(id) if then is None else lines_then(engine, id, then)
        return answer | self.heard([line for line in lines if line.version <= found.version])

    def claim_row(self, row: Row) -> dict[str, Any]:
        own = self.actor.role == "resident" and self.actor.person in (row["holder"], row["filed_by"])
        if not (own or inside(self.actor, row["place"])):
            return {name: row[name] for name in PUBLIC}
        answer: dict[str, Any] = {name: row[name] for name in CLAIM}
        answer |= {name: json.loads(row[name]) for name in ("witnesses", "evidence", "recused")}
        answer |= {name: self.opened(row[name]) for name in ("note", "reason", "grounds")}
        for name in ("filed_at", "verified_at", "disputed_at", "appealed_at"):
            answer[name] = at(row[name])
        answer["on_behalf"] = bool(row["on_behalf"])
        answer["rule"] = {
            "book": "tariffs",
            "version": row["rule_version"],
            "line": row["activity"],
            "text": row["rule_text"],
        }
        answer["ruling"] = None if row["ruled_at"] is None else self.ruling(row)
        return answer

    def ruling(self, row: Row) -> dict[str, Any]:
        return {
            "claimed_quantity": row["quantity"],
            "proven_quantity": row["proven_quantity"],
            "reversed_points": row["reversed_points"],
            "false_claim": bool(row["false_claim"]),
            "suspended_until": self.suspended(row["suspended_until"]),
            "score_change": row["score_change"],
            "votes": json.loads(row["votes"]),
            "recused": json.loads(row["recused"]),
            "ruled_at": at(row["ruled_at"]),
            "objections_until": at(row["objections_until"]),
            "final_at": at(row["final_at"]),
        }

    def heard(self, lines: Iterable[Recorded]) -> dict[str, Any]:
        """What was said before the panel: statements, objections, reasons, grounds of the appeal."""
        found: dict[str, Any] = {"statements": [], "objections": [], "reasons": None, "appeal": None}
        for line in lines:
            match line.fact:
                case f.StatementTaken(witness, text, proven):
                    found["statements"].append(
                        {
                            "witness": witness,
                            "text": self.spoken(kept(line, text, "text")),
                            "proven_quantity": proven,
                            "taken_by": line.actor.person,
                            "recorded_at": line.recorded_at,
                        }
                    )
                case f.VoteObjected(member, text):
                    said = {"member": member, "text": self.spoken(kept(line, text, "text"))}
                    found["objections"].append(said)
                case f.ClaimRuled(reasons=reasons):
                    found |= {
                        "reasons": self.spoken(kept(line, reasons, "reasons")),
                        "signed_by": line.actor.person,
                    }
                case f.RulingAppealed(grounds):
                    found["appeal"] = {"grounds": self.spoken(kept(line, grounds, "grounds"))}
                case f.AppealDecided(outcome, reasons, decided_by):
                    told = {"outcome": outcome, "decided_by": decided_by}
                    said = {"reasons": self.spoken(kept(line, reasons, "reasons"))}
                    found["appeal"] = (found["appeal"] or {}) | told | said
        return found

    # ------------------------------------------------------------------ orders

    def redemption(self, found: redemptions.Redemption) -> dict[str, Any]:
        return self.redemption_row(redemptions.row(found))

    def redemption_row(self, row: Row) -> dict[str, Any]:
        answer: dict[str, Any] = {name: row[name] for name in ORDER}
        answer["lines"] = json.loads(row["lines"])
        for name in ("requested_at", "expires_at", "fulfilled_at", "cancelled_at"):
            answer[name] = at(row[name])
        return answer

    # ------------------------------------------------------------------ what is sealed

    def spoken(self, sealed: Kept) -> str | None:
        return self.points.opened(sealed) if reads(self.actor, self.points.places()) else None

    def opened(self, sealed: str | None) -> str | None:
        return None if sealed is None else self.spoken(Kept.of_json(sealed))
