"""Signature Version 4: what a client did wrong, told from the request that it sent.

What can be seen is told first: a header that is missing, a date too old, a scope of another region. Where the signature does
not belong to the request as received, `reproduction` is asked which mistakes lead to it. Where none do, the secret is
another, or the request was changed on its way.

A diagnosis is made to be printed. It holds no secret, no session token and no key, whatever the request had in it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from hashlib import sha256
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from msgspec import Struct, structs

from bedrock_harness.wire.canonical import fold_headers, octets
from bedrock_harness.wire.diagnosis.attempts import Received, expected_names, proof_of, to_sign, writing_of
from bedrock_harness.wire.diagnosis.reproduction import reproduce
from bedrock_harness.wire.diagnosis.symptoms import Cause, form_of, plainly, symptoms, unexplained
from bedrock_harness.wire.verification import problems, verify

if TYPE_CHECKING:
    from bedrock_harness.wire.canonical import Request
    from bedrock_harness.wire.claims import Claim, Problem
    from bedrock_harness.wire.diagnosis.reproduction import Made
    from bedrock_harness.wire.signing import Credentials
    from bedrock_harness.wire.verification import Verification

__all__ = ["SECRET_HEADERS", "SHORTEST_SECRET", "Cause", "Diagnosis", "Difference", "diagnose"]

_WINDOW = timedelta(minutes=5)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_HALF_HOUR = 1_800
_WIDEST_ZONE = 28
"""Half hours by which the widest zone, UTC+14, is ahead."""
_NEAR = 60
"""Seconds by which a clock of another zone may be off besides the zone."""
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-amz-security-token", "x-api-key"})
"""Headers whose values are not shown, in lower case. Anthropic's own clients put whatever key they were given into `x-api-key`,
a Bedrock API key too."""
_SECRET_LINE = re.compile(rf"(?im)^((?:{'|'.join(sorted(SECRET_HEADERS))}):).*$")
SHORTEST_SECRET = 8
"""Characters of a secret that is searched for in what is shown; a shorter one would take words out of sentences."""
_WIDEST = 4_000
"""Characters shown of a line."""


class Difference(Struct, frozen=True):
    """A line of two texts laid over one another: in both (" "), only in the one expected ("-"), only in the one signed ("+")."""

    mark: Literal[" ", "-", "+"]
    text: str


class Diagnosis(Struct, frozen=True):
    """What is wrong with a request's authorisation: nothing, where `causes` is empty.

    `proven` says whether the causes account for the signature; they are a guess where it is False. `expected` is the
    canonical request that the service computes from the request received, `signed` the client's, where it is known; the
    strings to sign likewise. `age` is how many seconds ago the request says it was signed.
    """

    scheme: Literal["sigv4", "bearer", "none"]
    causes: tuple[Cause, ...] = ()
    proven: bool = True
    perhaps: tuple[str, ...] = ()
    """What else to look at, one sentence each."""
    expected: str | None = None
    signed: str | None = None
    expected_to_sign: str | None = None
    signed_to_sign: str | None = None
    age: float | None = None

    @property
    def valid(self) -> bool:
        """Whether the request is authorised."""
        return not self.causes

    @property
    def sentence(self) -> str:
        """What the client did, in a sentence a cause."""
        return " ".join(cause.did for cause in self.causes) or "The request is authorised."

    @property
    def canonical(self) -> tuple[Difference, ...]:
        """Both canonical requests, line by line."""
        return _laid_over(self.expected, self.signed)

    @property
    def strings_to_sign(self) -> tuple[Difference, ...]:
        """Both strings to sign, line by line."""
        return _laid_over(self.expected_to_sign, self.signed_to_sign)


def diagnose(
    request: Request,
    credentials: Credentials,
    *,
    region: str,
    service: str = "bedrock",
    at: datetime | None = None,
    window: timedelta = _WINDOW,
    bearer_token: str | None = None,
) -> Diagnosis:
    """Say what is wrong with the authorisation of `request`, exactly as received.

    The signature should be by `credentials`, for this region and service, made within `window` of the time `at`. Without
    `at` its age is not judged. A request that `verify` accepts has no causes.

    Raises `SignatureError` for an `at` without a zone, and for nothing that a peer sends.
    """
    when = at or _ANY_TIME
    verdict = verify(
        request, credentials, region=region, service=service, at=when, window=window, bearer_token=bearer_token
    )
    if verdict.claim is None:
        causes = (plainly(verdict.problem, verdict.reason),) if verdict.problem else ()
        return _discreet(Diagnosis(verdict.scheme, causes), request, credentials)
    when = at or verdict.claim.time
    seen = problems(request, verdict, credentials, region=region, service=service, at=when, window=window)
    received = _received(request, verdict.claim, credentials, region, service)
    found = _examined(received, seen)
    found = structs.replace(found, age=verdict.age if at else None, perhaps=(*_zone(verdict, seen), *found.perhaps))
    return _discreet(found, request, credentials)


def _received(request: Request, claim: Claim, credentials: Credentials, region: str, service: str) -> Received:
    headers = fold_headers(request.headers)
    names = tuple(name.lower() for name in claim.signed_headers)
    return Received(
        request=request,
        claim=claim,
        headers=headers,
        credentials=credentials,
        region=region,
        service=service,
        writing=writing_of(request, headers, names, ";".join(claim.signed_headers)),
        proof=proof_of(claim, credentials),
    )


def _examined(received: Received, seen: tuple[tuple[Problem, str], ...]) -> Diagnosis:
    """Tell the causes that can be seen, then those that lead to the signature, then a guess."""
    raw, form = form_of(received.claim.signature)
    causes = [*symptoms(received, seen), *form]
    expected, to_be_signed = _expected(received)
    if "unknown-key" in {problem for problem, _ in seen}:
        return Diagnosis("sigv4", tuple(causes), expected=expected, expected_to_sign=to_be_signed)
    found = reproduce(received, raw) if raw else None
    if found is not None:
        explained = {_EXPLAINS.get(made.mistake.id, made.mistake.id) for made in found.made}
        causes = [cause for cause in causes if cause.id not in explained]
        causes += map(_cause, found.made)
        if not causes:
            expected, to_be_signed = found.canonical, found.string_to_sign
        return Diagnosis(
            "sigv4",
            tuple(causes),
            expected=expected,
            signed=found.canonical,
            expected_to_sign=to_be_signed,
            signed_to_sign=found.string_to_sign,
        )
    likely, perhaps = unexplained(received)
    if not {cause.id for cause in causes} & _SUFFICIENT:
        causes.append(likely)
    return Diagnosis(
        "sigv4", tuple(causes), proven=False, perhaps=perhaps, expected=expected, expected_to_sign=to_be_signed
    )


_EXPLAINS = {"token-swapped": "token-foreign", "token-not-listed": "token-unsigned"}
"""Mistakes that say more exactly what can be seen."""

_SUFFICIENT = frozenset({"missing-header", "body-changed", "signature-malformed"})
"""Causes after which no signature can be reproduced: that it cannot needs no other."""


def _cause(made: Made) -> Cause:
    mistake = made.mistake
    return Cause(mistake.id, mistake.did.format(made.what), mistake.instead, mistake.source, made.alike)


def _expected(received: Received) -> tuple[str, str]:
    """The canonical request and the string to sign that the service computes, if all is as it should be."""
    token = received.credentials.session_token or None
    names = expected_names(received.claim, received.headers, token=bool(token))
    writing = writing_of(received.request, received.headers, names, ";".join(names))
    writing = structs.replace(writing, payload=sha256(received.request.body).hexdigest(), token=token)
    day = received.claim.timestamp[:8]
    proof = structs.replace(received.proof, said_date=day, said_region=received.region, said_service=received.service)
    return writing.text, to_sign(proof, writing.text)


def _zone(verdict: Verification, seen: tuple[tuple[Problem, str], ...]) -> tuple[str, ...]:
    """Whether a request that is too old or too early is so by the difference of two zones."""
    if not {"expired", "early"} & {problem for problem, _ in seen} or verdict.age is None:
        return ()
    halves = round(verdict.age / _HALF_HOUR)
    if not halves or abs(halves) > _WIDEST_ZONE or abs(verdict.age - halves * _HALF_HOUR) > _NEAR:
        return ()
    return (f"It is off by {abs(halves) / 2:g} hours almost exactly: local time may have been sent as UTC.",)


# --------------------------------------------------------------------------------------------------------------- showing


def _laid_over(expected: str | None, signed: str | None) -> tuple[Difference, ...]:
    """Both texts line by line; where only one is known, its lines without marks."""
    if expected is None or signed is None:
        return tuple(Difference(" ", line) for line in (expected or signed or "").split("\n") if expected or signed)
    ours, theirs = expected.split("\n"), signed.split("\n")
    lines: list[Difference] = []
    for kind, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [Difference(" ", line) for line in ours[a:b]]
        else:
            lines += [Difference("-", line) for line in ours[a:b]] + [Difference("+", line) for line in theirs[c:d]]
    return tuple(lines)


def _discreet(found: Diagnosis, request: Request, credentials: Credentials) -> Diagnosis:
    """The same without secrets and tokens, whether they belong there or not."""
    sent = [value.rpartition(" ")[2] for name, value in request.headers if name.lower() in SECRET_HEADERS]
    secrets = {credentials.secret_access_key, credentials.session_token or "", *sent}
    ways = {way for secret in secrets if len(secret) >= SHORTEST_SECRET for way in _spellings(secret)}
    spelled = sorted(ways, key=len, reverse=True)

    def shown(text: str) -> str:
        for secret in spelled:
            text = text.replace(secret, "...")
        text = _SECRET_LINE.sub(r"\1...", text)
        return "\n".join(f"{line[:_WIDEST]}..." if len(line) > _WIDEST else line for line in text.split("\n"))

    texts = (found.expected, found.signed, found.expected_to_sign, found.signed_to_sign)
    hidden = [None if text is None else shown(text) for text in texts]
    return structs.replace(
        found,
        causes=tuple(structs.replace(cause, did=shown(cause.did)) for cause in found.causes),
        perhaps=tuple(map(shown, found.perhaps)),
        expected=hidden[0],
        signed=hidden[1],
        expected_to_sign=hidden[2],
        signed_to_sign=hidden[3],
    )


def _spellings(secret: str) -> set[str]:
    """The secret as it is, percent-encoded once and twice, and as it looks inside longer base64 text."""
    plain = octets(secret)
    once = quote(plain, safe="")
    found = {secret, once, quote(once, safe="")}
    for shift in range(3):
        # Only characters that encode no bit of a neighbour's.
        inside = slice(-(-shift * 8 // 6), (shift + len(plain)) * 8 // 6)
        found.add(b64encode(b"\0" * shift + plain).decode()[inside])
    return found
