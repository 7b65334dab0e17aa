"""docs/client.md is true: every example runs and prints what it says."""

import os
import re
from pathlib import Path

import pytest

from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.script import HttpError, Text, ToolUse, answer

DOCUMENT = Path(__file__).parents[2] / "docs" / "client.md"
EXAMPLE = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def examples(document):
    """Code and output of each section that has them, by its title."""
    sections = (part.partition("\n") for part in re.split(r"^## ", document, flags=re.MULTILINE))
    return {title: match.groups() for title, _, text in sections if (match := EXAMPLE.search(text))}


EXAMPLES = examples(DOCUMENT.read_text(encoding="utf-8"))
GREETING = (answer(Text("こんにちは", deltas=("こんにちは",))),)
SCRIPTS = {
    "Ask": GREETING,
    "Stream": GREETING,
    "In an event loop": GREETING,
    "Use tools": (
        answer(ToolUse("1", "weather", {"city": "Oslo"}), stop="tool_use"),
        answer(Text("Take an umbrella.")),
    ),
    "Get tool calls as they are finished": (
        answer(ToolUse("1", "weather", {"city": "Oslo"}), ToolUse("2", "tide", {"port": "Oslo"}), stop="tool_use"),
    ),
    "Send an image": (answer(Text("A chart.")),),
    "Say who calls": (answer(Text("Hello.")),),
    "Say where to": (),
    "Meet errors": (HttpError("ThrottlingException", "Too many tokens, please wait before trying again."),),
    "Try again": (HttpError("ServiceUnavailableException", "Not now."), answer(Text("Hello at last."))),
    "Without AWS": (),
}


def test_every_example_is_run():
    """The document has the examples that are tested here, and no other code."""
    assert list(EXAMPLES) == list(SCRIPTS)
    assert DOCUMENT.read_text(encoding="utf-8").count("```python") == len(SCRIPTS)


@pytest.mark.parametrize("title", SCRIPTS)
def test_an_example_prints_what_it_says(title, monkeypatch, tmp_path, capsys):
    """An example runs as it stands, with only the environment set."""
    (tmp_path / "chart.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    monkeypatch.chdir(tmp_path)
    code, output = EXAMPLES[title]
    with Simulator(script=SCRIPTS[title]) as bedrock:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in bedrock.environment().items():
            monkeypatch.setenv(name, value)
        exec(compile(code, f"{DOCUMENT.name}: {title}", "exec"), {"__name__": "__main__"})
        assert all(exchange.refused is None for exchange in bedrock.journal)
    assert capsys.readouterr().out == output
