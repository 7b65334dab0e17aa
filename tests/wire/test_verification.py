"""Verifying: each way to be refused has its name and its sentence, and nothing a peer sends is an exception."""

import hashlib
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from bedrock_harness.wire.errors import SignatureError
from bedrock_harness.wire.signing import signature
from bedrock_harness.wire.sigv4 import Credentials, Request, canonical_request, string_to_sign, verify
from tests.wire.made import CONVERSE, CREDENTIALS, NOON, TEMPORARY, signed, with_header


def judge(request, credentials=CREDENTIALS, **changes):
    return verify(request, credentials, **{"region": "us-east-1", "at": NOON, **changes})


def authorization(request):
    return dict(request.headers)["Authorization"]


@pytest.mark.parametrize("credentials", [CREDENTIALS, TEMPORARY], ids=["long-term", "temporary"])
def test_a_signed_request_is_valid(credentials):
    """What we sign, we accept, and the receiver's steps are the signer's."""
    ours = signed(credentials=credentials)
    verdict = judge(ours.request, credentials)
    assert (verdict.valid, verdict.scheme, verdict.problem, verdict.reason) == (True, "sigv4", None, "")
    assert (verdict.canonical, verdict.string_to_sign, verdict.age) == (ours.canonical, ours.string_to_sign, 0.0)
    assert (verdict.claim.access_key_id, verdict.claim.region) == (credentials.access_key_id, "us-east-1")


TOKEN = "X-Amz-Security-Token"
SPOILT = {
    "no Authorization": (lambda r: with_header(r, "Authorization", None), "missing", "no Authorization"),
    "an empty one": (lambda r: with_header(r, "Authorization", " "), "missing", "no Authorization"),
    "Basic": (lambda r: with_header(r, "Authorization", "Basic YTpi"), "unknown-scheme", "is Basic"),
    "another algorithm": (
        lambda r: with_header(r, "Authorization", "AWS4-ECDSA-P256-SHA256 Credential=a"), "unknown-scheme", "AWS4-ECDSA",
    ),
    "a bare secret": (lambda r: with_header(r, "Authorization", "ABSKsecret"), "unknown-scheme", "has no name"),
    "the algorithm alone": (
        lambda r: with_header(r, "Authorization", "AWS4-HMAC-SHA256"), "incomplete", "no Credential, no SignedHeaders",
    ),
    "no Signature": (
        lambda r: with_header(r, "Authorization", authorization(r).split(", Signature")[0]), "incomplete", "no Signature",
    ),
    "no date": (lambda r: with_header(r, "X-Amz-Date", None), "incomplete", "neither an X-Amz-Date nor a Date"),
    "two Authorizations": (
        lambda r: Request(r.method, r.target, (*r.headers, r.headers[-1]), r.body), "malformed", "SignedHeaders twice",
    ),
    "a short scope": (
        lambda r: with_header(r, "Authorization", authorization(r).replace("/20250130", "")), "malformed", "4 parts",
    ),
    "another terminator": (
        lambda r: with_header(r, "Authorization", authorization(r).replace("aws4_request", "aws5")), "malformed", "aws4_request",
    ),
    "a date that is none": (lambda r: with_header(r, "X-Amz-Date", "yesterday"), "malformed", "no date"),
    "a date beyond all dates": (
        lambda r: with_header(r, "X-Amz-Date", "Fri, 31 Dec 9999 23:59:59 -1400"), "malformed", "no date",
    ),
    "a 13th month": (lambda r: with_header(r, "X-Amz-Date", "20251330T120000Z"), "malformed", "no date"),
    "a signed header lost": (lambda r: with_header(r, "Content-Type", None), "missing-header", "content-type"),
    "a changed header": (lambda r: with_header(r, "Content-Type", "text/plain"), "mismatch", "signature"),
    "a changed body": (lambda r: Request(r.method, r.target, r.headers, r.body + b" "), "mismatch", "signature"),
    "a decoded path": (
        lambda r: Request(r.method, r.target.replace("%3A", ":"), r.headers, r.body), "mismatch", "signature",
    ),
    "an added query": (lambda r: Request(r.method, r.target + "?a=1", r.headers, r.body), "mismatch", "signature"),
    "another method": (lambda r: Request("PUT", r.target, r.headers, r.body), "mismatch", "signature"),
    "an upper-case signature": (
        lambda r: with_header(r, "Authorization", authorization(r)[:-64] + authorization(r)[-64:].upper()), "mismatch", "",
    ),
    "a half-character": (lambda r: Request(r.method, "/\ud83d", r.headers, r.body), "malformed", "canonical form"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_request_is_refused_by_name(name):
    """Each way to spoil a signed request is refused with its own problem, in a sentence."""
    spoil, problem, said = SPOILT[name]
    verdict = judge(spoil(signed().request))
    assert (verdict.valid, verdict.problem) == (False, problem)
    assert said in verdict.reason
    assert verdict.reason.endswith((".", "?"))


def test_a_secret_sent_without_a_scheme_is_not_repeated():
    """A key that was sent as the whole header, or too long for a scheme, is not repeated in the reason."""
    for value in ("ABSKsecret", f"ABSKsecret{'x' * 40} ="):
        assert "ABSKsecret" not in judge(with_header(CONVERSE, "Authorization", value)).reason


def test_an_unknown_key_is_refused():
    """An access key that is not ours is refused as that, whatever its signature."""
    assert judge(signed(credentials=Credentials("AKIDOTHER", "x")).request).problem == "unknown-key"


def test_a_wrong_secret_is_a_mismatch():
    """Our access key with another secret is a mismatch."""
    assert judge(signed(credentials=Credentials("AKIDEXAMPLE", "x")).request).problem == "mismatch"


@pytest.mark.parametrize(
    ("signer", "receiver"),
    [
        (CREDENTIALS, TEMPORARY),
        (TEMPORARY, CREDENTIALS),
        (TEMPORARY, Credentials("ASIAEXAMPLE", TEMPORARY.secret_access_key, "another")),
    ],
    ids=["missing", "needless", "another"],
)
def test_a_token_that_is_not_the_credentials_is_refused(signer, receiver):
    """A session token missing, needless or foreign is refused as a wrong token."""
    key = Credentials(receiver.access_key_id, signer.secret_access_key, signer.session_token)
    verdict = judge(signed(credentials=key).request, receiver)
    assert verdict.problem == "wrong-token"
    assert "session-token-example" not in verdict.reason


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"region": "eu-west-1"}, "region 'eu-west-1' where 'us-east-1'"),
        ({"service": "bedrock-runtime"}, "service 'bedrock-runtime' where 'bedrock'"),
    ],
)
def test_another_scope_is_refused_with_both(changes, said):
    """A signature for another region or service is refused with what it has and what is required."""
    verdict = judge(signed(**changes).request)
    assert verdict.problem == "wrong-scope"
    assert said in verdict.reason
    assert verdict.canonical is not None


def test_a_scope_of_another_day_than_the_date_is_refused():
    """A scope's date must be the date of the signature, as around midnight it may not be."""
    request = signed().request
    moved = with_header(request, "Authorization", authorization(request).replace("/20250130/", "/20250129/"))
    assert judge(moved).problem == "wrong-scope"


@pytest.mark.parametrize(
    ("age", "problem"),
    [(0, None), (300, None), (301, "expired"), (-300, None), (-301, "early"), (86_400, "expired")],
)
def test_the_window_is_five_minutes_on_both_sides(age, problem):
    """A signature holds for five minutes before and after the receiver's time, and its age is told."""
    verdict = judge(signed(at=NOON - timedelta(seconds=age)).request)
    assert (verdict.problem, verdict.age) == (problem, age)


def test_the_window_can_be_another():
    """A wider window accepts what a narrower one refuses."""
    old = signed(at=NOON - timedelta(minutes=10)).request
    assert judge(old, window=timedelta(minutes=15)).valid
    assert judge(signed(at=NOON - timedelta(seconds=2)).request, window=timedelta(seconds=1)).problem == "expired"


@pytest.mark.parametrize(
    ("names", "credentials", "said"),
    [
        (["x-amz-date"], CREDENTIALS, "host"),
        (["host"], CREDENTIALS, "x-amz-date"),
        (["host", "x-amz-date"], TEMPORARY, "x-amz-security-token"),
        (["content-type"], TEMPORARY, "host, x-amz-date, x-amz-security-token"),
    ],
)
def test_headers_that_must_be_signed_are_named(names, credentials, said):
    """Host, date and token must be signed: a signature that leaves one out is refused by name."""
    verdict = judge(signed(credentials=credentials, signed_headers=names).request, credentials)
    assert verdict.problem == "unsigned-header"
    assert verdict.reason.endswith(f": {said}.")


def test_the_date_header_stands_in_for_x_amz_date():
    """A request dated by the Date header alone is verified by it, where it is signed."""
    request = with_header(CONVERSE, "Date", format_datetime(NOON, usegmt=True))
    canonical = canonical_request(request, ["date", "host"])
    scope = "20250130/us-east-1/bedrock/aws4_request"
    text = string_to_sign(canonical, scope=scope, timestamp="20250130T120000Z")
    value = (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders=date;host, "
        f"Signature={signature(text, CREDENTIALS, scope=scope)}"
    )
    assert judge(with_header(request, "Authorization", value)).valid
    unsigned = value.replace("SignedHeaders=date;host", "SignedHeaders=host")
    assert judge(with_header(request, "Authorization", unsigned)).problem == "unsigned-header"


def test_blanks_between_the_parts_do_not_matter():
    """The parts of an Authorization header may stand without blanks, and in any order."""
    request = signed().request
    scheme, rest = authorization(request).split(" ", 1)
    parts = rest.split(", ")
    assert judge(with_header(request, "Authorization", f"{scheme} {','.join(reversed(parts))}")).valid


def test_a_payload_hash_must_be_the_bodys():
    """An x-amz-content-sha256 header must hold the body's hash, and the body must be signed."""
    right = hashlib.sha256(CONVERSE.body).hexdigest()
    for value, problem in ((right, None), ("0" * 64, "wrong-payload-hash"), ("UNSIGNED-PAYLOAD", "unsigned-payload")):
        request = with_header(CONVERSE, "X-Amz-Content-SHA256", value)
        assert judge(signed(request).request).problem == problem


def test_a_bearer_token_is_accepted_where_one_is_given():
    """A bearer token is accepted where it is the one given out, and nowhere else."""
    request = with_header(CONVERSE, "Authorization", "bearer ABSKright")
    assert judge(request, bearer_token="ABSKright").valid
    for expected in (None, "ABSKwrong"):
        verdict = judge(request, bearer_token=expected)
        assert (verdict.scheme, verdict.problem) == ("bearer", "bad-bearer")
        assert "ABSK" not in verdict.reason


def test_bytes_beyond_utf8_are_verified_as_they_came():
    """A path of arbitrary bytes, decoded with surrogateescape, is signed and verified byte for byte."""
    path = b"/model/\xff\xfe".decode("utf-8", "surrogateescape")
    request = signed(Request("GET", path, CONVERSE.headers)).request
    assert judge(request).valid


def test_the_receivers_time_needs_a_zone():
    """A receiver's time without a zone is the caller's mistake, and a typed error."""
    with pytest.raises(SignatureError, match="zone"):
        judge(signed().request, at=datetime(2025, 1, 30, 12))


def test_a_repr_shows_no_secret():
    """A verdict shows neither token nor secret."""
    shown = repr(judge(signed(credentials=TEMPORARY).request, TEMPORARY))
    assert TEMPORARY.session_token not in shown
    assert TEMPORARY.secret_access_key not in shown
