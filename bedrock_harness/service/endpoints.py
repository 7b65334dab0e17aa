"""Host names of Bedrock and STS: from a service and a region to the host, and back.

Partitions, their regions and suffixes are botocore's, read on first use. How a host is put together is the same in every
partition and is written here once; a test holds it to botocore's endpoint rules. Opens no connection and asks no environment:
which endpoint a client was told to use is the client's business.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from msgspec import Struct

from bedrock_harness.service.model import Service, read_data

__all__ = ["Endpoint", "EndpointError", "Partition", "host_for", "parse_host", "partition_of", "partitions"]


class EndpointError(ValueError):
    """A region or a VPC endpoint that no host can be made of. `hint` says what one looks like."""

    def __init__(self, given: str, what: str, hint: str) -> None:
        super().__init__(f"{given[:100]!r} is no {what}. {hint}")
        self.hint = hint


class Partition(Struct, frozen=True):
    """A part of AWS with accounts of its own: `aws`, `aws-cn`, `aws-us-gov` and others.

    `suffix` ends its host names, `dual_stack_suffix` those that are reached over IPv6 as well. `regions` are those that
    botocore lists, `pattern` what any region of it matches. `home` is the region of its global endpoints.
    """

    name: str
    suffix: str
    dual_stack_suffix: str
    regions: frozenset[str]
    pattern: str
    home: str


class Endpoint(Struct, frozen=True):
    """What a host name says: the service, the region that requests to it are signed for, and which kind of endpoint it is.

    `vpc_endpoint` is the first label of an interface endpoint's own host, None elsewhere.
    """

    service: Service
    region: str
    partition: str
    fips: bool = False
    dual_stack: bool = False
    vpc_endpoint: str | None = None


_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}")
_VPC_ENDPOINT = re.compile(r"vpce-[0-9a-z-]{1,59}")
_HOST = re.compile(
    rf"(?:(?P<vpce>{_VPC_ENDPOINT.pattern})\.)?(?P<service>bedrock-runtime|bedrock|sts)(?P<fips>-fips)?"
    r"\.(?P<region>[a-z0-9-]+)\.(?P<vpc>vpce\.)?(?P<suffix>[a-z0-9.-]+)"
)
_GLOBAL_STS = "sts.amazonaws.com"
"""The host that old clients use in every region; it is signed for us-east-1, as botocore's endpoint data says."""


@cache
def partitions() -> tuple[Partition, ...]:
    """The partitions that the installed botocore knows; `aws` comes first."""
    rows = read_data(files("botocore").joinpath("data"), "partitions")["partitions"]
    return tuple(_partition(row) for row in rows)


def _partition(row: dict[str, Any]) -> Partition:
    outputs = row["outputs"]
    # Beside regions botocore lists one `...-global` a partition, which has no host of its own.
    regions = frozenset(region for region in row["regions"] if not region.endswith("-global"))
    suffixes = outputs["dnsSuffix"], outputs["dualStackDnsSuffix"]
    return Partition(row["id"], *suffixes, regions, row["regionRegex"], outputs["implicitGlobalRegion"])


@lru_cache(maxsize=256)
def partition_of(region: str) -> Partition:
    """The partition of a region. One that nobody has heard of yet is taken for a region of `aws`, as botocore does.

    Raises EndpointError for what does not look like a region.
    """
    if not _REGION.fullmatch(region):
        raise EndpointError(region, "region", "A region reads us-east-1 or us-gov-west-1.")
    known = next((partition for partition in partitions() if region in partition.regions), None)
    like = next((partition for partition in partitions() if re.match(partition.pattern, region)), None)
    return known or like or partitions()[0]


def host_for(
    service: Service,
    region: str,
    *,
    fips: bool = False,
    dual_stack: bool = False,
    vpc_endpoint: str | None = None,
) -> str:
    """The host of a service in a region, by botocore's endpoint rules.

    >>> host_for("bedrock-runtime", "us-gov-west-1", fips=True)
    'bedrock-runtime-fips.us-gov-west-1.amazonaws.com'

    `vpc_endpoint` is the id of an interface endpoint, with its suffix: `vpce-0123456789abcdef0-abcdefgh`. Raises
    EndpointError for a region or an id that is none.
    """
    partition = partition_of(region)
    # In GovCloud the plain endpoint of STS is the FIPS one, save for dual stack (botocore's endpoint rules for STS).
    plain = service == "sts" and partition.name == "aws-us-gov" and not dual_stack
    name = f"{service}-fips" if fips and not plain else service
    if vpc_endpoint is not None:
        if not _VPC_ENDPOINT.fullmatch(vpc_endpoint):
            hint = "It reads vpce-0123456789abcdef0-abcdefgh."
            raise EndpointError(vpc_endpoint, "VPC endpoint", hint)
        return f"{vpc_endpoint}.{name}.{region}.vpce.{partition.suffix}"
    return f"{name}.{region}.{partition.dual_stack_suffix if dual_stack else partition.suffix}"


def parse_host(host: str) -> Endpoint | None:
    """What a host names, None where it is no host of Bedrock or STS. A port, a trailing dot and upper case do not matter.

    A region in another partition's domain, such as `bedrock.cn-north-1.amazonaws.com`, is no host.
    """
    name = host.lower().partition(":")[0].removesuffix(".")
    if name == _GLOBAL_STS:
        return Endpoint("sts", partitions()[0].home, partitions()[0].name)
    match = _HOST.fullmatch(name)
    if match is None or (match["vpce"] is None) != (match["vpc"] is None):
        return None
    try:
        partition = partition_of(match["region"])
    except EndpointError:
        return None
    dual_stack = match["suffix"] == partition.dual_stack_suffix
    if not dual_stack and match["suffix"] != partition.suffix:
        return None
    service: Service = match["service"]  # type: ignore[assignment]
    return Endpoint(service, match["region"], partition.name, match["fips"] is not None, dual_stack, match["vpce"])
