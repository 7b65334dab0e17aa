"""Lines of the adapter protocol: bytes to `Line` and `Command` to bytes.

It knows how a line is cut out of a stream, how long it may be, and which lines may answer which command. It knows no
process, no clock and no conversation.
"""

import json
import re
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct

from bedrock_harness.providers.protocol import (
    PART_MEMBERS,
    Close,
    Command,
    Done,
    Hello,
    Line,
    Open,
    Part,
    Send,
    Welcome,
)

__all__ = ["MAX_LINE", "FaultKind", "LineBuffer", "ProtocolFault", "joined", "read", "shown", "write"]

MAX_LINE: Final = 64 * 1024 * 1024
"""Bytes. Converse takes images of up to 3.75 MB and documents of up to 4.5 MB; ten of either fit, in base64."""

SHOWN: Final = 200
"""Characters of an offending line that are shown: enough for a stack trace's first line or a banner."""

FaultKind: TypeAlias = Literal[
    "too long", "not JSON", "unknown kind", "wrong shape", "wrong part", "wrong answer", "wrong id"
]

HINTS: Final[dict[FaultKind, str]] = {
    "too long": f"a line ends with \\n and has at most {MAX_LINE} bytes",
    "not JSON": "standard output belongs to the protocol; let the program's own prints go to standard error",
    "unknown kind": 'every line is an object whose "is" is "welcome", "part" or "done"',
    "wrong shape": "docs/adapter-protocol.schema.json says what each line holds",
    "wrong part": f"a part holds exactly one of {', '.join(PART_MEMBERS)}",
    "wrong answer": "hello is answered by one welcome, send by parts and one done, everything else by one done",
    "wrong id": "every line bears the id of the command it answers, and nothing follows done",
}

ANSWERS: Final[dict[type[Struct], tuple[type[Struct], ...]]] = {
    Hello: (Welcome, Done),
    Open: (Done,),
    Send: (Part, Done),
    Close: (Done,),
}
"""Which lines may answer which command."""


HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""The escape of either half of a surrogate pair."""


class ProtocolFault(Exception):
    """A line that the protocol does not allow: what kind of fault, the line as far as it is shown, and what to do."""

    def __init__(self, kind: FaultKind, message: str, line: bytes = b"") -> None:
        super().__init__(message)
        self.kind = kind
        self.line = shown(line)
        self.hint = HINTS[kind]

    def __str__(self) -> str:
        """The message, and the line where there is one."""
        message = super().__str__()
        return f"{message}: {self.line}" if self.line else message


class _Kind(Struct):
    """The only member that is needed to know what a line means to be."""

    kind: Any = msgspec.field(name="is", default=None)


_LINE: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)
_KIND: Final = msgspec.json.Decoder(_Kind)
_ENCODE: Final = msgspec.json.Encoder()


def shown(line: bytes) -> str:
    """The beginning of a line in printable characters, at most `SHOWN` of them."""
    text = line[: SHOWN * 4].decode("utf-8", "replace").strip()
    text = "".join(letter if letter.isprintable() else "�" for letter in text)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(line)} bytes)"


def write(command: Command | Line) -> bytes:
    """The command as one line, its newline included. JSON escapes every newline within."""
    return _ENCODE.encode(command) + b"\n"


def read(line: bytes, command: Command) -> Line:
    """The line as an answer to that command.

    Raises:
        ProtocolFault: it is not JSON, not of the protocol, no answer to this kind of command, or bears another id.
    """
    answer = _decode(line)
    if answer.id != command.id:
        when = "a command that is already over" if answer.id < command.id else "a command that was never sent"
        raise ProtocolFault("wrong id", f"command {command.id} was answered with id {answer.id}, {when}", line)
    if not isinstance(answer, ANSWERS[type(command)]):
        told = type(answer).__name__.lower()
        raise ProtocolFault("wrong answer", f"{type(command).__name__.lower()} was answered with {told}", line)
    if isinstance(answer, Part):
        members = [member for member in PART_MEMBERS if getattr(answer, member) is not UNSET]
        if len(members) != 1:
            held = " and ".join(members) or "nothing"
            raise ProtocolFault("wrong part", f"a part holds {held}", line)
    return answer


def _decode(line: bytes) -> Line:
    try:
        return _with_halves(line) if HALF.search(line) else _LINE.decode(line)
    except msgspec.ValidationError as error:
        kind = _kind(line)
        if kind in {"welcome", "part", "done"}:
            raise ProtocolFault("wrong shape", f"a {kind} line is not as it should be ({error})", line) from error
        raise ProtocolFault("unknown kind", "a line is JSON, but none of the protocol", line) from error
    except (ValueError, RecursionError) as error:
        raise ProtocolFault("not JSON", "a line is not JSON", line) from error


def _with_halves(line: bytes) -> Line:
    """A line with escapes of surrogates, which msgspec refuses unless they pair up.

    Two text deltas can share an emoji, and then each part holds half of it; a fold joins them. Elsewhere a lone half is no
    character, and becomes U+FFFD.
    """
    answer = json.loads(line)
    if not (isinstance(answer, dict) and ("text" in answer or "reasoning" in answer)):
        answer = json.loads(joined(json.dumps(answer, ensure_ascii=False)))
    converted: Line = msgspec.convert(answer, Line)
    return converted


def joined(text: str) -> str:
    """The text with the halves of surrogate pairs joined, and lone ones replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _kind(line: bytes) -> object:
    try:
        return _KIND.decode(line).kind
    except msgspec.ValidationError:
        return None


class LineBuffer:
    """Cuts a stream of bytes into lines; each byte is looked at once, and no more than one line is kept.

    Blank lines are dropped.
    """

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete, without their newlines.

        Raises:
            ProtocolFault: the line under way is longer than the limit.
        """
        first, newline, after = data.partition(b"\n")
        self._rest += first
        lines = []
        if newline:
            *whole, rest = after.split(b"\n")
            lines = [bytes(self._rest), *whole]
            self._rest = bytearray(rest)
        longest = max(map(len, [*lines, self._rest]))
        if longest > self._limit:
            raise ProtocolFault("too long", f"a line is longer than {self._limit} bytes", bytes(self._rest[:1000]))
        return [line for line in lines if line.strip()]

    @property
    def rest(self) -> bytes:
        """What came of the line under way."""
        return bytes(self._rest)
