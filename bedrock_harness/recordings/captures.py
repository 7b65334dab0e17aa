"""Captured requests: one HTTP request out of raw text, a curl command line, or a cassette, as it went over the wire.

A capture is taken at its word: the target, the headers and the body stand as they were sent, so that a signature can be
held against them. Only what a capture cannot show is filled in: the Host header that curl adds, and a body's end where an
editor has put a newline behind it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from bedrock_harness.recordings.cassette import SUFFIXES, read
from bedrock_harness.wire.sigv4 import Request

__all__ = ["MAX_CAPTURE", "CaptureError", "is_cassette", "read_capture", "read_cassette_request"]

MAX_CAPTURE = 32 * 1024 * 1024
"""Bytes of a capture. The service takes requests of 20 MB at most."""

_Headers: TypeAlias = tuple[tuple[str, str], ...]

_REQUEST_LINE = re.compile(rb"[A-Za-z]+ \S+(?: HTTP/[0-9.]+)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_ANSI_C = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
_FORMS = "Captures are raw HTTP text, a curl command line with its headers, or a cassette (.yaml)."


class CaptureError(Exception):
    """A file that holds no request to be read: why not, and what to do."""

    def __init__(self, message: str, hint: str = _FORMS) -> None:
        super().__init__(f"{message}. {hint}")
        self.hint = hint


def read_capture(data: bytes) -> Request:
    """The request in raw HTTP text or in a curl command line. Raises CaptureError for anything else."""
    if len(data) > MAX_CAPTURE:
        raise CaptureError(f"the capture has more than {MAX_CAPTURE >> 20} MiB", "Keep the one request.")
    text = data.lstrip()
    if re.match(rb"(?:\$ )?curl\s", text):
        return _curl(text.removeprefix(b"$ ").decode("utf-8", "surrogateescape"))
    if _REQUEST_LINE.match(text):
        return _raw(text)
    raise CaptureError("the capture begins with neither a request line nor curl")


def read_cassette_request(path: Path, number: int | None = None) -> Request:
    """The request of a cassette's exchange, counted from 1; the first one where none is named.

    Raises CassetteError for what is no cassette, CaptureError for an exchange that is not in it.
    """
    exchanges = read(path)
    wanted = number or 1
    if wanted > len(exchanges):
        raise CaptureError(f"{path} has {len(exchanges)} exchanges, and none with the number {wanted}", "Count from 1.")
    found = exchanges[wanted - 1]
    target, host = _split(found.uri)
    return Request(found.method, target, _with_host(found.request_headers, host), found.request_raw)


def is_cassette(file: str) -> bool:
    """Whether a file's name is a cassette's."""
    return Path(file).suffix in SUFFIXES


# ----------------------------------------------------------------------------------------------------------- raw HTTP


def _raw(data: bytes) -> Request:
    end = _HEAD_END.search(data)
    head, body = (data[: end.start()], data[end.end() :]) if end else (data.rstrip(b"\r\n"), b"")
    first, *lines = head.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")
    words = first.split(" ")
    if not 2 <= len(words) <= 3:
        raise CaptureError(f"the request line has {len(words)} words", "It is `POST /model/... HTTP/1.1`.")
    headers = tuple(map(_header, filter(None, lines)))
    target, host = _split(words[1]) if "://" in words[1] else (words[1], "")
    return Request(words[0], target, _with_host(headers, host), _whole(body, headers))


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name or name != name.strip():
        raise CaptureError("a header line has no name and colon", "Each header is one line, `name: value`.")
    return name, value.removeprefix(" ")


def _whole(body: bytes, headers: _Headers) -> bytes:
    """The body without a newline that an editor put behind it, and out of its chunks."""
    stated = {name.lower(): value.strip() for name, value in headers}
    if stated.get("transfer-encoding", "").lower() == "chunked":
        return b"".join(_chunks(body))
    length = stated.get("content-length", "")
    trimmed = body.rstrip(b"\r\n")
    if length.isascii() and length.isdigit():
        size = int(length[:20])
        return body[:size] if len(trimmed) <= size <= len(body) else body
    # JSON has no need of a newline behind it, and few clients send one; where one was sent, Content-Length says so.
    return trimmed


def _chunks(body: bytes) -> Iterator[bytes]:
    """The chunks of a body (RFC 9112, section 7.1); of text that is not chunked, all of it."""
    rest = body
    while rest:
        size, found, after = rest.partition(b"\r\n")
        digits = size.partition(b";")[0].strip()
        if not found or not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", digits):
            yield rest
            return
        length = int(digits, 16)
        yield after[:length]
        if not length:
            return
        rest = after[length:].removeprefix(b"\r\n")


# ---------------------------------------------------------------------------------------------------------------- curl


class _Command:
    """What a curl command line says, gathered word by word."""

    def __init__(self) -> None:
        self.method = ""
        self.url = ""
        self.headers: list[tuple[str, str]] = []
        self.data: list[str] = []
        self.json = False


def _curl(text: str) -> Request:
    command = _Command()
    words = iter(_words(text)[1:])
    for word in words:
        option, value = _option(word)
        take = _TAKES.get(option)
        if take is not None:
            given = next(words, None) if value is None else value
            if given is None:
                raise CaptureError(f"{option} stands at the end of the command, without its value", "Copy all of it.")
            take(command, given)
        elif not word.startswith("-"):
            command.url = command.url or word
        elif option in _IGNORED and value is None:
            next(words, None)
    if not command.url:
        raise CaptureError("the curl command has no URL", "Copy all of it, with its headers and its data.")
    return _request(command)


def _request(command: _Command) -> Request:
    target, host = _split(command.url if "://" in command.url else f"http://{command.url}")
    headers = tuple(command.headers)
    if command.data and not any(name.lower() == "content-type" for name, _ in headers):
        media = "application/json" if command.json else "application/x-www-form-urlencoded"
        headers = (*headers, ("Content-Type", media))
    body = ("" if command.json else "&").join(command.data).encode("utf-8", "surrogateescape")
    return Request(command.method or ("POST" if command.data else "GET"), target, _with_host(headers, host), body)


def _words(text: str) -> list[str]:
    r"""A command line's words. `$'...'`, as browsers copy bodies, is read as bash reads it; newlines behind `\` go."""
    plain = _ANSI_C.sub(lambda found: shlex.quote(_ESCAPE.sub(_unescaped, found[1])), text)
    try:
        return shlex.split(plain.replace("\\\r\n", " ").replace("\\\n", " "))
    except ValueError as error:
        raise CaptureError(f"the curl command cannot be read: {error}", "Copy all of it, quotes included.") from error


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "xuU" and len(code) > 1:
        value = int(code[1:], 16)
        return chr(value) if value <= 0x10FFFF else "\ufffd"
    return chr(int(code, 8)) if code[0] in "01234567" else _ESCAPED.get(code, code)


def _option(word: str) -> tuple[str, str | None]:
    """An option and the value that is written together with it, if it is."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return name, value if equals else None
    if word.startswith("-") and len(word) > 2 and word[:2] in _TAKES:
        return word[:2], word[2:]
    return word, None


def _take_method(command: _Command, value: str) -> None:
    command.method = value


def _take_header(command: _Command, value: str) -> None:
    command.headers.append(_header(value) if ":" in value else (value.rstrip(";"), ""))


def _take_data(command: _Command, value: str) -> None:
    if value.startswith("@"):
        raise CaptureError("the curl command reads its body from a file", "Put the body itself into the command.")
    command.data.append(value)


def _take_raw(command: _Command, value: str) -> None:
    command.data.append(value)


def _take_json(command: _Command, value: str) -> None:
    _take_data(command, value)
    command.json = True


def _take_url(command: _Command, value: str) -> None:
    command.url = value


_TAKES: dict[str, Callable[[_Command, str], None]] = {
    "-X": _take_method,
    "--request": _take_method,
    "-H": _take_header,
    "--header": _take_header,
    "-d": _take_data,
    "--data": _take_data,
    "--data-ascii": _take_data,
    "--data-binary": _take_data,
    "--data-raw": _take_raw,
    "--json": _take_json,
    "--url": _take_url,
}
_IGNORED = frozenset(
    {
        "-o",
        "--output",
        "-m",
        "--max-time",
        "--connect-timeout",
        "--cacert",
        "-x",
        "--proxy",
        "--resolve",
        "-w",
        "--retry",
    }
)
"""Options whose value is a word of its own and has nothing to do with the request."""


# ----------------------------------------------------------------------------------------------------------- addresses


def _split(url: str) -> tuple[str, str]:
    """A URL's target, as it stands, and its host as clients send it: without the default port."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise CaptureError(f"the URL cannot be read: {error}", "It is https://host/model/...") from error
    rest = url.partition("://")[2].partition("#")[0]
    place = re.search("[/?]", rest)
    target = rest[place.start() :] if place else "/"
    host = parts.netloc.rpartition("@")[2].removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))
    return target if target.startswith("/") else f"/{target}", host


def _with_host(headers: _Headers, host: str) -> _Headers:
    return headers if not host or any(name.lower() == "host" for name, _ in headers) else (("Host", host), *headers)
