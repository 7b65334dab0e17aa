"""Header fields of HTTP/2 as those of HTTP/1.1, and back. Pure; knows no stream and no frame.

A request is kept as received: its fields in order, and first of them `:authority`, which the AWS SDK for JavaScript signs
in the place of `host` (`SignedHeaders=:authority;amz-sdk-...`, seen with 3.1161). All others sign `host`, which no HTTP/2
client sends: it stands after `:authority` with the same value, as RFC 9113, 8.3.1 demands of who passes a request on.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

__all__ = ["RequestHead", "read_request_head", "response_fields"]

_TEXT = ("utf-8", "surrogateescape")
_AUTHORITY = ":authority"
_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
"""Fields of HTTP/1.1 that a peer of HTTP/2 must take for malformed (RFC 9113, 8.2.2)."""


class RequestHead(Struct, frozen=True):
    """The head of a request, as HTTP/1.1 would have it but for `:authority`."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str:
        """The first value of a header, its name in lower case; empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")


def read_request_head(fields: Iterable[tuple[bytes, bytes]]) -> RequestHead:
    """Read the fields of a request that is well-formed as HTTP/2."""
    pseudo: dict[str, str] = {}
    headers: list[tuple[str, str]] = []
    for name, value in ((name.decode(*_TEXT), value.decode(*_TEXT)) for name, value in fields):
        if name.startswith(":"):
            pseudo[name] = value
        else:
            headers.append((name, value))
    if _AUTHORITY in pseudo:
        if all(name != "host" for name, _ in headers):
            headers.insert(0, ("host", pseudo[_AUTHORITY]))
        headers.insert(0, (_AUTHORITY, pseudo[_AUTHORITY]))
    return RequestHead(pseudo.get(":method", ""), pseudo.get(":path", ""), tuple(headers))


def response_fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of a reply whose head is written for HTTP/1.1. What only concerns a connection is left out."""
    status, *lines = head.decode(*_TEXT).removesuffix("\r\n\r\n").split("\r\n")
    fields = [(b":status", status.split(" ")[1].encode())]
    for name, _, value in (line.partition(":") for line in lines):
        if name.lower() not in _OF_THE_CONNECTION:
            fields.append((name.strip().lower().encode(*_TEXT), value.strip().encode(*_TEXT)))
    return fields
