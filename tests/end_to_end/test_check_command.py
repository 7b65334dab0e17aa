"""The first command of the README, as a newcomer runs it: both providers judged in a process of its own, over real sockets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import jsonschema
import pytest

from bedrock_harness.conformance.catalogue import CASES
from bedrock_harness.reporting import Standing, collect, read

SCHEMA = Path(__file__).parents[2] / "docs" / "results.schema.json"

pytestmark = pytest.mark.timeout(400)  # the first run makes two environments, which is the network's business


class Checked(NamedTuple):
    process: subprocess.CompletedProcess[str]
    folder: Path


PROVIDERS = ("reference", "reference-async", "boto3")


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Run `check reference reference-async boto3 --results r.jsonl --junit j.xml` once for all tests here."""
    folder = tmp_path_factory.mktemp("check")
    arguments = ["check", *PROVIDERS, "--results", str(folder / "r.jsonl"), "--junit", str(folder / "j.xml")]
    process = subprocess.run(
        [sys.executable, "-c", "from bedrock_harness.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    return Checked(process, folder)


def lines(checked: Checked) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (checked.folder / "r.jsonl").read_text(encoding="utf-8").splitlines()]


def test_good(checked: Checked) -> None:
    """Both reference clients pass every case, what boto3 fails is known, and the exit code is 0."""
    assert checked.process.returncode == 0, checked.process.stdout + checked.process.stderr
    run = collect(read(checked.folder / "r.jsonl"))
    assert run.counts("reference") == run.counts("reference-async") == {Standing.PASSED: len(CASES)}
    assert set(run.counts("boto3")) == {Standing.PASSED, Standing.KNOWN, Standing.UNSUPPORTED}


def test_table(checked: Checked) -> None:
    """The report has the table, the reasons of what is known, and ends well."""
    text = checked.process.stdout
    assert re.search(rf"^reference +{len(CASES)} passed$", text, re.MULTILINE)
    assert "known, and in the baseline" in text
    assert text.splitlines()[-1].startswith(f"Good: {len(CASES)} cases a provider")
    assert "\x1b" not in text + checked.process.stderr


def test_results_fit_the_schema(checked: Checked) -> None:
    """Every line of the results is valid by the published schema."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert len(lines(checked)) == 2 + len(PROVIDERS) * len(CASES)
    for line in lines(checked):
        validator.validate(line)


def test_reports_agree(checked: Checked) -> None:
    """JUnit counts as the results do."""
    root = ElementTree.parse(checked.folder / "j.xml").getroot()
    run = collect(read(checked.folder / "r.jsonl"))
    for suite in root:
        counts = run.counts(suite.get("name", ""))
        assert int(suite.get("tests", 0)) == counts.total()
        assert int(suite.get("skipped", 0)) == counts[Standing.KNOWN] + counts[Standing.UNSUPPORTED]
        assert (suite.get("failures"), suite.get("errors")) == ("0", "0")


def test_no_secret_is_written(checked: Checked) -> None:
    """No credential that the simulator made up is in the results: not even an access key's id."""
    text = (checked.folder / "r.jsonl").read_text(encoding="utf-8") + checked.process.stdout
    assert "Signature=" not in text
    assert "AKIA" not in text
