"""Autobot's config.yml: `providers.bedrock` and the default model of the agents, with `${NAME}` for variables.

Knows the keys of its page on AWS Bedrock. A variable that is not set is empty, and empty credentials are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bedrock_harness.client.dialects.shared import DEFAULT_REGION, Config, Connection, section
from bedrock_harness.client.errors import InvalidRequest, MissingCredentials
from bedrock_harness.client.options import Guardrail, Options
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["OPTIONS", "read"]

OPTIONS = Options(tool_choice="auto", text_only=True)
"""What Autobot does with every request (A06, A07)."""


class _Root(Struct, frozen=True):
    """The root of Autobot's config.yml."""

    providers: dict[str, Any]
    agents: dict[str, Any] = {}


class _Agents(Struct, frozen=True):
    """`agents`."""

    defaults: dict[str, Any]


class _Defaults(Struct, frozen=True):
    """`agents.defaults`."""

    model: str


class _Providers(Struct, frozen=True):
    """`providers`."""

    bedrock: dict[str, Any]


class _Bedrock(Struct, frozen=True):
    """`providers.bedrock`: its configuration reference."""

    access_key_id: str
    secret_access_key: str
    region: str | None = None
    session_token: str | None = None
    guardrail_id: str | None = None
    guardrail_version: str | None = None


def read(value: dict[str, Any], environment: Mapping[str, str], wanted: str | None) -> Config:
    """The configuration of the default model, or of the wanted one."""
    root = section(_substituted(value, environment), "", _Root)
    agents = section(root.agents, "agents", _Agents)
    model = wanted or section(agents.defaults, "agents.defaults", _Defaults).model
    if not model.startswith("bedrock/"):
        raise InvalidRequest(
            f"agents.defaults.model is {model!r}.", hint="Autobot's models of Bedrock begin with bedrock/."
        )
    providers = section(root.providers, "providers", _Providers)
    bedrock = section(providers.bedrock, "providers.bedrock", _Bedrock)
    for name in ("access_key_id", "secret_access_key"):
        if not getattr(bedrock, name):
            raise MissingCredentials(f"providers.bedrock.{name} is empty.", hint="Set the variable that it names.")
    guardrail = Guardrail(identifier=bedrock.guardrail_id or None, version=bedrock.guardrail_version or None)
    credentials = Credentials(bedrock.access_key_id, bedrock.secret_access_key, bedrock.session_token or None)
    return Config(
        dialect="autobot",
        model=model.removeprefix("bedrock/"),
        connection=Connection(
            region=bedrock.region or DEFAULT_REGION, credentials=credentials, precedence=("credentials",)
        ),
        options=replace(OPTIONS, guardrail=guardrail),
    )


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _substituted(value: Any, environment: Mapping[str, str]) -> Any:
    """The value with `${NAME}` filled in from the environment; a variable that is not set is empty."""
    if isinstance(value, dict):
        return {name: _substituted(member, environment) for name, member in value.items()}
    if isinstance(value, list):
        return [_substituted(item, environment) for item in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: environment.get(match[1], ""), value)
    return value
