"""How a client came to its signature, as a value each of whose steps can be varied by itself.

`Writing` is the canonical request, `Proof` the string to sign and the key. What was received gives the two that a right
client has; a `Variation` replaces some of their fields. What a `Mistake` is stands here, which there are in `mistakes`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import Struct

from bedrock_harness.wire.canonical import Request, canonical_target, octets
from bedrock_harness.wire.signing import ALGORITHM, TERMINATOR, Credentials

if TYPE_CHECKING:
    from bedrock_harness.wire.claims import Claim

__all__ = [
    "FORMS",
    "Mistake",
    "Proof",
    "Received",
    "Variation",
    "Writing",
    "assembled",
    "expected_names",
    "hashed",
    "heading",
    "hmac_sha256",
    "key_of",
    "proof_of",
    "to_sign",
    "writing_of",
]


_TOKEN = "x-amz-security-token"  # noqa: S105 - a header's name


class _Secretive(Struct, frozen=True):
    """A value that holds a secret or a token: its repr has none of its fields."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def __rich_repr__(self) -> list[Any]:
        return []


class Writing(_Secretive, frozen=True, kw_only=True):
    """A canonical request as somebody wrote it. `host`, `token` and `media` take the place of one header's value each."""

    method: str
    path: str
    query: str
    names: tuple[str, ...]
    """The headers on lines of their own, by lower-case name, in order."""
    values: Mapping[str, tuple[str, ...]]
    """The values of each header: more than one where duplicates have a line each."""
    host: str | None = None
    token: str | None = None
    media: str | None = None
    spelled: Mapping[str, str] = {}
    """How a header's name is written, where it is not in lower case."""
    listed: str
    """The line with the names of the signed headers."""
    payload: str
    gap: str = "\n"
    """The empty line after the headers."""
    ending: str = "\n"
    """What ends a line."""
    tail: str = ""

    @property
    def pieces(self) -> tuple[str, str, str, str]:
        """The text in pieces that change apart from one another: request line, headers, the rest, and what ends a line."""
        named = {"host": self.host, _TOKEN: self.token, "content-type": self.media}
        lines = "".join(
            f"{self.spelled.get(name, name)}:{value}\n"
            for name in self.names
            for value in _one(named.get(name)) or self.values.get(name, ("",))
        )
        head = f"{self.method}\n{self.path}\n{self.query}\n"
        return head, lines, f"{self.gap}{self.listed}\n{self.payload}{self.tail}", self.ending

    @property
    def text(self) -> str:
        """What was hashed."""
        return assembled(self.pieces)


class Proof(_Secretive, frozen=True, kw_only=True):
    """A string to sign without the hash of the canonical request, and the key to sign it with."""

    algorithm: str = ALGORITHM
    timestamp: str
    said_date: str
    said_region: str
    said_service: str
    """Three parts of the scope in the string to sign; the next four are those that the key is derived from."""
    date: str
    region: str
    service: str
    terminator: str = TERMINATOR
    prefix: str = "AWS4"
    secret: str
    steps: tuple[str, ...] = ("date", "region", "service", "terminator")
    """The fields that the key is derived from, in order."""
    chain: Literal["bytes", "hex", "hex at the end", "swapped"] = "bytes"
    """How a derived key goes into the next step."""
    hashed: Literal["hex", "upper", "base64", "twice", "not"] = "hex"
    """How the canonical request goes into the string to sign."""
    tail: str = ""


class Variation(_Secretive, frozen=True):
    """What is otherwise in a writing or a proof. `what` fills the gap in its mistake's sentence."""

    what: str = ""
    writing: Mapping[str, Any] = {}
    proof: Mapping[str, Any] = {}


class Received(_Secretive, frozen=True, kw_only=True):
    """A request, what it claims, and what was expected: all that a mistake may be told from."""

    request: Request
    claim: Claim
    headers: Mapping[str, str]
    """Folded, by lower-case name."""
    credentials: Credentials
    region: str
    service: str
    writing: Writing
    proof: Proof


Vary: TypeAlias = Callable[[Received], Iterator[Variation]]


class Mistake(Struct, frozen=True):
    """One thing that a client does otherwise. `{}` in `did` is filled by what it does in its place."""

    id: str
    did: str
    instead: str
    source: str
    vary: Vary


def writing_of(request: Request, headers: Mapping[str, str], names: tuple[str, ...], listed: str) -> Writing:
    """The canonical request of what was received, with these headers signed."""
    path, query = canonical_target(request.target)
    return Writing(
        method=request.method,
        path=path,
        query=query,
        names=names,
        values={name: (value,) for name, value in headers.items()},
        listed=listed,
        payload=headers.get("x-amz-content-sha256") or sha256(request.body).hexdigest(),
    )


def expected_names(claim: Claim, headers: Mapping[str, str], *, token: bool) -> tuple[str, ...]:
    """The signed headers as the service wants them: those of the claim, those that have to be, and a token or none."""
    names = {"host", "x-amz-date" if "x-amz-date" in headers else "date", *map(str.lower, claim.signed_headers)}
    return tuple(sorted((names - {_TOKEN}) | ({_TOKEN} if token else set())))


def proof_of(claim: Claim, credentials: Credentials) -> Proof:
    """The string to sign and the key that a claim calls for."""
    return Proof(
        timestamp=claim.timestamp,
        said_date=claim.date,
        said_region=claim.region,
        said_service=claim.service,
        date=claim.date,
        region=claim.region,
        service=claim.service,
        secret=credentials.secret_access_key,
    )


def to_sign(proof: Proof, canonical: str) -> str:
    """The string to sign."""
    return f"{heading(proof)}{hashed(canonical, proof.hashed)}{proof.tail}"


def hashed(canonical: str, form: str = "hex") -> str:
    """The canonical request as it goes into the string to sign."""
    return FORMS[form](canonical)


def assembled(pieces: Sequence[str]) -> str:
    """The canonical request that a writing's pieces make."""
    head, lines, rest, ending = pieces
    text = f"{head}{lines}{rest}"
    return text if ending == "\n" else text.replace("\n", ending)


def heading(proof: Proof) -> str:
    """The string to sign up to the hash."""
    scope = f"{proof.said_date}/{proof.said_region}/{proof.said_service}/{TERMINATOR}"
    return f"{proof.algorithm}\n{proof.timestamp}\n{scope}\n"


def hmac_sha256(key: bytes, part: bytes) -> bytes:
    """One step of a key's derivation."""
    return digest(key, part, "sha256")


def key_of(proof: Proof, step: Callable[[bytes, bytes], bytes] = hmac_sha256) -> bytes:
    """The signing key. `step` may be an `hmac_sha256` that remembers."""
    key = octets(proof.prefix + proof.secret)
    for name in proof.steps:
        part = octets(getattr(proof, name))
        key = step(part, key) if proof.chain == "swapped" else step(key, part)
        if proof.chain == "hex":
            key = key.hex().encode()
    return key.hex().encode() if proof.chain == "hex at the end" else key


def _one(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _sha256(text: str) -> bytes:
    return sha256(octets(text)).digest()


FORMS: dict[str, Callable[[str], str]] = {
    "hex": lambda text: _sha256(text).hex(),
    "upper": lambda text: _sha256(text).hex().upper(),
    "base64": lambda text: b64encode(_sha256(text)).decode(),
    "twice": lambda text: _sha256(_sha256(text).hex()).hex(),
    "not": lambda text: text,
}
"""The ways in which a canonical request goes into the string to sign; the first is right."""
