"""Words for reports."""

from __future__ import annotations

import pytest

from bedrock_harness.reporting import link
from bedrock_harness.reporting.text import counted, escape, span


@pytest.mark.parametrize(
    ("reason", "url"),
    [
        ("vercel/ai#19992", "https://github.com/vercel/ai/issues/19992"),
        ("vercel/ai#19992 (review)", "https://github.com/vercel/ai/issues/19992"),
        ("https://example.org/a b", "https://example.org/a"),
        ("RFC 9110, section 9", None),
        ("a recording from langchain-aws", None),
    ],
)
def test_link(reason: str, url: str | None) -> None:
    """An issue's name or a URL leads somewhere, other reasons nowhere."""
    assert link(reason) == url


def test_escape() -> None:
    """Control characters are written out; newline, tab and all that can be seen stay."""
    assert escape("a\x1b[0m\r\n\tこ👋\x85") == "a\\x1b[0m\\r\n\tこ👋\\x85"


@pytest.mark.parametrize(("seconds", "words"), [(0.431, "0.43 s"), (8.24, "8.2 s"), (200, "3 min 20 s")])
def test_span(seconds: float, words: str) -> None:
    """A duration is told in the unit that a person would use."""
    assert span(seconds) == words


def test_counted() -> None:
    """One is singular, all else plural."""
    assert [counted(n, "case") for n in (0, 1, 2)] == ["0 cases", "1 case", "2 cases"]
