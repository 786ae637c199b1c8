"""Who takes a list along and brings in what was noted without signal, and who settles what was refused."""

from collections.abc import Mapping

from api.permissions.kinds import REGISTRARS_OF_CASES, Permit, row
from domain.capture import RecordCapture, SettleCapture

CAPTURE: Mapping[str, Permit] = {
    "GET /api/v1/capture/along": row(REGISTRARS_OF_CASES, "own"),
    "POST /api/v1/capture": row(REGISTRARS_OF_CASES, "own", RecordCapture),
    "GET /api/v1/capture": row(REGISTRARS_OF_CASES, "scope"),
    "GET /api/v1/capture/{capture_id}": row(REGISTRARS_OF_CASES, "scope"),
    "POST /api/v1/capture/{capture_id}/settle": row(REGISTRARS_OF_CASES, "scope", SettleCapture),
}
