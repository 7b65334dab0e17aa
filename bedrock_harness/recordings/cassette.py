"""Cassettes: exchanges out of the YAML files that vcrpy writes, its own form and a form that others made of it.

Knows where a method, a header and a body stand in a cassette. Does not know whether they are right, nor what they mean:
that is `replay`'s business. Text is UTF-8, as vcrpy has it.

    interactions:
    - request:   {method, uri, headers, body | parsed_body}
      response:  {status: {code, message}, headers, body: {string} | body | parsed_body}
      recorded:  what `chunks` describes; in the cassettes of `record` alone

A header is a text, bytes or a list of these. A body is a text, bytes (`!!binary`), a list of pieces, null, or stands parsed
under `parsed_body`, as the JSON serializer of pydantic-ai's tests leaves it. YAML tags of Python's are refused, save the few
harmless ones that vcrpy itself accepts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from msgspec import Struct

from bedrock_harness.recordings.chunks import KEY, Timing, timing_of
from bedrock_harness.service.model_ids import parse_path

__all__ = [
    "MAX_ALIASED",
    "MAX_BODY",
    "MAX_DEPTH",
    "MAX_FILE",
    "MAX_TOKENS",
    "SUFFIXES",
    "CassetteError",
    "Recorded",
    "find",
    "read",
]

SUFFIXES = frozenset({".yaml", ".yml"})
"""What vcrpy names its YAML cassettes."""

MAX_FILE = 64 * 1024 * 1024
"""Bytes of a cassette. Parsed YAML takes some ten times its size in memory."""

MAX_DEPTH = 200
"""Collections inside one another. libyaml's loader recurses in C, and the process ends where its stack does."""

MAX_BODY = 32 * 1024 * 1024
"""Characters of a body that stands parsed: aliases let a small file describe a vast one. The service takes 20 MB at most."""

MAX_TOKENS = 2_000_000
"""Pieces of JSON in such a body: a vast one of small numbers would take minutes to reach MAX_BODY."""


MAX_ALIASED = 100_000
"""Values that aliases may repeat, 16 characters of text counting as one: a merge key or a header unfolds them all. Of the
public recordings none has an alias."""


class CassetteError(Exception):
    """A file that is no readable cassette: which one, what was required of it, and what to do."""

    def __init__(self, file: Path, expected: str, hint: str) -> None:
        super().__init__(f"{file}: {expected}. {hint}")
        self.file = file
        self.expected = expected
        self.hint = hint


class Recorded(Struct, frozen=True, kw_only=True):
    """One recorded exchange.

    `number` counts from 1 in its file. `operation` and `model` come from the path, whatever the host, and are None where it
    names no operation on a model. `request_body` is JSON, None where there is none. Header names are as recorded. `timing` is
    None in a cassette that `record` did not make.
    """

    file: Path
    number: int
    method: str
    uri: str
    operation: str | None
    model: str | None
    request_headers: tuple[tuple[str, str], ...]
    request_body: Any
    request_raw: bytes = b""
    """The request's body as it was sent."""
    status: int
    reply_headers: tuple[tuple[str, str], ...]
    reply_body: bytes
    timing: Timing | None = None

    @property
    def accepted(self) -> bool:
        """Whether the service answered with a reply rather than an error."""
        return 200 <= self.status < 300


def find(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The cassettes that these paths mean: files as named, folders searched at any depth for SUFFIXES. Sorted, each once.

    Raises CassetteError for a path that does not exist.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
        elif path.exists():
            found.add(path)
        else:
            raise CassetteError(
                path, "there is no such file or folder", "Name a cassette, or a folder that holds some."
            )
    return tuple(sorted(found))


def read(path: Path) -> tuple[Recorded, ...]:
    """The exchanges of a cassette, in its order. Raises CassetteError for anything that is no cassette."""
    document = _Places(path, "the file", _load(path))
    interactions = document.member("interactions", list)
    return tuple(
        _recorded(_Places(path, f"interaction {number}", interaction), number)
        for number, interaction in enumerate(interactions, 1)
    )


# ------------------------------------------------------------------------------------------------- YAML


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # libyaml's, where PyYAML was built with it
    """Plain YAML, and the tags of Python's that vcrpy accepts as well. None of them makes an object of a class named there."""


def _text(loader: Any, node: Any) -> Any:
    return loader.construct_scalar(node)


def _tuple(loader: Any, node: Any) -> Any:
    return tuple(loader.construct_sequence(node))


def _buffer(loader: Any, node: Any) -> Any:
    state = loader.construct_mapping(node, deep=True).get("state") or (b"",)
    data = state[0] if isinstance(state, (list, tuple)) else b""
    return BytesIO(data.encode() if isinstance(data, str) else data or b"").getvalue()


def _pieces(loader: Any, node: Any) -> Any:
    args = loader.construct_mapping(node, deep=True).get("args")
    return list(args[0]) if args else []


for _tag, _construct in {
    "str": _text,
    "unicode": _text,
    "tuple": _tuple,
    "object/new:_io.BytesIO": _buffer,
    "object/apply:builtins.iter": _pieces,
}.items():
    _Loader.add_constructor(f"tag:yaml.org,2002:python/{_tag}", _construct)


def _load(path: Path) -> Any:
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            hint = f"It has {size >> 20} MiB, and {MAX_FILE >> 20} are read. Split the cassette."
            raise CassetteError(path, "a cassette of this size is not read", hint)
        data = path.read_bytes()
        _check_shape(path, data)
        return yaml.load(data, Loader=_Loader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise CassetteError(
            path, f"it cannot be read: {error.strerror}", "Check the path and its permissions."
        ) from error
    except yaml.YAMLError as error:
        raise CassetteError(path, f"it is not the YAML of a cassette: {_brief(error)}", _WRONG_FILE) from error
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # PyYAML lets these through for keys that cannot be keys, and for values that do not fit their tags: a `!!bool x`.
        raise CassetteError(path, f"its YAML makes no values: {_brief(error)}", _WRONG_FILE) from error


def _check_shape(path: Path, data: bytes) -> None:
    """Refuse what would take the loader too deep or too long, while parsing to events: that neither recurses nor unfolds."""
    sizes: dict[str, int] = {}
    open_sizes, anchors = [0], [""]
    aliased = 0
    for event in yaml.parse(data, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_sizes.append(1)
            anchors.append(event.anchor or "")
            if len(open_sizes) - 1 > MAX_DEPTH:
                raise CassetteError(path, f"its YAML nests deeper than {MAX_DEPTH} levels", _WRONG_FILE)
        elif isinstance(event, yaml.CollectionEndEvent):
            size = sizes[anchors.pop()] = open_sizes.pop()
            open_sizes[-1] += size
        elif isinstance(event, yaml.AliasEvent):
            size = sizes.get(event.anchor or "", 1)
            aliased += size
            open_sizes[-1] += size
            if aliased > MAX_ALIASED:
                raise CassetteError(path, f"its YAML repeats more than {MAX_ALIASED} values by aliases", _WRONG_FILE)
        elif isinstance(event, yaml.ScalarEvent):
            # A long text counts by its length: aliases can be joined to one text.
            size = sizes[event.anchor or ""] = 1 + len(event.value) // 16
            open_sizes[-1] += size


_WRONG_FILE = "Cassettes are what vcrpy records; leave other files out, or record this one again."


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


class _Places(Struct, frozen=True):
    """A value of the document, and the words for where it stands, so that an error can say what is missing where."""

    path: Path
    place: str
    value: Any

    def inside(self, name: str) -> _Places:
        """A member that may be missing."""
        value = self.value.get(name) if isinstance(self.value, Mapping) else None
        return _Places(self.path, f"{name} of {self.place}", value)

    def member(self, name: str, kind: type) -> Any:
        """A member that must be there and of this type."""
        found = self.inside(name)
        if not isinstance(found.value, kind):
            raise found.error(f"must be a {_KINDS[kind]}")
        return found.value

    def error(self, requirement: str) -> CassetteError:
        """The error that this value is not what it must be."""
        return CassetteError(self.path, f"{self.place} {requirement}", _WRONG_FILE)


_KINDS = {list: "list", str: "text", int: "number"}


# ------------------------------------------------------------------------------------------------- an interaction


def _recorded(interaction: _Places, number: int) -> Recorded:
    request, response = interaction.inside("request"), interaction.inside("response")
    uri = request.member("uri", str)
    operation, model = _route(uri)
    asked, reply = _asked(request), _body(response)
    return Recorded(
        file=interaction.path,
        number=number,
        method=request.member("method", str),
        uri=uri,
        operation=operation,
        model=model,
        request_headers=_headers(request.inside("headers")),
        request_body=_json(asked),
        request_raw=asked,
        status=response.inside("status").member("code", int),
        reply_headers=_headers(response.inside("headers")),
        reply_body=reply,
        timing=_timing(interaction.inside(KEY), len(reply)),
    )


def _timing(recorded: _Places, size: int) -> Timing | None:
    try:
        return None if recorded.value is None else timing_of(recorded.value, size)
    except ValueError as error:
        raise recorded.error(f"does not fit: {_brief(error)}") from error


def _route(uri: str) -> tuple[str | None, str | None]:
    try:
        return parse_path(urlsplit(uri).path) or (None, None)
    except ValueError:
        return None, None


def _headers(headers: _Places) -> tuple[tuple[str, str], ...]:
    if headers.value is None:
        return ()
    if not isinstance(headers.value, Mapping):
        raise headers.error("must be a mapping of header names to values")
    return tuple((str(name), value) for name, values in headers.value.items() for value in _values(values))


def _values(values: Any) -> Iterator[str]:
    for value in values if isinstance(values, (list, tuple)) else [values]:
        yield value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _asked(request: _Places) -> bytes:
    """A request's body."""
    parsed = request.inside("parsed_body")
    return _dumped(parsed) if parsed.value is not None else _raw(request.inside("body"))


def _json(raw: bytes) -> Any:
    """A body as JSON; None where there is none, or where it is something else."""
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return None


def _body(response: _Places) -> bytes:
    """A reply's body: vcrpy puts it under `string`, some write it plainly, some parsed."""
    parsed = response.inside("parsed_body")
    if parsed.value is not None:
        return _dumped(parsed)
    body = response.inside("body")
    return _raw(body.inside("string") if isinstance(body.value, Mapping) else body)


def _raw(body: _Places) -> bytes:
    match body.value:
        case None:
            return b""
        case bytes():
            return body.value
        case str():
            return _encoded(body.value)
        case list() | tuple() if all(isinstance(piece, (bytes, str)) for piece in body.value):
            return b"".join(piece if isinstance(piece, bytes) else _encoded(piece) for piece in body.value)
    raise body.error("must be text, bytes, or a list of these")


def _dumped(parsed: _Places) -> bytes:
    """JSON that stands parsed, as bytes again; its size is watched while it is written."""
    pieces: list[str] = []
    size = 0
    try:
        for piece in json.JSONEncoder(ensure_ascii=False).iterencode(parsed.value):
            size += len(piece)
            if size > MAX_BODY or len(pieces) == MAX_TOKENS:
                raise parsed.error(f"must have at most {MAX_BODY >> 20} MiB and {MAX_TOKENS} values")
            pieces.append(piece)
    except (TypeError, ValueError, RecursionError) as error:
        raise parsed.error(f"must be JSON: {_brief(error)}") from error
    return _encoded("".join(pieces))


def _encoded(text: str) -> bytes:
    """Text as bytes; half a character, which YAML can spell and UTF-8 cannot, is no reason to stop."""
    return text.encode("utf-8", "surrogatepass")
