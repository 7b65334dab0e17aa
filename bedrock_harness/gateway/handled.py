"""What a request came to, for whoever watches the gateway: never what was said in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from bedrock_harness.gateway.asked import Asked
from bedrock_harness.gateway.failures import Failure
from bedrock_harness.gateway.openai_embeddings import EmbeddingsAsked

__all__ = ["Handled", "Watch"]

_Asked: TypeAlias = Asked | EmbeddingsAsked

CLIENT_CLOSED_REQUEST = 499
"""The status of a request whose caller left before it was answered, as nginx logs it. Nobody is sent it."""


class Handled(Struct, frozen=True, kw_only=True):
    """One request that is over. `error` is why it failed, also where that was in the midst of a stream."""

    path: str
    status: int
    milliseconds: float
    name: str | None = None
    """The model as the caller called it."""
    model: str | None = None
    """The model as Bedrock was asked for it."""
    stream: bool = False
    error: str | None = None
    notes: tuple[str, ...] = ()


class Watch:
    """Follows one request and tells the observer once, when it is over. What is not said to have ended was cut off."""

    def __init__(self, path: str, observer: Callable[[Handled], None]) -> None:
        self._path = path
        self._observer = observer
        self._began = time.monotonic()
        self._asked: _Asked | None = None
        self._status = CLIENT_CLOSED_REQUEST
        self._error: str | None = "the connection ended before the reply did"

    def asked(self, asked: _Asked) -> None:
        """The request could be read."""
        self._asked = asked

    def answered(self) -> None:
        """The reply is over, and good."""
        self._status, self._error = 200, None

    def failed(self, failure: Failure) -> None:
        """The request failed, before the reply or within it."""
        self._status = failure.status
        self._error = f"{failure.code}: {failure.message}" if failure.code else failure.message

    def over(self) -> None:
        """Tell the observer."""
        asked = self._asked
        self._observer(
            Handled(
                path=self._path,
                status=self._status,
                milliseconds=round((time.monotonic() - self._began) * 1e3, 1),
                name=asked.name if asked else None,
                model=asked.model if asked else None,
                stream=asked.stream if asked else False,
                error=self._error,
                notes=asked.notes if asked else (),
            )
        )
