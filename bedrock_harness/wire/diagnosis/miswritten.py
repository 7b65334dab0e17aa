"""Wrong ways to write a canonical request: method, path, query, and how the lines end.

Each function is given what was received and yields what a client with one mistake has in place of a right one. It may
yield nothing, or what is right: a model id without a colon shows nothing of how colons are encoded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from bedrock_harness.wire.canonical import octets
from bedrock_harness.wire.diagnosis.attempts import Variation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedrock_harness.wire.diagnosis.attempts import Received

__all__ = [
    "blank_line",
    "colon",
    "excess_encoding",
    "line_ends",
    "lower_hex",
    "method",
    "once_encoded",
    "path_prefix",
    "plus_for_space",
    "query_dropped",
    "query_order",
    "query_raw",
    "slash",
    "slash_encoded",
    "trailing_slash",
    "undotted",
    "unencoded",
]


def _quoted(text: str, safe: str = "/~") -> str:
    return quote(octets(text), safe=safe)


def _form(text: str) -> str:
    return quote_plus(octets(text), safe="~")


def _path(received: Received) -> str:
    return received.request.target.partition("?")[0]


def _query(received: Received) -> str:
    return received.request.target.partition("?")[2]


# -------------------------------------------------------------------------------------------------------- request line


def method(received: Received) -> Iterator[Variation]:
    """Write the method in another case."""
    for changed in (received.request.method.lower(), received.request.method.title()):
        yield Variation(changed, {"method": changed})


def once_encoded(received: Received) -> Iterator[Variation]:
    """Leave out the second encoding."""
    yield Variation("", {"path": _path(received)})
    yield Variation("", {"path": _quoted(unquote(_path(received)))})
    yield Variation("", {"path": unquote(received.writing.path)})


def unencoded(received: Received) -> Iterator[Variation]:
    """Decode the path."""
    yield Variation("", {"path": unquote(_path(received))})


def excess_encoding(received: Received) -> Iterator[Variation]:
    """Encode once or twice too often."""
    once = _quoted(received.writing.path)
    yield Variation("once", {"path": once})
    yield Variation("twice", {"path": _quoted(once)})


def colon(received: Received) -> Iterator[Variation]:
    """Leave colons alone, in the second encoding or in both."""
    path = received.writing.path
    yield Variation(":", {"path": path.replace("%253A", ":").replace("%3A", ":")})
    yield Variation("%3A", {"path": path.replace("%253A", "%3A")})


def slash(received: Received) -> Iterator[Variation]:
    """Leave the slashes of an ARN alone, in the second encoding or in both."""
    path = received.writing.path
    yield Variation("/", {"path": path.replace("%252F", "/")})
    yield Variation("%2F", {"path": path.replace("%252F", "%2F")})


def slash_encoded(received: Received) -> Iterator[Variation]:
    """Encode the slashes between segments as well."""
    path = received.writing.path
    yield Variation("", {"path": path.replace("/", "%2F")})
    yield Variation("", {"path": "/" + path[1:].replace("/", "%2F")})


def lower_hex(received: Received) -> Iterator[Variation]:
    """Write the digits of an escape in lower case."""
    lowered = re.sub("%25[0-9A-F]{2}|%[0-9A-F]{2}", lambda found: found[0].lower(), received.writing.path)
    yield Variation("", {"path": lowered})


def undotted(received: Received) -> Iterator[Variation]:
    """Leave dot segments and empty ones in the path, or half of them."""
    path = _path(received)
    yield Variation("", {"path": _quoted(path)})
    yield Variation("", {"path": _quoted(re.sub("/{2,}", "/", path))})
    kept = "/".join(segment for segment in path.split("/") if segment != ".")
    yield Variation("", {"path": _quoted(kept)})


def trailing_slash(received: Received) -> Iterator[Variation]:
    """Have a slash at the end where none was sent, or the other way round."""
    path = received.writing.path
    yield Variation("", {"path": path[:-1] if path.endswith("/") else f"{path}/"})


def path_prefix(received: Received) -> Iterator[Variation]:
    """Leave out what stands before /model/, or sign the URL with its host."""
    path, host = received.writing.path, received.headers.get("host", "")
    prefix, found, rest = path.partition("/model/")
    if prefix and found:
        yield Variation(f"/model/ without {prefix} before it", {"path": found + rest})
    for scheme in ("https", "http"):
        yield Variation("the whole URL", {"path": f"{scheme}://{host}{path}"})


def _pairs(received: Received) -> list[tuple[str, str]]:
    parts = (pair.partition("=") for pair in _query(received).split("&") if pair)
    return [(name, value) for name, _, value in parts]


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def query_raw(received: Received) -> Iterator[Variation]:
    """Take the query as it was sent, or decode it."""
    query = _query(received)
    yield Variation("as sent", {"query": query})
    yield Variation("as sent", {"query": _joined(sorted(_pairs(received)))})
    yield Variation("decoded", {"query": unquote(query)})
    yield Variation("decoded", {"query": unquote(received.writing.query)})


def query_order(received: Received) -> Iterator[Variation]:
    """Leave the parameters in the order in which they were sent."""
    encoded = [(_quoted(unquote(name), "~"), _quoted(unquote(value), "~")) for name, value in _pairs(received)]
    yield Variation("", {"query": _joined(encoded)})


def plus_for_space(received: Received) -> Iterator[Variation]:
    """Encode as a form does, or read a plus as a form does."""
    pairs = _pairs(received)
    form = sorted((_form(unquote(name)), _form(unquote(value))) for name, value in pairs)
    yield Variation("written as a plus", {"query": _joined(form)})
    read = sorted((_quoted(unquote_plus(name), "~"), _quoted(unquote_plus(value), "~")) for name, value in pairs)
    yield Variation("read from a plus", {"query": _joined(read)})


def query_dropped(received: Received) -> Iterator[Variation]:
    """Sign no query, or sign it as part of the path."""
    yield Variation("left out", {"query": ""})
    if query := _query(received):
        yield Variation("signed as part of the path", {"path": f"{_path(received)}?{query}", "query": ""})


# --------------------------------------------------------------------------------------------------------------- layout


def blank_line(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """Leave out the empty line after the headers, or have one more."""
    yield Variation("no empty line", {"gap": ""})
    yield Variation("two empty lines", {"gap": "\n\n"})


def line_ends(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """End lines otherwise, or the last one too."""
    yield Variation("a newline at its end", {"tail": "\n"})
    yield Variation("lines that end in CR LF", {"ending": "\r\n"})
