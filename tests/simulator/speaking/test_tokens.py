"""Counting: tokens of texts, and of whatever else a prompt holds."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.simulator.script import Reasoning, Redacted, Text, ToolUse
from bedrock_harness.simulator.speaking.ending import count_answer
from bedrock_harness.simulator.speaking.prompt import count
from bedrock_harness.simulator.speaking.tokens import count_block, count_text, pieces, size_of
from tests.simulator.speaking.made import WEATHER, asking, document, user

ANY_TEXT = st.text() | st.text("ab \n\t1é日.-_'", max_size=60)


@given(ANY_TEXT)
def test_pieces_are_the_text(text):
    """No character is lost or added between a text and its tokens; the empty text is one empty piece."""
    assert "".join(pieces(text)) == text
    assert count_text(text) == len([piece for piece in pieces(text) if piece])


@given(ANY_TEXT, st.data())
def test_a_text_cut_between_tokens_counts_what_its_pieces_count(text, data):
    """The beginning of a text, up to the end of any token, has the same tokens as in the whole."""
    whole = pieces(text)
    end = data.draw(st.integers(0, len(whole)))
    assert pieces("".join(whole[:end])) == (whole[:end] or ("",))


def test_tokens_are_about_words():
    """English has about a token a word, Chinese one a character, and numbers one for three digits."""
    assert pieces("How deep is the sea?") == ("How", " deep", " is", " the", " sea", "?")
    assert pieces("深海 1234") == ("深", "海", " 123", "4")
    assert count_text("a" * 120) == 10


def test_larger_things_count_more():
    """Images, documents and videos count by their size, an image no more than a model looks at; nothing is free."""

    def blob(size):
        return {"bytes": base64.b64encode(b"x" * size).decode()}

    for kind, form in (("image", "png"), ("document", "pdf"), ("video", "mp4")):
        sizes = [count_block({kind: {"format": form, "name": "x", "source": blob(size)}}) for size in (1, 10**4, 10**5)]
        assert 0 < sizes[0] < sizes[1] < sizes[2]
    assert count_block({"image": {"format": "png", "source": blob(5 * 10**6)}}) == 1_600
    assert count_block(document("x" * 10**4)) > 4 * count_block({"document": {"format": "pdf", "source": blob(10**4)}})
    s3 = {"s3Location": {"uri": "s3://bucket/key"}}
    assert all(count_block({kind: {"source": s3}}) > 0 for kind in ("image", "document", "video"))


@given(st.binary(max_size=50))
def test_a_blob_has_the_size_of_its_bytes(data):
    """Base64 is measured without being decoded."""
    assert size_of(base64.b64encode(data).decode()) == len(data)


def test_an_answer_counts_the_same_when_it_comes_back():
    """What an answer counted as output, its blocks count as input in the next turn."""
    redacted = base64.b64encode(b"x" * 99).decode()
    pairs = [
        (Text("Hello, world."), {"text": "Hello, world."}),
        (
            Reasoning("I think so.", "c2ln"),
            {"reasoningContent": {"reasoningText": {"text": "I think so.", "signature": "c2ln"}}},
        ),
        (Redacted((b"x" * 99,)), {"reasoningContent": {"redactedContent": redacted}}),
        (
            ToolUse("t", "get", {"a": [1, "b"]}),
            {"toolUse": {"toolUseId": "t", "name": "get", "input": {"a": [1, "b"]}}},
        ),
    ]
    for block, sent in pairs:
        assert count_answer([block]) == count_block(sent) > 0


def test_a_prompt_counts_all_its_parts():
    """Tools, system prompt, each message and each block add to the count; cache points and null members do not."""
    body = asking(user("Hello."))
    richer = {**body, "system": [{"text": "Be brief."}]}
    richest = {**richer, "toolConfig": {"tools": [WEATHER]}}
    assert 0 < count(body) < count(richer) < count(richest)
    point = {"cachePoint": {"type": "default"}}
    assert count(asking(user("Hello.", point), system=None)) == count(asking(user(point, "Hello."))) == count(body)


def test_what_stands_around_counts_once():
    """A message costs something beside its blocks, and offering tools beside the tools, however many there are."""
    assert count(asking(user("One.", "Two."))) == count(asking(user("One."))) + count_text("Two.")
    assert count(asking(user("One."), user("Two."))) > count(asking(user("One.", "Two.")))
    tools = [
        count(asking("One.", toolConfig={"tools": [WEATHER] * number})) - count(asking("One.")) for number in (1, 2)
    ]
    assert tools[1] - tools[0] == count_text(json.dumps(WEATHER["toolSpec"])) < tools[0]
