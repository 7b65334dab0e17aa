"""Where recorded requests go, and with whose keys: botocore's chain of credentials, requests signed anew, httpx to send them.

Knows which headers belong to a connection or to the old signature and so must not be passed on. Knows no cassette. The
credentials are read afresh for each request, since a role's and a login session's change while one records.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import TypeAlias

import httpx
from msgspec import Struct

from bedrock_harness.wire.sigv4 import Credentials, Request, sign

__all__ = [
    "HOP_BY_HOP",
    "Identity",
    "Token",
    "Upstream",
    "UpstreamError",
    "find_identity",
    "make_upstream",
    "outgoing",
    "region_of",
    "unreachable",
]

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers of one connection (RFC 9110, 7.6.1), which a proxy keeps to itself."""

_ANEW = frozenset({"accept-encoding", "authorization", "content-length", "expect", "host", "proxy-authorization"}) | {
    "x-amz-date",
    "x-amz-security-token",
}
"""Headers that the recorder writes itself. A compressed reply would come late, in lumps, with its secrets out of sight."""

_SERVICE = "bedrock"
_PORTS = 65535
_LOOPBACK = {"all://127.0.0.1": None, "all://[::1]": None, "all://localhost": None}
"""Hosts that are reached without a proxy, whatever HTTPS_PROXY says."""
_TIMEOUT = httpx.Timeout(30.0, read=3600.0)
"""A model may think for an hour: the read timeout that AWS advises for Claude ("InvokeModel", Bedrock's user guide)."""
_HOST = re.compile(r"bedrock-runtime(?:-fips)?\.([a-z]{2,}(?:-[a-z0-9]+)+)\.")


class UpstreamError(Exception):
    """The service cannot be called: why, and what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(f"{what} {hint}")
        self.hint = hint


class Token(Struct, frozen=True):
    """A Bedrock API key."""

    value: str

    def __repr__(self) -> str:
        return "Token(...)"


Identity: TypeAlias = Credentials | Token


class Upstream(Struct, frozen=True):
    """A service: its URL, which may have a base path, its region, and who calls it. `ca_file` is a PEM file to trust."""

    url: httpx.URL
    region: str
    identity: Callable[[], Identity]
    ca_file: str | None = None

    @property
    def origin(self) -> str:
        """The URL, with no slash at its end."""
        return str(self.url).rstrip("/")

    def connect(self) -> httpx.AsyncClient:
        """A client for it. Raises UpstreamError for a file that holds no certificates."""
        try:
            verify = ssl.create_default_context(cafile=self.ca_file) if self.ca_file else httpx.create_ssl_context()
        except OSError as error:
            raise UpstreamError(
                f"{self.ca_file} holds no certificates to trust: {error.strerror or error}.", "Name a PEM file."
            ) from error
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        return httpx.AsyncClient(verify=verify, timeout=_TIMEOUT, limits=limits, mounts=_LOOPBACK)

    async def check(self) -> None:
        """Raises UpstreamError where nobody speaks HTTP. Needs no credentials: any answer is good."""
        async with self.connect() as client:
            try:
                await client.head(self.url, timeout=10.0)
            except httpx.HTTPError as error:
                raise unreachable(self.origin, error) from error


def make_upstream(url: str, *, region: str, identity: Callable[[], Identity], ca_file: str | None = None) -> Upstream:
    """An upstream at this URL. Raises UpstreamError for a URL that cannot be one."""
    hint = "It looks like https://bedrock-runtime.us-east-1.amazonaws.com."
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UpstreamError(f"The upstream is no URL: {error}.", hint) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or (parsed.port or 0) > _PORTS:
        raise UpstreamError(f"The upstream {url!r} is no http or https URL with a host and a port.", hint)
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise UpstreamError("The upstream's URL holds a user, a query or a fragment.", hint)
    return Upstream(parsed, region, identity, ca_file)


def region_of(url: str, environment: Mapping[str, str]) -> str:
    """The region that a URL of AWS names, else the environment's, else us-east-1."""
    named = _HOST.search(url)
    return named[1] if named else environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"


def find_identity(profile: str | None, environment: Mapping[str, str]) -> Callable[[], Identity]:
    """Who calls: the profile if one is named, else AWS_BEARER_TOKEN_BEDROCK, else what botocore finds.

    Raises UpstreamError where there is nobody. The function that is returned gives the credentials as they are then.
    """
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    bearer = environment.get("AWS_BEARER_TOKEN_BEDROCK")
    if bearer and profile is None:
        token = Token(bearer)
        return lambda: token
    hint = (
        "Set AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or AWS_BEARER_TOKEN_BEDROCK; or give --profile."
    )
    try:
        found = Session(profile=profile).get_credentials()
    except BotoCoreError as error:
        raise UpstreamError(f"The credentials for the upstream cannot be read: {error}.", hint) from error
    if found is None:
        raise UpstreamError("There are no credentials for the upstream.", hint)

    def current() -> Identity:
        try:
            frozen = found.get_frozen_credentials()
        except BotoCoreError as error:
            raise UpstreamError(f"The credentials for the upstream cannot be read: {error}.", hint) from error
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    current()
    return current


def outgoing(upstream: Upstream, request: Request, at: datetime) -> tuple[httpx.Request, frozenset[str]]:
    """The request as it goes to the upstream, signed as of `at`, and the secrets that are in it.

    Target and body are passed on byte for byte. Signed are host, content type and AWS's own headers: any other may be
    changed by a proxy on the way. Raises UpstreamError for credentials that cannot be had, or must not be sent there.
    """
    host = upstream.url.netloc.decode("ascii")
    target = upstream.url.raw_path.decode("ascii").rstrip("/") + request.target
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in HOP_BY_HOP | _ANEW)
    plain = Request(request.method, target, (("Host", host), *kept, ("Accept-Encoding", "identity")), request.body)
    identity = upstream.identity()
    if isinstance(identity, Token):
        _check_privacy(upstream.url)
        headers = (*plain.headers, ("Authorization", f"Bearer {identity.value}"))
        secrets = {identity.value}
    else:
        added = {"x-amz-date"} | ({"x-amz-security-token"} if identity.session_token else set())
        names = added | {"host"} | {name.lower() for name, _ in kept if _is_signed(name.lower())}
        signed = sign(plain, identity, region=upstream.region, service=_SERVICE, at=at, signed_headers=names)
        headers = signed.request.headers
        keys = (identity.access_key_id, identity.secret_access_key, identity.session_token)
        # A refusal quotes the date and the signature.
        secrets = {secret for secret in (*keys, signed.signature, dict(headers)["X-Amz-Date"]) if secret}
    encoded = [(_octets(name), _octets(value)) for name, value in headers]
    # As an extension, the target reaches the wire as it is; httpx would resolve dots in a URL's path.
    extensions = {"target": _octets(target), "timeout": _TIMEOUT.as_dict()}
    return (
        httpx.Request(request.method, upstream.url, headers=encoded, content=request.body, extensions=extensions),
        frozenset(secrets),
    )


def unreachable(origin: str, error: httpx.HTTPError) -> UpstreamError:
    """What became of a request that got no reply."""
    reason = str(error).rstrip(".") or type(error).__name__
    return UpstreamError(f"{origin} cannot be reached: {reason}.", "Check the URL, the network, and AWS_CA_BUNDLE.")


def _check_privacy(url: httpx.URL) -> None:
    """Refuse to send a token where others can read it; botocore does too, save for the exception of loopback."""
    try:
        private = url.scheme == "https" or ip_address(url.host).is_loopback
    except ValueError:
        private = url.host == "localhost"
    if not private:
        raise UpstreamError("A bearer token is not sent over plain http: whoever listens could use it.", "Use https.")


def _is_signed(name: str) -> bool:
    return name == "content-type" or name.startswith("x-amz-")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
