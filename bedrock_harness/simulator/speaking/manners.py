"""How the models of a family speak: whether they reason and sign it, and from which size on their prompts are cached.

What a family can do stands in `service.families`; here is what follows from it for an answer. What a request may ask of
a family is no question here: requests have been judged before.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from bedrock_harness.service.families import family_of
from bedrock_harness.service.model_ids import ModelIdError, parse

__all__ = ["CACHE_MINIMA", "Manner", "manner_of"]


class Manner(Struct, frozen=True, kw_only=True):
    """How a model speaks.

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


CACHE_MINIMA: Mapping[str, int] = MappingProxyType(
    {
        "amazon.nova": 1_000,
        "anthropic.claude-3-5-haiku": 2_048,
        "anthropic.claude-haiku": 4_096,
        "anthropic.claude-opus-4-1": 1_024,
        "anthropic.claude-opus-4-2": 1_024,  # Opus 4 itself, of 20250514
        "anthropic.claude-opus": 4_096,
        "": 1_024,
    }
)
"""The fewest tokens of a prefix that is cached, by the beginning of the foundation model's id; the first row that fits holds.
The Bedrock user guide's table of prompt caching, and Anthropic's for Opus 4.5 and Haiku 4.5."""

_LOOKBACK = 20
"""Blocks that Claude's cache is searched ahead of a cache point: "approximately 20" in the Bedrock user guide."""

_OPAQUE = Manner(reasons="asked", signs=True, cache_minimum=1_024, cache_lookback=_LOOKBACK, tells_cache=True)
"""For an id that hides its model, as most ARNs do: most of them stand for a Claude."""


@lru_cache(maxsize=256)
def manner_of(model: str) -> Manner:
    """The manner of a model, by its decoded id. A model that nobody has described speaks plainly."""
    family = family_of(model)
    try:
        base = parse(model).base
    except ModelIdError:
        base = ""
    if base is None:
        return _OPAQUE
    if family is None:
        return Manner(reasons="asked")
    claude = family.native == "anthropic"
    caches = "cache" in family.works
    return Manner(
        reasons=family.reasoning if family.reasoning in ("never", "always") else "asked",
        signs="signatures" in family.works,
        cache_minimum=next(least for prefix, least in CACHE_MINIMA.items() if base.startswith(prefix))
        if caches
        else None,
        cache_lookback=_LOOKBACK if claude else 0,
        tells_cache=claude,
    )
