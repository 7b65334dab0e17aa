"""Replies that are not 200, read as errors wherever they keep their parts."""

import json
from datetime import UTC, datetime

import pytest

from bedrock_harness.client import refusals
from bedrock_harness.client.credentials import BearerToken
from bedrock_harness.wire.sigv4 import Credentials

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def refused(body, *, status=400, identity=None, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusals.read_refusal(status, named, raw, identity=identity, now=NOW)


@pytest.mark.parametrize(
    ("header", "body", "code"),
    [
        ("ThrottlingException", {}, "ThrottlingException"),
        ("ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/", {}, "ValidationException"),
        ("com.amazon.coral.service#AccessDeniedException", {}, "AccessDeniedException"),
        ("throttlingException", {}, "ThrottlingException"),
        (None, {"__type": "com.amazon.coral.service#ExpiredTokenException"}, "ExpiredTokenException"),
        (None, {"code": "ValidationException"}, "ValidationException"),
        ("ThrottlingException", {"__type": "ValidationException"}, "ThrottlingException"),
        (" ", {"__type": "ValidationException", "code": "Other"}, "ValidationException"),
        ("ns#BrandNewException:http://x/", {}, "BrandNewException"),
        (None, {"code": 17}, None),
        (None, {}, None),
    ],
)
def test_the_code_is_found_and_normalised(header, body, code):
    """The header comes first, then __type, then code; prefixes and suffixes are cut off."""
    assert refused(body, **({} if header is None else {"x_amzn_errortype": header})).code == code


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "isn’t supported"}, "isn’t supported"),
        ({"Message": "a"}, "a"),
        ({"error": {"message": "a"}}, "a"),
        ({"error": "a"}, "a"),
        ({"message": "", "Message": "a"}, "a"),
        ({"message": None}, 'the reply says: {"message": null}'),
        ([1], "the reply says: [1]"),
        (b"<html>\n <b>502</b>\n</html>", "the reply says: <html> <b>502</b> </html>"),
        (b"\xff\xfe\x00", "the reply says: \ufffd\ufffd\x00"),
        (b"", "the reply is empty: Bad Request"),
        (b"[" * 100_000, f"the reply says: {'[' * 300}..."),
    ],
)
def test_the_message_is_never_lost(body, message):
    """A message is found in every place where one was seen; without one the body is shown, or the status in words."""
    assert refused(body).message == message


def test_a_status_nobody_knows_is_an_error_all_the_same():
    """A number that HTTP has no words for is passed on."""
    error = refused(b"", status=799)
    assert (error.status, error.message, error.retryable) == (799, "the reply is empty: an unknown status", True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("٣", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    """Both forms of Retry-After are understood, and nonsense is no pause."""
    assert refused({}, **({} if value is None else {"retry_after": value})).retry_after == seconds


@pytest.mark.parametrize(
    "identity", [BearerToken("s3cret"), Credentials("AKIA", "s3cret"), Credentials("AKIA", "x", "s3cret")]
)
def test_secrets_are_taken_out_of_messages(identity):
    """A message that repeats a secret of the caller's loses it."""
    assert refused({"message": "you sent s3cret."}, identity=identity).message == "you sent [redacted]."
