"""Framing: bytes to frames. The same bytes, however they are cut, give the same answer, and what is unknown harms nothing."""

from __future__ import annotations

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import Answered, Stopped, Used
from bedrock_harness.conformance.grades import Cost
from bedrock_harness.conformance.say import user
from bedrock_harness.simulator.script import (
    Event,
    Frame,
    RawBytes,
    Stream,
    Text,
    answer,
    at,
    coalesced,
    each_byte,
    every,
    frame_by_frame,
    stream,
)
from bedrock_harness.wire import frames as wire

__all__ = ["CASES"]

PRELUDE = 12
"""Bytes before a frame's headers: total length, headers' length, checksum."""

ASKED = user("What is the capital of France?")

START = Event("messageStart", {"role": "assistant"})
FIRST = Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "The capital of France is"}})
STOP_BLOCK = Event("contentBlockStop", {"contentBlockIndex": 0})
STOP = Event("messageStop", {"stopReason": "end_turn"})
METADATA = Event(
    "metadata", {"metrics": {"latencyMs": 312}, "usage": {"inputTokens": 14, "outputTokens": 9, "totalTokens": 23}}
)

EVENT = {":event-type": "contentBlockDelta", ":content-type": "application/json", ":message-type": "event"}
LAST = b'{"contentBlockIndex":0,"delta":{"text":" Paris."},"p":"abcdefgh"}'
WHOLE = wire.encode(wire.Frame(dict(EVENT), LAST))
"""The delta that says Paris, as a right frame."""


def around(*frames: Frame | RawBytes | Event) -> Stream:
    """These frames in the middle of an answer that is right before and after."""
    return stream(START, FIRST, *frames, STOP_BLOCK, STOP, METADATA)


JAPANESE = "こんにちは 👋"
CHINESE = "床前明月光，疑是地上霜。举头望明月，低头思故乡。"
TEXT_LIKE_FRAMES = (
    'He wrote {"delta": {"text": "}{"}}, then\r\n\r\ndata: [DONE]\n\n'
    ":event-type\x07\x00\x11contentBlockDelta \x00 and }{."
)
LARGE = "0123456789abcdef" * 65_536
"""A mebibyte without a blank, so that it is streamed as one piece."""

CASES = (
    Case(
        id="framing/cuts-in-characters",
        must="A character whose bytes arrive apart is still that character.",
        because=("vercel/ai#19992", "braintrustdata/braintrust-sdk-javascript#2091", "BasedHardware/omi#9638"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("Recite the first poem of Li Bai that comes to your mind."),
                # Each of these characters takes three bytes, so that none fits into a piece of two.
                bedrock=answer(Text(CHINESE), deliver=every(2)),
                expect=(Answered(CHINESE), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="framing/cuts-in-every-prelude",
        must="The lengths at the start of a frame may arrive in two pieces, in each frame of a stream.",
        because=("agentgateway/agentgateway#2113", "smithy-lang/smithy-rs#736"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                # A prelude takes twelve bytes, so that none fits into a piece of eleven.
                bedrock=answer(Text("The capital of France is Paris."), deliver=every(PRELUDE - 1)),
                expect=(Answered("The capital of France is Paris."), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="framing/cuts-in-prelude",
        must="The first frame may arrive cut between and inside its two lengths and their checksum.",
        because=("agentgateway/agentgateway#2113", "tensorzero/tensorzero#5677", "smithy-lang/smithy-rs#736"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=answer(Text("The capital of France is Paris."), deliver=at(1, 4, 6, 8, 11, 12, 13)),
                expect=(Answered("The capital of France is Paris."), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="framing/every-byte-apart",
        must="Any chunking of the same bytes gives the same answer.",
        because=("agentgateway/agentgateway#2113", "tensorzero/tensorzero#5677", "vercel/ai#19992"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("Say hello in Japanese."),
                bedrock=answer(Text(JAPANESE), deliver=each_byte()),
                expect=(Answered(JAPANESE), Stopped("end_turn"), Used(input=12, output=9)),
            ),
        ),
    ),
    Case(
        id="framing/header-order",
        must="A frame's headers are read by their names, in whatever order they come.",
        because=("Kuberwastaken/claurst#238", "Amazon event stream encoding: headers"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=around(Frame({name: EVENT[name] for name in sorted(EVENT, reverse=True)}, LAST)),
                expect=(Answered("The capital of France is Paris."), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="framing/large-frame",
        must="A frame of a mebibyte arrives whole.",
        because=("Amazon event stream encoding: payloads of up to 24 MiB", "agentgateway/agentgateway#2113"),
        costs=Cost.CRASH,
        turns=(
            Turn(
                say=user("Repeat this log as it is, at one go."),
                bedrock=answer(Text(LARGE), deliver=every(65_536)),
                expect=(Answered(LARGE), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="framing/many-frames",
        must="Two thousand small frames that arrive together are told one after the other, none left out.",
        because=("Kuberwastaken/claurst#238", "jeremychone/rust-genai#297"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("Count from one to two thousand."),
                bedrock=answer(Text(" ".join(map(str, range(1, 2001)))), deliver=every(16_384)),
                expect=(Answered(" ".join(map(str, range(1, 2001)))), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="framing/one-chunk",
        must="Frames that arrive in one chunk are all told.",
        because=("jeremychone/rust-genai#297", "smithy-lang/smithy-rs#736"),
        costs=Cost.DATA_LOSS,
        model="meta.llama3-3-70b-instruct-v1:0",
        turns=(
            Turn(
                say=ASKED,
                bedrock=answer(Text("The capital of France is Paris."), deliver=coalesced()),
                expect=(Answered("The capital of France is Paris."), Stopped("end_turn"), Used(input=12, output=9)),
            ),
        ),
    ),
    Case(
        id="framing/text-like-frames",
        must="Text that looks like JSON, like headers or like another kind of stream is text.",
        because=("Kuberwastaken/claurst#238",),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("Quote the worst line of that protocol dump."),
                bedrock=answer(Text(TEXT_LIKE_FRAMES), deliver=frame_by_frame()),
                expect=(Answered(TEXT_LIKE_FRAMES), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="framing/unknown-event",
        must="An event of a kind that the provider does not know is passed over, and the rest is told.",
        because=(
            "langchain-ai/langchainjs#10942",
            "agentgateway/agentgateway#3235",
            "open-telemetry/opentelemetry-python-contrib#3990",
        ),
        costs=Cost.CRASH,
        turns=(
            Turn(
                say=ASKED,
                bedrock=around(Event("contentBlockHint", {"contentBlockIndex": 0, "hint": "city"}), RawBytes(WHOLE)),
                expect=(Answered("The capital of France is Paris."), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="framing/unknown-members",
        must="Members that the provider does not know, the padding `p` among them, are passed over.",
        because=(
            "vercel/ai#18994",
            "langchain-ai/langchainjs#10942",
            "recordings: every event carries an unmodelled member p",
        ),
        costs=Cost.CRASH,
        turns=(
            Turn(
                say=ASKED,
                bedrock=stream(
                    Event("messageStart", {"role": "assistant", "messageId": "msg_01", "conversation": {"turn": 1}}),
                    Event(
                        "contentBlockDelta",
                        {"contentBlockIndex": 0, "delta": {"text": "Paris."}, "logprobs": [{"token": "Paris."}]},
                    ),
                    Event("contentBlockStop", {"contentBlockIndex": 0, "tokens": 2}),
                    Event("messageStop", {"stopReason": "end_turn", "stopDetails": None}),
                    Event(
                        "metadata",
                        {
                            "metrics": {"latencyMs": 312, "firstTokenMs": 120},
                            "region": "us-west-2",
                            "usage": {
                                "inputTokens": 14,
                                "outputTokens": 2,
                                "serverToolUsage": {},
                                "thoughtTokens": 0,
                                "totalTokens": 16,
                            },
                        },
                    ),
                ),
                expect=(Answered("Paris."), Stopped("end_turn"), Used(input=14, output=2, total=16)),
            ),
        ),
    ),
)
