"""JSON Schema put into a plain form: references followed, and what must hold together brought together.

A schema that says `allOf`, `anyOf`, `oneOf`, `if` or `$ref` allows several plain schemas, which say none of these;
`alternatives` lists them, one after the other and as long as somebody asks. What one alternative leaves out, such as that
only one branch of `oneOf` may hold, `conforming` checks afterwards. Of references, those into the same document are
followed; any other allows anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import lcm
from typing import Any, TypeAlias
from urllib.parse import unquote

__all__ = ["Budget", "Exhausted", "Plain", "Schema", "alternatives", "resolve", "same"]

Schema: TypeAlias = Mapping[str, Any] | bool
Plain: TypeAlias = Mapping[str, Any]

_STEPS = 6_000
"""Steps that one value may cost: schemas can be made that take forever, and a request brings its own."""

_DEEPEST = 64
"""Schemas inside one another, references included."""


_A_STEP = 50
"""Members or items that are looked at in one step."""


class Exhausted(Exception):
    """A schema asks for more work than anybody should do for it."""


class Budget:
    """How many steps are left."""

    def __init__(self, steps: int = _STEPS) -> None:
        self.left = steps

    def spend(self, depth: int = 0, over: object = None) -> None:
        """Take a step, or more of them over a large object or list. Raises Exhausted if none is left, or it goes too deep."""
        self.left -= 1 + sum(map(_size, over.values() if isinstance(over, dict) else ())) // _A_STEP
        if self.left < 0 or depth > _DEEPEST:
            raise Exhausted


def _size(value: object) -> int:
    return len(value) if isinstance(value, (dict, list, str)) else 0


def same(left: object, right: object) -> bool:
    """Whether two JSON values are equal as JSON has it: 1 is 1.0, and neither is true."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


def resolve(reference: object, root: Schema) -> Schema:
    """What a `$ref` points to in its document; a schema that allows anything where it points elsewhere."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return True
    found: Any = root
    for step in filter(None, reference[1:].split("/")):
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            return True
    return found if isinstance(found, (bool, dict)) else True


def alternatives(schema: object, root: Schema, budget: Budget, depth: int = 0) -> Iterator[Plain]:
    """The plain schemas that a schema allows. None for `false`. Raises Exhausted."""
    budget.spend(depth, schema)
    if not isinstance(schema, dict):
        if schema is not False:
            yield {}
        return
    plain = {
        name: value
        for name, value in schema.items()
        if name not in _COMBINED and (value is not None or name == "const")
    }
    groups = list(_branches(schema, root))
    yield from _together(plain, groups, root, budget, depth + 1)


_COMBINED = frozenset({"$ref", "allOf", "anyOf", "oneOf", "if", "then", "else"})


def _branches(schema: Plain, root: Schema) -> Iterator[list[object]]:
    """Groups of branches, of each of which one must hold."""
    if "$ref" in schema:
        yield [resolve(schema["$ref"], root)]
    for every in _list(schema.get("allOf")):
        yield [every]
    for name in ("anyOf", "oneOf"):
        if isinstance(schema.get(name), list):
            yield schema[name]
    if "if" in schema:
        condition = schema["if"]
        yield [
            {"allOf": [condition, schema.get("then", True)]},
            {"allOf": [{"not": condition}, schema.get("else", True)]},
        ]


def _together(plain: Plain, groups: list[list[object]], root: Schema, budget: Budget, depth: int) -> Iterator[Plain]:
    if not groups:
        yield plain
        return
    for branch in groups[0]:
        for inner in alternatives(branch, root, budget, depth):
            budget.spend(depth, plain)
            merged = _merge(plain, inner)
            if merged is not None:
                yield from _together(merged, groups[1:], root, budget, depth)


# ------------------------------------------------------------------------------------------------------------ merging


def _merge(left: Plain, right: Plain) -> Plain | None:
    """Both at once; None where they cannot both hold."""
    if not left or not right:
        return left or right
    merged = dict(left)
    for name, value in right.items():
        if name not in left:
            merged[name] = value
        elif name in _MERGED:
            merged[name] = _MERGED[name](left[name], value)
    if left.get("type", 0) != right.get("type", 0) and not merged.get("type", True):
        return None
    if "enum" in left and "enum" in right and not merged["enum"]:
        return None
    if "const" in left and "const" in right and not same(left["const"], right["const"]):
        return None
    for one, other in ((left, right), (right, left)):
        rest = other.get("additionalProperties", True)
        if rest is not True and "patternProperties" not in other:
            known = _dict(other.get("properties"))
            properties = _dict(merged.get("properties"))
            for name in _dict(one.get("properties")).keys() - known.keys():
                properties[name] = {"allOf": [properties[name], rest]}
            merged["properties"] = properties
    return merged


def _types(left: object, right: object) -> list[str]:
    """The types that both allow; an integer is a number."""
    one, other = ({*_names(side)} for side in (left, right))
    both = one & other
    if "number" in one | other and "integer" in one | other:
        both.add("integer")
    return [name for name in (*_names(left), *_names(right)) if name in both]


def _names(types: object) -> list[str]:
    return [types] if isinstance(types, str) else [name for name in _list(types) if isinstance(name, str)]


def _properties(left: object, right: object) -> dict[str, Any]:
    merged = _dict(left)
    for name, schema in _dict(right).items():
        merged[name] = {"allOf": [merged[name], schema]} if name in merged else schema
    return merged


def _both(left: object, right: object) -> dict[str, Any]:
    return {"allOf": [left, right]}


def _items(left: object, right: object) -> object:
    one, other = _list(left), _list(right)
    shared = [_both(*pair) for pair in zip(one, other, strict=False)]
    return shared + one[len(shared) :] + other[len(shared) :]


def _multiple(left: Any, right: Any) -> Any:
    """A common multiple, for whole numbers; for others the first, which `conforming` will then find wanting."""
    return lcm(left, right) if isinstance(left, int) and isinstance(right, int) else left


def _larger(left: Any, right: Any) -> Any:
    return max(left, right) if _numbers(left, right) else left


def _smaller(left: Any, right: Any) -> Any:
    return min(left, right) if _numbers(left, right) else left


def _numbers(*values: object) -> bool:
    return all(isinstance(value, (int, float)) for value in values)


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


_MERGED: Mapping[str, Callable[[Any, Any], Any]] = {
    "additionalProperties": _both,
    "contains": _both,
    "dependentRequired": lambda left, right: {
        name: [*_list(_dict(left).get(name)), *_list(_dict(right).get(name))]
        for name in {**_dict(left), **_dict(right)}
    },
    "enum": lambda left, right: [one for one in _list(left) if any(same(one, other) for other in _list(right))],
    "exclusiveMaximum": _smaller,
    "exclusiveMinimum": _larger,
    "items": _both,
    "maxContains": _smaller,
    "maximum": _smaller,
    "maxItems": _smaller,
    "maxLength": _smaller,
    "maxProperties": _smaller,
    "minContains": _larger,
    "minimum": _larger,
    "minItems": _larger,
    "minLength": _larger,
    "minProperties": _larger,
    "multipleOf": _multiple,
    "not": lambda left, right: {"anyOf": [left, right]},
    "patternProperties": _properties,
    "prefixItems": _items,
    "properties": _properties,
    "propertyNames": _both,
    "required": lambda left, right: list(dict.fromkeys([*_list(left), *_list(right)])),
    "type": _types,
    "uniqueItems": lambda left, right: bool(left) or bool(right),
}
"""How two schemas that say the same keyword say it together. Of a keyword that is not here, the first holds."""
