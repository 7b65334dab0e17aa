"""Where a request goes and which region it is signed for.

Knows how a model id, an ARN's region, the caller's region and an endpoint add up to a URL. Asks no network: whether a host
exists is found out by sending.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import httpx

from bedrock_harness.client.errors import InvalidRequest, MissingRegion
from bedrock_harness.client.settings import Settings
from bedrock_harness.service import model_ids

__all__ = ["arn_region", "choose_region", "choose_url", "default_endpoint", "dns_suffix", "path_for"]

_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+")
"""A region is one label of a host name. Anything else would let a model's ARN choose the host that sees the signature."""


def choose_url(settings: Settings, model: str, operation: str) -> httpx.URL:
    """The URL of an operation on a model, just as httpx will send it.

    httpx leaves `%3A` and `%2F` alone, and every other escape: the path stays encoded once. It does resolve dot segments,
    so that an id of dots would climb out of `/model/`: that is refused.
    """
    if model.strip(".") == "":
        raise InvalidRequest(f"{model!r} is no model id.", hint="Give an id or an ARN.")
    base = settings.endpoint or default_endpoint(choose_region(settings, model))
    return httpx.URL(str(base).rstrip("/") + path_for(model, operation))


def path_for(model: str, operation: str) -> str:
    """The path of an operation on a model: the id percent-encoded once, as one segment."""
    return model_ids.operation_path(model, operation)


def choose_region(settings: Settings, model: str) -> str:
    """The region of the endpoint and of the signature's scope.

    The caller's region comes first, the environment's last. A model's ARN names a region as well. Without an endpoint the
    request must go there: the ARN comes before the environment, and a caller's region that differs is an error before
    anything is sent (earendil-works/pi#5527). With an endpoint the ARN has no say in where the request goes: it comes last.
    """
    own, from_arn, default = settings.region, arn_region(model), settings.default_region
    if settings.endpoint is None and own and from_arn and own != from_arn:
        raise InvalidRequest(
            f"The model's ARN is of region {from_arn}, the client's region is {own}.",
            hint="Leave the region out, or give the ARN of the same model there.",
        )
    region = own or (from_arn or default if settings.endpoint is None else default or from_arn)
    if not region:
        raise MissingRegion(
            "No region is known.",
            hint="Give Client(region=...), set AWS_REGION or AWS_DEFAULT_REGION, or name the model by an ARN.",
        )
    if not _REGION.fullmatch(region):
        raise InvalidRequest(f"{region[:100]!r} is no region.", hint="A region looks like us-east-1.")
    return region


def arn_region(model: str) -> str | None:
    """The region in a model's ARN; None for other ids, and for what is no id at all: the service says so itself."""
    try:
        return model_ids.parse(model).region
    except model_ids.ModelIdError:
        return None


def default_endpoint(region: str) -> str:
    """AWS's own endpoint in a region."""
    return f"https://bedrock-runtime.{region}.{dns_suffix(region)}"


def dns_suffix(region: str) -> str:
    """The domain of the partition that a region belongs to, by botocore's table; the commercial one for an unknown region."""
    outputs = (row["outputs"]["dnsSuffix"] for row in _partitions() if re.match(row["regionRegex"], region))
    return next(outputs, "amazonaws.com")


@cache
def _partitions() -> list[dict[str, Any]]:
    from botocore.loaders import Loader

    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    partitions: list[dict[str, Any]] = loader.load_data("partitions")["partitions"]
    return partitions
