"""An exchange as JSON: what was asked, what was wrong with it, what was answered, and when. For whoever is not in this process.

Of headers that bear credentials no more is told than their scheme.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bedrock_harness.simulator.journal import Exchange
from bedrock_harness.simulator.script import HttpError

__all__ = ["SECRET_HEADERS", "in_full", "in_short", "milliseconds", "without_credentials"]

_NANOSECONDS_A_MILLISECOND = 1e6
SECRET_HEADERS = frozenset({"authorization", "x-amz-security-token"})
"""In lower case."""


def in_short(exchange: Exchange) -> dict[str, Any]:
    """What a line about it says. `number` counts from 0, `ms` from the request's last byte to the end of the reply."""
    verdict = exchange.authorization
    return {
        "number": exchange.number,
        "operation": exchange.operation,
        "model": exchange.model,
        "target": exchange.request.target,
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
    in base64. Times are milliseconds after the request's last byte.
    """
    verdict = exchange.authorization
    sent = exchange.sent
    return {
        **in_short(exchange),
        "connection": exchange.connection,
        "method": exchange.request.method,
        "headers": [[name, without_credentials(name, value)] for name, value in exchange.request.headers],
        "body": _body(exchange),
        "canonical_request": _canonical(exchange),
        "string_to_sign": verdict.string_to_sign,
        "reply": msgspec.to_builtins(exchange.reply) if exchange.reply is not None else None,
        "sent": msgspec.to_builtins(sent),
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


def _canonical(exchange: Exchange) -> str | None:
    """The canonical request, which quotes the session token where that is signed."""
    canonical = exchange.authorization.canonical
    if canonical is None:
        return None
    lines = canonical.text.split("\n")
    named = (line.partition(":") for line in lines)
    return "\n".join(
        f"{name}:..." if colon and name in SECRET_HEADERS else f"{name}{colon}{value}" for name, colon, value in named
    )
