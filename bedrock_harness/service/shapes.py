"""The service's first validation layer: does a JSON body fit the shape that botocore's model gives it?

Every shape is compiled once into a closure that returns nothing for a value that fits, so that a sound request costs
tens of microseconds. Paths and messages are made only for what does not fit. Knows nothing of conversations: that is `rules`.

How the service treats what this module finds, by its constraint (`refusal` puts it into the service's words):

* `type`: the body cannot be read into the operation's input. SerializationException, and nothing else is reported.
* `required`, `enum`, `length`, `range`, `pattern`: ValidationException, all of them in one message. Enumerations are
  closed
  in requests: `role` and `image.format` are refused (NousResearch/hermes-agent#55429).
* `union`: ValidationException from the second layer, in a sentence of its own.
* `unknown`: ignored, at any depth. So measured of services on the same framework, where a null member is absent as well
  and a null element of a list is dropped. A union whose only member is unknown is an empty union, and is refused.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from msgspec import Struct

from bedrock_harness.service import model
from bedrock_harness.service.checkers import Check, Constraint, Fault, checker
from bedrock_harness.service.model import Service

__all__ = [
    "Constraint",
    "Refusal",
    "Violation",
    "encode",
    "refusal",
    "validate",
    "validate_event",
    "validate_parameters",
    "validate_reply",
]

_QUIET = frozenset({"messages", "system"})
"""Below these no message repeats the value, though the model calls little of it sensitive: "Value at
'messages.4.member..." (NousResearch/hermes-agent#55429). Elsewhere it does: "Value '0' at 'inferenceConfig.maxTokens'",
"Value '' at 'toolConfig.tools.1.member.toolSpec.name'" (BerriAI/litellm#19384)."""


class Violation(Struct, frozen=True):
    """Where a body does not fit its shape.

    `path` leads there in JSON's own terms, zero-based: `messages.0.content.1.image.format`, empty for the body itself.
    `message` is what the service says of it, in the service's spelling of the path: one-based, with `.member`.
    """

    path: str
    constraint: Constraint
    message: str


class Refusal(Struct, frozen=True):
    """The exception that the service answers with: its name over HTTP and its message."""

    exception: str
    message: str


def validate(operation: str, body: object, *, service: Service = "bedrock-runtime") -> tuple[Violation, ...]:
    """What in a request's JSON body does not fit the operation's input; blobs are base64 strings.

    A body that is the model's own, as InvokeModel's is, fits whatever it is. Raises ValueError for an operation that the
    service does not have.
    """
    return _report(_body_check(operation, "input", service), body)


def validate_parameters(
    operation: str, given: Mapping[str, str], *, service: Service = "bedrock-runtime"
) -> tuple[Violation, ...]:
    """What in a request's path labels, query and headers does not fit the operation's input, and in a form's fields for STS.

    `given` has their decoded text by the names on the wire: `{"maxResults": "10", "type": "APPLICATION"}`. Upper and lower
    case of a name do not matter, and names that the operation does not know are ignored. Raises ValueError for an operation
    that the service does not have.
    """
    texts = {name.lower(): text for name, text in given.items()}
    faults: list[Fault] = []
    for parameter in _parameters(operation, service):
        text = texts.get(parameter.name)
        if text is not None:
            found = parameter.check(parameter.read(text)) or []
        else:
            found = [Fault("required", "Member must not be null")] if parameter.required else []
        for fault in found:
            fault.trail.append(parameter.member)
        faults += found
    return tuple(map(_violation, faults))


def validate_reply(operation: str, body: object, *, service: Service = "bedrock-runtime") -> tuple[Violation, ...]:
    """What in a reply's JSON body does not fit the operation's output.

    An `enum` or `unknown` violation here may only say that the service is newer than the installed botocore. Raises
    ValueError for an operation that the service does not have.
    """
    return _report(_body_check(operation, "output", service), body)


def validate_event(type: str, payload: object) -> tuple[Violation, ...]:  # noqa: A002 - the header's own name
    """What in the JSON payload of one ConverseStream event or exception does not fit its shape.

    `type` is the header `:event-type` or `:exception-type`. The padding member `p`, which the model does not know and
    every recorded event has, is expected.
    """
    check = _event_checks().get(type)
    if check is None:
        return (Violation("", "unknown", f"{type!r} is no event of ConverseStream"),)
    if isinstance(payload, dict):
        payload = {name: member for name, member in payload.items() if name != "p"}
    return _report(check, payload)


def refusal(violations: Sequence[Violation]) -> Refusal | None:
    """What the service answers to a request with these violations, or None where it ignores them all."""
    if unreadable := [violation for violation in violations if violation.constraint == "type"]:
        return Refusal("SerializationException", unreadable[0].message)
    if unfit := [violation for violation in violations if violation.constraint not in {"union", "unknown"}]:
        noun = "error" if len(unfit) == 1 else "errors"
        sentences = "; ".join(violation.message for violation in unfit)
        return Refusal("ValidationException", f"{len(unfit)} validation {noun} detected: {sentences}")
    if unions := [violation for violation in violations if violation.constraint == "union"]:
        return Refusal("ValidationException", unions[0].message)
    return None


def encode(operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """The operation's members ready for JSON: bytes become base64 strings where the model has blobs.

    The given value is not changed. What is no bytes stays as it is, also where the model wants a blob. Raises
    ValueError for an operation that Bedrock Runtime does not have.
    """
    encoded: dict[str, Any] = _encoded(model.operation(operation)["input"]["shape"], params)
    return encoded


def _report(check: Check | None, body: object) -> tuple[Violation, ...]:
    faults = check(body) if check else None
    return tuple(map(_violation, faults)) if faults else ()


def _violation(fault: Fault) -> Violation:
    trail = fault.trail[::-1]
    path = ".".join(map(str, trail))
    if fault.constraint in {"type", "unknown"}:
        return Violation(path, fault.constraint, fault.text)
    if fault.constraint == "union":
        return Violation(path, "union", f"{fault.value} object at {path} {fault.text}")
    spelled = trail[:-1] if fault.of_map else trail
    theirs = ".".join(f"{step + 1}.member" if isinstance(step, int) else step for step in spelled)
    shown = "" if fault.hidden or _QUIET.intersection(map(str, trail)) else f"{_shown(fault.value)} "
    return Violation(path, fault.constraint, f"Value {shown}at '{theirs}' failed to satisfy constraint: {fault.text}")


def _shown(value: object) -> str:
    return "null" if value is None else f"'{str(value)[:200]}'"


@cache
def _body_check(operation: str, direction: Literal["input", "output"], service: Service) -> Check | None:
    """The check of a whole body; None where the body is no JSON of the model's (a blob, an event stream, nothing)."""
    reference = model.operation(operation, service).get(direction)
    if reference is None:
        return None
    shape = model.shape(reference["shape"], service)
    payload = shape.get("payload")
    if payload is None:
        return checker(reference["shape"], service)
    name: str = shape["members"][payload]["shape"]
    described = model.shape(name, service)
    return None if described["type"] == "blob" or described.get("eventstream") else checker(name, service)


class _Parameter(Struct, frozen=True):
    """A member of an operation's input that travels outside the body."""

    member: str
    name: str
    required: bool
    read: Callable[[str], object]
    check: Check


@cache
def _parameters(operation: str, service: Service) -> tuple[_Parameter, ...]:
    reference = model.operation(operation, service).get("input")
    if reference is None:
        return ()
    shape = model.shape(reference["shape"], service)
    form = model.load(service)["metadata"]["protocol"] == "query"
    return tuple(
        _Parameter(
            member=member[:1].lower() + member[1:],
            name=described.get("locationName", member).lower(),
            required=member in shape.get("required", ()),
            read=_READERS.get(model.shape(described["shape"], service)["type"], str),
            check=checker(described["shape"], service),
        )
        for member, described in shape["members"].items()
        if ("location" in described or form) and model.shape(described["shape"], service)["type"] in _SCALARS
    )


def _number(text: str) -> object:
    """The number that a text is; the text itself, which no number's check lets pass, where it is none."""
    return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else text


def _truth(text: str) -> object:
    return {"true": True, "false": False}.get(text.lower(), text)


_READERS: dict[str, Callable[[str], object]] = {"integer": _number, "long": _number, "boolean": _truth}
_SCALARS = frozenset({"string", "timestamp", *_READERS})
"""Types that a path label, a query parameter or a header can have; lists in a form's fields are not looked at."""


@cache
def _event_checks() -> dict[str, Check]:
    output = model.shape(model.operation("ConverseStream")["output"]["shape"])
    stream = model.shape(output["members"]["stream"]["shape"])
    return {name: checker(member["shape"]) for name, member in stream["members"].items()}


def _encoded(name: str, value: Any) -> Any:
    shape = model.shape(name)
    if shape["type"] == "blob":
        return base64.b64encode(value).decode() if isinstance(value, (bytes, bytearray, memoryview)) else value
    if isinstance(value, dict) and shape["type"] == "map":
        return {key: _encoded(shape["value"]["shape"], item) for key, item in value.items()}
    if isinstance(value, dict) and shape["type"] == "structure" and not shape.get("document"):
        members = shape["members"]
        return {key: _encoded(members[key]["shape"], item) if key in members else item for key, item in value.items()}
    if isinstance(value, (list, tuple)) and shape["type"] == "list":
        return [_encoded(shape["member"]["shape"], item) for item in value]
    return value
