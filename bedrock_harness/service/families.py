"""Model families: how to recognise each, what its requests and replies are made of, and what is known to work.

One table, the narrower id before the wider. What a family was seen to refuse, with sources and dates, stands in `limits`;
in which words it is refused, `family_rules` knows. An id that does not tell the model, such as the ARN of an application
inference profile, has no family.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

from msgspec import Struct

from bedrock_harness.service.limits import Feature, Limit, limit_of
from bedrock_harness.service.model_ids import ModelIdError, parse
from bedrock_harness.service.strictness import LATEST

__all__ = ["FAMILIES", "Family", "Reasoning", "family_of"]

Reasoning: TypeAlias = Literal["never", "budget", "adaptive", "effort", "always"]
"""How a family is made to reason: by a budget of tokens, by letting it decide, by an effort, or not at all."""


class Family(Struct, frozen=True, kw_only=True):
    """Models that take and refuse the same.

    `ids` is what the foundation model's id matches whole. `native` names the format of its InvokeModel bodies, None where it
    is not known. `reads` and `writes` are the modalities that the control plane shows. `works` are features known to work.
    """

    name: str
    ids: str
    native: str | None = None
    reads: tuple[str, ...] = ("TEXT",)
    writes: tuple[str, ...] = ("TEXT",)
    reasoning: Reasoning = "never"
    works: frozenset[Feature] = frozenset()

    def limit(self, feature: Feature, level: str = LATEST) -> Limit | None:
        """The limit that refuses a feature at a level of strictness, None where none is known."""
        return limit_of(self.name, feature, level)

    def can(self, feature: Feature, level: str = LATEST) -> bool | None:
        """Whether a feature works: False where it was seen refused, True where it was seen to work, None where neither."""
        if self.limit(feature, level):
            return False
        return True if feature in self.works else None


_IMAGES = ("TEXT", "IMAGE")
_VIDEO = ("TEXT", "IMAGE", "VIDEO")


def _works(*features: Feature) -> frozenset[Feature]:
    return frozenset(features)


_TALK = _works("system", "stream", "documents", "stop-sequences")
_TOOLS = _TALK | _works("tools", "streamed-tools")
_CHOOSES = _TOOLS | _works("tool-choice-any", "tool-choice-tool", "tool-result-status", "mixed-results")
_CLAUDE = _CHOOSES | _works("images", "prefill", "leading-assistant", "images-in-results")
_CACHES = _CLAUDE | _works("cache", "cached-tools")
_SIGNS = _CACHES | _works("signatures", "reasoning-history")
_LONG = _SIGNS | _works("long-cache", "structured-output")
_TODAY = _LONG - _works("prefill")
_NOVA = _CHOOSES | _works("cache")

FAMILIES: tuple[Family, ...] = (
    Family(name="claude-2", ids=r"anthropic\.claude-(v\d|instant).*", native="anthropic", works=_TALK),
    Family(
        name="claude-3",
        ids=r"anthropic\.claude-3-(opus|sonnet|haiku).*",
        native="anthropic",
        reads=_IMAGES,
        works=_CLAUDE,
    ),
    Family(
        name="claude-3.5-haiku",
        ids=r"anthropic\.claude-3-5-haiku.*",
        native="anthropic",
        works=_CACHES - _works("images", "images-in-results"),
    ),
    Family(
        name="claude-3.5-v1",
        ids=r"anthropic\.claude-3-5-sonnet-20240620.*",
        native="anthropic",
        reads=_IMAGES,
        works=_CLAUDE,
    ),
    Family(name="claude-3.5", ids=r"anthropic\.claude-3-5-.*", native="anthropic", reads=_IMAGES, works=_CACHES),
    Family(
        name="claude-3.7",
        ids=r"anthropic\.claude-3-7-.*",
        native="anthropic",
        reads=_IMAGES,
        reasoning="budget",
        works=_SIGNS,
    ),
    Family(
        name="claude-4.1",
        ids=r"anthropic\.claude-[a-z]+-4-1(?!\d).*",
        native="anthropic",
        reads=_IMAGES,
        reasoning="budget",
        works=_SIGNS,
    ),
    Family(
        name="claude-4.5",
        ids=r"anthropic\.claude-[a-z]+-4-5(?!\d).*",
        native="anthropic",
        reads=_IMAGES,
        reasoning="budget",
        works=_LONG,
    ),
    Family(
        name="claude-4.6",
        ids=r"anthropic\.claude-[a-z]+-4-6(?!\d).*",
        native="anthropic",
        reads=_IMAGES,
        reasoning="adaptive",
        works=_TODAY,
    ),
    Family(
        name="claude-4.7",
        ids=r"anthropic\.claude-(opus-4-([7-9]|\d\d)(?!\d)|(opus|fable)-([5-9]|\d\d)(?!\d)).*",
        native="anthropic",
        reads=_IMAGES,
        reasoning="adaptive",
        works=_TODAY,
    ),
    Family(
        name="claude-5",
        ids=r"anthropic\.claude-[a-z]+-(4-([7-9]|\d\d)(?!\d)|([5-9]|\d\d)(?!\d)).*",
        native="anthropic",
        reads=_IMAGES,
        reasoning="adaptive",
        works=_TODAY,
    ),
    Family(
        name="claude-4",
        ids=r"anthropic\.claude-[a-z]+-4(?!\d).*",
        native="anthropic",
        reads=_IMAGES,
        reasoning="budget",
        works=_SIGNS,
    ),
    Family(name="claude", ids=r"anthropic\..*", native="anthropic", reads=_IMAGES, works=_TOOLS),
    Family(name="nova-micro", ids=r"amazon\.nova-micro.*", native="nova", works=_NOVA - _works("documents")),
    Family(
        name="nova-2",
        ids=r"amazon\.nova-2-(lite|pro|omni).*",
        native="nova",
        reads=_VIDEO,
        reasoning="effort",
        works=_NOVA | _works("images", "video"),
    ),
    Family(
        name="nova",
        ids=r"amazon\.nova-(lite|pro|premier).*",
        native="nova",
        reads=_VIDEO,
        works=_NOVA | _works("images", "video", "s3-images", "s3-documents"),
    ),
    Family(name="titan-text-premier", ids=r"amazon\.titan-text-premier.*", native="titan-text", works=_works("stream")),
    Family(
        name="titan-text", ids=r"amazon\.titan-(text|tg1).*", native="titan-text", works=_works("stream", "documents")
    ),
    Family(
        name="titan-embed-image",
        ids=r"amazon\.titan-embed-image.*",
        native="titan-embed",
        reads=_IMAGES,
        writes=("EMBEDDING",),
    ),
    Family(name="titan-embed", ids=r"amazon\.titan-embed.*", native="titan-embed", writes=("EMBEDDING",)),
    Family(name="llama-2", ids=r"meta\.llama2-.*", native="llama", works=_TALK),
    Family(name="llama-3", ids=r"meta\.llama3-\d+b.*", native="llama", works=_TALK),
    Family(name="llama-3.2-text", ids=r"meta\.llama3-2-[13]b.*", native="llama", works=_TALK),
    Family(
        name="llama-3.2",
        ids=r"meta\.llama3-2-.*",
        native="llama",
        reads=_IMAGES,
        works=_TALK | _works("tools", "images"),
    ),
    Family(name="llama-3.1", ids=r"meta\.llama3-[13]-.*", native="llama", works=_TALK | _works("tools")),
    Family(
        name="llama-4", ids=r"meta\.llama4-.*", native="llama", reads=_IMAGES, works=_TALK | _works("tools", "images")
    ),
    Family(
        name="mistral-instruct",
        ids=r"mistral\.(mistral-7b|mixtral).*",
        native="mistral",
        works=_works("stream", "documents"),
    ),
    Family(
        name="mistral-large-3",
        ids=r"mistral\.mistral-large-3.*",
        native="mistral-chat",
        reads=_IMAGES,
        works=_TOOLS | _works("structured-output"),
    ),
    Family(
        name="mistral-large",
        ids=r"mistral\.mistral-large.*",
        native="mistral",
        works=_TALK | _works("tools", "tool-choice-any"),
    ),
    Family(
        name="pixtral",
        ids=r"mistral\.pixtral.*",
        native="mistral-chat",
        reads=_IMAGES,
        works=_TALK | _works("tools", "images"),
    ),
    Family(name="mistral", ids=r"mistral\..*", native="mistral", works=_works("stream")),
    Family(name="command-light", ids=r"cohere\.command-light.*", native="cohere-command", works=_works("stream")),
    Family(name="command-r", ids=r"cohere\.command-r.*", native="cohere-command-r", works=_TOOLS),
    Family(name="command", ids=r"cohere\.command.*", native="cohere-command", works=_works("stream", "documents")),
    Family(
        name="cohere-embed-4", ids=r"cohere\.embed-v4.*", native="cohere-embed", reads=_IMAGES, writes=("EMBEDDING",)
    ),
    Family(name="cohere-embed", ids=r"cohere\.embed.*", native="cohere-embed", reads=("TEXT",), writes=("EMBEDDING",)),
    Family(
        name="gpt-oss",
        ids=r"openai\.gpt-oss.*",
        native="openai",
        reasoning="always",
        works=_TOOLS - _works("stop-sequences"),
    ),
    Family(
        name="gpt",
        ids=r"openai\.gpt.*",
        native="openai",
        reads=_IMAGES,
        reasoning="effort",
        works=_works("tools", "images"),
    ),
    Family(name="deepseek-r1", ids=r"deepseek\.r1.*", native="deepseek", reasoning="always", works=_TALK),
    Family(
        name="deepseek-v3", ids=r"deepseek\.v3.*", native="openai", reasoning="effort", works=_works("stream", "tools")
    ),
    Family(name="qwen", ids=r"qwen\..*", native="openai", works=_works("stream", "tools", "leading-assistant")),
    Family(name="jamba-instruct", ids=r"ai21\.jamba-instruct.*", native="jamba", works=_works("system", "stream")),
    Family(name="jamba", ids=r"ai21\.jamba.*", native="jamba", works=_TALK | _works("tools")),
    Family(name="jurassic", ids=r"ai21\.j2.*", native="jurassic"),
    Family(name="palmyra", ids=r"writer\.palmyra.*", native="writer", works=_TALK | _works("tools")),
    Family(name="glm", ids=r"zai\.glm.*", native="openai", works=_works("system", "tools", "structured-output")),
    Family(
        name="kimi", ids=r"moonshot(ai)?\.kimi.*", native="openai", reasoning="always", works=_works("stream", "tools")
    ),
    Family(name="minimax", ids=r"minimax\..*", native="openai", works=_works("stream", "tools")),
    Family(name="gemma", ids=r"google\.gemma.*", native="openai", reads=_IMAGES, works=_works("structured-output")),
    Family(name="nemotron", ids=r"nvidia\.nemotron.*", native="openai", works=_works("structured-output")),
    Family(name="grok", ids=r"xai\.grok.*", native="openai", reads=_IMAGES, works=_works("tools", "images")),
)
"""Families by the id of the foundation model; the first row that matches holds. What works stands in the Bedrock user
guide's table of models and features, in the recordings, or was measured by the threads that `limits` cites."""

_PATTERNS = tuple((re.compile(row.ids), row) for row in FAMILIES)


@lru_cache(maxsize=256)
def family_of(model_id: str) -> Family | None:
    """The family of a decoded model id: a foundation model's, an inference profile's, or an ARN's that tells the model.

    None for an id that does not tell, for one of a family that nobody has described, and for what is no id.
    """
    try:
        base = parse(model_id).base
    except ModelIdError:
        return None
    return next((row for pattern, row in _PATTERNS if pattern.fullmatch(base)), None) if base else None
