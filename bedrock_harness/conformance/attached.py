"""Cases for a client that somebody else started: it chooses one by model id, and what it sends is judged as it arrives.

The model id of a case is its id with a dot for the slash: `stream.every-byte-apart`. A turn is known by how many of the model's
messages the request holds, so nothing has to be announced, and a client may begin a case again at any time. It says what it
likes, so its requests are judged by what stands for every request and by what does not depend on words. What they cannot
show, what the client told its own caller above all, is for whoever watches it, and is told as `watch`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any

from msgspec import Struct, structs

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import HungUp, NotSigned
from bedrock_harness.conformance.checks.base import Seen
from bedrock_harness.conformance.grades import Grade, Outcome
from bedrock_harness.conformance.judge import detail, discreet, finding
from bedrock_harness.conformance.standing import REQUESTS
from bedrock_harness.conformance.verdict import Finding, Verdict
from bedrock_harness.providers.observation import Observation
from bedrock_harness.service import rules
from bedrock_harness.simulator import Exchange
from bedrock_harness.simulator.script import Reply

__all__ = ["Attached", "Attachment", "model_of"]


_WORDLESS = (HungUp, NotSigned)
"""Checks on a request that hold whatever the client says."""


def model_of(case: Case) -> str:
    """The model id that chooses a case."""
    return case.id.replace("/", ".")


class Attached(Struct, frozen=True):
    """What came of one request: the verdict on it, which turn it belongs to, and what its caller should now see."""

    verdict: Verdict
    turn: int
    turns: int
    watch: tuple[str, ...]


class Attachment:
    """Plays cases to whoever asks for them. `choose` is a simulator's chooser, `judge` is for its observer."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self.cases: Mapping[str, Case] = {model_of(case): case for case in cases}
        self._played: Counter[tuple[str, int]] = Counter()
        self._lock = Lock()

    def choose(self, exchange: Exchange) -> Reply | None:
        """The case's next reply to this request; None where it chooses no case, or the service would refuse it."""
        found = self._turn(exchange)
        if found is None or exchange.refused is not None:
            return None
        case, number = found
        script = case.turns[number].script
        with self._lock:
            played = self._played[case.id, number]
            self._played[case.id, number] = (played + 1) % len(script)
        return script[played]

    def judge(self, exchange: Exchange, secrets: tuple[str, ...] = ()) -> Attached | None:
        """The verdict on a request that chose a case, with these secrets masked; None for every other."""
        found = self._turn(exchange)
        if found is None:
            return None
        case, number = found
        turn = case.turns[number]
        broken = rules.check(exchange.body, model=case.model)
        seen = Seen(Observation(), (structs.replace(exchange, model=case.model, broken_rules=broken),))
        findings = tuple(discreet(found, secrets) for found in _findings(case, turn, seen))
        failed = any(found.grade is Grade.MUST for found in findings)
        verdict = Verdict(
            case=case.id,
            provider="attached",
            outcome=Outcome.FAILED if failed else Outcome.WARNED if findings else Outcome.PASSED,
            must=case.must,
            costs=case.costs,
            because=case.because,
            findings=findings,
            replay=f"bedrock-harness explain {case.id}",
        )
        watch = dict.fromkeys(check.requirement for check in turn.expect if not isinstance(check, _WORDLESS))
        return Attached(verdict, number + 1, len(case.turns), tuple(watch))

    def _turn(self, exchange: Exchange) -> tuple[Case, int] | None:
        case = self.cases.get(exchange.model or "")
        if case is None or exchange.operation not in {"Converse", "ConverseStream"}:
            return None
        answered = _answers(exchange.body) - sum(message.get("role") == "assistant" for message in case.history)
        return case, min(max(answered, 0), len(case.turns) - 1)


def _findings(case: Case, turn: Turn, seen: Seen) -> tuple[Finding, ...]:
    for standing in REQUESTS:
        if shortfall := standing.judge(seen):
            return (finding(standing.name, standing.requirement, shortfall, cost=case.costs),)
    judged = ((check, check.judge(seen)) for check in turn.expect if isinstance(check, _WORDLESS))
    return tuple(detail(case, check, shortfall, seen) for check, shortfall in judged if shortfall)


def _answers(body: Any) -> int:
    """How many of the model's messages a body holds."""
    messages = body.get("messages") if isinstance(body, dict) else None
    given = messages if isinstance(messages, list) else []
    return sum(isinstance(message, dict) and message.get("role") == "assistant" for message in given)
