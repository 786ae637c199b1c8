"""The import table of the house, read from the syntax tree: an import inside a function counts too."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("domain", "projections", "engine", "api", "scripts", "bench")

ENGINE = {
    "eventsourcing",
    "msgspec",
    "orjson",
    "sqlalchemy",
    "psycopg",
    "psycopg_pool",
    "cryptography",
    "PIL",
    "structlog",
}
API = {
    "authlib",
    "babel",
    "fastapi",
    "fastapi_offline",
    "httpx2",
    "jinja2",
    "js_lib_htmx",
    "jwt",
    "markupsafe",
    "orjson",
    "prometheus_client",
    "pwdlib",
    "pydantic",
    "segno",
    "starlette",
    "structlog",
}
SCRIPTS = {"typer", "click", "rich", "uvicorn", "pyarrow", "python_calamine"}

ALLOWED = {
    "domain": {"domain"},
    "projections": {"projections", "domain"},
    "engine": {"engine", "domain"} | ENGINE,
    "api": {"api", "domain", "projections", "engine"} | API,
    "scripts": {"scripts", "api", "domain", "projections", "engine", "bench"} | ENGINE | API | SCRIPTS,
    "bench": {"bench", "scripts", "api", "domain", "projections", "engine"} | ENGINE | API | SCRIPTS,
}
"""Besides the standard library."""

DOMAIN_NEVER = {
    "asyncio",
    "threading",
    "multiprocessing",
    "socket",
    "sqlite3",
    "subprocess",
    "time",
    "random",
    "os",
    "io",
}
"""Standard, yet no business of a rule: a decision reads its scene, not a clock, a file or chance."""


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; say the room"
            yield node.module or "", node.lineno


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_the_table_allows(room: str) -> None:
    allowed = ALLOWED[room] | sys.stdlib_module_names
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(room)
        for name, line in imports(path)
        if name.partition(".")[0] not in allowed
    ]
    assert found == []


def test_a_rule_reads_no_clock_file_or_chance() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources("domain")
        for name, line in imports(path)
        if name.partition(".")[0] in DOMAIN_NEVER
    ]
    assert found == []


def test_every_folder_of_a_room_is_a_package() -> None:
    missing = {str(path.parent.relative_to(ROOT)) for room in ROOMS for path in sources(room)}
    assert [folder for folder in sorted(missing) if not (ROOT / folder / "__init__.py").exists()] == []


def test_the_rooms_are_imported_from_this_checkout() -> None:
    """No package of the environment may stand in front of a room of the same name."""
    answer = subprocess.run(
        [sys.executable, "-c", "import domain, engine, api, scripts; print(domain.__file__)"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(answer.stdout.strip()) == ROOT / "domain" / "__init__.py"
