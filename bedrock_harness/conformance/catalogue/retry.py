"""Retry: as often as was asked for, where it can help, and no more. Each attempt is signed afresh and billed."""

from __future__ import annotations

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import Answered, Raised, Requests
from bedrock_harness.conformance.grades import Cost
from bedrock_harness.conformance.say import user
from bedrock_harness.providers.protocol import Settings
from bedrock_harness.simulator.script import HttpError, Text, answer

__all__ = ["CASES"]

ASKED = user("Which train leaves next?")

CASES = (
    Case(
        id="retry/bad-request-once",
        must="A request that the service calls invalid is not sent again.",
        because=("Tracer-Cloud/opensre#1733", "elastic/kibana#210046", "NousResearch/hermes-agent#7920"),
        costs=Cost.MONEY,
        settings=Settings(attempts=3),
        turns=(
            Turn(
                say=ASKED,
                bedrock=HttpError("ValidationException", "The provided model identifier is invalid."),
                stream=False,
                expect=(Raised("ValidationException"), Requests(1, 1)),
            ),
        ),
    ),
    Case(
        id="retry/bounded",
        must="The provider sends as often as the caller allowed and then tells what went wrong.",
        because=("HKUDS/nanobot#2760", "saurabhav88/EnviousWispr#2100", "RooCodeInc/Roo-Code#5050"),
        costs=Cost.MONEY,
        settings=Settings(attempts=2),
        turns=(
            Turn(
                say=ASKED,
                bedrock=HttpError("ServiceUnavailableException", "Bedrock is unable to process your request."),
                stream=False,
                expect=(Raised("ServiceUnavailableException"), Requests(2, 2)),
            ),
        ),
    ),
    Case(
        id="retry/throttled-then-answered",
        must="After a refusal for too many requests the provider sends again, and the caller gets the answer.",
        because=(
            "anomalyco/opencode#39623",
            "crewAIInc/crewAI#7613",
            "run-llama/llama_index#20590",
            "langfuse/langfuse#5338",
        ),
        costs=Cost.CRASH,
        settings=Settings(attempts=3),
        turns=(
            Turn(
                say=ASKED,
                bedrock=(
                    HttpError("ThrottlingException", "Too many requests, please wait before trying again."),
                    answer(Text("The one to Brno.")),
                ),
                expect=(Answered("The one to Brno."), Requests(2, 2)),
            ),
        ),
    ),
)
