"""The order of events: what real streams keep, and each way not to."""

import pytest

from bedrock_harness.wire.events import EVENT_TYPES, Thrown, read_event
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
    "two blocks open": (message(delta(0, text="a"), delta(1, text="b")), 3, "messageStop", None, "for blocks 0 and 1"),
    "no block": (message(), 1, "messageStop", None, "without a content block"),
    "a stop alone": (message(stop(0)), 1, "contentBlockStop", 0, "block 0, which never began"),
    "a stop twice": (message(*TEXT, stop(0)), 3, "contentBlockStop", 0, "block 0, which was stopped at event 3"),
    "a delta after its stop": (
        message(*TEXT, delta(0, text="b")),
        3,
        "contentBlockDelta",
        0,
        "block 0, which was stopped at event 3",
    ),
    "a start for text": (
        message(start(0), *TEXT),
        1,
        "contentBlockStart",
        0,
        "block 0 without a head: only blocks of the",
    ),
    "a start after a delta": (
        message(delta(0, text="a"), start(0, **TOOL), stop(0)),
        2,
        "contentBlockStart",
        0,
        "block 0, which has had deltas since event 2",
    ),
    "a tool call without a start": (
        message(delta(0, toolUse={"input": "{}"}), stop(0)),
        1,
        "contentBlockDelta",
        0,
        "block 0, which was never opened by a tool start",
    ),
    "text in a tool call": (
        message(start(0, **TOOL), delta(0, text="a"), stop(0)),
        2,
        "contentBlockDelta",
        0,
        "for block 0 is of kind text, and the block is of kind tool call",
    ),
    "text in a reasoning block": (
        message(delta(0, reasoningContent={"text": "Hm"}), delta(0, text="a"), stop(0)),
        2,
        "contentBlockDelta",
        0,
        "for block 0 is of kind text, and the block is of kind reasoning",
    ),
    "an index that begins at 1": (
        message(delta(1, text="a"), stop(1)),
        1,
        "contentBlockDelta",
        1,
        "block 1, where block 0 must begin",
    ),
    "an index left out": (
        message(*TEXT, delta(2, text="a"), stop(2)),
        3,
        "contentBlockDelta",
        2,
        "block 2, where block 1 must begin",
    ),
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


THROWN = Thrown("throttlingException", "Slow down")
OF_STREAM = {
    "messageStart": STREAM_OF_TEXT[0],
    "contentBlockStart": start(7, **TOOL),
    "contentBlockDelta": delta(7, text="a"),
    "contentBlockStop": stop(7),
    "messageStop": STREAM_OF_TEXT[-2],
    "metadata": STREAM_OF_TEXT[-1],
    "exception": THROWN,
    "end": None,
}
LEADING_TO = {
    "nothing yet": ([], "at the start, where messageStart must come"),
    "in the message": (
        STREAM_OF_TEXT[:3],
        "in the message, where contentBlockStart, contentBlockDelta, contentBlockStop or messageStop must come",
    ),
    "after messageStop": (STREAM_OF_TEXT[:-1], "after messageStop, where metadata must come"),
    "after metadata": (STREAM_OF_TEXT, "after metadata, where the end must come"),
    "after an error": ([THROWN], "after an error, where the end must come"),
}
EMPTY_STREAM_CELLS = [(state, name) for state in LEADING_TO for name in OF_STREAM if (state, name) not in STREAM]


@pytest.mark.parametrize(("state", "name"), EMPTY_STREAM_CELLS)
def test_each_empty_cell_of_the_streams_table_is_told(state, name):
    """An event with no place in a state is named with its block, with where the stream is, and with what must come."""
    before, where = LEADING_TO[state]
    last = OF_STREAM[name]
    subject = "the stream ends" if last is None else f"{name} for block 7" if "Block" in name else name
    found = violations(before if last is None else [*before, last])[0]
    assert (found.position, found.event, found.message) == (len(before), name, f"{subject} {where}")


OF_BLOCK = {"contentBlockStart": start(0, **TOOL), "contentBlockDelta": delta(0), "contentBlockStop": stop(0)}
BLOCK_LEADING_TO = {
    "not begun": ([], "never began"),
    "begun by its head": ([start(0, **TOOL)], "was opened at event 3"),
    "in its deltas": ([delta(0, text="a"), delta(0, text="b")], "has had deltas since event 3"),
    "stopped": ([delta(0, text="a"), stop(0)], "was stopped at event 4"),
}
EMPTY_BLOCK_CELLS = [(state, name) for state in BLOCK_LEADING_TO for name in OF_BLOCK if (state, name) not in BLOCK]


@pytest.mark.parametrize(("state", "name"), EMPTY_BLOCK_CELLS)
def test_each_empty_cell_of_the_blocks_table_is_told(state, name):
    """An event with no place in a block's state is named with the block, and with the event that brought it there."""
    before, history = BLOCK_LEADING_TO[state]
    found = violations([STREAM_OF_TEXT[0], event("ping"), *before, OF_BLOCK[name]])[0]
    assert (found.position, found.block) == (2 + len(before), 0)
    assert found.message == f"{name} for block 0, which {history}"


@pytest.mark.parametrize(
    ("member", "opener"),
    [
        ({"toolUse": {"input": "{}"}}, "a tool start"),
        ({"toolResult": [{"text": "a"}]}, "a tool result start"),
        ({"image": {"source": {"bytes": "YQ=="}}}, "an image start"),
    ],
)
def test_a_delta_that_nothing_opened_is_told_by_its_block(member, opener):
    """A delta of a kind that needs a head names its block, and the start that the block never had."""
    (found,) = violations(message(*TEXT, delta(1, text="b"), stop(1), delta(2, **member), stop(2)))
    assert found.message == f"contentBlockDelta for block 2, which was never opened by {opener}"


def test_an_end_within_a_message_names_the_blocks_left_open():
    """A stream that ends inside a message says which of its blocks are open."""
    begun = [STREAM_OF_TEXT[0], delta(0, text="a"), stop(0), delta(1, text="b"), start(2, **TOOL)]
    assert "the stream ends in the message with blocks 1 and 2 open, where" in violations(begun)[-1].message


def test_every_state_and_event_has_been_tried():
    """The cells tried are those of the whole tables: each state times each event."""
    assert set(LEADING_TO) == {state for state, _ in STREAM}
    assert set(OF_STREAM) == {*EVENT_TYPES, "exception", "end"}
    assert len(EMPTY_STREAM_CELLS) + len(STREAM) == len(LEADING_TO) * len(OF_STREAM)
    assert len(EMPTY_BLOCK_CELLS) + len(BLOCK) == len(BLOCK_LEADING_TO) * len(OF_BLOCK)


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
