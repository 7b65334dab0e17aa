"""How strict the service was at a time: levels are dates, since it tightened some rules over the years and relaxed others.

A date is a day or a month in ISO form, `2026-06-05` or `2026-06`; a month stands for its beginning. `latest` is today.
Knows no rule: each rule and each limit of a family carries the dates at which it was seen.

A rule's date is that of the thread that first showed it, and never earlier than the evidence. So a level of long ago
refuses less than the service may have refused then.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LATEST", "LEVELS", "StrictnessError", "at", "holds"]

LATEST = "latest"
"""The level of a service that has learnt everything known of it."""

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "2024-06": "Converse as it was launched",
        "2025-06": "after a year: tool choice for Amazon Nova, reasoning, prompt caching",
        "2026-01": "before white space became blank and before Claude 4.6 refused to be prefilled",
        "2026-07": "white space is blank; a conversation with Claude may begin with the assistant",
        LATEST: "everything known",
    }
)
"""The levels with a name and what marks them. Any other date is a level as well."""

_DATE = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?")
_END_OF_TIME = "9999"


class StrictnessError(ValueError):
    """A level that is no date. `level` is what was given, `hint` says what is understood."""

    def __init__(self, level: str) -> None:
        self.level = level
        self.hint = f"Give a day or a month, such as 2025-06, or {LATEST!r}."
        super().__init__(f"{level!r} is no level of strictness. {self.hint}")


@lru_cache(maxsize=64)
def at(level: str) -> str:
    """The date of a level, to compare with others as text. Raises StrictnessError for what is neither date nor `latest`."""
    if level == LATEST:
        return _END_OF_TIME
    if not _DATE.fullmatch(level):
        raise StrictnessError(level)
    return level


def holds(since: str, until: str | None, date: str) -> bool:
    """Whether what was seen since one date and until another, which is past its end, holds at a date that `at` returned."""
    return since <= date and (until is None or date < until)
