"""Exceptions inside a stream: the service said 200 and then thought better of it.

The names are those of the service model, in the spelling of the wire. The messages are as seen in public threads.
"""

from __future__ import annotations

from typing import NamedTuple

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import (
    Fails,
    Kept,
    NoToolCall,
    Raised,
    Requests,
    Says,
    should,
)
from bedrock_harness.conformance.grades import Cost
from bedrock_harness.conformance.say import tool, user
from bedrock_harness.providers.protocol import Settings
from bedrock_harness.simulator.script import ErrorFrame, Event, Frame, Thrown, frame_by_frame, stream

__all__ = ["CASES"]

ASKED = user("Tell me about the library of Alexandria.")
PARTIAL = "The library of Alexandria was"

START = Event("messageStart", {"role": "assistant"})
TEXT = (
    Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "The library"}}),
    Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": " of Alexandria was"}}),
)
SLOWLY = frame_by_frame(gap=0.05)
"""So that what came before the exception is not still in the same read."""

THROTTLED = "Too many tokens, please wait before trying again."


class InStream(NamedTuple):
    """A modelled exception as it is spelled in a stream, and what it says."""

    name: str
    message: str
    because: tuple[str, ...]
    members: tuple[tuple[str, object], ...] = ()

    @property
    def code(self) -> str:
        """The exception's name as it is over HTTP."""
        return self.name[:1].upper() + self.name[1:]


IN_STREAM = (
    InStream(
        "internalServerException",
        "The system encountered an unexpected error during processing. Try your request again.",
        ("can1357/oh-my-pi#12449", "vercel/ai#19034", "aaif-goose/goose#9579"),
    ),
    InStream(
        "modelStreamErrorException",
        "The model ended the stream before its answer was whole.",
        ("vercel/ai#17124", "agentjido/req_llm#1033", "floci-io/floci#3043"),
        (("originalMessage", "upstream closed"), ("originalStatusCode", 500)),
    ),
    InStream(
        "serviceUnavailableException",
        "Bedrock is unable to process your request.",
        ("aws-samples/foundation-model-benchmarking-tool#247", "DayuanJiang/next-ai-draw-io#92", "vercel/ai#19034"),
    ),
    InStream(
        "throttlingException", THROTTLED, ("crewAIInc/crewAI#7417", "BerriAI/litellm#589", "maximhq/bifrost#2480")
    ),
    InStream(
        "validationException",
        "The model returned the following errors: messages.0.content.1.image.source: Could not process image",
        ("langchain-ai/langchain-aws#415", "Portkey-AI/gateway#1047", "crmne/ruby_llm#871"),
    ),
)


def case(thrown: InStream) -> Case:
    """The case of one exception after some text."""
    kebab = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in thrown.name)
    return Case(
        id=f"exceptions/{kebab.removesuffix('-exception')}",
        must=f"The exception {thrown.name} in the middle of a stream is told as what it is, and what came before is kept.",
        because=thrown.because,
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=stream(START, *TEXT, Thrown(thrown.name, thrown.message, dict(thrown.members)), deliver=SLOWLY),
                expect=(Raised(thrown.code), Says(thrown.message), Kept(PARTIAL)),
            ),
        ),
    )


CASES = tuple(
    sorted(
        (
            *map(case, IN_STREAM),
            Case(
                id="exceptions/after-tool-start",
                must="An exception in the middle of a tool call is an error, and the half call is not handed over.",
                because=("agentjido/req_llm#1033", "BerriAI/litellm#32686", "vercel/ai#19034"),
                costs=Cost.WRONG_ANSWER,
                tools=(tool("borrow", "Borrow a scroll.", author="string", title="string"),),
                turns=(
                    Turn(
                        say=user("Borrow something by Eratosthenes for me."),
                        bedrock=stream(
                            START,
                            Event(
                                "contentBlockStart",
                                {
                                    "contentBlockIndex": 0,
                                    "start": {"toolUse": {"name": "borrow", "toolUseId": "tooluse_9fKp3"}},
                                },
                            ),
                            Event(
                                "contentBlockDelta",
                                {"contentBlockIndex": 0, "delta": {"toolUse": {"input": '{"author": "Erat'}}},
                            ),
                            Thrown(
                                "modelStreamErrorException", "The model ended the stream before its answer was whole."
                            ),
                            deliver=SLOWLY,
                        ),
                        expect=(Raised("ModelStreamErrorException"), NoToolCall()),
                    ),
                ),
            ),
            Case(
                id="exceptions/error-frame",
                must="An error that the service has no model for is an error with the code and the message it bears.",
                because=("Amazon event stream: :message-type error", "vercel/ai#19034"),
                costs=Cost.DATA_LOSS,
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=stream(
                            START,
                            *TEXT,
                            ErrorFrame("InternalFailure", "An internal server error occurred."),
                            deliver=SLOWLY,
                        ),
                        expect=(
                            should(Raised("InternalFailure")),
                            Says("An internal server error occurred."),
                            Kept(PARTIAL),
                        ),
                    ),
                ),
            ),
            Case(
                id="exceptions/first-frame",
                must="An exception in the very first frame is an error, though the status was 200.",
                because=(
                    "Portkey-AI/gateway#1047",
                    "langchain-ai/langchain-aws#415",
                    "maximhq/bifrost#2480",
                ),
                costs=Cost.DATA_LOSS,
                model="amazon.nova-lite-v1:0",
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=stream(
                            Thrown(
                                "validationException",
                                "The model returned the following errors: Unable to process input.",
                            )
                        ),
                        expect=(
                            Raised("ValidationException"),
                            Says("The model returned the following errors: Unable to process input."),
                        ),
                    ),
                ),
            ),
            Case(
                id="exceptions/no-blind-retry",
                must="After text has been told, the request is not sent again behind the caller's back.",
                because=("maximhq/bifrost#2480", "macanderson/stella#547", "HKUDS/nanobot#2760"),
                costs=Cost.MONEY,
                settings=Settings(attempts=3),
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=stream(START, *TEXT, Thrown("throttlingException", THROTTLED), deliver=SLOWLY),
                        expect=(Raised("ThrottlingException"), Kept(PARTIAL), should(Requests(1, 1))),
                    ),
                ),
            ),
            Case(
                id="exceptions/unmodelled",
                must="An exception that the provider does not know by name is an error all the same.",
                because=("vercel/ai#19034", "aaif-goose/goose#9579", "can1357/oh-my-pi#12449"),
                costs=Cost.DATA_LOSS,
                turns=(
                    Turn(
                        say=ASKED,
                        bedrock=stream(
                            START,
                            *TEXT,
                            Frame(
                                {
                                    ":exception-type": "capacityMovedException",
                                    ":content-type": "application/json",
                                    ":message-type": "exception",
                                },
                                b'{"message":"The capacity behind this stream has moved."}',
                            ),
                            deliver=SLOWLY,
                        ),
                        expect=(
                            Fails(),
                            should(Raised("capacityMovedException")),
                            should(Says("The capacity behind this stream has moved.")),
                        ),
                    ),
                ),
            ),
        ),
        key=lambda one: one.id,
    )
)
