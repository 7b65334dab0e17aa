"""Conversations: what was said stands in the next request, as it was said, in a shape that the service takes.

Providers that promise to repair a history which the service would refuse (`repair`) are held to it.
"""

from __future__ import annotations

from typing import Any

from bedrock_harness.conformance.case import Capability, Case, Turn
from bedrock_harness.conformance.checks import Answered, Carries, NotSent, Sent
from bedrock_harness.conformance.grades import Cost, Grade
from bedrock_harness.conformance.say import result, user
from bedrock_harness.providers.protocol import Settings
from bedrock_harness.simulator.script import Text, answer

__all__ = ["CASES"]

REPAIR = frozenset({Capability.REPAIR})
STORY = "The lighthouse keeper counted the ships, " * 40 + "and went to bed."


def said(role: str, *content: dict[str, Any]) -> dict[str, Any]:
    """A message of a history that the caller seeds."""
    return {"role": role, "content": list(content)}


CASES = (
    Case(
        id="conversation/blank-text",
        must="A blank text in the history is left out or replaced, since the service refuses the whole request for it.",
        because=(
            "continuedev/continue#9767",
            "NousResearch/hermes-agent#39829",
            "anomalyco/opencode#17381",
            "smg-project/smg#1472",
            "boto/botocore#3525",
        ),
        costs=Cost.CRASH,
        needs=REPAIR,
        history=(
            said("user", {"text": "Are you there?"}),
            said("assistant", {"text": " \n"}),
            said("user", {"text": "Hello?"}, {"text": ""}),
            said("assistant", {"text": "I am here now."}),
        ),
        turns=(
            Turn(
                say=user("Good."),
                bedrock=answer(Text("What can I do for you?")),
                expect=(
                    Answered("What can I do for you?"),
                    Carries(("Are you there?", "Hello?", "I am here now.", "Good.")),
                ),
            ),
        ),
    ),
    Case(
        id="conversation/merge-roles",
        must="Messages of one role that follow each other are brought into an order that the service takes, with nothing lost.",
        because=(
            "Portkey-AI/gateway#748",
            "langchain-ai/langchain-aws#192",
            "langchain-ai/langchainjs#6724",
            "elastic/kibana#284682",
        ),
        costs=Cost.CRASH,
        needs=REPAIR,
        model="meta.llama3-3-70b-instruct-v1:0",
        history=(
            said("user", {"text": "I have a question."}),
            said("user", {"text": "It is about lighthouses."}),
            said("assistant", {"text": "Ask away."}),
            said("assistant", {"text": "I like lighthouses."}),
        ),
        turns=(
            Turn(
                say=user("Which is the tallest?"),
                bedrock=answer(Text("The one in Jeddah.")),
                expect=(
                    Answered("The one in Jeddah."),
                    Carries(
                        (
                            "I have a question.",
                            "It is about lighthouses.",
                            "Ask away.",
                            "I like lighthouses.",
                            "Which is the tallest?",
                        )
                    ),
                ),
            ),
        ),
    ),
    Case(
        id="conversation/nothing-invented",
        must="A request holds no setting that the caller did not make.",
        because=(
            "mem0ai/mem0#4004",
            "earendil-works/pi#3399",
            "crewAIInc/crewAI#4054",
            "quarkiverse/quarkus-langchain4j#1753",
        ),
        costs=Cost.WRONG_ANSWER,
        grade=Grade.SHOULD,
        turns=(
            Turn(
                say=user("Who built the first lighthouse?"),
                bedrock=answer(Text("Sostratus of Cnidus, they say.")),
                expect=(
                    Answered("Sostratus of Cnidus, they say."),
                    NotSent("inferenceConfig.maxTokens"),
                    NotSent("inferenceConfig.temperature"),
                    NotSent("inferenceConfig.topP"),
                    NotSent("inferenceConfig.stopSequences"),
                    NotSent("system.0"),
                    NotSent("toolConfig"),
                ),
            ),
        ),
    ),
    Case(
        id="conversation/second-turn",
        must="The second request holds the first exchange as it was, and then what the user says now.",
        because=("langchain-ai/langchain-aws#638", "langchain-ai/langchain-aws#844", "ankit373/hydra#975"),
        costs=Cost.WRONG_ANSWER,
        turns=(
            Turn(
                say=user("How far does a lighthouse reach?"),
                bedrock=answer(Text("Some twenty nautical miles.")),
                expect=(Answered("Some twenty nautical miles."),),
            ),
            Turn(
                say=user("And in fog?"),
                bedrock=answer(Text("Much less: hence the horn.")),
                expect=(
                    Answered("Much less: hence the horn."),
                    Sent("messages.0.role", "user"),
                    Sent("messages.0.content.0.text", "How far does a lighthouse reach?"),
                    Sent("messages.1.role", "assistant"),
                    Sent("messages.1.content.0.text", "Some twenty nautical miles."),
                    Sent("messages.2.role", "user"),
                    Sent("messages.2.content.0.text", "And in fog?"),
                    NotSent("messages.3"),
                ),
            ),
        ),
    ),
    Case(
        id="conversation/second-turn-whole",
        must="A conversation that is not streamed goes on like one that is.",
        because=("spring-projects/spring-ai#1931", "spring-projects/spring-ai#6845"),
        costs=Cost.WRONG_ANSWER,
        turns=(
            Turn(
                say=user("What is a daymark?"),
                bedrock=answer(Text("A sign for ships, by day.")),
                stream=False,
                expect=(Answered("A sign for ships, by day."),),
            ),
            Turn(
                say=user("And by night?"),
                bedrock=answer(Text("A light.")),
                stream=False,
                expect=(
                    Answered("A light."),
                    Sent("messages.0.content.0.text", "What is a daymark?"),
                    Sent("messages.1.role", "assistant"),
                    Sent("messages.1.content.0.text", "A sign for ships, by day."),
                    Sent("messages.2.content.0.text", "And by night?"),
                    NotSent("messages.3"),
                ),
            ),
        ),
    ),
    Case(
        id="conversation/settings-forwarded",
        must="The settings that the caller makes stand in the request, under the service's names.",
        because=("aaif-goose/goose#9889", "spring-projects/spring-ai#1931", "api7/aisix#389"),
        costs=Cost.WRONG_ANSWER,
        model="amazon.nova-lite-v1:0",
        settings=Settings(max_tokens=512, temperature=0.3, top_p=0.9, stop_sequences=("###",)),
        turns=(
            Turn(
                say=user("Describe a lighthouse in a few words."),
                bedrock=answer(Text("A tower with a lamp.")),
                expect=(
                    Answered("A tower with a lamp."),
                    Sent("inferenceConfig.maxTokens", 512),
                    Sent("inferenceConfig.temperature", 0.3),
                    Sent("inferenceConfig.topP", 0.9),
                    Sent("inferenceConfig.stopSequences", ["###"]),
                ),
            ),
        ),
    ),
    Case(
        id="conversation/system-apart",
        must="Instructions go into `system`, in order, and never into the messages.",
        because=("quarkiverse/quarkus-langchain4j#1764", "elastic/kibana#246393", "pydantic/pydantic-ai#4495"),
        costs=Cost.WRONG_ANSWER,
        system=("You keep a lighthouse.", "You answer in one sentence."),
        turns=(
            Turn(
                say=user("How was the night?"),
                bedrock=answer(Text("Quiet, with eleven ships.")),
                expect=(
                    Answered("Quiet, with eleven ships."),
                    Carries(("You keep a lighthouse.", "You answer in one sentence."), within="system"),
                    Sent("messages.0.role", "user"),
                    Sent("messages.0.content.0.text", "How was the night?"),
                    NotSent("messages.1"),
                ),
            ),
        ),
    ),
    Case(
        id="conversation/text-in-one-block",
        must="A text that was streamed in hundreds of pieces stands in the next request as one block.",
        because=("langchain-ai/langchainjs#11357", "langchain-ai/langchainjs#11368", "danny-avila/LibreChat#10647"),
        costs=Cost.MONEY,
        turns=(
            Turn(say=user("Tell me a long story."), bedrock=answer(Text(STORY)), expect=(Answered(STORY),)),
            Turn(
                say=user("And then?"),
                bedrock=answer(Text("Then it was day.")),
                expect=(
                    Answered("Then it was day."),
                    Sent("messages.1.content.0.text", STORY),
                    NotSent("messages.1.content.1"),
                ),
            ),
        ),
    ),
    Case(
        id="conversation/tool-config-from-history",
        must="A history with tool calls is sent with a toolConfig, or with its calls turned into text.",
        because=(
            "langgenius/dify#17545",
            "vercel/ai#7537",
            "aws-samples/bedrock-access-gateway#239",
            "timothy-agent/timothy#282",
        ),
        costs=Cost.CRASH,
        needs=REPAIR,
        history=(
            said("user", {"text": "How many ships passed?"}),
            said(
                "assistant",
                {"toolUse": {"toolUseId": "tooluse_Sh1p5A", "name": "count_ships", "input": {"night": "yesterday"}}},
            ),
            said("user", result("tooluse_Sh1p5A", "eleven")),
            said("assistant", {"text": "Eleven ships passed."}),
        ),
        turns=(
            Turn(
                say=user("Sum this conversation up."),
                bedrock=answer(Text("You asked for last night's ships: eleven.")),
                expect=(
                    Answered("You asked for last night's ships: eleven."),
                    Carries(("How many ships passed?", "eleven", "Eleven ships passed.", "Sum this conversation up.")),
                ),
            ),
        ),
    ),
)
