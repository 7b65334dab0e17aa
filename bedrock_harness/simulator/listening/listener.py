"""The listening socket and the connections it has accepted, in one event loop.

Loopback only. The socket is bound in the caller's thread, so that a port in use is known before any loop runs.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import ssl
from itertools import count
from typing import cast

from bedrock_harness.simulator.errors import SimulatorError
from bedrock_harness.simulator.listening.arrival import Arrival
from bedrock_harness.simulator.listening.proxy import HANDSHAKE_TIMEOUT
from bedrock_harness.simulator.listening.reception import Guest, Host, Reception

__all__ = ["Listener", "bind"]

_BACKLOG = 1024
"""asyncio's default of 100 overflows when 256 clients connect at once: measured as stalls of a second, which is the
retransmission of a SYN and no fault of the client's."""


def bind(host: str, port: int, *, exposed: bool = False) -> socket.socket:
    """A socket bound to loopback, or to any address where it may be `exposed`; port 0 means any.

    Raises `SimulatorError` for a host that is not allowed or a port in use.
    """
    address = "127.0.0.1" if host == "localhost" else host
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
        allowed = exposed or ipaddress.ip_address(address).is_loopback
    except ValueError:
        allowed = False
    if not allowed:
        raise SimulatorError(
            f"{host!r} is not {'an' if exposed else 'a loopback'} address.",
            "The simulator accepts made-up keys: give 127.0.0.1, ::1 or localhost.",
        )
    # asyncio switches Nagle's algorithm off only where the protocol is spelled out: without, each reply takes 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
    except (OSError, OverflowError) as cause:
        bound.close()
        if isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE:
            raise SimulatorError(f"Port {port} is in use.", "Give another port, or 0 for any free one.") from cause
        raise SimulatorError(f"Cannot listen on {host} port {port}: {cause}.", "Give another host or port.") from cause
    return bound


class _TurnedAway(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it at once."""
        cast("asyncio.Transport", transport).abort()


class Listener:
    """Accepts connections for a host until it is closed, over `tls` or as a proxy with `interception` where one is given.

    Lives in the loop it is started in.
    """

    def __init__(
        self, host: Host, *, tls: ssl.SSLContext | None = None, interception: ssl.SSLContext | None = None
    ) -> None:
        self._host = host
        self._tls = tls
        self._interception = interception
        self._connections: set[Guest] = set()
        self._numbers = count()
        self._emptied = asyncio.Event()

    async def start(self, bound: socket.socket) -> None:
        """Listen on a bound socket, which is this object's from now on."""
        self._server = await asyncio.get_running_loop().create_server(
            self._arrival,
            sock=bound,
            backlog=_BACKLOG,
            ssl=self._tls,
            ssl_handshake_timeout=HANDSHAKE_TIMEOUT if self._tls else None,
        )

    async def close(self) -> None:
        """Accept no more, end every connection at once, and wait until all are gone."""
        self._server.close()
        for connection in tuple(self._connections):
            connection.abort()
        while self._connections:
            self._emptied.clear()
            await self._emptied.wait()
        await self._server.wait_closed()

    def _arrival(self) -> asyncio.Protocol:
        if len(self._connections) >= self._host.limits.connections:
            return _TurnedAway()
        return Arrival(
            Reception(self._host, next(self._numbers), self._connections.add, self._forget, self._interception)
        )

    def _forget(self, connection: Guest) -> None:
        self._connections.discard(connection)
        self._emptied.set()
