"""Lines of the protocol: cut out of a stream, read, and folded into what the caller saw."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.providers import mask
from bedrock_harness.providers.lines import LineBuffer, ProtocolFault, read, shown, write
from bedrock_harness.providers.observation import fold
from bedrock_harness.providers.protocol import Close, Done, Hello, Open, Part, Reasoning, Send, ToolCall, Usage
from tests.providers.support import ENDPOINT, SECRET

SEND = Send(id=3, session="s", content=())


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" "))), st.lists(st.integers(1, 30)))
def test_lines_do_not_depend_on_how_they_arrive(sent, sizes):
    """However a stream is cut into reads, the same lines come out; blank ones don't."""
    stream = b"".join(line + b"\n" for line in sent)
    buffer, got = LineBuffer(), []
    for size in [*sizes, max(1, len(stream))]:
        got += buffer.feed(stream[:size])
        stream = stream[size:]
    assert got == [line for line in sent if line.strip()]
    assert buffer.rest == b""


def test_a_line_may_be_as_long_as_the_limit():
    """The limit itself is allowed, one byte more is a fault, whether the newline has come or not."""
    assert LineBuffer(10).feed(b"x" * 10 + b"\n") == [b"x" * 10]
    for data in (b"x" * 11, b"x" * 11 + b"\n"):
        with pytest.raises(ProtocolFault, match="longer than 10 bytes"):
            LineBuffer(10).feed(data)


@pytest.mark.parametrize(
    "command", [Hello(id=1), Open(id=2, session="s", endpoint=ENDPOINT, model="m"), SEND, Close(id=4, session="s")]
)
def test_a_command_is_one_line(command):
    """A command is written as one line of JSON with its name and id, defaults left out."""
    line = write(command)
    assert line.count(b"\n") == 1
    assert json.loads(line)["id"] == command.id
    assert b"null" not in line


@given(st.binary(max_size=200))
def test_no_line_breaks_the_reader(line):
    """Whatever the bytes, the outcome is an answer or a fault that can be shown."""
    told = None
    try:
        read(line, SEND)
    except ProtocolFault as fault:
        told = fault
    assert told is None or (len(str(told)) < 500 and told.hint)


@given(st.binary(max_size=5000))
def test_what_is_shown_of_a_line_is_printable_and_short(line):
    """A terminal can't be upset by what an adapter printed."""
    text = shown(line)
    assert text.isprintable()
    assert len(text) < 230


def test_half_a_character_is_carried_and_joined():
    """Two deltas that share an emoji make one emoji; half of one that stays alone is replaced."""
    parts = [
        read(b'{"is":"part","id":3,"at":1,"text":"snow \\ud83d"}', SEND),
        read(b'{"is":"part","id":3,"at":2,"text":"\\ude0a \\ud83d!"}', SEND),
    ]
    assert fold(parts, Done(id=3, at=3), started=0).text == "snow \N{SMILING FACE WITH SMILING EYES} �!"
    call = read(b'{"is":"part","id":3,"at":1,"tool_call":{"id":"a","name":"b","input":{"x":"\\ud83d"}}}', SEND)
    assert call.tool_call.input == {"x": "�"}


def part(**member) -> Part:
    return Part(id=3, at=1, **member)


def test_parts_fold_into_what_the_caller_saw():
    """Texts are joined, reasoning in a row makes blocks, the last stop and each last count hold."""
    parts = [
        part(reasoning=Reasoning(text="First ")),
        part(reasoning=Reasoning(text="thought.")),
        part(reasoning=Reasoning(signature="sig")),
        part(reasoning=Reasoning(text="Second.")),
        part(text="Hel"),
        part(reasoning=Reasoning(text="Third.")),
        part(reasoning=Reasoning(redacted="AAAA")),
        part(reasoning=Reasoning(redacted="BBBB")),
        part(text="lo"),
        part(tool_call=ToolCall(id="t", name="n", input={})),
        part(usage=Usage(input=3, output=1)),
        part(usage=Usage(output=7)),
        part(stop="tool_use"),
    ]
    seen = fold(parts, Done(id=3, at=99), started=5)
    assert seen.text == "Hello"
    assert seen.reasoning == (
        Reasoning(text="First thought.", signature="sig"),
        Reasoning(text="Second."),
        Reasoning(text="Third."),
        Reasoning(redacted="AAAA"),
        Reasoning(redacted="BBBB"),
    )
    assert seen.tool_calls == (ToolCall(id="t", name="n", input={}),)
    assert seen.usage == Usage(input=3, output=7)
    assert (seen.stop, seen.started, seen.ended, seen.error) == ("tool_use", 5, 99, None)
    assert seen.parts == tuple(parts)


def test_nothing_told_is_nothing_seen():
    """A turn without parts has no text, no stop and no usage, rather than zeros."""
    seen = fold([], Done(id=3, at=1), started=0)
    assert (seen.text, seen.stop, seen.usage, seen.reasoning, seen.tool_calls) == ("", None, None, (), ())


def test_secrets_are_masked_longest_first():
    """A secret that contains another leaves nothing of itself behind; short words are left alone."""
    assert mask(f"a {SECRET} b {SECRET[:8]} c", [SECRET[:8], SECRET, "a", ""]) == "a *** b *** c"
