"""A chunked body made of fewer chunks: those that one read of the socket brought whole become one.

Bedrock sends a chunk for each event, and h11, which reads HTTP for httpx, takes 6 µs a chunk: more than all else that is
done to an event. So the chunks are joined before h11 sees them. Where a chunk ends means nothing (RFC 9112, 7.1).
Nothing is held back, and what is not plainly a whole chunk passes as it came: what is wrong with a reply, h11 says.
"""

from __future__ import annotations

import re

__all__ = ["Rechunker"]

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")
_PART_OF_SIZE = re.compile(rb"[0-9A-Fa-f]{0,8}\r?")
_CHUNKED = re.compile(rb"HTTP/1\.1 200 .*\r\n(?:.*\r\n)*?transfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)

_MAX_HEAD = 64 * 1024
"""Bytes in which a reply's head must end. h11 takes 100 KiB (httpcore 1.0.9); the body of a longer one goes unjoined."""

_END = b"\r\n"


class Rechunker:
    """What arrives on one connection, to be passed on in other chunks. Remembers no more than the head of a reply."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Say that a request is being sent: what comes next is the head of a reply."""
        self._step = self._head
        self._begun = b""
        self._left = 0

    def feed(self, data: bytes) -> bytes:
        """Take what has arrived and return what is to be passed on in its place."""
        return self._step(data)

    def _head(self, data: bytes) -> bytes:
        """Look for the end of the head. `_begun` is what has been seen of it."""
        head, end, body = (self._begun + data).partition(_END + _END)
        if not end:
            self._begun = head
            self._step = self._head if len(head) <= _MAX_HEAD else _as_it_is
            return data
        self._begun = b""
        self._step = self._body if _CHUNKED.match(head + _END) else _as_it_is
        return data[: len(data) - len(body)] + self._step(body)

    def _body(self, data: bytes) -> bytes:
        """Join the whole chunks of this read.

        Of a chunk begun in an earlier read, `_left` bytes are still to come, or `_begun` is what there was of its size.
        """
        seen = len(self._begun)
        data = self._begun + data
        start = position = min(self._left, len(data))
        self._left -= start
        parts: list[bytes] = []
        while found := _SIZE.match(data, position):
            end = found.end() + int(found[1], 16) + len(_END)
            if end == found.end() + len(_END) or data[end - len(_END) : end] != _END:
                break
            if position < seen:  # Its size is passed on already.
                start = end
            else:
                parts.append(data[found.end() : end - len(_END)])
            position = end
        if not self._left:
            self._expect(data, position)
        if len(parts) < 2:  # There is nothing to join, and so nothing to copy.
            return data[seen:]
        joined = b"".join(parts)
        return b"%b%x\r\n%b\r\n%b" % (data[seen:start], len(joined), joined, data[position:])

    def _expect(self, data: bytes, position: int) -> None:
        """Remember the chunk that begins at the end of a read. The last of a body is none, and nothing wrong is."""
        self._begun = b""
        found = _SIZE.match(data, position)
        if found and (length := int(found[1], 16)):
            self._left = found.end() + length + len(_END) - len(data)
        elif _PART_OF_SIZE.fullmatch(data, position):
            self._begun = data[position:]
            return
        if self._left <= 0:
            self._step = _as_it_is


def _as_it_is(data: bytes) -> bytes:
    return data
