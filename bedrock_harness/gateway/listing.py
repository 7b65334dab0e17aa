"""The list of models, in both fronts' shapes, which share a path.

Anthropic's clients are told by the header that they always send, `anthropic-version`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bedrock_harness.gateway.models import Models

__all__ = ["listed"]

LONG_AGO = "1970-01-01T00:00:00Z"
"""When a model came about is not known here; both fronts require a time."""


def listed(models: Models, headers: Mapping[str, str]) -> dict[str, Any]:
    """The names that a caller may use, in the shape that its client expects."""
    names = sorted(models.aliases)
    if "anthropic-version" in headers:
        data = [{"type": "model", "id": name, "display_name": name, "created_at": LONG_AGO} for name in names]
        ends = {"first_id": names[0] if names else None, "last_id": names[-1] if names else None}
        return {"data": data, "has_more": False, **ends}
    known = {"object": "model", "created": 0, "owned_by": "bedrock"}
    return {"object": "list", "data": [{"id": name, **known} for name in names]}
