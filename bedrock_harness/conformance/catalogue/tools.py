"""Tools: a call reaches the caller once, whole, with the input that the model wrote."""

from __future__ import annotations

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import (
    Answered,
    Call,
    Called,
    Check,
    Fails,
    NoInventedCall,
    NoToolCall,
    Sent,
    Stopped,
)
from bedrock_harness.conformance.grades import Cost, Grade
from bedrock_harness.conformance.say import result, tool, user
from bedrock_harness.providers.protocol import Settings
from bedrock_harness.simulator.script import Event, Text, ToolUse, answer, cut, stream

__all__ = ["CASES"]

WEATHER = tool("get_weather", "The weather in a city right now.", city="string")
CLOCK = tool("get_time", "The time, everywhere.")
NOTE = tool("write_note", "Write a note to a file.", path="string", text="string")
CONVERT = tool("convert", "Convert an amount of money.", amount="number", detail="object")

LIMA = ToolUse("tooluse_Lm4a7Q", "get_weather", {"city": "Lima"})
OSLO = ToolUse("tooluse_Os9b2K", "get_weather", {"city": "Oslo"})
CAIRO = ToolUse("tooluse_Ca1c5Z", "get_weather", {"city": "Cairo"})
THREE = (LIMA, OSLO, CAIRO)
ASKED_THREE = user("What is the weather in Lima, Oslo and Cairo?")
USAGE = Event(
    "metadata", {"metrics": {"latencyMs": 903}, "usage": {"inputTokens": 371, "outputTokens": 64, "totalTokens": 435}}
)


def calls(*blocks: ToolUse) -> Called:
    """These calls, in order and no others."""
    return Called(tuple(Call(block.name, block.input, block.id) for block in blocks))


def start(index: int, block: ToolUse) -> Event:
    """The start of a tool call in a stream; the service sends no input with it."""
    return Event(
        "contentBlockStart",
        {"contentBlockIndex": index, "start": {"toolUse": {"name": block.name, "toolUseId": block.id}}},
    )


def piece(index: int, text: str) -> Event:
    """A piece of a tool call's input."""
    return Event("contentBlockDelta", {"contentBlockIndex": index, "delta": {"toolUse": {"input": text}}})


def stop(index: int) -> Event:
    """The end of a block."""
    return Event("contentBlockStop", {"contentBlockIndex": index})


def no_input(name: str, must: str, *deltas: str) -> Case:
    """The case of a call without arguments, streamed in these pieces."""
    call = ToolUse("tooluse_Nt3e8W", "get_time", {}, deltas=deltas)
    answered: tuple[Check, ...] = (Answered("Noon."), Sent("messages.1.content.0.toolUse.input", {}))
    return Case(
        id=f"tools/{name}",
        must=must,
        because=("0xPlaygrounds/rig#989", "microsoft/autogen#6979", "vercel/ai#10867", "kagent-dev/kagent#1870"),
        costs=Cost.CRASH,
        tools=(CLOCK,),
        turns=(
            Turn(say=user("What time is it?"), bedrock=answer(call, stop="tool_use"), expect=(calls(call),)),
            Turn(say=(result(call.id, "12:00"),), bedrock=answer(Text("Noon.")), expect=answered),
        ),
    )


CASES = (
    Case(
        id="tools/after-text",
        must="A tool call that follows some text is told, and so is the text.",
        because=("ankit373/hydra#975", "deepset-ai/haystack-core-integrations#1711", "spring-projects/spring-ai#4375"),
        costs=Cost.DATA_LOSS,
        tools=(WEATHER,),
        turns=(
            Turn(
                say=user("Do I need a coat in Oslo?"),
                bedrock=answer(Text("Let me look."), OSLO, stop="tool_use"),
                expect=(Answered("Let me look."), calls(OSLO), Stopped("tool_use")),
            ),
        ),
    ),
    Case(
        id="tools/broken-input",
        must="Input that is not JSON is an error or is shown as it is; no other input is put in its place.",
        because=(
            "aws/bedrock-agentcore-sdk-python#425",
            "langchain-ai/langchain-aws#1010",
            "vercel/ai CHANGELOG cf06314",
        ),
        costs=Cost.WRONG_ANSWER,
        model="openai.gpt-oss-120b-1:0",
        tools=(WEATHER,),
        turns=(
            Turn(
                say=user("What is the weather in Lima?"),
                bedrock=answer(
                    ToolUse("tooluse_Bk6r1N", "get_weather", {}, deltas=('{"city": ', "Lima", "}}")), stop="tool_use"
                ),
                expect=(NoInventedCall(),),
            ),
        ),
    ),
    Case(
        id="tools/cut-by-end",
        must="A stream that ends inside a tool call is an error, and the half call is not handed over.",
        because=("BerriAI/litellm#32686", "NousResearch/hermes-agent#109988", "anomalyco/opencode#46065"),
        costs=Cost.WRONG_ANSWER,
        tools=(NOTE,),
        turns=(
            Turn(
                say=user("Note that the milk is out."),
                # messageStart, contentBlockStart, one of the two pieces.
                bedrock=answer(
                    ToolUse("tooluse_Ct7y4D", "write_note", {}, deltas=('{"path": "a.txt"', ', "text": "Milk"}')),
                    stop="tool_use",
                    fault=cut(frame=3),
                ),
                expect=(Fails(), NoToolCall()),
            ),
        ),
    ),
    Case(
        id="tools/cut-by-max-tokens",
        must="A call that was cut at the limit of tokens is not handed over as if its input were whole.",
        because=("spring-projects/spring-ai#4374", "aaif-goose/goose#11838"),
        costs=Cost.WRONG_ANSWER,
        tools=(NOTE,),
        settings=Settings(max_tokens=24),
        turns=(
            Turn(
                say=user("Write a long note on the sea into sea.txt."),
                bedrock=answer(
                    ToolUse(
                        "tooluse_Mx2t9H",
                        "write_note",
                        {},
                        deltas=('{"path": "sea.txt", ', '"text": "The sea is wide and'),
                    ),
                    stop="max_tokens",
                ),
                expect=(NoInventedCall(),),
            ),
        ),
    ),
    Case(
        id="tools/end-turn-with-call",
        must="A tool call is offered to the caller even where the stop reason says that the turn is over.",
        because=("strands-agents/harness-sdk#767",),
        costs=Cost.WRONG_ANSWER,
        model="us.amazon.nova-pro-v1:0",
        tools=(WEATHER,),
        turns=(
            Turn(
                say=user("What is the weather in Cairo?"),
                bedrock=answer(CAIRO, stop="end_turn"),
                expect=(calls(CAIRO),),
            ),
        ),
    ),
    Case(
        id="tools/input-in-pieces",
        must="The pieces of a call's input are put together and read as one JSON value.",
        because=(
            "crewAIInc/crewAI#5739",
            "crewAIInc/crewAI#6149",
            "BerriAI/litellm#4106",
            "vercel/ai CHANGELOG 68c5081",
        ),
        costs=Cost.DATA_LOSS,
        tools=(NOTE,),
        turns=(
            Turn(
                say=user("Note that the milk is out."),
                bedrock=answer(
                    ToolUse(
                        "tooluse_In5p3C",
                        "write_note",
                        {"path": "shopping.txt", "text": "Milk is out."},
                        deltas=("", '{"pa', 'th": "shopp', 'ing.txt"', ', "text": ', '"Milk is out."', "}"),
                    ),
                    stop="tool_use",
                ),
                expect=(
                    Called((Call("write_note", {"path": "shopping.txt", "text": "Milk is out."}, "tooluse_In5p3C"),)),
                    Stopped("tool_use"),
                ),
            ),
        ),
    ),
    Case(
        id="tools/interleaved",
        must="Pieces of two calls that are open at once go each to its own call.",
        because=("BerriAI/litellm#34230", "run-llama/llama_index#18760", "pipecat-ai/pipecat#4918"),
        costs=Cost.WRONG_ANSWER,
        grade=Grade.SHOULD,
        tools=(WEATHER,),
        turns=(
            Turn(
                say=user("What is the weather in Lima and in Oslo?"),
                bedrock=stream(
                    Event("messageStart", {"role": "assistant"}),
                    start(0, LIMA),
                    start(1, OSLO),
                    piece(0, '{"city": '),
                    piece(1, '{"city": "O'),
                    piece(0, '"Lima"}'),
                    piece(1, 'slo"}'),
                    stop(0),
                    stop(1),
                    Event("messageStop", {"stopReason": "tool_use"}),
                    USAGE,
                ),
                expect=(calls(LIMA, OSLO),),
            ),
        ),
    ),
    no_input("no-input", "A call without arguments, of which no input is ever sent, is a call with an empty object."),
    no_input("no-input-empty-piece", "A call whose only piece of input is empty is a call with an empty object.", ""),
    Case(
        id="tools/numbers",
        must="Numbers, nulls and nested values in a call's input arrive as the model wrote them.",
        because=("aws/aws-sdk-js-v3#8246", "strands-agents/harness-sdk#3692", "localstack/localstack#12816"),
        costs=Cost.WRONG_ANSWER,
        tools=(CONVERT,),
        turns=(
            Turn(
                say=user("Convert twenty-two euros."),
                bedrock=answer(
                    ToolUse(
                        "tooluse_Nu8m6B",
                        "convert",
                        deltas=(
                            '{"amount": 22.0, "detail": {"scale": 1e3, "fee": -0.5, ',
                            '"cap": null, "steps": [1, [2, true]]}}',
                        ),
                    ),
                    stop="tool_use",
                ),
                expect=(
                    Called(
                        (
                            Call(
                                "convert",
                                {
                                    "amount": 22,
                                    "detail": {"scale": 1000, "fee": -0.5, "cap": None, "steps": [1, [2, True]]},
                                },
                                "tooluse_Nu8m6B",
                            ),
                        )
                    ),
                ),
            ),
        ),
    ),
    Case(
        id="tools/numbers-beyond-double",
        must="An integer that no double can hold arrives to the digit.",
        because=("aws/aws-sdk-js-v3#8246", "RFC 8259, section 6: numbers beyond 2^53 lose digits in many readers"),
        costs=Cost.WRONG_ANSWER,
        grade=Grade.SHOULD,
        tools=(CONVERT,),
        turns=(
            Turn(
                say=user("Convert all of it, in cents."),
                bedrock=answer(
                    ToolUse("tooluse_Bg1d0U", "convert", {"amount": 9_007_199_254_740_993, "detail": {}}),
                    stop="tool_use",
                ),
                expect=(Called((Call("convert", {"amount": 9_007_199_254_740_993, "detail": {}}, "tooluse_Bg1d0U"),)),),
            ),
        ),
    ),
    Case(
        id="tools/odd-cuts",
        must="A call's input may be cut anywhere, inside an escape or a number too.",
        because=("crewAIInc/crewAI#5739", "maximhq/bifrost#3435", "BasedHardware/omi#9638"),
        costs=Cost.DATA_LOSS,
        tools=(CONVERT,),
        turns=(
            Turn(
                say=user("Convert one and a half, and mark it with a wave."),
                bedrock=answer(
                    ToolUse(
                        "tooluse_Od4c7V",
                        "convert",
                        deltas=(
                            '{"amount": 1',
                            '.5, "detail": {"mark": "\\u',
                            "d83d\\",
                            "udc4b caf\\u00",
                            "e9 \\",
                            '"now\\""}}',
                        ),
                    ),
                    stop="tool_use",
                ),
                expect=(
                    Called((Call("convert", {"amount": 1.5, "detail": {"mark": '👋 café "now"'}}, "tooluse_Od4c7V"),)),
                ),
            ),
        ),
    ),
    Case(
        id="tools/parallel",
        must="Three calls in one answer are three calls, each with its own id, name and input.",
        because=(
            "pipecat-ai/pipecat#4918",
            "run-llama/llama_index#18760",
            "spring-projects/spring-ai#4375",
            "BerriAI/litellm#15307",
        ),
        costs=Cost.DATA_LOSS,
        tools=(WEATHER,),
        turns=(
            Turn(say=ASKED_THREE, bedrock=answer(*THREE, stop="tool_use"), expect=(calls(*THREE), Stopped("tool_use"))),
        ),
    ),
    Case(
        id="tools/whole",
        must="Tool calls in a reply that is not streamed are told, each once.",
        because=("huggingface/smolagents#2011", "ankit373/hydra#975", "deepset-ai/haystack-core-integrations#1711"),
        costs=Cost.DATA_LOSS,
        model="mistral.mistral-large-2407-v1:0",
        tools=(WEATHER,),
        turns=(
            Turn(
                say=ASKED_THREE,
                bedrock=answer(Text("Let me look."), *THREE, stop="tool_use"),
                stream=False,
                expect=(Answered("Let me look."), calls(*THREE), Stopped("tool_use")),
            ),
        ),
    ),
)
