"""The generated parts of docs/wire.md: tables and examples made of the code that they describe. And how parts are written.

Each part stands between `<!-- generated: NAME -->` and `<!-- end -->`. `python -m tests.generated` writes them anew, and
tests/wire/test_document.py holds them to what this module makes. Those of docs/providers.md are made by tests.profiles.document;
docs/simulator.openapi.json is written whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from bedrock_harness.service.exceptions import EXCEPTIONS
from bedrock_harness.simulator import openapi
from bedrock_harness.wire import blocks, errors, events, frames, grammar, headers, signing
from bedrock_harness.wire.diagnosis.mistakes import MISTAKES
from bedrock_harness.wire.dissection import dissect
from bedrock_harness.wire.frames import Frame, encode
from bedrock_harness.wire.layout import Span
from bedrock_harness.wire.sigv4 import Credentials, Request, Signed, canonical_request, sign
from tests.wire.made import NOON
from tests.wire.test_stricter_than_botocore import DIFFERENCES, Difference

TAB = r"\t"
DOCUMENT = Path(__file__).parents[1] / "docs" / "wire.md"
OPENAPI = DOCUMENT.with_name("simulator.openapi.json")

PLACES = {
    errors.PreludeChecksumError: "the prelude's checksum",
    errors.MessageChecksumError: "the frame's checksum",
    errors.FrameTooShortError: "the frame",
    errors.FrameTooLongError: "the frame",
    errors.HeadersTooLongError: "the headers' length",
    errors.IncompleteFrameError: "the end of the stream",
    errors.EmptyHeaderNameError: "the name's length",
    errors.DuplicateHeaderError: "the second header",
    errors.UnknownHeaderTypeError: "the type",
    errors.HeaderOverrunError: "the part that does not fit",
    errors.HeaderTextError: "the byte that is no UTF-8",
}
"""What the offset of each error of a frame points to. tests/wire/test_document.py provokes each of them."""

FRAME = Frame(
    {":event-type": "contentBlockStop", ":content-type": "application/json", ":message-type": "event"},
    b'{"contentBlockIndex":0,"p":"abc"}',
)
"""The frame that the document takes apart: as the service sends it, in its order of headers, with padding."""

CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
REQUEST = Request(
    "POST",
    "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse",
    (("Host", "bedrock-runtime.us-east-1.amazonaws.com"), ("Content-Type", "application/json")),
    b'{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}',
)
"""The request that the document signs."""


def table(headings: str, rows: typing.Iterable[typing.Iterable[object]]) -> str:
    """A Markdown table; headings are separated by bars."""
    names = [name.strip() for name in headings.split("|")]
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(text: str) -> str:
    return f"```text\n{text}\n```"


# --------------------------------------------------------------------------------------------------------------- frames


def worked_frame() -> str:
    data = encode(FRAME)
    (piece,) = dissect(data).pieces
    rows = [row for leaf in piece.span.leaves for row in _rows(data, leaf)]
    return table("Offset | Bytes | Field | What it says", rows)


def _rows(data: bytes, leaf: Span) -> Iterator[tuple[object, ...]]:
    starts = range(leaf.start, leaf.end, 16)
    says = _says(data, leaf)
    for start in starts:
        raw = data[start : min(start + 16, leaf.end)]
        shown = f"`{raw.decode()}`" if leaf.kind == "payload" else says if start == leaf.start else ""
        yield start, f"`{raw.hex(' ')}`", leaf.kind if start == leaf.start else "", shown


def _says(data: bytes, leaf: Span) -> str:
    match leaf.kind:
        case "total length":
            return f"{leaf.value} bytes, these four included"
        case "headers length":
            return f"{leaf.value} bytes of headers, from offset 12 to {11 + int(str(leaf.value))}"
        case "prelude checksum":
            return "CRC-32 of bytes 0 to 7"
        case "checksum":
            return f"CRC-32 of bytes 0 to {leaf.start - 1}"
        case "type":
            return f"{leaf.value}: {headers.TYPES[int(str(leaf.value))].name}"
        case "name" | "value":
            return f"`{leaf.value}`"
    return f"{leaf.value} bytes"


def header_types() -> str:
    notes = {0: "true, no bytes", 1: "false, no bytes", 8: "milliseconds since 1970, signed", 9: "RFC 9562, binary"}
    return table(
        "Type | Name | Bytes of value | What they are | In Python",
        (
            (
                row.code,
                row.name,
                "2 of length, then the value" if row.size is None else row.size,
                notes.get(row.code) or {6: "any bytes", 7: "UTF-8"}.get(row.code, "signed, big-endian"),
                f"`{row.python.__name__}`",
            )
            for row in headers.TYPES
        ),
    )


def limits() -> str:
    mib = 1024 * 1024
    return table(
        "What | At least | At most | Who checks",
        [
            ("total length", 16, f"{frames.MAX_FRAME:,}", "the reader; its upper limit is `max_frame` and can be set"),
            ("headers length", 0, f"{frames.MAX_HEADERS:,} and total length - 16", "reader and writer"),
            (
                "payload",
                0,
                f"{frames.MAX_PAYLOAD:,} ({frames.MAX_PAYLOAD // mib} MiB)",
                "the reader, by the total length",
            ),
            ("a header's name", 1, headers._LONGEST_NAME, "reader and writer"),
            ("a string or byte array", 0, f"{headers._LONGEST_VALUE:,}", "the writer; a reader takes up to 65,535"),
            ("a header's type", 0, len(headers.TYPES) - 1, "reader and writer"),
        ],
    )


def _concrete(base: type) -> Iterator[type]:
    below = base.__subclasses__()
    for child in sorted(below, key=lambda child: list(vars(errors)).index(child.__name__)):
        yield from _concrete(child)
    if not below:
        yield base


def frame_errors() -> str:
    return table(
        "Error | When | Offset of | Hint",
        ((f"`{kind.__name__}`", _summary(kind), PLACES[kind], kind.hint) for kind in _concrete(errors.FrameError)),
    )


def other_errors() -> str:
    kinds = [errors.FrameEncodingError, *_concrete(errors.EventError), errors.FoldError, errors.ToolInputError]
    return table(
        "Error | When | Hint",
        ((f"`{kind.__name__}`", _summary(kind), kind.hint) for kind in [*kinds, errors.SignatureError]),
    )


def _summary(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


# --------------------------------------------------------------------------------------------------------------- events


def event_types() -> str:
    return table(
        "`:event-type` | Member | Type | Required",
        (
            (f"`{name}`" if first else "", f"`{member}`", kind, "yes" if required else "")
            for name, event in events.EVENT_TYPES.items()
            for first, (member, kind, required) in _numbered(_members(event))
        ),
    )


def unions() -> str:
    named = {"start": blocks.Start, "delta": blocks.Delta}
    return table(
        "Of | Member | Type | Block",
        (
            (f"`{name}`" if first else "", f"`{member}`", kind, grammar.FAMILIES[field])
            for name, union in named.items()
            for (first, (member, kind, _)), field in zip(
                _numbered(_members(union)), union.__struct_fields__, strict=True
            )
        ),
    )


def parts() -> str:
    kinds = (blocks.ToolUseStart, blocks.ToolUseDelta, blocks.ReasoningDelta, blocks.ToolResultDelta)
    return table(
        "Structure | Member | Type | Required",
        (
            (f"`{kind.__name__}`" if first else "", f"`{member}`", of, "yes" if required else "")
            for kind in (*kinds, blocks.ImageDelta, blocks.ImageSource)
            for first, (member, of, required) in _numbered(_members(kind))
        ),
    )


def _numbered(rows: typing.Iterable[tuple[str, str, bool]]) -> Iterator[tuple[bool, tuple[str, str, bool]]]:
    for number, row in enumerate(rows):
        yield number == 0, row


def _members(kind: type[Struct]) -> Iterator[tuple[str, str, bool]]:
    hints = typing.get_type_hints(kind)
    optional = len(kind.__struct_fields__) - len(kind.__struct_defaults__)
    for number, (name, field) in enumerate(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True)):
        if field != "_frame":
            required = number < optional and field in _required(kind)
            yield name, _type(hints[field]), required


def _required(kind: type[Struct]) -> set[str]:
    from msgspec.structs import fields

    return {field.name for field in fields(kind) if field.required}


def _type(hint: typing.Any) -> str:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return " or ".join(_type(part) for part in typing.get_args(hint) if part is not type(None))
    if typing.get_origin(hint) is list:
        return f"list of {_type(typing.get_args(hint)[0])}"
    names = {str: "string", int: "integer", dict: "object", typing.Any: "any JSON"}
    plain = names.get(typing.get_origin(hint) or hint)
    return plain or f"`{hint.__name__}`"


# -------------------------------------------------------------------------------------------------------------- grammar


def stream_states() -> str:
    return _matrix(grammar.STREAM, [*events.EVENT_TYPES, "exception", "end"])


def block_states() -> str:
    return _matrix(grammar.BLOCK, [name for name in events.EVENT_TYPES if name.startswith("contentBlock")])


def _matrix(cells: typing.Mapping[tuple[str, str], str], names: list[str]) -> str:
    states = list(dict.fromkeys([state for state, _ in cells] + list(cells.values())))
    rows = ((f"*{state}*", *(cells.get((state, name), "") for name in names)) for state in states)
    return table(" | ".join(["State", *names]), rows)


def violation_messages() -> str:
    from tests.wire.made import delta, event, message, start, stop

    tool = {"toolUse": {"toolUseId": "t1", "name": "weather"}}
    text = [delta(0, text="Hello"), stop(0)]
    streams = [
        message(*text, delta(1, toolUse={"input": "{}"}), stop(1)),
        message(*text, delta(0, text=" again")),
        message(start(0, **tool), delta(0, text="Hello"), stop(0)),
        message(delta(0, text="Hello"), delta(1, text="Hello")),
        message(*text, delta(2, text="Hello"), stop(2)),
        [event("messageStart", role="assistant"), delta(0, text="Hel")],
    ]
    return code("\n".join(grammar.violations(stream)[0].message for stream in streams))


def exceptions() -> str:
    return table(
        "`:exception-type` | Over HTTP | Status | Sent again",
        (
            (f"`{row.stream_name}`", f"`{row.name}`", row.status, "yes" if row.retryable else "no")
            for row in EXCEPTIONS.values()
            if row.stream_name
        ),
    )


# ----------------------------------------------------------------------------------------------------------- signatures


def signed() -> Signed:
    return sign(REQUEST, CREDENTIALS, region="us-east-1", at=NOON)


def request_to_sign() -> str:
    lines = [f"{REQUEST.method} {REQUEST.target} HTTP/1.1", *(f"{name}: {value}" for name, value in REQUEST.headers)]
    return code("\n".join([*lines, "", REQUEST.body.decode()]))


def canonical_steps() -> str:
    canonical = signed().canonical
    return table(
        "Line | Rule | Here",
        [
            ("method", "as sent", f"`{canonical.method}`"),
            (
                "path",
                (
                    "as sent, never decoded; dot segments and empty ones go; then every byte but `A-Z a-z 0-9 - _ . ~ /` is "
                    "percent-encoded, a percent sign too"
                ),
                f"`{canonical.path}`",
            ),
            (
                "query",
                (
                    "each name and value decoded and encoded in that one way, `/` too; sorted by name, then by value; joined by "
                    "`&`"
                ),
                "empty",
            ),
            *(
                ("header", "name in lower case, a colon, the value", f"`{name}:{value}`")
                for name, value in canonical.headers
            ),
            ("empty line", "ends the headers", ""),
            ("signed headers", "their names, sorted, joined by semicolons", f"`{canonical.signed_headers}`"),
            ("payload hash", "SHA-256 of the body as sent, in hexadecimal", f"`{canonical.payload_hash}`"),
        ],
    )


def canonical_text() -> str:
    return code(signed().canonical.text)


def string_to_sign() -> str:
    return code(signed().string_to_sign)


def key_steps() -> str:
    """The signing key, step by step, with nothing but the standard library."""
    secret, timestamp = CREDENTIALS.secret_access_key, NOON.strftime("%Y%m%d")
    key = ("AWS4" + secret).encode()
    rows: list[tuple[str, str]] = []
    for part in (timestamp, "us-east-1", "bedrock", signing.TERMINATOR):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
        previous = f"`AWS4{secret}`" if not rows else "the key before"
        rows.append((f"HMAC-SHA-256 of `{part}` with {previous}", f"`{key.hex()}`"))
    last = hmac.digest(key, signed().string_to_sign.encode(), hashlib.sha256).hex()
    return table("Step | Gives", [*rows, ("HMAC-SHA-256 of the string to sign with the key before", f"`{last}`")])


def authorization() -> str:
    added = signed().request.headers[len(REQUEST.headers) :]
    return code("\n".join(f"{name}: {value}" for name, value in added).replace(", ", ",\n    "))


def paths() -> str:
    targets = (
        "/model/amazon.nova-lite-v1%3A0/converse",
        "/model/amazon.nova-lite-v1:0/converse",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0/converse",
        "/model/a%3a0/converse",
        "/model/../model//a/./converse",
        "/model/日本/converse",
    )
    rows = ((f"`{target}`", f"`{canonical_request(Request('POST', target, ()), ()).path}`") for target in targets)
    return table("On the request line | In the canonical request", rows)


def header_values() -> str:
    given = ("  Hello   world ", "a\tb", '"two  spaces"', "")
    rows = [
        (f"`X: {value.replace(chr(9), TAB)}`", f"`x:{canonical_request(_with(value), ['x']).headers[0][1]}`")
        for value in given
    ]
    twice = Request("GET", "/", (("X", "b"), ("x", "a")))
    joined = canonical_request(twice, ["x"]).headers[0][1]
    return table("Sent | Canonical", [*rows, ("`X: b`, then `x: a`", f"`x:{joined}`")])


def _with(value: str) -> Request:
    return Request("GET", "/", (("X", value),))


def unsigned_headers() -> str:
    return ", ".join(f"`{name}`" for name in sorted(signing.UNSIGNED_HEADERS)) + "."


def mistakes() -> str:
    """What clients get wrong in signing, the commonest first."""
    return table(
        "Mistake | What the client did | What to do instead",
        ((f"`{m.id}`", m.did.replace("{}", "…"), m.instead) for m in MISTAKES),
    )


def differences() -> str:
    return table(
        "Case | Who | Does | We | The sentence that decides",
        ((_case(row.test), row.who, row.theirs, row.ours, f"{_deciding(row)} ({row.source})") for row in DIFFERENCES),
    )


def _deciding(row: Difference) -> str:
    """The sentence: quoted from the specification of event streams and Smithy's tests, in our own words from elsewhere."""
    return f"“{row.decides}”" if row.source.startswith(("Amazon", "Smithy")) else row.decides


def _case(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


# ------------------------------------------------------------------------------------------------------------- document

PARTS: dict[str, Callable[[], str]] = {
    "worked frame": worked_frame,
    "header types": header_types,
    "limits": limits,
    "frame errors": frame_errors,
    "other errors": other_errors,
    "event types": event_types,
    "unions": unions,
    "parts": parts,
    "stream states": stream_states,
    "block states": block_states,
    "violations": violation_messages,
    "exceptions": exceptions,
    "request": request_to_sign,
    "canonical steps": canonical_steps,
    "canonical request": canonical_text,
    "paths": paths,
    "header values": header_values,
    "unsigned headers": unsigned_headers,
    "string to sign": string_to_sign,
    "key steps": key_steps,
    "authorization": authorization,
    "mistakes": mistakes,
    "differences": differences,
}
"""Every generated part by its name, in the order of the document."""

MARKED = re.compile(r"<!-- generated: (?P<name>[\w ]+) -->\n(?P<body>.*?)<!-- end -->", re.DOTALL)


def renewed(document: str, parts: typing.Mapping[str, Callable[[], str]] = PARTS) -> str:
    """The document with each of its parts as the code has it now."""
    return MARKED.sub(
        lambda match: f"<!-- generated: {match['name']} -->\n{parts[match['name']]()}\n<!-- end -->", document
    )


if __name__ == "__main__":
    from tests.profiles import document as providers

    for path, parts in ((DOCUMENT, PARTS), (providers.DOCUMENT, providers.PARTS)):
        path.write_text(renewed(path.read_text(encoding="utf-8"), parts), encoding="utf-8")
    OPENAPI.write_text(json.dumps(openapi.document(), indent=2) + "\n", encoding="utf-8")
