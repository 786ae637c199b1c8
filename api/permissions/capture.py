"""Who takes a list along and brings in what was noted without signal, and who settles what was refused."""

from collections.abc import Mapping

from api.permissions.kinds import REGISTRARS_OF_CASES, Permit, everyone, row
from domain.capture import RecordCapture, SettleCapture

CAPTURE: Mapping[str, Permit] = {
    "GET /api/v1/capture/along": row(REGISTRARS_OF_CASES, "own"),
    "POST /api/v1/capture": row(REGISTRARS_OF_CASES, "own", RecordCapture),
    "GET /api/v1/capture": row(REGISTRARS_OF_CASES, "scope"),
    "GET /api/v1/capture/{capture_id}": row(REGISTRARS_OF_CASES, "scope"),
    "POST /api/v1/capture/{capture_id}/settle": row(REGISTRARS_OF_CASES, "scope", SettleCapture),
    "GET /capture": everyone(),
    "GET /sw.js": everyone(),
    "GET /capture/unsettled": row(REGISTRARS_OF_CASES, "scope"),
    "GET /capture/{capture_id}": row(REGISTRARS_OF_CASES, "scope"),
    "POST /capture/{capture_id}": row(REGISTRARS_OF_CASES, "scope"),
}
