"""What a client was made with: explicit arguments first, then the environment.

Knows which argument or variable decides about endpoint, region and manners, and tells it by its source. Who is calling
is decided by `credentials`. Reads nothing after it has returned, so that a client keeps what it was made with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import httpx

from bedrock_harness.client import credentials
from bedrock_harness.client.clock import Clock
from bedrock_harness.client.credentials import Asked, Chosen, Identity
from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.retrying import PAUSES, Pauses
from bedrock_harness.service.endpoints import parse_host

__all__ = ["Colons", "Settings", "endpoint_of", "endpoint_url", "identity", "settle"]

Colons: TypeAlias = Literal["encoded", "raw"]
"""How a model id's colon is sent: `%3A`, as boto3 does, or as it is (P02). The signature is right either way."""

_ENDPOINTS = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL")
_IGNORE_ENDPOINTS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
_FIPS = "AWS_USE_FIPS_ENDPOINT"
_DUAL_STACK = "AWS_USE_DUALSTACK_ENDPOINT"
"""As in the AWS SDKs and Tools Reference Guide, "Service-specific endpoints", "Dual-stack and FIPS endpoints"."""

_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""In order of precedence. The SDKs read AWS_REGION, the AWS CLI and botocore AWS_DEFAULT_REGION."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client was made with.

    `region` is the caller's own, `default_region` the one to fall back on: a model's ARN stands between the two. `identity`
    is None where there is none, or where the supply in `chosen` has to be asked first; without either there is an error when
    something is to be sent. `endpoint_source` and `region_source` say where the two came from. `clock` remembers how far the
    service's time is from this machine's.
    """

    identity: Identity | None
    region: str | None
    default_region: str | None
    endpoint: httpx.URL | None
    attempts: int = 1
    repair: bool = True
    chosen: Chosen = field(default_factory=Chosen)
    fips: bool = False
    dual_stack: bool = False
    colons: Colons = "encoded"
    total_timeout: float | None = None
    pauses: Pauses = PAUSES
    endpoint_source: str = ""
    region_source: str = ""
    clock: Clock = field(default_factory=Clock)


def settle(
    *,
    region: str | None,
    asked: Asked,
    endpoint: str | None,
    attempts: int,
    repair: bool,
    base_url: str | None = None,
    only_aws: bool = False,
    default_region: str | None = None,
    precedence: tuple[str, ...] | None = None,
    colons: Colons = "encoded",
    total_timeout: float | None = None,
    pauses: Pauses = PAUSES,
    profile_region: Callable[[], str | None] = lambda: None,
) -> Settings:
    """Settings out of arguments and environment. Raises InvalidRequest for what cannot be meant.

    `profile_region` is called where neither the caller nor the environment names a region.
    """
    if attempts < 1:
        raise InvalidRequest(f"attempts is {attempts}.", hint="It counts every sending of a request: 1 is no retry.")
    if colons not in {"encoded", "raw"}:
        raise InvalidRequest(f"colons is {colons!r}.", hint='It is "encoded" or "raw".')
    if total_timeout is not None and total_timeout <= 0:
        raise InvalidRequest(f"total_timeout is {total_timeout:g} s.", hint="None is no bound.")
    environment = asked.environment
    where, endpoint_source = endpoint_of(endpoint, base_url, environment)
    fallback, region_source = _default_region(
        environment, default_region, profile_region if not region else lambda: None
    )
    chosen = identity(asked, precedence)
    return Settings(
        identity=chosen.identity,
        chosen=chosen,
        region=region or None,
        default_region=fallback,
        endpoint=endpoint_url(where, only_aws=only_aws) if where else None,
        attempts=attempts,
        repair=repair,
        fips=_is_true(environment, _FIPS),
        dual_stack=_is_true(environment, _DUAL_STACK),
        colons=colons,
        total_timeout=total_timeout,
        pauses=pauses,
        endpoint_source=endpoint_source,
        region_source="the argument region" if region else region_source,
    )


def identity(asked: Asked, precedence: tuple[str, ...] | None = None) -> Chosen:
    """Who is calling. Keys given by the caller never meet the environment's AWS_SESSION_TOKEN, which belongs to other keys
    (vercel/ai#14262).
    """
    return credentials.choose(asked, precedence)


def endpoint_of(endpoint: str | None, base_url: str | None, environment: Mapping[str, str]) -> tuple[str | None, str]:
    """The endpoint and what named it (B01). None is AWS's own in the region."""
    given = [(endpoint, "the argument endpoint"), (base_url, "the argument base_url")]
    if not _is_true(environment, _IGNORE_ENDPOINTS):
        given += [(environment.get(name), name) for name in _ENDPOINTS]
    return next(((url, source) for url, source in given if url), (None, ""))


def endpoint_url(text: str, *, only_aws: bool = False) -> httpx.URL:
    """An endpoint as httpx reads it. It may have a port and a base path, and nothing else.

    User and password are refused: httpx would send them as Basic authorization in place of ours. With `only_aws`, for an
    endpoint that somebody else has chosen, so is every host but AWS's, and http but to a VPC endpoint (L06).
    """
    try:
        url = httpx.URL(text)
    except (TypeError, httpx.InvalidURL):
        raise InvalidRequest("The endpoint is no URL.", hint=_ENDPOINT_HINT) from None
    wrong: tuple[tuple[bool, str], ...] = (
        (url.scheme not in {"http", "https"}, "its scheme is neither http nor https"),
        (not url.host, "it names no host"),
        (bool(url.userinfo), "it holds a user or a password"),
        (bool(url.query or url.fragment), "it holds a query or a fragment"),
    )
    if only_aws:
        host = parse_host(url.host)
        wrong += (
            (host is None, "its host is none of AWS's"),
            (url.scheme == "http" and not (host and host.vpc_endpoint), "http is for VPC endpoints alone"),
        )
    for bad, reason in wrong:
        if bad:
            raise InvalidRequest(f"The endpoint cannot be used: {reason}.", hint=_ENDPOINT_HINT)
    return url


_ENDPOINT_HINT = "It looks like https://bedrock-runtime.us-east-1.amazonaws.com, or http://127.0.0.1:8080."


def _default_region(
    environment: Mapping[str, str], default: str | None, of_profile: Callable[[], str | None]
) -> tuple[str | None, str]:
    for name in _REGIONS:
        if value := environment.get(name):
            return value, name
    if region := of_profile():
        return region, "the profile"
    return default, "the argument default_region"


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() == "true"
