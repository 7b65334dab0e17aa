"""Wrong ways to sign headers: their names, order, values, and the list of those that are signed.

Each function is given what was received and yields what a client with one mistake has in place of a right one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bedrock_harness.wire.diagnosis.attempts import Variation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bedrock_harness.wire.diagnosis.attempts import Received

__all__ = [
    "content_type",
    "duplicates",
    "header_case",
    "header_order",
    "host",
    "inner_blanks",
    "less_signed",
    "list_order",
    "more_signed",
    "other_token",
    "outer_blanks",
    "removed",
    "token_left_out",
    "token_not_listed",
]

_BLANKS = " \t\r\n"
_PORT = re.compile(r":[0-9]+$")
_USUAL: Mapping[str, tuple[str, ...]] = {
    "accept": ("*/*", "application/json", "application/vnd.amazon.eventstream"),
    "accept-encoding": ("identity", "gzip", "gzip, deflate", "gzip, deflate, br", "gzip, deflate, br, zstd"),
    "accept-language": ("*",),
    "connection": ("keep-alive", "close"),
    "content-type": ("application/json",),
    "expect": ("100-continue",),
    "te": ("trailers",),
    "transfer-encoding": ("chunked",),
}
"""What clients send in headers that proxies remove."""
_MOST_HEADERS = 32
"""Headers of which it is tried whether one was left out or added."""


def host(received: Received) -> Iterator[Variation]:
    """Sign another host than the one that was sent."""
    sent = received.headers.get("host", "")
    bare = _PORT.sub("", sent)
    changed = [
        bare,
        *(f"{bare}:{port}" for port in (443, 80)),
        *(f"{name}.{received.region}.amazonaws.com" for name in ("bedrock-runtime", "bedrock")),
        *(f"{name}.{received.claim.region}.amazonaws.com" for name in ("bedrock-runtime", "bedrock")),
        sent.lower(),
        sent.upper(),
        sent.replace(bare, "localhost"),
        sent.replace(bare, "127.0.0.1"),
        "localhost",
        "127.0.0.1",
        f"https://{sent}",
        f"http://{sent}",
        "",
    ]
    for value in changed:
        yield Variation(repr(value), {"host": value})


def content_type(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """Sign another content type than the one that was sent."""
    for value in (
        "application/json",
        "application/json; charset=utf-8",
        "application/json; charset=UTF-8",
        "application/json;charset=utf-8",
        "application/json;charset=UTF-8",
        "application/x-amz-json-1.0",
        "application/x-amz-json-1.1",
        "",
    ):
        yield Variation(repr(value), {"media": value})


def _titled(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def header_case(received: Received) -> Iterator[Variation]:
    """Write header names as they were sent, titled or in capitals, in their lines, in the list, or in both."""
    names = received.writing.names
    sent = {name.lower(): name for name, _ in received.request.headers}
    claimed = {name.lower(): name for name in received.claim.signed_headers}
    spellings: tuple[Mapping[str, str], ...] = (
        claimed,
        sent,
        {name: _titled(name) for name in names},
        {name: name.upper() for name in names},
    )
    lower = ";".join(names)
    yield Variation("", {"listed": lower})
    for spelled in spellings:
        listed = ";".join(spelled.get(name, name) for name in names)
        yield Variation("", {"spelled": spelled, "listed": listed})
        yield Variation("", {"spelled": spelled})
        yield Variation("", {"spelled": spelled, "listed": lower})
        yield Variation("", {"listed": listed})
        # Sorted as bytes: capitals come before small letters.
        ordered = sorted(names, key=lambda name: spelled.get(name, name))
        listed = ";".join(spelled.get(name, name) for name in ordered)
        yield Variation("", {"spelled": spelled, "names": tuple(ordered), "listed": listed})


def header_order(received: Received) -> Iterator[Variation]:
    """Leave header lines in the order in which they were sent, or sort them backwards."""
    names = received.writing.names
    first = {name.lower(): place for place, (name, _) in reversed(list(enumerate(received.request.headers)))}
    sent = tuple(sorted(names, key=lambda name: first.get(name, -1)))
    for ordered in (sent, tuple(sorted(names)), tuple(sorted(names, reverse=True))):
        yield Variation("", {"names": ordered})
        yield Variation("", {"names": ordered, "listed": ";".join(ordered)})


def list_order(received: Received) -> Iterator[Variation]:
    """List the signed headers in another order than their lines, or twice."""
    names = received.writing.names
    first = {name.lower(): place for place, (name, _) in reversed(list(enumerate(received.request.headers)))}
    sent = tuple(sorted(names, key=lambda name: first.get(name, -1)))
    for ordered in (sent, tuple(sorted(names)), tuple(sorted(set(names))), tuple(sorted(names, reverse=True))):
        yield Variation("", {"listed": ";".join(ordered)})
        yield Variation("", {"names": tuple(sorted(set(names))), "listed": ";".join(ordered)})
    yield Variation("", {"names": tuple(sorted(set(names)))})


def duplicates(received: Received) -> Iterator[Variation]:
    """Join the values of a header that was sent more than once otherwise, or not at all."""
    several = _by_name(received)
    if all(len(values) == 1 for values in several.values()):
        return
    folded = {name: tuple(" ".join(value.split()) for value in values) for name, values in several.items()}
    yield Variation("on lines of their own", {"values": folded})
    yield Variation("joined by a comma and a blank", {"values": {n: (", ".join(v),) for n, v in folded.items()}})
    yield Variation("joined by a semicolon", {"values": {n: (";".join(v),) for n, v in folded.items()}})
    yield Variation("but for the last dropped", {"values": {n: v[-1:] for n, v in folded.items()}})
    yield Variation("but for the first dropped", {"values": {n: v[:1] for n, v in folded.items()}})
    yield Variation("sorted", {"values": {n: (",".join(sorted(v)),) for n, v in folded.items()}})


def outer_blanks(received: Received) -> Iterator[Variation]:
    """Leave blanks around values."""
    inside = re.compile(f"(?<=[^{_BLANKS}])[{_BLANKS}]+(?=[^{_BLANKS}])")
    values = {name: (",".join(inside.sub(" ", v) for v in vs),) for name, vs in _by_name(received).items()}
    yield Variation("", {"values": values})
    yield Variation("", {"values": {name: (",".join(vs),) for name, vs in _by_name(received).items()}})


def inner_blanks(received: Received) -> Iterator[Variation]:
    """Leave runs of blanks inside values."""
    values = {name: (",".join(v.strip(_BLANKS) for v in vs),) for name, vs in _by_name(received).items()}
    yield Variation("", {"values": values})


def _by_name(received: Received) -> dict[str, tuple[str, ...]]:
    several: dict[str, tuple[str, ...]] = {}
    for name, value in received.request.headers:
        several[name.lower()] = (*several.get(name.lower(), ()), value)
    return several


def _without(received: Received, name: str) -> dict[str, object]:
    names = tuple(kept for kept in received.writing.names if kept != name)
    return {"names": names, "listed": ";".join(names)}


def less_signed(received: Received) -> Iterator[Variation]:
    """Name a header among the signed ones that was not there when the request was signed."""
    for name in received.writing.names[:_MOST_HEADERS]:
        changed = _without(received, name)
        yield Variation(name, changed)
        yield Variation(name, {"names": changed["names"]})


def removed(received: Received) -> Iterator[Variation]:
    """Sign a header that did not arrive, with a value that it often has."""
    for name in received.writing.names:
        for value in _USUAL.get(name, ()) if name not in received.headers else ():
            yield Variation(f"{name}: {value}", {"values": {**received.writing.values, name: (value,)}})


def more_signed(received: Received) -> Iterator[Variation]:
    """Sign a header that is not named among the signed ones."""
    names = received.writing.names
    present = sorted(received.headers.keys() - {*names, "authorization"})
    for added in present[:_MOST_HEADERS]:
        both = tuple(sorted((*names, added)))
        yield Variation(added, {"names": both, "listed": ";".join(both)})
        yield Variation(added, {"names": both})


def token_left_out(received: Received) -> Iterator[Variation]:
    """Name the session token among the signed headers, and sign without it."""
    if "x-amz-security-token" in received.writing.names:
        changed = _without(received, "x-amz-security-token")
        yield Variation("", changed)
        yield Variation("", {"names": changed["names"]})
        yield Variation("", {"listed": changed["listed"]})
        yield Variation("", {"token": ""})


def token_not_listed(received: Received) -> Iterator[Variation]:
    """Sign the session token, and do not name it among the signed headers."""
    names = received.writing.names
    if "x-amz-security-token" in received.headers and "x-amz-security-token" not in names:
        both = tuple(sorted((*names, "x-amz-security-token")))
        yield Variation("", {"names": both, "listed": ";".join(both)})
        yield Variation("", {"names": both})


def other_token(received: Received) -> Iterator[Variation]:
    """Sign the token of these credentials, and send another."""
    token = received.credentials.session_token
    if token and token != received.headers.get("x-amz-security-token"):
        yield Variation("", {"token": token})
        both = tuple(sorted({*received.writing.names, "x-amz-security-token"}))
        yield Variation("", {"token": token, "names": both, "listed": ";".join(both)})
