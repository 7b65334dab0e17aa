"""Which way a request goes: by Converse, or by InvokeModel in the family's own format.

Knows ReqLLM's rule (R05, R06), and where InvokeModel has, as headers, what Converse has as members.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.native import anthropic, anthropic_replies, cohere, llama, openai, openai_replies
from bedrock_harness.client.native.shared import Format
from bedrock_harness.client.options import Note
from bedrock_harness.service import model_ids
from bedrock_harness.service.families import family_of

__all__ = ["FORMATS", "INVOKED", "format_for", "headers_of", "left_out"]

FORMATS: Mapping[str, Format] = {
    "anthropic": Format(anthropic.write, anthropic_replies.read, anthropic_replies.AnthropicChunks),
    "cohere-command-r": Format(cohere.write, cohere.read, cohere.CohereChunks),
    "llama": Format(llama.write, llama.read, llama.LlamaChunks),
    "openai": Format(openai.write, openai_replies.read, openai_replies.OpenAIChunks),
}
"""The formats that are spoken here, by the names that `service.families` has for them."""

INVOKED = {"Converse": "InvokeModel", "ConverseStream": "InvokeModelWithResponseStream"}
"""The operation that asks in a family's own format what Converse asks."""

_UNASKED = frozenset({"anthropic", "meta", "openai"})
"""Providers whose models are asked in their own format where nobody chose; Cohere's go by Converse (the seed of ReqLLM)."""


def format_for(model: str, body: Mapping[str, Any], use_converse: bool | None) -> Format | None:
    """The format to ask in, None for Converse.

    `use_converse` True is Converse always. False is the family's own format, and InvalidRequest where none is spoken. None
    is Converse where there are tools or the family has no format of its own, and the format else.
    """
    if use_converse:
        return None
    family = family_of(model)
    format_ = None if family is None or family.native is None else FORMATS.get(family.native)
    if use_converse is False:
        if format_ is None:
            raise InvalidRequest(
                f"No format of InvokeModel is known here for {model}.",
                hint="Ask by Converse: use_converse=True. Client.invoke sends any body.",
            )
        return format_
    asked = bool((body.get("toolConfig") or {}).get("tools")) or _provider(model) not in _UNASKED
    return None if asked else format_


def _provider(model: str) -> str | None:
    try:
        return model_ids.parse(model).provider
    except model_ids.ModelIdError:
        return None


_HEADERS = (
    ("guardrailConfig", "guardrailIdentifier", "x-amzn-bedrock-guardrailidentifier"),
    ("guardrailConfig", "guardrailVersion", "x-amzn-bedrock-guardrailversion"),
    ("guardrailConfig", "trace", "x-amzn-bedrock-trace"),
    ("performanceConfig", "latency", "x-amzn-bedrock-performanceconfig-latency"),
    ("serviceTier", "type", "x-amzn-bedrock-service-tier"),
)
"""Converse's members, and the headers that InvokeModel has for them (botocore, InvokeModelRequest)."""


def headers_of(body: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The headers that say beside an InvokeModel body what Converse says in its own."""
    found = []
    for member, inner, header in _HEADERS:
        if (value := (body.get(member) or {}).get(inner)) is not None:
            found.append((header, str(value).upper() if inner == "trace" else str(value)))
    if metadata := body.get("requestMetadata"):
        found.append(("x-amzn-bedrock-request-metadata", json.dumps(metadata, separators=(",", ":"))))
    return tuple(found)


_CARRIED = frozenset(
    {
        *("additionalModelRequestFields", "inferenceConfig", "messages", "outputConfig", "system", "toolConfig"),
        *("guardrailConfig", "performanceConfig", "requestMetadata", "serviceTier"),
    }
)


def left_out(body: Mapping[str, Any]) -> tuple[Note, ...]:
    """A note of each member that InvokeModel has no place for."""
    return tuple(
        Note("member-dropped", f"{member} was left out: InvokeModel has no place for it.")
        for member in body
        if member not in _CARRIED
    )
