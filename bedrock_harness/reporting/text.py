"""Words for reports: text that came from elsewhere made safe to show, plural forms, links behind issue names."""

from __future__ import annotations

import re

__all__ = ["counted", "escape", "link", "span"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ISSUE = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")


def escape(text: str) -> str:
    r"""The text with control characters, lone surrogates and non-characters written out as `\x1b`, `\ud800`.

    A provider's words may hold terminal escapes, and XML 1.0 (section 2.2) has no way to write them at all. Newline and
    tab stay.
    """
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 case`, `2 cases`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def span(seconds: float) -> str:
    """A duration as a person says it: `0.43 s`, `8.2 s`, `3 min 20 s`."""
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def link(reason: str) -> str | None:
    """Where a reason can be read: a URL in it, or the issue that it names as `owner/repository#number`."""
    if reason.startswith(("https://", "http://")):
        return reason.partition(" ")[0]
    issue = _ISSUE.match(reason)
    return f"https://github.com/{issue[1]}/issues/{issue[2]}" if issue else None
