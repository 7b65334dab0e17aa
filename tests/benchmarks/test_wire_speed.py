"""How fast bytes become frames and events, and requests are signed, each beside botocore in the same run.

The corpus is that of research/performance.md, section 0: a text answer of 10,000 deltas, each a word and 1 to 62 bytes of
padding. Times are taken, not judged. For each piece of work a line says how many times botocore's speed ours is: the
best of rounds that alternate, since a busy machine would favour whoever ran in a quiet minute.
"""

from datetime import UTC, datetime
from functools import cache
from time import perf_counter

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.eventstream import EventStream, EventStreamBuffer
from botocore.parsers import EventStreamJSONParser
from botocore.session import get_session

from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.frames import FrameDecoder
from bedrock_harness.wire.sigv4 import Credentials, Request, sign
from tests.wire.made import conversation, stream

DELTAS = 10_000
SIGNATURES = 1_000
HOST, TARGET = "bedrock-runtime.us-east-1.amazonaws.com", "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse"
BODY = b'{"messages":' + b" " * 2035 + b"}"


def decode_ours(pieces):
    decoder = FrameDecoder()
    frames = [frame for piece in pieces for frame in decoder.feed(piece)]
    decoder.close()
    return frames


def decode_botocore(pieces):
    buffer, messages = EventStreamBuffer(), []
    for piece in pieces:
        buffer.add_data(piece)
        messages.extend(buffer)
    return messages


class Body:
    """A reply's body in chunks, as botocore wants it."""

    def __init__(self, pieces):
        self.pieces = pieces

    def stream(self):
        return iter(self.pieces)

    def close(self):
        """Nothing is open."""


def type_ours(pieces):
    decoder = FrameDecoder()
    return [read_event(frame) for piece in pieces for frame in decoder.feed(piece)]


def type_botocore(pieces):
    shape = model().operation_model("ConverseStream").output_shape.members["stream"]
    return list(EventStream(Body(pieces), shape, EventStreamJSONParser(), "ConverseStream"))


def sign_ours(request):
    keys = Credentials("AKIDEXAMPLE", "secret")
    return [sign(request, keys, region="us-east-1", at=datetime.now(UTC)) for _ in range(SIGNATURES)]


def sign_botocore(request):
    signer = SigV4Auth(BotocoreCredentials("AKIDEXAMPLE", "secret"), "bedrock", "us-east-1")
    requests = []
    for _ in range(SIGNATURES):
        requests.append(AWSRequest("POST", f"https://{HOST}{TARGET}", {"Content-Type": "application/json"}, BODY))
        signer.add_auth(requests[-1])
    return requests


@cache
def model():
    return get_session().get_service_model("bedrock-runtime")


@cache
def chunks(size, deltas=DELTAS):
    data = stream(conversation(deltas))
    return [data[at : at + size] for at in range(0, len(data), size)]


REQUEST = Request("POST", TARGET, (("Host", HOST), ("Content-Type", "application/json")), BODY)
WORK = {
    "frames, chunks of 200 bytes": (decode_ours, decode_botocore, lambda: chunks(200), DELTAS + 4),
    "frames, chunks of 64 KiB": (decode_ours, decode_botocore, lambda: chunks(64 * 1024), DELTAS + 4),
    "frames, chunks of 1 MiB": (decode_ours, decode_botocore, lambda: chunks(1024 * 1024), DELTAS + 4),
    "typed events, chunks of 64 KiB": (type_ours, type_botocore, lambda: chunks(64 * 1024), DELTAS + 4),
    "signatures of 2 KB": (sign_ours, sign_botocore, lambda: REQUEST, SIGNATURES),
}


@pytest.mark.parametrize("who", ["ours", "botocore"])
@pytest.mark.parametrize("name", WORK)
def test_work_is_timed(benchmark, name, who):
    """The same work is done by us and by botocore, in one group."""
    ours, botocore, given, count = WORK[name]
    benchmark.group = name
    result = benchmark.pedantic(ours if who == "ours" else botocore, (given(),), rounds=5, warmup_rounds=1)
    assert len(result) == count


@pytest.mark.parametrize("name", WORK)
def test_ratios_are_told(benchmark, capfd, name):
    """The best of alternating rounds gives the ratio to botocore, which is printed."""
    ours, botocore, given, count = WORK[name]
    best = dict.fromkeys((ours, botocore), float("inf"))

    def alternate():
        for work in best:
            begun = perf_counter()
            work(given())
            best[work] = min(best[work], perf_counter() - begun)

    benchmark.group = "ours and botocore in turn"
    benchmark.pedantic(alternate, rounds=9, warmup_rounds=1)
    benchmark.extra_info["ratio"] = ratio = best[botocore] / best[ours]
    each = best[ours] / count * 1e9
    with capfd.disabled():
        print(f"\n{name}: {ratio:.1f} times botocore, {each:,.0f} ns each")


def test_frames_are_decoded_byte_by_byte(benchmark):
    """Frames that come byte by byte take a time in proportion to the bytes."""
    benchmark.group = "frames, chunks of 1 byte"
    assert len(benchmark.pedantic(decode_ours, (chunks(1, 1000),), rounds=5, warmup_rounds=1)) == 1004
