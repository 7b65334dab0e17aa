"""The SigV4 test suite of AWS: every vector, every intermediate step, both ends.

None is left out. Two are at odds with what is tested elsewhere, and say so in a test of their own:

* `post-sts-header-after` adds the session token after signing, as some services once wanted. Bedrock wants it signed, so
  the signer never does this, and the verifier refuses it. The signature itself is the one of the vector.
* `get-vanilla-with-session-token` contradicts itself: in its signed request the digits of the session token, rotated,
  stand where its own authorization file has the signature. The authorization file is right.
"""

import re
from datetime import UTC, datetime

import pytest

from bedrock_harness.wire.sigv4 import Credentials, Request, sign, verify
from tests.shared import shared
from tests.wire.made import with_header

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PLACE = {"region": "us-east-1", "service": "service"}
UNSIGNED_TOKEN = "post-sts-token/post-sts-header-after"
CONTRADICTORY = "get-vanilla-with-session-token"

VECTORS = [
    "get-header-key-duplicate",
    "get-header-value-multiline",
    "get-header-value-order",
    "get-header-value-trim",
    "get-unreserved",
    "get-utf8",
    "get-vanilla",
    "get-vanilla-empty-query-key",
    "get-vanilla-query",
    "get-vanilla-query-order-encoded",
    "get-vanilla-query-order-key",
    "get-vanilla-query-order-key-case",
    "get-vanilla-query-order-value",
    "get-vanilla-query-unreserved",
    "get-vanilla-utf8-query",
    "get-vanilla-with-session-token",
    "normalize-path/get-relative",
    "normalize-path/get-relative-relative",
    "normalize-path/get-slash",
    "normalize-path/get-slash-dot-slash",
    "normalize-path/get-slash-pointless-dot",
    "normalize-path/get-slashes",
    "normalize-path/get-space",
    "normalize-path/get-special-character",
    "post-header-key-case",
    "post-header-key-sort",
    "post-header-value-case",
    "post-sts-token/post-sts-header-after",
    "post-sts-token/post-sts-header-before",
    "post-vanilla",
    "post-vanilla-empty-query-value",
    "post-vanilla-query",
    "post-x-www-form-urlencoded",
    "post-x-www-form-urlencoded-parameters",
]


def read(vector, kind):
    folder = shared("vectors/sigv4") / vector
    return (folder / f"{folder.name}.{kind}").read_text(encoding="utf-8")


def parse(text):
    """Read an HTTP request whose header values may go on in the next line, and whose target may hold blanks."""
    head, _, body = text.partition("\n\n")
    request_line, *lines = re.split(r"\n(?![ \t])", head)
    method, rest = request_line.split(" ", 1)
    headers = tuple(tuple(line.split(":", 1)) for line in lines if line)
    return Request(method, rest.rsplit(" ", 1)[0], headers, body.encode())


def credentials(vector):
    token = dict(parse(read(vector, "sreq")).headers).get("X-Amz-Security-Token")
    return Credentials("AKIDEXAMPLE", SECRET, token)


def test_no_vector_is_left_out():
    """Every vector that there is has its tests: 34 of them."""
    root = shared("vectors/sigv4")
    assert sorted(path.parent.relative_to(root).as_posix() for path in root.rglob("*.req")) == sorted(VECTORS)
    assert len(VECTORS) == 34


@pytest.mark.parametrize("vector", VECTORS)
def test_each_step_of_signing_is_the_vectors(vector):
    """Canonical request, string to sign and Authorization are those of the vector, byte for byte."""
    signer = credentials(vector) if vector != UNSIGNED_TOKEN else Credentials("AKIDEXAMPLE", SECRET)
    signed = sign(parse(read(vector, "req")), signer, at=AT, **PLACE)
    assert signed.canonical.text == read(vector, "creq")
    assert signed.string_to_sign == read(vector, "sts")
    assert dict(signed.request.headers)["Authorization"] == read(vector, "authz")


@pytest.mark.parametrize("vector", [name for name in VECTORS if name not in {UNSIGNED_TOKEN, CONTRADICTORY}])
def test_the_signed_request_is_accepted(vector):
    """The vector's signed request is valid, and the steps computed from it are the vector's."""
    verdict = verify(parse(read(vector, "sreq")), credentials(vector), at=AT, **PLACE)
    assert (verdict.valid, verdict.problem, verdict.reason) == (True, None, "")
    assert verdict.canonical.text == read(vector, "creq")
    assert verdict.string_to_sign == read(vector, "sts")


def test_a_token_added_after_signing_is_refused():
    """The token that a vector adds after signing is found unsigned; without it the same signature is valid."""
    request = parse(read(UNSIGNED_TOKEN, "sreq"))
    verdict = verify(request, credentials(UNSIGNED_TOKEN), at=AT, **PLACE)
    assert (verdict.problem, verdict.canonical.text) == ("unsigned-header", read(UNSIGNED_TOKEN, "creq"))
    bare = with_header(request, "X-Amz-Security-Token", None)
    assert verify(bare, Credentials("AKIDEXAMPLE", SECRET), at=AT, **PLACE).valid


def test_the_vector_that_contradicts_itself_is_right_in_its_authorization():
    """The signed request of one vector has a wrong signature; with its own authorization file it is valid."""
    request = parse(read(CONTRADICTORY, "sreq"))
    assert verify(request, credentials(CONTRADICTORY), at=AT, **PLACE).problem == "mismatch"
    corrected = with_header(request, "Authorization", read(CONTRADICTORY, "authz"))
    assert verify(corrected, credentials(CONTRADICTORY), at=AT, **PLACE).valid
