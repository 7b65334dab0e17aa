"""Defects in telling what a reply cost."""

from __future__ import annotations

from bedrock_harness.client import Reply
from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.mutants.places import Part, Parts, on_part
from bedrock_harness.providers.adapters.reference import adapter

__all__ = ["mutant"]

mutant = Mutants()

CACHE = ("usage/cache-tokens", "usage/cache-tokens-whole")


@mutant(
    "cache-counts-dropped",
    "Tokens read from the cache and written to it are not told.",
    because=("librefang/librefang#5878", "crewAIInc/crewAI#6851", "maximhq/bifrost#908"),
    fails=CACHE,
)
def cache_counts_dropped(patch: Patch) -> None:
    """Tell three counts."""

    def bare(part: Part) -> Part:
        if "usage" not in part:
            return part
        return {"usage": {name: count for name, count in part["usage"].items() if not name.startswith("cache")}}

    on_part(patch, bare)


@mutant(
    "cache-counts-in-input",
    "Tokens of the cache are told as input once more.",
    because=("maximhq/bifrost#6942", "sashiko-dev/sashiko#113"),
    fails=CACHE,
)
def cache_counts_in_input(patch: Patch) -> None:
    """Add them up."""

    def summed(part: Part) -> Part:
        if "usage" not in part:
            return part
        usage = part["usage"]
        cached = usage.get("cache_read", 0) + usage.get("cache_write", 0)
        return {"usage": {**usage, "input": usage.get("input", 0) + cached}}

    on_part(patch, summed)


@mutant(
    "usage-of-streams-only",
    "The token counts of a reply that is not streamed are not told.",
    because=("TanStack/ai#1278", "lastmile-ai/mcp-agent#634"),
    fails=("usage/cache-tokens-whole", "usage/whole"),
)
def usage_of_streams_only(patch: Patch) -> None:
    """Forget them on one of the two paths."""
    original = adapter._whole  # noqa: SLF001

    def whole(reply: Reply) -> Parts:
        return (part for part in original(reply) if "usage" not in part)

    patch(adapter, "_whole", whole)
