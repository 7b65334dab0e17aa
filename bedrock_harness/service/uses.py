"""Where a request uses what not every family of models takes: one function a feature.

Each takes a request and yields the places where it uses the feature. Whether the model's family takes it, `limits` knows;
what the service says where it does not, `family_rules`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bedrock_harness.service.breaches import Breach
from bedrock_harness.service.conversation import CachePoint, Request, inside, objects

__all__ = [
    "blocks",
    "cache_points",
    "cached_tools",
    "images_in_results",
    "inference_member",
    "late_long_cache_points",
    "leading_assistant",
    "long_cache_points_of_claude",
    "long_cache_points_of_others",
    "misspelt_model",
    "mixed_results",
    "model_members",
    "prefill_of_claude",
    "prefill_of_others",
    "profile",
    "reasoning",
    "s3_documents",
    "s3_images",
    "s3_videos_in_results",
    "short_tool_ids",
    "signatures",
    "stream",
    "system",
    "temperature",
    "temperature_with_top_p",
    "tool_choice",
    "tools",
]

_NOTHING: Mapping[str, str] = {}

Use = Callable[[Request], Iterator[Breach]]


_SPELLING = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+(:[a-z0-9-]{1,63}){0,2}")
"""Ids of foundation models as botocore's control plane model has them: in lower case."""


def misspelt_model(request: Request) -> Iterator[Breach]:
    """The model id holds what the id of no foundation model does."""
    base = request.model.base if request.model else None
    if base and not _SPELLING.fullmatch(base):
        yield "modelId", _NOTHING


def profile(request: Request) -> Iterator[Breach]:
    """The model id is that of an inference profile."""
    if request.model and request.model.kind == "inference-profile":
        yield "modelId", _NOTHING


def stream(request: Request) -> Iterator[Breach]:
    """The reply is asked for as a stream."""
    if request.streamed:
        yield "", _NOTHING


def tools(request: Request) -> Iterator[Breach]:
    """Tools are offered. A stream is refused in words of its own."""
    if request.tools:
        yield "toolConfig.tools", {"mode": " in streaming mode" if request.streamed else ""}


def tool_choice(kind: str) -> Use:
    """The model is told by this kind of choice to call a tool."""

    def use(request: Request) -> Iterator[Breach]:
        if inside(request.body, "toolConfig", "toolChoice", kind) is not None:
            yield f"toolConfig.toolChoice.{kind}", _NOTHING

    return use


def system(request: Request) -> Iterator[Breach]:
    """There is a system prompt."""
    if request.body.get("system"):
        yield "system", _NOTHING


def inference_member(name: str) -> Use:
    """An inference parameter is given, be it an empty list (langchain4j/langchain4j#3650)."""

    def use(request: Request) -> Iterator[Breach]:
        if inside(request.body, "inferenceConfig", name) is not None:
            yield f"inferenceConfig.{name}", _NOTHING

    return use


def temperature(request: Request) -> Iterator[Breach]:
    """A temperature is given, other than the 1 that goes with adaptive thinking (logancyang/obsidian-copilot#2600)."""
    given = inside(request.body, "inferenceConfig", "temperature")
    adaptive = inside(request.body, "additionalModelRequestFields", "thinking", "type") == "adaptive"
    if given is not None and not (adaptive and given == 1):
        yield "inferenceConfig.temperature", _NOTHING


def temperature_with_top_p(request: Request) -> Iterator[Breach]:
    """Temperature and topP are both given."""
    config = request.body.get("inferenceConfig")
    if inside(config, "temperature") is not None and inside(config, "topP") is not None:
        yield "inferenceConfig.topP", _NOTHING


def model_members(name: str) -> Use:
    """A member of the model's own is sent along."""

    def use(request: Request) -> Iterator[Breach]:
        if inside(request.body, "additionalModelRequestFields", name) is not None:
            yield f"additionalModelRequestFields.{name}", _NOTHING

    return use


# ------------------------------------------------------------------------------------------------- turns


def leading_assistant(request: Request) -> Iterator[Breach]:
    """The first turn is the assistant's."""
    if request.turns and request.turns[0].role == "assistant":
        yield request.turns[0].path, _NOTHING


def prefill_of_claude(request: Request) -> Iterator[Breach]:
    """The last turn is the assistant's, for Claude to continue."""
    if request.claude and request.turns and request.turns[-1].role == "assistant":
        yield request.turns[-1].path, _NOTHING


def prefill_of_others(request: Request) -> Iterator[Breach]:
    """The last turn is the assistant's, for another maker's model to continue."""
    if not request.claude and request.turns and request.turns[-1].role == "assistant":
        yield request.turns[-1].path, _NOTHING


def mixed_results(request: Request) -> Iterator[Breach]:
    """Tool results stand beside other content in one turn."""
    for turn in request.turns:
        held = {member for block in turn.blocks for member in block.value} - {"cachePoint"}
        if "toolResult" in held and len(held) > 1:
            yield f"{turn.path}.content", _NOTHING


def short_tool_ids(request: Request) -> Iterator[Breach]:
    """A tool call's id has fewer than nine characters. Longer ones are taken, though the message does not say so."""
    for block, use in request.holding("toolUse"):
        given = inside(use, "toolUseId")
        if isinstance(given, str) and len(given) < 9:
            yield f"{block.path}.toolUse.toolUseId", {"id": given}


def reasoning(request: Request) -> Iterator[Breach]:
    """Reasoning stands in the turns so far."""
    for block, _ in request.holding("reasoningContent"):
        yield block.path, _NOTHING


def signatures(request: Request) -> Iterator[Breach]:
    """Reasoning text bears a signature."""
    for block, given in request.holding("reasoningContent"):
        if inside(given, "reasoningText", "signature") is not None:
            yield f"{block.path}.reasoningContent.reasoningText.signature", _NOTHING


# ------------------------------------------------------------------------------------------------- media


def blocks(member: str) -> Use:
    """A message holds a content block of this kind, itself or in a tool result."""

    def use(request: Request) -> Iterator[Breach]:
        return ((path, _NOTHING) for path, _, _ in _anywhere(request, member))

    return use


def images_in_results(request: Request) -> Iterator[Breach]:
    """A tool result holds an image."""
    return ((path, _NOTHING) for path, _, in_result in _anywhere(request, "image") if in_result)


def s3_images(request: Request) -> Iterator[Breach]:
    """An image is given as a place in S3."""
    for path, image, _ in _anywhere(request, "image"):
        if inside(image, "source", "s3Location") is not None:
            yield f"{path}.source.s3Location", _NOTHING


def s3_documents(request: Request) -> Iterator[Breach]:
    """A document of a message is given as a place in S3. In a tool result a recording shows one taken."""
    for path, document, in_result in _anywhere(request, "document"):
        if not in_result and inside(document, "source", "s3Location") is not None:
            yield path, _NOTHING


def s3_videos_in_results(request: Request) -> Iterator[Breach]:
    """A tool result holds a video that is given as a place in S3. The model's words name the turn and the block."""
    for block, result in request.holding("toolResult"):
        for _, item in objects(inside(result, "content")):
            if inside(item, "video", "source", "s3Location") is not None:
                yield f"{block.path}.toolResult", {"pointer": f"#/messages/{block.turn}/content/{block.index}"}


def _anywhere(request: Request, member: str) -> Iterator[tuple[str, Any, bool]]:
    """The content blocks of a kind, each with its path and whether it stands in a tool result."""
    for block, value in request.holding(member):
        yield f"{block.path}.{member}", value, False
    for block, result in request.holding("toolResult"):
        for place, item in objects(inside(result, "content")):
            if item.get(member) is not None:
                yield f"{block.path}.toolResult.content.{place}.{member}", item[member], True


# ------------------------------------------------------------------------------------------------- caching


def cache_points(request: Request) -> Iterator[Breach]:
    """There is a cache point."""
    for point in request.cache_points:
        yield point.path, _NOTHING


def cached_tools(request: Request) -> Iterator[Breach]:
    """A cache point stands among the tools."""
    for point in request.cache_points:
        if point.within == "toolConfig.tools":
            yield point.path, {"pointer": f"#/toolConfig/tools/{point.place}"}


def long_cache_points_of_claude(request: Request) -> Iterator[Breach]:
    """A cache point for Claude lives for an hour."""
    return _long_cache_points(request) if request.claude else iter(())


def long_cache_points_of_others(request: Request) -> Iterator[Breach]:
    """A cache point for another maker's model lives for an hour."""
    return iter(()) if request.claude else _long_cache_points(request)


def _long_cache_points(request: Request) -> Iterator[Breach]:
    for point in request.cache_points:
        if inside(point.value, "ttl") == "1h":
            yield point.path, {"before": _before(point)}


def late_long_cache_points(request: Request) -> Iterator[Breach]:
    """A cache point for Claude that lives for an hour comes after one that lives for five minutes."""
    seen_short = False
    for point in request.cache_points:
        if inside(point.value, "ttl") != "1h":
            seen_short = True
        elif seen_short and request.claude:
            yield point.path, {"before": _before(point)}


def _before(point: CachePoint) -> str:
    """The block before a cache point, on which the model is told of it, in Anthropic's spelling."""
    return f"{point.within.removeprefix('toolConfig.')}.{max(0, point.place - 1)}"
