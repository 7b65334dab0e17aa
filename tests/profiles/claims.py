"""The 126 claims of the five systems: where each is held by a test, and why the others cannot be.

A claim is what a system's documentation or code promises, by an id: a letter for the system, and a number. The test that holds
it bears the id in its name and the promise in its docstring; nothing is written twice.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

__all__ = ["CAVEATS", "REASONS", "SYSTEMS", "Held", "held", "ids"]

TESTS = Path(__file__).parents[1]
FILES = (*sorted(TESTS.glob("profiles/test_*.py")), TESTS / "gateway" / "test_claims.py")

SYSTEMS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "D": ("docker-agent", 26),
        "R": ("ReqLLM", 40),
        "A": ("Autobot", 13),
        "L": ("LangWatch", 12),
        "B": ("bifrost", 20),
        "P": ("PRX", 15),
    }
)
"""The systems by the letter of their claims, and how many claims each has."""

REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "D25": (
            "A stop reason that nobody knows is told as `stop`.",
            "The reference client passes it on (A10): a new reason, told as a good end, would make half an answer look whole.",
        ),
        "A11": (
            "Token counts that are missing are told as zero.",
            "The reference client tells None: unknown is not zero, and a zero would be billed and summed as one.",
        ),
    }
)
"""Claims that cannot hold of the reference client: what is promised, and why not."""

CAVEATS: Mapping[str, str] = MappingProxyType(
    {
        "D19": "The code's; the documentation has no default budget.",
        "P01": "The code's; the documentation says that PRX reads no profile.",
        "P15": "In the reference client's words, which are not PRX's.",
        "R04": "In the reference client's words, which are not ReqLLM's.",
        "R38": "In Converse's own shape, where ReqLLM calls them annotations.",
        "R40": "In whole replies. What a stream has told cannot be taken back: there they all pass.",
        "B18": "bifrost tells a quota as 402. The reference client and the gateway tell each status as the service gives it.",
        "L06": "Where it is asked for, by `only_aws`: otherwise no profile could be pointed at a simulator.",
    }
)
"""What a test of these ids does not hold, or whose promise it is."""

_NAME = re.compile(r"test_([drablp]\d\d)_")
_OWN_ID = re.compile(r"^[DRALBP]\d\d: ")


@dataclass(frozen=True)
class Held:
    """A test that holds a claim: its name, its file below `tests`, and what it says."""

    name: str
    file: str
    sentence: str


def ids(letter: str) -> list[str]:
    """The ids of a system's claims."""
    return [f"{letter}{number:02}" for number in range(1, SYSTEMS[letter][1] + 1)]


def held() -> dict[str, list[Held]]:
    """The tests of each claim that has one."""
    found: dict[str, list[Held]] = {}
    for number, test in _tests():
        found.setdefault(number, []).append(test)
    return found


def _tests() -> Iterator[tuple[str, Held]]:
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (match := _NAME.match(node.name)):
                sentence = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
                said = _OWN_ID.sub("", sentence)
                yield match[1].upper(), Held(node.name, str(path.relative_to(TESTS)), said[:1].upper() + said[1:])
