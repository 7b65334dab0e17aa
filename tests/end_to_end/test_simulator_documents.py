"""docs/simulator.md is true: its examples run as they stand, in Python, in JavaScript and in curl."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.openapi import PREFIX, document
from bedrock_harness.simulator.operations import OPERATIONS
from bedrock_harness.simulator.speaking import read_canned
from bedrock_harness.simulator.speaking.guarding import TRIGGERS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)


def environment(simulator):
    """A shell in which the printed lines were pasted."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return mine | simulator.environment()


@pytest.mark.parametrize(
    ("number", "output"),
    [(0, r".*Hello.*\n"), (1, r"Good morning\.\nTrue\n"), (2, "InvalidSignatureException\n")],
    ids=["boto3", "in a test", "the clock"],
)
def test_python_examples_run(number, output):
    """Each example in Python, with nothing but the printed variables set, prints what it is there for."""
    with Simulator() as simulator:
        ran = subprocess.run(
            (sys.executable, "-c", PYTHON[number]),
            env=environment(simulator),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert re.fullmatch(output, ran.stdout), ran.stderr


def test_there_is_no_example_more():
    """All examples in Python are run above."""
    assert len(PYTHON) == 3


def test_the_example_in_curl_sets_a_script():
    """The curl command sets a script, with the address that it has in the text."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed, and the example is for curl")
    command = re.search(r"```\n(curl -X PUT.*?)bedrock-harness journal", DOCUMENT, re.DOTALL)[1]
    with Simulator(control=True) as simulator:
        command = command.replace("http://127.0.0.1:8790", simulator.url)
        ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=20, check=False)
    assert ran.stdout == '{"position":0}'


def test_the_canned_answers_can_be_read(tmp_path):
    """The file of canned answers in the text is one."""
    path = tmp_path / "answers.yaml"
    path.write_text(re.search(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)[1], "utf-8")
    assert len(read_canned(path)) == len(yaml.safe_load(path.read_text("utf-8"))) == 2


def test_the_tables_are_whole():
    """Every operation, every path of the control and every trigger word is named, and nothing that is not there."""
    named = set(re.findall(r"\w+", DOCUMENT[DOCUMENT.index("## What is there") : DOCUMENT.index("## What it answers")]))
    assert {name for name in OPERATIONS if name != "GetContainerCredentials"} <= named
    assert all(f"`{word}`" in DOCUMENT.replace("\n", " ") for word in TRIGGERS)
    paths = {path.partition("?")[0] for path in re.findall(rf"{PREFIX}[\w.]*", DOCUMENT)}
    assert paths == set(document()["paths"])
