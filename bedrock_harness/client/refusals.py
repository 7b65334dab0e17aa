"""Replies that are not 200, read as errors.

Knows the places where a reply may name its exception and its message, and that some replies are not Bedrock's: a proxy's
HTML, an empty body. The message is never lost and never unbounded, and credentials that a message repeats are taken out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from bedrock_harness.client import service_errors
from bedrock_harness.client.credentials import BearerToken, Identity
from bedrock_harness.client.errors import ServiceError
from bedrock_harness.service import exceptions

__all__ = [
    "MAX_REFUSAL",
    "code_of",
    "excerpt",
    "is_retryable",
    "json_object",
    "message_of",
    "read_refusal",
    "retry_after",
    "scrub",
    "served_at",
]

MAX_REFUSAL = 64 * 1024
"""Bytes read of an error's body: the longest seen, a canonical request with its string to sign, has a few KiB."""

_EXCERPT = 300
_REDACTED = "[redacted]"
_TRANSIENT = frozenset({408, 429})


def read_refusal(
    status: int, headers: Mapping[str, str], body: bytes, *, identity: Identity | None, now: datetime
) -> ServiceError:
    """The error that a reply means. `headers` are found in any spelling; `body` is its first MAX_REFUSAL bytes."""
    members = json_object(body)
    code = code_of(headers.get("x-amzn-errortype"), members)
    message = scrub(message_of(status, members, body), identity)
    return service_errors.kind_of(code, message)(
        message,
        code=code,
        status=status,
        request_id=headers.get("x-amzn-requestid"),
        retryable=is_retryable(code, status),
        retry_after=retry_after(headers.get("retry-after"), now),
        served=served_at(headers),
    )


def code_of(header: str | None, members: Mapping[str, Any]) -> str | None:
    """The exception's name: from the header, else `__type`, else `code`; None where nothing names one.

    Known names come out as over HTTP; of unknown ones the `ns#` before and the `:http://...` behind are cut off.
    """
    for given in (header, members.get("__type"), members.get("code")):
        if isinstance(given, str) and given.strip():
            known = exceptions.find(given)
            return known.name if known else given.strip().partition(":")[0].rpartition("#")[2]
    return None


def message_of(status: int, members: Mapping[str, Any], body: bytes) -> str:
    """The message, wherever it is: `message`, `Message` of the authentication layer, `error.message` of a gateway.

    Failing that an excerpt of the body, and of an empty one the status in words.
    """
    nested = members.get("error")
    candidates = (members, {"message": nested} if isinstance(nested, str) else nested)
    for place in candidates:
        for name in ("message", "Message", "errorMessage"):
            if isinstance(place, Mapping) and isinstance(text := place.get(name), str) and text.strip():
                return text
    if shown := excerpt(body):
        return f"the reply says: {shown}"
    return f"the reply is empty: {httpx.codes.get_reason_phrase(status) or 'an unknown status'}"


def is_retryable(code: str | None, status: int) -> bool:
    """By the exception table for a known name; otherwise every 5xx, 408 and 429."""
    known = exceptions.find(code) if code else None
    return known.retryable if known else status >= httpx.codes.INTERNAL_SERVER_ERROR or status in _TRANSIENT


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds until the time that Retry-After names, as a number of seconds or an HTTP date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def served_at(headers: Mapping[str, str]) -> datetime | None:
    """The time at which the service answered, by its own clock; None where a cache on the way kept the reply for a while."""
    if "age" in headers:
        return None
    try:
        served = parsedate_to_datetime(headers["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return served if served.tzinfo else None


def scrub(text: str, identity: Identity | None) -> str:
    """The text without the caller's secrets: a refused signature's message repeats the token among the signed headers."""
    secrets: tuple[str | None, ...] = ()
    if isinstance(identity, BearerToken):
        secrets = (identity.value,)
    elif identity is not None:
        secrets = (identity.secret_access_key, identity.session_token)
    for secret in secrets:
        if secret:
            text = text.replace(secret, _REDACTED)
    return text


def excerpt(body: bytes) -> str:
    """The beginning of a body as one line of text, of at most a few hundred characters."""
    line = " ".join(body[: 4 * _EXCERPT].decode(errors="replace").split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}..."


def json_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object; empty where it is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
