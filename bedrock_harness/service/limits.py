"""What each family of models was seen to refuse: one table, a row a sighting, with its source and its dates.

Where no source is known nothing stands here, and nothing is refused. Which models a family has, `families` knows; in which
words the service refuses, `family_rules`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from bedrock_harness.service.strictness import LATEST, at, holds

__all__ = ["LIMITS", "Feature", "Limit", "limit_of"]

Feature: TypeAlias = Literal[
    "cache",
    "cached-tools",
    "documents",
    "images",
    "images-in-results",
    "leading-assistant",
    "long-cache",
    "mixed-results",
    "prefill",
    "reasoning-history",
    "s3-documents",
    "s3-images",
    "s3-videos-in-results",
    "short-tool-ids",
    "signatures",
    "stop-sequences",
    "stream",
    "streamed-tools",
    "structured-output",
    "system",
    "temperature",
    "temperature-with-top-p",
    "tool-choice-any",
    "tool-choice-tool",
    "tool-result-status",
    "tools",
    "top-k",
    "video",
]
"""What a request can use that not every family has. `signatures` are those of reasoning text, `reasoning-history` is
reasoning in the turns so far, `mixed-results` are tool results beside other content in one turn, `cached-tools` a cache
point among the tools, `long-cache` one of an hour, `short-tool-ids` tool use ids of fewer than nine characters."""


class Limit(Struct, frozen=True):
    """That some families refuse a feature: who saw it, since when, and until when where it has been relaxed."""

    feature: Feature
    families: tuple[str, ...]
    source: str
    since: str
    until: str | None = None


_GUIDE = "the Bedrock user guide's table of supported models and model features"
_FIRST_SDK = "aws-java-sdk 1.12.743 of June 2024, which names the only models with tools and images; " + _GUIDE

_CLAUDES_3 = ("claude-2", "claude-3", "claude-3.5", "claude-3.5-haiku", "claude-3.5-v1", "claude-3.7")
_CLAUDES_4 = ("claude-4", "claude-4.1", "claude-4.5", "claude-4.6", "claude-4.7", "claude-5")
_CLAUDES = ("claude", *_CLAUDES_3, *_CLAUDES_4)
_NOVAS = ("nova-micro", "nova", "nova-2")
_LLAMAS_2 = ("llama-2", "llama-3", "llama-3.2-text")
_LLAMAS = ("llama-3.1", "llama-3.2", "llama-4")
_MISTRALS = ("mistral-instruct", "mistral-large", "mistral-large-3", "pixtral", "mistral")
_TITANS = ("titan-text-premier", "titan-text")
_COMMANDS = ("command-light", "command")
_JAMBAS = ("jamba-instruct", "jamba")
_TEXTS = ("claude-2", "claude-3.5-haiku", "nova-micro", "llama-3.1", "mistral-instruct", "mistral-large", "command-r")
_TEXT_ONLY = (*_TEXTS, *_TITANS, *_LLAMAS_2, *_COMMANDS, *_JAMBAS, "jurassic", "deepseek-r1")

LIMITS: tuple[Limit, ...] = (
    Limit("stream", ("gpt-oss",), "langchain-ai/langchain-aws#573, relaxed by #588", "2025-08-07", "2025-08-21"),
    Limit("stream", ("jurassic",), _GUIDE, "2024-06"),
    Limit(
        "tools",
        ("claude-2", *_TITANS, *_LLAMAS_2, "mistral-instruct", *_COMMANDS, "jamba-instruct", "jurassic"),
        _FIRST_SDK,
        "2024-06",
    ),
    Limit("tools", ("deepseek-r1",), "danny-avila/LibreChat#6351, langchain-ai/langchain-aws#447", "2025-03-15"),
    Limit(
        "streamed-tools",
        ("mistral-large", "llama-3.1", "llama-3.2"),
        f"langchain-ai/langchain-aws#140; {_GUIDE}",
        "2024-08-03",
    ),
    Limit("streamed-tools", ("llama-4",), "earendil-works/pi#3739", "2026-04-26"),
    Limit("streamed-tools", ("palmyra",), "langchain-ai/langchain-aws#466", "2025-05-02"),
    Limit(
        "tool-choice-any",
        _NOVAS,
        "aws-samples/bedrock-access-gateway#92, relaxed: langchain-ai/langchain-aws#422",
        "2025-01-15",
        "2025-03-20",
    ),
    Limit(
        "tool-choice-tool",
        _NOVAS,
        "vercel/ai#4396, relaxed: langchain-ai/langchain-aws#422",
        "2025-01-15",
        "2025-03-20",
    ),
    Limit("tool-choice-any", _LLAMAS, "pydantic/pydantic-ai#2091, strands-agents/harness-sdk#1241", "2025-06-27"),
    Limit(
        "tool-choice-tool",
        _LLAMAS,
        "the API reference of ToolChoice: Claude, Nova and Mistral Large alone",
        "2025-06-27",
    ),
    Limit(
        "system",
        (*_TITANS, "mistral-instruct", *_COMMANDS, "jurassic"),
        f"Mintplex-Labs/anything-llm#2486, danny-avila/LibreChat#6456; {_GUIDE}",
        "2024-10-16",
    ),
    Limit("images", _TEXT_ONLY, _FIRST_SDK, "2024-06"),
    Limit("images", ("glm",), "public tests that record what zai.glm-5 answered on 2026-10-06", "2026-10-06"),
    Limit(
        "images-in-results",
        ("gpt",),
        "can1357/oh-my-pi, its tests of Bedrock; the same image beside the result is taken",
        "2026-09",
    ),
    Limit(
        "documents",
        ("nova-micro", "titan-text-premier", "command-light", "jamba-instruct", "jurassic"),
        _GUIDE,
        "2025-01",
    ),
    Limit("documents", ("glm",), "public tests that record what zai.glm-5 answered on 2026-10-06", "2026-10-06"),
    Limit(
        "documents",
        ("grok",),
        "aws-solutions-library-samples, intelligent document processing: xai.grok-4.6",
        "2026-10",
    ),
    Limit("video", _CLAUDES, "seven tiers measured on one file; public tests of 2026 say so", "2026-09"),
    Limit("s3-images", _CLAUDES, "two recordings of Claude Sonnet 4.5; aws/aws-sdk-js-v3#7732", "2026-04-15"),
    Limit(
        "s3-documents",
        _CLAUDES,
        "strands-agents/harness-sdk#3610, maximhq/bifrost#6544; in a tool result a recording shows it taken",
        "2026-08-03",
    ),
    Limit("s3-videos-in-results", ("nova-2",), "a recording of Nova 2 Lite", "2026-04-15"),
    Limit("cache", (*_LLAMAS_2, *_LLAMAS), "strands-agents/harness-sdk#1807", "2026-03-04"),
    Limit("cache", ("claude-3", "claude-2"), "posit-dev/positron#12988", "2026-04-13"),
    Limit("cache", (*_MISTRALS, "qwen"), "zeroclaw-labs/zeroclaw#7315", "2026-06-06"),
    Limit("cache", ("deepseek-r1",), "pensarai/apex#943", "2026-08-03"),
    Limit("cache", ("nemotron",), "BerriAI/litellm#39210", "2026-09-01"),
    Limit("cached-tools", _NOVAS, "LibreChat-AI/agents#253, NousResearch/hermes-agent#97281", "2026-06-18"),
    Limit(
        "long-cache",
        ("claude-3.5-haiku", "claude-3.5", "claude-3.7", "claude-4", "claude-4.1", *_NOVAS),
        "earendil-works/pi#1570",
        "2026-02-20",
    ),
    Limit("signatures", ("gpt-oss",), "earendil-works/pi#686", "2026-01-13"),
    Limit(
        "signatures",
        (*_NOVAS, "gpt", "qwen", "minimax", "kimi", "glm"),
        "earendil-works/pi, amazon-bedrock.ts",
        "2026-08",
    ),
    Limit(
        "reasoning-history",
        ("deepseek-r1",),
        "langchain-ai/langchain-aws#401, aws-samples/bedrock-chat#845",
        "2025-03-13",
    ),
    Limit(
        "prefill",
        ("claude-4.6", "claude-4.7", "claude-5"),
        "strands-agents/sdk-python#1694, anomalyco/opencode#29760",
        "2026-02-05",
    ),
    Limit("prefill", ("llama-3",), "i-am-bee/beeai-framework#753", "2025-04-11"),
    Limit(
        "leading-assistant",
        (*_CLAUDES, "qwen"),
        "langgenius/dify#12340, relaxed: pydantic/pydantic-ai#6255",
        "2025-01-03",
        "2026-07-03",
    ),
    Limit(
        "leading-assistant",
        (*_NOVAS, *_LLAMAS_2, *_LLAMAS, *_MISTRALS, *_COMMANDS, "command-r", *_JAMBAS, "palmyra"),
        "pydantic/pydantic-ai#6255",
        "2025-01-03",
    ),
    Limit(
        "mixed-results",
        (*_LLAMAS, "mistral-large"),
        "langchain-ai/langchain-aws#141, browser-use/browser-use#710, strands-agents/harness-sdk#1223",
        "2024-08-05",
    ),
    Limit(
        "stop-sequences",
        ("gpt-oss", "gpt"),
        "crewAIInc/crewAI#3317; an empty list as well: langchain4j/langchain4j#3650",
        "2025-08-13",
    ),
    Limit("stop-sequences", ("qwen",), "langgenius/dify-official-plugins#1767", "2025-09-25"),
    Limit("stop-sequences", ("glm",), "maximhq/bifrost, its tests of inferenceConfig", "2026-03-23"),
    Limit("temperature", ("claude-4.7",), "promptfoo/promptfoo#8763, logancyang/obsidian-copilot#2600", "2026-04-16"),
    Limit("temperature-with-top-p", ("claude-4.5",), "RooCodeInc/Roo-Code#8377, BerriAI/litellm#15070", "2025-09-29"),
    Limit("temperature-with-top-p", ("claude-4.1",), "aws-samples/bedrock-chat#979", "2025-11-25"),
    Limit("temperature-with-top-p", ("claude-4.6",), "aws-samples/bedrock-access-gateway#238", "2026-04-14"),
    Limit("top-k", _NOVAS, "UKGovernmentBEIS/inspect_ai#3939", "2026-06"),
    Limit("short-tool-ids", ("pixtral",), "anomalyco/opencode#48843", "2026-09-13"),
)
"""What families refuse. A date is that of the thread, or a month by which it was surely there."""

_BY_FAMILY: dict[tuple[str, Feature], tuple[Limit, ...]] = {}
for _row in LIMITS:
    for _name in _row.families:
        _BY_FAMILY[_name, _row.feature] = (*_BY_FAMILY.get((_name, _row.feature), ()), _row)


def limit_of(family: str, feature: Feature, level: str = LATEST) -> Limit | None:
    """The limit by which a family refuses a feature at a level of strictness, None where none is known.

    Raises StrictnessError for a level that is no date.
    """
    date = at(level)
    rows = _BY_FAMILY.get((family, feature), ())
    return next((row for row in rows if holds(row.since, row.until, date)), None)
