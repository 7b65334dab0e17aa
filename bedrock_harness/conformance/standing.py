"""What is expected in every case, whatever it is about: the checks that stand.

Requests are judged always: that they arrive, are signed, fit the service model and the conversation rules, and leak nothing.
Then that the turn ended as it should: with an answer, or with an error. Each function gives a finding's text or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bedrock_harness.conformance import evidence
from bedrock_harness.conformance.checks.base import Seen, Shortfall, brief
from bedrock_harness.conformance.secrets import leaked
from bedrock_harness.conformance.verdict import Evidence
from bedrock_harness.simulator.journal import Exchange

__all__ = ["ENDS", "REQUESTS", "Standing", "no_secrets", "streamed"]


_CONVERSATIONS = frozenset({"Converse", "ConverseStream"})


class Standing(NamedTuple):
    """A check that stands in every case."""

    name: str
    requirement: str
    judge: Callable[[Seen], Shortfall | None]


def arrives(seen: Seen) -> Shortfall | None:
    """At least one request arrived."""
    if seen.exchanges:
        return None
    error = seen.observation.error
    told = f"none; the caller was told: {brief(error.message)}" if error else "none; the caller was told of no error"
    return Shortfall("a request to Bedrock", told)


def is_authorized(seen: Seen) -> Shortfall | None:
    """Every request proves who sent it."""
    for exchange in seen.exchanges:
        if not exchange.authorization.valid:
            shown = (*evidence.canonical(exchange), evidence.request(exchange))
            return Shortfall("a request that the service would accept", exchange.fault, shown)
    return None


def has_shape(seen: Seen) -> Shortfall | None:
    """Every request fits the service model."""
    for exchange in seen.exchanges:
        if exchange.operation not in _CONVERSATIONS:
            line = f"{exchange.request.method} {exchange.request.target}"
            return Shortfall("POST /model/{modelId}/converse or converse-stream", line, (evidence.request(exchange),))
        if exchange.violations:
            found = "; ".join(f"{violation.path}: {violation.message}" for violation in exchange.violations[:5])
            return Shortfall("a body that fits the service model", found, (evidence.request(exchange),))
    return None


def keeps_rules(seen: Seen) -> Shortfall | None:
    """Every request keeps the conversation rules."""
    for exchange in seen.exchanges:
        if exchange.broken_rules:
            found = "; ".join(f"{rule.path}: {rule.message}" for rule in exchange.broken_rules[:3])
            return Shortfall("a conversation that the service accepts", found, (evidence.request(exchange),))
    return None


REQUESTS = (
    Standing("request", "The provider calls Bedrock.", arrives),
    Standing("operation-and-shape", "The request fits the service model.", has_shape),
    Standing("authorization", "The request is signed, or bears a token, as the service demands.", is_authorized),
    Standing("conversation", "The conversation keeps the service's rules.", keeps_rules),
)
"""Judged in this order; after the first shortfall the service would not have answered, so nothing else is judged."""


def answers(seen: Seen) -> Shortfall | None:
    """The turn ends with an answer."""
    error = seen.observation.error
    if error is None:
        return None
    told = ", ".join(filter(None, (error.code, error.native)))
    actual = f"an error{f' ({told})' if told else ''}: {brief(error.message)}"
    return Shortfall("an answer", actual, streamed(seen.exchanges))


def fails(seen: Seen) -> Shortfall | None:
    """The turn ends with an error."""
    observation = seen.observation
    if observation.error is not None:
        return None
    told = [f"text {brief(observation.text, 120)}", f"stop reason {observation.stop or 'none'}"]
    told += [f"{len(observation.tool_calls)} tool call(s)"] if observation.tool_calls else []
    return Shortfall("an error", "success, with " + ", ".join(told), streamed(seen.exchanges))


ENDS = {
    "answer": Standing("no-error", "The caller gets the answer that Bedrock gave.", answers),
    "error": Standing("error", "The caller is told that it failed, and nothing looks like success.", fails),
}
"""How a turn has to end, by what a case's checks are about."""


def no_secrets(seen: Seen, secrets: tuple[str, ...]) -> Shortfall | None:
    """No credential is in a body, in a path, or in what the caller is told."""
    if leaked(
        (text for exchange in seen.exchanges for text in (exchange.request.body, exchange.request.target)), secrets
    ):
        return Shortfall("no credential in a request's body or path", "one of the credentials is there")
    if leaked(_told(seen), secrets):
        return Shortfall("no credential in what the caller is told", "one of the credentials is there")
    return None


def _told(seen: Seen) -> Iterator[str]:
    yield seen.observation.text
    if seen.observation.error is not None:
        yield seen.observation.error.message


def streamed(exchanges: tuple[Exchange, ...]) -> tuple[Evidence, ...]:
    """The frames of the last reply, where it was a stream."""
    if not exchanges:
        return ()
    last = exchanges[-1]
    return (evidence.frames(last),) if last.operation == "ConverseStream" and last.status == 200 and last.sent else ()
