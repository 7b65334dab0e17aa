"""Canned answers: which reply answers which request, as data in a file of YAML or JSON.

    - when: {model: "*anthropic*", words: [weather, Paris]}
      text: It is sunny in Paris.
    - when: {pattern: 'order #?\\d+', body: {toolConfig: {}}}
      reply:
        is: Answer
        blocks: [{is: ToolUse, id: tooluse_1, name: find_order, input: {number: 7}}]
        stop: tool_use
    - text: Good day.

The first that matches answers; one with no `when` matches all. A `reply` is any reply of a script, in its own words.
A file is bounded in size and depth and has no aliases, so that what is read is what is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from bedrock_harness.simulator.script import Answer, Reply, Text
from bedrock_harness.simulator.speaking.asked import read
from bedrock_harness.simulator.speaking.patterns import NotUnderstood, nests_repetitions
from bedrock_harness.simulator.speaking.schemas import same

__all__ = ["MAX_FILE", "MAX_TEXT", "Canned", "CannedError", "When", "choose", "read_canned"]

MAX_FILE = 1024 * 1024
"""Bytes of a file of canned answers."""

MAX_TEXT = 2_000
"""Characters of what the user said that a pattern is matched against."""

_MAX_PATTERN = 1_000
"""Characters of a pattern."""


class CannedError(ValueError):
    """A file of canned answers that cannot be read: which, at what line or path, what was required, what to do."""

    def __init__(self, file: Path, place: str, required: str, hint: str) -> None:
        super().__init__(f"{file}, {place}: {required}. {hint}")
        self.file = file
        self.place = place
        self.required = required
        self.hint = hint


class When(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which requests a canned answer is for; all that is given must hold.

    `model` is a glob over the decoded model id. `words` and `pattern` look at what the user said last: every word is there,
    in small or capital letters; the regular expression is found. `body` is a part of the request: its members are there
    with these values, and of a list every item is found somewhere in the request's. Raises ValueError for a pattern that is
    none, or that can take forever.
    """

    model: str = "*"
    words: tuple[str, ...] = ()
    pattern: str | None = None
    body: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fault = None if self.pattern is None else _fault_of(self.pattern)
        if fault is not None:
            raise ValueError(fault)


class Canned(Struct, frozen=True):
    """A reply, and the requests that it answers."""

    when: When
    reply: Reply


def choose(
    canned: Iterable[Canned], body: object, model: str, *, conversation: Mapping[str, Any] | None
) -> Reply | None:
    """The first canned reply for a body sent to that decoded model id; None where none is for it.

    `conversation` is what the body says in Converse's shape, for Converse the body itself; None where it says nothing.
    """
    said: str | None = None
    for one in canned:
        when = one.when
        if not fnmatchcase(model, when.model) or not _is_part(when.body, body):
            continue
        if when.words or when.pattern is not None:
            said = read(conversation or {}).text if said is None else said
            if not all(_word(word).search(said) for word in when.words):
                continue
            if when.pattern is not None and not _pattern(when.pattern).search(said[:MAX_TEXT]):
                continue
        return one.reply
    return None


def read_canned(path: Path) -> tuple[Canned, ...]:
    """The canned answers of a file, `.json` or else YAML, in its order. Raises CannedError, and OSError for no file."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise CannedError(
            path, "at its end", f"a file has at most {MAX_FILE:,} bytes", "Divide it, or leave something out."
        )
    from bedrock_harness.simulator.speaking.plain_files import FileFault, parse  # PyYAML takes its time to load

    try:
        document, lines = parse(data, json=path.suffix == ".json")
    except FileFault as fault:
        raise CannedError(path, fault.place, fault.required, fault.hint) from None
    if not isinstance(document, list):
        raise CannedError(path, "line 1", "the file is a list of answers", "Begin each with `- when:` or `- text:`.")
    return tuple(_canned(path, number, entry, lines) for number, entry in enumerate(document))


# ----------------------------------------------------------------------------------------------------------- matching


def _is_part(part: object, whole: object) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and _is_part(value, whole[key]) for key, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(_is_part(item, other) for other in whole) for item in part)
    return same(part, whole)


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=512)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


# ------------------------------------------------------------------------------------------------------------ reading


class _Entry(Struct, forbid_unknown_fields=True):
    """One entry of a file: a reply, or the short form of one."""

    when: When = When()
    text: str | None = None
    reply: Reply | None = None


_Lines = Mapping[str, int]
"""The line at which the value at each path begins; empty where lines are not known."""


def _canned(path: Path, number: int, entry: object, lines: _Lines) -> Canned:
    def error(where: str, required: str, hint: str) -> CannedError:
        return CannedError(path, _place(f"[{number}]{where}", lines), required, hint)

    try:
        read = msgspec.convert(entry, _Entry)
    except msgspec.ValidationError as problem:
        required, _, where = str(problem).partition(" - at `$")
        raise error(
            where.rstrip("`"), required, "See `When` and the replies of simulator.script for the names."
        ) from None
    if (read.text is None) == (read.reply is None):
        raise error("", "an answer has either a text or a reply", "Write `text: ...`, or `reply:` with its members.")
    return Canned(read.when, read.reply or Answer((Text(read.text or ""),)))


def _fault_of(pattern: str) -> str | None:
    """What is wrong with a pattern: too long, no pattern, or one that can take forever."""
    if len(pattern) > _MAX_PATTERN:
        return f"a pattern has at most {_MAX_PATTERN:,} characters"
    try:
        re.compile(pattern)
        nested = nests_repetitions(pattern)
    except re.error as problem:
        return f"a pattern is a regular expression of Python's, and this one has {problem}"
    except NotUnderstood:
        return None
    return "a pattern has no repetition inside a repetition, which can take forever" if nested else None


def _place(where: str, lines: _Lines) -> str:
    """A path with its line, or with the line of the nearest value around it that has one."""
    around = where
    while around and around not in lines:
        around = around[: max(around.rfind("."), around.rfind("["))]
    return f"line {lines[around]}, at {where}" if around else f"at {where}"
