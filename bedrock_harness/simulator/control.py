"""The simulator's own HTTP interface: scripts, journal, clock and weather, for tests in other languages.

It lives under `/_simulator/`, where Bedrock has nothing, on the simulator's own port. What it takes and gives is described by
`simulator.openapi`. A web page must not reach it by way of a browser: the Host has to be a loopback address, and what
changes anything has to be JSON, which a form cannot send.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from bedrock_harness.simulator.clock import Clock, ClockMove
from bedrock_harness.simulator.journal import Journal
from bedrock_harness.simulator.listening.requests import Received
from bedrock_harness.simulator.openapi import PREFIX, document
from bedrock_harness.simulator.rendering.encoding import Encoded, encode_json
from bedrock_harness.simulator.script import Reply, Script
from bedrock_harness.simulator.speaking import Canned
from bedrock_harness.simulator.telling import in_full, in_short
from bedrock_harness.simulator.weather import Condition, Weather
from bedrock_harness.wire.canonical import fold_headers

__all__ = ["Control", "Controlled"]

_MOST = 1_000
"""Exchanges told at once: the next page begins where `next` says."""


class Controlled(Protocol):
    """What of a simulator is controlled. What is set takes effect with the next request."""

    journal: Journal
    weather: Weather
    canned: tuple[Canned, ...]

    @property
    def seed(self) -> int:
        """What decides all that happens by chance."""

    def play(self, script: Script) -> None:
        """Answer from the first reply of this script on."""


class Wrong(Exception):
    """A request to the control that cannot be met: the status and one sentence."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message


_Handler: TypeAlias = "Callable[[Control, Received], Any]"


class Control:
    """Answers what is sent to `/_simulator/`, and nothing else."""

    def __init__(
        self, controlled: Controlled, clock: Clock, about: Callable[[], dict[str, Any]], *, exposed: bool = False
    ) -> None:
        self._of = controlled
        self._clock = clock
        self._about = about
        self._exposed = exposed

    def __call__(self, received: Received) -> Encoded | None:
        """The answer to a request to the control; None for every other."""
        path = received.request.target.partition("?")[0]
        if not path.startswith(PREFIX):
            return None
        try:
            return encode_json(200, self._handled(path.removeprefix(PREFIX), received))
        except Wrong as wrong:
            return encode_json(wrong.status, {"message": wrong.message})

    def _handled(self, name: str, received: Received) -> Any:
        method = received.request.method
        headers = fold_headers(received.request.headers)
        if not self._exposed and not _is_loopback(headers.get("host", "")):
            raise Wrong(403, "The control answers to a loopback address alone: that is what Host has to be.")
        methods = _HANDLERS.get(name)
        if methods is None:
            raise Wrong(
                404, f"There is no {PREFIX}{name}; there are {', '.join(PREFIX + known for known in _HANDLERS)}."
            )
        handler = methods.get(method)
        if handler is None:
            raise Wrong(405, f"{PREFIX}{name} takes {' and '.join(methods)}.")
        if method != "GET" and "json" not in headers.get("content-type", ""):
            raise Wrong(415, "Send Content-Type: application/json.")
        return handler(self, received)

    # ---------------------------------------------------------------------------------------------------- what it does

    def about(self, _: Received) -> dict[str, Any]:
        """Where the simulator is and what to export to call it."""
        return {**self._about(), "requests": len(self._of.journal), "clock": self._time()}

    def openapi(self, _: Received) -> dict[str, Any]:
        """The description of this interface."""
        return document()

    def read_journal(self, received: Received) -> dict[str, Any]:
        """Exchanges from number `since` on, at most a thousand; with `full`, all that is known of each."""
        query = dict(parse_qsl(received.request.target.partition("?")[2]))
        since = query.get("since", "0")
        if not since.isdecimal() or len(since) > 15:
            raise Wrong(400, "`since` is the number of an exchange, counted from 0.")
        tell = in_full if query.get("full", "false") in {"true", "1"} else in_short
        journal = self._of.journal
        found = journal[int(since) :][:_MOST]
        return {
            "exchanges": [tell(exchange) for exchange in found],
            "next": found[-1].number + 1 if found else max(int(since), len(journal)),
            "total": len(journal),
            "malformed": list(journal.malformed),
        }

    def play(self, received: Received) -> dict[str, Any]:
        """Set the script; its first reply answers the next request."""
        self._of.play(_decoded(received, tuple[Reply, ...]))
        return {"position": len(self._of.journal)}

    def answer(self, received: Received) -> dict[str, Any]:
        """Set the canned answers."""
        self._of.canned = _decoded(received, tuple[Canned, ...])
        return {"answers": len(self._of.canned)}

    def change_weather(self, received: Received) -> dict[str, Any]:
        """Set what goes wrong with the whole server."""
        conditions = _decoded(received, tuple[Condition, ...])
        self._of.weather = Weather(conditions, self._of.seed)
        return {"conditions": len(conditions)}

    def read_clock(self, _: Received) -> dict[str, Any]:
        """The time by the simulator's clock."""
        return self._time()

    def move_clock(self, received: Received) -> dict[str, Any]:
        """Move the clock."""
        move = _decoded(received, ClockMove)
        try:
            self._clock.move(move)
        except (ValueError, OverflowError) as error:
            raise Wrong(400, f"The clock cannot be moved so: {error}.") from error
        return self._time()

    def reset(self, _: Received) -> dict[str, Any]:
        """Take back script, canned answers and weather, and set the clock right. The journal goes on."""
        self._of.play(())
        self._of.canned, self._of.weather = (), Weather((), self._of.seed)
        self._clock.reset()
        return {"position": len(self._of.journal)}

    def _time(self) -> dict[str, Any]:
        return {"now": self._clock.now(), "rate": self._clock.rate}


_HANDLERS: Mapping[str, Mapping[str, _Handler]] = MappingProxyType(
    {
        "": {"GET": Control.about},
        "openapi.json": {"GET": Control.openapi},
        "journal": {"GET": Control.read_journal},
        "script": {"PUT": Control.play},
        "answers": {"PUT": Control.answer},
        "weather": {"PUT": Control.change_weather},
        "clock": {"GET": Control.read_clock, "POST": Control.move_clock},
        "reset": {"POST": Control.reset},
    }
)


def _decoded(received: Received, kind: Any) -> Any:
    try:
        return msgspec.json.decode(received.request.body, type=kind)
    except msgspec.ValidationError as error:
        raise Wrong(400, f"That does not fit: {error}. {PREFIX}openapi.json says what does.") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Wrong(400, f"The body is no JSON: {error}.") from error


def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
