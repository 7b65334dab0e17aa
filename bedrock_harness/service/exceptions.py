"""The exceptions of Bedrock Runtime: each name in its two spellings, its HTTP status, and whether to send again.

Names and statuses are those of botocore's model; a test holds the table to the installed one. The model does not know
what the authentication layer answers, nor the operation that does not exist: those rows come from public threads. This
module makes no error and raises none.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXCEPTIONS", "ServiceException", "find"]


class ServiceException(Struct, frozen=True):
    """One exception of the service.

    `name` is the spelling over HTTP, in the header `x-amzn-ErrorType`. `stream_name` is the spelling of the header
    `:exception-type` inside a ConverseStream reply, None where the model has no such member. `status` is the HTTP
    status.
    `retryable` says that the service's documentation, or botocore's standard retry mode, sends the request again.
    """

    name: str
    stream_name: str | None
    status: int
    retryable: bool


_TABLE = (
    # The model's own (botocore, bedrock-runtime 2023-09-30). Retryable by botocore's standard mode: every 500, 503 and
    # throttling. By the model's documentation: ModelNotReady ("the SDK will automatically retry the operation up to 5
    # times") and ModelStreamError ("Retry your request"). Neither says so of 408 and 424: a generation that timed out
    # has been billed.
    ServiceException("AccessDeniedException", None, 403, retryable=False),
    ServiceException("ConflictException", None, 400, retryable=False),
    ServiceException("InternalServerException", "internalServerException", 500, retryable=True),
    ServiceException("ModelErrorException", None, 424, retryable=False),
    ServiceException("ModelNotReadyException", None, 429, retryable=True),
    ServiceException("ModelStreamErrorException", "modelStreamErrorException", 424, retryable=True),
    ServiceException("ModelTimeoutException", None, 408, retryable=False),
    ServiceException("ResourceNotFoundException", None, 404, retryable=False),
    ServiceException("ServiceQuotaExceededException", None, 400, retryable=False),
    ServiceException("ServiceUnavailableException", "serviceUnavailableException", 503, retryable=True),
    ServiceException("ThrottlingException", "throttlingException", 429, retryable=True),
    ServiceException("ValidationException", "validationException", 400, retryable=False),
    # The authentication layer's: westonbrown/Cyber-AutoAgent#29, vercel/ai#4163, grafana/k6-jslib-aws#109. An expired
    # token is not cured by sending the same request again.
    ServiceException("ExpiredTokenException", None, 403, retryable=False),
    ServiceException("IncompleteSignatureException", None, 403, retryable=False),
    ServiceException("InvalidSignatureException", None, 403, retryable=False),
    ServiceException("MissingAuthenticationTokenException", None, 403, retryable=False),
    ServiceException("UnrecognizedClientException", None, 403, retryable=False),
    # The service framework's. A path with no route is answered under 200 (vercel/ai#17523, BerriAI/litellm#3805). A
    # body that cannot be read into the operation's input is refused before anything is validated.
    ServiceException("SerializationException", None, 400, retryable=False),
    ServiceException("UnknownOperationException", None, 200, retryable=False),
)

EXCEPTIONS: Mapping[str, ServiceException] = MappingProxyType({row.name: row for row in _TABLE})
"""Every exception by its HTTP name, sorted by who answers with it."""


def find(name: str) -> ServiceException | None:
    """The exception that this name means, in whatever spelling it arrived, or None.

    Understood are `ThrottlingException`, the in-stream `throttlingException`, the prefix `com.amazon.coral.service#`
    and the suffix `:http://internal.amazon.com/coral/...` (envoyproxy/ai-gateway#1749, maximhq/bifrost#5165), alone or
    together.
    """
    bare = name.strip().partition(":")[0].rpartition("#")[2]
    return EXCEPTIONS.get(bare[:1].upper() + bare[1:])
