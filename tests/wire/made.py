"""Frames, events and requests for tests, made by hand and then spoilt."""

import json
import struct
from datetime import UTC, datetime
from zlib import crc32

from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.frames import Frame, FrameDecoder, encode
from bedrock_harness.wire.sigv4 import Credentials, Request, sign

ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

NOON = datetime(2025, 1, 30, 12, 0, 0, tzinfo=UTC)
CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TEMPORARY = Credentials("ASIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session-token-example")
CONVERSE = Request(
    "POST",
    "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse",
    (("Host", "bedrock-runtime.us-east-1.amazonaws.com"), ("Content-Type", "application/json")),
    b'{"messages":[{"role":"user","content":[{"text":"Say hello"}]}]}',
)


def event_frame(kind, *, padding=20, **members):
    """One event as the service sends it: three headers in its order, keys in alphabetical order, padding `p`."""
    payload = json.dumps({**members, "p": ALPHABET[:padding]}, sort_keys=True, separators=(",", ":"))
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return Frame(headers, payload.encode())


def event(kind, **members):
    """The same as a typed event."""
    return read_event(event_frame(kind, **members))


def start(index, **head):
    return event("contentBlockStart", contentBlockIndex=index, start=head)


def delta(index, **member):
    return event("contentBlockDelta", contentBlockIndex=index, delta=member)


def stop(index):
    return event("contentBlockStop", contentBlockIndex=index)


def message(*body, reason="end_turn"):
    """A whole stream around these events, with a typical beginning and end."""
    return [
        event("messageStart", role="assistant"),
        *body,
        event("messageStop", stopReason=reason),
        event("metadata", metrics={"latencyMs": 312}, usage={"inputTokens": 12, "outputTokens": 9, "totalTokens": 21}),
    ]


def conversation(deltas=10):
    """The frames of an answer of so many text deltas."""
    return [
        event_frame("messageStart", role="assistant"),
        *(
            event_frame("contentBlockDelta", contentBlockIndex=0, delta={"text": f" word{n}"}, padding=1 + n % 62)
            for n in range(deltas)
        ),
        event_frame("contentBlockStop", contentBlockIndex=0),
        event_frame("messageStop", stopReason="end_turn"),
        event_frame("metadata", metrics={"latencyMs": 312}, usage={"inputTokens": 12, "outputTokens": 9}),
    ]


def stream(frames):
    return b"".join(encode(frame) for frame in frames)


def decode(data, size=None, decoder=None):
    """All frames of a stream that arrives in chunks of `size` bytes and ends there."""
    decoder = decoder or FrameDecoder()
    size = size or max(len(data), 1)
    frames = [frame for at in range(0, len(data), size) for frame in decoder.feed(data[at : at + size])]
    decoder.close()
    return frames


def raw_frame(headers=b"", payload=b"", *, total=None, headers_length=None):
    """A frame with right checksums around whatever it holds and declares."""
    lengths = struct.pack(
        ">II",
        16 + len(headers) + len(payload) if total is None else total,
        len(headers) if headers_length is None else headers_length,
    )
    head = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return head + struct.pack(">I", crc32(head))


def header(name, code, value=b""):
    """One header's bytes; the value brings its own length where its type has one."""
    return bytes([len(name)]) + name + bytes([code]) + value


def signed(request=CONVERSE, credentials=CREDENTIALS, **changes):
    """A request signed at noon for Bedrock in us-east-1, unless something else is asked for."""
    return sign(request, credentials, **{"region": "us-east-1", "at": NOON, **changes})


def with_header(request, name, value):
    """The request with this header in place of any of its name; None takes it away."""
    kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
    return Request(request.method, request.target, kept + (((name, value),) if value is not None else ()), request.body)
