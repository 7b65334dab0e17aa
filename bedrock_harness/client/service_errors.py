"""The service's exceptions as classes of their names, so that a caller catches the one that he means.

    ServiceError
    ├── AccessDeniedException
    ├── ...                            one for each name in `service.exceptions`
    └── ValidationException
        └── ContextOverflow            the conversation is too long for the model

`except ThrottlingException` also meets the exception that came within a stream, which is a StreamError besides. A name that
nobody knows is a plain ServiceError. Knows by which words the service says that a conversation is too long: no name does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from bedrock_harness.client.errors import ServiceError, StreamError

__all__ = [
    "KINDS",
    "AccessDeniedException",
    "ConflictException",
    "ContextOverflow",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InternalServerException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "ModelErrorException",
    "ModelNotReadyException",
    "ModelStreamErrorException",
    "ModelTimeoutException",
    "ResourceNotFoundException",
    "SerializationException",
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
    "in_stream",
    "kind_of",
]


class AccessDeniedException(ServiceError):
    """The identity may not do this: no permission, no access to the model, or a bearer token that is none."""


class ConflictException(ServiceError):
    """The request does not agree with the state of what it names."""


class ExpiredTokenException(ServiceError):
    """The session token has expired. Keys that botocore found are fetched anew for the next attempt."""


class IncompleteSignatureException(ServiceError):
    """The authorization lacks a part."""


class InternalServerException(ServiceError):
    """Something went wrong at the service."""


class InvalidSignatureException(ServiceError):
    """The signature is another one than the service's, or its date is not the service's."""


class MissingAuthenticationTokenException(ServiceError):
    """The request carries no authorization."""


class ModelErrorException(ServiceError):
    """The model failed."""


class ModelNotReadyException(ServiceError):
    """The model is still being loaded."""


class ModelStreamErrorException(ServiceError):
    """The model failed while it streamed; within a stream `members` has its own status and message."""


class ModelTimeoutException(ServiceError):
    """The model took too long. It has worked for its pay: nothing is sent again."""


class ResourceNotFoundException(ServiceError):
    """There is no such model or resource, in this region."""


class SerializationException(ServiceError):
    """The body cannot be read into the operation's input."""


class ServiceQuotaExceededException(ServiceError):
    """A quota of the account is used up. Waiting does not help."""


class ServiceUnavailableException(ServiceError):
    """The service cannot answer now."""


class ThrottlingException(ServiceError):
    """Too many requests, or too many tokens, in too short a time."""


class UnknownOperationException(ServiceError):
    """No operation has this path."""


class UnrecognizedClientException(ServiceError):
    """The access key, or its session token, is unknown."""


class ValidationException(ServiceError):
    """The request breaks a rule."""


class ContextOverflow(ValidationException):
    """The conversation is longer than the model takes. It helps to make it shorter."""


_KINDS = (
    AccessDeniedException,
    ConflictException,
    ExpiredTokenException,
    IncompleteSignatureException,
    InternalServerException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    ModelErrorException,
    ModelNotReadyException,
    ModelStreamErrorException,
    ModelTimeoutException,
    ResourceNotFoundException,
    SerializationException,
    ServiceQuotaExceededException,
    ServiceUnavailableException,
    ThrottlingException,
    UnknownOperationException,
    UnrecognizedClientException,
    ValidationException,
)

KINDS: Mapping[str, type[ServiceError]] = MappingProxyType({kind.__name__: kind for kind in _KINDS})
"""The class of each exception by its name over HTTP. A test holds it to `service.exceptions`."""

_TOO_LONG = re.compile(
    r"input is too long for requested model"
    r"|prompt is too long: \d+ tokens > \d+ maximum"
    r"|input length and `max_tokens` exceed context limit"
    r"|this model's maximum context length is \d+ tokens",
    re.IGNORECASE,
)
"""The service's words for it: aws-samples/bedrock-chat#95, daisuke-awaji/moca#254, strands-agents/harness-sdk#1663 and #3969.
"Too many tokens, please wait" is throttling, and has its own name (anomalyco/opencode#39623)."""


def kind_of(code: str | None, message: str) -> type[ServiceError]:
    """The class of an exception by its name over HTTP; only among validation errors the message is looked at."""
    kind = KINDS.get(code or "", ServiceError)
    return ContextOverflow if kind is ValidationException and _TOO_LONG.search(message) else kind


_IN_STREAM: Mapping[type[ServiceError], type[StreamError]] = MappingProxyType(
    {kind: type(kind.__name__, (StreamError, kind), {"__doc__": kind.__doc__}) for kind in (*_KINDS, ContextOverflow)}
)


def in_stream(kind: type[ServiceError]) -> type[StreamError]:
    """The class of an exception that came within a stream: a StreamError that is of this kind as well."""
    return _IN_STREAM.get(kind, StreamError)
