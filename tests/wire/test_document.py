"""docs/wire.md: its tables are those of the code, and what it says is enough to decode and to sign."""

import re
import struct
from zlib import crc32

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.wire import errors, grammar
from bedrock_harness.wire.frames import Frame, FrameDecoder, encode
from bedrock_harness.wire.headers import TYPES
from bedrock_harness.wire.sigv4 import verify
from tests import generated
from tests.properties.test_frames import frames
from tests.wire.made import NOON, conversation, decode, header, raw_frame, stream

TEXT = generated.DOCUMENT.read_text(encoding="utf-8")
BODIES = {match["name"]: match["body"].rstrip("\n") for match in generated.MARKED.finditer(TEXT)}


def rows(name):
    """The cells of a generated table, without its headings."""
    lines = BODIES[name].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def block(name):
    """The text of a generated block of code."""
    return BODIES[name].removeprefix("```text\n").removesuffix("\n```")


@pytest.mark.parametrize("name", generated.PARTS)
def test_each_table_is_current(name):
    """Each table of the document is what the code makes now: if not, run `python -m tests.generated`."""
    assert BODIES[name] == generated.PARTS[name]()


def test_each_part_has_its_place():
    """The document has a place for each part, in the order in which the parts are listed, and for no other."""
    assert re.findall(r"<!-- generated: ([\w ]+) -->", TEXT) == list(generated.PARTS)
    assert TEXT.count("<!-- end -->") == len(generated.PARTS)


def test_a_stale_table_is_written_anew():
    """A part that is not current is replaced, and nothing around it is touched."""
    stale = TEXT.replace("| 0 | boolean true |", "| 0 | boolean maybe |")
    assert stale != TEXT
    assert generated.renewed(stale) == TEXT == generated.renewed(TEXT)


def test_the_order_is_the_grammars():
    """The line that gives the order of events is that of the grammar's own docstring."""
    (line,) = re.findall(r"^ {4}messageStart .*$", TEXT, re.MULTILINE)
    assert line in (grammar.__doc__ or "")


# --------------------------------------------------------------------------------------------------------------- errors

GOOD = encode(Frame({"sound": True}, b"sound"))
AT = len(GOOD)
PROVOKED = {
    errors.PreludeChecksumError: (struct.pack(">III", 16, 0, 1) + bytes(4), AT + 8),
    errors.MessageChecksumError: (raw_frame(b"", b"payload")[:-1] + b"\0", AT + 12 + 7),
    errors.FrameTooShortError: (raw_frame(total=15), AT),
    errors.FrameTooLongError: (raw_frame(total=0xFFFFFFFF), AT),
    errors.HeadersTooLongError: (raw_frame(total=16, headers_length=1), AT + 4),
    errors.IncompleteFrameError: (raw_frame(b"", b"payload")[:-1], AT + 12 + 7 + 3),
    errors.EmptyHeaderNameError: (raw_frame(header(b"a", 0) + header(b"", 0)), AT + 12 + 3),
    errors.DuplicateHeaderError: (raw_frame(header(b"a", 0) + header(b"a", 1)), AT + 12 + 3),
    errors.UnknownHeaderTypeError: (raw_frame(header(b"abc", 10)), AT + 12 + 4),
    errors.HeaderOverrunError: (raw_frame(header(b"a", 7, b"\x00\x04abc")), AT + 12 + 5),
    errors.HeaderTextError: (raw_frame(header(b"a", 7, b"\x00\x03ab\xff")), AT + 12 + 7),
}


@pytest.mark.parametrize("kind", PROVOKED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("size", [1, 5, 10_000])
def test_each_error_of_the_table_is_raised_at_its_place(kind, size):
    """Each error comes of bytes that are wrong in its way, at its offset, in any chunks, and is raised from then on."""
    spoilt, at = PROVOKED[kind]
    decoder, data = FrameDecoder(), GOOD + spoilt
    with pytest.raises(errors.FrameError) as caught:
        decode(data, size, decoder)
    assert (type(caught.value), caught.value.offset) == (kind, at)
    assert f"(at byte {at} of the stream)" in str(caught.value)
    with pytest.raises(kind) as again:
        decoder.close()
    assert again.value.offset == at


def test_each_error_is_in_the_tables():
    """Each error that the wire can raise is in one of the two tables, with its hint, and each of a frame is provoked."""
    named = [row[0].strip("`") for name in ("frame errors", "other errors") for row in rows(name)]
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WireError)]
    groups = {errors.WireError, errors.FrameError, errors.HeaderError, errors.EventError}
    assert sorted(named) == sorted(kind.__name__ for kind in kinds if kind not in groups)
    assert [row[0].strip("`") for row in rows("frame errors")] == [kind.__name__ for kind in PROVOKED]
    assert set(generated.PLACES) == set(PROVOKED)
    assert all(kind.hint != errors.WireError.hint for kind in kinds if kind is not errors.WireError)


# ------------------------------------------------------------------------------------- enough to write a decoder from it


def sizes():
    """The bytes of each type's value, as the document has them; None where two bytes of length go before."""
    return {int(code): int(size) if size.isdigit() else None for code, _, size, *_ in rows("header types")}


def decoded(data):
    """A decoder written from the document: its numbered steps, and its table of types. Values stay bytes."""
    read, known = [], sizes()
    while data:
        assert len(data) >= 12, "an incomplete frame"
        total, length, checksum = struct.unpack(">III", data[:12])
        assert crc32(data[:8]) == checksum, "a wrong prelude"
        assert total >= 16, "too short"
        assert length <= total - 16, "headers too long"
        assert len(data) >= total, "an incomplete frame"
        assert crc32(data[: total - 4]) == int.from_bytes(data[total - 4 : total]), "a wrong frame"
        headers, at = {}, 12
        while at < 12 + length:
            name_end = at + 1 + data[at]
            name, code = data[at + 1 : name_end].decode(), data[name_end]
            at, size = name_end + 1, known[code]
            if size is None:
                size = int.from_bytes(data[at : at + 2])
                at += 2
            assert name not in headers, "a header twice"
            headers[name] = (code, data[at : at + size])
            at += size
        read.append((headers, data[12 + length : total - 4]))
        data = data[total:]
    return read


def as_bytes(frame):
    """Our frame as that decoder gives it."""
    kinds = {row.python: row for row in TYPES}
    written = {}
    for name, value in frame.headers.items():
        kind = TYPES[not value] if isinstance(value, bool) else kinds[type(value)]
        written[name] = (kind.code, kind.write(value))
    return written, frame.payload


def test_the_worked_frame_is_a_frame():
    """The bytes of the worked example, put together, are the frame that it is about."""
    data = bytes.fromhex("".join(row[1].strip("`") for row in rows("worked frame")))
    assert FrameDecoder().feed(data) == [generated.FRAME]
    assert [int(row[0]) for row in rows("worked frame")][-1] == len(data) - 4


@given(st.lists(frames, max_size=4))
def test_a_decoder_written_from_the_document_agrees(sent):
    """A decoder that knows nothing but the document reads what ours reads."""
    assert decoded(stream(sent)) == [as_bytes(frame) for frame in sent]


def test_a_decoder_written_from_the_document_refuses():
    """Such a decoder refuses a cut stream and a spoilt one."""
    data = stream(conversation())
    for wrong in (data[:-1], data[:5], data[:20] + b"!" + data[21:]):
        with pytest.raises(AssertionError):
            decoded(wrong)


# ---------------------------------------------------------------------------------------- enough to write a signer from it


def test_the_worked_signature_is_botocores():
    """The canonical request, the string to sign and the signature of the example are those that botocore makes."""
    credentials = generated.CREDENTIALS
    theirs = AWSRequest(
        generated.REQUEST.method,
        f"https://bedrock-runtime.us-east-1.amazonaws.com{generated.REQUEST.target}",
        {"Content-Type": "application/json", "X-Amz-Date": "20250130T120000Z"},
        generated.REQUEST.body,
    )
    theirs.context["timestamp"] = "20250130T120000Z"
    auth = SigV4Auth(
        BotocoreCredentials(credentials.access_key_id, credentials.secret_access_key), "bedrock", "us-east-1"
    )
    canonical = auth.canonical_request(theirs)
    text = auth.string_to_sign(theirs, canonical)
    assert (block("canonical request"), block("string to sign")) == (canonical, text)
    assert rows("key steps")[-1][1].strip("`") == auth.signature(text, theirs)
    assert auth.signature(text, theirs) in block("authorization")


def test_the_worked_request_is_accepted():
    """The request of the example, as signed there, is accepted by our receiver."""
    verdict = verify(generated.signed().request, generated.CREDENTIALS, region="us-east-1", at=NOON)
    assert verdict.valid
    lines = [row[2].strip("`") for row in rows("canonical steps")]
    assert [line for line in lines if line not in {"", "empty"}] == [
        line for line in block("canonical request").splitlines() if line
    ]
