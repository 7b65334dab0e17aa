"""All checks that a case can be made of."""

from bedrock_harness.conformance.checks.answers import (
    Answered,
    Call,
    Called,
    Incremental,
    NoInventedCall,
    NotCounted,
    NotStopped,
    Reasoned,
    Stopped,
    Used,
)
from bedrock_harness.conformance.checks.base import Check, Seen, Shortfall, should
from bedrock_harness.conformance.checks.errors import Fails, Kept, NoToolCall, Raised, Says, Status
from bedrock_harness.conformance.checks.requests import (
    Carries,
    Header,
    HungUp,
    NotSent,
    NotSigned,
    Requests,
    Sent,
    Target,
)

__all__ = [
    "Answered",
    "Call",
    "Called",
    "Carries",
    "Check",
    "Fails",
    "Header",
    "HungUp",
    "Incremental",
    "Kept",
    "NoInventedCall",
    "NoToolCall",
    "NotCounted",
    "NotSent",
    "NotSigned",
    "NotStopped",
    "Raised",
    "Reasoned",
    "Requests",
    "Says",
    "Seen",
    "Sent",
    "Shortfall",
    "Status",
    "Stopped",
    "Target",
    "Used",
    "should",
]
