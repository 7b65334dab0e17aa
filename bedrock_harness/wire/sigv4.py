"""AWS Signature Version 4, both ends of it: the public face of `canonical`, `signing` and `verification`.

A signature is the HMAC of a string to sign, which holds the hash of a canonical request, which both ends derive
from the request line, some headers and the body. Every step is kept and can be shown: almost every fault is a
difference between two canonical requests.
"""

from bedrock_harness.wire.canonical import CanonicalRequest, Request, canonical_request
from bedrock_harness.wire.signing import UNSIGNED_HEADERS, Credentials, Signed, sign, string_to_sign
from bedrock_harness.wire.verification import Claim, Problem, Verification, verify

__all__ = [
    "UNSIGNED_HEADERS",
    "CanonicalRequest",
    "Claim",
    "Credentials",
    "Problem",
    "Request",
    "Signed",
    "Verification",
    "canonical_request",
    "sign",
    "string_to_sign",
    "verify",
]
