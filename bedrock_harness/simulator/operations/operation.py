"""What an operation is to the simulator: what is wrong with a request for it, what answers where no script does, and how
an answer reads as its reply. Values and signatures only; the operations themselves are in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct

from bedrock_harness.service import rules, shapes
from bedrock_harness.simulator.identities import Identities
from bedrock_harness.simulator.native import Native
from bedrock_harness.simulator.refusals import Refusal
from bedrock_harness.simulator.rendering.form import Form
from bedrock_harness.simulator.script import Reply
from bedrock_harness.simulator.speaking import Speaker
from bedrock_harness.wire.sigv4 import Request

__all__ = ["Call", "Findings", "Operation", "World"]


class World(Struct, frozen=True):
    """What there is to answer from where no script does. `now` is the time by the simulator's clock."""

    region: str
    identities: Identities
    lifetime: timedelta
    """Of the credentials that are handed out without being asked how long they are to last."""
    speaker: Speaker
    now: Callable[[], datetime]


class Call(Struct, frozen=True):
    """A request as the operation sees it: the labels of its path decoded once, its query, its body as JSON or as a form."""

    labels: Mapping[str, str]
    query: Mapping[str, str]
    request: Request
    body: Any
    readable: bool
    """Whether the body is what the protocol wants: JSON, or a form."""
    strictness: str
    at: int = 0
    """When it arrived, by the simulator's clock, in seconds since 1970."""
    caller: str | None = None
    """The access key id that the request names."""
    conversation: dict[str, Any] | None = None
    """What `examine` read out of the body, in Converse's shape; None where that is no conversation, or not to be read."""
    native: Native | None = None
    """What it read out of an InvokeModel body."""

    @property
    def model(self) -> str:
        """The model id of an operation on a model, empty for others."""
        return self.labels.get("modelId", "")


class Findings(Struct, frozen=True):
    """What is wrong with a request's body; `refusal` is what the client is told, None where nothing is refused.

    `conversation` and `native` are what was read out of the body, so that nobody has to read it again.
    """

    violations: tuple[shapes.Violation, ...] = ()
    broken_rules: tuple[rules.BrokenRule, ...] = ()
    refusal: Refusal | None = None
    conversation: dict[str, Any] | None = None
    native: Native | None = None


class Operation(Struct, frozen=True):
    """One operation. `service` is botocore's name of the service; `signs_as` is the name in the credential scope, None
    where requests are not signed. `protocol` says how bodies are written: JSON, or a form that is answered with XML.

    `examine` is asked of every request, `answer` of those it did not refuse, `form` of any that something answers.
    """

    name: str
    service: str
    examine: Callable[[Call], Findings]
    answer: Callable[[Call, World], Reply]
    form: Callable[[Call], Form]
    signs_as: str | None = "bedrock"
    protocol: Literal["json", "query"] = "json"
