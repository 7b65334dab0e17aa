"""Botocore's own model of Bedrock Runtime, as plain data.

Knows where botocore keeps it. It is read once, on first use, since importing botocore's loader takes longer than
everything else in this room together. A newer botocore brings newer shapes with no change here.
"""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["bedrock_runtime", "operation", "shape"]


@cache
def bedrock_runtime() -> dict[str, Any]:
    """The service model (`operations`, `shapes`, `metadata`) of the newest API version that botocore ships.

    Only the installed botocore is read, and no folder of the user's own (`~/.aws/models`, AWS_DATA_PATH), so that a
    request is judged alike on every machine. `Loader.load_service_model` would list all four hundred services first.
    """
    from botocore.loaders import Loader

    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    version = loader.determine_latest_version("bedrock-runtime", "service-2")
    model: dict[str, Any] = loader.load_data(f"bedrock-runtime/{version}/service-2")
    return model


def operation(name: str) -> dict[str, Any]:
    """What the model says of an operation: `input`, `output`, `errors`, `http`. Raises ValueError where it has none."""
    operations: dict[str, dict[str, Any]] = bedrock_runtime()["operations"]
    if name not in operations:
        raise ValueError(f"{name!r} is no operation of Bedrock Runtime; known are {', '.join(operations)}")
    return operations[name]


def shape(name: str) -> dict[str, Any]:
    """What the model says of a shape. Only names that the model itself refers to exist."""
    shapes: dict[str, dict[str, Any]] = bedrock_runtime()["shapes"]
    return shapes[name]
