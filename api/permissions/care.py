"""Who opens, keeps and closes care plans."""

from collections.abc import Mapping

from api.permissions.kinds import DESK, REGISTRARS_OF_CASES, Permit, row
from domain.care import commands as c

PLAN = "/api/v1/care-plans/{care_plan}"

CARE: Mapping[str, Permit] = {
    "POST /api/v1/care-plans": row(DESK, "scope", c.OpenPlan),
    "GET /api/v1/care-plans": row(REGISTRARS_OF_CASES, "scope"),
    "GET /api/v1/care-plans/unfiled": row(REGISTRARS_OF_CASES, "scope"),
    f"GET {PLAN}": row(REGISTRARS_OF_CASES, "scope"),
    f"GET {PLAN}/history": row(REGISTRARS_OF_CASES, "scope"),
    f"POST {PLAN}/visits": row(DESK, "scope", c.RecordVisit),
    f"POST {PLAN}/emergency": row(REGISTRARS_OF_CASES, "scope", c.AnswerEmergency),
    f"POST {PLAN}/risk": row(DESK, "scope", c.ChangeRisk),
    f"POST {PLAN}/handover": row(DESK, "scope", c.HandOver),
    f"POST {PLAN}/reveal": row(REGISTRARS_OF_CASES, "scope", c.RevealCare),
    "POST /api/v1/care-plans/notices": row(REGISTRARS_OF_CASES, "scope", c.SendNotice),
    "GET /api/v1/care-plans/notices/{notice}": row(REGISTRARS_OF_CASES, "scope"),
    f"POST {PLAN}/delivered": row(DESK, "scope", c.DeliverNotice),
    f"POST {PLAN}/close": row(DESK, "scope", c.ClosePlan),
}
"""What lies outside the scope is not found."""

CARE_PAGES: Mapping[str, Permit] = {
    "GET /care": row(REGISTRARS_OF_CASES, "scope"),
    "GET /care/new": row(DESK, "scope"),
    "POST /care/new": row(DESK, "scope"),
    "GET /care/notices/new": row(REGISTRARS_OF_CASES, "scope"),
    "POST /care/notices/new": row(REGISTRARS_OF_CASES, "scope"),
    "GET /care/notices/{notice}": row(REGISTRARS_OF_CASES, "scope"),
    "GET /care/{care_plan}": row(REGISTRARS_OF_CASES, "scope"),
    "GET /care/{care_plan}/do/{care_command}": row(REGISTRARS_OF_CASES, "scope"),
    "POST /care/{care_plan}/do/{care_command}": row(REGISTRARS_OF_CASES, "scope"),
}
