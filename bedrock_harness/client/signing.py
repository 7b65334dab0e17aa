"""A request made ready to send: its headers, and its signature or token.

Signs what httpx sends: the target, host and body are read off the finished `httpx.Request`, never put together a second
time. Is called just before sending, afresh for each attempt, since a signature is good for five minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

import httpx

from bedrock_harness import __version__
from bedrock_harness.client import addressing
from bedrock_harness.client.credentials import BearerToken
from bedrock_harness.client.errors import InvalidRequest, MissingCredentials
from bedrock_harness.client.settings import Settings
from bedrock_harness.wire import sigv4

__all__ = [
    "Call",
    "authorize",
    "bearer_headers",
    "check_values",
    "headers_for",
    "headers_to_sign",
    "is_loopback",
    "now",
    "request_for",
    "signature_headers",
    "unsigned_request",
]

SERVICE = "bedrock"
"""The service in a signature's scope: `bedrock`, though the host is `bedrock-runtime` (botocore's model, signingName)."""

_SIGNED = frozenset({"content-type", "host"})
"""Besides those that signing adds. Proxies change or drop most others (aws/mcp-proxy-for-aws#313); botocore signs the same."""

_SIGNED_TOO = "x-amzn-bedrock-"
"""InvokeModel's own headers choose guardrail and tier: nobody on the way may change them."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be asked: the operation, the model, the body's exact bytes, and InvokeModel's headers beside it."""

    operation: str
    model: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


def now() -> datetime:
    """The time, with its zone: what a signature is dated with."""
    return datetime.now(UTC)


def request_for(call: Call, settings: Settings, at: datetime) -> httpx.Request:
    """The request, ready to send. Raises MissingCredentials, MissingRegion or InvalidRequest before anything is sent."""
    return authorize(unsigned_request(call, settings), call, settings, at)


def unsigned_request(call: Call, settings: Settings) -> httpx.Request:
    """The request without authorisation. Made here and not by an httpx client, which would add headers and cookies."""
    url = addressing.choose_url(settings, call.model, call.operation)
    headers = {**headers_for(call.operation), **dict(call.headers)}
    return httpx.Request("POST", url, headers=headers, content=call.body)


def headers_for(operation: str) -> dict[str, str]:
    """The headers of a request. Identity encoding, since a compressed stream arrives late, in lumps."""
    streamed = operation in {"ConverseStream", "InvokeModelWithResponseStream"}
    accept = "application/vnd.amazon.eventstream" if streamed else "application/json"
    return {
        "accept": accept,
        "accept-encoding": "identity",
        "content-type": "application/json",
        "user-agent": f"bedrock-harness/{__version__}",
    }


def authorize(request: httpx.Request, call: Call, settings: Settings, at: datetime) -> httpx.Request:
    """The request with its token or signature added."""
    identity = settings.identity
    if identity is None:
        raise MissingCredentials(
            "No credentials are known.",
            hint="Give Client(credentials=...) or Client(bearer_token=...), or set AWS_ACCESS_KEY_ID with "
            "AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK. client.credentials_report() says what was looked for.",
        )
    if isinstance(identity, BearerToken):
        added = bearer_headers(request.url, identity)
    else:
        added = signature_headers(request, identity, addressing.choose_region(settings, call.model), at)
    check_values(added)
    request.headers.update(added)
    return request


def bearer_headers(url: httpx.URL, token: BearerToken) -> dict[str, str]:
    """The header of a bearer token, for an endpoint that may see it: one reached by TLS, or on this machine.

    botocore refuses plain http too, without the exception for loopback.
    """
    if url.scheme != "https" and not is_loopback(url.host):
        raise InvalidRequest(
            "A bearer token is not sent over plain http: whoever listens could use it.", hint="Use https."
        )
    return {"authorization": f"Bearer {token.value}"}


def signature_headers(
    request: httpx.Request, credentials: sigv4.Credentials, region: str, at: datetime
) -> dict[str, str]:
    """The headers that signing adds: date, session token where there is one, and authorization."""
    unsigned = sigv4.Request(
        method=request.method,
        target=request.url.raw_path.decode("ascii"),
        headers=headers_to_sign(request.headers),
        body=request.content,
    )
    signed = sigv4.sign(unsigned, credentials, region=region, service=SERVICE, at=at).request
    return {name: value for name, value in signed.headers if (name, value) not in unsigned.headers}


def check_values(headers: Mapping[str, str]) -> None:
    """Refuse a value that no header can carry, without showing it: the message of an HTTP library would."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise InvalidRequest(
                f"The credentials hold a character that the header {name} cannot carry.",
                hint="Look for a newline at the end of the token or key.",
            )


def headers_to_sign(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    """The request's own headers that are signed, as sent: the host with its port, where that is not the scheme's own."""
    return tuple((name, value) for name, value in headers.items() if name in _SIGNED or name.startswith(_SIGNED_TOO))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: `localhost`, or a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
