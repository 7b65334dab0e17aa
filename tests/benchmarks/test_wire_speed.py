"""How fast bytes become frames and events, and requests are signed, each beside others' code in the same run.

The corpus is a text answer of 10,000 deltas, each a word and 1 to 62 bytes of padding. Requests are signed as of the time
at which they are signed, as any client does it. Times are taken, not judged: the table says what is required and whether
it is met. CRCs are the standard library's, but for the rows that name isal.
"""

import io
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from importlib import import_module
from typing import Any, NamedTuple

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.eventstream import EventStream, EventStreamBuffer
from botocore.parsers import EventStreamJSONParser
from botocore.session import get_session

from bedrock_harness.wire import frames
from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.frames import FrameDecoder, encode
from bedrock_harness.wire.sigv4 import Credentials, Request, sign
from tests.benchmarks.contest import Contest
from tests.wire.made import conversation

DELTAS = 10_000
EVENTS = DELTAS + 4
ROUNDS = 9
KIB, MIB = 1024, 1024 * 1024
HOST, TARGET = "bedrock-runtime.us-east-1.amazonaws.com", "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse"
HEADERS = (("Host", HOST), ("Content-Type", "application/json"))


def decode_ours(pieces):
    decoder = FrameDecoder()
    decoded = [frame for piece in pieces for frame in decoder.feed(piece)]
    decoder.close()
    return decoded


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


@cache
def stream_shape():
    model = get_session().get_service_model("bedrock-runtime")
    return model.operation_model("ConverseStream").output_shape.members["stream"]


def type_ours(pieces):
    decoder = FrameDecoder()
    return [read_event(frame) for piece in pieces for frame in decoder.feed(piece)]


def type_botocore(pieces):
    return list(EventStream(Body(pieces), stream_shape(), EventStreamJSONParser(), "ConverseStream"))


def now(_):
    return datetime.now(UTC)


def a_second_each(number):
    return datetime(2025, 1, 30, tzinfo=UTC) + timedelta(seconds=number)


def sign_ours(body, count, when=now):
    keys, request = Credentials("AKIDEXAMPLE", "secret"), Request("POST", TARGET, HEADERS, body)
    for number in range(count):
        signed = sign(request, keys, region="us-east-1", at=when(number))
    return dict(signed.request.headers)


def sign_botocore(body, count):
    signer = SigV4Auth(BotocoreCredentials("AKIDEXAMPLE", "secret"), "bedrock", "us-east-1")
    for _ in range(count):
        request = AWSRequest("POST", f"https://{HOST}{TARGET}", {"Content-Type": "application/json"}, body)
        signer.add_auth(request)
    return dict(request.headers)


def sign_awscrt(body, count, when=now):
    auth, http = import_module("awscrt.auth"), import_module("awscrt.http")
    provider = auth.AwsCredentialsProvider.new_static("AKIDEXAMPLE", "secret")
    for number in range(count):
        config = auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4,
            signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
            credentials_provider=provider,
            region="us-east-1",
            service="bedrock",
            date=when(number),
        )
        request = http.HttpRequest("POST", TARGET, http.HttpHeaders(HEADERS), io.BytesIO(body))
        signed = auth.aws_sign_request(request, config).result()
    return dict(signed.headers)


@cache
def each_frame(deltas=DELTAS):
    return [encode(frame) for frame in conversation(deltas)]


@cache
def chunks(size, deltas=DELTAS):
    return cut(b"".join(each_frame(deltas)), size)


def cut(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


@cache
def large_frame(length):
    return cut(encode(frames.Frame({"a": "1"}, bytes(length))), KIB)


def often(times, work, pieces):
    """The same, so many times over."""
    for _ in range(times):
        result = work(pieces)
    return result


BODY_2KB = b'{"messages":' + b" " * 2035 + b"}"
BODY_5MB = b'{"messages":' + b" " * 4_999_987 + b"}"
Side = Callable[[], Any]


class Work(NamedTuple):
    """The same work for two, of so many pieces, and how many times as fast ours is to be."""

    what: str
    against: str
    ours: Side
    theirs: Side
    pieces: int
    at_least: float | None = None
    isal: bool = False


def decoding(what, pieces, at_least=None, *, isal=False):
    ours, theirs = (lambda: decode_ours(pieces())), (lambda: decode_botocore(pieces()))
    return Work(f"frames, {what}", "botocore", ours, theirs, EVENTS, at_least, isal)


def typing(what, pieces, at_least=None, *, isal=False):
    ours, theirs = (lambda: type_ours(pieces())), (lambda: type_botocore(pieces()))
    return Work(f"typed events, {what}", "botocore", ours, theirs, EVENTS, at_least, isal)


def signing(what, body, count, theirs, at_least, **options):
    against = theirs.__name__.removeprefix("sign_")
    ours = partial(sign_ours, body, count, **options)
    return Work(f"signatures, {what}", against, ours, partial(theirs, body, count), count, at_least)


def growing(what, short, long):
    """Eight times the bytes at once, and an eighth of them eight times.

    The ratio is 1 where work is linear, 0.125 where it is quadratic, and a little under 1 where memory is fetched anew.
    """
    ours, theirs = (lambda: decode_ours(long())), (lambda: often(8, decode_ours, short()))
    return Work(f"frames, 8 times the bytes, {what}", "an eighth, 8 times", ours, theirs, 1, 0.5)


WORK = (
    decoding("chunks of 64 KiB", partial(chunks, 64 * KIB), 9),
    decoding("chunks of 64 KiB, isal", partial(chunks, 64 * KIB), isal=True),
    decoding("chunks of 1 MiB", partial(chunks, MIB), 9),
    decoding("chunks of 1 KiB", partial(chunks, KIB)),
    decoding("one feed a frame", each_frame, 4),
    decoding("chunks of 200 bytes, in step with nothing", partial(chunks, 200), 4),
    growing("chunks of 1 byte", partial(chunks, 1, 246), partial(chunks, 1, 2000)),
    growing("chunks of 200 bytes", partial(chunks, 200, 1246), partial(chunks, 200, DELTAS)),
    growing("chunks of 1 MiB", partial(chunks, MIB, DELTAS), partial(chunks, MIB, 8 * DELTAS + 28)),
    growing("one frame in chunks of 1 KiB", partial(large_frame, MIB), partial(large_frame, 8 * MIB)),
    typing("chunks of 64 KiB", partial(chunks, 64 * KIB), 14),
    typing("chunks of 64 KiB, isal", partial(chunks, 64 * KIB), isal=True),
    typing("one feed an event", each_frame),
    signing("2 KB", BODY_2KB, 1000, sign_botocore, 12),
    signing("2 KB", BODY_2KB, 1000, sign_awscrt, 4),
    signing("2 KB, nothing remembered but the key", BODY_2KB, 1000, sign_botocore, None, when=a_second_each),
    signing("5 MB", BODY_5MB, 20, sign_botocore, 1),
    signing("5 MB", BODY_5MB, 20, sign_awscrt, 1),
)
ids = [f"{work.what} | {work.against}" for work in WORK]


@pytest.fixture
def crc(monkeypatch):
    """Call it to choose the CRC that frames are checked with."""

    def choose(*, isal):
        if isal:
            pytest.importorskip("isal.isal_zlib", reason="isal is not installed: bedrock-harness[fast]")
        monkeypatch.setattr(frames, "crc32", import_module("isal.isal_zlib").crc32 if isal else zlib.crc32)

    return choose


@pytest.mark.parametrize("work", WORK, ids=ids)
def test_ratios_are_told(benchmark, crc, tell, work):
    """Each side does the same work in turn, and the ratio goes into the table."""
    if work.against == "awscrt":
        pytest.importorskip("awscrt", reason="awscrt is not installed: it is in `tox -e bench` alone")
    crc(isal=work.isal)
    if work.pieces == EVENTS:
        assert len(work.ours()) == len(work.theirs()) == EVENTS
    contest = Contest(work.ours, work.theirs)
    benchmark.group = "both in turn, twice"
    benchmark.pedantic(contest.round, rounds=ROUNDS, warmup_rounds=0)
    tell(contest.result(work.what, work.against, work.pieces, work.at_least))


def test_noise_is_told(benchmark, crc, tell):
    """Where both sides do the same, whatever differs is noise."""
    crc(isal=False)
    work = partial(decode_ours, chunks(64 * KIB))
    contest = Contest(work, work)
    benchmark.group = "both in turn, twice"
    benchmark.pedantic(contest.round, rounds=2 * ROUNDS, warmup_rounds=0)
    tell(contest.result("", "", EVENTS), noise=True)


@pytest.mark.parametrize("who", ["ours", "theirs"])
@pytest.mark.parametrize("work", WORK, ids=ids)
def test_work_is_timed(benchmark, crc, work, who):
    """What either side takes by itself, as pytest-benchmark sees it."""
    if work.against == "awscrt":
        pytest.importorskip("awscrt", reason="awscrt is not installed: it is in `tox -e bench` alone")
    crc(isal=work.isal)
    benchmark.group = f"{work.what} | {work.against}"
    benchmark.pedantic(getattr(work, who), rounds=5, warmup_rounds=1)


def test_awscrt_signs_the_same(benchmark):
    """awscrt does the work that ours does: its signature is the same."""
    pytest.importorskip("awscrt", reason="awscrt is not installed: it is in `tox -e bench` alone")
    benchmark.group = "one signature"
    theirs = benchmark.pedantic(sign_awscrt, (BODY_2KB, 1, a_second_each), rounds=1)
    assert sign_ours(BODY_2KB, 1, a_second_each)["Authorization"] == theirs["Authorization"]
