"""What tells one family of models from another when they speak: reasoning, its signature, and the prompt cache.

Knows nothing of what a family accepts: requests have been judged before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from msgspec import Struct

from bedrock_harness.service.model_ids import ModelIdError, parse

__all__ = ["MANNERS", "Manner", "manner_of"]


class Manner(Struct, frozen=True, kw_only=True):
    """How a family speaks.

    `reasons`: never, when the request asks for it, or always. `signs`: whether its reasoning bears a signature.
    `cache_minimum`: the fewest tokens of a prefix that is cached; None where nothing is. `cache_lookback`: how many blocks
    ahead of a cache point are searched for a known prefix. `tells_cache`: whether usage has cache counts even where they
    are 0.
    """

    reasons: Literal["never", "asked", "always"] = "never"
    signs: bool = False
    cache_minimum: int | None = None
    cache_lookback: int = 0
    tells_cache: bool = False


def _claude(minimum: int | None, reasons: Literal["never", "asked"] = "asked") -> Manner:
    return Manner(reasons=reasons, signs=True, cache_minimum=minimum, cache_lookback=20, tells_cache=True)


MANNERS: dict[str, Manner] = {
    "amazon.nova-2": Manner(reasons="asked", cache_minimum=1_000),
    "amazon.nova": Manner(cache_minimum=1_000),
    "anthropic.claude-3-5-haiku": _claude(2_048, "never"),
    "anthropic.claude-3-5-sonnet-20241022": _claude(1_024, "never"),
    "anthropic.claude-3-7": _claude(1_024),
    "anthropic.claude-3": _claude(None, "never"),
    "anthropic.claude-haiku": _claude(4_096),
    "anthropic.claude-opus-4-1": _claude(1_024),
    "anthropic.claude-opus-4-2": _claude(1_024),
    "anthropic.claude-opus": _claude(4_096),
    "anthropic.claude-v": _claude(None, "never"),
    "anthropic.claude-instant": _claude(None, "never"),
    "anthropic.": _claude(1_024),
    "deepseek.r1": Manner(reasons="always"),
    "openai.gpt-oss": Manner(reasons="always"),
    "": Manner(reasons="asked"),
}
"""Manners by the beginning of the foundation model's id; the first row that fits holds.

Minimal prefixes: the Bedrock user guide's table of prompt caching, and Anthropic's for Opus 4.5 and Haiku 4.5. Recordings
of Claude have cache counts in every reply, those of other families none. gpt-oss and R1 reason unasked and sign nothing
(recordings of gpt-oss; langchain-ai/langchain-aws#415)."""


@lru_cache(maxsize=256)
def manner_of(model: str) -> Manner:
    """The manner of a model, by its decoded id. An id that hides its model, as most ARNs do, is taken for a Claude."""
    try:
        base = parse(model).base or "anthropic."
    except ModelIdError:
        base = ""
    return next(manner for prefix, manner in MANNERS.items() if base.startswith(prefix))
