"""An exchange as JSON: what was asked, what was wrong with it, what was answered, and when. For whoever is not in this process.

Credentials are not told: neither those that a request bears, of whose headers the scheme is left, nor those that a reply
hands out, or quotes where it says what should have been signed.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import msgspec

from bedrock_harness.simulator.journal import Exchange
from bedrock_harness.simulator.script import HttpError, Json, Reply
from bedrock_harness.wire.diagnosis import SECRET_HEADERS, SHORTEST_SECRET

__all__ = ["in_full", "in_short", "milliseconds", "without_credentials"]

_NANOSECONDS_A_MILLISECOND = 1e6
_SECRET_PARAMETER = re.compile(r"(?i)((?:x-amz-security-token|x-amz-signature)=)([^&]+)")
"""Of a presigned URL."""
_SECRET_MEMBERS = frozenset({"SecretAccessKey", "SessionToken", "Token"})
"""Of replies that hand out credentials: STS's and the container endpoint's."""


def in_short(exchange: Exchange) -> dict[str, Any]:
    """What a line about it says. `number` counts from 0, `ms` from the request's last byte to the end of the reply."""
    verdict = exchange.authorization
    return {
        "number": exchange.number,
        "operation": exchange.operation,
        "model": exchange.model,
        "target": _SECRET_PARAMETER.sub(r"\1...", exchange.request.target),
        "status": exchange.status,
        "refused": exchange.refused,
        "answer": exchange.reply.message if isinstance(exchange.reply, HttpError) else None,
        "signature": {
            "valid": verdict.valid,
            "scheme": verdict.scheme,
            "problem": verdict.problem,
            "reason": exchange.fault,
        },
        "violations": [
            {"path": found.path, "constraint": found.constraint, "message": found.message}
            for found in exchange.violations
        ],
        "broken_rules": [
            {"rule": broken.rule, "path": broken.path, "message": broken.message} for broken in exchange.broken_rules
        ],
        "closed_by_peer": exchange.closed_by_peer is not None,
        "ms": round(milliseconds(exchange), 3),
    }


def in_full(exchange: Exchange) -> dict[str, Any]:
    """All that is known of it: headers in their order, bodies, canonical request, and when each piece was written.

    The request's body is JSON where it is JSON, else text with what is not UTF-8 escaped; the reply's is what was sent of it,
    in base64, with stars for credentials. Times are milliseconds after the request's last byte.
    """
    verdict = exchange.authorization
    secrets = _secrets(exchange)
    return {
        **in_short(exchange),
        "connection": exchange.connection,
        "method": exchange.request.method,
        "headers": [[name, without_credentials(name, value)] for name, value in exchange.request.headers],
        "body": _body(exchange),
        "canonical_request": verdict.canonical and _starred(_octets(verdict.canonical.text), secrets).decode(),
        "string_to_sign": verdict.string_to_sign,
        "reply": msgspec.json.decode(_starred(msgspec.json.encode(exchange.reply), secrets)),
        "sent": b64encode(_starred(exchange.sent, secrets)).decode(),
        "writes": [
            {
                "ms": round((one.at - exchange.received) / _NANOSECONDS_A_MILLISECOND, 3),
                "offset": one.offset,
                "size": one.size,
            }
            for one in exchange.writes
        ],
        "over": exchange.finished is not None or exchange.closed_by_peer is not None,
    }


def milliseconds(exchange: Exchange) -> float:
    """From the request's last byte to the end of the exchange; 0 while it goes on."""
    end = exchange.finished or exchange.closed_by_peer or exchange.received
    return (end - exchange.received) / _NANOSECONDS_A_MILLISECOND


def _body(exchange: Exchange) -> Any:
    if exchange.body is not None:
        return exchange.body
    return exchange.request.body.decode("utf-8", "backslashreplace")


def without_credentials(header: str, value: str) -> str:
    """A header's value; of an authorization its scheme, if it has one, since a word that stands alone may be the secret."""
    if header.lower() not in SECRET_HEADERS:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} ..." if blank and header.lower() == "authorization" else "..."


def _secrets(exchange: Exchange) -> tuple[bytes, ...]:
    """What must not be told, as it stands in the request or the reply."""
    request = exchange.request
    found = [value.rpartition(" ")[2] for name, value in request.headers if name.lower() in SECRET_HEADERS]
    found += [value for _, value in _SECRET_PARAMETER.findall(request.target)]
    found += _handed_out(exchange.reply)
    return tuple(_octets(secret) for secret in found if len(secret) >= SHORTEST_SECRET)


def _handed_out(reply: Reply | None) -> list[str]:
    if not isinstance(reply, Json):
        return []
    within = reply.members.get("Credentials")
    members = {**reply.members, **within} if isinstance(within, dict) else reply.members
    return [value for name, value in members.items() if name in _SECRET_MEMBERS and isinstance(value, str)]


def _starred(data: bytes, secrets: tuple[bytes, ...]) -> bytes:
    """The data with stars for every secret, as many as it has bytes, so that offsets still hold."""
    for secret in secrets:
        data = data.replace(secret, b"*" * len(secret))
    return data


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
