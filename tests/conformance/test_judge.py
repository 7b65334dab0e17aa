"""The judge, over real sockets: providers with one fault each, and what is said of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from bedrock_harness.client import Client
from bedrock_harness.conformance.case import Capability, Case, Turn
from bedrock_harness.conformance.checks import Answered, Check, Fails, Kept, Stopped, should
from bedrock_harness.conformance.grades import Cost, Grade, Outcome
from bedrock_harness.conformance.judge import judge
from bedrock_harness.conformance.say import user
from bedrock_harness.conformance.secrets import leaked
from bedrock_harness.conformance.verdict import Verdict
from bedrock_harness.providers import inprocess
from bedrock_harness.providers.adapters.kit import Conversation, Provider
from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.script import HttpError, Reply, Text, ToolUse, answer, cut
from bedrock_harness.wire.sigv4 import Credentials

HELLO = answer(Text("Hello."))
EXPECTED = (Answered("Hello."), Stopped("end_turn"))


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as bedrock:
        yield bedrock


def case(*expect: Check, bedrock: Reply = HELLO, turns: int = 1, **members: Any) -> Case:
    turn = Turn(say=user("Hi."), bedrock=bedrock, expect=expect or EXPECTED, stream=False)
    return Case(
        id="made/up", must="It works.", because=("a/b#1",), costs=Cost.DATA_LOSS, turns=(turn,) * turns, **members
    )


class Made(Provider):
    """The reference client, told apart by what `told` makes of a reply and by what it does to the client's options."""

    name = "made"
    version = "1"
    capabilities = ("stream", "unary")

    def open(self, opening: dict[str, Any]) -> Conversation:
        return MadeConversation(self, opening)

    def options(self, opening: dict[str, Any]) -> dict[str, Any]:
        given = opening["endpoint"]["credentials"]
        return {"credentials": Credentials(given["access_key_id"], given["secret_access_key"])}

    def told(self, reply: Any, opening: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield {"text": reply.message["content"][0]["text"]}
        yield {"stop": reply.stop_reason}


class MadeConversation(Conversation):
    def __init__(self, provider: Made, opening: dict[str, Any]) -> None:
        self.provider, self.opening = provider, opening

    def send(self, content: list[dict[str, Any]], stream: bool) -> Iterator[dict[str, Any]]:
        endpoint = self.opening["endpoint"]
        options = self.provider.options(self.opening)
        with Client(region=endpoint["region"], endpoint=endpoint["url"], attempts=1, **options) as client:
            reply = client.converse(self.opening["model"], [{"role": "user", "content": content}])
        yield from self.provider.told(reply, self.opening)


class Silent(Made):
    def open(self, opening: dict[str, Any]) -> Conversation:
        return SilentConversation()


class SilentConversation(Conversation):
    def send(self, content: list[dict[str, Any]], stream: bool) -> Iterator[dict[str, Any]]:
        yield {"text": "Hello."}
        yield {"stop": "end_turn"}


class WrongKey(Made):
    def options(self, opening: dict[str, Any]) -> dict[str, Any]:
        return {"credentials": Credentials(opening["endpoint"]["credentials"]["access_key_id"], "another secret")}


class Shouting(Made):
    def told(self, reply: Any, opening: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield {"text": reply.message["content"][0]["text"].upper()}
        yield {"stop": "finished"}


class Chatty(Made):
    def told(self, reply: Any, opening: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from super().told(reply, opening)
        yield {"text": opening["endpoint"]["credentials"]["secret_access_key"]}


class Sleeping(Made):
    def told(self, reply: Any, opening: dict[str, Any]) -> Iterator[dict[str, Any]]:
        time.sleep(1.5)
        yield from super().told(reply, opening)


def judged(provider: type[Made], simulator: Simulator, one: Case) -> Verdict:
    with inprocess.start(provider) as running:
        return judge(one, running, simulator)


def names(verdict: Verdict) -> list[str]:
    return [finding.check for finding in verdict.findings]


def test_what_is_right_passes(simulator: Simulator) -> None:
    """A provider that tells what Bedrock said passes, and the verdict can be read alone."""
    verdict = judged(Made, simulator, case())
    assert verdict.outcome is Outcome.PASSED
    assert verdict.good
    assert (verdict.case, verdict.provider, verdict.must) == ("made/up", "made", "It works.")


def test_a_provider_that_calls_nobody_is_found_out(simulator: Simulator) -> None:
    """The right answer without a request is a failure, and the only finding."""
    verdict = judged(Silent, simulator, case())
    assert verdict.outcome is Outcome.FAILED
    assert names(verdict) == ["request"]


def test_a_wrong_signature_is_one_finding(simulator: Simulator) -> None:
    """A request that the service would refuse is the finding; that there was no answer follows from it."""
    verdict = judged(WrongKey, simulator, case())
    assert names(verdict) == ["authorization"]
    assert [evidence.title for evidence in verdict.findings[0].evidence][-1] == "request as received"


def test_each_wrong_detail_is_a_finding(simulator: Simulator) -> None:
    """Two things told wrong are two findings, with what was expected and what was told."""
    verdict = judged(Shouting, simulator, case())
    assert [(finding.check, finding.expected, finding.actual) for finding in verdict.findings] == [
        ("text", "Hello.", "HELLO."),
        ("stop-reason", "end_turn", "finished"),
    ]
    assert {finding.costs for finding in verdict.findings} == {Cost.DATA_LOSS}


def test_a_should_warns(simulator: Simulator) -> None:
    """A SHOULD that does not hold is a warning, and the verdict is good."""
    verdict = judged(Shouting, simulator, case(should(Stopped("end_turn"))))
    assert verdict.outcome is Outcome.WARNED
    assert verdict.good


def test_the_grade_of_a_case_bounds_its_findings(simulator: Simulator) -> None:
    """In a case that is a SHOULD nothing is a failure, that there was an error included."""
    refused = HttpError("ThrottlingException", "Too many tokens, please wait before trying again.")
    verdict = judged(Made, simulator, case(bedrock=refused, grade=Grade.SHOULD))
    assert verdict.outcome is Outcome.WARNED
    assert names(verdict) == ["no-error"]


def test_success_where_an_error_was_due_is_one_finding(simulator: Simulator) -> None:
    """Where the caller had to be told of an error and was not, the error's details are not judged."""
    verdict = judged(Made, simulator, case(Fails(), Kept("He")))
    assert names(verdict) == ["error"]
    assert "success" in verdict.findings[0].actual


def test_an_error_where_an_answer_was_due_is_one_finding(simulator: Simulator) -> None:
    """Where the caller was told of an error, the answer's details are not judged."""
    verdict = judged(Made, simulator, case(bedrock=answer(Text("Hello."), fault=cut(byte=20))))
    assert names(verdict) == ["no-error"]


def test_a_secret_in_the_answer_is_found(simulator: Simulator) -> None:
    """A credential among what the caller is told is a finding, and is not repeated in it."""
    verdict = judged(Chatty, simulator, case())
    assert names(verdict) == ["secrets", "text"]
    assert verdict.findings[0].costs is Cost.SECURITY
    written = msgspec.json.encode(verdict)
    assert not leaked([written], [simulator.credentials["secret_access_key"]])
    assert verdict.findings[1].actual == "Hello.***"


def test_what_was_not_declared_is_unsupported(simulator: Simulator) -> None:
    """A case that needs what the provider does not claim is not run."""
    before = len(simulator.journal)
    verdict = judged(Made, simulator, case(needs=frozenset({Capability.REASONING})))
    assert verdict.outcome is Outcome.UNSUPPORTED
    assert "reasoning" in (verdict.note or "")
    assert len(simulator.journal) == before


def test_a_hang_costs_one_case(simulator: Simulator) -> None:
    """A provider that does not come back in time is a finding, and the next case is judged."""
    with inprocess.start(Sleeping) as running:
        late = judge(case(patience=0.5), running, simulator)
        assert names(late) == ["process"]
        assert judge(case(patience=10.0), running, simulator).outcome is Outcome.PASSED


def test_a_failed_turn_ends_the_conversation(simulator: Simulator) -> None:
    """What a second turn would show cannot be known when the first one failed."""
    verdict = judged(Shouting, simulator, case(turns=2))
    assert verdict.note == "turn 1 of 2 failed; the rest was not reached"


def test_a_simulator_that_breaks_is_a_harness_error(simulator: Simulator) -> None:
    """A reply that the simulator can't write is its own fault, whatever the provider makes of the silence."""
    unwritable = answer(ToolUse("tooluse_1", "get_time", object()))
    with inprocess.start(Made) as provider:
        verdict = judge(case(bedrock=unwritable), provider, simulator)
        assert judge(case(), provider, simulator).outcome is Outcome.PASSED
    assert verdict.outcome is Outcome.HARNESS_ERROR
    assert "SimulatorFailed" in (verdict.note or "")


def test_the_harness_takes_its_own_blame(simulator: Simulator) -> None:
    """A check that breaks is a harness error and never a finding."""

    class Broken(Check, frozen=True):
        name = "broken"
        requirement = "None."

        def judge(self, seen: Any) -> None:
            raise ZeroDivisionError("in the harness")

    verdict = judged(Made, simulator, case(Broken()))
    assert verdict.outcome is Outcome.HARNESS_ERROR
    assert verdict.findings == ()
    assert not verdict.good
