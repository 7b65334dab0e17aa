"""Canonical requests: what Bedrock's paths become, and what is kept of every step."""

import hashlib

import pytest

from bedrock_harness.wire.errors import SignatureError
from bedrock_harness.wire.sigv4 import Request, canonical_request
from tests.wire.made import CONVERSE

EMPTY = hashlib.sha256(b"").hexdigest()


def canonical(target="/", headers=(), names=(), **options):
    return canonical_request(Request("GET", target, tuple(headers)), names, **options)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/model/a.b-v1%3A0/converse", "/model/a.b-v1%253A0/converse"),
        ("/model/a.b-v1:0/converse", "/model/a.b-v1%3A0/converse"),
        ("/model/arn%3Aaws%3Abedrock%2Fx/converse", "/model/arn%253Aaws%253Abedrock%252Fx/converse"),
        ("/model/a%3a0/converse", "/model/a%253a0/converse"),
        ("/model/%E3%81%82/converse", "/model/%25E3%2581%2582/converse"),
        ("/model/あ/converse", "/model/%E3%81%82/converse"),
        ("/a b", "/a%20b"),
        ("/-_.~", "/-_.~"),
        ("/!'()*+@$&,;=", "/%21%27%28%29%2A%2B%40%24%26%2C%3B%3D"),
        ("/a//b", "/a/b"),
        ("/a/./b", "/a/b"),
        ("/a/../b/", "/b/"),
        ("/a/b/../c", "/a/c"),
        ("/../../a", "/a"),
        ("/a/..", "/"),
        ("//", "/"),
        ("/%2E%2E/a", "/%252E%252E/a"),
        ("", "/"),
        ("/\udcff", "/%FF"),
    ],
)
def test_a_path_is_normalised_and_encoded_once_more(target, path):
    """A path is encoded as it was received: a percent sign too, and never decoded first."""
    assert canonical(target).path == path


def test_a_path_can_be_left_as_it_is():
    """Without normalisation dot segments and double slashes stay."""
    assert canonical("/a/..//b", normalize=False).path == "/a/..//b"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1", "a=1&a=2"),
        ("a", "a="),
        ("a=", "a="),
        ("a=b=c", "a=b%3Dc"),
        ("a=%20&b=x y", "a=%20&b=x%20y"),
        ("a=%e3%81%82", "a=%E3%81%82"),
        ("a=+", "a=%2B"),
        ("a=1&&b=2", "a=1&b=2"),
        ("a-=1&a%2F=2&a=3", "a=3&a%2F=2&a-=1"),
        ("あ=1", "%E3%81%82=1"),
    ],
)
def test_a_query_is_encoded_in_one_way_and_sorted(query, expected):
    """A query is sorted by encoded name, then by encoded value."""
    assert canonical(f"/?{query}").query == expected


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ([("X", " a ")], "a"),
        ([("X", "a   b\t c")], "a b c"),
        ([("X", "a\r\n  b")], "a b"),
        ([("X", "a"), ("x", "b"), ("X", "a")], "a,b,a"),
        ([("X", "")], ""),
        ([("X", '"a   b"')], '"a b"'),
        ([("X", "\u3000a\u3000\u3000b")], "\u3000a\u3000\u3000b"),
        ([("X", "  é   b ")], "é b"),
        ([], ""),
    ],
)
def test_a_header_is_trimmed_folded_and_joined(headers, value):
    """A header's blanks are trimmed and folded, and its duplicates joined in order of appearance."""
    assert canonical(headers=headers, names=["x"]).headers == (("x", value),)


def test_every_step_is_kept_and_joined():
    """A canonical request has its six parts, and its text is these, one a line."""
    step = canonical_request(CONVERSE, ["content-type", "host"])
    assert (step.method, step.query, step.signed_headers) == ("POST", "", "content-type;host")
    assert step.payload_hash == hashlib.sha256(CONVERSE.body).hexdigest()
    assert step.text.split("\n") == [
        "POST",
        "/model/anthropic.claude-3-haiku-20240307-v1%253A0/converse",
        "",
        "content-type:application/json",
        "host:bedrock-runtime.us-east-1.amazonaws.com",
        "",
        "content-type;host",
        step.payload_hash,
    ]


def test_a_payload_hash_can_be_given():
    """A payload hash stands in for the body's."""
    assert canonical().payload_hash == EMPTY
    assert canonical(payload_hash="UNSIGNED-PAYLOAD").text.endswith("\nUNSIGNED-PAYLOAD")


def test_long_targets_are_canonicalised_too():
    """A target too long to be remembered is canonicalised all the same."""
    assert canonical("/" + "a:" * 5000).path == "/" + "a%3A" * 5000


def test_text_that_is_no_utf8_is_a_typed_error():
    """Half a character in a path stands for no bytes, and is a typed error."""
    with pytest.raises(SignatureError, match="UTF-8"):
        canonical("/\ud83d")


def test_a_repr_shows_no_secrets():
    """A request's repr shows neither header values nor body, a canonical request's no header values."""
    request = Request("POST", "/", (("Authorization", "Bearer hidden"), ("X", "hidden")), b"hidden")
    shown = repr(request) + repr(request.__rich_repr__()) + repr(canonical_request(request, ["authorization"]))
    assert "hidden" not in shown
    assert "Authorization" in shown
