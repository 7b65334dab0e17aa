"""Shapes of botocore's model compiled into checks of JSON values.

A check returns nothing, or an empty list, for a value that fits, and makes a fault for each thing that does not. Paths
are gathered on the way back up, so that a sound value pays for none. What a fault is called in the service's words is
decided here; how its path is spelled is `shapes`' business.
"""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from bedrock_harness.service.model import Service, shape

__all__ = ["Check", "Constraint", "Fault", "checker"]

Constraint: TypeAlias = Literal["type", "required", "enum", "length", "range", "pattern", "union", "unknown"]

_MOST = 100
"""Violations kept of one list. BerriAI/litellm#19384 shows 11 in one message; a hostile body could hold millions."""


_UNKNOWN_IGNORED = frozenset({"ToolResultContentBlock"})
"""Unions that may hold nothing but an unknown member: a `cachePoint` in a tool result, sent over plain HTTP, is
accepted and caches nothing. Elsewhere the service asks for a member that it knows."""

_ALSO_IN_USE = {"ToolUseType": ("tool_use",)}
"""Values that the service itself sends though the model does not list them. Twelve recorded replies say `"type":
"tool_use"`; a client that sends a reply back as it came must not be accused of it."""


class Fault(Struct):
    """A violation under construction. `trail` grows from the fault to the body's root."""

    constraint: Constraint
    text: str
    value: object = None
    trail: list[str | int] = []
    hidden: bool = False
    """Whether the model calls the value sensitive, so that the service does not repeat it."""
    of_map: bool = False
    """Whether the trail's first step is a key that the service does not name."""


Check: TypeAlias = Callable[[Any], list[Fault] | None]


@cache
def checker(name: str, service: Service = "bedrock-runtime") -> Check:
    """The check of a shape of a service's model, compiled once. The name is one that the model refers to."""
    described = shape(name, service)
    check = _anything if described.get("document") else _COMPILERS[described["type"]](name, described, service)
    return _hiding(check) if described.get("sensitive") else check


def _anything(value: Any) -> list[Fault] | None:  # noqa: ARG001 - a document holds any JSON
    return None


def _hiding(check: Check) -> Check:
    def hide(value: Any) -> list[Fault] | None:
        faults = check(value)
        for fault in faults or ():
            fault.hidden = True
        return faults

    return hide


def _structure(name: str, model: dict[str, Any], service: Service) -> Check:
    here = {member: ref["shape"] for member, ref in model["members"].items() if "location" not in ref}
    required = [member for member in model.get("required", ()) if member in here]
    union = bool(model.get("union"))
    lenient = name in _UNKNOWN_IGNORED
    keys = ", ".join(here)
    members: dict[str, Check] = {}

    def check(value: Any) -> list[Fault] | None:
        if type(value) is not dict:
            return [_mistyped(value, "structure")]
        if not members:  # Compiled on first use, since a shape may contain itself.
            members.update((member, checker(shape_name, service)) for member, shape_name in here.items())
        faults: list[Fault] = []
        present = 0
        for member, item in value.items():
            inner = members.get(member)
            if inner is None:
                if len(faults) >= _MOST:
                    break
                faults.append(
                    Fault("unknown", f"{name} has no member {member!r}; the service ignores it", trail=[member])
                )
            elif item is not None:
                present += 1
                if found := inner(item):
                    for fault in found:
                        fault.trail.append(member)
                    faults += found
        for member in required:
            if value.get(member) is None:
                faults.append(Fault("required", "Member must not be null", trail=[member]))
        if union and present != 1 and not (lenient and value and not present):
            many = "only one" if present else "one"
            faults.append(Fault("union", f"must set {many} of the following keys: {keys}.", name))
        return faults

    return check


def _list(_: str, model: dict[str, Any], service: Service) -> Check:
    inner = checker(model["member"]["shape"], service)
    measure = _measure("length", model)

    def check(value: Any) -> list[Fault] | None:
        if type(value) is not list:
            return [_mistyped(value, "list")]
        faults = measure(len(value), value)
        for index, item in enumerate(value):
            if item is not None and (found := inner(item)):
                for fault in found:
                    fault.trail.append(index)
                faults += found
                if len(faults) >= _MOST:
                    break
        return faults

    return check


def _map(_: str, model: dict[str, Any], service: Service) -> Check:
    key_check = checker(model["key"]["shape"], service)
    inner = checker(model["value"]["shape"], service)
    measure = _measure("length", model)

    def check(value: Any) -> list[Fault] | None:
        if type(value) is not dict:
            return [_mistyped(value, "map")]
        faults = measure(len(value), value)
        for key, item in value.items():
            faults += [_of_a_map(fault, "Map keys", key) for fault in key_check(key) or ()]
            if item is not None and (found := inner(item)):
                faults += [_of_a_map(fault, "Map value", key) for fault in found]
            if len(faults) >= _MOST:
                break
        return faults

    return check


def _of_a_map(fault: Fault, part: str, key: str) -> Fault:
    """The service reports a key or a value as a fault of the map itself (measured of SES, on the same framework)."""
    if not fault.trail and fault.constraint not in {"type", "union", "unknown"}:
        fault.text = f"{part} must satisfy constraint: [{fault.text}]"
        fault.of_map = True
    fault.trail.append(key)
    return fault


def _string(name: str, model: dict[str, Any], _: Service) -> Check:
    # The service matches the whole string, and `\s` as Java does. An enumeration has neither pattern nor length.
    pattern = model.get("pattern")
    matches = re.compile(pattern, re.ASCII).fullmatch if pattern else None
    allowed = model.get("enum")
    among = frozenset((*(allowed or ()), *_ALSO_IN_USE.get(name, ())))
    measure = _measure("length", model)
    plain = not (pattern or allowed or "min" in model or "max" in model)

    def check(value: Any) -> list[Fault] | None:
        if type(value) is not str:
            return [_mistyped(value, "String")]
        if plain:
            return None
        faults: list[Fault] = []
        if allowed and value not in among:
            faults.append(Fault("enum", f"Member must satisfy enum value set: [{', '.join(allowed)}]", value))
        if matches and not matches(value):
            faults.append(Fault("pattern", f"Member must satisfy regular expression pattern: {pattern}", value))
        return faults + measure(len(value), value)

    return check


def _blob(_: str, model: dict[str, Any], __: Service) -> Check:
    measure = _measure("length", model)

    def check(value: Any) -> list[Fault] | None:
        if type(value) is not str:
            return [_mistyped(value, "Blob")]
        try:
            size = len(binascii.a2b_base64(value, strict_mode=True))
        except ValueError:
            return [_mistyped(value, "Blob")]
        return measure(size, value)

    return check


def _integer(_: str, model: dict[str, Any], __: Service) -> Check:
    noun = "Long" if model["type"] == "long" else "Integer"
    measure = _measure("range", model)

    def check(value: Any) -> list[Fault] | None:
        # 22.0 is an integer: JavaScript and the service's own documents write it so (aws/aws-sdk-js-v3#8246).
        if type(value) is not int and not (type(value) is float and value.is_integer()):
            return [_mistyped(value, noun)]
        return measure(value, value)

    return check


def _float(_: str, model: dict[str, Any], __: Service) -> Check:
    noun = "Float" if model["type"] == "float" else "Double"
    measure = _measure("range", model)

    def check(value: Any) -> list[Fault] | None:
        if type(value) is not float and type(value) is not int:
            return [_mistyped(value, noun)]
        return measure(value, float(value))

    return check


def _boolean(_: str, __: dict[str, Any], ___: Service) -> Check:
    return lambda value: None if type(value) is bool else [_mistyped(value, "Boolean")]


def _timestamp(_: str, __: dict[str, Any], ___: Service) -> Check:
    return lambda value: None if type(value) in {str, int, float} else [_mistyped(value, "Timestamp")]


_COMPILERS: dict[str, Callable[[str, dict[str, Any], Service], Check]] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": _float,
    "float": _float,
    "integer": _integer,
    "list": _list,
    "long": _integer,
    "map": _map,
    "string": _string,
    "structure": _structure,
    "timestamp": _timestamp,
}

_Measure: TypeAlias = Callable[[float, object], list[Fault]]


def _measure(constraint: Literal["length", "range"], model: dict[str, Any]) -> _Measure:
    least, most = model.get("min", -math.inf), model.get("max", math.inf)
    noun = "length" if constraint == "length" else "value"

    def measure(size: float, value: object) -> list[Fault]:
        if least <= size <= most:
            return []
        bound = f"greater than or equal to {least}" if size < least else f"less than or equal to {most}"
        return [Fault(constraint, f"Member must have {noun} {bound}", value)]

    return measure


_TOKENS = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}
_EXPECTED = {"list": "Expected list or null", "map": "Expected map or null", "structure": "Expected null"}


def _mistyped(value: object, wanted: str) -> Fault:
    """The deserialiser's words for a value of the wrong JSON type.

    They were measured of Athena, SES and SQS, which stand on the same framework; of Bedrock no such message was seen.
    """
    if isinstance(value, list):
        return Fault("type", "Start of list found where not expected")
    if isinstance(value, dict):
        return Fault("type", "Start of structure or map found where not expected.")
    if wanted in _EXPECTED:
        return Fault("type", _EXPECTED[wanted])
    token = f"{value!s}_VALUE".upper() if isinstance(value, bool) else _TOKENS.get(type(value), "VALUE")
    article = "an" if wanted in {"Integer", "Boolean"} else "a"
    return Fault("type", f"{token} can not be converted to {article} {wanted}")
