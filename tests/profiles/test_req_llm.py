"""What ReqLLM promises about Bedrock: its guide's claims and its code's, R01 to R40."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from msgspec.structs import replace

from bedrock_harness.client import (
    Guardrail,
    IncompleteStream,
    InvalidRequest,
    MissingCredentials,
    Output,
    ProtocolError,
    ServiceError,
    StreamError,
    Thinking,
)
from bedrock_harness.client.options import CACHE_REQ_LLM
from bedrock_harness.client.requests import guarded_image, guarded_text
from bedrock_harness.service.exceptions import EXCEPTIONS
from bedrock_harness.simulator import Reasoning, Redacted, Simulator, Text, ToolUse, answer, stream
from bedrock_harness.simulator.script import Cited, ErrorFrame, Event, HttpError, Thrown, Usage, cut, flipped
from tests.profiles.talking import (
    ARN,
    CALLED,
    HELLO,
    LLAMA,
    MODEL,
    NOVA,
    PNG,
    POINT,
    TOOL,
    TOOLS,
    assistant,
    cache_points,
    call,
    data_url,
    picture,
    result,
    text,
    user,
)

PROFILE = "req_llm"

COHERE = "cohere.command-r-plus-v1:0"
CACHED = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
DATE = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
BEGIN = Event("messageStart", {"role": "assistant"})
SAID = Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}})
REASONS = (
    *("end_turn", "tool_use", "max_tokens", "stop_sequence", "guardrail_intervened", "content_filtered"),
    *("malformed_model_output", "malformed_tool_use", "model_context_window_exceeded"),
)
MODES = pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])


@pytest.fixture
def chosen(profile):
    """ReqLLM's options with use_converse, and these besides."""
    return lambda **members: replace(profile.options, use_converse=True, **members)


@pytest.fixture
def ask(ask, chosen):
    """Ask by Converse, unless a test has options of its own."""

    def asked(messages=HELLO, *, options=None, **given):
        return ask(messages, options=options or chosen(), **given)

    return asked


def test_r01_key_precedence(bedrock, connect, ask, monkeypatch):
    """A passed API key comes before passed keys, these before the environment's token, and that before its keys."""
    session = bedrock.session_credentials
    passed = {"bearer_token": bedrock.bearer_token, "credentials": session}
    for name, value in bedrock.environment().items():
        monkeypatch.setenv(name, value)

    def used(**given):
        exchange = ask(by=connect(**given)).exchange
        return "bearer" if exchange.authorization.scheme == "bearer" else exchange.authorization.claim.access_key_id

    keys, own = session["access_key_id"], bedrock.credentials["access_key_id"]
    assert used() == own
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", bedrock.bearer_token)
    assert used() == "bearer"
    assert used(credentials=session) == keys
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "nobody's")
    assert used(**passed) == "bearer"


def test_r02_region_opt_beats_env(connect, ask, monkeypatch):
    """The option `region` comes before AWS_REGION, and us-east-1 behind both."""
    for option, variable, region in (("eu-west-1", "eu-west-2", "eu-west-1"), (None, "", "us-east-1")):
        monkeypatch.setenv("AWS_REGION", variable)
        with Simulator(region=region) as there:
            ask(by=connect(region=option, endpoint=there.url, credentials=there.credentials))
            assert there.journal[-1].authorization.valid


def test_r03_session_token_signed(bedrock, connect, ask):
    """A session token is sent as x-amz-security-token, and is among the signed headers."""
    exchange = ask(by=connect(credentials=bedrock.session_credentials)).exchange
    assert "x-amz-security-token" in exchange.authorization.claim.signed_headers
    assert exchange.authorization.valid


def test_r04_missing_creds_message(bedrock, connect, ask):
    """Without credentials nothing is sent, and the error says what to give and which variables to set."""
    position = len(bedrock.journal)
    with pytest.raises(MissingCredentials, match=r"credentials.*AWS_ACCESS_KEY_ID.*AWS_BEARER_TOKEN_BEDROCK"):
        ask(by=connect())
    assert len(bedrock.journal) == position


@pytest.mark.parametrize(
    ("model", "members", "operation"),
    [
        (MODEL, {}, "InvokeModel"),
        (LLAMA, {}, "InvokeModel"),
        ("openai.gpt-oss-120b-1:0", {}, "InvokeModel"),
        (MODEL, TOOLS, "Converse"),
        (COHERE, {}, "Converse"),
        (NOVA, {}, "Converse"),
    ],
)
def test_r05_converse_iff_tools_or_fallback_family(ask, profile, model, members, operation):
    """Converse is asked where there are tools, or where the family has no formatter of its own; else InvokeModel."""
    asked = ask(model=model, options=profile.options, **members)
    assert asked.exchange.operation == operation
    assert asked.reply.text == "Hello."


@pytest.mark.parametrize(
    ("use_converse", "members", "operation"),
    [(True, {}, "ConverseStream"), (False, TOOLS, "InvokeModelWithResponseStream")],
)
def test_r06_use_converse_override(ask, profile, use_converse, members, operation):
    """use_converse decides, whether there are tools or not."""
    asked = ask(options=replace(profile.options, use_converse=use_converse), streamed=True, **members)
    assert asked.exchange.operation == operation


def test_r07_prefix_preserved_in_url(ask):
    """An inference profile's prefix stays in the model id of the URL; ReqLLM's own `bedrock:` does not."""
    asked = ask(model="bedrock:global.anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert asked.exchange.model == "global.anthropic.claude-sonnet-4-5-20250929-v1:0"


def test_r08_arn_one_segment(ask):
    """An ARN is one segment of the path, its slash encoded."""
    exchange = ask(model=ARN).exchange
    assert exchange.request.target.count("/") == 3
    assert exchange.model == ARN


def test_r09_system_messages_separated_by_blank_line_block(ask):
    """System messages stay apart: a block with a blank line is put between them."""
    said = [user("Be brief.") | {"role": "system"}, user("Rhyme.") | {"role": "system"}, *HELLO]
    assert ask(said).body["system"] == [text("Be brief."), text("\n\n"), text("Rhyme.")]


def test_r10_tool_ids_sanitised_64(ask):
    """Tool use ids that the service refuses are made legal and at most 64 long, the same for a call and its result."""
    number = "call/" + "x" * 80
    said = ask([user("Weather?"), assistant(call(number)), user(result(number, "rain"))], **TOOLS).said
    sent = said[1][0]["toolUse"]["toolUseId"]
    assert sent == said[2][0]["toolResult"]["toolUseId"]
    assert len(sent) <= 64
    assert "/" not in sent


def test_r11_unresolved_tool_calls_rejected_locally(bedrock, ask):
    """A tool call that nobody answered is refused before anything is sent."""
    position = len(bedrock.journal)
    with pytest.raises(InvalidRequest, match="without a result: t1"):
        ask([user("Weather?"), assistant(call()), user("Well?")], **TOOLS)
    assert len(bedrock.journal) == position


def test_r12_tool_results_merged(ask):
    """Results of several tools, told one by one, are merged into one message."""
    said = [user("Weather?"), assistant(call("a"), call("b")), user(result("a", "rain")), user(result("b", "sun"))]
    assert ask(said, **TOOLS).said[2] == [result("a", "rain"), result("b", "sun")]


@pytest.mark.parametrize(
    ("model", "status"), [(MODEL, "error"), (NOVA, "error"), ("mistral.mistral-large-2407-v1:0", None)]
)
def test_r13_is_error_becomes_status_error(ask, model, status):
    """A tool that failed has the status error, for Claude and Amazon's models only."""
    said = [user("Weather?"), assistant(call()), user(result("t1", "no such city", status="error"))]
    assert ask(said, model=model, **TOOLS).said[2][0]["toolResult"].get("status") == status


def test_r14_tool_result_image(ask):
    """A picture that a tool returned goes into its result."""
    said = [user("Draw."), assistant(call()), user(result("t1", "a map", picture(data_url("image/png", PNG))))]
    assert ask(said, **TOOLS).said[2][0]["toolResult"]["content"][1]["image"]["format"] == "png"


def test_r15_empty_message_dropped(ask):
    """Messages without content are left out."""
    assert ask([user("Hello"), assistant(), user("Still here")]).said == [[text("Hello"), text("Still here")]]


@pytest.mark.parametrize(("model", "sent"), [(MODEL, {"any": {}}), (NOVA, {"any": {}}), (COHERE, None)])
def test_r16_tool_choice_only_for_supported_families(ask, model, sent):
    """A tool choice is sent to the families that take it, and left out for others."""
    asked = ask(model=model, toolConfig={"tools": [TOOL], "toolChoice": {"any": {}}})
    assert asked.body["toolConfig"].get("toolChoice") == sent


@MODES
def test_r17_structured_output_forced_tool(bedrock, ask, chosen, streamed):
    """An object is asked for by a tool that the model has to call, whose input is the answer."""
    bedrock.play(answer(ToolUse("t1", "structured_output", {"city": "Oslo"}), stop="tool_use"))
    output = Output(schema={"type": "object", "properties": {"city": {"type": "string"}}}, by="tool")
    asked = ask(options=chosen(output=output), streamed=streamed)
    assert asked.body["toolConfig"]["toolChoice"] == {"tool": {"name": "structured_output"}}
    assert asked.reply.text == '{"city": "Oslo"}'


@pytest.mark.parametrize(
    "members",
    [
        {"toolConfig": {"tools": [TOOL], "toolChoice": {"tool": {"name": "weather"}}}},
        {"inferenceConfig": {"temperature": 0.5}},
    ],
    ids=["forced", "temperature"],
)
def test_r18_thinking_removed_on_forced_tool_or_temp(ask, chosen, members):
    """Thinking gives way to a forced tool, and to a temperature other than 1."""
    options = chosen(thinking=Thinking(budget=2000, yields="thinking"))
    assert "additionalModelRequestFields" in ask(options=options).body
    body = ask(options=options, **members).body
    assert "additionalModelRequestFields" not in body
    assert {name: body[name] for name in members} == members


def test_r19_guardrail_requires_version(ask, chosen):
    """A guardrail without its version is refused."""
    with pytest.raises(InvalidRequest, match="no version"):
        ask(options=chosen(guardrail=Guardrail(identifier="abc", half="refuse")))
    whole = chosen(guardrail=Guardrail(identifier="abc123", version="1", half="refuse"))
    assert ask(options=whole).body["guardrailConfig"] == {"guardrailIdentifier": "abc123", "guardrailVersion": "1"}


def test_r20_guard_content_text_image(ask):
    """Text and pictures can be marked for the guardrail."""
    words, shown = ask([user("Look:", guarded_text("My name", ["query"]), guarded_image(PNG))]).said[0][1:]
    assert words == {"guardContent": {"text": {"text": "My name", "qualifiers": ["query"]}}}
    assert shown["guardContent"]["image"]["format"] == "png"


def test_r21_document_needs_text(ask):
    """A document without a text beside it is refused before anything is sent."""
    paper = {"document": {"name": "paper", "format": "txt", "source": {"bytes": b"words"}}}
    with pytest.raises(InvalidRequest, match="no text beside it"):
        ask([user(paper)])
    assert len(ask([user("Read:", paper)]).said[0]) == 2


def test_r22_s3_location(ask):
    """A URL of S3 is sent as s3Location."""
    shown = ask([user("Look:", picture("s3://bucket/chart.png"))], model=NOVA).said[0][1]
    assert shown == {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://bucket/chart.png"}}}}


def test_r23_remote_url_rejected(ask):
    """A picture on the web is refused: Bedrock fetches none."""
    with pytest.raises(InvalidRequest, match="on the web"):
        ask([user("Look:", picture("https://example.org/a.png"))])


def cached(chosen, **policy):
    return chosen(caching=replace(CACHE_REQ_LLM, **policy))


def test_r24_cachepoint_after_tools_system_message(ask, chosen):
    """With anthropic_prompt_cache a cache point stands after the tools, after the system, and after a message if asked."""
    asked = ask(CALLED, system="Be brief.", options=cached(chosen, message=-1), model=CACHED, **TOOLS)
    assert cache_points(asked.body) == ["tools", "system", "2"]
    assert cache_points(ask(system="Be brief.", model=CACHED, **TOOLS).body) == []


def test_r25_no_tool_cachepoint_on_amazon(ask, chosen):
    """Amazon's models get no cache point among the tools."""
    asked = ask(system="Be brief.", options=cached(chosen), model=NOVA, **TOOLS)
    assert cache_points(asked.body) == ["system"]


def test_r26_ttl_5m_1h_order(ask, chosen):
    """A cache point lives five minutes or an hour, and one of an hour behind one of five minutes is refused."""
    asked = ask(system="Be brief.", options=cached(chosen, ttl="1h"), model=CACHED)
    assert asked.body["system"][-1] == {"cachePoint": {"type": "default", "ttl": "1h"}}
    hour = {"cachePoint": {"type": "default", "ttl": "1h"}}
    with pytest.raises(InvalidRequest, match="one hour stands behind"):
        ask([user("Hello", hour)], system=[text("Be brief."), POINT], model=CACHED)


def test_r27_no_double_cachepoint(ask, chosen):
    """Where the caller has put a cache point, no second one follows it."""
    asked = ask(system=[text("Be brief."), POINT], options=cached(chosen), model=CACHED)
    assert asked.body["system"] == [text("Be brief."), POINT]


@MODES
def test_r28_reasoning_roundtrip_ordered_with_signature(bedrock, ask, streamed):
    """Reasoning goes back with its signature, in the order in which it came."""
    bedrock.play(answer(Reasoning("Hm.", "c2ln"), Text("Rain?"), ToolUse("t1", "weather", {}), stop="tool_use"))
    message = ask(streamed=streamed, **TOOLS).reply.message
    sent = ask([*HELLO, message, user(result("t1", "rain"))], **TOOLS).said[1]
    assert [next(iter(block)) for block in sent] == ["reasoningContent", "text", "toolUse"]
    assert sent[0]["reasoningContent"]["reasoningText"] == {"text": "Hm.", "signature": "c2ln"}


def test_r29_redacted_fragments_joined(bedrock, ask):
    """Redacted reasoning that comes in fragments is joined as bytes."""
    bedrock.play(answer(Redacted((b"\x00", b"\x01\x02", b"\xff")), Text("Yes.")))
    (hidden, _) = ask(streamed=True).reply.message["content"]
    assert hidden["reasoningContent"]["redactedContent"] == "AAEC/w=="


def test_r30_reasoning_flush_without_stop(bedrock, ask):
    """Reasoning whose block is never stopped is told all the same when the message stops."""
    thought = Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "Hm."}}})
    bedrock.play(stream(BEGIN, thought, Event("messageStop", {"stopReason": "end_turn"})))
    assert ask(streamed=True).reply.reasoning == "Hm."


@pytest.mark.parametrize("reason", REASONS)
def test_r31_nine_stop_reasons_same_in_both_modes(bedrock, ask, reason):
    """Each of the nine stop reasons is told alike for a stream and for a whole reply."""
    bedrock.play(answer(Text("Hello."), stop=reason))
    assert ask(streamed=True).reply.stop_reason == ask().reply.stop_reason == reason


@pytest.mark.parametrize("row", [row for row in EXCEPTIONS.values() if row.stream_name], ids=lambda row: row.name)
def test_r32_stream_exception_is_error_with_type(bedrock, ask, row):
    """An exception inside the stream is an error with the exception's name and message."""
    bedrock.play(stream(BEGIN, SAID, Thrown(row.stream_name, "Because.")))
    with pytest.raises(StreamError, match=r"Because\.") as failed:
        ask(streamed=True)
    assert (failed.value.code, failed.value.status) == (row.name, row.status)


def test_r33_error_message_type_is_error(bedrock, ask):
    """A frame of the message type error is an error with its code."""
    bedrock.play(stream(BEGIN, SAID, ErrorFrame("InternalFailure", "Because.")))
    with pytest.raises(StreamError, match=r"Because\.") as failed:
        ask(streamed=True)
    assert failed.value.code == "InternalFailure"


def test_r34_eof_is_incomplete(bedrock, ask):
    """A stream that ends before messageStop is incomplete."""
    bedrock.play(stream(BEGIN, SAID))
    with pytest.raises(IncompleteStream, match="before messageStop"):
        ask(streamed=True)


@pytest.mark.parametrize("bit", [3, 8 * 9, 8 * 60], ids=["prelude", "prelude-crc", "payload"])
def test_r35_crc_verified(bedrock, ask, bit):
    """A frame with one bit turned over is an error."""
    bedrock.play(answer(Text("Hello."), fault=flipped(bit)))
    with pytest.raises(ProtocolError):
        ask(streamed=True)


@pytest.mark.parametrize(
    ("header", "patience", "sent"),
    [({"retry-after": "0"}, 2.0, 2), ({"retry-after": "5"}, 4.0, 1), ({"retry-after": DATE}, 4.0, 1), ({}, 0.9, 1)],
    ids=["at-once", "seconds", "date", "default"],
)
def test_r36_retry_429_retry_after_default_1s(bedrock, connect, ask, profile, header, patience, sent):
    """A 429 is sent again after what Retry-After says, in seconds or as a date, and after one second otherwise.

    Nobody waits here: a pause that is longer than the whole call may take is not begun.
    """
    pauses = replace(profile.pauses, first=0.0, longest=0.0) if sent > 1 else profile.pauses
    by = connect(credentials=bedrock.credentials, attempts=2, total_timeout=patience, pauses=pauses)
    bedrock.play(HttpError("ThrottlingException", "Slow down.", headers=header), answer(Text("Hello.")))
    position = len(bedrock.journal)
    with suppress(ServiceError):
        ask(by=by)
    assert len(bedrock.journal) - position == sent


def test_r37_transport_retry_only_before_data(bedrock, connect, ask, profile):
    """A connection that breaks is tried again before the first event, and not behind it."""
    by = connect(credentials=bedrock.credentials, attempts=2, pauses=replace(profile.pauses, first=0.0))
    bedrock.play(answer(Text("Hello."), fault=cut(byte=0, ending="close")), answer(Text("Hello.")))
    assert len(ask(streamed=True, by=by).exchanges) == 2
    position = bedrock.play(answer(Text("Hello."), fault=cut(frame=2, ending="close")), answer(Text("Hello.")))
    with pytest.raises(IncompleteStream):
        ask(streamed=True, by=by)
    assert len(bedrock.journal) == position + 1


@MODES
def test_r38_citations_kept(bedrock, ask, streamed):
    """Citations are told with the text that they belong to, each with its title and place."""
    place = {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}}
    bedrock.play(answer(Cited("It rains.", ({"title": "Weather", "location": place},))))
    reply = ask(streamed=streamed).reply
    (block,) = reply.message["content"]
    assert reply.text == "It rains."
    assert block["citationsContent"]["citations"][0]["location"] == place


@MODES
def test_r39_cache_details_told(bedrock, ask, streamed):
    """The tokens written to the cache are told by their ttl."""
    bedrock.play(answer(Text("Yes."), usage=Usage(cache_write=30, cache_details={"5m": 10, "1h": 20})))
    details = ask(streamed=streamed).reply.usage["cacheDetails"]
    assert {row["ttl"]: row["inputTokens"] for row in details} == {"5m": 10, "1h": 20}


def test_r40_duplicate_tool_calls_removed(bedrock, ask):
    """Of tool calls with the same name and input the first one stays."""
    city = {"city": "Oslo"}
    calls = (ToolUse("a", "weather", city), ToolUse("b", "weather", city), ToolUse("c", "weather", {}))
    bedrock.play(answer(*calls, stop="tool_use"))
    reply = ask(**TOOLS).reply
    assert [each.id for each in reply.tool_calls] == ["a", "c"]
    assert "duplicate-calls-dropped" in [note.code for note in reply.notes]
