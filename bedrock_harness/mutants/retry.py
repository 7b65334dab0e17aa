"""Defects in sending again."""

from __future__ import annotations

from bedrock_harness.client import retrying
from bedrock_harness.client.errors import BedrockError, ServiceError
from bedrock_harness.client.retrying import Pauses
from bedrock_harness.mutants.mutant import Mutants, Patch

__all__ = ["mutant"]

mutant = Mutants()


@mutant(
    "everything-sent-again",
    "Whatever was refused is sent again, also what the service calls invalid.",
    because=("Tracer-Cloud/opensre#1733", "elastic/kibana#210046", "NousResearch/hermes-agent#7920"),
    fails=("retry/bad-request-once",),
)
def everything_sent_again(patch: Patch) -> None:
    """Hope."""
    patch(retrying, "may_retry", lambda _: True)


@mutant(
    "retries-counted-beside-the-first",
    "The number of attempts is taken for the number of retries.",
    because=("saurabhav88/EnviousWispr#2100", "HKUDS/nanobot#2760"),
    fails=("retry/bounded",),
)
def retries_counted_beside_the_first(patch: Patch) -> None:
    """Send once more."""
    original = retrying.pause_before_retry

    def pause_before_retry(
        error: BedrockError, attempt: int, attempts: int, roll: float, pauses: Pauses
    ) -> float | None:
        return original(error, attempt, attempts + 1 if attempts > 1 else 1, roll, pauses)

    patch(retrying, "pause_before_retry", pause_before_retry)


@mutant(
    "throttling-not-sent-again",
    "A refusal for too many requests is final.",
    because=("anomalyco/opencode#39623", "crewAIInc/crewAI#7613", "langfuse/langfuse#5338"),
    fails=("retry/throttled-then-answered",),
)
def throttling_not_sent_again(patch: Patch) -> None:
    """Give up at once."""
    original = retrying.may_retry

    def may_retry(error: BedrockError) -> bool:
        return original(error) and not (isinstance(error, ServiceError) and error.code == "ThrottlingException")

    patch(retrying, "may_retry", may_retry)
