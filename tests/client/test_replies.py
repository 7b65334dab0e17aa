"""Replies, and what is sent back of them."""

import pickle

import pytest

from bedrock_harness.client import ProtocolError, Reply, StreamError, assistant_message
from bedrock_harness.client.replies import read_reply

SIGNED = {"reasoningContent": {"reasoningText": {"text": "", "signature": "c2ln"}}}
CALL = {"toolUse": {"toolUseId": "1", "name": "t", "input": {}}}


def reply(*content, **members):
    return Reply({"output": {"message": {"role": "assistant", "content": list(content)}}, **members}, "id-1")


def test_replies_are_equal_by_what_was_said():
    """Two replies with the same members are one answer, whatever their request ids, and equal the plain mapping."""
    assert reply({"text": "a"}) == Reply(dict(reply({"text": "a"})), "id-2")
    assert reply({"text": "a"}) == {"output": {"message": {"role": "assistant", "content": [{"text": "a"}]}}}
    assert reply({"text": "a"}) != reply({"text": "b"})


def test_a_reply_shows_what_it_holds():
    """The repr of a reply has its members and its request id."""
    assert repr(reply(stopReason="end_turn")).endswith("'stopReason': 'end_turn'}, request_id='id-1')")
    assert len(reply(stopReason="end_turn")) == 2


def test_blank_text_is_not_sent_back():
    """The message to send back has every block but blank text, untouched."""
    said = reply({"text": " "}, SIGNED, {"text": " a "}, CALL, {"brandNew": {}})
    assert assistant_message(said) == {
        "role": "assistant",
        "content": [SIGNED, {"text": " a "}, CALL, {"brandNew": {}}],
    }
    assert assistant_message(dict(said)) == assistant_message(said)


def test_text_inside_citations_is_text():
    """A block with citations holds its text inside, and it is not lost."""
    cited = {"citationsContent": {"content": [{"text": "b"}], "citations": [{}]}}
    assert reply({"text": "a"}, cited, {"text": "c"}).text == "abc"


@pytest.mark.parametrize("output", [{}, {"message": None}])
def test_a_reply_without_a_message_is_empty(output):
    """Where a guardrail left no message, the views are empty."""
    bare = Reply({"output": output, "stopReason": "guardrail_intervened"})
    assert (bare.text, bare.reasoning, bare.tool_calls, bare.usage) == ("", "", (), None)
    assert bare.message == {"role": "assistant", "content": []}


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b'{"output": 1}', b"\xff", b'{"Output": {"__type": "x"}}']
)
def test_what_is_no_reply_is_an_error(body):
    """HTTP 200 alone makes no reply."""
    with pytest.raises(ProtocolError, match="no Converse reply"):
        read_reply(body, "id-1")


def test_errors_cross_process_borders():
    """An error keeps all it knows when it is pickled, as process pools do."""
    error = StreamError(
        "No.", code="ThrottlingException", status=429, request_id="id", retryable=True, members={"a": 1}
    )
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), vars(copy)) == (str(error), vars(error))
