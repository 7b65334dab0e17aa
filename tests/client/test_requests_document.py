"""docs/requests.md is true: its examples run and print what it says, and its tables are whole."""

import re
from pathlib import Path
from typing import get_args

import pytest

from bedrock_harness.client import Repairs
from bedrock_harness.client.options import Code
from bedrock_harness.simulator import Simulator, Text, ToolUse, answer

DOCUMENT = Path(__file__).parents[2] / "docs" / "requests.md"
SECTIONS = {
    title: text
    for title, _, text in (
        part.partition("\n") for part in re.split(r"^## ", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    )
}
EXAMPLE = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
EXAMPLES = {title: match.groups() for title, text in SECTIONS.items() if (match := EXAMPLE.search(text))}
SCRIPTS = {
    "Choose, and read the notes": (answer(Text("I am Claude.")),),
    "Build content": (answer(Text("It does.")),),
    "Answer by a schema": (answer(ToolUse("1", "structured_output", {"city": "Paris"}), stop="tool_use"),),
    "Without Converse": (answer(Text("Hello you.")), answer(Text("Hello too."))),
    "A file for it": (answer(Text("Hello.")),),
}


def test_every_example_is_run():
    """Each section with code has what it prints beside it."""
    assert len(EXAMPLES) == DOCUMENT.read_text(encoding="utf-8").count("```python") == 8
    assert SCRIPTS.keys() <= EXAMPLES.keys()


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_prints_what_it_says(title, monkeypatch, tmp_path, capsys):
    """An example runs as it stands, with only the environment set."""
    (tmp_path / "chart.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    monkeypatch.chdir(tmp_path)
    code, output = EXAMPLES[title]
    with Simulator(script=SCRIPTS.get(title, ())) as bedrock:
        for name, value in bedrock.environment().items():
            monkeypatch.setenv(name, value)
        exec(compile(code, f"{DOCUMENT.name}: {title}", "exec"), {"__name__": "__main__"})
        assert all(exchange.refused is None for exchange in bedrock.journal)
    assert capsys.readouterr().out == output


def rows(title):
    """The cells of a section's table, without their marks, by the first of each row."""
    lines = [line.strip("|").split("|") for line in SECTIONS[title].splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): cells[1].strip() for cells in lines}


def test_the_table_of_repairs_is_whole():
    """Every repair stands in the table with its default."""
    defaults = {name: getattr(Repairs(), name) for name in Repairs.__struct_fields__}
    shown = {name: {True: "yes", False: "no"}.get(value, f"`{value}`") for name, value in defaults.items()}
    assert rows("Repairs") == shown


def test_the_table_of_notes_is_whole():
    """Every code that a note can have stands in the table, in the alphabet's order."""
    assert tuple(rows("Notes")) == get_args(Code)
