"""What went wrong, as each front says it: status, type and body.

The statuses are the service's own (`service.exceptions`): a client that knows Bedrock's statuses is told no other. The types
are each front's words for such a status, from their API references ("Error codes", "Errors").
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from bedrock_harness.client import (
    BedrockError,
    ConnectionFailed,
    IncompleteStream,
    InvalidRequest,
    MissingCredentials,
    MissingRegion,
    ProtocolError,
    RequestTimeout,
    ServiceError,
)
from bedrock_harness.gateway.fields import Refused

__all__ = ["ANTHROPIC_TYPES", "OPENAI_TYPES", "Failure", "anthropic_body", "failure_of", "openai_body"]

SERVER_ERROR = 500

OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    408: "timeout_error",
    429: "rate_limit_error",
    504: "timeout_error",
}
"""Types of errors by status; of the others 4xx is an invalid_request_error, 5xx a server_error."""

ANTHROPIC_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    424: "api_error",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""Types of errors by status; of the others 4xx is an invalid_request_error, 5xx an api_error."""

STATUSES: tuple[tuple[type[BedrockError], int], ...] = (
    (MissingCredentials, 500),
    (MissingRegion, 500),
    (InvalidRequest, 400),
    (RequestTimeout, 504),
    (ConnectionFailed, 502),
    (ProtocolError, 502),
    (IncompleteStream, 502),
)
"""Errors that are not the service's own. What the gateway lacks is not its caller's fault: hence 500."""


class Failure(Struct, frozen=True, kw_only=True):
    """An error as a caller is told it. `code` is the service's name for it, `field` the member of the request at fault."""

    status: int
    message: str
    code: str | None = None
    field: str | None = None
    request_id: str | None = None
    retry_after: float | None = None


def failure_of(error: Exception) -> Failure:
    """What an error is to a caller. An error that nobody foresaw shows nothing of itself: it may hold anything."""
    if isinstance(error, Refused):
        return Failure(status=error.status, message=str(error), field=error.field or None)
    if isinstance(error, ServiceError):
        return Failure(
            status=error.status or SERVER_ERROR,
            message=error.message,
            code=error.code,
            request_id=error.request_id,
            retry_after=error.retry_after,
        )
    if isinstance(error, BedrockError):
        status = next((status for kind, status in STATUSES if isinstance(error, kind)), SERVER_ERROR)
        return Failure(status=status, message=str(error), code=type(error).__name__, request_id=error.request_id)
    if isinstance(error, TimeoutError):
        return Failure(status=504, message="The reply took longer than this gateway waits.", code="RequestTimeout")
    return Failure(status=SERVER_ERROR, message="The gateway failed; its log says how.")


def openai_body(failure: Failure) -> dict[str, Any]:
    """OpenAI's shape of an error."""
    kind = OPENAI_TYPES.get(failure.status, "server_error" if _is_server(failure) else "invalid_request_error")
    return {"error": {"message": failure.message, "type": kind, "param": failure.field, "code": failure.code}}


def anthropic_body(failure: Failure) -> dict[str, Any]:
    """Anthropic's shape of an error. `code` is not Anthropic's: it keeps the service's own name."""
    kind = ANTHROPIC_TYPES.get(failure.status, "api_error" if _is_server(failure) else "invalid_request_error")
    named = {"code": failure.code} if failure.code else {}
    body: dict[str, Any] = {"type": "error", "error": {"type": kind, "message": failure.message, **named}}
    return {**body, "request_id": failure.request_id} if failure.request_id else body


def _is_server(failure: Failure) -> bool:
    return failure.status >= SERVER_ERROR
