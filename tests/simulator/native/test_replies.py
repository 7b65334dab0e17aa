"""Answers in each family's own words: whole bodies and chunks, as public recordings and AWS's documentation have them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.simulator.native import Native, chunks, read, reply_body, reply_headers
from bedrock_harness.simulator.script import Answer, Cited, Reasoning, Redacted, Text, ToolUse, Usage, answer
from tests.simulator.native import bodies

METRICS = {"inputTokenCount": 11, "outputTokenCount": 5, "invocationLatency": 312, "firstByteLatency": 104}
TEXT = "It rains in Oslo."
PIECES = ["It", " rains", " in", " Oslo."]


def asked(model: str, **more: Any) -> Native:
    """The sound body for a model, read."""
    return read({**bodies.CONVERSATIONS[model], **more}, model, at=1_700_000_000)


def without_ids(value: Any) -> Any:
    """JSON with every identifier replaced: those are made of a digest, and no test knows them."""
    if isinstance(value, dict):
        names = ("id", "response_id", "generation_id", "system_fingerprint")
        return {name: "*" if name in names else without_ids(one) for name, one in value.items()}
    return [without_ids(one) for one in value] if isinstance(value, list) else value


_NOVA_USAGE = {"inputTokens": 11, "outputTokens": 5}
_NOVA_CACHE = {"cacheReadInputTokenCount": 0, "cacheWriteInputTokenCount": 0}
_GPT_HEAD = {
    "created": 1_700_000_000,
    "id": "*",
    "model": bodies.GPT,
    "service_tier": "default",
    "system_fingerprint": "*",
}
_HISTORY = [
    *bodies.CONVERSATIONS[bodies.COMMAND_R]["chat_history"],
    {"role": "USER", "message": "And now?"},
    {"role": "CHATBOT", "message": TEXT},
]
_COMMAND_R = {
    "response_id": "*",
    "text": TEXT,
    "generation_id": "*",
    "chat_history": _HISTORY,
    "finish_reason": "COMPLETE",
}

WHOLE: dict[str, dict[str, Any]] = {
    bodies.CLAUDE: {
        "id": "*",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-20250514",
        "content": [{"type": "text", "text": TEXT}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 5},
    },
    bodies.NOVA: {
        "output": {"message": {"content": [{"text": TEXT}], "role": "assistant"}},
        "stopReason": "end_turn",
        "usage": {**_NOVA_USAGE, "totalTokens": 16, **_NOVA_CACHE},
    },
    bodies.TITAN: {
        "inputTextTokenCount": 11,
        "results": [{"tokenCount": 5, "outputText": TEXT, "completionReason": "FINISH"}],
    },
    bodies.LLAMA: {
        "generation": TEXT,
        "prompt_token_count": 11,
        "generation_token_count": 5,
        "stop_reason": "stop",
    },
    bodies.MISTRAL: {"outputs": [{"text": TEXT, "stop_reason": "stop"}]},
    bodies.MISTRAL_LARGE: {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "stop_reason": "stop"}]
    },
    bodies.COMMAND: {
        "generations": [{"finish_reason": "COMPLETE", "id": "*", "text": TEXT}],
        "id": "*",
        "prompt": "Weather?",
    },
    bodies.COMMAND_R: _COMMAND_R,
    bodies.GPT: {
        "choices": [
            {
                "finish_reason": "stop",
                "index": 0,
                "logprobs": None,
                "message": {"content": TEXT, "refusal": None, "role": "assistant"},
            }
        ],
        **_GPT_HEAD,
        "object": "chat.completion",
        "usage": {"completion_tokens": 5, "prompt_tokens": 11, "total_tokens": 16},
    },
}


def _claude() -> Iterable[dict[str, Any]]:
    message = {
        **WHOLE[bodies.CLAUDE],
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 11, "output_tokens": 1},
    }
    yield {"type": "message_start", "message": message}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for text in PIECES:
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    yield {"type": "content_block_stop", "index": 0}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 5},
    }
    yield {"type": "message_stop"}


def _nova() -> Iterable[dict[str, Any]]:
    yield {"messageStart": {"role": "assistant"}}
    for place, text in enumerate(PIECES):
        yield {"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": place}}
        yield {"contentBlockStop": {"contentBlockIndex": place}}
    yield {"messageStop": {"stopReason": "end_turn"}}
    yield {"metadata": {"usage": {**_NOVA_USAGE, **_NOVA_CACHE}, "metrics": {}, "trace": {}}}


def _titan() -> Iterable[dict[str, Any]]:
    for place, text in enumerate(PIECES):
        last = place == len(PIECES) - 1
        yield {
            "outputText": text,
            "index": 0,
            "totalOutputTextTokenCount": 5 if last else None,
            "completionReason": "FINISH" if last else None,
            "inputTextTokenCount": None if place else 11,
        }


def _llama() -> Iterable[dict[str, Any]]:
    for place, text in enumerate([*PIECES, ""]):
        yield {
            "generation": text,
            "prompt_token_count": None if place else 11,
            "generation_token_count": place + 1,
            "stop_reason": None if text else "stop",
        }


def _mistral_large() -> Iterable[dict[str, Any]]:
    for text in [*PIECES, ""]:
        message = {"role": "assistant", "content": text}
        yield {"choices": [{"index": 0, "message": message, "stop_reason": None if text else "stop"}]}


def _command_r() -> Iterable[dict[str, Any]]:
    yield {"event_type": "stream-start", "is_finished": False, "generation_id": "*"}
    for text in PIECES:
        yield {"event_type": "text-generation", "is_finished": False, "text": text}
    yield {
        "event_type": "stream-end",
        "is_finished": True,
        "finish_reason": "COMPLETE",
        "response": _COMMAND_R,
    }


def _gpt() -> Iterable[dict[str, Any]]:
    deltas = [{"role": "assistant"}, *({"content": text} for text in PIECES), {}]
    for delta in deltas:
        choice = {"delta": delta, "finish_reason": None if delta else "stop", "index": 0}
        yield {"choices": [choice], **_GPT_HEAD, "object": "chat.completion.chunk"}


STREAMED: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
    bodies.CLAUDE: _claude,
    bodies.NOVA: _nova,
    bodies.TITAN: _titan,
    bodies.LLAMA: _llama,
    bodies.MISTRAL: lambda: (
        {"outputs": [{"text": text, "stop_reason": None if text else "stop"}]} for text in [*PIECES, ""]
    ),
    bodies.MISTRAL_LARGE: _mistral_large,
    bodies.COMMAND: lambda: [
        *({"index": 0, "is_finished": False, "text": text} for text in PIECES),
        {"finish_reason": "COMPLETE", "index": 0, "is_finished": True, "text": ""},
    ],
    bodies.COMMAND_R: _command_r,
    bodies.GPT: _gpt,
}


@pytest.mark.parametrize("model", bodies.CONVERSATIONS)
def test_a_whole_reply_is_the_familys_own(model: str) -> None:
    """Names, nesting, counts and stop reason are those that the family's clients read."""
    assert without_ids(reply_body(bodies.SAID, asked(model))) == WHOLE[model]


@pytest.mark.parametrize("model", bodies.CONVERSATIONS)
def test_a_stream_is_the_familys_own(model: str) -> None:
    """So are the chunks; the last, and no other, has the service's own metrics."""
    *most, last = chunks(bodies.SAID, asked(model))
    assert last.pop("amazon-bedrock-invocationMetrics") == METRICS
    assert [without_ids(chunk) for chunk in [*most, last]] == list(STREAMED[model]())


def test_a_stream_of_command_that_the_body_does_not_ask_for_is_one_chunk() -> None:
    """Command streams only where its body says so as well (recorded by newrelic-python-agent)."""
    [only] = chunks(bodies.SAID, asked(bodies.COMMAND, stream=False))
    assert only.pop("amazon-bedrock-invocationMetrics") == METRICS
    assert without_ids(only) == WHOLE[bodies.COMMAND]


CALLS = {
    bodies.CLAUDE: {
        "type": "tool_use",
        "id": "toolu_bdrk_01" + bodies.ID[8:],
        "name": "weather",
        "input": {"city": "Oslo"},
    },
    bodies.NOVA: {"toolUse": {"toolUseId": bodies.ID, "name": "weather", "input": {"city": "Oslo"}}},
    bodies.MISTRAL_LARGE: {"id": bodies.ID, "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}},
    bodies.COMMAND_R: {"name": "weather", "parameters": {"city": "Oslo"}},
    bodies.GPT: {
        "id": bodies.ID,
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
    },
}
REASONS = {
    bodies.CLAUDE: "tool_use",
    bodies.NOVA: "tool_use",
    bodies.MISTRAL_LARGE: "tool_calls",
    bodies.COMMAND_R: "COMPLETE",
    bodies.GPT: "tool_calls",
}


def call_of(model: str, reply: dict[str, Any]) -> Any:
    """The one tool call of a whole reply, wherever the family puts it."""
    finders: dict[str, Callable[[dict[str, Any]], Any]] = {
        bodies.CLAUDE: lambda body: body["content"][-1],
        bodies.NOVA: lambda body: body["output"]["message"]["content"][-1],
        bodies.MISTRAL_LARGE: lambda body: body["choices"][0]["message"]["tool_calls"][0],
        bodies.COMMAND_R: lambda body: body["tool_calls"][0],
        bodies.GPT: lambda body: body["choices"][0]["message"]["tool_calls"][0],
    }
    return finders[model](reply)


def reason_of(reply: dict[str, Any]) -> Any:
    """Why a whole reply ended, whatever the family calls it and wherever it stands."""
    names = ("stop_reason", "stopReason", "finish_reason", "completionReason")
    places = [reply, *reply.get("results", ()), *reply.get("choices", ()), *reply.get("outputs", ())]
    places += reply.get("generations", ())
    return next(place[name] for place in places for name in names if name in place)


@pytest.mark.parametrize("model", CALLS)
def test_a_tool_call_is_the_familys_own(model: str) -> None:
    """Arguments are JSON text where the family has it so, and the stop reason says that a tool is called."""
    reply = reply_body(bodies.CALLED, asked(model))
    assert call_of(model, reply) == CALLS[model]
    assert reason_of(reply) == REASONS[model]


def test_a_tool_call_streams_as_anthropic_has_it() -> None:
    """The call's id and name come with the block's start, its input as JSON text in pieces, an empty one first."""
    found = [chunk for chunk in chunks(bodies.CALLED, asked(bodies.CLAUDE)) if chunk.get("index") == 2]
    start, *deltas, stop = found
    assert start["content_block"] == {**CALLS[bodies.CLAUDE], "input": {}}
    assert [delta["delta"]["partial_json"] for delta in deltas] == ["", '{"city":', ' "Oslo"}']
    assert stop == {"type": "content_block_stop", "index": 2}


def test_a_tool_call_streams_as_nova_has_it() -> None:
    """The input comes in one piece, with no spaces (recorded by opentelemetry-python-contrib)."""
    found = list(chunks(bodies.CALLED, asked(bodies.NOVA)))
    place = next(place for place, chunk in enumerate(found) if "contentBlockStart" in chunk)
    index = found[place]["contentBlockStart"]["contentBlockIndex"]
    start = {"toolUse": {"toolUseId": bodies.ID, "name": "weather"}}
    assert found[place] == {"contentBlockStart": {"start": start, "contentBlockIndex": index}}
    delta = found[place + 1]["contentBlockDelta"]
    assert delta == {"delta": {"toolUse": {"input": '{"city":"Oslo"}'}}, "contentBlockIndex": index}
    assert found[place + 2] == {"contentBlockStop": {"contentBlockIndex": index}}


def test_a_tool_call_streams_as_openai_has_it() -> None:
    """Its id and name first, then its arguments, all under the call's own number."""
    found = [chunk["choices"][0]["delta"] for chunk in chunks(bodies.CALLED, asked(bodies.GPT))]
    calls = [call for delta in found for call in delta.get("tool_calls", ())]
    assert calls[0] == {**CALLS[bodies.GPT], "index": 0, "function": {"name": "weather", "arguments": ""}}
    assert "".join(call["function"]["arguments"] for call in calls) == '{"city": "Oslo"}'


def test_a_tool_call_streams_as_cohere_has_it() -> None:
    """Whole, in an event of its own, and again in the last."""
    *_, called, last = chunks(bodies.CALLED, asked(bodies.COMMAND_R))
    assert called == {
        "event_type": "tool-calls-generation",
        "is_finished": False,
        "tool_calls": [CALLS[bodies.COMMAND_R]],
    }
    assert last["response"]["tool_calls"] == last["response"]["chat_history"][-1]["tool_calls"] == called["tool_calls"]


def test_a_tool_call_streams_as_mistral_large_has_it() -> None:
    """Whole, with the last chunk."""
    *_, last = chunks(bodies.CALLED, asked(bodies.MISTRAL_LARGE))
    assert last["choices"][0]["message"]["tool_calls"] == [CALLS[bodies.MISTRAL_LARGE]]


@pytest.mark.parametrize("model", ["mistral.mistral-large-2407-v1:0", "us.mistral.pixtral-large-2502-v1:0"])
def test_later_mistrals_chat_as_openai_has_it(model: str) -> None:
    """Only the first Mistral Large has a shape of its own."""
    native = read(bodies.CONVERSATIONS[bodies.MISTRAL_LARGE], model)
    assert reply_body(bodies.SAID, native)["object"] == "chat.completion"
    assert next(iter(chunks(bodies.SAID, native)))["object"] == "chat.completion.chunk"


def test_command_gives_as_many_generations_as_asked() -> None:
    """Each with an id of its own."""
    found = reply_body(bodies.SAID, asked(bodies.COMMAND, num_generations=3))["generations"]
    assert [one["text"] for one in found] == [TEXT] * 3
    assert len({one["id"] for one in found}) == 3


def test_thinking_is_signed_and_streamed_before_its_signature() -> None:
    """Anthropic's thinking block: text in deltas, then one delta with the signature; redacted thinking stands in its start."""
    said = answer(Reasoning("So it is.", "c2ln"), Redacted((b"ZW5j", b"cnlw")), Text("Yes"))
    assert reply_body(said, asked(bodies.CLAUDE))["content"][:2] == [
        {"type": "thinking", "thinking": "So it is.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "ZW5jcnlw"},
    ]
    found = list(chunks(said, asked(bodies.CLAUDE)))
    [start] = [chunk for chunk in found if chunk.get("index") == 0 and "content_block" in chunk]
    assert start["content_block"] == {"type": "thinking", "thinking": "", "signature": ""}
    deltas = [chunk["delta"] for chunk in found if chunk.get("index") == 0 and "delta" in chunk]
    assert "".join(delta.get("thinking", "") for delta in deltas) == "So it is."
    assert deltas[-1] == {"type": "signature_delta", "signature": "c2ln"}
    [start] = [chunk for chunk in found if chunk.get("index") == 1 and "content_block" in chunk]
    assert start["content_block"] == {"type": "redacted_thinking", "data": "ZW5jcnlw"}


def test_reasoning_of_gpt_oss_stands_in_its_text() -> None:
    """Between tags ahead of the answer; in a stream around every piece (CherryHQ/cherry-studio#10225)."""
    said = answer(Reasoning("So it is."), Text("Yes"))
    whole = reply_body(said, asked(bodies.GPT))["choices"][0]["message"]["content"]
    assert whole == "<reasoning>So it is.</reasoning>Yes"
    found = [chunk["choices"][0]["delta"].get("content") for chunk in chunks(said, asked(bodies.GPT))]
    assert found[1:-1] == [
        "<reasoning>So</reasoning>",
        "<reasoning> it</reasoning>",
        "<reasoning> is.</reasoning>",
        "Yes",
    ]


PLACES = [
    (
        {"documentChar": {"documentIndex": 1, "start": 2, "end": 5}},
        ("char_location", "start_char_index", "end_char_index"),
    ),
    (
        {"documentPage": {"documentIndex": 1, "start": 2, "end": 5}},
        ("page_location", "start_page_number", "end_page_number"),
    ),
    (
        {"documentChunk": {"documentIndex": 1, "start": 2, "end": 5}},
        ("content_block_location", "start_block_index", "end_block_index"),
    ),
]


@pytest.mark.parametrize(("location", "names"), PLACES)
def test_citations_are_anthropics(location: dict[str, Any], names: tuple[str, str, str]) -> None:
    """The text cited, the document and the place in it, under the names of the place's kind."""
    given = {"title": "Oslo", "sourceContent": [{"text": "wet"}], "location": location}
    said = answer(Cited("It rains.", (given,)))
    kind, start, end = names
    expected = {
        "type": kind,
        "cited_text": "wet",
        "document_title": "Oslo",
        "document_index": 1,
        start: 2,
        end: 5,
    }
    assert reply_body(said, asked(bodies.CLAUDE))["content"] == [
        {"type": "text", "text": "It rains.", "citations": [expected]}
    ]
    deltas = [chunk["delta"] for chunk in chunks(said, asked(bodies.CLAUDE)) if chunk["type"] == "content_block_delta"]
    assert {"type": "citations_delta", "citation": expected} in deltas


STOPS = [
    (bodies.CLAUDE, {"max_tokens": "max_tokens", "content_filtered": "refusal", "stop_sequence": "stop_sequence"}),
    (bodies.NOVA, {"max_tokens": "max_tokens", "content_filtered": "content_filtered"}),
    (
        bodies.TITAN,
        {"max_tokens": "LENGTH", "content_filtered": "CONTENT_FILTERED", "stop_sequence": "STOP_CRITERIA_MET"},
    ),
    (bodies.LLAMA, {"max_tokens": "length", "stop_sequence": "stop"}),
    (bodies.MISTRAL, {"max_tokens": "length", "stop_sequence": "stop"}),
    (bodies.MISTRAL_LARGE, {"max_tokens": "length", "end_turn": "stop"}),
    (bodies.COMMAND, {"max_tokens": "MAX_TOKENS", "content_filtered": "ERROR_TOXIC"}),
    (bodies.COMMAND_R, {"max_tokens": "MAX_TOKENS", "stop_sequence": "COMPLETE"}),
    (bodies.GPT, {"max_tokens": "length", "content_filtered": "content_filter"}),
]


@pytest.mark.parametrize(
    ("model", "stop", "expected"), [(model, stop, said) for model, stops in STOPS for stop, said in stops.items()]
)
def test_a_stop_reason_is_said_in_the_familys_words(model: str, stop: str, expected: str) -> None:
    """Converse's stop reasons have a name in each family."""
    assert reason_of(reply_body(answer(Text("x"), stop=stop), asked(model))) == expected


def test_the_stop_sequence_is_named() -> None:
    """Anthropic says which one: the one the answer names, else the first that was asked for."""
    stopped = answer(Text("x"), stop="stop_sequence")
    assert reply_body(stopped, asked(bodies.CLAUDE))["stop_sequence"] == "END"
    named = answer(Text("x"), stop="stop_sequence", additionalModelResponseFields={"stop_sequence": "FIN"})
    assert reply_body(named, asked(bodies.CLAUDE))["stop_sequence"] == "FIN"


def test_a_guardrail_that_intervened_is_told() -> None:
    """Beside the family's own members, with its trace, in a whole reply and in the last chunk."""
    stopped = answer(Text("No."), stop="guardrail_intervened", trace={"guardrail": {}})
    told = {"amazon-bedrock-guardrailAction": "INTERVENED", "amazon-bedrock-trace": {"guardrail": {}}}
    for model in (bodies.TITAN, bodies.CLAUDE, bodies.NOVA):
        assert told.items() <= reply_body(stopped, asked(model)).items()
        assert told.items() <= list(chunks(stopped, asked(model)))[-1].items()


def test_headers_count_the_tokens() -> None:
    """As recorded: the cache's counts are there where the model caches."""
    cached = answer(Text("x"), usage=Usage(4, 50, cache_read=0, cache_write=18))
    assert reply_headers(cached) == {
        "X-Amzn-Bedrock-Cache-Read-Input-Token-Count": "0",
        "X-Amzn-Bedrock-Cache-Write-Input-Token-Count": "18",
        "X-Amzn-Bedrock-Input-Token-Count": "4",
        "X-Amzn-Bedrock-Invocation-Latency": "312",
        "X-Amzn-Bedrock-Output-Token-Count": "50",
    }
    assert reply_body(cached, asked(bodies.CLAUDE))["usage"] == {
        "input_tokens": 4,
        "cache_creation_input_tokens": 18,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 18, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 50,
    }
    split = answer(Text("x"), usage=Usage(4, 50, cache_read=0, cache_write=18, cache_details={"1h": 18}))
    assert reply_body(split, asked(bodies.CLAUDE))["usage"]["cache_creation"] == {
        "ephemeral_5m_input_tokens": 0,
        "ephemeral_1h_input_tokens": 18,
    }


def test_the_same_request_and_answer_make_the_same_reply() -> None:
    """Identifiers are made of what was asked and answered, so that runs can be compared."""
    for model in bodies.CONVERSATIONS:
        first, second = (reply_body(bodies.SAID, asked(model)) for _ in range(2))
        assert first == second
    other = reply_body(answer(Text("Else")), asked(bodies.CLAUDE))
    assert other["id"] != reply_body(bodies.SAID, asked(bodies.CLAUDE))["id"]


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BLOCKS = st.one_of(
    st.builds(Text, WORDS, st.none() | st.lists(WORDS, max_size=3).map(tuple)),
    st.builds(Reasoning, WORDS, st.none() | st.just("c2ln")),
    st.builds(Redacted, st.lists(st.binary(max_size=5), max_size=2).map(tuple)),
    st.builds(ToolUse, st.just(bodies.ID), st.just("weather"), st.dictionaries(WORDS, WORDS, max_size=2)),
)
ANSWERS = st.builds(
    Answer,
    st.lists(BLOCKS, max_size=4).map(tuple),
    st.sampled_from(
        ["end_turn", "max_tokens", "stop_sequence", "tool_use", "guardrail_intervened", "content_filtered"]
    ),
)


@given(said=ANSWERS, model=st.sampled_from(list(bodies.CONVERSATIONS)))
def test_any_answer_can_be_said_by_any_family(said: Answer, model: str) -> None:
    """Whatever a script says, a body and chunks of JSON come out, with the metrics once and last."""
    native = asked(model)
    json.dumps(reply_body(said, native), allow_nan=False)
    metered = ["amazon-bedrock-invocationMetrics" in json.loads(json.dumps(chunk)) for chunk in chunks(said, native)]
    assert metered == [False] * (len(metered) - 1) + [True]
