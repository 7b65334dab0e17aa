"""The README says what is true: its numbers, its links, its commands and its example."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from bedrock_harness.cli.root import GROUPS
from bedrock_harness.conformance.catalogue import AREAS, CASES
from bedrock_harness.mutants import MUTANTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = ("ten", "eleven", "twelve", "thirteen", "fourteen")


def test_the_numbers_are_right() -> None:
    """As many cases, areas and mutants as there are."""
    assert f"\n{len(CASES)} cases in {WORDS[len(AREAS) - 10]} areas" in README
    assert f"judges {len(MUTANTS)} clients with one known defect each" in README


def test_the_links_lead_somewhere() -> None:
    """Every file that is linked to is there."""
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_commands_exist() -> None:
    """Every command that is named can be called."""
    known = {name for names in GROUPS.values() for name in names}
    named = set(re.findall(r"bedrock-harness ([a-z][a-z-]*)", README))
    assert named
    assert named <= known


def test_the_example_is_the_example() -> None:
    """The five lines are those of the file that is run elsewhere."""
    assert f"```python\n{(ROOT / 'examples/test_acme.py').read_text(encoding='utf-8')}```" in README


def test_each_dependency_has_its_reason() -> None:
    """docs/dependencies.md has a row for each package that is required, and for none besides."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    document = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    missing = [name for name in (re.split(r"[<>=;\[ ]", entry)[0] for entry in wanted) if name not in document]
    assert missing == []
