"""Framing: bytes to frames. The same bytes, however they are cut, give the same answer; wrong bytes give an error.

Frames that are wrong on purpose are made here, bit by bit, out of right ones.
"""

from __future__ import annotations

from zlib import crc32

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import Answered, Fails, InTime, Stopped, Used
from bedrock_harness.conformance.grades import Cost, Grade
from bedrock_harness.conformance.say import user
from bedrock_harness.simulator.script import (
    Event,
    Frame,
    Http,
    RawBytes,
    Stream,
    Text,
    answer,
    at,
    coalesced,
    cut,
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

UNKNOWN_OPERATION = b'{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}'
"""What the service answers, under 200, where a path names no operation (vercel/ai#17523)."""


def around(*frames: Frame | RawBytes | Event) -> Stream:
    """These frames in the middle of an answer that is right before and after."""
    return stream(START, FIRST, *frames, STOP_BLOCK, STOP, METADATA)


def wrong_prelude_checksum() -> RawBytes:
    """A frame whose lengths do not fit their checksum, while the checksum over the whole frame is right."""
    body = WHOLE[:8] + bytes(byte ^ 0xFF for byte in WHOLE[8:PRELUDE]) + WHOLE[PRELUDE:-4]
    return RawBytes(body + crc32(body).to_bytes(4, "big"))


def wrong_letter() -> RawBytes:
    """A frame in which one bit turned Paris into Qaris, and the JSON is still JSON."""
    return RawBytes(WHOLE.replace(b"Paris", b"Qaris"))


def absurd_length() -> RawBytes:
    """A prelude that announces four gibibytes, with the right checksum, and little behind it."""
    lengths = (0xFFFF_FFF0).to_bytes(4, "big") + WHOLE[4:8]
    return RawBytes(lengths + crc32(lengths).to_bytes(4, "big") + WHOLE[PRELUDE:])


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
        id="framing/absurd-length",
        must="A frame that announces four gibibytes and never delivers them is an error, in good time.",
        because=("anomalyco/opencode#44630", "anomalyco/opencode#44649"),
        costs=Cost.SECURITY,
        turns=(
            Turn(
                say=ASKED,
                bedrock=stream(START, FIRST, absurd_length()),
                expect=(Fails(), InTime(6.0)),
            ),
        ),
    ),
    Case(
        id="framing/bad-message-checksum",
        must="A frame that was changed on the way is an error, never an answer.",
        because=("vercel/ai#18994", "vercel/ai#19117", "Amazon event stream encoding: message CRC"),
        costs=Cost.WRONG_ANSWER,
        turns=(Turn(say=ASKED, bedrock=around(wrong_letter()), expect=(Fails(), InTime(6.0))),),
    ),
    Case(
        id="framing/bad-prelude-checksum",
        must="A frame whose lengths do not fit their checksum is an error, since its end can't be known.",
        because=("vercel/ai#18994", "anomalyco/opencode#44630", "Amazon event stream encoding: prelude CRC"),
        costs=Cost.DATA_LOSS,
        turns=(Turn(say=ASKED, bedrock=around(wrong_prelude_checksum()), expect=(Fails(), InTime(6.0))),),
    ),
    Case(
        id="framing/cut-connection",
        must="A connection that closes in the middle of a reply is an error.",
        because=("anthropics/claude-code#297", "cline/cline#8091", "vercel/ai CHANGELOG 1ac9af8"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=answer(
                    Text("The capital of France is Paris.", deltas=("The capital of France is", " Paris.")),
                    fault=cut(frame=2, ending="close"),
                ),
                expect=(Fails(), InTime(6.0)),
            ),
        ),
    ),
    Case(
        id="framing/cut-in-metadata",
        must="A reply that ends in the middle of its last frame is an error, though the answer itself was whole.",
        because=("vercel/ai#19035", "vercel/ai CHANGELOG 1ac9af8"),
        costs=Cost.DATA_LOSS,
        grade=Grade.SHOULD,
        turns=(
            Turn(
                say=ASKED,
                bedrock=stream(START, FIRST, RawBytes(WHOLE), STOP_BLOCK, STOP, RawBytes(WHOLE[:40])),
                expect=(Fails(), InTime(6.0)),
            ),
        ),
    ),
    Case(
        id="framing/cut-mid-frame",
        must="A reply that ends in the middle of a frame is an error, even where HTTP ended well.",
        because=("vercel/ai#19035", "anomalyco/opencode#46281", "vercel/ai CHANGELOG 1ac9af8"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=stream(START, FIRST, RawBytes(WHOLE[:40])),
                expect=(Fails(), InTime(6.0)),
            ),
        ),
    ),
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
        id="framing/missing-event-type",
        must="A frame that does not say which event it is, is an error: what it carried is lost otherwise.",
        because=("smithy-lang/smithy restJson1 event-stream tests: missing :event-type", "vercel/ai#19034"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=around(Frame({":content-type": "application/json", ":message-type": "event"}, LAST)),
                expect=(Fails(),),
            ),
        ),
    ),
    Case(
        id="framing/missing-message-type",
        must="A frame that does not say whether it is an event or an error is an error.",
        because=("smithy-lang/smithy restJson1 event-stream tests: missing :message-type", "vercel/ai#19034"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=around(Frame({":event-type": "contentBlockDelta", ":content-type": "application/json"}, LAST)),
                expect=(Fails(),),
            ),
        ),
    ),
    Case(
        id="framing/not-an-event-stream",
        must="A page of HTML under status 200 is an error, never an empty answer.",
        because=("anthropics/claude-code#297", "aws/aws-sdk-java#821", "vercel/ai#17523"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=Http(
                    status=200,
                    headers={"content-type": "text/html; charset=utf-8"},
                    body=b"<!DOCTYPE html>\n<title>Sign in</title>\n<p>Sign in to the guest network to go on.</p>\n",
                ),
                expect=(Fails(), InTime(6.0)),
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
        id="framing/payload-not-json",
        must="An event whose JSON is broken is an error, not an event that says nothing.",
        because=("vercel/ai#18994", "ortus-boxlang/bx-ai#273"),
        costs=Cost.DATA_LOSS,
        turns=(Turn(say=ASKED, bedrock=around(Frame(dict(EVENT), LAST[:40])), expect=(Fails(),)),),
    ),
    Case(
        id="framing/reset",
        must="A connection that is reset in the middle of a frame is an error.",
        because=("vercel/ai CHANGELOG 1ac9af8", "aws/aws-sdk-java-v2#6876"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=answer(Text("The capital of France is Paris."), fault=cut(byte=333, ending="reset")),
                expect=(Fails(), InTime(6.0)),
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
    Case(
        id="framing/unknown-operation-streamed",
        must="The service's answer to an unknown operation is an error, though its status is 200.",
        because=("vercel/ai#17523", "vercel/ai#17549", "BerriAI/litellm#3805"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=ASKED,
                bedrock=Http(status=200, headers={"content-type": "application/json"}, body=UNKNOWN_OPERATION),
                expect=(Fails(), InTime(6.0)),
            ),
        ),
    ),
)
