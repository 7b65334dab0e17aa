"""The bytes of a request's body."""

import base64
import json
from copy import deepcopy

import pytest

from bedrock_harness.client import InvalidRequest, body
from bedrock_harness.client.options import AS_GIVEN, DEFAULT_OPTIONS, Options
from bedrock_harness.client.requests import prepare
from bedrock_harness.service import shapes

MODEL = "amazon.nova-micro-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]


def built(messages=HELLO, *, system=None, options=DEFAULT_OPTIONS, model=MODEL, **members):
    return json.loads(body.to_json(prepare("Converse", model, messages, system, options, members).body))


def test_a_plain_request_holds_its_messages_and_nothing_else():
    """Nothing that the caller did not set is sent."""
    assert built() == {"messages": HELLO}


def test_system_may_be_plain_text():
    """A system prompt is a text or blocks; a blank one is left out."""
    assert built(system="Be brief.")["system"] == [{"text": "Be brief."}]
    assert built(system=[{"text": "Be brief."}])["system"] == [{"text": "Be brief."}]
    assert "system" not in built(system=" ")


def test_members_that_are_none_or_empty_are_left_out():
    """Optional members without a value are absent, not null and not empty."""
    empty = {
        "inferenceConfig": {"stopSequences": [], "maxTokens": None},
        "toolConfig": {"tools": []},
        "additionalModelRequestFields": {},
        "requestMetadata": {},
        "guardrailConfig": None,
        "system": [],
    }
    assert built(**empty) == {"messages": HELLO}


def test_zero_and_false_are_values():
    """A temperature of 0 is sent."""
    assert built(inferenceConfig={"temperature": 0})["inferenceConfig"] == {"temperature": 0}


def test_empty_objects_that_mean_something_are_sent():
    """`{"auto": {}}` is a choice, and the null in a document is data."""
    tools = [
        {"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object", "default": None, "properties": {}}}}}
    ]
    config = {"tools": tools, "toolChoice": {"auto": {}}}
    assert built(toolConfig=config)["toolConfig"] == config
    assert built(additionalModelRequestFields={"top_k": None, "x": []})["additionalModelRequestFields"] == {
        "top_k": None,
        "x": [],
    }


def test_bytes_are_encoded_once_where_the_model_has_blobs():
    """An image's bytes arrive as one base64 of themselves."""
    image = {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}}
    sent = built([{"role": "user", "content": [{"text": "What?"}, image]}])
    assert base64.b64decode(sent["messages"][0]["content"][1]["image"]["source"]["bytes"]) == b"\x89PNG"
    assert shapes.validate("Converse", sent) == ()


def test_redacted_reasoning_goes_back_as_it_came():
    """A blob that is base64 already, as in a reply, is not encoded again."""
    block = {"reasoningContent": {"redactedContent": "c2VjcmV0"}}
    history = [*HELLO, {"role": "assistant", "content": [block, {"text": "Hi"}]}, *HELLO]
    assert built(history)["messages"][1]["content"][0] == block


def test_the_callers_objects_are_never_changed():
    """Messages and members are the same after a request has been built from them."""
    messages = [*HELLO, {"role": "assistant", "content": [{"text": ""}, {"image": {"source": {"bytes": b"x"}}}]}]
    members = {"inferenceConfig": {"maxTokens": None}, "toolConfig": {"tools": []}}
    before = deepcopy((messages, members))
    built(messages, **members)
    assert (messages, members) == before


def test_the_body_is_utf_8_as_it_is_spoken():
    """Text is sent as UTF-8 and not as escapes."""
    raw = body.to_json(
        prepare("Converse", MODEL, [{"role": "user", "content": [{"text": "こんにちは 👋\u2028"}]}]).body
    )
    assert "こんにちは 👋\u2028".encode() in raw


@pytest.mark.parametrize(
    ("given", "sent"),
    [("\ud83d\udc4b", "👋"), ("a\ud83d", "a\ufffd"), ("\udc4bb", "\ufffdb"), ("a\x00b\ufffe", "a\x00b\ufffe")],
)
def test_half_characters_do_not_brick_a_session(given, sent):
    """Halves of a surrogate pair are joined; a lone half becomes U+FFFD."""
    assert built([{"role": "user", "content": [{"text": given}]}])["messages"][0]["content"] == [{"text": sent}]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"bytes where no blob is"])
def test_what_json_cannot_say_is_refused_before_sending(value):
    """A value that JSON has no word for is an InvalidRequest."""
    with pytest.raises(InvalidRequest, match="JSON"):
        built(additionalModelRequestFields={"x": value})


def test_a_value_that_holds_itself_is_refused_before_sending():
    """A circle is an InvalidRequest, not a RecursionError."""
    circle: list = []
    circle.append(circle)
    with pytest.raises(InvalidRequest, match="JSON"):
        built(additionalModelRequestFields={"x": circle})


@pytest.mark.parametrize(
    "messages",
    [
        "Hello",
        ["Hello"],
        [{"role": "user"}],
        [{"role": "user", "content": "Hello"}],
        [{"content": [{"text": "Hello"}]}],
        [{"role": "user", "content": ["Hello"]}],
        [{"role": "user", "content": [{"toolResult": "sunny"}]}],
        [{"role": "user", "content": [{"toolResult": {"content": "sunny"}}]}],
        [{"role": "assistant", "content": [{"toolUse": []}]}],
        [{"role": "assistant", "content": [{"reasoningContent": {"reasoningText": "hm"}}]}],
    ],
)
def test_a_message_of_another_shape_is_refused_before_sending(messages):
    """What is no message of Converse's is an InvalidRequest that shows one."""
    with pytest.raises(InvalidRequest, match="Converse"):
        built(messages)


@pytest.mark.parametrize(
    "members",
    [
        {"toolConfig": "none"},
        {"toolConfig": {"tools": {"toolSpec": {}}}},
        {"toolConfig": {"tools": ["weather"]}},
        {"inferenceConfig": [1]},
        {"additionalModelRequestFields": "top_k"},
        {"guardrailConfig": "g"},
        {"system": ["Be brief."]},
    ],
)
def test_a_member_of_another_shape_is_refused_before_sending(members):
    """What is no member of Converse's is an InvalidRequest that names it."""
    system = members.pop("system", None)
    with pytest.raises(InvalidRequest, match=next(iter(members), "system")):
        built(system=system, **members)


def test_system_alone_is_refused_before_sending():
    """A conversation without a message is refused, unless the model is a prompt that brings its own."""
    with pytest.raises(InvalidRequest, match="no message"):
        built([{"role": "system", "content": [{"text": "Be brief."}]}])
    prompt = "arn:aws:bedrock:us-east-1:123456789012:prompt/PROMPT1234"
    assert built([], model=prompt, promptVariables={"x": {"text": "y"}}) == {"promptVariables": {"x": {"text": "y"}}}


def test_without_repair_the_conversation_is_sent_as_given():
    """With repair off, what the service will refuse is sent to be refused."""
    blank = [{"role": "user", "content": [{"text": " "}]}] * 2
    assert built(blank, options=Options(repairs=AS_GIVEN))["messages"] == blank
