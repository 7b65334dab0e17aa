"""The catalogue: every case, one module an area."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from bedrock_harness.conformance.case import Case
from bedrock_harness.conformance.catalogue import (
    broken_frames,
    conversation,
    errors,
    exceptions,
    framing,
    reasoning,
    retry,
    signing,
    stops,
    stream,
    tool_turns,
    tools,
    usage,
)

__all__ = ["AREAS", "CASES", "NoSuchCase", "find", "select"]

AREAS = (
    "signing",
    "framing",
    "stream",
    "stop",
    "exceptions",
    "tools",
    "reasoning",
    "conversation",
    "errors",
    "retry",
    "usage",
)
"""In the order of a request's life: it is signed, its reply is cut into frames, the frames make a stream, and so on."""

_MODULES = (
    broken_frames,
    conversation,
    errors,
    exceptions,
    framing,
    reasoning,
    retry,
    signing,
    stops,
    stream,
    tool_turns,
    tools,
    usage,
)

CASES: tuple[Case, ...] = tuple(
    sorted((case for module in _MODULES for case in module.CASES), key=lambda case: (AREAS.index(case.area), case.id))
)
"""Every case, by area, sorted within each."""


class NoSuchCase(Exception):
    """A name or a pattern that no case has."""

    def __init__(self, pattern: str) -> None:
        near = get_close_matches(pattern, [case.id for case in CASES], n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "`bedrock-harness cases` lists them all."
        super().__init__(f"no case is named {pattern}: {hint}")


def find(name: str) -> Case:
    """The case of this id."""
    for case in CASES:
        if case.id == name:
            return case
    raise NoSuchCase(name)


def select(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[Case, ...]:
    """The cases that match one of `only` (all without any) and none of `skip`; globs, and areas by their bare name."""
    for pattern in (*only, *skip):
        if not any(_matches(case, pattern) for case in CASES):
            raise NoSuchCase(pattern)
    return tuple(
        case
        for case in CASES
        if (not only or any(_matches(case, pattern) for pattern in only))
        and not any(_matches(case, pattern) for pattern in skip)
    )


def _matches(case: Case, pattern: str) -> bool:
    return fnmatchcase(case.id, pattern) or case.area == pattern
