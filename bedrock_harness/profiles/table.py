"""The five systems whose documentation the reference client was made from, one row each.

What each chooses is its documentation's or its code's; what neither says is left as the reference client has it. The ids behind
a choice are those of the claims in docs/providers.md.
"""

from __future__ import annotations

import difflib
from types import MappingProxyType

from bedrock_harness.client.credentials import PRECEDENCE_PRX, PRECEDENCE_REQ_LLM
from bedrock_harness.client.dialects import autobot, docker_agent, prx, req_llm
from bedrock_harness.client.dialects.shared import DEFAULT_REGION
from bedrock_harness.client.options import Options, Repairs
from bedrock_harness.client.retrying import PAUSES_REQ_LLM
from bedrock_harness.profiles.profile import Profile

__all__ = ["PROFILES", "UnknownProfile", "find"]

_TEXT_ONLY = (
    "Image and document content blocks in messages and tool results are not converted. Only text is sent to Bedrock."
)
_NO_STREAMING = "No streaming: Responses are returned in full after the model finishes generating."

PROFILES: tuple[Profile, ...] = (
    Profile(
        name="docker-agent",
        title="docker-agent",
        documentation="Docker, docker-agent: Amazon Bedrock",
        code="docker/docker-agent at 0d76412a",
        options=docker_agent.OPTIONS,
        credential_order=None,
        region_default=DEFAULT_REGION,
        aliases=("amazon-bedrock",),
        unsupported={"unary": "Its code asks ConverseStream alone; the documentation does not speak of it."},
        limits=("Prompt caching is automatically enabled for supported Claude models on Bedrock.",),
    ),
    Profile(
        name="req_llm",
        title="ReqLLM",
        documentation="ReqLLM on HexDocs: Amazon Bedrock",
        code="agentjido/req_llm, v1.23 to v1.27",
        options=req_llm.OPTIONS,
        credential_order=PRECEDENCE_REQ_LLM,
        region_default=DEFAULT_REGION,
        aliases=("bedrock", "amazon_bedrock"),
        pauses=PAUSES_REQ_LLM,
        limits=(
            'Requests taking >5 minutes fail with HTTP 403 "Signature expired".',
            "Meta Llama: No tool calling: Basic text generation only.",
        ),
    ),
    Profile(
        name="autobot",
        title="Autobot",
        documentation="Autobot: AWS Bedrock",
        code="crystal-autobot/autobot at ce2d8ee, v0.7.0",
        options=autobot.OPTIONS,
        credential_order=("credentials",),
        region_default=DEFAULT_REGION,
        aliases=("bedrock",),
        unsupported={
            "bearer": "AWS SigV4 authentication (no API keys).",
            "cache": _TEXT_ONLY,
            "cancel": _NO_STREAMING,
            "reasoning": _TEXT_ONLY,
            "stream": _NO_STREAMING,
        },
        limits=(
            "No credential refresh: SigV4 credentials are set at startup.",
            "Tool choice is always auto: There is no configuration to force a specific tool or disable tool use per-request.",
        ),
    ),
    Profile(
        name="langwatch",
        title="LangWatch, on bifrost",
        documentation="LangWatch AI gateway: AWS Bedrock",
        code="langwatch/langwatch at 6ce6cbb3, maximhq/bifrost core v1.4 to v1.7",
        options=Options(
            repairs=Repairs(
                promote_results=True,  # B04
                empty_results="json",  # B05
                lone_documents="sentence",  # B09
                order_blocks=True,  # B12
            )
        ),
        credential_order=None,
        region_default=DEFAULT_REGION,
        aliases=("bedrock",),
        colons="raw",
        limits=("Region-coupled quotas: Bedrock throughput is provisioned per-region per-model.",),
    ),
    Profile(
        name="prx",
        title="PRX",
        documentation="PRX: AWS Bedrock",
        code="openprx/prx at 74fe1684, crate openprx 0.8.32",
        options=prx.OPTIONS,
        credential_order=PRECEDENCE_PRX,
        region_default=DEFAULT_REGION,
        aliases=prx.NAMES,
        colons="raw",
        unsupported={
            "bearer": "Authentication is handled entirely through AWS environment variables: keys and a session token.",
            "cache": "System prompts > 3 KB receive a cachePoint block. (No shorter ones do, and nobody can ask for it.)",
        },
    ),
)


class UnknownProfile(ValueError):
    """There is no profile of that name. `hint` lists what there is."""

    def __init__(self, name: str, hint: str) -> None:
        super().__init__(f"there is no profile {name!r}")
        self.hint = hint


_BY_NAME = MappingProxyType({profile.name: profile for profile in PROFILES})


def find(name: str) -> Profile:
    """The profile of that name. Raises UnknownProfile."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    nearest = difflib.get_close_matches(name, _BY_NAME, n=1)
    meant = f"did you mean {nearest[0]}? " if nearest else ""
    raise UnknownProfile(name, f"{meant}known are {', '.join(_BY_NAME)}")
