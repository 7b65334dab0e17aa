"""Tools: what goes to the service. Schemas and choices as the caller gave them, results as the service wants them."""

from __future__ import annotations

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.catalogue.tools import ASKED_THREE, CAIRO, LIMA, NOTE, OSLO, THREE, WEATHER, calls
from bedrock_harness.conformance.checks import (
    Answered,
    Call,
    Called,
    Carries,
    NotSent,
    Sent,
    should,
)
from bedrock_harness.conformance.grades import Cost
from bedrock_harness.conformance.say import result, user
from bedrock_harness.providers.protocol import Settings
from bedrock_harness.simulator.script import Text, ToolUse, answer

__all__ = ["CASES"]

ORDER = {
    "name": "place_order",
    "description": "Place an order for one article.",
    "schema": {
        "type": "object",
        "properties": {
            "article": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
            "count": {"type": "integer", "minimum": 1, "maximum": 99},
            "express": {"type": "boolean"},
            "notes": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["article", "count"],
    },
}
"""A schema with a pattern, integers, a boolean and an array: each has been lost or turned into a string somewhere."""

RESULTS = (
    result(LIMA.id, "17 degrees, mist"),
    result(OSLO.id, "-4 degrees, snow"),
    result(CAIRO.id, "29 degrees, sun"),
)


def choice(name: str, must: str, asked: str, sent: dict[str, object]) -> Case:
    """The case of a choice that the caller makes for the model."""
    return Case(
        id=f"tools/choice-{name}",
        must=must,
        because=("vercel/ai CHANGELOG a1a8091", "BerriAI/litellm#34420", "langchain-ai/langchain-aws#620"),
        costs=Cost.WRONG_ANSWER,
        tools=(WEATHER, NOTE),
        settings=Settings(tool_choice=asked),
        turns=(
            Turn(
                say=user("I am going out in Lima."),
                bedrock=answer(LIMA, stop="tool_use"),
                expect=(calls(LIMA), Sent("toolConfig.toolChoice", sent)),
            ),
        ),
    )


CASES = (
    choice("any", "Where the caller wants some tool to be called, the request says so.", "any", {"any": {}}),
    choice(
        "named",
        "Where the caller wants one tool to be called, the request names it.",
        "get_weather",
        {"tool": {"name": "get_weather"}},
    ),
    Case(
        id="tools/error-result",
        must="The model is told what went wrong in a tool, and that it went wrong.",
        because=("aws-samples/sample-multi-agent-orchestration-chat-on-agentcore#15", "mcp-use/mcp-use#1620"),
        costs=Cost.WRONG_ANSWER,
        tools=(WEATHER,),
        turns=(
            Turn(
                say=user("What is the weather in Oslo?"), bedrock=answer(OSLO, stop="tool_use"), expect=(calls(OSLO),)
            ),
            Turn(
                say=(result(OSLO.id, "The weather station does not answer.", status="error"),),
                bedrock=answer(Text("I could not find out.")),
                expect=(
                    Answered("I could not find out."),
                    Carries(("The weather station does not answer.",)),
                    should(Sent("messages.2.content.0.toolResult.status", "error")),
                ),
            ),
        ),
    ),
    Case(
        id="tools/results-then-text",
        must="What the user adds to a tool's result goes out in the same turn, behind the result.",
        because=("elastic/kibana#284682", "langchain-ai/langchain-aws#130", "langchain-ai/langchainjs#6724"),
        costs=Cost.CRASH,
        tools=(WEATHER,),
        turns=(
            Turn(
                say=user("What is the weather in Lima?"), bedrock=answer(LIMA, stop="tool_use"), expect=(calls(LIMA),)
            ),
            Turn(
                say=(RESULTS[0], *user("Answer in one word.")),
                bedrock=answer(Text("Misty.")),
                expect=(
                    Answered("Misty."),
                    Sent("messages.2.content.0.toolResult.toolUseId", LIMA.id),
                    Carries(("17 degrees, mist", "Answer in one word.")),
                    NotSent("messages.3"),
                ),
            ),
        ),
    ),
    Case(
        id="tools/results-together",
        must="The results of several calls go out together, in one turn of the user.",
        because=(
            "langchain-ai/langchain-aws#130",
            "microsoft/semantic-kernel#14074",
            "agentgateway/agentgateway#1358",
            "anomalyco/opencode#41780",
            "camel-ai/camel#3956",
        ),
        costs=Cost.CRASH,
        tools=(WEATHER,),
        turns=(
            Turn(say=ASKED_THREE, bedrock=answer(*THREE, stop="tool_use"), expect=(calls(*THREE),)),
            Turn(
                say=RESULTS,
                bedrock=answer(Text("Mist, snow and sun.")),
                expect=(
                    Answered("Mist, snow and sun."),
                    Carries(("17 degrees, mist", "-4 degrees, snow", "29 degrees, sun"), in_order=False),
                    NotSent("messages.3"),
                ),
            ),
        ),
    ),
    Case(
        id="tools/schema-as-given",
        must="A tool's name, description and schema go out as the caller gave them.",
        because=(
            "Tracer-Cloud/opensre#2381",
            "run-llama/LlamaIndexTS#1850",
            "aws-cloudformation/cloudformation-coverage-roadmap#2303",
        ),
        costs=Cost.WRONG_ANSWER,
        tools=(ORDER,),
        turns=(
            Turn(
                say=user("Order two of AB-1234."),
                bedrock=answer(
                    ToolUse("tooluse_Or3q6J", "place_order", {"article": "AB-1234", "count": 2}), stop="tool_use"
                ),
                expect=(
                    Called((Call("place_order", {"article": "AB-1234", "count": 2}, "tooluse_Or3q6J"),)),
                    Sent("toolConfig.tools.0.toolSpec.name", "place_order"),
                    Sent("toolConfig.tools.0.toolSpec.description", "Place an order for one article."),
                    Sent("toolConfig.tools.0.toolSpec.inputSchema.json.type", "object"),
                    Sent("toolConfig.tools.0.toolSpec.inputSchema.json.required", ["article", "count"]),
                    # Some providers leave out what a model family does not know.
                    should(Sent("toolConfig.tools.0.toolSpec.inputSchema.json", ORDER["schema"])),
                ),
            ),
        ),
    ),
)
