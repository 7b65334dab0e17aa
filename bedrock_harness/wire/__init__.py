"""Bytes and values: frames, events and signatures. No sockets, no clock, no environment.

Everything here is a value or turns values into values, so that the reference client and the simulator can both stand on
it, and each be tested against the other.
"""

from bedrock_harness.wire.errors import WireError
from bedrock_harness.wire.events import Event, read_event
from bedrock_harness.wire.fold import Folder
from bedrock_harness.wire.frames import Frame, FrameDecoder, encode
from bedrock_harness.wire.grammar import Grammar, OrderViolation, violations
from bedrock_harness.wire.sigv4 import (
    Credentials,
    Diagnosis,
    Request,
    Signed,
    Verification,
    canonical_request,
    diagnose,
    sign,
    verify,
)

__all__ = [
    "Credentials",
    "Diagnosis",
    "Event",
    "Folder",
    "Frame",
    "FrameDecoder",
    "Grammar",
    "OrderViolation",
    "Request",
    "Signed",
    "Verification",
    "WireError",
    "canonical_request",
    "diagnose",
    "encode",
    "read_event",
    "sign",
    "verify",
    "violations",
]
