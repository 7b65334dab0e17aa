"""Framing: what is broken is an error. Frames that are wrong on purpose are made here, bit by bit, out of a right one."""

from __future__ import annotations

from zlib import crc32

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.catalogue.framing import (
    ASKED,
    EVENT,
    FIRST,
    LAST,
    PRELUDE,
    START,
    STOP,
    STOP_BLOCK,
    WHOLE,
    around,
)
from bedrock_harness.conformance.checks import Fails
from bedrock_harness.conformance.grades import Cost, Grade
from bedrock_harness.simulator.script import (
    Frame,
    Http,
    RawBytes,
    Text,
    answer,
    cut,
    stream,
)

__all__ = ["CASES"]

UNKNOWN_OPERATION = b'{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}'
"""What the service answers, under 200, where a path names no operation (vercel/ai#17523)."""


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
                expect=(Fails(),),
            ),
        ),
    ),
    Case(
        id="framing/bad-message-checksum",
        must="A frame that was changed on the way is an error, never an answer.",
        because=("vercel/ai#18994", "vercel/ai#19117", "Amazon event stream encoding: message CRC"),
        costs=Cost.WRONG_ANSWER,
        turns=(Turn(say=ASKED, bedrock=around(wrong_letter()), expect=(Fails(),)),),
    ),
    Case(
        id="framing/bad-prelude-checksum",
        must="A frame whose lengths do not fit their checksum is an error, since its end can't be known.",
        because=("vercel/ai#18994", "anomalyco/opencode#44630", "Amazon event stream encoding: prelude CRC"),
        costs=Cost.DATA_LOSS,
        turns=(Turn(say=ASKED, bedrock=around(wrong_prelude_checksum()), expect=(Fails(),)),),
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
                expect=(Fails(),),
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
                expect=(Fails(),),
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
                expect=(Fails(),),
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
                expect=(Fails(),),
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
                expect=(Fails(),),
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
                expect=(Fails(),),
            ),
        ),
    ),
)
