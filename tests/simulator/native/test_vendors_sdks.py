"""The vendors' own Python SDKs parse what the simulator says in their shapes. Skipped where they are not installed."""

from __future__ import annotations

from typing import Any

import pytest

from bedrock_harness.simulator.native import chunks, read, reply_body
from bedrock_harness.simulator.script import Answer, Cited, Reasoning, Redacted, Text, Usage, answer
from tests.simulator.native import bodies

CITATION = {
    "title": "Oslo",
    "sourceContent": [{"text": "wet"}],
    "location": {"documentChar": {"documentIndex": 0, "start": 0, "end": 3}},
}
ALL_BLOCKS = answer(
    Reasoning("Think.", "c2ln"),
    Redacted((b"ZW5j",)),
    Cited("It rains.", (CITATION,)),
    *bodies.CALLED.blocks[1:],
    stop="tool_use",
    usage=Usage(11, 7, cache_read=3, cache_write=0),
)
ANSWERS = [bodies.SAID, bodies.CALLED, ALL_BLOCKS, answer(), answer(Text("No."), stop="content_filtered")]


def validated(kind: Any, value: Any) -> Any:
    """The value as the SDK's type, checked to the last member, where the SDK itself would let it pass."""
    pydantic = pytest.importorskip("pydantic")
    return pydantic.TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("said", ANSWERS)
def test_anthropics_types_take_our_messages(said: Answer) -> None:
    """A whole reply is a Message, each chunk an event of a message's stream."""
    types = pytest.importorskip("anthropic.types")
    native = read(bodies.CONVERSATIONS[bodies.CLAUDE], bodies.CLAUDE)
    whole = validated(types.Message, reply_body(said, native))
    first, *_, last = [validated(types.RawMessageStreamEvent, chunk) for chunk in chunks(said, native)]
    assert (first.message.id, last.type) == (whole.id, "message_stop")


@pytest.mark.parametrize("said", ANSWERS)
def test_openais_types_take_our_completions(said: Answer) -> None:
    """A whole reply is a ChatCompletion, each chunk a ChatCompletionChunk, and both say the same."""
    types = pytest.importorskip("openai.types.chat")
    native = read(bodies.CONVERSATIONS[bodies.GPT], bodies.GPT, at=1_700_000_000)
    message = validated(types.ChatCompletion, reply_body(said, native)).choices[0].message
    found = [validated(types.ChatCompletionChunk, chunk).choices[0].delta for chunk in chunks(said, native)]
    text = "".join(delta.content or "" for delta in found)
    assert text.replace("</reasoning><reasoning>", "") == (message.content or "")
    arguments = "".join(call.function.arguments for delta in found for call in delta.tool_calls or ())
    assert arguments == "".join(call.function.arguments for call in message.tool_calls or ())
