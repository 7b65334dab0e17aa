"""Replies and streams in each front's shape, as the official clients read them, and that both ways tell the same."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import httpx
import openai
import pytest

from bedrock_harness.gateway import Gateway, reasons
from bedrock_harness.service.shapes import validate_reply
from bedrock_harness.simulator import Reasoning, Redacted, Simulator, Text, ToolUse, answer, stream
from bedrock_harness.simulator.script import Cited, Event, Frame, Usage

HI = [{"role": "user", "content": "Hi"}]
PAGE = {
    "title": "Weather",
    "sourceContent": [{"text": "Rain."}],
    "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}},
}
WEB = {"title": "Web", "location": {"web": {"url": "https://example.org", "domain": "example.org"}}}
TRACE = {"guardrail": {"actionReason": "Guardrail blocked."}}

ANSWERS = {
    "text": answer(Text("One. "), Text("Two.")),
    "unsigned": answer(Reasoning("Hm."), Text("Yes.")),
    "signature-only": answer(Reasoning("", "c2ln"), Text("Yes.")),
    "calls": answer(
        Reasoning("Hm.", "c2ln"), Redacted((b"a", b"bc")), ToolUse("t1", "f", {"a": [1, None]}), stop="tool_use"
    ),
    "empty-call": answer(ToolUse("t1", "f", {}), ToolUse("t2", "f", {}, deltas=("", " ")), stop="tool_use"),
    "cached": answer(Text("Yes."), usage=Usage(input=10, output=7, cache_read=1000, cache_write=200)),
    "guarded": answer(Text("No."), stop="guardrail_intervened", trace=TRACE),
    "tier": answer(Text("Yes."), serviceTier={"type": "priority"}, performanceConfig={"latency": "optimized"}),
    "stop": answer(Text("Yes."), stop="stop_sequence", additionalModelResponseFields={"stop_sequence": "END"}),
    "nothing": answer(stop="end_turn"),
}


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - {"guarded"}))  # of that OpenAI's client makes an error
def test_openai_streams_tell_what_replies_tell(bedrock: Simulator, openai_client: openai.OpenAI, name: str) -> None:
    """OpenAI's own accumulation of a stream is the reply that would have come whole."""
    bedrock.play(ANSWERS[name])
    asked: dict[str, Any] = {"model": "claude", "messages": HI}
    whole = openai_client.chat.completions.create(**asked).model_dump()
    with openai_client.chat.completions.stream(**asked, stream_options={"include_usage": True}) as events:
        *_, last = (event.chunk for event in events if event.type == "chunk" and event.chunk.choices)
        streamed = events.get_final_completion().model_dump()
    assert plain(streamed["choices"][0]["message"]) == plain(whole["choices"][0]["message"])
    assert streamed["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"]
    assert plain(streamed["usage"]) == plain(whole["usage"])
    assert last.model_extra["bedrock"]["stopReason"] == whole["bedrock"]["stopReason"]


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_anthropic_streams_tell_what_replies_tell(
    bedrock: Simulator, anthropic_client: anthropic.Anthropic, said: Any
) -> None:
    """Anthropic's own accumulation of a stream is the reply that would have come whole."""
    bedrock.play(said)
    asked: dict[str, Any] = {"model": "claude", "messages": HI, "max_tokens": 9}
    whole = anthropic_client.messages.create(**asked).model_dump()
    with anthropic_client.messages.stream(**asked) as events:
        streamed = events.get_final_message().model_dump()
    for member in ("content", "stop_reason", "stop_sequence", "role"):
        assert plain(streamed[member]) == plain(whole[member])
    counts = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    assert [streamed["usage"][count] for count in counts] == [whole["usage"][count] for count in counts]


def plain(value: Any) -> Any:
    """The value without nulls and without what the clients add of their own: parsed members, and places in lists."""
    added = {"parsed", "parsed_arguments", "parsed_output", "index"}
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items() if member not in (None, []) and name not in added}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("word", "openai_word", "anthropic_word"), [
    ("end_turn", "stop", "end_turn"),
    ("max_tokens", "length", "max_tokens"),
    ("guardrail_intervened", "content_filter", "refusal"),
    ("malformed_tool_use", "malformed_tool_use", "malformed_tool_use"),
    ("brand_new_reason", "brand_new_reason", "brand_new_reason"),
])  # fmt: skip
def test_stop_reasons(
    bedrock: Simulator,
    openai_client: openai.OpenAI,
    anthropic_client: anthropic.Anthropic,
    word: str,
    openai_word: str,
    anthropic_word: str,
) -> None:
    """Each front has its own word, and the service's own beside it; a word without an equal is passed on."""
    bedrock.play(answer(Text("Yes."), stop=word))
    completion = openai_client.chat.completions.create(model="claude", messages=HI)
    message = anthropic_client.messages.create(model="claude", messages=HI, max_tokens=9)
    assert (completion.choices[0].finish_reason, message.stop_reason) == (openai_word, anthropic_word)
    assert completion.model_extra["bedrock"]["stopReason"] == message.model_extra["bedrock"]["stopReason"] == word


def test_every_stop_reason_of_the_model_has_its_word() -> None:
    """The tables know all words of botocore's enumeration but those for malformed output, which have no equal."""
    reply = {
        "output": {"message": {"role": "assistant", "content": []}},
        "stopReason": "no such word",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    }
    (violation,) = validate_reply("Converse", reply)
    for table in (reasons.OPENAI, reasons.ANTHROPIC):
        assert all(word in violation.message for word in table)
        assert violation.message.count(",") + 1 == len(table) + len(("malformed_model_output", "malformed_tool_use"))


def test_usage_is_counted_as_each_front_counts(
    bedrock: Simulator, openai_client: openai.OpenAI, anthropic_client: anthropic.Anthropic
) -> None:
    """OpenAI counts cached tokens among the prompt's, Anthropic and Bedrock beside the input's."""
    bedrock.play(ANSWERS["cached"])
    usage = openai_client.chat.completions.create(model="claude", messages=HI).usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (1210, 7, 1217)
    assert (usage.prompt_tokens_details.cached_tokens, usage.prompt_tokens_details.cache_write_tokens) == (1000, 200)
    counts = anthropic_client.messages.create(model="claude", messages=HI, max_tokens=9).usage
    assert (counts.input_tokens, counts.output_tokens) == (10, 7)
    assert (counts.cache_read_input_tokens, counts.cache_creation_input_tokens) == (1000, 200)


def test_citations(bedrock: Simulator, openai_client: openai.OpenAI, anthropic_client: anthropic.Anthropic) -> None:
    """Anthropic has citations of documents; OpenAI's front keeps them in Converse's shape; what has no place is named."""
    bedrock.play(answer(Cited("It rains.", (PAGE, WEB))))
    asked: dict[str, Any] = {"model": "claude", "messages": HI, "max_tokens": 9}
    with anthropic_client.messages.stream(**asked) as events:
        streamed = events.get_final_message()
    whole = anthropic_client.messages.create(**asked)
    for message in (streamed, whole):
        (block,) = message.content
        assert block.text == "It rains."
        (citation,) = block.citations
        assert (citation.type, citation.document_title, citation.cited_text) == ("page_location", "Weather", "Rain.")
        assert (citation.document_index, citation.start_page_number, citation.end_page_number) == (0, 1, 2)
    assert whole.model_extra["bedrock"]["notShown"] == ["citation"]
    completion = openai_client.chat.completions.create(**asked)
    assert completion.choices[0].message.content == "It rains."
    assert completion.choices[0].message.model_extra["citations"] == [PAGE, WEB]


def test_interleaved_calls(bedrock: Simulator, openai_client: openai.OpenAI) -> None:
    """Pieces of two calls that are open at once go each to its own call, numbered from 0 whatever came before."""

    def start(index: int, name: str) -> Event:
        call = {"toolUse": {"name": name, "toolUseId": f"id-{name}"}}
        return Event("contentBlockStart", {"contentBlockIndex": index, "start": call})

    def piece(index: int, text: str) -> Event:
        return Event("contentBlockDelta", {"contentBlockIndex": index, "delta": {"toolUse": {"input": text}}})

    bedrock.play(
        stream(
            Event("messageStart", {"role": "assistant"}),
            Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Two: "}}),
            start(3, "a"),
            start(5, "b"),
            piece(5, '{"b"'),
            piece(3, '{"a": 1}'),
            piece(5, ": 2}"),
            Event("messageStop", {"stopReason": "tool_use"}),
        )
    )
    with openai_client.chat.completions.stream(model="claude", messages=HI) as events:
        message = events.get_final_completion().choices[0].message
    assert message.content == "Two: "
    assert [(call.id, call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls] == [
        ("id-a", "a", {"a": 1}),
        ("id-b", "b", {"b": 2}),
    ]


def test_blocks_that_share_a_number(bedrock: Simulator, gateway: Gateway) -> None:
    """Two kinds of block under one index, with no end between them, are two blocks, each begun and ended."""

    def delta(content: dict[str, Any]) -> Event:
        return Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": content})

    bedrock.play(
        stream(
            Event("messageStart", {"role": "assistant"}),
            delta({"reasoningContent": {"text": "Hm."}}),
            delta({"text": "Yes."}),
            Event("messageStop", {"stopReason": "end_turn"}),
        )
    )
    body = {"model": "claude", "messages": HI, "max_tokens": 9, "stream": True}
    lines = httpx.post(f"{gateway.url}/v1/messages", json=body).text.splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert [(event["type"], event["index"]) for event in events if "index" in event] == [
        ("content_block_start", 0),
        ("content_block_delta", 0),
        ("content_block_stop", 0),
        ("content_block_start", 1),
        ("content_block_delta", 1),
        ("content_block_stop", 1),
    ]


def test_counts_are_told_where_they_are_asked_for(bedrock: Simulator, openai_client: openai.OpenAI) -> None:
    """OpenAI's streams tell token counts only to those who say so; the service's own are beside the reason to stop."""
    bedrock.play(answer(Text("Yes.")))
    *_, last = openai_client.chat.completions.create(model="claude", messages=HI, stream=True)
    assert last.usage is None
    assert last.choices[0].finish_reason == "stop"
    assert last.model_extra["bedrock"]["usage"]["inputTokens"] == 12


def test_half_a_character_waits_for_the_other(bedrock: Simulator, gateway: Gateway) -> None:
    """An emoji that two deltas share goes out whole; a half without the other is a replacement character."""
    headers = {":message-type": "event", ":event-type": "contentBlockDelta"}
    halves = (b"\\ud83d", b"\\udc4b!", b"\\ud83d")
    payloads = [b'{"contentBlockIndex":0,"delta":{"text":"' + half + b'"}}' for half in halves]
    bedrock.play(
        stream(
            Event("messageStart", {"role": "assistant"}),
            *(Frame(headers, payload) for payload in payloads),
            Event("messageStop", {"stopReason": "end_turn"}),
        )
    )
    body = {"model": "claude", "messages": HI, "stream": True}
    with httpx.stream("POST", f"{gateway.url}/v1/chat/completions", json=body) as reply:
        data = [line.removeprefix("data: ") for line in reply.iter_lines() if line.startswith("data: {")]
    deltas = [choice["delta"] for event in data for choice in json.loads(event)["choices"]]
    assert [delta["content"] for delta in deltas if delta.get("content")] == ["\U0001f44b!", "\ufffd"]


def test_what_no_front_shows_is_named(bedrock: Simulator, openai_client: openai.OpenAI) -> None:
    """A piece of a kind that nobody knows is passed over, and its name is told."""
    bedrock.play(
        stream(
            Event("messageStart", {"role": "assistant"}),
            Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Look: "}}),
            Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"chart": {"points": [1]}}}),
            Event("somethingNew", {"a": 1}),
            Event("messageStop", {"stopReason": "end_turn"}),
        )
    )
    chunks = list(openai_client.chat.completions.create(model="claude", messages=HI, stream=True))
    assert chunks[-1].model_extra["bedrock"] == {"stopReason": "end_turn", "notShown": ["chart", "somethingNew"]}
    assert chunks[-1].usage is None


def test_the_order_of_anthropics_events(bedrock: Simulator, gateway: Gateway) -> None:
    """Every event has its name, blocks are numbered from 0 and ended, and the counts come with the reason."""
    bedrock.play(answer(Reasoning("Hm.", "c2ln", deltas=("Hm.",)), Text("Yes.", deltas=("Yes.",))))
    body = {"model": "claude", "messages": HI, "max_tokens": 9, "stream": True}
    with httpx.stream("POST", f"{gateway.url}/v1/messages", json=body) as reply:
        assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = [line for line in reply.iter_lines() if line]
    events = [json.loads(line.removeprefix("data: ")) for line in lines[1::2]]
    assert [line.removeprefix("event: ") for line in lines[::2]] == [event["type"] for event in events]
    assert [(event["type"], event.get("index")) for event in events] == [
        ("message_start", None),
        ("content_block_start", 0),
        ("content_block_delta", 0),
        ("content_block_delta", 0),
        ("content_block_stop", 0),
        ("content_block_start", 1),
        ("content_block_delta", 1),
        ("content_block_stop", 1),
        ("message_delta", None),
        ("message_stop", None),
    ]
    assert events[-2]["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert events[-2]["usage"]["input_tokens"] == 12


def test_the_service_s_id_is_the_reply_s(
    bedrock: Simulator, openai_client: openai.OpenAI, anthropic_client: anthropic.Anthropic
) -> None:
    """Each client finds the service's request id where it looks for one."""
    bedrock.play(answer(Text("Yes.")))
    completion = openai_client.chat.completions.create(model="claude", messages=HI)
    assert completion.id == f"chatcmpl-{completion._request_id}"
    message = anthropic_client.messages.create(model="claude", messages=HI, max_tokens=9)
    assert message.id == f"msg_{message._request_id}"


def test_models(openai_client: openai.OpenAI, anthropic_client: anthropic.Anthropic) -> None:
    """Both clients list the aliases first, then what Bedrock is known to have."""
    for ids in (
        [model.id for model in openai_client.models.list()],
        [model.id for model in anthropic_client.models.list()],
    ):
        assert ids[:2] == ["claude", "nova"]
        assert "amazon.nova-lite-v1:0" in ids
        assert "us.amazon.nova-premier-v1:0" in ids
        assert "amazon.nova-premier-v1:0" not in ids, "it can be called by its profile alone"
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("packed", [True, False], ids=["base64", "floats"])
def test_embeddings(bedrock: Simulator, openai_client: openai.OpenAI, packed: bool) -> None:
    """Each text has its vector, in order, however it is written, and the tokens are counted."""
    how: dict[str, Any] = {} if packed else {"encoding_format": "float"}
    mark = len(bedrock.journal)
    made = openai_client.embeddings.create(
        model="amazon.titan-embed-text-v2:0", input=["sea", "sky"], dimensions=256, **how
    )
    assert [exchange.body for exchange in bedrock.journal[mark:]] == [
        {"inputText": "sea", "dimensions": 256},
        {"inputText": "sky", "dimensions": 256},
    ]
    sent = [json.loads(exchange.sent) for exchange in bedrock.journal[mark:]]
    assert [one.index for one in made.data] == [0, 1]
    for one, reply in zip(made.data, sent, strict=True):
        assert one.embedding == pytest.approx(reply["embedding"], rel=1e-6)
    assert made.usage.prompt_tokens == made.usage.total_tokens == sum(reply["inputTextTokenCount"] for reply in sent)


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"input": [1, 2]}, "input.0"),
        ({"input": []}, "input"),
        ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
    ],
)
def test_embeddings_that_are_refused(openai_client: openai.OpenAI, members: dict[str, Any], field: str) -> None:
    """Tokens stand for nothing on another model, and nothing has no vector."""
    with pytest.raises(openai.BadRequestError) as refused:
        openai_client.embeddings.create(model="amazon.titan-embed-text-v2:0", **members)
    assert refused.value.param == field
