"""Strategies for requests to sign: where canonicalisation is hard, and no further than an HTTP client can send.

A target has no control characters or blanks, and a header's value none but blanks: RFC 9112 and RFC 9110 allow no others.
"""

from __future__ import annotations

import string
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from bedrock_harness.wire.canonical import Request
from bedrock_harness.wire.signing import Credentials

__all__ = ["HOST", "credentials", "places", "requests", "targets"]

HOST = "bedrock-runtime.us-east-1.amazonaws.com"

_visible = st.characters(exclude_categories=["C", "Z"])
_model_ids = st.sampled_from(
    [
        "anthropic.claude-3-haiku-20240307-v1:0",
        "us.amazon.nova-lite-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ:1",
    ]
)
_encodings = st.sampled_from(["", "/", ":/", "~"]).flatmap(
    lambda safe: st.integers(0, 2).map(lambda times: (safe, times))
)


def _encoded(text: str, how: tuple[str, int]) -> str:
    safe, times = how
    for _ in range(times):
        text = quote(text, safe=safe)
    return text


_segments = st.one_of(
    st.builds(_encoded, _model_ids, _encodings),
    st.text(_visible, max_size=12).map(lambda part: part.translate({ord(c): "" for c in "/?#"})),
    st.text("ab:%/.~-_@!*'()+,;=$&", max_size=12),
    st.sampled_from([".", "..", "...", "", "%3A", "%2F", "%2f", "%25", "%252F", "%2E%2E", "%C3%A9", "あ"]),
)
_paths = st.lists(_segments, max_size=5).map(lambda parts: "/" + "/".join(parts))
_query_parts = st.one_of(
    st.text(_visible, max_size=6).map(lambda part: quote(part, safe="-_.~")),
    st.sampled_from(["a", "b", "A", "a-b", "a%20b", "%7E", "%3D", "%26", "%2F", "%C3%A9"]),
)
_queries = st.lists(st.tuples(_query_parts.filter(bool), _query_parts), max_size=4).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)

targets = st.builds(lambda path, query: f"{path}?{query}" if query else path, _paths, _queries)
"""Request targets: model ids and ARNs encoded never, once or twice, dot segments, UTF-8, sorted and unsorted queries."""

_header_values = st.lists(
    st.text(st.characters(codec="latin-1", exclude_categories=["C", "Z"]), max_size=6)
    | st.sampled_from([" ", "  ", "\t", " \t ", '"', ","]),
    max_size=6,
).map("".join)
_header_names = st.sampled_from(
    [
        "X-Own",
        "x-own",
        "X-OWN",
        "Content-Type",
        "Accept",
        "User-Agent",
        "X-B",
        "Content-Length",
        "amz-sdk-invocation-id",
    ]
)
_hosts = st.sampled_from(["", ":8443", ":1", ":65535"]).map(lambda port: HOST + port)
_bodies = st.one_of(
    st.just(b""),
    st.binary(max_size=100),
    st.integers(0, 1 << 20).map(lambda size: b"\xff" * size),
)

requests = st.builds(
    lambda method, target, host, headers, body: Request(method, target, (("Host", host), *headers), body),
    st.sampled_from(["GET", "POST", "PUT"]),
    targets,
    _hosts,
    st.lists(st.tuples(_header_names, _header_values), max_size=5),
    _bodies,
)
"""Requests: headers repeated, in any case, with blanks to trim and to fold; hosts with ports; bodies up to 1 MiB."""

credentials = st.builds(
    Credentials,
    st.text(string.ascii_uppercase, min_size=16, max_size=20),
    st.text(string.ascii_letters + "+/", min_size=40, max_size=40),
    st.none() | st.text(string.ascii_letters + "+/=", min_size=1, max_size=60),
)
"""Credentials, with a session token and without."""

places: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"region": st.sampled_from(["us-east-1", "eu-central-1"]), "service": st.sampled_from(["bedrock", "service"])}
)
"""Region and service, as keywords of `sign`."""
