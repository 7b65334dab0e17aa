"""Canned answers: which one answers, and what a file that cannot be read is told."""

import json
import re
import textwrap
from pathlib import Path

import pytest

from bedrock_harness.simulator.script import Answer, HttpError, Text, ToolUse
from bedrock_harness.simulator.speaking import CannedError, choose, read_canned
from bedrock_harness.simulator.speaking import canned as module
from bedrock_harness.simulator.speaking.canned import MAX_FILE
from tests.simulator.speaking.made import CLAUDE, NOVA, WEATHER, asking, assert_sendable, assistant, offering, user

YAML = r"""
# first come, first served
- when: {model: "*anthropic*", words: [weather, Paris]}
  text: It is sunny in Paris.
- when: {pattern: '(?i)order #?\d+'}
  reply:
    is: Answer
    blocks:
      - {is: ToolUse, id: tooluse_1, name: find_order, input: {number: 7, on: 2025-01-31}}
    stop: tool_use
- when:
    body: {toolConfig: {tools: [{toolSpec: {name: get_weather}}]}}
  reply: {is: HttpError, code: ThrottlingException, message: Too many requests}
- when: {words: [redacted]}
  reply: {is: Answer, blocks: [{is: Redacted, pieces: [YWJj]}, {is: Text, text: Done.}]}
- text: Good day.
"""


def chosen(canned, body, model):
    """What answers a Converse body."""
    return choose(canned, body, model, conversation=body)


@pytest.fixture
def written(tmp_path):
    """Writes a file and gives its path."""

    def write(text, name="canned.yaml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def canned(written):
    return read_canned(written(YAML))


@pytest.mark.parametrize(
    ("body", "model", "number"),
    [
        (asking("What is the WEATHER in paris?"), CLAUDE, 0),
        (asking("What is the weather in paris?"), NOVA, 4),
        (asking("Weather in Parisian style"), CLAUDE, 4),
        (asking("weather Paris", assistant("Sunny."), "Thanks"), CLAUDE, 4),
        (asking("Where is Order #12?"), NOVA, 1),
        (asking("Hello.", **offering({"cachePoint": {"type": "default"}}, WEATHER)), NOVA, 2),
        (asking(user("Is it", "redacted?"), assistant("It")), NOVA, 3),
        (asking("Hello."), NOVA, 4),
    ],
)
def test_the_first_that_matches_answers(canned, body, model, number):
    """Model globs, words in any letters, patterns and parts of the body; what was said last counts, and order decides."""
    assert chosen(canned, body, model) == canned[number].reply


def test_none_matches_none():
    """Where nothing is for a request, nothing is chosen."""
    assert chosen((), asking("Hello."), CLAUDE) is None


def test_a_reply_is_a_scripts_reply(canned):
    """The short form is an answer of one text; the long form is any reply of a script, and words stay words."""
    assert canned[0].reply == Answer((Text("It is sunny in Paris."),))
    assert canned[1].reply.blocks == (ToolUse("tooluse_1", "find_order", {"number": 7, "on": "2025-01-31"}),)
    assert canned[2].reply == HttpError("ThrottlingException", "Too many requests")
    assert canned[3].reply.blocks[0].pieces == (b"abc",)
    for one in canned:
        if isinstance(one.reply, Answer):
            assert_sendable(one.reply)


def test_the_examples_that_are_shown_can_be_read(written):
    """What the module and the document show of a file of canned answers is one."""
    in_module = textwrap.dedent("".join(re.findall(r"(?m)^ {4}.*\n", module.__doc__)))
    document = Path(__file__).parents[3] / "docs" / "simulator.md"
    in_document = re.findall(r"```yaml\n(- when.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    read = [read_canned(written(example)) for example in (in_module, *in_document)]
    assert [len(one) for one in read] == [3, 2]
    assert chosen(read[0], asking("Where is order #7?", **offering(WEATHER)), NOVA) == read[0][1].reply


@pytest.mark.parametrize("word", ["yes", "on", "truest", "2025-01-31", "12:30:00", "007", "1_000", "<<"])
def test_a_word_is_a_word(written, word):
    """What YAML 1.1 takes for a truth or a date is the text that it looks like."""
    (one,) = read_canned(written(f"- text: {word}"))
    assert one.reply == Answer((Text(word),))


def test_json_says_the_same(written, canned):
    """The same answers in a JSON file are the same answers."""
    again = [{"when": {"model": "*anthropic*", "words": ["weather", "Paris"]}, "text": "It is sunny in Paris."}]
    assert read_canned(written(json.dumps(again), "canned.json")) == canned[:1]


@pytest.mark.parametrize(
    ("text", "place", "required"),
    [
        ("- text: a\n- when: {modle: x}\n  text: b\n", "line 2, at [1].when", "Object contains unknown field `modle`"),
        (
            "- text: a\n- reply:\n    is: Answer\n    blocks:\n    - {is: Text, text: 7}\n",
            "line 5, at [1].reply.blocks[0].text",
            "str",
        ),
        ("- when: {words: [a]}\n", "line 1, at [0]", "either a text or a reply"),
        ("- text: a\n  reply: {is: Answer, blocks: []}\n", "line 1, at [0]", "either a text or a reply"),
        (
            "- text: a\n- text: b\n  when: {pattern: '(a+)+'}\n",
            "line 3, at [1].when",
            "repetition inside a repetition",
        ),
        ("- text: a\n  when: {pattern: '('}\n", "line 2, at [0].when", "regular expression"),
        (f"- text: a\n  when: {{pattern: '{'x' * 1_001}'}}\n", "line 2, at [0].when", "1,000 characters"),
        ("- text: true\n", "line 1, at [0].text", "bool"),
        ("- text: a\n- text: b: c\n", "line 2", "the file is YAML"),
        ("- &a {text: a}\n- *a\n", "line 2", "no aliases"),
        ("- text: !!binary YWJj\n", "line 1", "no tags"),
        ("- text: a\n  when:\n    body: {7: a}\n", "line 3", "a member's name is a string"),
        ("- text: a\n  text: b\n", "line 2", "'text' stands once"),
        ("text: a\n", "line 1", "a list of answers"),
        ("", "line 1", "a list of answers"),
        ("[" * 200, "line 1", "100 deep"),
        (b"- text: a\n- text: \xff\n", "line 2", "UTF-8"),
        ("- text: \x00\n", "somewhere", "the file is YAML"),
        ("- " + "x" * MAX_FILE, "at its end", "1,048,576 bytes"),
    ],
)
def test_a_faulty_file_is_told_where_and_what(written, text, place, required):
    """Each fault names the file, the line or path, what was required and what to do; none of them is a traceback."""
    path = written(text)
    with pytest.raises(CannedError) as caught:
        read_canned(path)
    assert str(path) in str(caught.value)
    assert caught.value.place == place
    assert required in caught.value.required
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"text": "a"},\n {"text": }]', "line 2"),
        ('[{"text": 1}]', "at [0].text"),
        ("[" * 100_000, "somewhere"),
        ("[" * 101 + "]" * 101, "somewhere"),
    ],
)
def test_faulty_json_is_told_too(written, text, place):
    """A JSON file is told the line of a syntax error, and the path of any other."""
    with pytest.raises(CannedError) as caught:
        read_canned(written(text, "canned.json"))
    assert caught.value.place == place


def test_a_pattern_sees_a_bounded_text(written):
    """A pattern is matched against the first 2,000 characters, however much was said."""
    (one,) = read_canned(written("- {when: {pattern: end$}, text: a}"))
    assert chosen([one], asking("x" * 100 + "end"), CLAUDE)
    assert chosen([one], asking("x" * 2_000 + "end"), CLAUDE) is None
