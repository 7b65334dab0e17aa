"""Reasoning: told apart from the answer, and given back to the model as it came, signature and all.

A provider need not show reasoning. One that carries on a conversation must return it: with thinking on, the service refuses
a turn whose tool call has lost the reasoning ahead of it.
"""

from __future__ import annotations

from base64 import b64encode

from bedrock_harness.conformance.case import Capability, Case, Turn
from bedrock_harness.conformance.checks import Answered, Call, Called, Reasoned, Sent, Stopped
from bedrock_harness.conformance.grades import Cost
from bedrock_harness.conformance.say import result, tool, user
from bedrock_harness.providers.protocol import Settings
from bedrock_harness.simulator.script import Reasoning, Redacted, Text, ToolUse, answer

__all__ = ["CASES"]

MODEL = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
THINKING = Settings(max_tokens=4096, additional={"thinking": {"type": "enabled", "budget_tokens": 1024}})
SHOWN = frozenset({Capability.REASONING})

RIVER = tool("river_level", "The level of a river.", river="string")
ASKED = user("Can I wade through the Isar today?")
CALL = ToolUse("tooluse_Rv5s8L", "river_level", {"river": "Isar"})
RESULT = (result(CALL.id, "94 cm at noon, falling"),)

THOUGHT = "The user wants to wade. I need the river's level first."
SIGNATURE = "EuYBCkQYAiJAk9Zt0Yc3mH4pQ7s+W2vBx/LrT1nDfG6jKoEaUi8qRwSyXlCzVbNhMeJdPgAt5u0oI3FvKxHsLm2TqYcZ7w=="
SPACED = "\n  Cafe\u0301, not café: the river is “wide”. \r\n\r\n\tI need its level.  \n"
"""Space at both ends, a tab, CRLF, an accent on its own beside the letter that has it: trimming and normalising change it."""

SECRET = (b"\x01encrypted thought, part one", b"and the second part", b"end\xff")
"""Their lengths are no multiples of three, so that each piece has padding of its own."""


def returned(
    name: str, must: str, block: Reasoning | Redacted, sent: dict[str, str], *because: str, streamed: bool = True
) -> Case:
    """The case of a reasoning block that must come back ahead of the tool call that followed it."""
    return Case(
        id=f"reasoning/{name}{'' if streamed else '-whole'}",
        must=must,
        because=because,
        costs=Cost.CRASH,
        needs=SHOWN,
        model=MODEL,
        tools=(RIVER,),
        settings=THINKING,
        turns=(
            Turn(
                say=ASKED,
                bedrock=answer(block, CALL, stop="tool_use"),
                stream=streamed,
                expect=(Called((Call(CALL.name, CALL.input, CALL.id),)),),
            ),
            Turn(
                say=RESULT,
                bedrock=answer(Text("Yes, at the shallow places.")),
                stream=streamed,
                expect=(
                    Answered("Yes, at the shallow places."),
                    Sent("messages.1.content.0.reasoningContent", sent_as(sent)),
                    Sent("messages.1.content.1.toolUse.toolUseId", CALL.id),
                ),
            ),
        ),
    )


def sent_as(members: dict[str, str]) -> dict[str, object]:
    """A reasoning block's content as it must stand in the request: text with its signature, or redacted content."""
    return {"reasoningText": members} if "text" in members else dict(members)


def told(name: str, must: str, *, shown: bool, streamed: bool) -> Case:
    """The case of reasoning ahead of an answer: kept out of the text, and, where `shown`, told as reasoning."""
    return Case(
        id=f"reasoning/{name}{'' if streamed else '-whole'}",
        must=must,
        because=(
            "langchain4j/langchain4j#6034",
            "aws-samples/bedrock-access-gateway#200",
            "NousResearch/hermes-agent#36260",
            "confident-ai/deepeval#2437",
        )
        if not shown
        else (
            "JetBrains/koog#2062",
            "ag-ui-protocol/ag-ui#1499",
            "teradata-labs/loom#325",
            "spring-projects/spring-ai#6845",
        ),
        costs=Cost.DATA_LOSS if shown else Cost.WRONG_ANSWER,
        needs=SHOWN if shown else frozenset(),
        model=MODEL,
        settings=THINKING if shown else Settings(),
        turns=(
            Turn(
                say=user("How wide is the Isar in Munich?"),
                bedrock=answer(Reasoning(THOUGHT, SIGNATURE), Text("About sixty metres.")),
                stream=streamed,
                expect=(Reasoned(THOUGHT),) if shown else (Answered("About sixty metres."), Stopped("end_turn")),
            ),
        ),
    )


SIGNED = (
    "NousResearch/hermes-agent#36260",
    "RooCodeInc/Roo-Code#11238",
    "spring-projects/spring-ai#6413",
    "run-llama/llama_index#20851",
)
REDACTED = (
    "anomalyco/opencode#46283",
    "earendil-works/pi#8314",
    "LibreChat-AI/agents#309",
    "UKGovernmentBEIS/inspect_ai#5217",
)

CASES = tuple(
    sorted(
        (
            *(
                told(
                    "apart-from-text", "Reasoning is never a part of the answer's text.", shown=False, streamed=streamed
                )
                for streamed in (True, False)
            ),
            *(
                told("shown", "Reasoning is told as reasoning, whole.", shown=True, streamed=streamed)
                for streamed in (True, False)
            ),
            *(
                returned(
                    "signature-returns",
                    "Reasoning goes back to the model with its signature, ahead of the tool call that followed it.",
                    Reasoning(THOUGHT, SIGNATURE),
                    {"text": THOUGHT, "signature": SIGNATURE},
                    *SIGNED,
                    streamed=streamed,
                )
                for streamed in (True, False)
            ),
            *(
                returned(
                    "signature-only",
                    "Reasoning with a signature and no text goes back as that: neither dropped nor taken for redacted.",
                    Reasoning("", SIGNATURE),
                    {"text": "", "signature": SIGNATURE},
                    "strands-agents/harness-sdk#2704",
                    "crmne/ruby_llm#871",
                    "run-llama/llama_index#20851",
                    streamed=streamed,
                )
                for streamed in (True, False)
            ),
            *(
                returned(
                    "redacted-returns",
                    "Encrypted reasoning goes back byte for byte, its pieces decoded each for itself.",
                    Redacted(SECRET),
                    {"redactedContent": b64encode(b"".join(SECRET)).decode()},
                    *REDACTED,
                    streamed=streamed,
                )
                for streamed in (True, False)
            ),
            returned(
                "whitespace-kept",
                "Reasoning goes back to the character: nothing is trimmed or normalised, or its signature no longer fits.",
                Reasoning(SPACED, SIGNATURE),
                {"text": SPACED, "signature": SIGNATURE},
                "vercel/ai CHANGELOG b0c59e8",
                "vercel/ai CHANGELOG 24ac76f",
            ),
        ),
        key=lambda one: one.id,
    )
)
