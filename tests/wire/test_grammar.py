"""The order of events: what real streams keep, and each way not to."""

import pytest

from bedrock_harness.wire.events import Thrown, read_event
from bedrock_harness.wire.frames import FrameDecoder
from bedrock_harness.wire.grammar import BLOCK, FAMILIES, HEADED, STREAM, Grammar, violations
from tests.wire.made import conversation, delta, event, message, start, stop, stream

TOOL = {"toolUse": {"toolUseId": "t1", "name": "weather"}}
TEXT = [delta(0, text="Hello"), stop(0)]

SOUND = {
    "text": message(*TEXT),
    "an empty text": message(delta(0, text=""), stop(0)),
    "reasoning, then text": message(
        delta(0, reasoningContent={"text": "Hm"}),
        delta(0, reasoningContent={"signature": "s"}),
        stop(0),
        delta(1, text="Hello"),
        stop(1),
    ),
    "a tool call with no input": message(start(0, **TOOL), stop(0), reason="tool_use"),
    "interleaved tool calls": message(
        start(0, **TOOL),
        start(1, **TOOL),
        delta(0, toolUse={"input": "{"}),
        delta(1, toolUse={"input": "{"}),
        delta(0, toolUse={"input": "}"}),
        stop(0),
        delta(1, toolUse={"input": "}"}),
        stop(1),
    ),
    "citations among text": message(delta(0, citation={}), delta(0, text="a"), delta(0, citation={}), stop(0)),
    "a tool's result": message(start(0, toolResult={"toolUseId": "t1"}), delta(0, toolResult=[{"text": "a"}]), stop(0)),
    "an image": message(start(0, image={"format": "png"}), delta(0, image={"source": {"bytes": "YQ=="}}), stop(0)),
    "an unknown event": message(event("ping"), *TEXT),
    "a block of an unknown kind": message(start(0, audio={}), delta(0, audio={}), stop(0)),
    "an exception at once": [Thrown("throttlingException", "Slow down")],
    "an exception in a block": [*message(delta(0, text="Hel"))[:2], Thrown("internalServerException", "Sorry")],
    "an exception before metadata": [*message(*TEXT)[:-1], Thrown("internalServerException", "Sorry")],
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_stream_has_no_violation(name):
    """A stream in the order of the real service has no violation."""
    assert violations(SOUND[name]) == []


STREAM_OF_TEXT = message(*TEXT)
BROKEN = {
    "no event at all": ([], 0, "end", None, "at the start, where messageStart must come"),
    "no messageStart": (STREAM_OF_TEXT[1:], 0, "contentBlockDelta", 0, "where messageStart must come"),
    "messageStart twice": ([STREAM_OF_TEXT[0], *STREAM_OF_TEXT], 1, "messageStart", None, "in the message"),
    "no contentBlockStop": (message(delta(0, text="a")), 2, "messageStop", None, "contentBlockStop for block 0"),
    "two blocks open": (message(delta(0, text="a"), delta(1, text="b")), 3, "messageStop", None, "for block 0, 1"),
    "no block": (message(), 1, "messageStop", None, "without a content block"),
    "a stop alone": (message(stop(0)), 1, "contentBlockStop", 0, "block 0, which is not begun"),
    "a stop twice": (message(*TEXT, stop(0)), 3, "contentBlockStop", 0, "block 0, which is stopped"),
    "a delta after its stop": (message(*TEXT, delta(0, text="b")), 3, "contentBlockDelta", 0, "which is stopped"),
    "a start for text": (message(start(0), *TEXT), 1, "contentBlockStart", 0, "without a head"),
    "a start after a delta": (
        message(delta(0, text="a"), start(0, **TOOL), stop(0)),
        2,
        "contentBlockStart",
        0,
        "which is in its deltas",
    ),
    "a tool call without a start": (
        message(delta(0, toolUse={"input": "{}"}), stop(0)),
        1,
        "contentBlockDelta",
        0,
        "a tool call begins with",
    ),
    "text in a tool call": (
        message(start(0, **TOOL), delta(0, text="a"), stop(0)),
        2,
        "contentBlockDelta",
        0,
        "of kind text in block 0",
    ),
    "text in a reasoning block": (
        message(delta(0, reasoningContent={"text": "Hm"}), delta(0, text="a"), stop(0)),
        2,
        "contentBlockDelta",
        0,
        "which is a reasoning block",
    ),
    "an index that begins at 1": (
        message(delta(1, text="a"), stop(1)),
        1,
        "contentBlockDelta",
        1,
        "where block 0 must",
    ),
    "an index left out": (message(*TEXT, delta(2, text="a"), stop(2)), 3, "contentBlockDelta", 2, "where block 1 must"),
    "metadata before messageStop": (
        [*STREAM_OF_TEXT[:-2], STREAM_OF_TEXT[-1], STREAM_OF_TEXT[-2]],
        3,
        "metadata",
        None,
        "in the message",
    ),
    "no messageStop": (STREAM_OF_TEXT[:-2], 3, "end", None, "messageStop must come"),
    "no metadata": (STREAM_OF_TEXT[:-1], 4, "end", None, "where metadata must come"),
    "metadata twice": ([*STREAM_OF_TEXT, STREAM_OF_TEXT[-1]], 5, "metadata", None, "where the end must come"),
    "text after messageStop": (
        [*STREAM_OF_TEXT[:-1], delta(0, text="a"), stop(0), STREAM_OF_TEXT[-1]],
        4,
        "contentBlockDelta",
        0,
        "after messageStop, where metadata must come",
    ),
    "text after an exception": (
        [Thrown("throttlingException", "Slow down"), delta(0, text="a")],
        1,
        "contentBlockDelta",
        0,
        "after an error",
    ),
    "an exception after metadata": (
        [*STREAM_OF_TEXT, Thrown("throttlingException", "Slow down")],
        5,
        "exception",
        None,
        "where the end must come",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_first_event_out_of_order_is_named(name):
    """The first event out of order is named with its place, its block and what was to come instead."""
    events, position, kind, block, said = BROKEN[name]
    first = violations(events)[0]
    assert (first.position, first.event, first.block) == (position, kind, block)
    assert said in first.message


@pytest.mark.parametrize(
    "name", set(BROKEN) - {"text after messageStop", "metadata before messageStop", "two blocks open"}
)
def test_one_fault_is_reported_once(name):
    """A single fault does not make the sound events after it look wrong."""
    assert len(violations(BROKEN[name][0])) == 1


def test_a_grammar_follows_a_stream_as_it_comes():
    """A violation is reported with its event, not at the end."""
    grammar = Grammar()
    assert grammar.observe(STREAM_OF_TEXT[0]) is None
    assert grammar.observe(stop(0)).position == 1
    assert grammar.close().event == "end"


def test_unknown_events_count_in_positions():
    """The place of a violation counts every event before it, unknown ones too."""
    assert violations([event("ping"), event("ping"), stop(0)])[0].position == 2


def test_the_tables_are_closed():
    """Each state that a table leads to is a state that the table leads on from, or an end."""
    assert set(STREAM.values()) <= {state for state, _ in STREAM}
    assert set(BLOCK.values()) - {state for state, _ in BLOCK} == {"stopped"}
    assert set(FAMILIES.values()) >= HEADED == {"tool call", "tool result", "image"}


def test_a_conversation_from_the_wire_keeps_the_order():
    """Events decoded from bytes keep the order."""
    frames = FrameDecoder().feed(stream(conversation()))
    assert violations(read_event(frame) for frame in frames) == []
