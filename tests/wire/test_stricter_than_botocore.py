"""Where botocore differs from us, and awscrt: each difference shown, and the sentence that decides.

The table "Where botocore differs" of docs/wire.md is made of these tests. When botocore mends its ways a test here fails,
and goes.
"""

import io
import struct
from typing import NamedTuple

import pytest
from botocore.auth import SIGNED_HEADERS_BLACKLIST, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.eventstream import EventStream, EventStreamBuffer, InvalidPayloadLength
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import EventStreamJSONParser

from bedrock_harness.wire.errors import (
    EmptyHeaderNameError,
    EventError,
    FrameError,
    FrameTooShortError,
    HeaderError,
    HeaderOverrunError,
    HeadersTooLongError,
    IncompleteFrameError,
)
from bedrock_harness.wire.events import Thrown, read_event
from bedrock_harness.wire.frames import MAX_HEADERS, Frame, FrameDecoder, encode
from bedrock_harness.wire.sigv4 import Request, canonical_request, sign
from tests.wire.made import CREDENTIALS, NOON, event_frame, header, raw_frame

STREAMS = "Amazon Event Stream Specification"
TESTS = "Smithy's restJson1 event stream tests"
SIGNING = "IAM User Guide, Create a signed AWS API request"


class Difference(NamedTuple):
    """One row of the document's table. `test` is the name of the test that holds it."""

    who: str
    theirs: str
    ours: str
    decides: str
    source: str
    test: str


DIFFERENCES: list[Difference] = []


def differs(theirs, ours, decides, source, who="botocore"):
    """Make a row of the table out of a test."""

    def note(test):
        DIFFERENCES.append(Difference(who, theirs, ours, decides, source, test.__name__))
        return test

    return note


def botocore(data):
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


def refused(data):
    """The class of the error that we refuse these bytes with."""
    with pytest.raises(FrameError) as caught:
        FrameDecoder().feed(data)
    return type(caught.value)


def parsed(*frames):
    """What boto3 gives its caller for a ConverseStream reply of these frames."""
    description = Loader().load_service_model("bedrock-runtime", "service-2")
    operation = ServiceModel(description).operation_model("ConverseStream")
    shape = operation.get_event_stream_output()
    body = io.BytesIO(b"".join(map(encode, frames)))
    body.stream = lambda: iter([body.getvalue()])
    return list(EventStream(body, shape, EventStreamJSONParser(), "ConverseStream"))


# --------------------------------------------------------------------------------------------------------------- frames


@differs("makes a message of it", "`EmptyHeaderNameError`", "Header names MUST be at least one byte long.", STREAMS)
def test_a_header_without_a_name():
    """A header whose name has no bytes is read by botocore and refused by us."""
    data = raw_frame(header(b"", 0))
    assert botocore(data)[0].headers == {"": True}
    assert refused(data) is EmptyHeaderNameError


@differs(
    "cuts the value off at the end of the headers",
    "`HeaderOverrunError`",
    "The value is prefixed by a two-byte unsigned integer that indicates the length in bytes of the following value.",
    STREAMS,
)
def test_a_value_longer_than_the_headers():
    """A value that runs past its block is cut short by botocore and refused by us."""
    data = raw_frame(header(b"x", 7, b"\x00\xffabc"))
    assert botocore(data)[0].headers == {"x": "abc"}
    assert refused(data) is HeaderOverrunError


@differs(
    "makes a message of 12 bytes, and loses its place in the stream",
    "`FrameTooShortError`",
    "byte payload[total_length - headers_length - sizeof(total_length) - sizeof(headers_length) - sizeof(prelude_crc) "
    "- sizeof(message_crc)];",
    STREAMS,
)
def test_a_total_length_below_16():
    """A frame shorter than its own prelude and checksum is read by botocore and refused by us."""
    data = raw_frame(total=12)
    assert len(botocore(data)) == 1
    assert refused(data) is FrameTooShortError


@differs(
    "ends in silence: the caller sees a shorter answer",
    "`IncompleteFrameError` on close",
    "Comprehensive integrity checks, ensuring that corruption can always be recognized and handled immediately.",
    STREAMS,
)
def test_a_stream_cut_in_a_frame():
    """botocore ends in silence inside a frame; we say that it is incomplete."""
    data = encode(Frame({}, b"payload"))[:-1]
    assert botocore(data) == []
    decoder = FrameDecoder()
    decoder.feed(data)
    with pytest.raises(IncompleteFrameError):
        decoder.close()


@differs(
    "lets KeyError, struct.error or UnicodeDecodeError out",
    "a `HeaderError` with its offset",
    "The set of types is fixed and not open to extension.",
    STREAMS,
)
@pytest.mark.parametrize(
    ("block", "theirs"),
    [
        (header(b"a", 10), KeyError),
        (header(b"a", 4, b"\x00"), struct.error),
        (header(b"a\xff", 0), UnicodeDecodeError),
    ],
)
def test_a_header_that_does_not_parse(block, theirs):
    """botocore lets errors of Python's out for a broken header; we raise an error of ours."""
    with pytest.raises(theirs):
        botocore(raw_frame(block))
    assert issubclass(refused(raw_frame(block)), HeaderError)


@differs(
    "reads headers out of the payload and beyond",
    "`HeadersTooLongError`",
    "The data section consists of the headers followed by a payload.",
    STREAMS,
)
def test_headers_longer_than_their_frame():
    """A header block longer than its frame takes botocore past the frame's end; we refuse it from the prelude."""
    data = raw_frame(b"", header(b"a", 0), headers_length=3 + 4)
    with pytest.raises((KeyError, struct.error, UnicodeDecodeError)):
        botocore(data)
    assert refused(data) is HeadersTooLongError


@differs(
    "refuses a payload of more than 24 MiB, whatever its frame",
    "refuses a frame beyond `max_frame`: by default the longest that the specification has, and any length that the "
    "caller can hold",
    "Services MUST validate these additional size restrictions. Clients MUST NOT validate them.",
    STREAMS,
)
def test_a_payload_beyond_24_mib():
    """A limit is the caller's memory: ours can be raised, botocore's cannot."""
    prelude = raw_frame(total=16 + 24 * 1024 * 1024 + 1)[:12]
    with pytest.raises(InvalidPayloadLength):
        botocore(prelude)
    assert FrameDecoder(max_frame=1 << 31).feed(prelude) == []
    assert FrameDecoder().feed(raw_frame(total=16 + MAX_HEADERS + 24 * 1024 * 1024)[:12]) == []


# --------------------------------------------------------------------------------------------------------------- events


@differs(
    "takes it for an event",
    "`EventHeaderError`",
    "Clients must reject events that don't contain a :message-type header.",
    TESTS,
)
def test_an_event_without_a_message_type():
    """botocore takes a frame without a message type for an event; we refuse it."""
    frame = Frame({":event-type": "messageStart"}, b'{"role":"assistant"}')
    assert parsed(frame) == [{"messageStart": {"role": "assistant"}}]
    with pytest.raises(EventError):
        read_event(frame)


@differs(
    "drops the event",
    "`EventHeaderError`",
    "`:event-type`: Required. The value of this header is the name of the member that targets the event shape.",
    STREAMS,
)
def test_an_event_without_a_type():
    """botocore drops a frame without an event type; we refuse it."""
    frame = Frame({":message-type": "event"}, b'{"role":"assistant"}')
    assert parsed(frame, event_frame("contentBlockStop", contentBlockIndex=0)) == [
        {"contentBlockStop": {"contentBlockIndex": 0}}
    ]
    with pytest.raises(EventError):
        read_event(frame)


@differs(
    "makes an event without members of it",
    "`EventPayloadError`",
    "a JSON object begins and ends with a curly bracket",
    "RFC 8259, section 4",
)
def test_a_payload_that_is_cut_json():
    """botocore makes an empty event of JSON that breaks off; we refuse it."""
    frame = Frame({":message-type": "event", ":event-type": "messageStart"}, b'{"role":"assist')
    assert parsed(frame) == [{"messageStart": {}}]
    with pytest.raises(EventError):
        read_event(frame)


@differs(
    "raises an error with neither its code nor its message",
    "`Thrown` with name and message as sent",
    "`:exception-type`: Required. The value of this header is the name of the member that targets the error shape.",
    STREAMS,
)
def test_an_exception_that_is_not_modelled():
    """botocore loses name and message of an exception that its model lacks; we keep both."""
    headers = {":exception-type": "unheardOfException", ":message-type": "exception"}
    frame = Frame(headers, b'{"message":"Something new"}')
    with pytest.raises(Exception, match="error occurred") as caught:
        parsed(frame)
    assert "Something new" not in str(caught.value)
    thrown = read_event(frame)
    assert isinstance(thrown, Thrown)
    assert (thrown.name, thrown.message) == ("unheardOfException", "Something new")


# ------------------------------------------------------------------------------------------------------------ signatures


@differs(
    "folds every blank of Unicode in a header's value",
    "folds spaces, tabs and line ends",
    "a run of spaces in a header's value becomes one space; of other blanks nothing is said",
    SIGNING,
)
def test_blanks_beyond_ascii():
    """botocore folds every blank of Unicode in a header; the rule speaks of spaces."""
    request = Request("GET", "/", (("X", "a\u3000\u3000b"),))
    assert SigV4Auth._header_value(None, "a\u3000\u3000b") == "a b"
    assert canonical_request(request, ["x"]).headers == (("x", "a\u3000\u3000b"),)


@differs(
    "signs the query of a URL as it stands, but sorted",
    "encodes names and values in one way, then sorts",
    "names and values of the query are percent-encoded, each for itself",
    SIGNING,
)
@pytest.mark.parametrize(
    ("query", "canonical"), [("a=x:y", "a=x%3Ay"), ("a=+", "a=%2B"), ("a=%e3%81%82", "a=%E3%81%82"), ("a=%41", "a=A")]
)
def test_a_query_that_is_not_encoded(query, canonical):
    """A query that is not encoded as the rule has it is signed as it stands by botocore, and encoded by us."""
    theirs = AWSRequest("GET", f"https://h/?{query}")
    auth = SigV4Auth(BotocoreCredentials("A", "B"), "bedrock", "us-east-1")
    assert auth.canonical_query_string(theirs) == query
    assert canonical_request(Request("GET", f"/?{query}", ()), []).query == canonical


def awscrt_signature(request):
    """awscrt's Authorization header for the same request, or its error's name; skipped where it is not installed."""
    auth = pytest.importorskip("awscrt.auth", reason="awscrt is not installed: it is compared with where it is")
    http = pytest.importorskip("awscrt.http")
    provider = auth.AwsCredentialsProvider.new_static(CREDENTIALS.access_key_id, CREDENTIALS.secret_access_key)
    config = auth.AwsSigningConfig(
        algorithm=auth.AwsSigningAlgorithm.V4,
        signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=provider,
        region="us-east-1",
        service="bedrock",
        date=NOON,
        use_double_uri_encode=True,
        should_normalize_uri_path=True,
        signed_body_header_type=auth.AwsSignedBodyHeaderType.NONE,
    )
    sent = http.HttpRequest(
        request.method, request.target, http.HttpHeaders(list(request.headers)), io.BytesIO(request.body)
    )
    try:
        return dict(auth.aws_sign_request(sent, config).result(5).headers)["Authorization"]
    except Exception as error:
        return error.name


def our_signature(request):
    return dict(sign(request, CREDENTIALS, region="us-east-1", at=NOON).request.headers)["Authorization"]


HOST = (("Host", "h"),)


@differs(
    "signs `connection`",
    "leaves it unsigned",
    "whoever forwards a message removes its Connection field first",
    "RFC 9110, section 7.6.1",
    who="awscrt",
)
def test_the_connection_header():
    """awscrt signs a header that the next hop removes; botocore and we do not."""
    request = Request("GET", "/", (*HOST, ("Connection", "close")))
    assert "SignedHeaders=connection;host" in awscrt_signature(request)
    assert "SignedHeaders=host;x-amz-date," in our_signature(request)
    assert "connection" in SIGNED_HEADERS_BLACKLIST


@differs(
    "refuses a request that has `x-amz-content-sha256` already",
    "signs the header as it stands",
    "the hashed payload is made of the request's body",
    SIGNING,
    who="awscrt",
)
def test_a_payload_hash_that_is_there():
    """awscrt wants to add the payload's hash itself; botocore and we take the one that is there."""
    request = Request("POST", "/", (*HOST, ("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")), b"{}")
    assert awscrt_signature(request) == "AWS_AUTH_SIGNING_ILLEGAL_REQUEST_HEADER"
    assert "x-amz-content-sha256" in our_signature(request)


@differs(
    "refuses a query with a percent sign that begins no escape",
    "takes the sign for itself: `%` is `%25`",
    "reserved characters are percent-encoded, and a percent sign is one",
    SIGNING,
    who="awscrt",
)
def test_a_percent_sign_alone():
    """awscrt refuses half an escape in a query; botocore signs it as it stands, and we encode it."""
    request = Request("GET", "/?a=%", HOST)
    assert awscrt_signature(request) == "AWS_ERROR_MALFORMED_INPUT_STRING"
    assert canonical_request(request, ["host"]).query == "a=%25"


AGREED = {
    "a colon in the path": Request("POST", "/model/a:0/converse", HOST, b"{}"),
    "an encoded colon": Request("POST", "/model/a%3A0/converse", HOST, b"{}"),
    "an ARN": Request("POST", "/model/arn%3Aaws%3Abedrock%2Fx/converse", HOST, b"{}"),
    "dots": Request("GET", "/a/../b/./c//d/..", HOST),
    "UTF-8": Request("GET", "/あ", HOST),
    "a query": Request("GET", "/?b=2&a=+&a=%e3%81%82&a=x y&c", HOST),
    "blanks": Request("GET", "/", (*HOST, ("X", '  a \t b  "c   d"'))),
    "duplicates": Request("GET", "/", (*HOST, ("X", "b"), ("x", "a"))),
    "an empty header": Request("GET", "/", (*HOST, ("X", ""))),
    "a user agent": Request("GET", "/", (*HOST, ("User-Agent", "x"), ("X-Amzn-Trace-Id", "y"))),
}


@pytest.mark.parametrize("name", AGREED)
def test_awscrt_gives_the_same_signature(name):
    """In every other way of spelling a request awscrt signs as we do."""
    assert awscrt_signature(AGREED[name]) == our_signature(AGREED[name])


def test_every_row_has_its_test():
    """Each row of the table names a test of this module, and each is named once."""
    names = [difference.test for difference in DIFFERENCES]
    assert len(set(names)) == len(names)
    assert all(callable(globals()[name]) for name in names)
