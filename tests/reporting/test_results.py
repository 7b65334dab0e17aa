"""Results as JSON lines: what is written is read back, is as the schema says, and a broken file is named by its line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from bedrock_harness.conformance.verdict import RESULTS, Finished
from bedrock_harness.reporting import ResultsError, encode, read, schema
from bedrock_harness.reporting import results as module
from tests.reporting.made_up import ALL, FINISHED, STARTED, VERDICTS

SCHEMA = Path(__file__).parents[2] / "docs" / "results.schema.json"


def written(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(lines))
    return path


def test_round_trip(tmp_path: Path) -> None:
    """What is written line by line is read back as it was."""
    path = written(tmp_path / "r.jsonl", *map(encode, ALL))
    assert tuple(read(path)) == ALL


def test_schema_is_current() -> None:
    """The schema in docs is the one that the structs give, to the character."""
    current = json.dumps(schema(), indent=2) + "\n"
    if SCHEMA.read_text(encoding="utf-8") != current:
        pytest.fail(f"{SCHEMA} is not current. It has to be:\n{current}", pytrace=False)


@pytest.mark.parametrize("result", ALL, ids=lambda result: type(result).__name__)
def test_lines_fit_the_schema(result: object) -> None:
    """Every kind of line is valid by the schema, as another program's validator sees it."""
    validator = jsonschema.Draft202012Validator(schema())
    jsonschema.Draft202012Validator.check_schema(schema())
    validator.validate(json.loads(encode(result)))


def test_schema_refuses() -> None:
    """A line with an outcome that does not exist is refused by the schema."""
    line = json.loads(encode(VERDICTS[0])) | {"outcome": "splendid"}
    assert not jsonschema.Draft202012Validator(schema()).is_valid(line)


def test_version_is_written() -> None:
    """The version stands in the file even while it is the first one."""
    assert json.loads(encode(STARTED))["version"] == RESULTS


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        ([], 1, "ends before its `finished` line"),
        ([b"\n"], 1, "not a result"),
        ([encode(STARTED), b"{]\n"], 2, "not a result"),
        ([encode(STARTED), b'\xff"\n'], 2, "not a result"),
        ([encode(STARTED), b'{"is":"guess"}\n'], 2, "not a result"),
        ([encode(STARTED), b'{"is":"verdict","case":1}\n'], 2, "$.case"),
        ([encode(VERDICTS[0])], 1, "a `verdict` line where `started` belongs"),
        ([encode(STARTED), encode(STARTED)], 2, "a second `started` line"),
        ([encode(STARTED), encode(VERDICTS[0])], 3, "ends before its `finished` line"),
        ([encode(STARTED), encode(VERDICTS[0])[:-40]], 2, "not a result"),
        ([encode(STARTED), encode(FINISHED), encode(FINISHED)], 3, "something follows"),
        ([encode(msgspec.structs.replace(STARTED, version=RESULTS + 1)), encode(FINISHED)], 1, "this harness reads 1"),
    ],
)
def test_broken_file(tmp_path: Path, lines: list[bytes], line: int, says: str) -> None:
    """A file that is no results file is refused by the line where it stops being one."""
    path = written(tmp_path / "r.jsonl", *lines)
    with pytest.raises(ResultsError, match=r"r\.jsonl, line") as caught:
        list(read(path))
    assert caught.value.line == line
    assert says in str(caught.value)
    assert "--results" in caught.value.hint


def test_endless_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without an end is refused at a bound instead of being read into memory."""
    monkeypatch.setattr(module, "MAX_LINE", 1024)
    path = written(tmp_path / "r.jsonl", b"x" * 5000)
    with pytest.raises(ResultsError, match="longer than 1024 bytes"):
        list(read(path))


def test_what_was_read_so_far_comes_out(tmp_path: Path) -> None:
    """Reading yields line by line, so that a file cut short still gives what it holds."""
    path = written(tmp_path / "r.jsonl", encode(STARTED), encode(VERDICTS[0]))
    lines = read(path)
    assert next(lines) == STARTED
    assert next(lines) == VERDICTS[0]
    with pytest.raises(ResultsError):
        next(lines)


def test_later_members_are_ignored(tmp_path: Path) -> None:
    """A member that a later version adds within the format does not break an older reader."""
    line = json.dumps(json.loads(encode(STARTED)) | {"weather": "fair"}).encode() + b"\n"
    assert next(iter(read(written(tmp_path / "r.jsonl", line, encode(Finished(seconds=1)))))) == STARTED
