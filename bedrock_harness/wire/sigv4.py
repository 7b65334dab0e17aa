"""AWS Signature Version 4, both ends of it: the public face of `canonical`, `signing`, `verification` and
`diagnosis`.

A signature is the HMAC of a string to sign, which holds the hash of a canonical request, which both ends derive
from the request line, some headers and the body. Every step is kept and can be shown: almost every fault is a
difference between two canonical requests.
"""

from bedrock_harness.wire.canonical import CanonicalRequest, Request, canonical_request
from bedrock_harness.wire.diagnosis import Cause, Diagnosis, Difference, diagnose
from bedrock_harness.wire.signing import UNSIGNED_HEADERS, Credentials, Signed, sign, string_to_sign
from bedrock_harness.wire.verification import Claim, Problem, Verification, verify

__all__ = [
    "UNSIGNED_HEADERS",
    "CanonicalRequest",
    "Cause",
    "Claim",
    "Credentials",
    "Diagnosis",
    "Difference",
    "Problem",
    "Request",
    "Signed",
    "Verification",
    "canonical_request",
    "diagnose",
    "sign",
    "string_to_sign",
    "verify",
]
