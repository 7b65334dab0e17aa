"""Signing: which headers, which key, and what is never shown."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from botocore.auth import SIGNED_HEADERS_BLACKLIST, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from bedrock_harness.wire import signing
from bedrock_harness.wire.errors import SignatureError
from bedrock_harness.wire.sigv4 import UNSIGNED_HEADERS, Credentials, Request, sign
from tests.wire.made import CONVERSE, CREDENTIALS, NOON, TEMPORARY, signed, with_header

SECRET = CREDENTIALS.secret_access_key


def header(request, name):
    return [value for key, value in request.headers if key.lower() == name.lower()]


def test_a_signed_request_carries_date_token_and_authorization():
    """Signing adds X-Amz-Date, X-Amz-Security-Token and Authorization behind the request's own headers."""
    request = signed(credentials=TEMPORARY).request
    assert request.headers[: len(CONVERSE.headers)] == CONVERSE.headers
    assert [name for name, _ in request.headers[len(CONVERSE.headers) :]] == [
        "X-Amz-Date",
        "X-Amz-Security-Token",
        "Authorization",
    ]
    assert header(request, "X-Amz-Date") == ["20250130T120000Z"]
    assert header(request, "Authorization")[0].startswith(
        "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20250130/us-east-1/bedrock/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="
    )


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_there_is_no_token_header(token):
    """An empty session token is none."""
    request = signed(credentials=Credentials("AKIDEXAMPLE", SECRET, token)).request
    assert header(request, "X-Amz-Security-Token") == []


def test_signing_again_replaces_the_old_signature():
    """A request signed again, for a retry, has one signature: the new one."""
    later = NOON + timedelta(minutes=7)
    old = signed(credentials=TEMPORARY).request
    assert signed(old, at=later).request == signed(at=later).request


def test_the_time_is_in_utc_and_in_whole_seconds():
    """A time in any zone is signed in UTC, its fraction of a second cut off."""
    tokyo = datetime(2025, 1, 30, 21, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=9)))
    assert signed(at=tokyo) == signed()


def test_a_time_without_a_zone_is_refused():
    """A time without a zone could be any: it is refused."""
    with pytest.raises(SignatureError, match="zone"):
        signed(at=datetime(2025, 1, 30, 12, 0, 0))


def test_a_request_without_a_host_is_refused():
    """A signature without the host covers no endpoint: it is refused."""
    with pytest.raises(SignatureError, match="host"):
        signed(with_header(CONVERSE, "Host", None))


def test_headers_that_proxies_change_are_not_signed():
    """By default all headers are signed but those that proxies change."""
    request = Request("POST", "/", (("Host", "h"), ("User-Agent", "x"), ("Connection", "close"), ("X-Own", "y")))
    assert signed(request).canonical.signed_headers == "host;x-amz-date;x-own"


def test_headers_to_sign_can_be_chosen():
    """Exactly the headers asked for are signed, in canonical order; one that is not there is refused."""
    assert signed(signed_headers=["X-Amz-Date", "Host"]).canonical.signed_headers == "host;x-amz-date"
    with pytest.raises(SignatureError, match="x-missing"):
        signed(signed_headers=["host", "X-Missing"])


def test_a_payload_hash_in_the_request_is_signed_as_it_stands():
    """An x-amz-content-sha256 header stands in for the body's hash."""
    request = with_header(CONVERSE, "X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")
    assert signed(request).canonical.payload_hash == "UNSIGNED-PAYLOAD"


def test_region_service_date_and_secret_make_the_key():
    """Another region, service, day or secret gives another signature."""
    other = Credentials("AKIDEXAMPLE", SECRET.lower())
    variants = [
        signed(),
        signed(region="eu-west-1"),
        signed(service="bedrock-runtime"),
        signed(at=NOON + timedelta(days=1)),
        signed(credentials=other),
    ]
    assert len({variant.signature for variant in variants}) == len(variants)


def test_botocore_gives_the_same_authorization():
    """A Converse request gets botocore's Authorization header from us."""
    url = f"https://bedrock-runtime.us-east-1.amazonaws.com{CONVERSE.target}"
    theirs = AWSRequest("POST", url, {"Content-Type": "application/json"}, CONVERSE.body)
    SigV4Auth(BotocoreCredentials("ASIAEXAMPLE", SECRET, TEMPORARY.session_token), "bedrock", "us-east-1").add_auth(
        theirs
    )
    at = datetime.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ours = sign(CONVERSE, TEMPORARY, region="us-east-1", at=at)
    assert header(ours.request, "Authorization") == [theirs.headers["Authorization"]]


def test_what_is_remembered_is_bounded():
    """Signing with ever new keys keeps a bounded number of them, and of what was signed with them."""
    for number in range(200):
        signed(credentials=Credentials(f"AKID{number}", f"very-secret-{number}"))
    assert signing._key.cache_info().currsize == signing._prepare.cache_info().currsize == 64


def test_a_repr_shows_no_secret():
    """Credentials and signed requests show neither secret nor token."""
    remembered = signing._prepare("GET", "/", (("Host", "h"),), None, TEMPORARY, "us-east-1", "bedrock", 0)
    shown = repr(TEMPORARY) + repr(signed(credentials=TEMPORARY)) + repr(remembered)
    assert TEMPORARY.secret_access_key not in shown
    assert TEMPORARY.session_token not in shown
    assert "ASIAEXAMPLE" in shown


def test_what_botocore_leaves_unsigned_stays_unsigned():
    """Proxies rewrite these headers; botocore's list of them is all in ours."""
    assert set(SIGNED_HEADERS_BLACKLIST) <= UNSIGNED_HEADERS
    headers = (("Host", "h"), *((name, "x") for name in SIGNED_HEADERS_BLACKLIST))
    signed = sign(Request("POST", "/", headers), CREDENTIALS, region="us-east-1", at=NOON)
    assert signed.canonical.signed_headers == "host;x-amz-date"
