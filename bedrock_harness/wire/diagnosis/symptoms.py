"""What can be seen to be wrong with a signed request without trying anything, in words of cause and remedy.

Turns the problems that verification finds into causes. Judges nothing itself, and asks nobody whether a signature fits.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING

from msgspec import Struct

from bedrock_harness.wire.diagnosis.misread_bodies import BODIES
from bedrock_harness.wire.signing import UNSIGNED_HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedrock_harness.wire.claims import Problem
    from bedrock_harness.wire.diagnosis.attempts import Received

__all__ = ["Cause", "form_of", "plainly", "symptoms", "unexplained"]

_HEX = re.compile("[0-9a-f]{64}")
_BASE64 = re.compile("[A-Za-z0-9+/_-]{43}=?")
_VOLATILE = (UNSIGNED_HEADERS - {"authorization"}) | {
    "accept-encoding",
    "forwarded",
    "proxy-connection",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
}


class Cause(Struct, frozen=True):
    """One thing that is wrong: what the client did, what to do instead, and who did it before or where the rule stands.

    `alike` names the mistakes that cannot be told apart from this one on this request.
    """

    id: str
    did: str
    instead: str
    source: str = ""
    alike: tuple[str, ...] = ()


def plainly(problem: Problem, reason: str) -> Cause:
    """The cause of a problem that needs no looking into."""
    instead, source = _PLAIN[problem]
    return Cause(problem, reason, instead, source)


def symptoms(received: Received, seen: tuple[tuple[Problem, str], ...]) -> tuple[Cause, ...]:
    """The causes of all problems seen but a mismatch, and of names of signed headers in capitals."""
    causes = list(_capitals(received))
    for problem, reason in seen:
        look = _LOOKS.get(problem)
        if look is not None:
            causes += look(received, reason)
        elif problem != "mismatch":
            causes.append(plainly(problem, reason))
    return tuple(causes)


def form_of(signature: str) -> tuple[bytes | None, tuple[Cause, ...]]:
    """The 32 bytes that a signature stands for, None where it stands for none, and what is wrong with its form."""
    if _HEX.fullmatch(signature):
        return bytes.fromhex(signature), ()
    instead = "Write the signature in 64 hexadecimal digits, letters small."
    source = "IAM user guide, calculate the signature"
    if _HEX.fullmatch(signature.lower()):
        cause = Cause("signature-upper-case", "The signature is written in capitals.", instead, source)
        return bytes.fromhex(signature), (cause,)
    if _BASE64.fullmatch(signature):
        standard = signature.rstrip("=").replace("-", "+").replace("_", "/")
        cause = Cause("signature-base64", "The signature is written in base64.", instead, source)
        return b64decode(f"{standard}="), (cause,)
    cause = Cause("signature-malformed", "The signature is not 64 hexadecimal digits.", instead, source)
    return None, (cause,)


def unexplained(received: Received) -> tuple[Cause, tuple[str, ...]]:
    """The likeliest cause of a signature that no mistake leads to, and what else to look at."""
    body, headers = received.request.body, received.headers
    volatile = sorted(_VOLATILE & set(received.writing.names))
    stated = headers.get("content-length", "")
    causes = []
    if stated.isascii() and stated.isdigit() and int(stated[:20]) != len(body):
        did = f"The body has {len(body)} bytes, and Content-Length says {stated[:20]}: it was changed after it was signed."
        causes.append(Cause("body-changed", did, "Let nothing change the body once it is signed."))
    if volatile:
        did = (
            f"Headers are signed that are rewritten on the way ({', '.join(volatile)}); one of them seems to have been."
        )
        instead = "Sign host, content-type and the x-amz- headers, and no more."
        causes.append(Cause("header-changed", did, instead, "aws/mcp-proxy-for-aws#313"))
    did = "No known mistake leads to this signature, and its form is as expected: it seems to be made with another secret."
    instead = "Compare the secret with the one that belongs to the access key."
    causes.append(Cause("wrong-secret", did, instead, "grafana/k6-jslib-aws#109"))
    perhaps = [cause.did for cause in causes[1:-1]]
    perhaps += ["The secret may be another than the access key's."] if len(causes) > 1 else []
    perhaps += [
        "The body may have been changed after signing: compare the bytes hashed with the bytes sent.",
        "A header may have been changed on the way: compare the canonical request below with the client's, line by line.",
    ]
    return causes[0], tuple(perhaps)


# ------------------------------------------------------------------------------------------------- one problem at a time


def _capitals(received: Received) -> Iterator[Cause]:
    listed = received.claim.signed_headers
    if any(name != name.lower() for name in listed):
        shown = ", ".join(name for name in listed if name != name.lower())
        did = f"Names of signed headers are listed in capitals: {shown}."
        yield Cause(
            "header-names-case",
            did,
            "Write header names in lower case, in their lines and in the list.",
            "IAM user guide, create a canonical request",
        )


def _missing_header(received: Received, _: str) -> Iterator[Cause]:
    lacking = [name for name in received.claim.signed_headers if name.lower() not in received.headers]
    if lacking:
        did = f"Signed headers did not arrive: {', '.join(lacking)}."
        instead = "Sign only headers that are sent, and that no proxy removes."
        yield Cause("missing-header", did, instead, "aws/mcp-proxy-for-aws#313")


def _unsigned_header(received: Received, _: str) -> Iterator[Cause]:
    names = received.writing.names
    dated = "x-amz-date" if "x-amz-date" in received.headers else "date"
    lacking = [name for name in ("host", dated) if name not in names]
    if lacking:
        did = f"Not among the signed headers: {', '.join(lacking)}."
        instead = "Sign the host, the date, and the session token if there is one."
        yield Cause("unsigned-header", did, instead, "IAM user guide, create a canonical request")
    known, sent = received.credentials.session_token, "x-amz-security-token" in received.headers
    if known and sent and "x-amz-security-token" not in names:
        did = "X-Amz-Security-Token was sent and is not among the signed headers: it was added after signing, or left out."
        instead = "Add X-Amz-Security-Token before signing, and sign it."
        yield Cause("token-unsigned", did, instead, "avante-corp/avante.nvim#1207")


def _wrong_token(received: Received, reason: str) -> Iterator[Cause]:
    if "x-amz-security-token" not in received.headers:
        instead = "Send X-Amz-Security-Token with temporary credentials, and sign it."
        yield Cause("token-missing", reason, instead, "avante-corp/avante.nvim#1207, vercel/ai#2053")
        return
    instead = "Take key, secret and token from one source: a token in the environment belongs to the keys there."
    yield Cause("token-foreign", reason, instead, "vercel/ai#14262, 8monkey-ai/hebo-platform#351")


def _wrong_scope(received: Received, _: str) -> Iterator[Cause]:
    claim = received.claim
    for part, stated, right, instead, source in (
        (
            "date",
            claim.date,
            claim.timestamp[:8],
            "Use the UTC day of X-Amz-Date.",
            "IAM user guide, derive a signing key",
        ),
        ("region", claim.region, received.region, "Sign for the region of the endpoint.", "omnara-ai/omnara#486"),
        ("service", claim.service, received.service, "The service is bedrock, whatever the host is called.", _SERVICE),
    ):
        if stated != right:
            did = f"The request is signed for the {part} {stated!r}, where {right!r} is required."
            yield Cause(f"scope-{part}", did, instead, source)


_SERVICE = "aws-amplify/amplify-flutter#5236"


def _wrong_hash(received: Received, reason: str) -> Iterator[Cause]:
    stated = received.headers["x-amz-content-sha256"]
    for mistake in BODIES:
        for variation in mistake.vary(received):
            if variation.writing["payload"] == stated:
                yield Cause(mistake.id, mistake.did.format(variation.what), mistake.instead, mistake.source)
                return
    instead = "Let nothing change the body once it is hashed."
    yield Cause("body-changed", reason, instead, "vercel/ai CHANGELOG d4b2964")


def _unsigned_payload(_: Received, reason: str) -> Iterator[Cause]:
    instead = "Hash the body: only S3 accepts a word in its place."
    yield Cause("body-unhashed", reason, instead, "IAM user guide, create a canonical request")


_LOOKS = {
    "missing-header": _missing_header,
    "unsigned-header": _unsigned_header,
    "wrong-token": _wrong_token,
    "wrong-scope": _wrong_scope,
    "wrong-payload-hash": _wrong_hash,
    "unsigned-payload": _unsigned_payload,
}

_CLOCK = "Set the clock by a time server, and sign each attempt anew.", "anthropics/anthropic-sdk-go#122"
_HEADER = "Send Authorization: AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=... and X-Amz-Date."
_PLAIN: dict[Problem, tuple[str, str]] = {
    "missing": ("Sign the request, or send a bearer token.", "westonbrown/Cyber-AutoAgent#29"),
    "unknown-scheme": (_HEADER, "westonbrown/Cyber-AutoAgent#29"),
    "malformed": (_HEADER, "IAM user guide, add the signature to the request"),
    "incomplete": (_HEADER, "westonbrown/Cyber-AutoAgent#29"),
    "unknown-key": ("Use the access key that the secret belongs to.", "vercel/ai#4163"),
    "expired": _CLOCK,
    "early": _CLOCK,
    "bad-bearer": ("Send the API key as it was given out, to its own region.", "anomalyco/opencode#47073"),
}
