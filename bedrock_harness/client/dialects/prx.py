"""PRX's TOML: the provider and the model; everything else stands in the environment.

Knows the keys of its page on AWS Bedrock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from bedrock_harness.client.credentials import PRECEDENCE_PRX
from bedrock_harness.client.dialects.shared import DEFAULT_REGION, Config, Connection, section
from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import CACHE_PRX, Options

__all__ = ["NAMES", "OPTIONS", "read"]

OPTIONS = Options(caching=CACHE_PRX)
"""What PRX does with every request (P05, P06)."""


class _Root(Struct, frozen=True):
    """The root of PRX's TOML."""

    default: dict[str, Any]


class _Default(Struct, frozen=True):
    """`[default]`. Credentials and region come from the environment alone."""

    provider: str
    model: str


NAMES = ("bedrock", "aws-bedrock")
"""What its provider may be called (P13)."""


def read(value: dict[str, Any], _environment: Mapping[str, str], wanted: str | None) -> Config:
    """The configuration of the default model, or of the wanted one."""
    chosen = section(section(value, "", _Root).default, "default", _Default)
    if chosen.provider not in NAMES:
        raise InvalidRequest(f"default.provider is {chosen.provider!r}.", hint=f"Bedrock's is {' or '.join(NAMES)}.")
    return Config(
        dialect="prx",
        model=wanted or chosen.model,
        connection=Connection(default_region=DEFAULT_REGION, precedence=PRECEDENCE_PRX, colons="raw"),
        options=OPTIONS,
    )
