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

import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import yaml
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
_MAX_DEPTH = 100


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
    with these values, and of a list every item is found somewhere in the request's.
    """

    model: str = "*"
    words: tuple[str, ...] = ()
    pattern: str | None = None
    body: dict[str, Any] = field(default_factory=dict)


class Canned(Struct, frozen=True):
    """A reply, and the requests that it answers."""

    when: When
    reply: Reply


def choose(canned: Iterable[Canned], body: Mapping[str, Any], model: str) -> Reply | None:
    """The first canned reply for a Converse body sent to that decoded model id; None where none is for it."""
    said: str | None = None
    for one in canned:
        when = one.when
        if not fnmatchcase(model, when.model) or not _is_part(when.body, body):
            continue
        if when.words or when.pattern is not None:
            said = read(body).text if said is None else said
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
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        place = f"line {data.count(bytes([10]), 0, error.start) + 1}"
        raise CannedError(path, place, "the file is UTF-8", "Save it in that encoding.") from None
    document, lines = _parsed_json(path, text) if path.suffix == ".json" else _parsed_yaml(path, text)
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
    pattern = read.when.pattern
    if pattern is not None:
        fault = _fault_of(pattern)
        if fault:
            raise error(".when.pattern", fault, "Write a simpler pattern, or use `words`.")
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


def _parsed_json(path: Path, text: str) -> tuple[Any, _Lines]:
    try:
        return json.loads(text), {}
    except json.JSONDecodeError as problem:
        raise CannedError(
            path, f"line {problem.lineno}", f"the file is JSON: {problem.msg}", "Mend it there."
        ) from None
    except RecursionError:
        required = f"values stand at most {_MAX_DEPTH} deep inside one another"
        raise CannedError(path, "somewhere", required, "Write it flatter.") from None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # libyaml's, where it is there
    """YAML with the scalars of JSON and no others: `on`, 12:30 and 2025-01-31 are the words that they look like."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}


_SCALARS = (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", "[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
    ("null", "~|null|Null|NULL|", ("~", "n", "N", "")),
)
"""Plain scalars that are no strings: the core schema of YAML 1.2, less what JSON cannot say."""

for _name, _pattern_of, _firsts in _SCALARS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern_of})$"), list(_firsts))


def _parsed_yaml(path: Path, text: str) -> tuple[Any, _Lines]:
    try:
        _look_over(path, text)
        node = yaml.compose(text, Loader=_Loader)
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else 1
        raise CannedError(path, f"line {line}", f"the file is YAML: {problem.problem}", "Mend it there.") from None
    except yaml.YAMLError as problem:
        raise CannedError(path, "somewhere", f"the file is YAML: {problem}", "Mend it there.") from None
    lines: dict[str, int] = {}
    _note_lines(node, "", lines)
    return document, lines


def _look_over(path: Path, text: str) -> None:
    """Refuse what would make a small file a large value, or a value that is no JSON: depth, aliases, tags."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = f"line {event.start_mark.line + 1 if event.start_mark else 1}"
        if depth > _MAX_DEPTH:
            required = f"values stand at most {_MAX_DEPTH} deep inside one another"
            raise CannedError(path, line, required, "Write it flatter.")
        if isinstance(event, yaml.AliasEvent):
            raise CannedError(path, line, "the file has no aliases", "Write the value out where it is wanted.")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise CannedError(path, line, "the file has no tags", f"Leave {tag} out; bytes are base64 strings.")


def _note_lines(node: Any, where: str, lines: dict[str, int]) -> None:
    if node is None:
        return
    lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _note_lines(item, f"{where}[{number}]", lines)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _note_lines(value, f"{where}.{key.value}", lines)
