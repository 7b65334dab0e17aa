"""A chunked body is passed on in fewer chunks, and nobody can tell but by the time it takes."""

from itertools import pairwise

import h11
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.client.network.rechunking import Rechunker

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: x/y\r\nTransfer-Encoding: Chunked\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n3\r\nabc\r\n0"
END = b"0\r\n\r\n"


def chunked(parts):
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


def cut(data, places):
    edges = [0, *sorted({place % len(data) for place in places}), len(data)]
    return [data[start:end] for start, end in pairwise(edges) if start < end]


def understood(pieces):
    """What h11 makes of a connection's bytes: each reply's body, and the error that it ended with."""
    connection, told = h11.Connection(h11.CLIENT), [b""]
    request = h11.Request(method="GET", target="/", headers=[("host", "x")])
    connection.send(request)
    connection.send(h11.EndOfMessage())
    for piece in [*pieces, b""]:
        try:
            connection.receive_data(piece)
            while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(event, h11.ConnectionClosed):
                    return told
                if isinstance(event, h11.Data):
                    told[-1] += bytes(event.data)
                if isinstance(event, h11.EndOfMessage):
                    told.append(b"")
        except h11.RemoteProtocolError as error:
            return [*told, str(error)]
    return told


def passed_on(pieces):
    chunks = Rechunker()
    return [chunks.feed(piece) for piece in pieces]


PARTS = st.lists(st.binary(min_size=1, max_size=40), max_size=12)
PLACES = st.lists(st.integers(0, 2000), max_size=12)


@given(PARTS, PLACES)
def test_the_body_stays_the_same(parts, places):
    """Whatever the chunks and wherever the reads cut them, the same body arrives, and nothing is held back."""
    pieces = cut(HEAD + chunked(parts) + END, places)
    passed = passed_on(pieces)
    assert understood(passed) == [b"".join(parts), b""]
    for count in range(len(pieces)):
        assert understood(passed[:count]) == understood(pieces[:count])


@given(PARTS, PLACES, st.integers(0, 2000), st.binary(max_size=3))
def test_what_is_wrong_stays_wrong(parts, places, where, other):
    """Bytes changed anywhere in a body lead to the same body and the same error as without the joining."""
    body = bytearray(chunked(parts) + END)
    where %= len(body)
    body[where : where + 2] = other
    pieces = cut(HEAD + bytes(body), places)
    assert understood(passed_on(pieces)) == understood(pieces)


def test_chunks_of_one_read_become_one():
    """Of a hundred chunks that one read brought one is left; of those that it cut, nothing is changed."""
    body = chunked([b"event"] * 100)
    first, second = passed_on([HEAD + body[:-25], body[-25:] + END])
    assert first == HEAD + chunked([b"event" * 97]) + b"5\r\nev"
    assert second == b"ent\r\n" + chunked([b"eventevent"]) + END


def test_the_next_reply_is_joined_as_well():
    """A connection serves many requests: with each the search for a head begins anew."""
    chunks = Rechunker()
    for _ in range(3):
        assert chunks.feed(HEAD + chunked([b"a", b"b"]) + END) == HEAD + chunked([b"ab"]) + END
        chunks.begin()


def test_a_body_without_chunks_is_left_alone():
    """What only looks like chunks stays, in replies of a stated length, errors and whatever is no reply."""
    for head in (PLAIN, HEAD.replace(b"200", b"500"), b"SSH-2.0-x\r\n\r\n", b"x" * 100_000):
        data = head + chunked([b"a", b"b"]) + END
        assert passed_on([data]) == [data]
        assert b"".join(passed_on(cut(data, range(0, 2000, 7)))) == data
