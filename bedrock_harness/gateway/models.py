"""Which model a caller means: aliases to Bedrock's ids, everything else as it is."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from bedrock_harness.gateway.fields import Refused

__all__ = ["Models"]


class Models(Struct, frozen=True):
    """Names that callers may use, and the model ids or ARNs that they stand for."""

    aliases: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, name: str) -> str:
        """The model id or ARN of a name. A name without an alias is taken for Bedrock's own."""
        model = self.aliases.get(name, name)
        if not model.strip():
            raise Refused("model", "must name a model")
        return model
