"""Streams: what the order and the timing of events mean. An answer is over when the service says so, and not before."""

from __future__ import annotations

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import (
    Answered,
    Fails,
    HungUp,
    Incremental,
    Kept,
    NotCounted,
    Stopped,
    Used,
    should,
)
from bedrock_harness.conformance.grades import Cost, Grade
from bedrock_harness.conformance.say import user
from bedrock_harness.providers.protocol import Settings
from bedrock_harness.simulator.script import Event, Text, Usage, answer, cut, frame_by_frame, stream

__all__ = ["CASES"]

TIDES = Text("The Moon pulls the near side most.", deltas=("The Moon", " pulls", " the near", " side", " most."))
"""Five deltas: with messageStart ahead of them, the frames to cut after can be counted."""

SEAS = " ".join(f"Wave {number}." for number in range(1, 16))

CASES = (
    Case(
        id="stream/abandoned",
        must="When the caller stops listening, the provider closes the connection instead of reading on.",
        because=("majiayu000/litellm-rs#346", "langchain-ai/langchain-aws#819", "aws/aws-sdk-java-v2#6876"),
        costs=Cost.MONEY,
        turns=(
            Turn(
                say=user("Count the waves as they come in."),
                bedrock=answer(
                    Text(SEAS, deltas=tuple(f"Wave {number}. " for number in range(1, 16))),
                    deliver=frame_by_frame(gap=0.1),
                ),
                stop_after=2,
                expect=(HungUp(),),
            ),
        ),
    ),
    Case(
        id="stream/citation",
        must="Citations among the text are shown or passed over; the text is told either way.",
        because=("vercel/ai#15501", "langchain-ai/langchainjs#10942", "strands-agents/sdk-typescript#910"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("What does the tide table say about tonight?"),
                bedrock=stream(
                    Event("messageStart", {"role": "assistant"}),
                    Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "High water is at 22:40."}}),
                    Event(
                        "contentBlockDelta",
                        {
                            "contentBlockIndex": 0,
                            "delta": {
                                "citation": {
                                    "location": {"documentPage": {"documentIndex": 0, "end": 2, "start": 1}},
                                    "sourceContent": [{"text": "22:40 HW 4.1 m"}],
                                    "title": "Tide table",
                                }
                            },
                        },
                    ),
                    Event("contentBlockStop", {"contentBlockIndex": 0}),
                    Event("messageStop", {"stopReason": "end_turn"}),
                    Event(
                        "metadata",
                        {
                            "metrics": {"latencyMs": 640},
                            "usage": {"inputTokens": 812, "outputTokens": 11, "totalTokens": 823},
                        },
                    ),
                ),
                expect=(Answered("High water is at 22:40."), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="stream/empty-delta",
        must="A piece of text may be empty.",
        because=("vercel/ai fixture issue-11409: Kimi sends empty deltas", "NousResearch/hermes-agent#60628"),
        costs=Cost.CRASH,
        model="moonshot.kimi-k2-thinking",
        turns=(
            Turn(
                say=user("Why are there two tides a day?"),
                bedrock=answer(Text("One on each side.", deltas=("", "One on", "", " each side.", ""))),
                expect=(Answered("One on each side."), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="stream/incremental",
        must="The caller sees the first piece while the others are still on their way, and can stop what it does not want.",
        because=("aaif-goose/goose#9577", "nearai/ironclaw#741", "floci-io/floci#3043"),
        costs=Cost.MONEY,
        turns=(
            Turn(
                say=user("What makes the tides?"),
                bedrock=answer(TIDES, deliver=frame_by_frame(gap=0.1)),
                expect=(Answered(TIDES.text), Incremental()),
            ),
        ),
    ),
    Case(
        id="stream/metadata-before-stop",
        must="Token counts that come ahead of the end of the message count as well.",
        because=("Effect-TS/effect#6160",),
        costs=Cost.MONEY,
        grade=Grade.SHOULD,
        turns=(
            Turn(
                say=user("Is it high tide?"),
                bedrock=stream(
                    Event("messageStart", {"role": "assistant"}),
                    Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "In two hours."}}),
                    Event("contentBlockStop", {"contentBlockIndex": 0}),
                    Event(
                        "metadata",
                        {
                            "metrics": {"latencyMs": 288},
                            "usage": {"inputTokens": 11, "outputTokens": 5, "totalTokens": 16},
                        },
                    ),
                    Event("messageStop", {"stopReason": "end_turn"}),
                ),
                expect=(Answered("In two hours."), Stopped("end_turn"), Used(input=11, output=5, total=16)),
            ),
        ),
    ),
    Case(
        id="stream/metadata-late",
        must="The provider waits for the token counts, which come after the end of the message.",
        because=("Effect-TS/effect#6272", "lastmile-ai/mcp-agent#634", "infiniflow/ragflow#17775"),
        costs=Cost.MONEY,
        turns=(
            Turn(
                say=user("Is it low tide?"),
                # Five frames: the last, metadata, comes a tenth of a second after messageStop.
                bedrock=answer(
                    Text("Not yet.", deltas=("Not yet.",)),
                    usage=Usage(input=11, output=3),
                    deliver=frame_by_frame(gap=0.1),
                ),
                expect=(Answered("Not yet."), Stopped("end_turn"), Used(input=11, output=3, total=14)),
            ),
        ),
    ),
    Case(
        id="stream/metadata-missing",
        must="A message that ended is an answer, even where no token counts follow; none are made up.",
        because=("TanStack/ai#1278", "BerriAI/litellm#32686"),
        costs=Cost.MONEY,
        turns=(
            Turn(
                say=user("What makes the tides?"),
                # messageStart, five deltas, contentBlockStop, messageStop.
                bedrock=answer(TIDES, fault=cut(frame=8)),
                expect=(Answered(TIDES.text), Stopped("end_turn"), should(NotCounted())),
            ),
        ),
    ),
    Case(
        id="stream/no-events",
        must="A stream without a single event is an error, not an empty answer.",
        because=("earendil-works/pi#4210", "NousResearch/hermes-agent#109988", "BerriAI/litellm#32686"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("What makes the tides?"),
                bedrock=answer(TIDES, fault=cut(frame=0)),
                expect=(Fails(),),
            ),
        ),
    ),
    Case(
        id="stream/no-message-stop-after-block",
        must="A stream that ends after a block but before the message does is an error.",
        because=("langchain-ai/langchain-aws#1287", "anomalyco/opencode#46065", "NousResearch/hermes-agent#109988"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("What makes the tides?"),
                bedrock=answer(TIDES, fault=cut(frame=7)),
                expect=(Fails(), should(Kept(TIDES.text))),
            ),
        ),
    ),
    Case(
        id="stream/no-message-stop-after-text",
        must="A stream that ends in the middle of a text is an error: half an answer is not an answer.",
        because=(
            "NousResearch/hermes-agent#109988",
            "BerriAI/litellm#32686",
            "langchain-ai/langchain-aws#1287",
            "earendil-works/pi#4210",
        ),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("What makes the tides?"),
                bedrock=answer(TIDES, fault=cut(frame=3)),
                expect=(Fails(), should(Kept("The Moon pulls"))),
            ),
        ),
    ),
    Case(
        id="stream/several-text-blocks",
        must="The text of all blocks is told, in order.",
        because=("janeapp/riffer#222", "danny-avila/LibreChat#10647"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("Spring tide and neap tide, one sentence each."),
                bedrock=answer(Text("Spring tides are the highest. "), Text("Neap tides are the lowest.")),
                expect=(Answered("Spring tides are the highest. Neap tides are the lowest."), Stopped("end_turn")),
            ),
        ),
    ),
    Case(
        id="stream/stall",
        must="When the service falls silent, the provider gives up after the time that the caller set.",
        because=("Bike4Mind/bike4mind#2253", "Graphify-Labs/graphify#2283", "vercel/ai#18994"),
        costs=Cost.CRASH,
        settings=Settings(read_timeout=1.0),
        turns=(
            Turn(
                say=user("What makes the tides?"),
                bedrock=answer(TIDES, fault=cut(frame=3, ending="stall")),
                expect=(Fails(),),
            ),
        ),
    ),
    Case(
        id="stream/text-without-block-start",
        must="Text begins with its first piece; the service sends no start of a text block.",
        because=(
            "vercel/ai#18994",
            "recordings: no contentBlockStart ahead of text in any stream",
            "crmne/ruby_llm#813",
            "BerriAI/litellm#4098",
        ),
        costs=Cost.DATA_LOSS,
        model="amazon.nova-micro-v1:0",
        turns=(
            Turn(
                say=user("What makes the tides?"),
                bedrock=answer(TIDES),
                expect=(Answered(TIDES.text), Stopped("end_turn"), Used(input=12, output=9, total=21)),
            ),
        ),
    ),
    Case(
        id="stream/unknown-delta",
        must="A piece of a kind that the provider does not know is passed over, and the text is told.",
        because=("langchain-ai/langchainjs#10942", "agentgateway/agentgateway#3235", "vercel/ai#15501"),
        costs=Cost.CRASH,
        grade=Grade.SHOULD,
        turns=(
            Turn(
                say=user("Is it high tide?"),
                bedrock=stream(
                    Event("messageStart", {"role": "assistant"}),
                    Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "In two"}}),
                    Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"chart": {"points": [1, 4, 9]}}}),
                    Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": " hours."}}),
                    Event("contentBlockStop", {"contentBlockIndex": 0}),
                    Event("messageStop", {"stopReason": "end_turn"}),
                    Event(
                        "metadata",
                        {
                            "metrics": {"latencyMs": 288},
                            "usage": {"inputTokens": 11, "outputTokens": 5, "totalTokens": 16},
                        },
                    ),
                ),
                expect=(Answered("In two hours."), Stopped("end_turn")),
            ),
        ),
    ),
)
