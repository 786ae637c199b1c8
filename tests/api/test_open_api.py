"""The documentation: every route described, with an example and its problems, and nothing of another host."""

import re

from tests.api.conftest import Office

OPEN = (
    "/healthz", "/readyz", "/metrics", "/api/v1/track/{code}", "/api/v1/panel/disclosures",
    "/api/v1/audit/key", "/api/v1/audit/checkpoint", "/api/v1/audit/tile/", "/api/v1/audit/restored",
    "/api/v1/receipts/check",
    "/api/v1/figures", "/api/v1/spot-checks/{spot_check}/pack",
)  # fmt: skip
"""What needs no actor."""


def operations(office: Office):
    paths = office.get("/openapi.json").json()["paths"]
    return [(path, method, told) for path, methods in paths.items() for method, told in methods.items()]


def test_every_route_of_the_contract_is_there(office: Office):
    named = {(method.upper(), path) for path, method, _ in operations(office)}
    early = (
        "reclassify",
        "merge",
        "unmerge",
        "split",
        "reject",
        "withdraw",
        "dispatch",
        "decline",
        "respond",
    )
    later = ("progress", "evidence", "session", "extension", "extension-decision", "urge", "supervise")
    last = ("resolution", "follow-up", "reopen", "spot-check", "support")
    commands = (*early, *later, *last)
    wanted = {("POST", f"/api/v1/complaints/{{complaint}}/{name}") for name in commands}
    wanted |= {
        ("POST", "/api/v1/complaints"), ("GET", "/api/v1/complaints"),
        ("GET", "/api/v1/complaints/{complaint}"),
        ("GET", "/api/v1/complaints/{complaint}/history"),
        ("GET", "/api/v1/complaints/{complaint}/clocks/{clock}/why"),
        ("GET", "/api/v1/complaints/{complaint}/similar"), ("GET", "/api/v1/complaints/similar"),
        ("POST", "/api/v1/complaints/bulk"), ("POST", "/api/v1/evidence"),
        ("GET", "/api/v1/evidence/{evidence}"),
        ("GET", "/api/v1/statistics"), ("GET", "/api/v1/statistics/{indicator}"),
        ("GET", "/api/v1/statistics/{indicator}/cases"), ("GET", "/api/v1/duties"), ("GET", "/api/v1/stream"),
        ("GET", "/api/v1/rule-books/{book}"), ("POST", "/api/v1/rule-books/{book}"),
        ("GET", "/api/v1/rule-books/{book}/{version}"), ("POST", "/api/v1/rule-books/{book}/{version}/adopt"),
        ("GET", "/api/v1/rule-books/{book}/{version}/diff/{other}"), ("GET", "/api/v1/track/{code}"),
        ("POST", "/api/v1/track/{code}/rate"), ("POST", "/api/v1/track/{code}/urge"),
        ("POST", "/api/v1/track/{code}/reopen"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
    }  # fmt: skip
    assert wanted <= named


def test_every_route_says_what_it_is_and_which_problems_it_has(office: Office):
    for path, method, told in operations(office):
        assert told.get("summary"), path
        problems = [status for status in told["responses"] if status.startswith(("4", "5"))]
        assert problems or path in OPEN, (method, path)
        if not path.startswith(OPEN):
            assert "401" in problems, (method, path)
        for status in problems:
            assert list(told["responses"][status]["content"]) == ["application/problem+json"], (path, status)


def test_every_command_has_an_example_that_fits_its_own_schema(office: Office):
    from api.commands import COMMANDS

    for name, kind in COMMANDS.items():
        assert kind.body.model_validate(dict(kind.example)), name
    for path, method, told in operations(office):
        body = told.get("requestBody", {}).get("content", {}).get("application/json", {})
        if method == "post" and path.startswith("/api/v1/complaints") and not path.endswith("bulk"):
            assert body.get("example"), path


def test_the_documentation_needs_no_other_host(office: Office):
    page = office.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text and "http://" not in page.text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert office.get(address, "").status_code == 200, address
    policy = page.headers["content-security-policy"]
    assert "'self'" in policy and "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert office.get("/redoc", "").status_code == 404


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(office: Office):
    for path in (
        "/",
        "/healthz",
        "/api/v1/complaints",
        "/api/v1/complaints/c-0",
        "/static/huisheng.css",
        "/docs",
    ):
        headers = office.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["referrer-policy"] == "same-origin", path


def test_evidence_comes_back_as_a_picture_that_runs_nothing(office: Office):
    photo = office.photo()
    kept = office.get(f"evidence/{photo}", "gridworker")
    assert (kept.status_code, kept.headers["content-type"]) == (200, "image/jpeg")
    assert kept.headers["content-disposition"].startswith("inline")
    assert kept.headers["content-security-policy"] == "default-src 'none'; sandbox"
    paper = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
    told = office.call("POST", "evidence", files={"file": ("决议.pdf", paper, "application/pdf")}).json()
    assert office.get(f"evidence/{told['id']}").headers["content-disposition"].startswith("attachment")
    assert office.get(f"evidence/{photo}", "").status_code == 401


def test_health_says_how_far_everything_has_come(office: Office):
    assert office.get("/healthz", "").json() == {"status": "ok"}
    ready = office.get("/readyz", "").json()
    assert ready["status"] == "ready" and ready["position"] == office.engine.log.head()
    office.registered()
    metrics = office.get("/metrics", "").text
    assert 'route="/api/v1/complaints",status="201"' in metrics
    assert "huisheng_log_position" in metrics
