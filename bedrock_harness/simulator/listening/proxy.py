"""The intercepting proxy: CONNECT to a host of the service leads back here, to any other host nowhere.

For clients with no endpoint option. They ask the proxy of their environment for a tunnel to the service's own host name, and
are given TLS by the simulator's throwaway authority inside it. What comes out of the tunnel is a connection like any other,
whose `Host` names the service and the region. Nothing is ever sent outward.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from msgspec import structs

from bedrock_harness.service.endpoints import parse_host
from bedrock_harness.simulator.listening.reception import Reception, leave_softly
from bedrock_harness.simulator.listening.requests import Item, Received, Refused
from bedrock_harness.simulator.listening.silence import Silence

__all__ = ["CONNECT", "HANDSHAKE_TIMEOUT", "Tunnel", "origin_form", "proxy_environment", "refuse_host"]

CONNECT = b"CONNECT "
HANDSHAKE_TIMEOUT = 10.0
"""Seconds in which the two ends of a TLS connection must have agreed."""
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_ABSOLUTE = "http://"


class Tunnel(asyncio.Protocol):
    """The protocol of a socket that has begun with CONNECT, until what is in the tunnel is handed on to `arrive`."""

    def __init__(self, reception: Reception, arrive: Callable[[Reception], asyncio.Protocol]) -> None:
        self._reception = reception
        self._arrive = arrive
        self._loop = asyncio.get_running_loop()
        self._head = b""
        self._over = False
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The peer is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._reception.made(self)
        limits = self._reception.host.limits
        self._silence = Silence(self._loop, limits.idle, busy=lambda: False, leave=self._transport.close)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The peer is gone before there was a tunnel."""
        self._leave()

    def data_received(self, data: bytes) -> None:
        """A piece of the request. Bytes that come before its answer belong to nothing."""
        if self._over:
            return
        self._head += data
        if b"\r\n\r\n" in self._head:
            self._answer(self._head.split(b"\r\n", 1)[0].split(b" "))
        elif len(self._head) > (limit := self._reception.host.limits.head):
            self._refuse(Refused(431, f"A header of more than {limit} bytes."))

    def abort(self) -> None:
        """Leave at once: the simulator closes."""
        self._transport.abort()

    def _answer(self, line: list[bytes]) -> None:
        target = line[1].decode("ascii", "replace")
        if len(line) != 3 or not self._head.endswith(b"\r\n\r\n"):
            self._refuse(Refused(400, "This is no CONNECT request."))
        elif (refused := refuse_host(target)) is not None:
            self._refuse(refused)
        else:
            self._over = True
            self._transport.pause_reading()  # what the client says next is TLS's to read
            self._transport.write(_ESTABLISHED)
            self._task = self._loop.create_task(self._secure(target))

    async def _secure(self, target: str) -> None:
        """Agree on TLS, then hand on what is in the tunnel."""
        assert self._reception.interception is not None
        guest = self._arrive(replace(self._reception, interception=None))
        try:
            transport = await self._loop.start_tls(
                self._transport,
                guest,
                self._reception.interception,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_TIMEOUT,
            )
        except OSError as error:
            reason = (
                f"No TLS with the client that asked for {target}: {error}. Does it trust the simulator's authority?"
            )
            self._reception.host.refuse(Refused(400, reason))
        else:
            if transport is not None and not transport.is_closing():
                guest.connection_made(transport)
        finally:
            self._leave()

    def _refuse(self, refused: Refused) -> None:
        self._over = True
        outgoing = self._reception.host.refuse(refused)
        self._transport.write(outgoing.head + outgoing.plan.body)
        leave_softly(self._loop, self._transport)

    def _leave(self) -> None:
        self._silence.stop()
        self._reception.gone(self)


def refuse_host(authority: str) -> Refused | None:
    """Why there is no way to this `host:port`, None where the simulator stands in for the host."""
    if parse_host(authority) is not None:
        return None
    host = authority.rpartition(":")[0] or authority
    return Refused(
        403,
        f"The simulator stands in for bedrock-runtime, bedrock and sts, and {host!r} is none of them. "
        "It never connects to another host.",
    )


def origin_form(item: Item) -> Item:
    """A request as its host would have had it, where it was sent to a proxy: only the path is left of its target."""
    if not isinstance(item, Received) or not item.request.target.startswith(_ABSOLUTE):
        return item
    authority, slash, path = item.request.target.removeprefix(_ABSOLUTE).partition("/")
    request = structs.replace(item.request, target=slash + path or "/")
    return refuse_host(authority) or structs.replace(item, request=request)


def proxy_environment(url: str, ca_file: str) -> dict[str, str]:
    """What to export so that a client's calls to the service's own host names come to this proxy, and are trusted.

    Proxies in both spellings, since libraries differ in which they read first; and nothing may go past it. The authority
    under the name that each reads: botocore, OpenSSL and Go, requests, node. Node's fetch and https read the proxy's from
    version 24 on, if they are told to; its HTTP/2 does not (nodejs/node#57165).
    """
    proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), url) | dict.fromkeys(("NO_PROXY", "no_proxy"), "")
    bundles = dict.fromkeys(("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), ca_file)
    return {**proxies, **bundles, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "NODE_USE_ENV_PROXY": "1"}
