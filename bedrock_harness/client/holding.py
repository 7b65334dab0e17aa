"""A stream as a context manager, blocking and in an event loop: entered it is open, left it has let go of its connection.

Knows nothing of what the stream is iterated for.
"""

from __future__ import annotations

from typing import Self

from bedrock_harness.client.event_source import EventSource
from bedrock_harness.client.network import run

__all__ = ["AsyncHeld", "Held"]


class _Held:
    """What both are made of. The class that is held sets its source."""

    _source: EventSource

    @property
    def request_id(self) -> str | None:
        """The service's id of the request; None before the stream is open."""
        return self._source.request_id


class Held(_Held):
    """Entering it sends the request and waits for the first event; leaving it early closes the connection."""

    def close(self) -> None:
        """Let go of the connection."""
        run(self._source.close())

    def __enter__(self) -> Self:
        run(self._source.open())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncHeld(_Held):
    """The same in an event loop."""

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._source.close()

    async def __aenter__(self) -> Self:
        await self._source.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
