"""The reference client writes and reads the families' bodies by itself: what it asks the simulator reads, and the other way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.client.native import FORMATS, counted
from bedrock_harness.simulator.native import Native, chunks, native_format, read, reply_body, reply_headers
from bedrock_harness.simulator.script import Answer, Reasoning, Redacted, Text, ToolUse, Usage
from bedrock_harness.wire.fold import Folder
from tests.simulator.native import bodies

MODELS = [
    model for model in bodies.CONVERSATIONS if (format_ := native_format(model)) is not None and format_.name in FORMATS
]
TEXT_ONLY = [bodies.LLAMA, bodies.COMMAND_R]
WITH_TOOLS = [model for model in MODELS if model not in TEXT_ONLY]

CONVERSE: dict[str, Any] = {
    "messages": [
        {"role": "user", "content": [{"text": "Weather in Oslo?"}]},
        {"role": "assistant", "content": [{"text": "Wet."}]},
        {"role": "user", "content": [{"text": "And now?"}]},
    ],
    "system": [{"text": "Be brief."}],
    "inferenceConfig": {"maxTokens": 50, "temperature": 0.5, "topP": 0.9},
}
TOOLS: dict[str, Any] = {
    **CONVERSE,
    "messages": [
        {
            "role": "user",
            "content": [{"text": "Weather?"}, {"image": {"format": "png", "source": {"bytes": bodies.PNG}}}],
        },
        {
            "role": "assistant",
            "content": [{"toolUse": {"toolUseId": "abc", "name": "weather", "input": {"city": "Oslo"}}}],
        },
        {"role": "user", "content": [{"toolResult": {"toolUseId": "abc", "content": [{"text": "rain"}]}}]},
    ],
    "toolConfig": {
        "tools": [
            {"toolSpec": {"name": "weather", "description": "Of a city", "inputSchema": {"json": bodies.SCHEMA}}}
        ],
        "toolChoice": {"any": {}},
    },
}


def spoken(model: str) -> Any:
    """The client's format for a model."""
    known = native_format(model)
    assert known is not None
    return FORMATS[known.name]


@pytest.mark.parametrize("model", MODELS)
def test_what_the_client_asks_is_read_back(model: str) -> None:
    """A Converse body, written in the family's shape by the client, comes out of the simulator's reader as it was."""
    written, _ = spoken(model).write(CONVERSE)
    assert read(written, model).converse == CONVERSE


@pytest.mark.parametrize("model", WITH_TOOLS)
def test_tools_that_the_client_offers_are_read_back(model: str) -> None:
    """So do tools, a tool's result, an image and a forced choice."""
    written, _ = spoken(model).write(TOOLS)
    assert read(written, model).converse == TOOLS


def asked(model: str) -> Native:
    """The sound body for a model, read."""
    return read(bodies.CONVERSATIONS[model], model)


def whole_of(said: Answer, model: str) -> dict[str, Any]:
    """A whole reply as the client reads it."""
    headers = {name.lower(): value for name, value in reply_headers(said).items()}
    reply: dict[str, Any] = spoken(model).read(reply_body(said, asked(model)), counted(headers))
    return reply


def folded(said: Answer, model: str) -> dict[str, Any]:
    """A stream as the client reads it, folded."""
    reader, folder = spoken(model).chunks(), Folder()
    for chunk in chunks(said, asked(model)):
        for event in reader.events(chunk):
            folder.add(event)
    return folder.reply()


WORDS = st.text(st.characters(categories=["L", "Nd", "Zs"]), min_size=1, max_size=20)
TEXTS = st.builds(Text, WORDS)
CLAUDES = st.one_of(
    TEXTS,
    st.builds(Reasoning, WORDS, st.just("c2ln")),
    st.builds(Redacted, st.lists(st.just(b"ZW5j"), min_size=1, max_size=2).map(tuple)),
    st.builds(ToolUse, st.just(bodies.ID), st.just("weather"), st.dictionaries(WORDS, WORDS, max_size=2)),
)
USAGE = st.builds(Usage, st.integers(0, 99), st.integers(0, 99))
STOPS = st.sampled_from(["end_turn", "max_tokens"])


@given(said=st.builds(Answer, st.lists(CLAUDES, min_size=1, max_size=4).map(tuple), STOPS, USAGE))
def test_claudes_stream_says_what_its_whole_reply_says(said: Answer) -> None:
    """Block for block, with the same stop reason and counts."""
    whole, stream = whole_of(said, bodies.CLAUDE), folded(said, bodies.CLAUDE)
    assert stream["output"] == whole["output"]
    assert (stream["stopReason"], stream["usage"]) == (whole["stopReason"], whole["usage"])
    assert len(whole["output"]["message"]["content"]) == len(said.blocks)


@pytest.mark.parametrize("model", [*TEXT_ONLY, bodies.GPT])
@given(text=TEXTS, stop=STOPS, usage=USAGE)
def test_other_streams_say_what_their_whole_replies_say(model: str, text: Text, stop: str, usage: Usage) -> None:
    """The text, the stop reason and the counts, whatever their shape."""
    said = Answer((text,), stop, usage)
    whole, stream = whole_of(said, model), folded(said, model)
    assert whole["output"]["message"]["content"] == [{"text": text.text}]
    assert stream["output"] == whole["output"]
    assert (stream["stopReason"], stream["usage"]) == (whole["stopReason"], whole["usage"])
