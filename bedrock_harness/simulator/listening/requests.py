"""HTTP/1.1 requests out of bytes: whole requests exactly as received, or the reason why there is none.

Parsing is httptools' (llhttp). What is added here: bounds on everything a peer can make grow, the raw target and header list
kept for the signature (as UTF-8 with surrogateescape, as `wire.canonical` wants it), and no exception for any bytes
whatever. This module knows no socket.

A request is handed out when its last byte has arrived, several at a time where a peer pipelines. After a `Refused` the
reader takes nothing more: the connection cannot be trusted to be in step.
"""

from __future__ import annotations

from typing import TypeAlias

import httptools
from msgspec import Struct

from bedrock_harness.wire.sigv4 import Request

__all__ = ["Limits", "Received", "Refused", "RequestReader", "body_too_large"]


class Limits(Struct, frozen=True):
    """How much a peer may ask for."""

    body: int = 25 * 1024 * 1024
    """Bytes of a request's body: Bedrock's own documented limit on a request is 20 MB, base64 and all, with some room."""
    head: int = 64 * 1024
    """Bytes of request line and headers. nginx: 4 times 8 KiB; node: 16 KiB; Tomcat: 8 KiB."""
    pipelined: int = 16
    """Requests waiting on one connection for the reply before theirs, above which no more is read."""
    streams: int = 128
    """Requests side by side on one connection of HTTP/2: nginx's http2_max_concurrent_streams."""
    idle: float = 75.0
    """Seconds of silence after which a connection is closed while no reply is due: nginx's keepalive_timeout."""
    arrival: float = 300.0
    """Seconds that a request of HTTP/1.1 may take to arrive, however busily it dribbles: node's requestTimeout."""
    connections: int = 8_192
    """Connections at a time; those beyond are closed at once."""


class Received(Struct, frozen=True):
    """A request. `chunked_ok` is false for a peer of HTTP/1.0, which knows no chunks."""

    request: Request
    keep_alive: bool
    chunked_ok: bool


class Refused(Struct, frozen=True):
    """Bytes that are no request, or too many: the HTTP status, and one sentence."""

    status: int
    reason: str


Item: TypeAlias = Received | Refused

_TEXT = ("utf-8", "surrogateescape")
_HTTP_2_PREFACE = b"PRI * HTTP/2.0"
_VERSION_NOT_SUPPORTED = 505
_MALFORMED = 400
_BODY_TOO_LARGE = 413
_HEAD_TOO_LARGE = 431


def body_too_large(limits: Limits) -> Refused:
    """The refusal of a body beyond these limits."""
    return Refused(_BODY_TOO_LARGE, f"The body has more than {limits.body} bytes.")


class RequestReader:
    """Feed it bytes; it gives requests. Holds one unfinished request, within `limits`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        self._items: list[Item] = []
        self._over = False
        self._silent = 0
        self._unaltered: list[tuple[str, str]] | None = None
        self.on_message_begin()
        self.started = False

    @property
    def awaits_continue(self) -> bool:
        """Whether the peer has sent a head with `Expect: 100-continue` and waits before it sends the body."""
        return self._expects and not self._size and not self._over

    def continue_sent(self) -> None:
        """The peer was told to go on."""
        self._expects = False

    def feed(self, data: bytes) -> list[Item]:
        """Take bytes, return what they complete. A `Refused` is always the last item there will be."""
        while data and not self._over:
            data = self._parse(data)
        items, self._items = self._items, []
        return items

    def _parse(self, data: bytes) -> bytes:
        """Feed the parser; what is returned is left to be fed."""
        self._silent += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            return self._stay_with_http_1(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            # llhttp also calls it an error when bytes follow a request with `Connection: close`; `_refuse` does not.
            if data.startswith(_HTTP_2_PREFACE):
                self._refuse(_VERSION_NOT_SUPPORTED, "This is HTTP/2, and HTTP/1.1 is spoken on this connection.")
            self._refuse(_MALFORMED, f"This is no HTTP/1.1 request: {error}.")
        # What makes no progress is a header or a chunk extension without end: httptools would keep it all.
        if self._silent > self._limits.head:
            self._refuse(_HEAD_TOO_LARGE, f"A header of more than {self._limits.head} bytes.")
        return b""

    def _stay_with_http_1(self, rest: bytes) -> bytes:
        """Take the head just read once more without `Upgrade`, at which llhttp drops the body.

        Java's client asks for h2c on its first request, and a server that ignores it answers as usual (RFC 9110, 7.8).
        """
        self._parser = httptools.HttpRequestParser(self)
        if self._items and isinstance(self._items[-1], Received):
            self._items.pop()
            self._over = False
        if self._method == "CONNECT":
            self._refuse(_MALFORMED, "CONNECT is for proxies, and this is none.")
            return b""
        self._unaltered = self._headers
        kept = [f"{name}: {value}" for name, value in self._headers if name.lower() != "upgrade"]
        head = "\r\n".join((f"{self._method} {self._target} HTTP/1.1", *kept, "", ""))
        return head.encode(*_TEXT) + rest

    def _refuse(self, status: int, reason: str) -> None:
        if not self._over:
            self._items.append(Refused(status, reason))
            self._over = True

    def _count_head(self, size: int) -> None:
        self._silent = 0
        self._head += size
        if self._head > self._limits.head:
            self._refuse(_HEAD_TOO_LARGE, f"The request's head has more than {self._limits.head} bytes.")

    # httptools calls these by name.

    def on_message_begin(self) -> None:
        """A request begins."""
        self.started = True
        self._method = self._target = ""
        self._headers: list[tuple[str, str]] = []
        self._pieces: list[bytes] = []
        self._head = self._size = 0
        self._in_head, self._expects = True, False

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._count_head(len(url))
        self._target += url.decode(*_TEXT)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer after a chunked body, which nobody here asks for."""
        self._count_head(len(name) + len(value) + 4)
        if self._in_head:
            self._headers.append((name.decode(*_TEXT), value.decode(*_TEXT)))

    def on_headers_complete(self) -> None:
        """The head is over: the body's size may be known already."""
        self._silent = 0
        self._in_head = False
        self._method = self._parser.get_method().decode("ascii")
        if self._unaltered is not None:
            self._headers, self._unaltered = self._unaltered, None
        plain = {name.lower(): value.strip() for name, value in self._headers}
        self._expects = plain.get("expect", "").lower() == "100-continue" and self._parser.get_http_version() == "1.1"
        if int(plain.get("content-length", "0")) > self._limits.body:
            self._refuse_body()

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self._silent = 0
        self._size += len(data)
        if self._size > self._limits.body:
            self._refuse_body()
        elif not self._over:
            self._pieces.append(data)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self.started = self._expects = False
        if self._over:
            return
        request = Request(self._method, self._target, tuple(self._headers), b"".join(self._pieces))
        keep_alive = self._parser.should_keep_alive()
        self._items.append(Received(request, keep_alive, chunked_ok=self._parser.get_http_version() == "1.1"))
        self._pieces = []
        self._over = not keep_alive

    def _refuse_body(self) -> None:
        self._pieces = []
        refused = body_too_large(self._limits)
        self._refuse(refused.status, refused.reason)
