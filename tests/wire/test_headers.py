"""Header blocks: ten types, and everything that is none of them."""

from uuid import UUID

import pytest

from bedrock_harness.wire.errors import (
    DuplicateHeaderError,
    EmptyHeaderNameError,
    FrameEncodingError,
    HeaderError,
    HeaderOverrunError,
    HeaderTextError,
    UnknownHeaderTypeError,
)
from bedrock_harness.wire.frames import Byte, Frame, FrameDecoder, Long, Short, Timestamp, encode
from tests.wire.made import header, raw_frame

VALUES = [
    True,
    False,
    Byte(-128),
    Byte(127),
    Short(-32768),
    Short(32767),
    -(2**31),
    2**31 - 1,
    Long(-(2**63)),
    Long(2**63 - 1),
    b"",
    b"\x00\xff",
    "",
    "こんにちは 👋",
    Timestamp(0),
    Timestamp(-1),
    Timestamp(1_738_238_400_000),
    UUID("01020304-0506-0708-090a-0b0c0d0e0f10"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_keeps_its_type_and_width(value):
    """A header's value comes back equal, and of the same type and width."""
    (frame,) = FrameDecoder().feed(encode(Frame({"name": value})))
    assert frame.headers["name"] == value
    assert type(frame.headers["name"]) is type(value)


def test_a_sized_integer_shows_its_width():
    """A sized integer is an integer, and says in its repr which."""
    assert repr(Short(5)) == "Short(5)"
    assert Short(5) + 1 == 6


@pytest.mark.parametrize("value", [Byte(128), Short(-32769), 2**31, Long(2**63), Timestamp(2**63)], ids=repr)
def test_an_integer_that_does_not_fit_is_refused(value):
    """An integer beyond its type's width is refused by the encoder, which names the header and the type."""
    with pytest.raises(FrameEncodingError, match=r"'name'.*does not fit"):
        encode(Frame({"name": value}))


@pytest.mark.parametrize("value", [None, 1.5, ["a"]], ids=repr)
def test_a_value_of_no_header_type_is_refused(value):
    """A value of a type that headers do not have is refused by the encoder."""
    with pytest.raises(FrameEncodingError, match="no header type"):
        encode(Frame({"name": value}))


@pytest.mark.parametrize("headers", [{"name": "half \ud83d"}, {"half \ud83d": "value"}])
def test_half_a_character_is_refused(headers):
    """Text that has no UTF-8 is refused by the encoder."""
    with pytest.raises(FrameEncodingError, match="surrogates"):
        encode(Frame(headers))


@pytest.mark.parametrize(("name", "value"), [("", "x"), ("n" * 256, "x"), ("ä" * 128, "x"), ("n", "x" * 32768)])
def test_names_and_values_out_of_bounds_are_refused(name, value):
    """Names of 1 to 255 bytes and values of at most 32767 are encoded, others are refused."""
    with pytest.raises(FrameEncodingError):
        encode(Frame({name: value}))


def test_names_and_values_at_their_bounds_are_encoded():
    """A name of 255 bytes and a value of 32767 are encoded and read."""
    frame = Frame({"n" * 255: "x" * 32767})
    assert FrameDecoder().feed(encode(frame)) == [frame]


def test_a_longer_value_is_read():
    """A value of up to 65535 bytes is read: the limit of 32767 is the writer's."""
    (frame,) = FrameDecoder().feed(raw_frame(header(b"n", 6, b"\xff\xff" + bytes(65535))))
    assert len(frame.headers["n"]) == 65535


BAD = {
    "no name": (header(b"", 0), EmptyHeaderNameError, 0),
    "twice": (header(b"a", 0) + header(b"a", 1), DuplicateHeaderError, 3),
    "type 10": (header(b"a", 10), UnknownHeaderTypeError, 2),
    "type 255": (header(b"a", 255), UnknownHeaderTypeError, 2),
    "name overruns": (b"\x05ab", HeaderOverrunError, 1),
    "name fills the block": (b"\x02ab", HeaderOverrunError, 3),
    "string overruns": (header(b"a", 7, b"\x00\xffabc"), HeaderOverrunError, 5),
    "bytes overrun": (header(b"a", 6, b"\x00\x04abc"), HeaderOverrunError, 5),
    "length overruns": (header(b"a", 7, b"\x00"), HeaderOverrunError, 3),
    "byte overruns": (header(b"a", 2), HeaderOverrunError, 3),
    "integer overruns": (header(b"a", 4, b"\x00\x00\x00"), HeaderOverrunError, 3),
    "timestamp overruns": (header(b"a", 8, bytes(7)), HeaderOverrunError, 3),
    "uuid overruns": (header(b"a", 9, bytes(15)), HeaderOverrunError, 3),
    "name is no UTF-8": (header(b"a\xff", 0), HeaderTextError, 2),
    "string is no UTF-8": (header(b"a", 7, b"\x00\x03ab\xc3"), HeaderTextError, 7),
}


@pytest.mark.parametrize("case", BAD)
def test_a_header_block_that_does_not_parse_is_a_typed_error(case):
    """A header block with right checksums that does not parse is an error of its own type, at the byte at fault."""
    block, error, at = BAD[case]
    ahead = encode(Frame({"sound": True}))
    with pytest.raises(HeaderError) as caught:
        FrameDecoder().feed(ahead + raw_frame(block, b"payload"))
    assert type(caught.value) is error
    assert caught.value.offset == len(ahead) + 12 + at
    assert caught.value.hint
    assert caught.value.before == [Frame({"sound": True})]
