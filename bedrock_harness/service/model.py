"""Botocore's own models of Bedrock Runtime, Bedrock's control plane and STS, as plain data.

Knows where botocore keeps them. Each is read once, on first use. A newer botocore brings newer shapes with no change here.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.json import Decoder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

__all__ = ["Route", "Service", "bedrock_runtime", "load", "operation", "read_data", "routes", "shape"]

Service: TypeAlias = Literal["bedrock", "bedrock-runtime", "sts"]
"""The services whose models are read, by the names that botocore and the host names give them."""


_decode = Decoder(dict[str, Any]).decode


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
    request is judged alike on every machine. The file is read without botocore's loader, whose import takes longer than
    everything else that a simulator does to start: measured, 100 ms of 300.
    """
    versions = (folder for folder in files("botocore").joinpath("data", service).iterdir() if folder.is_dir())
    return read_data(max(versions, key=lambda folder: folder.name), "service-2")


def read_data(folder: Traversable, name: str) -> dict[str, Any]:
    """A JSON file of botocore's data, which some versions of botocore pack and others do not."""
    packed = folder.joinpath(f"{name}.json.gz")
    if packed.is_file():
        return _decode(gzip.decompress(packed.read_bytes()))
    return _decode(folder.joinpath(f"{name}.json").read_bytes())


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
