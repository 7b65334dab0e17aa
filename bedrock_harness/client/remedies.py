"""Refusals that need not come twice: what the client can put right by itself before the next attempt, or the next call.

Knows which exceptions may be about the client and not about the request: a clock that is wrong, keys that have expired.
Sends nothing again: whether there is another attempt, `retrying` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from bedrock_harness.client.errors import ServiceError
from bedrock_harness.client.settings import Settings
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["REMEDIES", "put_right"]


def _set_clock(settings: Settings, error: ServiceError, at: datetime) -> str:
    if error.served is None or not settings.clock.learn(error.served, at):
        return ""
    return "This machine's clock is not the service's: what is sent from now on is signed by the service's."


def _renew_keys(settings: Settings, error: ServiceError, at: datetime) -> str:  # noqa: ARG001 - a remedy's face
    keys, supply = settings.identity, settings.chosen.supply
    renewed = supply is not None and isinstance(keys, Credentials) and supply.renew(keys)
    return "The keys are fetched anew for what is sent from now on." if renewed else ""


REMEDIES: Mapping[str, Callable[[Settings, ServiceError, datetime], str]] = MappingProxyType(
    {
        "ExpiredTokenException": _renew_keys,
        "InvalidSignatureException": _set_clock,
        "RequestExpired": _set_clock,
        "RequestTimeTooSkewed": _set_clock,
    }
)
"""What may help against an exception: it says what was done, or nothing. The names of a wrong clock are those of the AWS SDK
for JavaScript; Bedrock says the first of them (aws/aws-sdk-js-v3#5920)."""


def put_right(settings: Settings, error: ServiceError, at: datetime) -> None:
    """Remove the cause of a refusal that came at `at` by this machine. It may be sent again then."""
    remedy = REMEDIES.get(error.code or "")
    if remedy is not None and (done := remedy(settings, error, at)):
        error.retryable, error.hint = True, done
