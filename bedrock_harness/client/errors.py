"""What can go wrong between a caller and Bedrock, as typed errors.

    BedrockError
    ├── InvalidRequest            refused here; nothing was sent
    │   ├── MissingCredentials
    │   └── MissingRegion
    ├── ConnectionFailed          no connection, or one that broke before a reply was there
    ├── RequestTimeout            nothing happened for as long as the caller would wait
    ├── ProtocolError             what arrived is no reply of Bedrock's: bad frame, bad JSON, another server
    ├── IncompleteStream          the reply ended before the message did
    └── ServiceError              Bedrock said no
        └── StreamError           Bedrock said no after it had said 200

Every error says whether the same request may be sent again (`retryable`) and carries the request id where a reply had one.
No text of theirs holds a credential. This module does not know how any of it is found out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

__all__ = [
    "BedrockError",
    "ConnectionFailed",
    "IncompleteStream",
    "InvalidRequest",
    "MissingCredentials",
    "MissingRegion",
    "ProtocolError",
    "RequestTimeout",
    "ServiceError",
    "StreamError",
]


class BedrockError(Exception):
    """Anything that keeps a caller from Bedrock's answer. `hint` says what to do about it, empty where nobody knows."""

    def __init__(self, message: str, *, hint: str = "", request_id: str | None = None, retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.request_id = request_id
        self.retryable = retryable

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class InvalidRequest(BedrockError):
    """A request that the client will not send."""


class MissingCredentials(InvalidRequest):
    """Neither keys nor a bearer token, or half a key pair."""


class MissingRegion(InvalidRequest):
    """No region, and nothing to tell one by."""


class ConnectionFailed(BedrockError):
    """The connection could not be made, or broke before the reply's head had arrived."""


class RequestTimeout(BedrockError):
    """Nothing happened for `seconds`. `phase` is what the client was waiting for: connect, write, read or pool;
    it is total where the whole call has taken all the time it may.

    A reply that is slow to begin is not asked for again: the model may be at work on it, and will be paid
    (saurabhav88/EnviousWispr#2100).
    """

    def __init__(
        self,
        message: str,
        *,
        phase: str = "read",
        seconds: float | None = None,
        hint: str = "",
        request_id: str | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message, hint=hint, request_id=request_id, retryable=retryable)
        self.phase = phase
        self.seconds = seconds


class ProtocolError(BedrockError):
    """What arrived is not what Bedrock sends. The cause, where there is one, is the error of `bedrock_harness.wire`."""


class IncompleteStream(BedrockError):
    """The stream ended before `messageStop`, inside a frame, or with its connection: what was said may be half of it."""


class ServiceError(BedrockError):
    """Bedrock refused. `code` is the exception's name as over HTTP (`ThrottlingException`), None where the reply has none.

    `status` is the HTTP status; for a StreamError the one that the same exception has over HTTP, None for an unknown one.
    `retry_after` is what the reply asked to wait, in seconds. `served` is the time of the service's clock, where it told it.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        hint: str = "",
        request_id: str | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        served: datetime | None = None,
    ) -> None:
        super().__init__(message, hint=hint, request_id=request_id, retryable=retryable)
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.served = served

    def __str__(self) -> str:
        name = self.code or "Refused"
        number = "" if self.status is None else f" (HTTP {self.status})"
        return f"{name}{number}: {super().__str__()}"


class StreamError(ServiceError):
    """An exception inside the stream. `members` is its payload, such as `originalStatusCode` of a model's own error."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        hint: str = "",
        request_id: str | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            message,
            code=code,
            status=status,
            hint=hint,
            request_id=request_id,
            retryable=retryable,
            retry_after=retry_after,
        )
        self.members = dict(members or {})
