"""`cases` and `explain`: the catalogue as it is listed and as one case is told."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bedrock_harness.conformance.case import Case
from bedrock_harness.conformance.catalogue import CASES
from tests.cli.conftest import Ran


def test_all_are_listed(bh: Callable[..., Ran]) -> None:
    """Every case is listed, its id whole, under its area, and the last line counts them."""
    lines = bh("cases").out.splitlines()
    assert all(any(line.startswith(f"  {case.id} ") for line in lines) for case in CASES)
    assert {case.area for case in CASES} <= set(lines)
    assert lines[-1].startswith(f"{len(CASES)} cases.")


@pytest.mark.parametrize("columns", ["60", "80", "160"])
def test_listed_at_any_width(bh: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """Case ids are whole, and lines fit, however wide the terminal is."""
    monkeypatch.setenv("COLUMNS", columns)
    text = bh("cases").out
    assert all(f"  {case.id}" in text for case in CASES)
    assert max(map(len, text.splitlines())) <= int(columns)


def test_globs_and_areas(bh: Callable[..., Ran]) -> None:
    """A glob or an area's name chooses."""
    found = json.loads(bh("cases", "framing", "signing/session-*", "--json").out)
    assert {case["area"] for case in found} == {"framing", "signing"}
    assert all(case["area"] == "framing" or case["id"].startswith("signing/session-") for case in found)


def test_json(bh: Callable[..., Ran]) -> None:
    """`cases --json` is an array with what there is to say of each case."""
    found = json.loads(bh("cases", "--json").out)
    assert [case["id"] for case in found] == [case.id for case in CASES]
    assert all(case["must"] and case["because"] and case["costs"] for case in found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_is_explained(bh: Callable[..., Ran], case: Case) -> None:
    """Every case can be explained: its requirement, its reasons, its checks, and how to run it."""
    ran = bh("explain", case.id)
    assert ran.code == 0
    text = " ".join(ran.out.split())
    assert case.must in text
    assert all(reason.split()[0] in text for reason in case.because)
    assert all(check.id in text for turn in case.turns for check in turn.expect)
    assert f"bedrock-harness check PROVIDER --only {case.id} --trace" in text
    assert len(ran.out) < 20_000


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_is_explained_as_json(bh: Callable[..., Ran], case: Case) -> None:
    """Every case can be explained as JSON, conversation and script included."""
    told = json.loads(bh("explain", case.id, "--json").out)
    assert told["id"] == case.id
    assert len(told["turns"]) == len(case.turns)
    assert all(reply["sent"] for turn in told["turns"] for reply in turn["bedrock"])


def test_frames_are_shown(bh: Callable[..., Ran]) -> None:
    """The frames that the simulator sends are there one by one, and how they are cut."""
    text = bh("explain", "framing/every-byte-apart").out
    assert "in chunks of 1 byte" in text
    assert '#1  contentBlockDelta  {"contentBlockIndex":0,"delta":{"text":"こんにちは"}}' in text


def test_cut_is_shown(bh: Callable[..., Ran]) -> None:
    """Where a reply is cut between frames, the frames that are never sent are not shown."""
    text = bh("explain", "stream/no-message-stop-after-text").out
    assert "cut here" in text
    assert "messageStop" not in text.split("must hold")[0]


def test_mutants_are_named(bh: Callable[..., Ran]) -> None:
    """The broken clients that a case is there to find are told, with the line that shows it fail."""
    text = bh("explain", "stream/no-message-stop-after-text").out
    assert "bedrock-harness check mutant:end-of-body-is-success --only stream/no-message-stop-after-text" in text


def test_links(bh: Callable[..., Ran]) -> None:
    """An issue is told with the address where it can be read."""
    assert "https://github.com/vercel/ai/issues/19992" in bh("explain", "framing/every-byte-apart").out
