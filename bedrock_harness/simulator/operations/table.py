"""The operations that are served, by name. Everything else is answered as the service does: UnknownOperationException."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bedrock_harness.simulator.operations import conversing, guarding, invoking, listing, sessions
from bedrock_harness.simulator.operations.operation import Operation

__all__ = ["CONTAINER_PATH", "OPERATIONS"]

CONTAINER_PATH = "/container-credentials"
"""Where a container's credentials are asked for: what AWS_CONTAINER_CREDENTIALS_FULL_URI ends with."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        operation.name: operation
        for operation in (
            conversing.CONVERSE,
            conversing.CONVERSE_STREAM,
            conversing.COUNT_TOKENS,
            invoking.INVOKE_MODEL,
            invoking.INVOKE_MODEL_STREAM,
            guarding.APPLY_GUARDRAIL,
            listing.LIST_FOUNDATION_MODELS,
            listing.GET_FOUNDATION_MODEL,
            listing.LIST_INFERENCE_PROFILES,
            listing.GET_INFERENCE_PROFILE,
            sessions.ASSUME_ROLE,
            sessions.GET_CALLER_IDENTITY,
            sessions.GET_CONTAINER_CREDENTIALS,
        )
    }
)
