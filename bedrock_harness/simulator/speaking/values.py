"""Values for a JSON Schema: the arguments of a tool call, and structured output.

A value is made by the schema's plain alternatives, one after the other, and looked at once more as a whole; the first that
conforms is taken. Optional properties come and go with the seed, at first. Where the schema leaves a string or a number
open, something that the request says is taken: a tool that is asked for the weather in Paris is called with Paris.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from random import Random
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from bedrock_harness.simulator.speaking.conforming import conforms
from bedrock_harness.simulator.speaking.formats import FORMATS
from bedrock_harness.simulator.speaking.patterns import NotUnderstood, text_for
from bedrock_harness.simulator.speaking.schemas import Budget, Exhausted, Plain, Schema, alternatives

__all__ = ["Hints", "value_for"]

_T = TypeVar("_T")

_LONGEST = 65_536
"""Characters of a string, and the items of a list, that are made at most."""


class Hints(Struct, frozen=True):
    """What a request mentions and a schema may have a place for: names and quotations, and numbers."""

    words: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()


class _Impossible(Exception):
    """No value was found for a schema."""


class _Making(Struct, frozen=True):
    """What stays the same while one value is made. `optional` is the share of optional properties that are given.

    `words` and `numbers` are the request's, turned on with each that is taken: the next place gets the next one.
    """

    root: Schema
    random: Random
    words: deque[str]
    numbers: deque[float]
    budget: Budget
    optional: float


def value_for(schema: Schema, random: Random, hints: Hints = Hints()) -> Any:  # noqa: B008 - a frozen value
    """A value that conforms to the schema, the same for the same random numbers.

    None where the schema allows nothing, or nothing was found within a bounded effort.
    """
    for optional in (0.5, 0.0, 1.0):
        making = _Making(schema, random, deque(hints.words), deque(hints.numbers), Budget(), optional)
        try:
            return _make(schema, making, 0)
        except (_Impossible, OverflowError):
            continue
        except Exhausted:
            if not optional:
                break  # with more properties it would cost more
    return None


_DEEPEST = 12
"""Values inside one another. A schema that refers to itself must come to an end some time."""

_DEEP = 3
"""From here on down, alternatives that end the nesting are tried first."""


def _make(schema: object, making: _Making, depth: int) -> Any:
    if depth > _DEEPEST:
        raise _Impossible
    plains: Iterable[Plain] = alternatives(schema, making.root, making.budget)
    if depth > _DEEP:
        plains = sorted(plains, key=_nests)
    for plain in plains:
        for kind, attempt in product(_types_of(plain, making.random), range(_TRIES)):
            tried = making if attempt == 0 else replace(making, words=deque(), numbers=deque())
            try:
                value = _of_plain(plain, kind, tried, depth + 1)
            except _Impossible:
                break
            if _is_sound(schema, depth) or conforms(value, {"allOf": [schema, plain]}, making.root, making.budget):
                return value
    raise _Impossible


_TRIES = 4
"""Values made for one alternative before the next is tried: the first with what the request says, the others without."""


def _is_sound(schema: object, depth: int) -> bool:
    """Whether a value needs no second look: it is sound if its parts are, and they have been looked at."""
    return depth > 0 and isinstance(schema, dict) and _SOUND.issuperset(schema)


_SOUND = frozenset({"additionalProperties", "description", "items", "properties", "required", "title", "type"})
"""Keywords that say what a value is made of."""


def _of_plain(plain: Plain, kind: str, making: _Making, depth: int) -> Any:
    if "const" in plain:
        return plain["const"]
    if isinstance(plain.get("enum"), list) and plain["enum"]:
        fitting = [one for one in plain["enum"] if conforms(one, plain, making.root, making.budget)]
        if not fitting:
            raise _Impossible
        return making.random.choice(fitting)
    return _MAKERS[kind](plain, making, depth)


def _nests(plain: Plain) -> bool:
    """Whether values of this schema may have further values inside."""
    return "const" not in plain and "enum" not in plain and _first_type(plain) in {"array", "object"}


def _types_of(plain: Plain, random: Random) -> list[str]:
    """The types to try. Named ones in any order, but null last; else first the one whose keywords are there."""
    named = plain.get("type")
    names = [named] if isinstance(named, str) else named if isinstance(named, list) else None
    if names is None:
        return list(dict.fromkeys([_first_type(plain), *_MAKERS]))
    known = [name for name in names if isinstance(name, str) and name in _MAKERS]
    return sorted(random.sample(known, len(known)), key=lambda name: name == "null")


def _first_type(plain: Plain) -> str:
    """The type that a schema speaks of, by its name or by its keywords; a string where nothing tells."""
    named = plain.get("type")
    for name in named if isinstance(named, list) else [named]:
        if isinstance(name, str) and name in _MAKERS:
            return name
    return next((kind for keyword, kind in _TELLING.items() if keyword in plain), "string")


_TELLING: Mapping[str, str] = {
    "properties": "object",
    "required": "object",
    "additionalProperties": "object",
    "minProperties": "object",
    "patternProperties": "object",
    "propertyNames": "object",
    "items": "array",
    "prefixItems": "array",
    "minItems": "array",
    "contains": "array",
    "minimum": "number",
    "maximum": "number",
    "exclusiveMinimum": "number",
    "exclusiveMaximum": "number",
    "multipleOf": "number",
}
"""The type that a keyword speaks of, where a schema names none."""


# ------------------------------------------------------------------------------------------------------------ scalars


def _string(plain: Plain, making: _Making, _: int) -> str:
    shortest, longest = int(_number(plain, "minLength", 0)), _number(plain, "maxLength", math.inf)
    if shortest > min(longest, _LONGEST):
        raise _Impossible
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


def _whole(plain: Plain, making: _Making, _: int) -> int:
    low, high = _bounds(plain)
    step = _number(plain, "multipleOf", 1) or 1
    unit = step if float(step).is_integer() else 1
    first, last = math.ceil(low / unit), math.floor(high / unit)
    if first > last:
        raise _Impossible
    taken = _next(making.numbers, lambda number: low <= number <= high and number % unit == 0)
    if taken is not None:
        return int(taken)
    return int(making.random.randint(first, min(last, first + _SPREAD)) * unit)


def _real(plain: Plain, making: _Making, _: int) -> float:
    low, high = _bounds(plain)
    if low > high:
        raise _Impossible
    step = _number(plain, "multipleOf", 0)
    if step:
        first, last = math.ceil(low / step), math.floor(high / step)
        if first > last:
            raise _Impossible
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
    low, high = _number(plain, "minimum", -math.inf), _number(plain, "maximum", math.inf)
    above, below = _number(plain, "exclusiveMinimum", -math.inf), _number(plain, "exclusiveMaximum", math.inf)
    whole = plain.get("type") in ("integer", ["integer"])
    if -math.inf < above >= low:
        low = math.floor(above) + 1 if whole else math.nextafter(above, math.inf)
    if math.inf > below <= high:
        high = math.ceil(below) - 1 if whole else math.nextafter(below, -math.inf)
    if low == -math.inf:
        low = min(0.0, high - _SPREAD)
    return low, low + 10 * max(_SPREAD, _number(plain, "multipleOf", 0)) if high == math.inf else high


def _number(plain: Plain, name: str, otherwise: float) -> float:
    """A keyword's number; the other one where the schema has none there."""
    value = plain.get(name)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else otherwise


# -------------------------------------------------------------------------------------------------- objects and arrays


def _object(plain: Plain, making: _Making, depth: int) -> dict[str, Any]:
    properties = plain["properties"] if isinstance(plain.get("properties"), dict) else {}
    most = _number(plain, "maxProperties", math.inf)
    given = dict.fromkeys(_strings(plain.get("required")))
    optional = [name for name in properties if name not in given and properties[name] is not False]
    chosen = [name for name in optional if making.random.random() < making.optional]
    given |= dict.fromkeys(chosen[: int(max(0, min(most, 1e6) - len(given)))])
    for name in optional:
        if len(given) < _number(plain, "minProperties", 0):
            given[name] = None
    dependent = plain["dependentRequired"] if isinstance(plain.get("dependentRequired"), dict) else {}
    for name in [*given]:
        given |= dict.fromkeys(_strings(dependent.get(name)))
    made: dict[str, Any] = {}
    rest = _rest(plain)
    for name in given:
        try:
            made[name] = _make(properties.get(name, rest), making, depth)
        except _Impossible:
            if name not in chosen:
                raise
    for name in _further_names(plain, making, depth):
        if len(made) >= _number(plain, "minProperties", 0):
            break
        if name not in made:
            made[name] = _make(rest, making, depth)
    return {name: made[name] for name in [*(known for known in properties if known in made), *made]}


def _rest(plain: Plain) -> object:
    """The schema of properties that have no schema of their own."""
    patterns = plain.get("patternProperties")
    if isinstance(patterns, dict) and patterns:
        return next(iter(patterns.values()))
    return plain.get("additionalProperties", plain.get("unevaluatedProperties", True))


def _further_names(plain: Plain, making: _Making, depth: int) -> Iterator[str]:
    """Names for properties beyond those that the schema lists."""
    patterns = plain.get("patternProperties")
    named: list[object] = [plain["propertyNames"]] if "propertyNames" in plain else []
    if isinstance(patterns, dict):
        named += [{"type": "string", "pattern": pattern} for pattern in patterns]
    for number in range(_LONGEST):
        if not named:
            yield f"property{number + 1}"
        elif number >= len(named) * 100:
            return
        else:
            name = _make(named[number % len(named)], making, depth)
            if isinstance(name, str):
                yield name


def _array(plain: Plain, making: _Making, depth: int) -> list[Any]:
    least, most = int(_number(plain, "minItems", 0)), _number(plain, "maxItems", math.inf)
    first = plain["prefixItems"] if isinstance(plain.get("prefixItems"), list) else []
    rest = plain.get("items", plain.get("unevaluatedItems", True))
    if rest is False:
        most = min(most, len(first))
    wanted = int(min(most, max(least, len(first), 0 if rest is False else making.random.randint(1, 2))))
    contained = int(_number(plain, "minContains", 1)) if "contains" in plain else 0
    if max(least, contained) > min(most, _LONGEST):
        raise _Impossible
    wanted = min(max(wanted, len(first) + contained), int(min(most, _LONGEST)))
    containing = [plain["contains"]] * contained if contained else []
    made: list[Any] = []
    for place in range(wanted):
        schemas = [first[place] if place < len(first) else rest]
        if containing and (place >= len(first) or wanted - place <= len(containing)):
            schemas.append(containing.pop())
        made.append(_another(schemas, made, making, depth, unique=bool(plain.get("uniqueItems"))))
    return made


def _another(schemas: list[object], made: list[Any], making: _Making, depth: int, *, unique: bool) -> Any:
    """One more item; a new one where items must differ."""
    schema = schemas[0] if len(schemas) == 1 else {"allOf": schemas}
    if not unique:
        return _make(schema, making, depth)
    taken: list[object] = [{"const": item} for item in made]
    return _make({"allOf": [schema, {"not": {"anyOf": taken}}]} if taken else schema, making, depth)


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


_MAKERS: Mapping[str, Callable[[Plain, _Making, int], Any]] = {
    "array": _array,
    "boolean": lambda _, making, __: making.random.random() < 0.5,
    "integer": _whole,
    "null": lambda *_: None,
    "number": _real,
    "object": _object,
    "string": _string,
}
"""What makes a value of each JSON type."""
