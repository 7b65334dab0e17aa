"""Configuration files in the words of the clients that they were written for, one module a client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from bedrock_harness.client.dialects import autobot, docker_agent, prx, req_llm
from bedrock_harness.client.dialects.shared import Config, Connection

__all__ = ["DIALECTS", "Config", "Connection", "Dialect"]


class Dialect(Struct, frozen=True):
    """One client's configuration: its name, the key at the root that it is known by, and how it is read."""

    name: str
    mark: str
    read: Callable[[dict[str, Any], Mapping[str, str], str | None], Config]


DIALECTS: tuple[Dialect, ...] = (
    Dialect("docker-agent", "models", docker_agent.read),
    Dialect("autobot", "providers", autobot.read),
    Dialect("prx", "default", prx.read),
    Dialect("req_llm", "model", req_llm.read),
)
"""Whose file it is, by the first of these keys at its root."""
