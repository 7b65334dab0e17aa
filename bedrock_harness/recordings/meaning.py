"""Whether two JSON bodies mean the same, and where they first do not.

Equal up to the order of keys and the way a number is written; the order of a list has meaning, and so has the difference
between `true` and `1`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

__all__ = ["Difference", "differences", "same"]

_SHOWN = 60
"""Characters of a value that a sentence shows."""


class Difference(Struct, frozen=True):
    """One place where two bodies differ: its path, and a value on each side as a sentence shows it."""

    path: str
    recorded: str
    asked: str

    def __str__(self) -> str:
        return f"{self.path or 'the body'} is {self.asked}, and was {self.recorded}"


def same(recorded: Any, asked: Any) -> bool:
    """Whether two bodies mean the same."""
    return next(differences(recorded, asked), None) is None


def differences(recorded: Any, asked: Any, path: str = "") -> Iterator[Difference]:
    """Every place where two bodies differ, in the order of the recorded one."""
    if isinstance(recorded, Mapping) and isinstance(asked, Mapping):
        for name in (*recorded, *(name for name in asked if name not in recorded)):
            yield from _member(recorded.get(name, _NOTHING), asked.get(name, _NOTHING), _below(path, name))
    elif isinstance(recorded, list) and isinstance(asked, list):
        for index in range(max(len(recorded), len(asked))):
            yield from _member(_at(recorded, index), _at(asked, index), _below(path, index))
    elif _kind(recorded) != _kind(asked) or recorded != asked:
        yield Difference(path, _told(recorded), _told(asked))


class _Nothing:
    """What stands where one side has no value."""


_NOTHING = _Nothing()


def _member(recorded: Any, asked: Any, path: str) -> Iterator[Difference]:
    if recorded is _NOTHING or asked is _NOTHING:
        yield Difference(path, _told(recorded), _told(asked))
    else:
        yield from differences(recorded, asked, path)


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _NOTHING


def _below(path: str, step: object) -> str:
    return f"{path}.{step}" if path else str(step)


def _kind(value: Any) -> type:
    """JSON's types: a truth value is no number, and all numbers are of one type."""
    return float if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value)


def _told(value: Any) -> str:
    if value is _NOTHING:
        return "not there"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
