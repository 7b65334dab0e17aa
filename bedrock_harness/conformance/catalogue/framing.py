"""Framing: bytes to frames. The same bytes, however they are cut, give the same answer; wrong bytes give an error."""

from __future__ import annotations

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import Answered, Stopped, Used
from bedrock_harness.conformance.grades import Cost
from bedrock_harness.conformance.say import user
from bedrock_harness.simulator.script import Text, answer, each_byte

__all__ = ["CASES"]

CASES = (
    Case(
        id="framing/every-byte-apart",
        must="Any chunking of the same bytes gives the same answer.",
        because=("agentgateway/agentgateway#2113", "tensorzero/tensorzero#5677", "vercel/ai#19992"),
        costs=Cost.DATA_LOSS,
        turns=(
            Turn(
                say=user("Say hello in Japanese."),
                bedrock=answer(Text("こんにちは 👋"), deliver=each_byte()),
                expect=(Answered("こんにちは 👋"), Stopped("end_turn"), Used(input=12, output=9)),
            ),
        ),
    ),
)
