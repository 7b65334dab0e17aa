"""The list of models, in both fronts' shapes, which share a path.

The aliases come first, then what `service.foundation_models` knows: models that can be called by their own id, and the
inference profiles. The gateway asks no control plane, and takes any other id as well. Anthropic's clients are told by the
header that they always send, `anthropic-version`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from bedrock_harness.gateway.models import Models
from bedrock_harness.service.foundation_models import MODELS

__all__ = ["Listed", "listed", "names"]


class Listed(Struct, frozen=True):
    """A name that callers may use: what it is called in words, whose it is, and the day it came about."""

    id: str
    title: str
    owner: str
    created: str


def names(models: Models) -> Iterator[Listed]:
    """Every name that is known."""
    known = {one.id: one for one in _known()}
    for alias, model in models.aliases.items():
        meant = known.get(model, Listed(model, model, "bedrock", "1970-01-01"))
        yield Listed(alias, meant.title, meant.owner, meant.created)
    yield from known.values()


def _known() -> Iterator[Listed]:
    for model in MODELS:
        if "ON_DEMAND" in model.inference:
            yield Listed(model.id, model.name, model.provider, model.created)
        for geography in model.profiles:
            yield Listed(f"{geography}.{model.id}", f"{model.name} ({geography})", model.provider, model.created)


def listed(models: Models, headers: Mapping[str, str]) -> dict[str, Any]:
    """The names in the shape that the caller's client expects. Anthropic's list is one page."""
    found = list(names(models))
    if "anthropic-version" in headers:
        data: list[dict[str, Any]] = [
            {"type": "model", "id": one.id, "display_name": one.title, "created_at": f"{one.created}T00:00:00Z"}
            for one in found
        ]
        return {"data": data, "has_more": False, "first_id": found[0].id, "last_id": found[-1].id}
    data = [{"id": one.id, "object": "model", "created": _seconds(one.created), "owned_by": one.owner} for one in found]
    return {"object": "list", "data": data}


def _seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
