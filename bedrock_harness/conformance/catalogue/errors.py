"""Errors over HTTP: the caller gets the service's name for it, its message and its status, and never an empty answer.

Statuses are those of the service model; messages are as seen in public threads.
"""

from __future__ import annotations

from typing import NamedTuple

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import Fails, Raised, Says, Status, should
from bedrock_harness.conformance.grades import Cost
from bedrock_harness.conformance.say import user
from bedrock_harness.simulator.script import Http, HttpError

__all__ = ["CASES"]

ASKED = user("Which bridge is the oldest in Prague?")
THROTTLED = "Too many tokens, please wait before trying again."
CORAL = "http://internal.amazon.com/coral/com.amazon.bedrock/"
ON_DEMAND = (
    "Invocation of model ID anthropic.claude-sonnet-4-20250514-v1:0 with on-demand throughput isn’t supported. "
    "Retry your request with the ID or ARN of an inference profile that contains this model."
)


class Refusal(NamedTuple):
    """An exception of the service over HTTP."""

    name: str
    code: str
    status: int
    message: str
    because: tuple[str, ...]


REFUSALS = (
    Refusal(
        "access-denied",
        "AccessDeniedException",
        403,
        "You don't have access to the model with the specified model ID.",
        ("Tracer-Cloud/opensre#1733", "aws-samples/sample-kolya-br-proxy#27"),
    ),
    Refusal(
        "internal-server",
        "InternalServerException",
        500,
        "The system encountered an unexpected error during processing. Try your request again.",
        ("run-llama/llama_index#20590", "aws-samples/sample-kolya-br-proxy#27"),
    ),
    Refusal(
        "model-error",
        "ModelErrorException",
        424,
        "The model returned an error while processing the request.",
        ("majiayu000/litellm-rs#1014", "maximhq/bifrost#7222"),
    ),
    Refusal(
        "model-not-ready",
        "ModelNotReadyException",
        429,
        "Model is not ready for inference.",
        ("run-llama/llama_index#20590", "continuedev/continue#1749"),
    ),
    Refusal(
        "model-timeout",
        "ModelTimeoutException",
        408,
        "Model has timed out in processing the request. Try your request again.",
        ("run-llama/llama_index#20590", "macanderson/stella#547"),
    ),
    Refusal(
        "resource-not-found",
        "ResourceNotFoundException",
        404,
        "This model version has reached the end of its life.",
        ("ashwin-pc/pi-web#65", "earendil-works/pi#7224"),
    ),
    Refusal(
        "service-quota-exceeded",
        "ServiceQuotaExceededException",
        400,
        "Your request exceeds the service quota for your account.",
        ("maximhq/bifrost#5165", "vercel/ai#13992"),
    ),
    Refusal(
        "service-unavailable",
        "ServiceUnavailableException",
        503,
        "Bedrock is unable to process your request.",
        ("darko-mesaros/bedrust#47", "run-llama/llama_index#20590"),
    ),
    Refusal(
        "throttling",
        "ThrottlingException",
        429,
        THROTTLED,
        ("anomalyco/opencode#39623", "crewAIInc/crewAI#7377", "langfuse/langfuse#5338", "anomalyco/opencode#545"),
    ),
    Refusal(
        "validation",
        "ValidationException",
        400,
        "The provided model identifier is invalid.",
        ("vercel/ai#20926", "maximhq/bifrost#7222", "vercel/ai#13992"),
    ),
)


def case(refusal: Refusal) -> Case:
    """The case of one exception."""
    return Case(
        id=f"errors/{refusal.name}",
        must=f"The service's {refusal.code} is told as what it is, with its message and status.",
        because=refusal.because,
        costs=Cost.WRONG_ANSWER,
        turns=(
            Turn(
                say=ASKED,
                bedrock=HttpError(refusal.code, refusal.message),
                stream=False,
                expect=(Raised(refusal.code), Says(refusal.message), should(Status(refusal.status))),
            ),
        ),
    )


CASES = tuple(
    sorted(
        (
            *map(case, REFUSALS),
            Case(
                id="errors/capital-message",
                must="A message under `Message`, as the authentication layer writes it, is read like one under `message`.",
                because=("boto/botocore#256", "farion1231/cc-switch#1679", "maximhq/bifrost#7222"),
                costs=Cost.WRONG_ANSWER,
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=Http(
                            status=403,
                            headers={"content-type": "application/json", "x-amzn-errortype": "AccessDeniedException"},
                            body=b'{"Message":"Authentication failed: Please make sure your API Key is valid."}',
                        ),
                        stream=False,
                        expect=(
                            Raised("AccessDeniedException"),
                            Says("Authentication failed: Please make sure your API Key is valid."),
                        ),
                    ),
                ),
            ),
            Case(
                id="errors/html-from-a-proxy",
                must="A page of HTML under an error's status is an error with that status.",
                because=("aws/aws-sdk-java#821", "boto/botocore#859"),
                costs=Cost.WRONG_ANSWER,
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=Http(
                            status=502,
                            headers={"content-type": "text/html"},
                            body=b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>\n",
                        ),
                        stream=False,
                        expect=(Fails(), should(Status(502))),
                    ),
                ),
            ),
            Case(
                id="errors/refused-before-streaming",
                must="A refusal of a request for a stream is told like any other refusal.",
                because=("anomalyco/opencode#545", "RooCodeInc/Roo-Code#5050", "aaif-goose/goose#9579"),
                costs=Cost.DATA_LOSS,
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=HttpError("ThrottlingException", THROTTLED),
                        expect=(Raised("ThrottlingException"), Says(THROTTLED), should(Status(429))),
                    ),
                ),
            ),
            Case(
                id="errors/type-with-suffix",
                must="The service may hang an address onto an exception's name; the name is what stands before it.",
                because=("envoyproxy/ai-gateway#1749", "maximhq/bifrost#5165", "aws/aws-sdk-js-v3#5920"),
                costs=Cost.WRONG_ANSWER,
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=HttpError(
                            "ThrottlingException",
                            THROTTLED,
                            headers={"x-amzn-ErrorType": f"ThrottlingException:{CORAL}"},
                        ),
                        stream=False,
                        expect=(Raised("ThrottlingException"), Says(THROTTLED)),
                    ),
                ),
            ),
            Case(
                id="errors/typographic-apostrophe",
                must="The service's message reaches the caller to the character, typographic apostrophe included.",
                because=("gethouston/houston#1381", "cline/cline#12926", "juspay/neurolink#1380"),
                costs=Cost.WRONG_ANSWER,
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=HttpError("ValidationException", ON_DEMAND),
                        stream=False,
                        expect=(Raised("ValidationException"), Says(ON_DEMAND)),
                    ),
                ),
            ),
            Case(
                id="errors/unknown-operation",
                must="The service's answer to an unknown operation is an error, though its status is 200.",
                because=("vercel/ai#17523", "BerriAI/litellm#3805", "vercel/ai#17549"),
                costs=Cost.DATA_LOSS,
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=Http(
                            status=200,
                            headers={"content-type": "application/json"},
                            body=b'{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}',
                        ),
                        stream=False,
                        expect=(Fails(),),
                    ),
                ),
            ),
        ),
        key=lambda one: one.id,
    )
)
