"""What is written can be read again, by us and by vcrpy, whatever it was."""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from vcr.serialize import deserialize
from vcr.serializers import yamlserializer

from bedrock_harness.recordings import CassetteError, Take, Tape, read
from bedrock_harness.recordings.chunks import KEY, Chunk, Timing, frame_ends
from bedrock_harness.wire.frames import Frame, encode
from bedrock_harness.wire.sigv4 import Request

TARGET = "/model/amazon.nova-micro-v1%3A0/converse"


def take(asked=b"{}", said=b"{}", headers=(), status=200, target=TARGET, **timing):
    return Take(
        request=Request("POST", target, (("Content-Type", "application/json"),), asked),
        status=status,
        reason="OK",
        reply_headers=headers,
        reply_body=said,
        timing=Timing(
            at="2026-11-21T00:00:00.000+00:00",
            origin="https://x.invalid",
            operation="Converse",
            model="amazon.nova-micro-v1:0",
            head=1,
            chunks=(Chunk(len(said), 2),) if said else (),
            **timing,
        ),
    )


@given(st.one_of(st.binary(max_size=60), st.text(max_size=40).map(str.encode)), st.text(max_size=20))
@settings(max_examples=40, deadline=None)
def test_any_body_comes_back(body, value):
    """Bodies of any bytes, and header values of any text, are read as they were, by us and by vcrpy's own reader."""
    with TemporaryDirectory() as folder:
        tape = Tape(Path(folder) / "a.yaml")
        tape.keep(take(body, body, (("X-Value", value),)))
        (one,) = read(tape.path)
        requests, responses = deserialize(tape.path.read_text("utf-8"), yamlserializer)
    assert (one.reply_body, one.reply_headers) == (body, (("X-Value", value),))
    assert (one.operation, one.model, one.status) == ("Converse", "amazon.nova-micro-v1:0", 200)
    assert (requests[0].body or b"", responses[0]["body"]["string"]) == (body, body)
    assert responses[0]["headers"] == {"X-Value": [value]}


def test_exchanges_are_added_in_their_order(tmp_path):
    """The file grows exchange by exchange, is whole after each, and leaves nothing beside it."""
    tape = Tape(tmp_path / "new" / "a.yaml")
    for number in range(1, 4):
        tape.keep(take(said=b"%d" % number))
        assert [one.reply_body for one in read(tape.path)] == [b"%d" % n for n in range(1, number + 1)]
    tape.close()
    assert [path.name for path in tape.path.parent.iterdir()] == ["a.yaml"]


def test_threads_take_turns(tmp_path):
    """What several threads add at once is all there."""
    tape = Tape(tmp_path / "a.yaml")
    threads = [threading.Thread(target=tape.keep, args=(take(said=b"%d" % number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.reply_body for one in read(tape.path)} == {b"%d" % number for number in range(8)}


def test_an_empty_tape_leaves_no_file(tmp_path):
    """A cassette with nothing in it is readable while it is open, and is not left behind."""
    tape = Tape(tmp_path / "a.yaml")
    assert read(tape.path) == ()
    tape.close()
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_is_no_text_is_written_out(tmp_path):
    """Bytes of a client's that are no UTF-8 do not keep its exchange from being kept."""
    tape = Tape(tmp_path / "a.yaml")
    tape.keep(take(target="/\udcff"))
    assert read(tape.path)[0].uri == "https://x.invalid/\\xff"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"chunks": [[1, 2]]}, "the last at the body's end"),
        ({"chunks": [[2, 2], [1, 3], [5, 4]]}, "must end at rising offsets"),
        ({"chunks": [[2, 5], [5, 4]]}, "times must not go backwards"),
        ({"chunks": [["a", 5]]}, "Expected `int`"),
        ({"head": -1}, "times must not go backwards"),
        ({"ending": "explode"}, "Invalid enum value"),
        ({"more": 1}, "unknown field"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, change, says):
    """Chunks that cannot be those of the body, and members that nobody knows, are one clear error."""
    tape = Tape(tmp_path / "a.yaml")
    tape.keep(take(said=b"12345"))
    content = yaml.safe_load(tape.path.read_text("utf-8"))
    content["interactions"][0][KEY] |= change
    tape.path.write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(CassetteError, match="recorded of interaction 1 does not fit") as refused:
        read(tape.path)
    assert says in str(refused.value)


def test_frames_end_where_they_end():
    """Ends are those of whole frames, up to the first place where there is none."""
    frames = [encode(Frame({"a": "b"}, b"x" * size)) for size in (0, 7, 300)]
    body = b"".join(frames)
    ends = (len(frames[0]), len(frames[0] + frames[1]), len(body))
    assert frame_ends(body) == ends
    assert frame_ends(body[:-1]) == ends[:2]
    assert frame_ends(frames[0] + b"\0" * 40 + frames[1]) == ends[:1]
    assert frame_ends(b"no frames at all, but text") == frame_ends(b"") == ()
