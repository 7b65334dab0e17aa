"""Where a request goes and which region it is signed for.

Knows how a model id, an ARN's region, the caller's region and an endpoint add up to a URL. Asks no network: whether a host
exists is found out by sending.
"""

from __future__ import annotations

import httpx

from bedrock_harness.client.errors import InvalidRequest, MissingRegion
from bedrock_harness.client.settings import Settings
from bedrock_harness.service import endpoints, model_ids

__all__ = [
    "arn_region",
    "choose_region",
    "choose_url",
    "default_endpoint",
    "endpoint_report",
    "path_for",
    "region_report",
]


def choose_url(settings: Settings, model: str, operation: str) -> httpx.URL:
    """The URL of an operation on a model, just as httpx will send it.

    httpx leaves `%3A` and `%2F` alone, and every other escape: the path stays encoded once. It does resolve dot segments,
    so that an id of dots would climb out of `/model/`: that is refused.
    """
    if model.strip(".") == "":
        raise InvalidRequest(f"{model!r} is no model id.", hint="Give an id or an ARN.")
    base = settings.endpoint or default_endpoint(settings, choose_region(settings, model))
    path = path_for(model, operation)
    return httpx.URL(str(base).rstrip("/") + (path if settings.colons == "encoded" else path.replace("%3A", ":")))


def path_for(model: str, operation: str) -> str:
    """The path of an operation on a model: the id percent-encoded once, as one segment."""
    return model_ids.operation_path(model, operation)


def choose_region(settings: Settings, model: str) -> str:
    """The region of the endpoint and of the signature's scope.

    The caller's region comes first, the environment's last. A model's ARN names a region as well. Without an endpoint the
    request must go there: the ARN comes before the environment, and a caller's region that differs is an error before
    anything is sent (earendil-works/pi#5527). With an endpoint the ARN has no say in where the request goes: it comes last,
    and the region that the endpoint's own host names comes before the environment, a VPC endpoint's too (L05).
    """
    own, from_arn = settings.region, arn_region(model)
    if settings.endpoint is None and own and from_arn and own != from_arn:
        raise InvalidRequest(
            f"The model's ARN is of region {from_arn}, the client's region is {own}.",
            hint="Leave the region out, or give the ARN of the same model there.",
        )
    region = next((region for region, _ in _regions(settings, model) if region), None)
    if not region:
        raise MissingRegion(
            "No region is known.",
            hint="Give Client(region=...), set AWS_REGION or AWS_DEFAULT_REGION, or name the model by an ARN.",
        )
    try:
        endpoints.partition_of(region)
    except endpoints.EndpointError as error:
        raise InvalidRequest(f"{region[:100]!r} is no region.", hint=error.hint) from None
    return region


def _regions(settings: Settings, model: str) -> tuple[tuple[str | None, str], ...]:
    """What may name the region, first one first."""
    own = (settings.region, settings.region_source)
    default = (settings.default_region, settings.region_source)
    arn = (arn_region(model), "the model's ARN")
    return (own, arn, default) if settings.endpoint is None else (own, _host_region(settings.endpoint), default, arn)


def _host_region(endpoint: httpx.URL) -> tuple[str | None, str]:
    found = endpoints.parse_host(endpoint.host)
    return found.region if found else None, "the endpoint's host"


def arn_region(model: str) -> str | None:
    """The region in a model's ARN; None for other ids, and for what is no id at all: the service says so itself."""
    try:
        return model_ids.parse(model).region
    except model_ids.ModelIdError:
        return None


def default_endpoint(settings: Settings, region: str) -> str:
    """AWS's own endpoint in a region, of the kind that the environment asks for."""
    host = endpoints.host_for("bedrock-runtime", region, fips=settings.fips, dual_stack=settings.dual_stack)
    return f"https://{host}"


def region_report(settings: Settings, model: str) -> str:
    """The region that requests about a model are signed for, and what named it."""
    region = choose_region(settings, model)
    return f"{region} ({next(source for found, source in _regions(settings, model) if found == region)})"


def endpoint_report(settings: Settings, model: str) -> str:
    """Where requests go, and why."""
    if settings.endpoint is not None:
        return f"{settings.endpoint} ({settings.endpoint_source})"
    return f"{default_endpoint(settings, choose_region(settings, model))} (AWS's own in the region)"
