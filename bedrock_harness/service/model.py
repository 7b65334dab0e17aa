"""Botocore's own models of Bedrock Runtime, Bedrock's control plane and STS, as plain data.

Knows where botocore keeps them. Each is read once, on first use, since importing botocore's loader takes longer than
everything else in this room together. A newer botocore brings newer shapes with no change here.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Route", "Service", "bedrock_runtime", "load", "operation", "routes", "shape"]

Service: TypeAlias = Literal["bedrock", "bedrock-runtime", "sts"]
"""The services whose models are read, by the names that botocore and the host names give them."""


class Route(Struct, frozen=True):
    """An operation's HTTP method and its path as the model writes it, with labels: `/model/{modelId}/converse`.

    All operations of STS have the route `POST /`, and are told apart by the parameter `Action`.
    """

    method: str
    uri: str


@cache
def load(service: Service) -> dict[str, Any]:
    """The service model (`operations`, `shapes`, `metadata`) of the newest API version that botocore ships.

    Only the installed botocore is read, and no folder of the user's own (`~/.aws/models`, AWS_DATA_PATH), so that a
    request is judged alike on every machine. `Loader.load_service_model` would list all four hundred services first.
    """
    from botocore.loaders import Loader

    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    version = loader.determine_latest_version(service, "service-2")
    model: dict[str, Any] = loader.load_data(f"{service}/{version}/service-2")
    return model


def bedrock_runtime() -> dict[str, Any]:
    """The service model of Bedrock Runtime."""
    return load("bedrock-runtime")


def operation(name: str, service: Service = "bedrock-runtime") -> dict[str, Any]:
    """What the model says of an operation: `input`, `output`, `errors`, `http`. Raises ValueError where it has none."""
    operations: dict[str, dict[str, Any]] = load(service)["operations"]
    if name not in operations:
        title = load(service)["metadata"]["serviceId"]
        raise ValueError(f"{name!r} is no operation of {title}; known are {', '.join(operations)}")
    return operations[name]


@cache
def routes(service: Service) -> Mapping[str, Route]:
    """The route of every operation of a service."""
    operations: dict[str, dict[str, Any]] = load(service)["operations"]
    return MappingProxyType(
        {name: Route(row["http"]["method"], row["http"]["requestUri"]) for name, row in operations.items()}
    )


def shape(name: str, service: Service = "bedrock-runtime") -> dict[str, Any]:
    """What the model says of a shape. Only names that the model itself refers to exist."""
    shapes: dict[str, dict[str, Any]] = load(service)["shapes"]
    return shapes[name]
