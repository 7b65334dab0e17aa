"""`cache_control` as callers write it, cache points as Converse has them.

A cache point stands behind what it marks, as a block of its own. Which blocks may bear one is the fronts' business; how
many the service takes, and that a tool's result takes none inside, is the client's (`client.requests.caching`).
"""

from __future__ import annotations

from typing import Any

from bedrock_harness.gateway.fields import Fields

__all__ = ["marker"]


def marker(fields: Fields) -> list[dict[str, Any]]:
    """The cache point that a block's `cache_control` asks for, none without one.

    OpenAI's own `prompt_cache_breakpoint` says the same. Its times to live are not the service's: they are passed over.
    """
    found = fields.nested("cache_control", _ephemeral) or fields.nested("prompt_cache_breakpoint", _breakpoint)
    return [{"cachePoint": found}] if found else []


def _ephemeral(control: Fields) -> dict[str, str]:
    control.choose("type", {"ephemeral": True})
    ttl = control.choose("ttl", {"5m": "5m", "1h": "1h"})
    return {"type": "default", "ttl": ttl} if ttl else {"type": "default"}


def _breakpoint(mark: Fields) -> dict[str, str]:
    mark.choose("mode", {"explicit": True})
    mark.pass_over(("ttl",))
    return {"type": "default"}
