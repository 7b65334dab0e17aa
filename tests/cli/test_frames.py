"""`frames`: streams in every form, told in lines, hex and JSON, and what is wrong with them."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bedrock_harness.wire.frames import Byte, Frame, Timestamp, encode
from tests.cli.conftest import Ran, command, outside
from tests.wire.made import conversation, event_frame, header, raw_frame, stream

Bh = Callable[..., Ran]
FRAMES = conversation(2)
WHOLE = stream(FRAMES)
FIRST = len(encode(FRAMES[0]))
SPOILT = bytes([*WHOLE[:170], WHOLE[170] ^ 1, *WHOLE[171:]])
CASSETTE = Path(__file__).parents[2] / "cassettes" / "converse-stream-tools.yaml"


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[bytes | str], Path]:
    """Keep a stream, or text that stands for one, in a file."""

    def keep(data: bytes | str) -> Path:
        path = tmp_path / "reply"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return keep


FORMS = {
    "raw": WHOLE,
    "base64": base64.b64encode(WHOLE),
    "base64 in lines": base64.encodebytes(WHOLE),
    "hex": WHOLE.hex().encode(),
    "hex in groups": WHOLE.hex(" ", 2).upper().encode() + b"\n",
    "base64 of a spoilt stream": base64.b64encode(b"\x00\x00\x00\x91" + bytes(30)),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_recognised(bh: Bh, kept: Callable[[bytes | str], Path], form: str) -> None:
    """Raw bytes, base64 and hex are told apart by what they make."""
    ran = bh("frames", kept(FORMS[form]))
    assert f", {form.split()[0]}, " in ran.out.splitlines()[0]
    assert ran.code == (1 if "spoilt" in form else 0)


@pytest.mark.parametrize("text", [b'{"message":"no such model"}', b"Not found", b"00112233", b"<html>"])
def test_text_that_stands_for_no_stream_is_taken_as_it_is(
    bh: Bh, kept: Callable[[bytes | str], Path], text: bytes
) -> None:
    """A body that is no stream is told as its own bytes, even where it could be read as base64 or hex."""
    ran = bh("frames", kept(text), "--json")
    told = json.loads(ran.out)
    assert ran.code == 1
    assert (told["form"], told["size"]) == (("hex", 4) if text == b"00112233" else ("raw", len(text)))


def test_a_sound_stream_is_a_line_a_frame(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """A sound stream exits 0, and each frame is a line with its offset, lengths, event and what it says."""
    ran = bh("frames", kept(WHOLE))
    rows = [line.split() for line in ran.out.splitlines()[3:9]]
    assert ran.code == 0
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert [row[1] for row in rows][:2] == ["0", str(FIRST)]
    assert rows[0][2:4] == [str(FIRST), "82"]
    assert rows[1][7:] == ["contentBlockDelta", "block", "0", "text", '"', 'word0"']
    assert ran.out.rstrip().endswith("Good: 6 frames, every checksum right, in order, nothing left over.")


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("flags", [(), ("--hex",)])
def test_no_line_is_wider_than_the_terminal(
    bh: Bh,
    kept: Callable[[bytes | str], Path],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    flags: tuple[str, ...],
) -> None:
    """Lines fit into narrow and wide terminals; a wide one shows both checksums of each frame."""
    monkeypatch.setenv("COLUMNS", str(width))
    long = event_frame("contentBlockDelta", contentBlockIndex=0, delta={"text": "long " * 50})
    named = Frame({"name": "long " * 50, **long.headers}, long.payload)
    ran = bh("frames", kept(SPOILT + encode(named) + WHOLE[:100]), *flags)
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= width
    first = next(at for at, line in enumerate(lines) if line.startswith("1 "))
    assert [line.split()[0] for line in lines[first : first + 8]] == [str(number) for number in range(1, 9)]
    assert not [line for line in lines if line.startswith("long")]
    assert ("e00a84a8" in ran.out) == (width == 140)


def test_a_broken_frame_is_shown_byte_by_byte(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """A frame that is wrong exits 1: its bytes are shown, with the checksum that should be, and where reading goes on."""
    ran = bh("frames", kept(SPOILT))
    text = " ".join(ran.out.split())
    assert ran.code == 1
    assert "frame 2 at byte 145, 160 bytes" in text
    assert "145 00 00 00 a0 00 00 00 57 e0 0a 84 a8 160 bytes, 87 of headers, checksum right" in text
    assert "301 58 e4 e4 fc checksum should be 3a004573" in text
    assert "MessageChecksumError at byte 301" in text
    assert "Its lengths hold: reading goes on behind it, at byte 305." in text
    assert "1 problem: the stream is not sound. A decoder stops at the first fault, at byte 301." in text
    assert "frame 1 at" not in text


def test_where_reading_goes_on_is_said(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """After bytes too many, bytes lost and a cut the report says where the next frame is, if there is one."""
    more = " ".join(bh("frames", kept(WHOLE[:200] + b"xyz" + WHOLE[200:])).out.split())
    assert "The next plausible prelude is at byte 308 after 3 bytes not read: reading goes on there." in more
    less = " ".join(bh("frames", kept(WHOLE[:200] + WHOLE[203:])).out.split())
    assert "The next plausible prelude is at byte 302, before this one should end: reading goes on there." in less
    cut = " ".join(bh("frames", kept(WHOLE[:-10])).out.split())
    assert "No frame follows." in cut
    text = " ".join(bh("frames", kept(b'{"Output":{"__type":"UnknownOperationException"}}')).out.split())
    assert "No frame follows: the last 37 bytes are not read." in text


def test_an_order_that_is_broken_is_told(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """Sound frames in a wrong order exit 1, each with its violation, the end included."""
    ran = bh("frames", kept(stream([*FRAMES[:3], *FRAMES[4:5]])))
    text = " ".join(ran.out.split())
    assert ran.code == 1
    assert "Out of order: messageStop before contentBlockStop for block 0." in text
    assert "the end Out of order: the stream ends after messageStop with block 0 open" in text
    assert "A decoder stops" not in text


def test_hex_shows_every_byte_once(
    bh: Bh, kept: Callable[[bytes | str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--hex` shows each byte of the stream, in order, at either width."""
    data = SPOILT + WHOLE[:77]
    for width in ("80", "140"):
        monkeypatch.setenv("COLUMNS", width)
        rows = re.findall(
            r"^ {2,}\d+  ((?:[0-9a-f]{2} )+)",
            re.sub(r"$", " ", bh("frames", kept(data), "--hex").out, flags=re.MULTILINE),
            re.MULTILINE,
        )
        assert bytes.fromhex("".join(rows)) == data


def test_hex_names_every_field(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """Beside the hex stand header names, types and values, the payload as JSON, and the event."""
    frame = Frame(
        {"n": Byte(-3), "t": Timestamp(5), "on": False, "b": b"\x01\xff", **FRAMES[1].headers}, FRAMES[1].payload
    )
    text = " ".join(bh("frames", kept(encode(frame)), "--hex").out.split())
    for said in ("n byte -3", "t timestamp 5", "on boolean false", "b byte array 01 ff", ":message-type string event"):
        assert said in text
    assert '"delta": { "text": " word0" }' in text
    assert 'ContentBlockDelta block 0 text " word0"' in text


def test_a_long_field_is_cut_unless_all_is_asked_for(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """A long payload of a broken frame is shown in part, in whole with `--hex`; its JSON is bounded in any case."""
    payload = json.dumps({"list": list(range(5000)), "text": "x" * 5000}).encode()
    path = kept(raw_frame(header(b"a", 0), payload)[:-1] + b"!")
    short, whole = bh("frames", path).out, bh("frames", path, "--hex").out
    assert len(short.splitlines()) < 100
    assert "bytes more" in short
    assert len(whole.splitlines()) > 1000
    assert "lines more" in whole
    assert max(map(len, whole.splitlines())) < 200


def test_colours_follow_the_field(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """With colours there is a legend, and bytes wear the colour of their field; without there is no legend."""
    path = kept(WHOLE)
    coloured = bh("frames", path, "--hex", "--color", "always").out
    assert "■ payload" in re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert re.search(r"\x1b\[36m00\x1b\[0m.*\x1b\[94m0c\x1b\[0m", coloured)
    assert "■" not in bh("frames", path, "--hex").out


def test_what_a_stream_says_cannot_drive_the_terminal(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """Control characters in headers, payloads and event types are shown, not sent."""
    hostile = "\x1b]0;owned\x07\x9b2J\nGood: "
    frame = event_frame("messageStart", role=hostile)
    frames = [frame, Frame({":event-type": hostile, ":message-type": "event", hostile: hostile}, hostile.encode())]
    ran = bh("frames", kept(stream(frames)), "--hex")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", ran.out)
    assert not re.search(r"^Good", ran.out, re.MULTILINE)


def test_json_holds_everything(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """`--json` has each frame's offsets, checksums, headers, payload, event and fault, and what is left at the end."""
    ran = bh("frames", kept(SPOILT + WHOLE[:100]), "--json")
    told = json.loads(ran.out)
    first, second, last = told["frames"][0], told["frames"][1], told["frames"][-1]
    assert (ran.code, told["sound"], told["size"], told["left"]) == (1, False, len(WHOLE) + 100, 100)
    assert first["headers"][0] == {"offset": 12, "name": ":event-type", "type": 7, "value": "messageStart"}
    assert first["prelude_checksum"] == {"offset": 8, "value": 0x0C21E111, "right": True, "should_be": 0x0C21E111}
    assert first["payload"]["json"]["role"] == "assistant"
    assert first["event"] == {"type": "messageStart", "says": 'role "assistant"'}
    assert second["checksum"] == {"offset": 301, "value": 0x58E4E4FC, "right": False, "should_be": 0x3A004573}
    assert (second["fault"]["error"], second["fault"]["offset"]) == ("MessageChecksumError", 301)
    assert last["fault"]["error"] == "IncompleteFrameError"
    assert [problem["where"] for problem in told["problems"]] == ["frame 2, at byte 145", "frame 7, at byte 961"]


def test_json_takes_any_header_and_payload(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """Values that JSON does not know are base64 or text."""
    frame = Frame({"b": b"\xff", ":message-type": "event", ":event-type": "x"}, b"\xff\xfe")
    told = json.loads(bh("frames", kept(encode(frame)), "--json").out)["frames"][0]
    assert (told["headers"][0]["value"], told["payload"]["base64"]) == ("/w==", "//4=")


def test_a_cassette_gives_its_first_stream(bh: Bh) -> None:
    """Out of a cassette comes the first streamed reply, named by its exchange, operation and model."""
    ran = bh("frames", CASSETTE)
    assert ran.code == 0
    assert "exchange 1, ConverseStream on anthropic.claude" in ran.out
    assert 'input "{\\"city\\":"' in ran.out


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """A cassette of a whole reply and two streams, the second of them broken."""
    path = tmp_path / "mixed.yaml"
    base = "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/"
    interactions = [
        {
            "request": {"method": "POST", "uri": base + operation, "headers": {}, "body": "{}"},
            "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": body}},
        }
        for operation, body in (("converse", "{}"), ("converse-stream", WHOLE), ("converse-stream", SPOILT))
    ]
    path.write_text(yaml.dump({"version": 1, "interactions": interactions}), "utf-8")
    return path


def test_a_number_chooses_the_exchange(bh: Bh, cassette: Path) -> None:
    """`--number` chooses an exchange; without it the first stream is taken."""
    assert (bh("frames", cassette).code, bh("frames", cassette, "--number", 3).code) == (0, 1)
    assert "exchange 2," in bh("frames", cassette).out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--number", "1"), "the reply of exchange 1 is no event stream: Converse answered with status 200"),
        (("--number", "9"), "there is no exchange 9, it has 3"),
        (("--number", "0"), "0 is not in the range"),
    ],
)
def test_a_number_that_means_no_stream_is_wrong_usage(
    bh: Bh, cassette: Path, arguments: tuple[str, ...], says: str
) -> None:
    """A number that names no streamed reply exits 2 and says what is there."""
    ran = bh("frames", cassette, *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere.bin",), "nowhere.bin: No such file"),
        (("nowhere.yaml",), "there is no such file"),
        ((), "Missing argument 'FILE'"),
        (("-", "--number", "1"), "standard input is one stream"),
        ((str(CASSETTE.with_name("converse.yaml")),), "no reply of its 1 exchange is an event stream"),
        ((str(CASSETTE.parent),), "Is a directory"),
    ],
)
def test_wrong_usage_is_one_line(bh: Bh, arguments: tuple[str, ...], says: str) -> None:
    """What cannot be read exits 2 with one line on standard error."""
    ran = bh("frames", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err or (says == "there is no such file" and "No such file" in ran.err)
    assert ran.err.count("\n") == 1


def test_standard_input_is_read() -> None:
    """`-` reads standard input."""
    ran = subprocess.run(command(["frames", "-"]), input=WHOLE, capture_output=True, env=outside({}), check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.startswith(b"standard input, raw, 961 bytes")


def test_too_much_is_refused(bh: Bh, kept: Callable[[bytes | str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream beyond the limit is refused before it is taken apart."""
    monkeypatch.setattr("bedrock_harness.cli.frames.MAX_SIZE", 900)
    ran = bh("frames", kept(WHOLE))
    assert ran.code == 2
    assert "Cut it between two frames" in ran.err


def test_a_stream_of_another_operation_has_no_order(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """Events that are none of ConverseStream's are not held against its order."""
    ran = bh("frames", kept(stream([event_frame("chunk")])))
    assert ran.code == 0
    assert "of another operation than ConverseStream" in ran.out


def test_a_stream_of_many_frames_is_shown_in_part(bh: Bh, kept: Callable[[bytes | str], Path]) -> None:
    """Of very many frames and problems the first are shown, and how many more there are; JSON has them all."""
    path = kept(encode(Frame({})) * 3000)
    ran = bh("frames", path)
    assert ran.code == 1
    assert "\n1000 frames more: --json has them all.\n" in ran.out
    assert "\n  2951 more: --json has them all.\n" in ran.out
    assert "3001 problems" in ran.out
    assert ran.out.count("EventHeaderError at byte") == 50
    assert ran.out.count("\nframe ") == 5
    assert len(json.loads(bh("frames", path, "--json").out)["problems"]) == 3001


def test_half_a_character_is_shown(kept: Callable[[bytes | str], Path]) -> None:
    """A delta with half of an emoji is shown as its escape, in lines, in hex and in JSON."""
    half = json.dumps({"contentBlockIndex": 0, "delta": {"text": "\ud83d"}}).encode()
    path = str(kept(encode(Frame(FRAMES[1].headers, half))))
    for flags in ([], ["--hex"], ["--json"]):
        ran = subprocess.run(command(["frames", path, *flags]), capture_output=True, env=outside({}), check=False)
        assert (ran.returncode, ran.stderr) == (1, b"")
        assert rb"\ud83d" in ran.stdout
