"""Stop reasons: why the model stopped is told as the service said it, streamed or whole.

What did not end of the model's own accord is never told as if it had: callers take such an answer for a finished one.
"""

from __future__ import annotations

from typing import NamedTuple

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import Answered, Check, NotStopped, Stopped, should
from bedrock_harness.conformance.grades import Cost
from bedrock_harness.conformance.say import tool, user
from bedrock_harness.simulator.script import Text, ToolUse, answer

__all__ = ["CASES"]


class Reason(NamedTuple):
    """A stop reason, what it means, and an answer that ends with it. `exact` says that no provider may rename it."""

    word: str
    must: str
    asked: str
    text: str
    costs: Cost = Cost.WRONG_ANSWER
    exact: bool = False


REASONS = (
    Reason(
        "brand_new_reason",
        "A stop reason that the provider does not know is not told as a finished answer.",
        "When does the shop close?",
        "The shop closes",
    ),
    Reason(
        "content_filtered",
        "The caller learns that an answer was filtered.",
        "Which mushrooms can I eat?",
        "I can tell you that",
    ),
    Reason(
        "end_turn",
        "The caller learns that the model finished its answer.",
        "What time is it?",
        "It is ten past four.",
        exact=True,
    ),
    Reason(
        "guardrail_intervened",
        "The caller learns that a guardrail took the answer's place.",
        "Should I buy these shares?",
        "I can't discuss that.",
    ),
    Reason(
        "malformed_model_output",
        "The caller learns that the model's output was malformed.",
        "Answer in XML.",
        "<answer",
    ),
    Reason(
        "malformed_tool_use",
        "The caller learns that the model's tool call was malformed.",
        "Is the shop open?",
        "Let me look that up.",
    ),
    Reason(
        "max_tokens",
        "The caller learns that the answer was cut at the limit of tokens.",
        "Tell me a fairy tale.",
        "Once upon a time there was a",
        costs=Cost.DATA_LOSS,
        exact=True,
    ),
    Reason(
        "model_context_window_exceeded",
        "The caller learns that the answer was cut where the context window ended.",
        "Go on with the novel.",
        "Chapter nine, in which",
        costs=Cost.DATA_LOSS,
    ),
    Reason(
        "stop_sequence",
        "The caller learns that the answer ended at a stop sequence.",
        "Name colours, and write END behind the third.",
        "red, green, blue",
    ),
)
BECAUSE = ("mozilla-ai/any-llm#1358", "agentjido/req_llm#1033", "UKGovernmentBEIS/inspect_ai#2941")


def case(reason: Reason, *, streamed: bool) -> Case:
    """The case of one stop reason, streamed or whole."""
    checks: tuple[Check, ...] = (Stopped(reason.word),) if reason.exact else (should(Stopped(reason.word)),)
    if reason.word not in {"end_turn", "stop_sequence"}:
        # Many vocabularies have one word for both, and the model's part is whole in both.
        checks = (NotStopped("end_turn"), *checks)
    return Case(
        id=f"stop/{reason.word.replace('_', '-')}{'' if streamed else '-whole'}",
        must=reason.must,
        because=BECAUSE if streamed else (*BECAUSE, "BerriAI/litellm#40064"),
        costs=reason.costs,
        turns=(
            Turn(
                say=user(reason.asked),
                bedrock=answer(Text(reason.text), stop=reason.word),
                stream=streamed,
                expect=(Answered(reason.text), *checks),
            ),
        ),
    )


def tool_use(*, streamed: bool) -> Case:
    """The case of the stop reason that comes with a tool call."""
    return Case(
        id=f"stop/tool-use{'' if streamed else '-whole'}",
        must="The caller learns that the model waits for a tool.",
        because=("maximhq/bifrost#5464", "spring-projects/spring-ai#4374", "strands-agents/harness-sdk#767"),
        costs=Cost.WRONG_ANSWER,
        tools=(tool("get_time", "The time in a city.", city="string"),),
        turns=(
            Turn(
                say=user("What time is it in Lima?"),
                bedrock=answer(ToolUse("tooluse_Vq2m8sT", "get_time", {"city": "Lima"}), stop="tool_use"),
                stream=streamed,
                expect=(Stopped("tool_use"),),
            ),
        ),
    )


CASES = tuple(
    sorted(
        (
            *(case(reason, streamed=streamed) for reason in REASONS for streamed in (True, False)),
            *(tool_use(streamed=streamed) for streamed in (True, False)),
        ),
        key=lambda one: one.id,
    )
)
