"""From a reply as data to the bytes that go out: bodies, frames and heads, in which pieces, when, and where they break."""

from bedrock_harness.simulator.rendering.answers import answer_body, answer_events, encode_frames
from bedrock_harness.simulator.rendering.delivery import Plan, make_plan

__all__ = ["Plan", "answer_body", "answer_events", "encode_frames", "make_plan"]
