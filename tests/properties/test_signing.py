"""What holds for every request that is signed: botocore agrees, the receiver accepts it, and no bit of it can change."""

import hmac
import string
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import assume, given
from hypothesis import strategies as st

from bedrock_harness.wire import signing
from bedrock_harness.wire.canonical import canonical_target
from bedrock_harness.wire.sigv4 import (
    Credentials,
    Request,
    Verification,
    canonical_request,
    sign,
    string_to_sign,
    verify,
)
from tests.wire.made import CONVERSE, CREDENTIALS, NOON, TEMPORARY, signed, with_header

HOST = "bedrock-runtime.us-east-1.amazonaws.com"

# botocore takes URLs, where `?` and `#` end a path; and email.message keeps its headers, which knows no line breaks.
visible = st.characters(exclude_categories=["C", "Z"])
segments = st.one_of(
    st.text(visible, max_size=12).map(lambda part: part.translate({ord(c): "" for c in "/?#"})),
    st.text("ab:%/.~-_ @!*'()+,;=$&", max_size=12),
    st.sampled_from([".", "..", "", "%3A", "%2F", "%25", "%2E%2E", "anthropic.claude-3-haiku-20240307-v1:0", "あ"]),
)
paths = st.lists(segments, max_size=5).map(lambda parts: "/" + "/".join(parts))
encoded = st.text(max_size=6).filter(lambda part: part.isprintable()).map(lambda part: quote(part, safe="-_.~"))
queries = st.lists(st.tuples(encoded.filter(bool), encoded), max_size=4).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
targets = st.builds(lambda path, query: f"{path}?{query}" if query else path, paths, queries)
header_values = st.lists(
    st.text(st.characters(codec="latin-1", exclude_categories=["C", "Z"]), max_size=6)
    | st.sampled_from([" ", "  ", "\t"]),
    max_size=6,
).map("".join)
own_headers = st.lists(
    st.tuples(st.sampled_from(["X-Own", "x-own", "Content-Type", "Accept", "User-Agent", "X-B"]), header_values),
    max_size=5,
)
requests = st.builds(
    lambda method, target, headers, body: Request(method, target, (("Host", HOST), *headers), body),
    st.sampled_from(["GET", "POST"]),
    targets,
    own_headers,
    st.binary(max_size=100),
)
credentials = st.builds(
    Credentials,
    st.text(string.ascii_uppercase, min_size=16, max_size=20),
    st.text(string.ascii_letters + "+/", min_size=40, max_size=40),
    st.none() | st.text(string.ascii_letters + "+/=", min_size=1, max_size=60),
)
places = st.fixed_dictionaries(
    {"region": st.sampled_from(["us-east-1", "eu-central-1"]), "service": st.sampled_from(["bedrock", "service"])}
)


def botocore(request, who, region, service):
    """botocore's signature of the same request, and the time at which it was made."""
    theirs = AWSRequest(request.method, f"https://{HOST}{request.target}", data=request.body)
    for name, value in request.headers:
        theirs.headers.add_header(name, value)
    token = BotocoreCredentials(who.access_key_id, who.secret_access_key, who.session_token)
    SigV4Auth(token, service, region).add_auth(theirs)
    at = datetime.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return theirs.headers["Authorization"], at


def flipped(data, bit):
    """The data with one bit turned over."""
    spoilt = bytearray(data)
    spoilt[bit // 8 % len(spoilt)] ^= 1 << (bit % 8)
    return bytes(spoilt)


@given(requests, credentials, places)
def test_botocore_gives_the_same_signature(request, who, place):
    """Every request gets the Authorization header that botocore gives it."""
    theirs, at = botocore(request, who, **place)
    assert dict(sign(request, who, at=at, **place).request.headers)["Authorization"] == theirs


@given(requests, credentials, places)
def test_what_is_signed_is_accepted(request, who, place):
    """Every signed request is valid, and the receiver's steps are the signer's."""
    ours = sign(request, who, at=NOON, **place)
    verdict = verify(ours.request, who, at=NOON, **place)
    assert (verdict.problem, verdict.canonical, verdict.string_to_sign) == (None, ours.canonical, ours.string_to_sign)


@given(requests, credentials, places)
def test_the_fast_steps_are_the_plain_ones(request, who, place):
    """Signing, which goes on from what it remembers, gives what each step gives by itself, and the last one is HMAC."""
    ours = sign(request, who, at=NOON, **place)
    canonical = canonical_request(ours.request, ours.canonical.signed_headers.split(";"))
    scope = f"20250130/{place['region']}/{place['service']}/aws4_request"
    text = string_to_sign(canonical, scope=scope, timestamp="20250130T120000Z")
    key = f"AWS4{who.secret_access_key}".encode()
    for message in (*scope.split("/"), text):
        key = hmac.new(key, message.encode(), "sha256").digest()
    assert (ours.canonical, ours.string_to_sign, ours.signature) == (canonical, text, key.hex())


alike = st.fixed_dictionaries(
    {
        "request": st.sampled_from(
            [
                CONVERSE,
                Request("GET", CONVERSE.target, CONVERSE.headers, CONVERSE.body),
                Request("POST", "/", CONVERSE.headers, CONVERSE.body),
                Request("POST", CONVERSE.target, CONVERSE.headers, b"{}"),
                with_header(CONVERSE, "Host", "localhost:8000"),
                with_header(CONVERSE, "X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),
                signed(credentials=TEMPORARY).request,
            ]
        ),
        "credentials": st.sampled_from(
            [
                CREDENTIALS,
                TEMPORARY,
                Credentials(CREDENTIALS.access_key_id, "another secret"),
                Credentials("AKIDOTHER", CREDENTIALS.secret_access_key),
            ]
        ),
        "region": st.sampled_from(["us-east-1", "eu-central-1"]),
        "service": st.sampled_from(["bedrock", "bedrock-runtime"]),
        "at": st.sampled_from([0, 0.5, 1, 86_400]).map(lambda later: NOON + timedelta(seconds=later)),
        "signed_headers": st.sampled_from([None, ("host",), ("host", "x-amz-date")]),
    }
)


@given(st.lists(alike, min_size=2, max_size=8))
def test_what_was_signed_before_changes_nothing(calls):
    """Requests that differ in one thing get the signatures that they get when nothing is remembered."""
    together = [sign(**call) for call in calls]
    for call, ours in zip(calls, together, strict=True):
        signing._prepare.cache_clear()
        signing._key.cache_clear()
        again = sign(**call)
        assert (again, again.canonical, again.string_to_sign) == (ours, ours.canonical, ours.string_to_sign)


def judge(request):
    return verify(request, CREDENTIALS, region="us-east-1", at=NOON)


@given(requests, st.integers(0, 64 * 8 - 1))
def test_no_bit_of_the_signature_can_change(request, bit):
    """A signature with one bit turned over is refused."""
    good = signed(request).request
    value = dict(good.headers)["Authorization"].encode()
    spoilt = value[:-64] + flipped(value[-64:], bit)
    verdict = judge(with_header(good, "Authorization", spoilt.decode("utf-8", "surrogateescape")))
    assert not verdict.valid


@given(requests, st.integers(0, 10**6))
def test_no_bit_of_the_body_can_change(request, bit):
    """A body with one bit turned over is refused as a mismatch."""
    assume(request.body)
    good = signed(request).request
    assert judge(Request(good.method, good.target, good.headers, flipped(good.body, bit))).problem == "mismatch"


@given(requests, st.integers(0, 10**6))
def test_no_bit_of_the_target_can_change(request, bit):
    """A target with one bit turned over is refused, unless it means the same by the rules of normalisation."""
    good = signed(request).request
    target = flipped(good.target.encode(), bit).decode("utf-8", "surrogateescape")
    assume(canonical_target(target) != canonical_target(good.target))
    assert judge(Request(good.method, target, good.headers, good.body)).problem == "mismatch"


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=30))
def test_nothing_that_a_peer_sends_is_an_exception(authorization, date, target):
    """Arbitrary headers and targets give a verdict that says what is wrong."""
    headers = (("Host", HOST), ("X-Amz-Date", date), ("Authorization", f"AWS4-HMAC-SHA256 {authorization}"))
    for request in (Request("POST", target, headers), Request("POST", target, (("Authorization", authorization),))):
        verdict = judge(request)
        assert isinstance(verdict, Verification)
        assert not verdict.valid
        assert verdict.reason


parts = st.lists(
    st.sampled_from(
        [
            "Credential=AKIDEXAMPLE/20250130/us-east-1/bedrock/aws4_request",
            "Credential=AKIDEXAMPLE/20250130",
            "SignedHeaders=host;x-amz-date",
            "SignedHeaders=;;",
            "Signature=" + "0" * 64,
            "Signature=\udcff",
            "Signature",
            "=",
            "",
        ]
    ),
    max_size=5,
)


@given(
    parts, st.sampled_from(["20250130T120000Z", "Thu, 30 Jan 2025 12:00:00 GMT", "0001-01-01", "99991231T235959Z", ""])
)
def test_no_arrangement_of_parts_is_an_exception(arranged, date):
    """Authorization headers put together from sound and broken parts give a verdict."""
    value = "AWS4-HMAC-SHA256 " + ", ".join(arranged)
    verdict = judge(Request("POST", "/", (("Host", HOST), ("X-Amz-Date", date), ("Authorization", value))))
    assert not verdict.valid
    assert verdict.reason
