"""How an operation writes its replies: as one body or as frames, with which headers, in which notation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from bedrock_harness.simulator.refusals import Refusal
from bedrock_harness.simulator.script import Answer, FrameScript, Json

__all__ = ["Form"]


class Form(Struct, frozen=True):
    """How an `Answer` reads as a reply: one body, or frames, with headers of its own. Neither where it cannot."""

    streamed: bool = False
    body: Callable[[Answer], bytes] | None = None
    frames: Callable[[Answer], Iterable[FrameScript]] | None = None
    headers: Callable[[Answer | Json], Mapping[str, str]] | None = None
    write: Callable[[dict[str, Any]], bytes] = msgspec.json.encode
    """The bytes of a `Json` reply."""
    error: Callable[[Refusal], tuple[int, bytes]] | None = None
    """The status and the bytes of a refusal, where it is not written as JSON with the name in a header."""
    content_type: str = "application/json"
    of_request: bool = False
    """Whether it depends on the request, so that an encoded reply serves that request alone."""

    @property
    def speaks(self) -> bool:
        """Whether an `Answer` can be written so."""
        return self.body is not None or self.frames is not None
