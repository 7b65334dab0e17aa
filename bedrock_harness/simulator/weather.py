"""What ails a whole server whatever its script: rates beyond which it throttles, outages by count, failures by chance.

Conditions are data. `Weather` holds them against the requests as they come, in their order: the first condition that has an
answer gives it, and those behind it never see that request. No clock is read: the time is an argument.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import TypeAlias

from msgspec import Struct

from bedrock_harness.simulator.script import Http, HttpError, Reply

__all__ = ["TROUBLES", "Condition", "Mishaps", "Outages", "RateLimit", "Weather"]

_THROTTLED = (
    "Too many requests, please wait before trying again. You have sent too many requests. Wait before trying again."
)
"""i-dot-ai/caddy-chatbot#97, 2FastLabs/agent-squad#47."""
_UNAVAILABLE = "Bedrock is unable to process your request."
"""darko-mesaros/bedrust#47, aws-samples/foundation-model-benchmarking-tool#247."""
_UNEXPECTED = "The system encountered an unexpected error during processing. Try your request again."
"""can1357/oh-my-pi#12449."""
_JSON = {"Content-Type": "application/json"}
_PAGE = b"<html>\r\n<head><title>%b</title></head>\r\n<body>\r\n<center><h1>%b</h1></center>\r\n<hr><center>nginx</center>\r\n"
"""As nginx words it (ngx_http_special_response.c)."""


def _page(status: int, phrase: str) -> Http:
    title = f"{status} {phrase}".encode()
    return Http(status, {"Content-Type": "text/html"}, _PAGE % (title, title) + b"</body>\r\n</html>\r\n")


TROUBLES: Mapping[str, Reply] = MappingProxyType(
    {
        "bad-gateway": _page(502, "Bad Gateway"),
        "gateway-timeout": _page(504, "Gateway Time-out"),
        "internal": HttpError("InternalServerException", _UNEXPECTED),
        "misnamed": HttpError(
            "ServiceUnavailableException", _UNAVAILABLE, headers={"x-amzn-ErrorType": "InternalFailure"}
        ),
        "mistyped": HttpError("ServiceUnavailableException", _UNAVAILABLE, headers={"Content-Type": "text/html"}),
        "nameless": Http(503, _JSON, b'{"message":"%b"}' % _UNAVAILABLE.encode()),
        "speechless": Http(503, {}, b""),
        "throttled": HttpError("ThrottlingException", _THROTTLED),
        "unavailable": HttpError("ServiceUnavailableException", _UNAVAILABLE),
    }
)
"""What goes wrong at servers and ahead of them, by name: the service's own errors, a proxy's pages, an error header that names
another error, a content type that is not the body's, no error header, and nothing at all beside the status."""


class _Condition(Struct, frozen=True, tag=True, tag_field="is", forbid_unknown_fields=True, omit_defaults=True):
    """A frozen value that says what it is when written as JSON."""


class RateLimit(_Condition, frozen=True):
    """At most so many requests in any so many seconds; those beyond get the service's 429 and do not count.

    `retry_after` is stated in a Retry-After header, in seconds; without it there is none. `operations` are those that
    count and are held back, all where it is empty.
    """

    requests: int
    seconds: float
    retry_after: int | None = None
    operations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.requests < 0 or self.seconds <= 0:
            raise ValueError("a rate limit needs a number of requests, 0 or more, and seconds, more than 0")


class Outages(_Condition, frozen=True):
    """Of every so many requests the last `length` get this reply: with `every=10, length=3` the 8th to 10th, 18th to 20th."""

    reply: Reply
    every: int
    length: int = 1
    operations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.length <= self.every:
            raise ValueError("outages need 0 < length <= every, both counted in requests")


class Mishaps(_Condition, frozen=True):
    """With this probability a request gets this reply, and with it the `length` - 1 requests that follow."""

    reply: Reply
    probability: float
    length: int = 1
    operations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1 or self.length < 1:
            raise ValueError("mishaps need a probability from 0 to 1 and a length of 1 request or more")


Condition: TypeAlias = RateLimit | Outages | Mishaps

_Watch: TypeAlias = Callable[[float], Reply | None]


class Weather:
    """Conditions over a server. The same seed and the same requests at the same times get the same replies."""

    def __init__(self, conditions: tuple[Condition, ...], seed: int) -> None:
        self.conditions = conditions
        self._watches = [_watch(condition, f"weather/{seed}/{at}") for at, condition in enumerate(conditions)]

    def __repr__(self) -> str:
        return f"<Weather {self.conditions}>"

    def reply(self, now: float, operation: str) -> Reply | None:
        """What a request for this operation gets in place of its answer at the time `now`, in seconds that only rise."""
        for condition, watch in zip(self.conditions, self._watches, strict=True):
            if (not condition.operations or operation in condition.operations) and (reply := watch(now)):
                return reply
        return None


def _watch(condition: Condition, seed: str) -> _Watch:
    match condition:
        case RateLimit():
            return _limit(condition)
        case Outages():
            return _count(condition)
        case Mishaps():
            return _chance(condition, Random(seed))  # noqa: S311 - the same for the same seed


def _limit(limit: RateLimit) -> _Watch:
    headers = {} if limit.retry_after is None else {"Retry-After": str(limit.retry_after)}
    refusal = HttpError("ThrottlingException", _THROTTLED, headers=headers)
    admitted: deque[float] = deque(maxlen=limit.requests)

    def watch(now: float) -> Reply | None:
        if not limit.requests or (len(admitted) == limit.requests and now - admitted[0] < limit.seconds):
            return refusal
        admitted.append(now)
        return None

    return watch


def _count(outages: Outages) -> _Watch:
    seen = 0

    def watch(_: float) -> Reply | None:
        nonlocal seen
        seen = seen % outages.every + 1
        return outages.reply if seen > outages.every - outages.length else None

    return watch


def _chance(mishaps: Mishaps, random: Random) -> _Watch:
    left = 0

    def watch(_: float) -> Reply | None:
        nonlocal left
        if not left and random.random() < mishaps.probability:
            left = mishaps.length
        if not left:
            return None
        left -= 1
        return mishaps.reply

    return watch
