"""`check`: what it prints, what it writes, how it ends. The providers here never reach Bedrock: judging is judged elsewhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bedrock_harness.cli import Exit
from bedrock_harness.conformance.verdict import Finished, Started, Verdict
from bedrock_harness.reporting import collect, read
from tests.cli.conftest import Ran, command, outside

CASE = "framing/every-byte-apart"
SILENT = "python:made_up_providers:Silent"
MODEST = "python:made_up_providers:Modest"
SLOW = "python:made_up_providers:Slow"


def test_findings(bh: Callable[..., Ran]) -> None:
    """A provider that fails a case: the finding on standard output, exit 1."""
    ran = bh("check", SILENT, "--only", CASE)
    assert ran.code == Exit.FINDINGS
    assert f"× {CASE}" in ran.out
    assert "a request to Bedrock" in ran.out
    assert f"$ bedrock-harness check {SILENT} --only {CASE} --trace" in ran.out
    assert f"{SILENT}  1 failed" in ran.out
    assert "\x1b" not in ran.out + ran.err


def test_unsupported_is_good(bh: Callable[..., Ran]) -> None:
    """What a provider declares that it can't do is counted with its reason, and is no finding."""
    ran = bh("check", MODEST, "--only", CASE)
    assert ran.code == Exit.GOOD
    assert "stream: it was built before streams" in ran.out
    assert ran.out.splitlines()[-1].startswith("Good: 1 case")


def test_several_providers(bh: Callable[..., Ran]) -> None:
    """Providers are judged in one run, each named once however often it is given."""
    ran = bh("check", MODEST, SILENT, MODEST, "--only", CASE, "--json")
    started = json.loads(ran.out.splitlines()[0])
    assert [provider["spec"] for provider in started["providers"]] == [MODEST, SILENT]


def test_json(bh: Callable[..., Ran], tmp_path: Path) -> None:
    """`--json` prints the results and nothing else, as `--results` writes them."""
    path = tmp_path / "deep" / "r.jsonl"
    ran = bh("check", SILENT, "--only", "framing", "--json", "--results", path, "--seed", "5")
    assert ran.out == path.read_text(encoding="utf-8")
    run = collect(read(path))
    assert run.started.seed == 5
    assert run.started.cases == len(run.verdicts) > 5
    assert run.finished is not None
    assert run.finished.exit == ran.code == Exit.FINDINGS


def test_files(bh: Callable[..., Ran], tmp_path: Path) -> None:
    """`--out` leaves results, JUnit and the report in a folder; `--junit` a file of its own."""
    ran = bh("check", SILENT, "--only", CASE, "--out", tmp_path / "new", "--junit", tmp_path / "j.xml")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["junit.xml", "report.txt", "results.jsonl"]
    assert (tmp_path / "new" / "report.txt").read_text(encoding="utf-8") == ran.out
    assert (tmp_path / "j.xml").read_bytes() == (tmp_path / "new" / "junit.xml").read_bytes()
    assert ElementTree.parse(tmp_path / "j.xml").getroot().get("failures") == "1"


def test_unwritable_file(bh: Callable[..., Ran], tmp_path: Path) -> None:
    """A file that can't be written is told before anything is judged."""
    (tmp_path / "file").touch()
    ran = bh("check", SILENT, "--only", CASE, "--results", tmp_path / "file" / "r.jsonl")
    assert ran.code == Exit.USAGE
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert str(tmp_path / "file") in ran.err


def test_baseline(bh: Callable[..., Ran], tmp_path: Path) -> None:
    """What fails is written to a baseline; with it the run is good, and says what is known."""
    path = tmp_path / "known.toml"
    ran = bh("check", SILENT, "--only", CASE, "--baseline", path, "--write-baseline")
    assert ran.code == Exit.GOOD
    assert str(path) in ran.err
    ran = bh("check", SILENT, "--only", CASE, "--baseline", path)
    assert ran.code == Exit.GOOD
    assert f"{SILENT}  {CASE}:request" in ran.out
    assert f"{SILENT}  1 known" in ran.out


def test_stale_baseline(bh: Callable[..., Ran], tmp_path: Path) -> None:
    """A baseline entry that no longer fails is an error, in the report, in JUnit, and by the exit code."""
    path = tmp_path / "known.toml"
    path.write_text(f'[[known]]\nprovider = "*Silent"\ncase = "{CASE}:usage"\nreason = "so"\n', encoding="utf-8")
    ran = bh("check", SILENT, "--only", CASE, "--baseline", path, "--junit", tmp_path / "j.xml", "--json")
    assert ran.code == Exit.FINDINGS
    assert json.loads(ran.out.splitlines()[-1])["stale"] == [f"*Silent {CASE}:usage"]
    assert ElementTree.parse(tmp_path / "j.xml").find("testsuite[@name='baseline']/testcase/failure") is not None


@pytest.mark.parametrize(
    "content", ["[[known]\n", '[[known]]\ncase = "x"\n', "[[knwon]]\n", '[[known]]\nprovider=1\ncase="x"\nreason=""\n']
)
def test_broken_baseline(bh: Callable[..., Ran], tmp_path: Path, content: str) -> None:
    """A baseline that can't be read is one line that names the file, and exit 2."""
    path = tmp_path / "known.toml"
    path.write_text(content, encoding="utf-8")
    ran = bh("check", MODEST, "--only", CASE, "--baseline", path)
    assert ran.code == Exit.USAGE
    assert ran.err.count("\n") == 1
    assert str(path) in ran.err


def test_missing_baseline(bh: Callable[..., Ran], tmp_path: Path) -> None:
    """A baseline that is not there is one line, and exit 2."""
    ran = bh("check", MODEST, "--only", CASE, "--baseline", tmp_path / "known.toml")
    assert (ran.code, ran.err.count("\n")) == (Exit.USAGE, 1)


def test_dead_provider(bh: Callable[..., Ran]) -> None:
    """A provider that can't be started is the harness's trouble, not a verdict: one line, exit 3."""
    ran = bh("check", "python:made_up_providers:Dead", "--only", CASE)
    assert ran.code == Exit.HARNESS
    assert ran.err.count("\n") == 1
    assert "exit status 9" in ran.err


def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C shows what was judged so far, leaves whole files and no process, and exits with 130."""
    ended = interrupted(signal.SIGINT, tmp_path)
    assert ended.code == Exit.INTERRUPTED
    assert "Ended early, 0 of 1 verdicts in" in ended.out
    assert "Traceback" not in ended.err


def test_terminated(tmp_path: Path) -> None:
    """SIGTERM, as CI cancels a job, ends as Ctrl-C does, with 143."""
    assert interrupted(signal.SIGTERM, tmp_path).code == Exit.TERMINATED


def interrupted(number: signal.Signals, folder: Path) -> Ran:
    """Interrupt a run in which the provider hangs, and see what is left."""
    results, pids = folder / "r.jsonl", folder / "pids"
    pids.mkdir()
    environment = outside({})
    process = subprocess.Popen(
        command(["check", SLOW, "--only", CASE, "--results", str(results)]),
        stdout=-1,
        stderr=-1,
        text=True,
        env={**environment, "PYTHONPATH": os.pathsep.join((environment["PYTHONPATH"], str(pids)))},
    )
    until = time.monotonic() + 30
    while not any(pids.iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    started, finished = read(results)
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    assert finished.exit == process.returncode
    (adapter,) = pids.iterdir()
    with pytest.raises(ProcessLookupError):
        os.kill(int(adapter.name), 0)
    return Ran(process.returncode, out, err)


def test_results_are_written_as_they_come(tmp_path: Path, bh: Callable[..., Ran]) -> None:
    """Each verdict is a line of its own between the first and the last."""
    path = tmp_path / "r.jsonl"
    bh("check", SILENT, MODEST, "--only", CASE, "--results", path)
    assert [type(result) for result in read(path)] == [Started, Verdict, Verdict, Finished]
