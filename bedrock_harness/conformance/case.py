"""A case: one requirement, as a frozen value.

A case holds what the user says, what the simulator answers, and what must then be true of the requests that arrived and of
what the provider told its caller. It is data: it can be driven through an adapter, listed, explained and mutated. How it is
driven is `judge`'s business, how the catalogue is divided is `catalogue`'s.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct, field

from bedrock_harness.conformance.checks import Check
from bedrock_harness.conformance.grades import Cost, Grade
from bedrock_harness.providers.protocol import Settings
from bedrock_harness.simulator.script import Reply, Script

__all__ = ["DEFAULT_MODEL", "Capability", "Case", "Turn"]

DEFAULT_MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
"""A model id with a colon, as nearly all real ones have: what breaks most home-made signatures."""


class Capability(StrEnum):
    """What a provider can do. It declares these; a case that needs one it lacks is unsupported, not failed."""

    STREAM = "stream"
    UNARY = "unary"
    TOOLS = "tools"
    REASONING = "reasoning"
    HISTORY = "history"
    SESSION_TOKEN = "session-token"  # noqa: S105 - the name of a capability
    BEARER = "bearer"
    RETRY = "retry"
    REPAIR = "repair"
    CACHE = "cache"
    CANCEL = "cancel"
    TIMEOUT = "timeout"


class Turn(Struct, frozen=True, kw_only=True):
    """The user says something, Bedrock answers, and something is expected of both sides of the provider."""

    say: tuple[dict[str, Any], ...]
    """Content blocks in Converse's shape."""
    bedrock: Reply | Script
    expect: tuple[Check, ...]
    stream: bool = True
    stop_after: int | None = None
    """Abandon the stream after that many parts."""

    @property
    def script(self) -> Script:
        """The replies, always as a tuple."""
        return self.bedrock if isinstance(self.bedrock, tuple) else (self.bedrock,)


class Case(Struct, frozen=True, kw_only=True):
    """One requirement, what it costs when it does not hold, and the conversation that shows it."""

    id: str
    """`area/what-happens`; stable, since baselines name it."""
    must: str
    """The requirement in one sentence."""
    because: tuple[str, ...]
    """Where it went wrong before: issues, recordings or specification sections."""
    costs: Cost
    turns: tuple[Turn, ...]
    grade: Grade = Grade.MUST
    needs: frozenset[Capability] = frozenset()
    model: str = DEFAULT_MODEL
    system: tuple[str, ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    settings: Settings = Settings()
    history: tuple[dict[str, Any], ...] = ()
    credentials: Literal["keys", "session", "bearer"] = "keys"
    environment: dict[str, str] = field(default_factory=dict)
    """Variables set for the provider's process, beside the few it always gets."""
    patience: float = 10.0
    """Seconds after which a turn counts as hung."""

    @property
    def area(self) -> str:
        """The part of the id before the slash."""
        return self.id.partition("/")[0]

    @property
    def capabilities(self) -> frozenset[Capability]:
        """All that the provider has to be able to do, spelled out in `needs` or plain from the case itself."""
        implied = {
            Capability.STREAM: any(turn.stream for turn in self.turns),
            Capability.UNARY: any(not turn.stream for turn in self.turns),
            Capability.TOOLS: bool(self.tools),
            Capability.HISTORY: bool(self.history),
            Capability.SESSION_TOKEN: self.credentials == "session",
            Capability.BEARER: self.credentials == "bearer",
            Capability.RETRY: self.settings.attempts > 1,
            Capability.TIMEOUT: self.settings.read_timeout is not None,
            Capability.CACHE: self.settings.cache,
            Capability.CANCEL: any(turn.stop_after is not None for turn in self.turns),
        }
        return self.needs | {capability for capability, needed in implied.items() if needed}
