"""Results as JSON lines: written as they come, read back whole, described by a JSON schema.

A file is one `started` line, one `verdict` line a case and provider, one `finished` line. Reading is bounded and
refuses what is not such a file, naming the line. What the results mean is not this module's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from bedrock_harness.conformance.verdict import RESULTS, Finished, Result, Started, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["ResultsError", "encode", "read", "schema"]

MAX_LINE = 16 * 1024 * 1024
"""Bytes of one line. Evidence is bounded to a few kilobytes a finding, so that a longer line is not ours."""

_SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"


class ResultsError(Exception):
    """A file that is not a results file. Says which line and why; `hint` says what to do."""

    hint = "Write one with `bedrock-harness check --results FILE`."

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}, line {line}: {problem}.")
        self.path = path
        self.line = line
        """Counted from 1."""


def encode(result: Result) -> bytes:
    """One line, the newline included."""
    return msgspec.json.encode(result, order="deterministic") + b"\n"


def read(path: Path) -> Iterator[Result]:
    """The results in a file, in its order.

    Raises ResultsError at the first line that does not hold, at a missing `started` or `finished`, or where a later
    version wrote the file; OSError where it can't be opened.
    """
    decoder: msgspec.json.Decoder[Result] = msgspec.json.Decoder(Result)
    finished, number = False, 0
    with path.open("rb") as file:
        for number, line in _lines(path, file):
            try:
                result = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ResultsError(path, number, f"not a result: {error}") from error
            _in_place(path, number, result, finished=finished)
            finished = isinstance(result, Finished)
            yield result
    if not finished:
        raise ResultsError(path, number + 1, "the file ends before its `finished` line")


def schema() -> dict[str, Any]:
    """The JSON schema of one line. docs/results.schema.json is this, written out."""
    title = f"bedrock-harness results, version {RESULTS}: one line of a file"
    return {"$schema": _SCHEMA_ID, "title": title, **msgspec.json.schema(Result)}


def _lines(path: Path, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise ResultsError(path, number, f"longer than {MAX_LINE} bytes")
        yield number, line


def _in_place(path: Path, number: int, result: Result, *, finished: bool) -> None:
    if finished:
        raise ResultsError(path, number, "something follows the `finished` line")
    if isinstance(result, Started) != (number == 1):
        problem = "a second `started` line" if number > 1 else f"a `{_tag(result)}` line where `started` belongs"
        raise ResultsError(path, number, problem)
    if isinstance(result, Started) and result.version > RESULTS:
        raise ResultsError(path, number, f"version {result.version} of the format, and this harness reads {RESULTS}")


def _tag(result: Started | Verdict | Finished) -> str:
    return str(msgspec.inspect.type_info(type(result)).tag)  # type: ignore[attr-defined]
