"""The report as it is read: whole at any width, in the words of the verdicts, with nothing a provider can smuggle in."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from bedrock_harness.conformance.grades import Grade, Outcome
from bedrock_harness.conformance.verdict import Evidence, Finished, Result
from bedrock_harness.reporting import THEME, as_text, collect, print_run
from tests.reporting.made_up import ALL, FINISHED, STARTED, VERDICTS, finding, verdict


def shown(*results: Result, width: int = 100, terminal: bool = False, trace: bool = False) -> str:
    file = io.StringIO()
    color = "standard" if terminal else None
    console = Console(file=file, width=width, theme=THEME, force_terminal=terminal, color_system=color, highlight=False)
    print_run(collect(results or ALL), console, trace=trace)
    return file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
def test_fits(width: int) -> None:
    """No line is wider than the terminal, and every case id is there whole."""
    text = shown(width=width)
    assert max(map(cell_len, text.splitlines())) <= width
    for each in VERDICTS:
        assert each.outcome is Outcome.PASSED or each.case in text or each.outcome is Outcome.UNSUPPORTED


@pytest.mark.parametrize("width", [80, 140])
def test_one_block_a_finding(width: int) -> None:
    """A finding tells requirement, expected, actual, cost, frames, reasons, and the line that runs it again."""
    text = shown(width=width)
    for words in (
        "requirement",
        "expected     an error",
        "actual       success",
        "data loss",
        "frames as sent (412 bytes)",
    ):
        assert words in text
    assert "#1   contentBlockDelta" in text
    assert "$ bedrock-harness check boto3 --only framing/cut-in-a-frame --trace" in text
    assert "boto/botocore#3421" in text


def test_table_has_a_column_a_provider() -> None:
    """The table of counts has a row an area and a column a provider, where both fit."""
    lines = shown(width=140).splitlines()
    assert re.fullmatch(r" +reference 0\.1\.0 +boto3 1\.43\.11", lines[1])
    assert re.fullmatch(
        r"framing +1 passed +1 known  1 failed", next(line for line in lines if line.startswith("framing"))
    )
    assert next(line for line in lines if line.startswith("all")).startswith("all            5 passed")


def test_table_is_stacked_where_narrow() -> None:
    """Where the columns do not fit side by side, the providers come one below the other, uncut."""
    lines = [line.split() for line in shown(width=60).splitlines()]
    assert lines.index(["reference", "0.1.0"]) < lines.index(["boto3", "1.43.11"])
    assert ["conversation", "1", "passed"] in lines
    assert ["conversation", "1", "unsupported"] in lines


def test_known_in_one_line() -> None:
    """What the baseline knows takes a line: who, `case:check`, and the reason."""
    assert "  boto3  framing/cut-between:error  botocore ends in silence" in shown().splitlines()


def test_known_by_its_first_sentence() -> None:
    """Of a long reason the first sentence is told, beside the case's whole id; with --trace all of it."""
    reason = "botocore ends in silence. " + "It never looks at what is left in its buffer. " * 9
    known = verdict("framing/cut-between-two-frames", outcome=Outcome.FAILED, findings=(finding(known=reason),))
    lines = shown(STARTED, known, FINISHED, width=80).splitlines()
    assert "  boto3  framing/cut-between-two-frames:answer  botocore ends in silence." in lines
    assert "buffer" not in "".join(lines)
    assert shown(STARTED, known, FINISHED, width=80, trace=True).count("buffer") == 9


def test_what_was_seen_stays_one_line() -> None:
    """What is left open is told in one line, cut at the edge, the case's id never; with --trace it is whole."""
    long = msgspec.structs.replace(finding("timing", Grade.INFO), actual="slow " * 40 + "end")
    informed = verdict("framing/cut-between-two-frames", outcome=Outcome.INFORMED, findings=(long,))
    lines = [line for line in shown(STARTED, informed, FINISHED, width=80).splitlines() if "slow" in line]
    assert len(lines) == 1
    assert lines[0].startswith("  boto3  framing/cut-between-two-frames:timing  slow")
    assert lines[0].endswith("…")
    assert "end" in shown(STARTED, informed, FINISHED, width=80, trace=True).split()


def test_unsupported_with_reason() -> None:
    """What is unsupported is counted, with the reason that the provider declared."""
    assert "  boto3  1 case  boto3 sends what it is given" in shown().splitlines()


def test_closing_lines() -> None:
    """The report ends with a line a provider and one line to act on."""
    *_, reference, boto3, _, told, last = shown().splitlines()
    assert reference == "reference  5 passed"
    assert boto3 == "boto3      1 known, 1 unsupported, 1 warned, 1 failed, 1 not testable"
    assert told == "5 cases a provider, seed 7, 8.2 s."
    assert last == "2 cases to look into: `bedrock-harness explain CASE` tells about one, its `$` line runs it again."


def test_good_run() -> None:
    """A run without findings says so in one word."""
    started = msgspec.structs.replace(STARTED, cases=1, providers=STARTED.providers[:1])
    text = shown(started, VERDICTS[0], Finished(seconds=0.5))
    assert text.splitlines()[-1] == "Good: 1 case a provider, seed 7, 0.50 s."
    assert "findings" not in text


def test_stale_entries() -> None:
    """Baseline entries that no longer fail are named, and the last line asks for their removal."""
    started = msgspec.structs.replace(STARTED, cases=1, providers=STARTED.providers[:1])
    text = shown(started, VERDICTS[0], Finished(seconds=0.5, stale=("boto3 framing/x:error",), exit=1))
    assert "  boto3 framing/x:error" in text.splitlines()
    assert text.splitlines()[-1].startswith("1 baseline entry to remove")


@pytest.mark.parametrize("finished", [(), (Finished(seconds=1, exit=130),)])
def test_ended_early(finished: tuple[Finished, ...]) -> None:
    """A run that was cut short shows what was judged and says how much is missing."""
    text = shown(STARTED, *VERDICTS[:3], *finished)
    assert text.splitlines()[-1].startswith("Ended early, 3 of 10 verdicts in")


def test_plain_in_a_pipe() -> None:
    """Where there is no terminal, there is no escape sequence and no trailing blank."""
    text = shown()
    assert "\x1b" not in text
    assert not re.search(r"[ \t]$", text, re.MULTILINE)


def test_colours_say_nothing_more() -> None:
    """Without its colours the coloured report reads as the plain one."""
    coloured = shown(terminal=True)
    assert "\x1b[31m" in coloured
    bare = re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in bare.splitlines()] == shown().splitlines()


@pytest.mark.parametrize(
    "nasty", ["\x1b[2Jgone", "\x1b]8;;http://x\x1b\\", "\x07\x08", "\x9b2J", "[red]text[/]", "\ud83d"]
)
def test_a_provider_can_not_paint(nasty: str) -> None:
    """Control characters and markup in a provider's words are shown, not obeyed."""
    found = msgspec.structs.replace(
        finding(), actual=f"text {nasty}", evidence=(Evidence(title=nasty, lines=(nasty,)),), requirement=nasty
    )
    text = shown(STARTED, verdict(outcome=Outcome.FAILED, findings=(found,), note=nasty), FINISHED)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text)
    assert "gone" not in nasty or r"\x1b[2Jgone" in text
    assert "[red]" not in nasty or "[red]text[/]" in text


def test_trace_shows_all() -> None:
    """Evidence is cut to what tells most; with --trace it is whole."""
    long = Evidence(title="frames", lines=(*(f"#{n}" for n in range(40)), "x" * 300))
    broken = verdict(outcome=Outcome.FAILED, findings=(msgspec.structs.replace(finding(), evidence=(long,)),))
    assert "#39" not in shown(STARTED, broken, FINISHED)
    assert "27 more with --trace" in shown(STARTED, broken, FINISHED)
    whole = shown(STARTED, broken, FINISHED, trace=True)
    assert "#39" in whole
    assert whole.count("x" * 50) >= 3
    assert "more with --trace" not in whole


def test_evidence_once() -> None:
    """Two findings of one turn show the frames once."""
    both = verdict(outcome=Outcome.FAILED, findings=(finding(), finding("stop-reason")))
    assert shown(STARTED, both, FINISHED).count("frames as sent") == 1


def test_as_text() -> None:
    """A test's failure message shows the finding as the terminal does."""
    text = as_text(VERDICTS[5])
    assert text.splitlines()[0].startswith("× framing/cut-in-a-frame")
    assert text in shown(width=110)


def test_left_open_in_one_line() -> None:
    """What the specification leaves open takes a line with what was seen, and is no finding."""
    open_question = verdict(outcome=Outcome.INFORMED, findings=(finding("timing", Grade.INFO),))
    text = shown(STARTED, open_question, FINISHED)
    assert "left open by the specification" in text
    assert "  boto3  framing/cut-in-a-frame:timing  success, with text" in text
    assert "×" not in text


def test_harness_error_blames_no_provider() -> None:
    """A harness error says what broke, and puts no cost on the provider's account."""
    broken = verdict(outcome=Outcome.HARNESS_ERROR, note="RuntimeError: out of order")
    text = shown(STARTED, broken, FINISHED)
    assert "boto3  harness error: RuntimeError: out of order" in text
    assert "data loss" not in text
