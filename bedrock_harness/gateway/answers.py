"""What HTTP adds to a reply: headers that name it, a status, and the body of an error."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from starlette.responses import Response

from bedrock_harness.client import BedrockError
from bedrock_harness.client.body import to_json
from bedrock_harness.client.options import Note
from bedrock_harness.gateway.asked import Asked, Told
from bedrock_harness.gateway.failures import Failure, failure_of
from bedrock_harness.gateway.fields import Refused
from bedrock_harness.gateway.fronts import Front
from bedrock_harness.gateway.handled import Watch

__all__ = ["CHANGED", "NOT_CARRIED", "failed", "head", "json_reply", "refusal", "told_of"]

NOT_CARRIED = "x-not-carried"
"""The header of a reply that names the request's members that were passed over."""

CHANGED = "x-changed"
"""The header of a reply that names what the client mended about the request, by the codes of its notes."""

MOST_NAMED = 50
"""Members named in a header. Servers and clients refuse heads of some 8 KiB."""

_log = logging.getLogger(__name__)


def told_of(asked: Asked, request_id: str | None) -> Told:
    """What a reply says of itself. Its id is the service's, so that both logs can be held together."""
    return Told(id=request_id or str(uuid4()), model=asked.name, created=int(time.time()))


def head(front: Front, passed_over: tuple[str, ...], request_id: str | None, notes: tuple[Note, ...]) -> dict[str, str]:
    """A reply's headers: its id, the request's members that were passed over, and what the client mended."""
    named = {NOT_CARRIED: passed_over, CHANGED: tuple(dict.fromkeys(note.code for note in notes))}
    return _id(front, request_id) | {name: ", ".join(values[:MOST_NAMED]) for name, values in named.items() if values}


def _id(front: Front, request_id: str | None) -> dict[str, str]:
    return {front.id_header: request_id} if request_id else {}


def failed(error: Exception, watch: Watch) -> Failure:
    """What an error is to the caller and to the observer. One that nobody foresaw is logged whole."""
    if not isinstance(error, (Refused, BedrockError, TimeoutError)):
        _log.error("a request failed in a way that was not foreseen", exc_info=error)
    failure = failure_of(error)
    watch.failed(failure)
    return failure


def refusal(front: Front, failure: Failure) -> Response:
    """An error ahead of any reply, in the front's shape."""
    headers = _id(front, failure.request_id)
    if failure.retry_after is not None:
        headers["retry-after"] = f"{failure.retry_after:.0f}"
    return json_reply(front.error(failure), headers, status=failure.status)


def json_reply(value: dict[str, Any], headers: Mapping[str, str], *, status: int = 200) -> Response:
    """A value as a JSON body."""
    return Response(to_json(value), status, headers, "application/json")
