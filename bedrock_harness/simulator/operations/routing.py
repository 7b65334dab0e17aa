"""Which operation a request addresses: botocore's own routes, matched segment by segment.

A label is one segment, decoded once. A literal slash in a model id makes two segments and so no route, as at the service
(vercel/ai#17523); a raw colon is taken. Several services share the one listener, told apart by where their paths begin.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal
from urllib.parse import parse_qsl, unquote_to_bytes

from bedrock_harness.service.model import Service, routes
from bedrock_harness.simulator.operations.operation import Operation
from bedrock_harness.simulator.operations.table import CONTAINER_PATH, OPERATIONS
from bedrock_harness.wire.sigv4 import Request

__all__ = ["find", "query_of"]

_SERVICES: Mapping[str, Service | Literal["container"]] = MappingProxyType(
    {
        "model": "bedrock-runtime",
        "guardrail": "bedrock-runtime",
        "foundation-models": "bedrock",
        "inference-profiles": "bedrock",
        "": "sts",
        CONTAINER_PATH.strip("/"): "container",
    }
)
"""By the first segment of the path. The model of a service is read when it is first asked for."""

_MOST_PARAMETERS = 200
"""Parameters of a query or a form: a few dozen are the most that any of these operations takes."""


def find(request: Request) -> tuple[Operation, Mapping[str, str]] | None:
    """The operation and its path's labels, or None where the service has no such route."""
    path = request.target.partition("?")[0]
    if not path.startswith("/"):
        return None
    segments = path.split("/")[1:]
    service = _SERVICES.get(segments[0])
    if service is None:
        return None
    if service == "sts":
        return _by_action(request) if segments == [""] and request.method == "POST" else None
    if service == "container":
        operation = OPERATIONS["GetContainerCredentials"]
        return (operation, {}) if path == CONTAINER_PATH and request.method == "GET" else None
    for method, pattern, operation in _patterns(service):
        if method == request.method and (labels := _match(pattern, segments)) is not None:
            return operation, labels
    return None


def query_of(target: str) -> dict[str, str]:
    """The query's parameters, the last of each name; none where it cannot be read."""
    return _parameters(target.partition("?")[2])


def _by_action(request: Request) -> tuple[Operation, Mapping[str, str]] | None:
    """An operation of STS, which all have one route and are named by a parameter of the form."""
    name = _parameters(request.body.decode("latin-1")).get("Action", "")
    operation = OPERATIONS.get(name)
    return (operation, {}) if operation is not None and operation.service == "sts" else None


def _parameters(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        return {}


@cache
def _patterns(service: Service) -> tuple[tuple[str, tuple[str, ...], Operation], ...]:
    """Method, path and operation, of those operations that are served."""
    found = routes(service)
    return tuple(
        (found[name].method, tuple(found[name].uri.split("?")[0].split("/")[1:]), operation)
        for name, operation in OPERATIONS.items()
        if operation.service == service
    )


def _match(pattern: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    labels: dict[str, str] = {}
    for expected, segment in zip(pattern, segments, strict=True):
        if expected[:1] != "{":
            if expected != segment:
                return None
        elif not segment:
            return None
        else:
            try:
                labels[expected.strip("{}+")] = unquote_to_bytes(segment).decode()
            except UnicodeDecodeError:
                return None
    return labels
