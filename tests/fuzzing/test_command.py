"""`python -m bedrock_harness.fuzzing`: progress, a summary, exit codes, and findings that can be replayed."""

import subprocess
import sys

import pytest

from bedrock_harness.fuzzing.__main__ import main
from bedrock_harness.fuzzing.findings import Finding, load
from bedrock_harness.fuzzing.promises import PromiseBroken, within


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BEDROCK_HARNESS_CACHE", str(tmp_path))
    return tmp_path


def test_a_run_tells_its_executions(cache, capsys):
    """A short run of one property says where it keeps things, what was executed and that nothing was found."""
    assert main(["0.001", "--only", "folding"]) == 0
    kept, leg, summary = capsys.readouterr().out.splitlines()
    assert str(cache / "fuzzing") in kept
    assert leg.startswith("folding")
    assert "executions" in leg
    assert summary.endswith("0 findings")


def test_without_atheris_a_line_says_what_is_left_out(capsys, monkeypatch):
    """Where there is no atheris the targets are left out, and nothing fails."""
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert main(["0.001", "--only", "paths"]) == 0
    assert "coverage-guided fuzzing is left out: atheris is not installed" in capsys.readouterr().out


def test_a_mended_finding_breaks_no_promise(tmp_path, capsys):
    """A finding that no longer fails is replayed with exit code 0."""
    file = Finding(kind="target", name="frames", error="x", data=b"\0\0\0\x10".hex()).save(tmp_path)
    assert load(file).data == "00000010"
    assert main(["--replay", str(file)]) == 0
    assert "breaks no promise any more" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{}", "rubbish", '{"kind":"target","name":"unheard of","error":""}'])
def test_what_is_no_finding_is_refused(tmp_path, capsys, text):
    """A file that holds no finding of a known target is exit code 2 and one line."""
    file = tmp_path / "finding.json"
    file.write_text(text)
    assert main(["--replay", str(file)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_unknown_name_is_refused_with_those_that_there_are(capsys):
    """`--only` with a name that nothing has says what can be fuzzed."""
    assert main(["--only", "unheard-of"]) == 2
    assert "there are round-trip" in capsys.readouterr().err


def test_without_hypothesis_one_line_says_how_to_have_it():
    """Where Hypothesis is missing the package works, and fuzzing says which extra has it."""
    program = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import bedrock_harness.fuzzing, bedrock_harness.fuzzing.targets\n"
        "from bedrock_harness.fuzzing.__main__ import main; sys.exit(main(['1']))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2
    assert run.stderr.splitlines() == [
        "bedrock_harness.fuzzing: the strategies need Hypothesis, which is not installed: install bedrock-harness[test]"
    ]


def test_an_input_that_takes_too_long_is_broken_off():
    """Code that never comes back breaks the promise of time."""

    def spin(_):
        while True:
            pass

    with pytest.raises(PromiseBroken, match=r"more than 0\.1 seconds"):
        within(1 << 20, spin, b"", seconds=0.1)


def test_memory_is_measured():
    """Memory that is taken and given back still counts."""
    with pytest.raises(PromiseBroken, match="at most 1000000 are declared"):
        within(1_000_000, lambda size: bytearray(size), 2_000_000)
