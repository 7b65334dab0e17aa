"""Sound frames with one field changed and the checksums repaired: what the decoder makes of each, by the specification.

A flipped bit is found by its checksum, whatever it hits. Behind a right checksum stand the other checks: here every field
is reached. What must come of a change is said by the change itself, not by the decoder.
"""

import struct
from typing import NamedTuple
from zlib import crc32

from botocore.eventstream import EventStreamBuffer, ParserError
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.wire import errors
from bedrock_harness.wire.frames import MAX_FRAME, MAX_HEADERS, FrameDecoder
from bedrock_harness.wire.headers import TYPES
from tests.properties.test_frames import frames, pieces, typed

BY_PYTHON_TYPE = {row.python: row for row in TYPES if row.python is not bool}


class Field(NamedTuple):
    """One header as its parts on the wire: its name, type and value, and the length given to the value, if it has one."""

    name: bytes
    code: int
    length: bytes
    value: bytes

    @property
    def bytes(self):
        return bytes([len(self.name)]) + self.name + bytes([self.code]) + self.length + self.value


def fields(frame):
    """The headers of a frame as their parts."""
    for name, value in frame.headers.items():
        kind = TYPES[not value] if isinstance(value, bool) else BY_PYTHON_TYPE[type(value)]
        raw = kind.write(value)
        yield Field(name.encode(), kind.code, struct.pack(">H", len(raw)) if kind.size is None else b"", raw)


def wrap(block, payload, *, total=None, headers=None):
    """A frame with right checksums around these headers and this payload, whatever lengths it declares."""
    lengths = struct.pack(
        ">II",
        16 + len(block) + len(payload) if total is None else total,
        len(block) if headers is None else headers,
    )
    message = lengths + struct.pack(">I", crc32(lengths)) + block + payload
    return message + struct.pack(">I", crc32(message))


def outcome(data, at=()):
    """What comes of a stream that ends here: its frames, or the error's class and offset."""
    decoder, read = FrameDecoder(), []
    try:
        for piece in pieces(data, at):
            read += decoder.feed(piece)
        decoder.close()
    except errors.FrameError as error:
        return type(error), error.offset
    return [typed(frame) for frame in read]


def botocore(data):
    """botocore's outcome: headers and payloads, or None where it raises an error of its own."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    try:
        return [(alike(message.headers), message.payload) for message in buffer]
    except ParserError:
        return None


def plain(found):
    """Our outcome as botocore's, an error as None."""
    if isinstance(found, tuple):
        return None
    return [(alike({name: value for name, _, value in headers}), payload) for headers, payload in found]


def alike(headers):
    """Headers without what botocore does not keep: a UUID is its 16 bytes, an integer has no width. True is not 1."""
    return [
        (name, type(value) is bool, getattr(value, "bytes", int(value) if isinstance(value, int) else value))
        for name, value in headers.items()
    ]


with_headers = frames.filter(lambda frame: frame.headers)
cuts = st.lists(st.integers(0, 4000), max_size=6)


@st.composite
def spoilt(draw, change):
    """A frame with one header changed by `change`: its bytes, and where in them that header begins."""
    frame = draw(with_headers)
    parts = list(fields(frame))
    index = draw(st.integers(0, len(parts) - 1))
    before = b"".join(part.bytes for part in parts[:index])
    after = b"".join(part.bytes for part in parts[index + 1 :])
    changed = change(draw, parts[index], after)
    return wrap(before + changed + after, frame.payload), 12 + len(before), parts[index], after


def check(data, at, expected):
    """Whole or cut anywhere, this comes of it."""
    assert outcome(data) == expected
    assert outcome(data, at) == expected


@given(frames, cuts)
def test_a_frame_put_together_from_its_fields_is_that_frame(frame, at):
    """Without a change the frame comes back, so that what the changes show is theirs."""
    check(wrap(b"".join(part.bytes for part in fields(frame)), frame.payload), at, [typed(frame)])


@given(spoilt(lambda draw, field, after: field._replace(name=b"").bytes), cuts)
def test_a_name_of_no_bytes_is_refused_at_its_length(case, at):
    """A header whose name has no bytes is refused at the byte of its length."""
    data, start, _, _ = case
    check(data, at, (errors.EmptyHeaderNameError, start))


@given(spoilt(lambda draw, field, after: field._replace(code=draw(st.integers(10, 255))).bytes), cuts)
def test_a_type_that_does_not_exist_is_refused_at_its_byte(case, at):
    """A header type beyond 9 is refused at the byte of the type, whatever follows it."""
    data, start, field, _ = case
    check(data, at, (errors.UnknownHeaderTypeError, start + 1 + len(field.name)))


@given(spoilt(lambda draw, field, after: field.bytes * 2), cuts)
def test_a_header_twice_is_refused_where_it_comes_again(case, at):
    """A header that is there twice is refused where the second begins."""
    data, start, field, _ = case
    check(data, at, (errors.DuplicateHeaderError, start + len(field.bytes)))
    assert botocore(data) is None


@given(st.data(), with_headers, cuts)
def test_a_value_longer_than_its_block_is_refused_at_the_value(data, frame, at):
    """A value whose length runs past the end of the header block is refused where the value begins."""
    parts = list(fields(frame))
    sized = [index for index, part in enumerate(parts) if part.length]
    if not sized:
        return
    index = data.draw(st.sampled_from(sized))
    before, field, rest = parts[:index], parts[index], b"".join(part.bytes for part in parts[index + 1 :])
    left = len(field.value) + len(rest)
    length = struct.pack(">H", data.draw(st.integers(left + 1, 65535)))
    start = 12 + sum(len(part.bytes) for part in before) + 1 + len(field.name) + 1 + 2
    block = b"".join(part.bytes for part in before) + field._replace(length=length).bytes + rest
    check(wrap(block, frame.payload), at, (errors.HeaderOverrunError, start))


@given(st.data(), with_headers, cuts)
def test_headers_cut_anywhere_are_read_up_to_there_or_refused(data, frame, at):
    """A header block that ends between headers is a shorter one; that ends inside one, the header's own error, inside it."""
    parts = list(fields(frame))
    block = b"".join(part.bytes for part in parts)
    cut = data.draw(st.integers(0, len(block)))
    found = outcome(wrap(block[:cut], frame.payload), at)
    ends = [sum(len(part.bytes) for part in parts[:count]) for count in range(len(parts) + 1)]
    if cut in ends:
        headers = dict(list(frame.headers.items())[: ends.index(cut)])
        assert found == [typed(type(frame)(headers, frame.payload))]
    else:
        begun = max(end for end in ends if end < cut)
        assert found[0] is errors.HeaderOverrunError
        assert 12 + begun < found[1] <= 12 + cut


@given(frames, st.integers(0, 40) | st.integers(0, 0xFFFFFFFF), cuts)
def test_any_total_length_is_the_frames_or_has_its_error(frame, total, at):
    """A total length other than the frame's is too short, too long, too short for the headers, or wrong for its checksum."""
    block = b"".join(part.bytes for part in fields(frame))
    own = 16 + len(block) + len(frame.payload)
    found = outcome(wrap(block, frame.payload, total=total), at)
    if total == own:
        assert found == [typed(frame)]
    elif total < 16:
        assert found == (errors.FrameTooShortError, 0)
    elif total > MAX_FRAME:
        assert found == (errors.FrameTooLongError, 0)
    elif len(block) > total - 16:
        assert found == (errors.HeadersTooLongError, 4)
    elif total < own:
        assert found == (errors.MessageChecksumError, total - 4)
    else:
        assert found == (errors.IncompleteFrameError, own)


@given(frames, st.integers(-20, 20), cuts)
def test_any_total_length_nearby_is_the_frames_or_has_its_error(frame, by, at):
    """The same holds for lengths that are almost right."""
    total = 16 + sum(len(part.bytes) for part in fields(frame)) + len(frame.payload) + by
    test_any_total_length_is_the_frames_or_has_its_error.hypothesis.inner_test(frame, max(total, 0), at)


@given(frames, st.integers(0, 0xFFFFFFFF) | st.integers(0, 400), cuts)
def test_any_headers_length_is_read_or_has_its_error(frame, headers, at):
    """A headers length beyond the frame or 128 KiB is refused at its place; any other moves the payload's beginning."""
    block = b"".join(part.bytes for part in fields(frame))
    found = outcome(wrap(block, frame.payload, headers=headers), at)
    body = block + frame.payload
    if headers > min(len(body), MAX_HEADERS):
        assert found == (errors.HeadersTooLongError, 4)
    elif isinstance(found, tuple):
        assert issubclass(found[0], errors.HeaderError)
        assert 12 <= found[1] <= 12 + headers
    else:
        ((read, payload),) = found
        assert payload == body[headers:]
        assert b"".join(part.bytes for part in fields(type(frame)({name: v for name, _, v in read}))) == body[:headers]


@given(frames, st.binary(min_size=1, max_size=30), cuts)
def test_another_payload_under_right_checksums_is_read(frame, payload, at):
    """A payload is any bytes at all: a reader of frames has nothing to say of it."""
    block = b"".join(part.bytes for part in fields(frame))
    check(wrap(block, payload), at, [typed(type(frame)(frame.headers, payload))])


def text_spoilt(draw, field, after):
    """Bytes that are no UTF-8, in the name or, for a string, in the value."""
    bad = draw(st.sampled_from([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x80"]))
    if field.code == 7 and draw(st.booleans()):
        return field._replace(value=field.value + bad, length=struct.pack(">H", len(field.value) + len(bad))).bytes
    return field._replace(name=field.name[: 255 - len(bad)] + bad).bytes


@given(spoilt(text_spoilt), cuts)
def test_text_that_is_no_utf8_is_refused_at_its_byte(case, at):
    """A name or string that is not UTF-8 is refused within it, and never replaced by something else."""
    data, start, field, _ = case
    found = outcome(data, at)
    assert found[0] is errors.HeaderTextError
    assert start < found[1] < start + 1 + len(field.bytes) + 4


# Where botocore is lax, or lets errors of other kinds out, the table "Where botocore differs" of docs/wire.md says so.
LAX = (KeyError, struct.error, UnicodeDecodeError)


@given(st.data(), frames)
def test_what_botocore_reads_we_read_alike(data, frame):
    """One byte of the header block changed, checksums repaired: what both read is the same, and we never read more."""
    block = bytearray(b"".join(part.bytes for part in fields(frame)))
    if not block:
        return
    block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    wire = wrap(bytes(block), frame.payload)
    ours = outcome(wire)
    try:
        theirs = botocore(wire)
    except LAX:
        assert isinstance(ours, tuple), "botocore fails where we read a frame"
        return
    if not isinstance(ours, tuple):
        assert theirs == plain(ours)
    elif theirs is not None:
        assert ours[0] in {errors.HeaderOverrunError, errors.EmptyHeaderNameError}
