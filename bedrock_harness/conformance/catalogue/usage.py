"""Usage: the counts that the service bills, each where it belongs."""

from __future__ import annotations

from bedrock_harness.conformance.case import Capability, Case, Turn
from bedrock_harness.conformance.checks import Answered, Used
from bedrock_harness.conformance.grades import Cost
from bedrock_harness.conformance.say import user
from bedrock_harness.simulator.script import Text, Usage, answer

__all__ = ["CASES"]

CACHED = Usage(input=10, output=7, cache_read=1000, cache_write=200)


def cached(*, streamed: bool) -> Case:
    """The case of tokens read from the cache and written to it."""
    return Case(
        id=f"usage/cache-tokens{'' if streamed else '-whole'}",
        must="Tokens read from the cache and written to it are told, each for itself, and not again as input.",
        because=(
            "librefang/librefang#5878",
            "maximhq/bifrost#908",
            "crewAIInc/crewAI#6851",
            "recordings: unary replies spell the cache's counts in two ways",
        ),
        costs=Cost.MONEY,
        needs=frozenset({Capability.CACHE}),
        turns=(
            Turn(
                say=user("What does clause nine say?"),
                bedrock=answer(Text("That the tenant waters the plants."), usage=CACHED),
                stream=streamed,
                expect=(
                    Answered("That the tenant waters the plants."),
                    Used(input=10, output=7, cache_read=1000, cache_write=200),
                ),
            ),
        ),
    )


CASES = (
    cached(streamed=True),
    cached(streamed=False),
    Case(
        id="usage/whole",
        must="The token counts of a reply that is not streamed are told as the service counted them.",
        because=("lastmile-ai/mcp-agent#634", "run-llama/llama_index#19369", "aws/aws-sdk-js-v3#8246"),
        costs=Cost.MONEY,
        model="amazon.nova-lite-v1:0",
        turns=(
            Turn(
                say=user("What does clause ten say?"),
                bedrock=answer(Text("Nothing at all."), usage=Usage(input=1_204, output=5)),
                stream=False,
                expect=(Answered("Nothing at all."), Used(input=1_204, output=5, total=1_209)),
            ),
        ),
    ),
)
