"""A file of YAML or JSON as the values that JSON has, with the line at which each begins.

Knows what makes a small file a large value, or a value that is no JSON, and refuses it: depth, aliases, tags. Does not know
what a file is for. PyYAML is loaded with this module, and so only where a file is read.
"""

from __future__ import annotations

import json as json_library
import re
from typing import Any, ClassVar

import yaml

from bedrock_harness.simulator.depth import is_deeper

__all__ = ["MAX_DEPTH", "FileFault", "parse"]

MAX_DEPTH = 100
"""Collections inside one another."""


class FileFault(ValueError):
    """A file that is no such file: where, what was required, and what to do."""

    def __init__(self, place: str, required: str, hint: str) -> None:
        super().__init__(f"{place}: {required}. {hint}")
        self.place = place
        self.required = required
        self.hint = hint


def parse(data: bytes, *, json: bool) -> tuple[Any, dict[str, int]]:
    """The value of a file, and the lines of the values inside by their paths, such as `[0].text`; for JSON no lines.

    Raises FileFault.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        place = f"line {data.count(bytes([10]), 0, error.start) + 1}"
        raise FileFault(place, "the file is UTF-8", "Save it in that encoding.") from None
    return _parsed_json(text) if json else _parsed_yaml(text)


def _parsed_json(text: str) -> tuple[Any, dict[str, int]]:
    try:
        value = json_library.loads(text)
    except json_library.JSONDecodeError as problem:
        place = f"line {problem.lineno}"
        raise FileFault(place, f"the file is JSON: {problem.msg}", "Mend it there.") from None
    except RecursionError:
        raise FileFault("somewhere", *_TOO_DEEP) from None
    if is_deeper(value, MAX_DEPTH):
        raise FileFault("somewhere", *_TOO_DEEP)
    return value, {}


_TOO_DEEP = (f"values stand at most {MAX_DEPTH} deep inside one another", "Write it flatter.")


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


def _parsed_yaml(text: str) -> tuple[Any, dict[str, int]]:
    lines: dict[str, int] = {}
    try:
        _look_over(text)
        _note_lines(yaml.compose(text, Loader=_Loader), "", lines)
        return yaml.load(text, Loader=_Loader), lines  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        place = "somewhere" if mark is None else f"line {mark.line + 1}"
        raise FileFault(place, f"the file is YAML: {problem.problem}", "Mend it there.") from None
    except yaml.YAMLError as problem:
        raise FileFault("somewhere", f"the file is YAML: {problem}", "Mend it there.") from None


def _look_over(text: str) -> None:
    """Refuse what would make a small file a large value, or a value that is no JSON: depth, aliases, tags."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = f"line {event.start_mark.line + 1 if event.start_mark else 1}"
        if depth > MAX_DEPTH:
            raise FileFault(line, *_TOO_DEEP)
        if isinstance(event, yaml.AliasEvent):
            raise FileFault(line, "the file has no aliases", "Write the value out where it is wanted.")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise FileFault(line, "the file has no tags", f"Leave {tag} out; bytes are base64 strings.")


def _note_lines(node: Any, where: str, lines: dict[str, int]) -> None:
    """Note where each value begins. Refuses a member that has no string for a name, and one that is there twice."""
    if node is None:
        return
    lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _note_lines(item, f"{where}[{number}]", lines)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = f"line {key.start_mark.line + 1}"
            if key.tag != _STRING:
                raise FileFault(place, "a member's name is a string", "Put it in quotation marks.")
            if f"{where}.{key.value}" in lines:
                raise FileFault(place, f"{key.value!r} stands once in an object", "Leave one of them out.")
            _note_lines(value, f"{where}.{key.value}", lines)


_STRING = "tag:yaml.org,2002:str"
