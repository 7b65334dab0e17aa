"""Where coverage-guided fuzzing begins: small sound inputs, and known ways of being wrong, one of each kind.

A seed is there for what a mutator would not find by itself: checksums, signatures, the words of a format.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bedrock_harness.wire.canonical import Request
from bedrock_harness.wire.frames import Byte, Frame, Long, Short, Timestamp, encode
from bedrock_harness.wire.signing import Credentials, sign

__all__ = [
    "CREDENTIALS",
    "HTTP_WORDS",
    "JSON_WORDS",
    "YAML_WORDS",
    "cassettes",
    "payloads",
    "requests",
    "streams",
    "targets",
]

CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session-token-example")
"""The documentation's example key: what a fuzzed request is signed with and judged by."""

_EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("messageStart", {"p": "abcd", "role": "assistant"}),
    ("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": {"name": "t", "toolUseId": "i"}}}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": '{"a":'}}}),
    ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": "héllo \ud83d"}}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": "1}"}}}),
    ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"citation": {"title": "x"}}}),
    ("contentBlockStop", {"contentBlockIndex": 1}),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("contentBlockDelta", {"contentBlockIndex": 2, "delta": {"reasoningContent": {"text": "t"}}}),
    ("contentBlockDelta", {"contentBlockIndex": 2, "delta": {"reasoningContent": {"signature": "s"}}}),
    ("contentBlockDelta", {"contentBlockIndex": 3, "delta": {"reasoningContent": {"redactedContent": "YQ=="}}}),
    ("contentBlockStop", {"contentBlockIndex": 2}),
    ("contentBlockStart", {"contentBlockIndex": 4, "start": {"image": {"format": "png"}}}),
    ("contentBlockDelta", {"contentBlockIndex": 4, "delta": {"image": {"source": {"bytes": "YQ=="}}}}),
    ("contentBlockDelta", {"contentBlockIndex": 5, "delta": {"toolResult": [{"text": "r"}, {"json": {}}]}}),
    ("messageStop", {"stopReason": "end_turn"}),
    ("metadata", {"metrics": {"latencyMs": 1}, "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}}),
    ("unheardOf", {"x": None}),
)


def _frame(kind: str, members: dict[str, Any]) -> Frame:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return Frame(headers, json.dumps(members).encode())


def streams() -> Iterator[bytes]:
    """Event streams: a whole reply in order, each event by itself, failures, and a frame of every header type."""
    events = {(kind, json.dumps(members)): encode(_frame(kind, members)) for kind, members in _EVENTS}
    yield b"".join(events.values())
    yield b"".join(encode(_frame(kind, members)) for kind, members in (_EVENTS[0], *_EVENTS[3:4], *_EVENTS[15:17]))
    text = ({"contentBlockIndex": 0, "delta": {"text": "a"}}, {"contentBlockIndex": 0})
    sound = (_EVENTS[0], ("contentBlockDelta", text[0]), ("contentBlockStop", text[1]), *_EVENTS[15:17])
    yield b"".join(encode(_frame(kind, members)) for kind, members in sound)
    yield from events.values()
    yield encode(Frame({":message-type": "exception", ":exception-type": "throttlingException"}, b'{"message":"m"}'))
    yield encode(Frame({":message-type": "error", ":error-code": "500", ":error-message": "m"}))
    yield encode(
        Frame(
            {
                "true": True,
                "false": False,
                "byte": Byte(-1),
                "short": Short(-2),
                "int": -3,
                "long": Long(-4),
                "bytes": b"\xff",
                "string": "é",
                "time": Timestamp(1_700_000_000_000),
                "uuid": UUID(int=1),
            },
            b"payload",
        )
    )
    yield encode(Frame({}))
    yield encode(Frame({}))[:-1]


def payloads() -> Iterator[bytes]:
    """Payloads, each after a byte that chooses the type of its event."""
    kinds = list(dict.fromkeys(kind for kind, _ in _EVENTS))
    order = ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]
    for kind, members in _EVENTS:
        yield bytes((order.index(kind) if kind in order else len(order),)) + json.dumps(members).encode()
    for first in range(len(kinds)):
        yield bytes((first,)) + b"[" * 64
    yield b'\xf0{"Message":"m","retryAfterSeconds":1}'
    yield b"\xe0"


def targets() -> Iterator[bytes]:
    """Request targets: model ids and ARNs, encoded once, twice and not at all; dot segments; queries."""
    yield b"/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream"
    yield b"/model/anthropic.claude-3-haiku-20240307-v1:0/converse"
    yield b"/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.a.b-v1%3A0/converse"
    yield b"/model/arn%253Aaws%252Fx/converse"
    yield b"/a/./b//../c/..?b=2&a=1&a=0&c&=d&e=%7e%2f+%zz&&f=g=h"
    yield "/あ/\u00e9 ~*'()!?é=あ".encode()
    yield b"/../..//.?\xff=\xfe"
    yield b"?"


def requests() -> Iterator[bytes]:
    """Requests as text: signed ones, and ones that are authorised otherwise or badly."""
    host = (("Host", "bedrock-runtime.us-east-1.amazonaws.com:8443"), ("X-Own", " a \t b "), ("x-own", "c"))
    at = datetime(2025, 1, 30, 12, tzinfo=UTC)
    for target, body in (("/model/a%3A0/converse?b=1&a=%20", b"{}"), ("/", b"")):
        signed = sign(Request("POST", target, host, body), CREDENTIALS, region="us-east-1", at=at).request
        lines = [f"{name}:{value}" for name, value in signed.headers]
        yield "\n".join([f"POST {target}", *lines]).encode() + b"\n\n" + body
        yield "\n".join([f"POST {target}", *lines[:-1], "X-Amz-Content-Sha256:UNSIGNED-PAYLOAD", lines[-1]]).encode()
    yield b"POST /\nHost:h\nAuthorization:Bearer token\nDate:Thu, 30 Jan 2025 12:00:00 GMT"
    yield b"GET /\nAuthorization:Basic eDp5\nHost:h"
    yield (
        b"GET /\nHost:h\nDate:Thu, 30 Jan 2025 12:00:00 -0000\n"
        b"Authorization:AWS4-HMAC-SHA256 Credential=A/B/20250130/us-east-1/bedrock/aws4_request,"
        b"SignedHeaders=host;date;;\xff, Signature=0"
    )


_CASSETTE = b"""interactions:
- request:
    method: POST
    uri: https://bedrock-runtime.us-east-1.amazonaws.com/model/a.b-v1%3A0/converse
    headers: {Host: [h], X-Own: !!binary YQ==}
    body: '{"messages": []}'
  response:
    status: {code: 200, message: OK}
    headers: {Content-Type: [application/json]}
    body: {string: !!binary e30=}
version: 1
"""


def cassettes() -> Iterator[bytes]:
    """Cassettes: vcrpy's form, the parsed form, aliases, and every tag that a reader of YAML trips over."""
    yield _CASSETTE
    yield b"interactions:\n- {request: {method: P, uri: u, parsed_body: {a: [1]}}, response: {status: {code: 1}}}\n"
    body = (
        b"interactions:\n- {request: {method: P, uri: u, headers: {a: %s}}, response: {status: {code: 1}, body: %s}}\n"
    )
    for value in (
        b"!!python/tuple [a, b]",
        b"!!python/unicode a",
        b"!!python/object/new:_io.BytesIO {state: !!python/tuple [a, 0]}",
        b"!!python/object/apply:builtins.iter {args: [[a, b]]}",
        b"!!bool true",
        b"!!int 1",
        b"!!float 1",
        b"!!timestamp 2020-01-01",
        b"!!null ~",
        b"[&a [x], *a]",
        b"{<<: {b: c}}",
        b"!!set {a, b}",
        b"!!omap [a: b]",
        b"!!pairs [a: b]",
        b"1:30:00",
        b"0x1F",
        b".inf",
        b"'\\ud83d'",
    ):
        yield body % (value, value)


JSON_WORDS = (
    b'"contentBlockIndex":',
    b'"delta":{',
    b'"text":',
    b'"start":{',
    b'"\\ud83d"',
    b"null",
    b"true",
    b"1e9",
    b'":frame"',
)
YAML_WORDS = (
    *(
        b"!!%s " % tag
        for tag in (b"bool", b"int", b"float", b"timestamp", b"binary", b"null", b"set", b"omap", b"pairs")
    ),
    *(b"!!python/%s " % tag for tag in (b"tuple", b"str", b"object/new:_io.BytesIO", b"object/apply:builtins.iter")),
    *(b"&a ", b"*a", b"<<: ", b"? ", b"''", b"[]", b"{}", b"state: ", b"args: ", b"parsed_body: ", b"string: "),
)
HTTP_WORDS = (
    *(b"Authorization:", b"AWS4-HMAC-SHA256 ", b"Credential=", b"SignedHeaders=", b"Signature=", b"Bearer "),
    *(b"X-Amz-Date:", b"Date:", b"X-Amz-Security-Token:", b"X-Amz-Content-Sha256:", b"/aws4_request", b"Host:"),
)
