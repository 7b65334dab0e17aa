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
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bedrock_harness.simulator.speaking.conforming import conforms
from bedrock_harness.simulator.speaking.scalars import LONGEST, Impossible, Making, number_of, real, string, whole
from bedrock_harness.simulator.speaking.schemas import Budget, Exhausted, Plain, Schema, alternatives

__all__ = ["Hints", "value_for"]


class Hints(Struct, frozen=True):
    """What a request mentions and a schema may have a place for: names and quotations, and numbers."""

    words: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()


def value_for(schema: Schema, random: Random, hints: Hints = Hints()) -> Any:  # noqa: B008 - a frozen value
    """A value that conforms to the schema, the same for the same random numbers.

    None where the schema allows nothing, or nothing was found within a bounded effort.
    """
    for optional in (0.5, 0.0, 1.0):
        making = Making(schema, random, deque(hints.words), deque(hints.numbers), Budget(), optional)
        try:
            return _make(schema, making, 0)
        except (Impossible, OverflowError):
            continue
        except Exhausted:
            if not optional:
                break  # with more properties it would cost more
    return None


_DEEPEST = 12
"""Values inside one another. A schema that refers to itself must come to an end some time."""

_DEEP = 3
"""From here on down, alternatives that end the nesting are tried first."""


def _make(schema: object, making: Making, depth: int) -> Any:
    if depth > _DEEPEST:
        raise Impossible
    plains: Iterable[Plain] = alternatives(schema, making.root, making.budget)
    if depth > _DEEP:
        plains = sorted(plains, key=_nests)
    for plain in plains:
        for kind, attempt in product(_types_of(plain, making.random), range(_TRIES)):
            tried = making if attempt == 0 else replace(making, words=deque(), numbers=deque())
            try:
                value = _of_plain(plain, kind, tried, depth + 1)
            except Impossible:
                break
            if _is_sound(schema, depth) or conforms(value, {"allOf": [schema, plain]}, making.root, making.budget):
                return value
    raise Impossible


_TRIES = 4
"""Values made for one alternative before the next is tried: the first with what the request says, the others without."""


def _is_sound(schema: object, depth: int) -> bool:
    """Whether a value needs no second look: it is sound if its parts are, and they have been looked at."""
    return depth > 0 and isinstance(schema, dict) and _SOUND.issuperset(schema)


_SOUND = frozenset({"additionalProperties", "description", "items", "properties", "required", "title", "type"})
"""Keywords that say what a value is made of."""


def _of_plain(plain: Plain, kind: str, making: Making, depth: int) -> Any:
    if "const" in plain:
        return plain["const"]
    if isinstance(plain.get("enum"), list) and plain["enum"]:
        fitting = [one for one in plain["enum"] if conforms(one, plain, making.root, making.budget)]
        if not fitting:
            raise Impossible
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


# -------------------------------------------------------------------------------------------------- objects and arrays


def _object(plain: Plain, making: Making, depth: int) -> dict[str, Any]:
    properties = plain["properties"] if isinstance(plain.get("properties"), dict) else {}
    most = number_of(plain, "maxProperties", math.inf)
    given = dict.fromkeys(_strings(plain.get("required")))
    optional = [name for name in properties if name not in given and properties[name] is not False]
    chosen = [name for name in optional if making.random.random() < making.optional]
    given |= dict.fromkeys(chosen[: int(max(0, min(most, 1e6) - len(given)))])
    for name in optional:
        if len(given) < number_of(plain, "minProperties", 0):
            given[name] = None
    dependent = plain["dependentRequired"] if isinstance(plain.get("dependentRequired"), dict) else {}
    for name in [*given]:
        given |= dict.fromkeys(_strings(dependent.get(name)))
    made: dict[str, Any] = {}
    rest = _rest(plain)
    for name in given:
        try:
            made[name] = _make(properties.get(name, rest), making, depth)
        except Impossible:
            if name not in chosen:
                raise
    for name in _further_names(plain, making, depth):
        if len(made) >= number_of(plain, "minProperties", 0):
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


def _further_names(plain: Plain, making: Making, depth: int) -> Iterator[str]:
    """Names for properties beyond those that the schema lists."""
    patterns = plain.get("patternProperties")
    named: list[object] = [plain["propertyNames"]] if "propertyNames" in plain else []
    if isinstance(patterns, dict):
        named += [{"type": "string", "pattern": pattern} for pattern in patterns]
    for number in range(LONGEST):
        if not named:
            yield f"property{number + 1}"
        elif number >= len(named) * 100:
            return
        else:
            name = _make(named[number % len(named)], making, depth)
            if isinstance(name, str):
                yield name


def _array(plain: Plain, making: Making, depth: int) -> list[Any]:
    least, most = int(number_of(plain, "minItems", 0)), number_of(plain, "maxItems", math.inf)
    first = plain["prefixItems"] if isinstance(plain.get("prefixItems"), list) else []
    rest = plain.get("items", plain.get("unevaluatedItems", True))
    if rest is False:
        most = min(most, len(first))
    wanted = int(min(most, max(least, len(first), 0 if rest is False else making.random.randint(1, 2))))
    contained = int(number_of(plain, "minContains", 1)) if "contains" in plain else 0
    if max(least, contained) > min(most, LONGEST):
        raise Impossible
    wanted = min(max(wanted, len(first) + contained), int(min(most, LONGEST)))
    containing = [plain["contains"]] * contained if contained else []
    made: list[Any] = []
    for place in range(wanted):
        schemas = [first[place] if place < len(first) else rest]
        if containing and (place >= len(first) or wanted - place <= len(containing)):
            schemas.append(containing.pop())
        made.append(_another(schemas, made, making, depth, unique=bool(plain.get("uniqueItems"))))
    return made


def _another(schemas: list[object], made: list[Any], making: Making, depth: int, *, unique: bool) -> Any:
    """One more item; a new one where items must differ."""
    schema = schemas[0] if len(schemas) == 1 else {"allOf": schemas}
    if not unique:
        return _make(schema, making, depth)
    taken: list[object] = [{"const": item} for item in made]
    return _make({"allOf": [schema, {"not": {"anyOf": taken}}]} if taken else schema, making, depth)


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


_MAKERS: Mapping[str, Callable[[Plain, Making, int], Any]] = {
    "array": _array,
    "boolean": lambda _, making, __: making.random.random() < 0.5,
    "integer": whole,
    "null": lambda *_: None,
    "number": real,
    "object": _object,
    "string": string,
}
"""What makes a value of each JSON type."""
