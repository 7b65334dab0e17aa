"""What the simulator keeps of each request and reply.

The journal is append-only and bounded. It keeps requests exactly as received, so that a verdict can be checked by hand.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from bedrock_harness.service.rules import BrokenRule
from bedrock_harness.service.shapes import Violation
from bedrock_harness.simulator.script import Reply
from bedrock_harness.wire.sigv4 import Request, Verification

__all__ = ["Exchange", "Write"]


class Write(Struct, frozen=True):
    """One write to the socket: monotonic nanoseconds, offset in the body, and how many bytes of it."""

    at: int
    offset: int
    size: int


class Exchange(Struct, kw_only=True):
    """One request as received, what was found wrong with it, and the reply as sent."""

    number: int
    connection: int
    request: Request
    operation: str | None
    """`Converse`, `ConverseStream`, or None where the path names no operation."""
    model: str | None
    """The model id, decoded from the path."""
    body: Any = None
    """The body as JSON, None where it is not JSON."""
    authorization: Verification
    violations: tuple[Violation, ...] = ()
    """Against the service model: what the service's first validation layer refuses."""
    broken_rules: tuple[BrokenRule, ...] = ()
    """Against the conversation rules: what the second layer refuses."""
    refused: str | None = None
    """The exception's name, where the request was refused before the script had a say."""
    reply: Reply | None = None
    """What the script answered."""
    status: int | None = None
    sent: bytes = b""
    """The reply's body as sent, up to the point where it broke off."""
    writes: list[Write] = field(default_factory=list)
    received: int = 0
    """Monotonic nanoseconds when the request's last byte arrived."""
    finished: int | None = None
    """Monotonic nanoseconds when the reply was over."""
    closed_by_peer: int | None = None
    """Monotonic nanoseconds when the peer closed the connection before the reply was over."""
