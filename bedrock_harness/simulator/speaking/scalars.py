"""Strings and numbers for a JSON Schema that says neither `enum` nor `const`, and what making any value needs.

What the request mentions goes first where it fits; else a word, or a number near the limits that the schema sets.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from random import Random
from typing import TypeVar

from msgspec import Struct

from bedrock_harness.simulator.speaking.formats import FORMATS
from bedrock_harness.simulator.speaking.patterns import NotUnderstood, text_for
from bedrock_harness.simulator.speaking.schemas import Budget, Plain, Schema

__all__ = ["LONGEST", "Impossible", "Making", "number_of", "real", "string", "whole"]

_T = TypeVar("_T")

LONGEST = 65_536
"""Characters of a string, and the items of a list, that are made at most."""


class Impossible(Exception):
    """No value was found for a schema."""


class Making(Struct, frozen=True):
    """What stays the same while one value is made.

    `root` is the whole schema, in which references lead. `words` and `numbers` are the request's, turned on with each that
    is taken: the next place gets the next one. `optional` is the share of optional properties that are given.
    """

    root: Schema
    random: Random
    words: deque[str]
    numbers: deque[float]
    budget: Budget
    optional: float


def string(plain: Plain, making: Making, _: int) -> str:
    """A string of the schema's length: by its pattern, by its format, out of the request, or a word. Raises Impossible."""
    shortest, longest = int(number_of(plain, "minLength", 0)), number_of(plain, "maxLength", math.inf)
    if shortest > min(longest, LONGEST):
        raise Impossible
    if isinstance(plain.get("pattern"), str):
        try:
            spend = making.budget.spend
            return text_for(plain["pattern"], making.random, shortest=shortest, longest=longest, spend=spend)
        except NotUnderstood:
            pass
    make = FORMATS.get(str(plain.get("format")))
    offered = deque([make(making.random)]) if make else making.words
    taken = _next(offered, lambda word: shortest <= len(word) <= longest)
    if taken is not None:
        return taken
    word = making.random.choice(_WORDS)
    while len(word) < shortest:
        word += f" {making.random.choice(_WORDS)}"
    return word[: max(shortest, int(min(longest, len(word))))]


def _next(offered: deque[_T], fits: Callable[[_T], bool]) -> _T | None:
    """The next of what a request offers that fits, which then stands last; None where none does."""
    for _ in range(len(offered)):
        one = offered[0]
        offered.rotate(-1)
        if fits(one):
            return one
    return None


_WORDS = ("example", "sample", "first", "second", "blue", "green", "north", "south", "alpha", "beta", "river", "stone")


def whole(plain: Plain, making: Making, _: int) -> int:
    """A whole number within the schema's limits: the request's, or one not far above the least. Raises Impossible."""
    low, high = _bounds(plain)
    step = number_of(plain, "multipleOf", 1) or 1
    unit = step if float(step).is_integer() else 1
    first, last = -int(-low // unit), int(high // unit)
    if first > last:
        raise Impossible
    taken = _next(making.numbers, lambda number: low <= number <= high and number % unit == 0)
    if taken is not None:
        return int(taken)
    return int(making.random.randint(first, min(last, first + _SPREAD)) * unit)


def real(plain: Plain, making: Making, _: int) -> float:
    """A number within the schema's limits: the request's, or one not far above the least. Raises Impossible."""
    low, high = _bounds(plain)
    if low > high:
        raise Impossible
    step = number_of(plain, "multipleOf", 0)
    if step:
        first, last = math.ceil(low / step), math.floor(high / step)
        if first > last:
            raise Impossible
        exact = making.random.randint(first, min(last, first + _SPREAD)) * step
        short = round(exact, 10)
        return short if (short / step).is_integer() else exact
    taken = _next(making.numbers, lambda number: low < number < high)
    if taken is not None:
        return taken
    made = making.random.uniform(low, min(high, low + _SPREAD))
    short = round(made, 2)
    return short if low <= short <= high else made


_SPREAD = 100
"""Numbers are taken from the first hundred that are allowed: what is far out helps nobody who reads it."""


def _bounds(plain: Plain) -> tuple[float, float]:
    """The least and the most that a number may be. Exclusive bounds are brought in by a little, or to the next integer."""
    low, high = number_of(plain, "minimum", -math.inf), number_of(plain, "maximum", math.inf)
    above, below = number_of(plain, "exclusiveMinimum", -math.inf), number_of(plain, "exclusiveMaximum", math.inf)
    integers = plain.get("type") in ("integer", ["integer"])
    if -math.inf < above >= low:
        low = math.floor(above) + 1 if integers else math.nextafter(above, math.inf)
    if math.inf > below <= high:
        high = math.ceil(below) - 1 if integers else math.nextafter(below, -math.inf)
    if low == -math.inf:
        low = min(0.0, high - _SPREAD)
    return low, low + 10 * max(_SPREAD, number_of(plain, "multipleOf", 0)) if high == math.inf else high


def number_of(plain: Plain, name: str, otherwise: float) -> float:
    """A keyword's number; the other one where the schema has none there."""
    value = plain.get(name)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else otherwise
