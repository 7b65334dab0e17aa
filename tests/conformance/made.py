"""Made-up turns: what a provider told, and the exchanges that the simulator saw."""

from __future__ import annotations

import json
from typing import Any

from bedrock_harness.conformance.checks import Seen
from bedrock_harness.providers.observation import Observation, fold
from bedrock_harness.providers.protocol import Done, Failure, Part, Reasoning, ToolCall, Usage
from bedrock_harness.simulator.journal import Exchange, Write
from bedrock_harness.wire.canonical import CanonicalRequest, Request
from bedrock_harness.wire.verification import Verification

TARGET = "/model/amazon.nova-lite-v1%3A0/converse-stream"
MS = 1_000_000
SECOND = 1_000 * MS


def told(*parts: Any, error: Failure | None = None, started: int = 0, ended: int = SECOND) -> Observation:
    """An observation of these parts, a millisecond apart: text, reasoning, tool calls, usage; `stop:...` is a stop reason."""
    return fold(
        [_part(number, part) for number, part in enumerate(parts)], Done(id=1, at=ended, error=error), started=started
    )


def _part(number: int, part: Any) -> Part:
    at = number * MS
    match part:
        case str() if part.startswith("stop:"):
            return Part(id=1, at=at, stop=part.removeprefix("stop:"))
        case str():
            return Part(id=1, at=at, text=part)
        case Reasoning():
            return Part(id=1, at=at, reasoning=part)
        case ToolCall():
            return Part(id=1, at=at, tool_call=part)
        case Usage():
            return Part(id=1, at=at, usage=part)
    raise TypeError(part)


def exchange(
    body: Any = None,
    *,
    target: str = TARGET,
    headers: tuple[tuple[str, str], ...] = (),
    signed: tuple[str, ...] = ("host", "x-amz-date"),
    writes: tuple[int, ...] = (),
    received: int = 0,
    closed_by_peer: int | None = None,
) -> Exchange:
    """An exchange that the simulator accepted."""
    raw = json.dumps(body).encode()
    canonical = CanonicalRequest("POST", target, "", (), ";".join(signed), "0" * 64)
    return Exchange(
        number=0,
        connection=0,
        request=Request("POST", target, headers, raw),
        operation="ConverseStream",
        model="amazon.nova-lite-v1:0",
        body=body,
        authorization=Verification("sigv4", canonical=canonical),
        status=200,
        writes=[Write(at, 0, 1) for at in writes],
        received=received,
        closed_by_peer=closed_by_peer,
    )


def seen(observation: Observation | None = None, *exchanges: Exchange) -> Seen:
    """One turn; without exchanges, one plain exchange."""
    return Seen(observation or Observation(), exchanges or (exchange({}),))
