"""Events folded into replies, in the shape that Converse has."""

import base64

import pytest

from bedrock_harness.wire.errors import FoldError, ToolInputError
from bedrock_harness.wire.events import Thrown
from bedrock_harness.wire.fold import Folder, fold
from tests.wire.made import delta, event, message, start, stop


def content(*body):
    return fold(message(*body))["output"]["message"]["content"]


def tool(index, identifier, name, *pieces):
    return [
        start(index, toolUse={"toolUseId": identifier, "name": name}),
        *(delta(index, toolUse={"input": piece}) for piece in pieces),
        stop(index),
    ]


def test_a_folded_stream_has_the_shape_of_a_reply():
    """A stream folds into exactly what Converse would have replied."""
    assert fold(message(delta(0, text="Hel"), delta(0, text="lo"), stop(0))) == {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hello"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 12, "outputTokens": 9, "totalTokens": 21},
        "metrics": {"latencyMs": 312},
    }


def test_everything_that_metadata_and_messagestop_say_is_kept():
    """Members of messageStop and metadata, modelled or not, are members of the reply; padding is not."""
    events = [
        event("messageStart", role="assistant"),
        event("messageStop", stopReason="end_turn", additionalModelResponseFields={"delta": {"stop_sequence": None}}),
        event(
            "metadata",
            usage={"serverToolUsage": {}},
            metrics={},
            trace={"guardrail": {}},
            serviceTier={"type": "flex"},
            mood="calm",
        ),
    ]
    assert fold(events) == {
        "output": {"message": {"role": "assistant", "content": []}},
        "stopReason": "end_turn",
        "additionalModelResponseFields": {"delta": {"stop_sequence": None}},
        "usage": {"serverToolUsage": {}},
        "metrics": {},
        "trace": {"guardrail": {}},
        "serviceTier": {"type": "flex"},
        "mood": "calm",
    }


def test_usage_that_never_came_is_not_made_up():
    """Without metadata a reply has no usage: neither zero nor a guess."""
    assert "usage" not in fold(message(delta(0, text="a"), stop(0))[:-1])


def test_several_tool_calls_are_kept_apart():
    """Tool calls keep their ids, names and inputs apart, interleaved as their deltas may be."""
    first, second = tool(0, "t1", "weather", '{"city":', '"Rome"}'), tool(1, "t2", "time", '{"zone":', '"CET"}')
    interleaved = [event for pair in zip(first, second, strict=True) for event in pair]
    expected = [
        {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Rome"}}},
        {"toolUse": {"toolUseId": "t2", "name": "time", "input": {"zone": "CET"}}},
    ]
    assert content(*interleaved) == content(*first, *second) == expected


@pytest.mark.parametrize("pieces", [(), ("",), ("", "")])
def test_a_tool_call_without_input_has_an_empty_one(pieces):
    """A tool call with no input delta, or empty ones, has the input {}."""
    assert content(*tool(0, "t1", "now", *pieces)) == [{"toolUse": {"toolUseId": "t1", "name": "now", "input": {}}}]


def test_a_tool_call_that_a_server_runs_says_so():
    """The type of a tool call is kept where there is one."""
    head = {"toolUseId": "t1", "name": "search", "type": "server_tool_use"}
    assert content(start(0, toolUse=head), stop(0)) == [{"toolUse": {**head, "input": {}}}]


def test_numbers_in_tool_input_are_as_written():
    """Numbers of a tool's input are not rounded and keep their type."""
    (block,) = content(*tool(0, "t1", "add", '{"a":22.0,"b":123456789012345678901234567890}'))
    assert block["toolUse"]["input"] == {"a": 22.0, "b": 123456789012345678901234567890}
    assert isinstance(block["toolUse"]["input"]["a"], float)


@pytest.mark.parametrize("raw", ['{"city":"Ro', "{}{}", "NaN", '{"a":Infinity}', "[" * 100_000])
def test_broken_tool_input_is_an_error_that_carries_it(raw):
    """Tool input that is no JSON is an error with the raw text and the call's id, never a call with some of it."""
    with pytest.raises(ToolInputError, match="t1") as caught:
        fold(message(*tool(0, "t1", "weather", raw)))
    assert (caught.value.raw, caught.value.tool_use_id) == (raw, "t1")
    assert "do not run" in caught.value.hint


def test_input_of_a_call_that_never_began_is_an_error():
    """Input deltas without a contentBlockStart have no id to answer to."""
    with pytest.raises(ToolInputError, match="never began"):
        fold(message(delta(0, toolUse={"input": "{}"}), stop(0)))


def test_reasoning_keeps_text_and_signature():
    """Reasoning text is joined, and the signature is as sent."""
    events = [delta(0, reasoningContent={"text": piece}) for piece in ("The user ", "greets", "")]
    events += [delta(0, reasoningContent={"signature": "c2lnbmF0dXJl"}), stop(0)]
    reasoning = {"text": "The user greets", "signature": "c2lnbmF0dXJl"}
    assert content(*events) == [{"reasoningContent": {"reasoningText": reasoning}}]


def test_reasoning_without_a_signature_has_none():
    """Models that do not sign their reasoning get no signature made up."""
    assert content(delta(0, reasoningContent={"text": "Hm"}), stop(0)) == [
        {"reasoningContent": {"reasoningText": {"text": "Hm"}}}
    ]


def test_a_signature_alone_keeps_its_empty_text():
    """Reasoning whose display is omitted has an empty text, which must be sent back."""
    assert content(delta(0, reasoningContent={"signature": "c2ln"}), stop(0)) == [
        {"reasoningContent": {"reasoningText": {"text": "", "signature": "c2ln"}}}
    ]


def test_redacted_pieces_are_joined_as_bytes():
    """Pieces of encrypted reasoning, padded each by itself, are decoded one by one and joined as bytes."""
    pieces = [base64.b64encode(piece).decode() for piece in (b"a", b"bc", b"def")]
    (block,) = content(*(delta(0, reasoningContent={"redactedContent": piece}) for piece in pieces), stop(0))
    assert base64.b64decode(block["reasoningContent"]["redactedContent"]) == b"abcdef"


def test_a_blob_that_is_no_base64_is_an_error():
    """A redacted piece that is no base64 is an error."""
    with pytest.raises(FoldError, match="base64"):
        fold(message(delta(0, reasoningContent={"redactedContent": "?"}), stop(0)))


def test_cited_text_is_a_citations_block():
    """Text with citations folds into the block that Converse replies with."""
    citation = {"title": "Report", "location": {"documentChar": {"documentIndex": 0, "start": 1, "end": 2}}}
    assert content(delta(0, text="It "), delta(0, citation=citation), delta(0, text="rose."), stop(0)) == [
        {"citationsContent": {"content": [{"text": "It rose."}], "citations": [citation]}}
    ]


def test_a_tools_result_is_folded():
    """Pieces of a server tool's result are joined: texts as one text, JSON as it is."""
    events = [
        start(0, toolResult={"toolUseId": "t1", "status": "success"}),
        delta(0, toolResult=[{"text": "a"}, {"text": "b"}]),
        delta(0, toolResult=[{"text": "c"}]),
        delta(0, toolResult=[{"json": {"d": 1}}]),
        stop(0),
    ]
    assert content(*events) == [
        {"toolResult": {"toolUseId": "t1", "status": "success", "content": [{"text": "abc"}, {"json": {"d": 1}}]}}
    ]


def test_an_image_is_folded():
    """Pieces of an image are decoded one by one and joined as bytes."""
    events = [
        start(0, image={"format": "png"}),
        delta(0, image={"source": {"bytes": "YQ=="}}),
        delta(0, image={"source": {"bytes": "YmM="}}),
        stop(0),
    ]
    assert content(*events) == [{"image": {"format": "png", "source": {"bytes": "YWJj"}}}]


def test_an_image_elsewhere_and_one_that_failed_are_folded():
    """An image in S3 keeps its place, and one that was not made says why."""
    place = {"uri": "s3://bucket/key"}
    assert content(start(0, image={"format": "png"}), delta(0, image={"source": {"s3Location": place}}), stop(0)) == [
        {"image": {"format": "png", "source": {"s3Location": place}}}
    ]
    assert content(start(0, image={"format": "png"}), delta(0, image={"error": {"message": "no"}}), stop(0)) == [
        {"image": {"format": "png", "error": {"message": "no"}}}
    ]


def test_blocks_are_in_order_of_their_index():
    """Blocks of a reply are in order of their index, in whatever order they began."""
    assert content(delta(1, text="second"), delta(0, text="first"), stop(1), stop(0)) == [
        {"text": "first"},
        {"text": "second"},
    ]


def test_an_index_used_twice_makes_two_blocks():
    """Blocks that share an index, one after the other or of two kinds, are not mixed."""
    assert content(delta(0, text="one"), stop(0), delta(0, text="two"), stop(0)) == [{"text": "one"}, {"text": "two"}]
    assert content(delta(0, reasoningContent={"text": "Hm"}), delta(0, text="two"), stop(0)) == [
        {"reasoningContent": {"reasoningText": {"text": "Hm"}}},
        {"text": "two"},
    ]


def test_a_block_of_an_unknown_kind_is_left_out():
    """A block of a kind with no known shape is left out, and the blocks around it are not."""
    assert content(delta(0, text="a"), stop(0), start(1, audio={}), delta(1, audio={}), stop(1)) == [{"text": "a"}]


def test_half_characters_are_made_whole():
    """A character whose halves came in two deltas is one character of the text."""
    assert content(delta(0, text="Hi "), delta(0, text="\ud83d"), delta(0, text="\ude00"), stop(0)) == [
        {"text": "Hi 😀"}
    ]


def test_a_half_that_stays_alone_is_kept():
    """Half a character whose other half never came stays in the text."""
    assert content(delta(0, text="a\ud83d"), stop(0)) == [{"text": "a\ud83d"}]


def test_a_folder_knows_whether_the_message_is_whole():
    """A folder is complete with messageStop, and gives what it has before."""
    folder = Folder()
    events = message(delta(0, text="Hel"), delta(0, text="lo"), stop(0))
    for one in events[:2]:
        folder.add(one)
    assert not folder.complete
    assert folder.reply() == {"output": {"message": {"role": "assistant", "content": [{"text": "Hel"}]}}}
    for one in events[2:]:
        folder.add(one)
    assert folder.complete
    assert folder.reply() == fold(events)


def test_a_stream_that_threw_makes_no_reply():
    """An exception in the stream cannot be folded away."""
    with pytest.raises(FoldError, match="throttlingException"):
        fold([*message(delta(0, text="a"))[:2], Thrown("throttlingException", "Slow down")])
