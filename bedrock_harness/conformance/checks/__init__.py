"""All checks that a case can be made of."""

from bedrock_harness.conformance.checks.answers import Answered, Call, Called, Incremental, Reasoned, Stopped, Used
from bedrock_harness.conformance.checks.base import Check, Seen, Shortfall, should
from bedrock_harness.conformance.checks.errors import Fails, InTime, Kept, NoToolCall, Raised, Says, Status
from bedrock_harness.conformance.checks.requests import (
    Header,
    HungUp,
    NotSent,
    NotSigned,
    Requests,
    Resigned,
    Sent,
    Target,
)

__all__ = [
    "Answered",
    "Call",
    "Called",
    "Check",
    "Fails",
    "Header",
    "HungUp",
    "InTime",
    "Incremental",
    "Kept",
    "NoToolCall",
    "NotSent",
    "NotSigned",
    "Raised",
    "Reasoned",
    "Requests",
    "Resigned",
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
