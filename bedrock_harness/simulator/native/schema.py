"""Bodies held against a table of fields, and the sentences for what does not fit.

The service has two judges. A JSON schema stands in front of most models; its sentences are those of everit-org/json-schema.
Anthropic's models judge for themselves, in pydantic's sentences. Both are said from the same faults. Knows no family.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from bedrock_harness.simulator.native.request import Refused

__all__ = ["Fault", "Field", "Fields", "Kind", "check", "is_base64", "malformed", "refuse_by_model", "refuse_by_schema"]

Kind: TypeAlias = Literal["any", "array", "boolean", "integer", "number", "object", "string"]

_MOST = 20
"""Faults told of one body: a hostile one could hold millions."""


class Field(Struct, frozen=True):
    """What stands at one place of a body. `kinds` are alternatives; the last one is named where none fits.

    `fields` are an object's members, and `closed` forbids all others. `items` is what an array holds. `tags` tells objects
    apart by their member `type`. `least` and `most` bound a number, or how many items or characters there are. `base64` is a
    string that must be it.
    """

    kinds: tuple[Kind, ...]
    required: bool = False
    fields: Fields | None = None
    closed: bool = True
    items: Field | None = None
    tags: Mapping[str, Fields] | None = None
    allowed: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None
    base64: bool = False


Fields: TypeAlias = Mapping[str, Field]
Path: TypeAlias = tuple[str | int, ...]

Problem: TypeAlias = Literal[
    "required", "extraneous", "type", "tag", "enum", "least", "most", "short", "long", "few", "many", "base64"
]


class Fault(Struct, frozen=True):
    """One place that does not fit: what is wrong there, what was wanted and what was found."""

    path: Path
    problem: Problem
    wanted: Any = None
    found: Any = None


def check(field: Field, value: Any, path: Path = (), *, null_is_absent: bool = False) -> Iterator[Fault]:
    """Where a value does not fit, outermost first. `null_is_absent` takes an optional member that is null for none."""
    if not any(_KINDS[kind](value) for kind in field.kinds):
        yield Fault(path, "type", field.kinds[-1], value)
        return
    if field.allowed and value not in field.allowed:
        yield Fault(path, "enum", field.allowed, value)
    if field.base64 and isinstance(value, str) and not is_base64(value):
        yield Fault(path, "base64")
    yield from _bounds(field, value, path)
    if isinstance(value, dict):
        yield from _members(field, value, path, null_is_absent)
    elif isinstance(value, list) and field.items is not None:
        for place, item in enumerate(value):
            yield from check(field.items, item, (*path, place), null_is_absent=null_is_absent)


def refuse_by_schema(faults: Iterator[Fault]) -> None:
    """Raise Refused, naming every fault in the words of the schema validator in front of the models."""
    told = [_SCHEMA_SAYS[fault.problem](fault) for fault in islice(faults, _MOST)]
    if told:
        raise malformed(", ".join(told))


def refuse_by_model(faults: Iterator[Fault]) -> None:
    """Raise Refused with the first fault, in the words of Anthropic's models."""
    for fault in faults:
        place = ".".join(str(step) for step in fault.path)
        raise Refused("ValidationException", f"{place}: {_MODEL_SAYS[fault.problem](fault)}")


def malformed(what: str = "") -> Refused:
    """The refusal that the schema validator's findings are wrapped in.

    "Malformed input request: #: required key [prompt] not found#: extraneous key [messages] is not permitted, please
    reformat your input and try again." in 2024 (evalstate/fast-agent's notes); with ", " between them since
    (BerriAI/litellm#30314, 2026). Bare: aws-samples/amazon-bedrock-client-for-mac#12.
    """
    told = f": {what}" if what else ""
    return Refused("ValidationException", f"Malformed input request{told}, please reformat your input and try again.")


# ------------------------------------------------------------------------------------------------------------- checking

_KINDS: Mapping[Kind, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def is_base64(text: str) -> bool:
    """Whether a text is base64 with nothing else in it."""
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return False
    return True


def _bounds(field: Field, value: Any, path: Path) -> Iterator[Fault]:
    if isinstance(value, (bool, dict)) or value is None:
        return
    size, under, over = _measure(value)
    if field.least is not None and size < field.least:
        yield Fault(path, under, field.least, size)
    if field.most is not None and size > field.most:
        yield Fault(path, over, field.most, size)


def _measure(value: Any) -> tuple[float, Problem, Problem]:
    if isinstance(value, str):
        return len(value), "short", "long"
    if isinstance(value, list):
        return len(value), "few", "many"
    return value, "least", "most"


def _members(field: Field, value: dict[str, Any], path: Path, null_is_absent: bool) -> Iterator[Fault]:
    fields, within = field.fields, path
    if field.tags is not None:
        if "type" not in value:
            yield Fault((*path, "type"), "required")
            return
        tag = value["type"]
        if not isinstance(tag, str) or tag not in field.tags:
            yield Fault(path, "tag", tuple(field.tags), tag)
            return
        fields, within = field.tags[tag], (*path, tag)
    if fields is None:
        return
    for name, inner in fields.items():
        if name in value and not (null_is_absent and value[name] is None and not inner.required):
            yield from check(inner, value[name], (*within, name), null_is_absent=null_is_absent)
        elif inner.required:
            yield Fault((*within, name), "required")
    if field.closed:
        yield from (Fault((*within, name), "extraneous") for name in value if name not in fields)


# -------------------------------------------------------------------------------------------- everit-org/json-schema says

_SCHEMA_TYPES: Mapping[str, str] = {
    "array": "JSONArray",
    "boolean": "Boolean",
    "integer": "Integer",
    "number": "Number",
    "object": "JSONObject",
    "string": "String",
}


def _pointer(path: Path) -> str:
    return "/".join(("#", *map(str, path)))


def _found(value: Any) -> str:
    if value is None:
        return "Null"
    if isinstance(value, float):
        return "BigDecimal"
    kind = next(kind for kind in ("boolean", "integer", "string", "array", "object") if _KINDS[kind](value))
    return _SCHEMA_TYPES[kind]


_SCHEMA_SAYS: Mapping[Problem, Callable[[Fault], str]] = {
    "required": lambda fault: f"{_pointer(fault.path[:-1])}: required key [{fault.path[-1]}] not found",
    "extraneous": lambda fault: f"{_pointer(fault.path[:-1])}: extraneous key [{fault.path[-1]}] is not permitted",
    "type": lambda fault: (
        f"{_pointer(fault.path)}: expected type: {_SCHEMA_TYPES[fault.wanted]}, found: {_found(fault.found)}"
    ),
    "tag": lambda fault: f"{_pointer(fault.path)}/type: {_short(fault.found)} is not a valid enum value",
    "enum": lambda fault: f"{_pointer(fault.path)}: {_short(fault.found)} is not a valid enum value",
    "least": lambda fault: f"{_pointer(fault.path)}: {fault.found} is not greater or equal to {fault.wanted}",
    "most": lambda fault: f"{_pointer(fault.path)}: {fault.found} is not less or equal to {fault.wanted}",
    "short": lambda fault: f"{_pointer(fault.path)}: expected minLength: {fault.wanted}, actual: {fault.found}",
    "long": lambda fault: f"{_pointer(fault.path)}: expected maxLength: {fault.wanted}, actual: {fault.found}",
    "few": lambda fault: f"{_pointer(fault.path)}: expected minimum item count: {fault.wanted}, found: {fault.found}",
    "many": lambda fault: f"{_pointer(fault.path)}: expected maximum item count: {fault.wanted}, found: {fault.found}",
    "base64": lambda fault: f"{_pointer(fault.path)}: is not a valid base64 string",
}
"""Seen from Bedrock: required, extraneous, type, few (ziya-ai/ziya#24). The others are the same validator's."""

# ------------------------------------------------------------------------------------------------------- Anthropic says

_MODEL_TYPES: Mapping[str, str] = {
    "array": "list",
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
    "object": "dictionary",
    "string": "string",
}


def _quoted(values: tuple[Any, ...], last: str) -> str:
    words = [f"'{value}'" for value in values]
    return f"{', '.join(words[:-1])}{last}{words[-1]}" if len(words) > 1 else words[0]


def _tag(fault: Fault) -> str:
    return (
        f"Input tag '{_short(fault.found)}' found using 'type' does not match any of the expected tags: "
        f"{_quoted(fault.wanted, ', ')}"
    )


_MODEL_SAYS: Mapping[Problem, Callable[[Fault], str]] = {
    "required": lambda _: "Field required",
    "extraneous": lambda _: "Extra inputs are not permitted",
    "type": lambda fault: f"Input should be a valid {_MODEL_TYPES[fault.wanted]}",
    "tag": _tag,
    "enum": lambda fault: f"Input should be {_quoted(fault.wanted, ' or ')}",
    "least": lambda fault: f"Input should be greater than or equal to {fault.wanted:g}",
    "most": lambda fault: f"Input should be less than or equal to {fault.wanted:g}",
    "base64": lambda _: "invalid base64 data",
}
"""Seen from Bedrock: required ("messages.1.content.0.thinking.signature: Field required", run-llama/llama_index#20851)
and extraneous ("betas: Extra inputs are not permitted"). The others are pydantic's own, as far as a field of these models
can have them: none has a bounded text or list."""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 100 else f"{text[:100]}..."
