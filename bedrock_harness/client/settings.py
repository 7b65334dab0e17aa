"""Who is calling, and where to: explicit arguments first, then the environment.

Knows the names of the environment variables and which of them win. Does not read profiles, metadata services or login
sessions: those are botocore's. Reads nothing after it has returned, so that a client keeps what it was made with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from bedrock_harness.client.errors import InvalidRequest, MissingCredentials
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["BearerToken", "Identity", "Settings", "endpoint_url", "identity", "identity_in", "keys_in", "settle"]

_ENDPOINTS = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""In order of precedence. The SDKs read AWS_REGION, the AWS CLI and botocore AWS_DEFAULT_REGION."""

_MEMBERS = ("access_key_id", "secret_access_key", "session_token")
_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A Bedrock API key."""

    value: str

    def __repr__(self) -> str:
        return "BearerToken(...)"


Identity: TypeAlias = Credentials | BearerToken


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client was made with.

    `region` is the caller's own, `default_region` the environment's: a model's ARN stands between the two. `identity` is
    None where there is none; that is an error only when something is to be sent.
    """

    identity: Identity | None
    region: str | None
    default_region: str | None
    endpoint: httpx.URL | None
    attempts: int = 1
    repair: bool = True


def settle(
    *,
    region: str | None,
    credentials: Credentials | Mapping[str, str | None] | None,
    bearer_token: str | None,
    endpoint: str | None,
    attempts: int,
    repair: bool,
    environment: Mapping[str, str],
) -> Settings:
    """Settings out of arguments and environment. Raises InvalidRequest for what cannot be meant."""
    if attempts < 1:
        raise InvalidRequest(f"attempts is {attempts}.", hint="It counts every sending of a request: 1 is no retry.")
    where = endpoint or _first(environment, _ENDPOINTS)
    return Settings(
        identity=identity(credentials, bearer_token, environment),
        region=region or None,
        default_region=_first(environment, _REGIONS),
        endpoint=endpoint_url(where) if where else None,
        attempts=attempts,
        repair=repair,
    )


def identity(
    credentials: Credentials | Mapping[str, str | None] | None, bearer_token: str | None, environment: Mapping[str, str]
) -> Identity | None:
    """Explicit credentials or the explicit token, whole and by themselves; only without either the environment's.

    Keys given by the caller never meet the environment's AWS_SESSION_TOKEN, which belongs to other keys (vercel/ai#14262).
    """
    if isinstance(credentials, Mapping):
        bearer_token = bearer_token or credentials.get("bearer_token")
        credentials = keys_in(credentials, _MEMBERS)
    if credentials is not None and bearer_token:
        raise InvalidRequest("Both credentials and a bearer token were given.", hint="Give the one that is meant.")
    if credentials is not None:
        return credentials
    return BearerToken(bearer_token) if bearer_token else identity_in(environment)


def identity_in(environment: Mapping[str, str]) -> Identity | None:
    """The environment's own: its bearer token before its keys, as the AWS SDKs order them. Half a key pair is an error."""
    if token := environment.get("AWS_BEARER_TOKEN_BEDROCK"):
        return BearerToken(token)
    return keys_in(environment, _VARIABLES)


def keys_in(given: Mapping[str, str | None], names: tuple[str, str, str]) -> Credentials | None:
    """A key pair with its session token, by these names; None without any. Half a pair is an error."""
    key, secret, token = (given.get(name) or None for name in names)
    if key and secret:
        return Credentials(key, secret, token)
    if key or secret:
        missing = names[1] if key else names[0]
        raise MissingCredentials(f"{missing} is not set, though the other half of the key pair is.", hint="Set both.")
    return None


def endpoint_url(text: str) -> httpx.URL:
    """An endpoint as httpx reads it. It may have a port and a base path, and nothing else.

    User and password are refused: httpx would send them as Basic authorization in place of ours.
    """
    try:
        url = httpx.URL(text)
    except (TypeError, httpx.InvalidURL):
        raise InvalidRequest("The endpoint is no URL.", hint=_ENDPOINT_HINT) from None
    wrong = (
        (url.scheme not in {"http", "https"}, "its scheme is neither http nor https"),
        (not url.host, "it names no host"),
        (bool(url.userinfo), "it holds a user or a password"),
        (bool(url.query or url.fragment), "it holds a query or a fragment"),
    )
    for bad, reason in wrong:
        if bad:
            raise InvalidRequest(f"The endpoint cannot be used: {reason}.", hint=_ENDPOINT_HINT)
    return url


_ENDPOINT_HINT = "It looks like https://bedrock-runtime.us-east-1.amazonaws.com, or http://127.0.0.1:8080."


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := environment.get(name))), None)
