"""docs/gateway.md says what is true: its examples run, and its tables are those of the code."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from bedrock_harness.client import AsyncClient
from bedrock_harness.gateway import Gateway, Models, reasons
from bedrock_harness.gateway.failures import Failure, anthropic_body, openai_body
from bedrock_harness.gateway.openai_requests import ADVICE, NEUTRAL
from bedrock_harness.simulator import Simulator, Text, answer

DOCUMENT = (Path(__file__).parents[2] / "docs/gateway.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=["openai", "anthropic"])
def test_the_examples_run(running: Simulator, monkeypatch: pytest.MonkeyPatch, code: str, printed: str) -> None:
    """What is shown as printed is printed, by the official clients with the variables that the command prints."""
    running.play(answer(Text("こんにちは")))

    def connect() -> AsyncClient:
        return AsyncClient(region=running.region, endpoint=running.url, credentials=running.credentials)

    with Gateway(connect, models=Models({"gpt-4o": "us.anthropic.claude-sonnet-4-6"})) as gateway:
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
            monkeypatch.setenv(name, "unused")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{gateway.url}/v1")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", gateway.url)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(code, "docs/gateway.md", "exec"), {})
    assert out.getvalue() == printed


def rows(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without their code marks."""
    table = DOCUMENT.partition(f"## {heading}\n")[2].partition("|---|")[2].partition("\n\n")[0]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]


def test_the_stop_reasons() -> None:
    """The table is the tables."""
    assert {row[0]: row[1] for row in rows("Why it stopped")} == reasons.OPENAI
    assert {row[0]: row[2] for row in rows("Why it stopped")} == reasons.ANTHROPIC


def test_the_errors() -> None:
    """Each status has the types that the table shows."""
    for status, openai_type, anthropic_type in rows("What went wrong"):
        failure = Failure(status=int(status), message="")
        assert openai_body(failure)["error"]["type"] == openai_type
        assert anthropic_body(failure)["error"]["type"] == anthropic_type


@pytest.mark.parametrize("member", [*ADVICE, *NEUTRAL])
def test_what_is_noted_and_what_is_neutral(member: str) -> None:
    """Every member that is not simply carried stands in the page."""
    assert f"`{member}`" in DOCUMENT
