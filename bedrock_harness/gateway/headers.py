"""What a caller may ask of Bedrock in headers, on either front: a guardrail, a latency, a tier.

The names are those that Bedrock's own InvokeModel takes (API reference, "InvokeModel", request headers), and that its
OpenAI-compatible endpoint takes for guardrails. Neither front has a member for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bedrock_harness.gateway.fields import Refused

__all__ = ["members"]

GUARDRAIL = "x-amzn-bedrock-guardrailidentifier"
VERSION = "x-amzn-bedrock-guardrailversion"
TRACE = "x-amzn-bedrock-trace"
LATENCY = "x-amzn-bedrock-performanceconfig-latency"
TIER = "x-amzn-bedrock-service-tier"


def members(headers: Mapping[str, str]) -> dict[str, Any]:
    """The members of a Converse request that these headers ask for. Header names are in lower case."""
    asked: dict[str, Any] = {}
    if GUARDRAIL in headers or VERSION in headers:
        asked["guardrailConfig"] = _guardrail(headers)
    if LATENCY in headers:
        asked["performanceConfig"] = {"latency": headers[LATENCY]}
    if TIER in headers:
        asked["serviceTier"] = {"type": headers[TIER]}
    return asked


def _guardrail(headers: Mapping[str, str]) -> dict[str, str]:
    """A guardrail needs its version: half of the pair would leave the caller unguarded without knowing."""
    for name in (GUARDRAIL, VERSION):
        if not headers.get(name):
            raise Refused(name, "is required beside the other header of a guardrail")
    trace = {"trace": headers[TRACE].lower()} if TRACE in headers else {}
    return {"guardrailIdentifier": headers[GUARDRAIL], "guardrailVersion": headers[VERSION], **trace}
