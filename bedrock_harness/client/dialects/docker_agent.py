"""docker-agent's YAML: models with provider_opts, and the agents that use them.

Knows the keys and defaults of its page on Amazon Bedrock. The agents' tools are its own: they are noted and not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bedrock_harness.client.dialects.shared import DEFAULT_REGION, Config, Connection, nearest, section
from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import CACHE_DOCKER_AGENT, Caching, Effort, Note, Options, Repairs, Thinking
from bedrock_harness.client.supply import Role

__all__ = ["OPTIONS", "SESSION_NAME", "read"]

SESSION_NAME = "docker-agent-bedrock-session"
"""The session of an assumed role, unless it is named (D06)."""

_UNASKED = Thinking(budget=8192, claude_only=True)

OPTIONS = Options(
    repairs=Repairs(tool_inputs="lenient"),
    caching=CACHE_DOCKER_AGENT,
    thinking=_UNASKED,
    tool_choice="auto",
    remote_media="drop",
    unknown_image="jpeg",
)
"""What docker-agent does where its file says nothing: D12 to D14, D10, D19, D20."""


class _Root(Struct, frozen=True):
    """The root of docker-agent's file."""

    models: dict[str, Any]
    agents: dict[str, Any] = {}


class _Agent(Struct, frozen=True):
    """An agent: its model, and what it is told."""

    model: str
    description: str | None = None
    instruction: str | None = None
    toolsets: list[Any] = []


class _Model(Struct, frozen=True):
    """A model."""

    provider: str
    model: str
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    thinking_budget: int | str | None = None
    token_key: str | None = None
    provider_opts: dict[str, Any] = {}


class _Options(Struct, frozen=True):
    """`provider_opts` of the provider amazon-bedrock."""

    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    role_session_name: str = SESSION_NAME
    external_id: str | None = None
    endpoint_url: str | None = None
    interleaved_thinking: bool = True
    disable_prompt_caching: bool = False


def read(value: dict[str, Any], _environment: Mapping[str, str], wanted: str | None) -> Config:
    """The configuration of the root agent's model, or of the wanted one."""
    root = section(value, "", _Root)
    agents = {name: section(agent, f"agents.{name}", _Agent) for name, agent in root.agents.items()}
    agent = agents.get("root") if wanted is None else None
    name = wanted or (agent.model if agent else next(iter(root.models), ""))
    if name not in root.models:
        raise InvalidRequest(f"The configuration has no model {name!r}.", hint=nearest(name, root.models))
    model = section(root.models[name], f"models.{name}", _Model)
    if model.provider != "amazon-bedrock":
        raise InvalidRequest(f"models.{name}.provider is {model.provider!r}.", hint="Bedrock's is amazon-bedrock.")
    chosen = section(model.provider_opts, f"models.{name}.provider_opts", _Options)
    role = None
    if chosen.role_arn:
        role = Role(chosen.role_arn, session_name=chosen.role_session_name, external_id=chosen.external_id)
    connection = Connection(
        region=chosen.region,
        default_region=DEFAULT_REGION,
        endpoint=chosen.endpoint_url,
        token_key=model.token_key,
        profile=chosen.profile,
        role=role,
    )
    options = replace(
        OPTIONS,
        caching=Caching() if chosen.disable_prompt_caching else OPTIONS.caching,
        thinking=_thinking(model.thinking_budget, interleaved=chosen.interleaved_thinking),
        max_tokens=model.max_tokens,
        temperature=model.temperature,
        top_p=model.top_p,
    )
    notes = [Note("key-not-used", "toolsets: the agent's tools are its own.")] if agent and agent.toolsets else []
    return Config(
        dialect="docker-agent",
        model=model.model,
        connection=connection,
        options=options,
        system=agent.instruction if agent else None,
        notes=tuple(notes),
    )


def _thinking(given: int | str | None, *, interleaved: bool) -> Thinking:
    if given is None:
        return replace(_UNASKED, interleaved=interleaved)
    if isinstance(given, int):
        return Thinking(budget=given, interleaved=interleaved)
    if given not in get_args(Effort):
        raise InvalidRequest(
            f"thinking_budget is {given!r}.", hint=f"It is a number, or {', '.join(get_args(Effort))}."
        )
    return Thinking(effort=msgspec.convert(given, Effort), interleaved=interleaved)
