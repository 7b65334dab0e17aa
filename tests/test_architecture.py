"""The walls of the house: which room may import which, and what each shows to the outside."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bedrock_harness

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(bedrock_harness.__file__).parent

ARROWS = {
    "wire": set(),
    "service": {"wire"},
    "client": {"wire", "service"},
    "gateway": {"wire", "service", "client"},
    "profiles": {"client"},
    "simulator": {"wire", "service"},
    "providers": {"wire", "service", "client", "profiles"},
    "recordings": {"wire", "service", "simulator"},
    "conformance": {"wire", "service", "simulator", "providers"},
    "mutants": {"wire", "service", "client", "simulator", "providers", "conformance"},
    "reporting": {"conformance"},
    "fuzzing": {"wire", "recordings"},
    "testing": {"simulator", "providers", "conformance", "reporting"},
    "pytest_plugin": {"simulator"},
    "cli": {
        "wire",
        "service",
        "client",
        "gateway",
        "simulator",
        "providers",
        "recordings",
        "conformance",
        "mutants",
        "reporting",
    },
}
"""Each room and the rooms below it that it may use. docs/architecture.md says why."""

OUTSIDE = {
    "wire": {"isal", "msgspec"},
    "service": {"msgspec", "botocore"},
}
"""The lowest rooms and the libraries they may use, beside the standard library."""

FORBIDDEN_IN_WIRE = {
    "asyncio",
    "http",
    "os",
    "select",
    "socket",
    "ssl",
    "subprocess",
    "threading",
    "time",
    "urllib.request",
}


def modules() -> list[Path]:
    """Every module of the package but the adapters, which run in environments of their own."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "adapters" not in path.parts)


def room_of(path: Path) -> str:
    """The room a module stands in."""
    inside = path.relative_to(PACKAGE)
    return inside.parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_run_downwards(path: Path) -> None:
    """A room imports only the rooms below it."""
    room = room_of(path)
    if room in {"__init__", "__main__"}:
        return
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "bedrock_harness" and len(parts) > 1 and parts[1] != room:
            assert parts[1] in ARROWS[room], f"{room} imports {name}"


@pytest.mark.parametrize("room", sorted(OUTSIDE))
def test_the_lowest_rooms_use_few_libraries(room: str) -> None:
    """Bytes need no HTTP client, and the service's description no event loop."""
    allowed = OUTSIDE[room] | set(sys.stdlib_module_names) | {"bedrock_harness"}
    for path in (PACKAGE / room).rglob("*.py"):
        for name in imported(path):
            assert name.partition(".")[0] in allowed, f"{path}: {name}"


def test_wire_touches_no_socket_clock_or_environment() -> None:
    """What decodes bytes and signs requests is a pure function of its arguments."""
    for path in (PACKAGE / "wire").rglob("*.py"):
        assert not FORBIDDEN_IN_WIRE & set(imported(path)), path


def test_reporting_sees_results_only() -> None:
    """A report is made from the stream of results, so that one can be made from a file as well."""
    for path in (PACKAGE / "reporting").rglob("*.py"):
        for name in imported(path):
            if name.startswith("bedrock_harness.") and not name.startswith("bedrock_harness.reporting"):
                assert name in {"bedrock_harness.conformance.verdict", "bedrock_harness.conformance.grades"}, path


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_is_public_is_named_and_there(path: Path) -> None:
    """Every module says in `__all__` what it shows, and shows it. That the names are sorted is the linter's business."""
    if path.name == "__main__.py":
        return
    module = importlib.import_module(dotted(path))
    assert module.__all__, f"{path} shows nothing"
    assert set(module.__all__) <= set(dir(module))


def dotted(path: Path) -> str:
    """The module's import name."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_module_is_two_ideas() -> None:
    """A module fits on a few screens; a table may make it longer."""
    for path in modules():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 400, f"{path.relative_to(PACKAGE)} has {lines} lines"
