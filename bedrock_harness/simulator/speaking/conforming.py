"""Whether a value conforms to a JSON Schema: the second look at a value that was made for one.

All keywords of draft 2020-12 that `values` makes values for, with two left out on purpose: a `pattern` is never run, since
a request's pattern may take forever, and a `format` is a remark, as it is for most validators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bedrock_harness.simulator.speaking.schemas import Budget, Schema, resolve, same

__all__ = ["conforms", "is_type"]


def conforms(value: object, schema: object, root: Schema, budget: Budget, depth: int = 0) -> bool:
    """Whether the value is what the schema asks for. Raises Exhausted for a schema that asks for too much work."""
    budget.spend(depth, schema)
    if not isinstance(schema, dict):
        return schema is not False

    def holds(inner: object, part: object) -> bool:
        return conforms(inner, part, root, budget, depth + 1)

    if "$ref" in schema and not holds(value, resolve(schema["$ref"], root)):
        return False
    return all(
        _CHECKS[name](value, limit, schema, holds)
        for name, limit in schema.items()
        if name in _CHECKS and (limit is not None or name == "const")
    )


def is_type(value: object, name: object) -> bool:
    """Whether a JSON value is of a JSON type. 1.0 is an integer, and true is no number."""
    if name == "integer":
        return not isinstance(value, bool) and (
            isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        )
    if name == "number":
        return not isinstance(value, bool) and isinstance(value, (int, float))
    return isinstance(value, _PYTHON.get(str(name), ()))


_PYTHON: Mapping[str, Any] = {"array": list, "boolean": bool, "null": type(None), "object": dict, "string": str}

_Holds = Callable[[object, object], bool]
_Check = Callable[[Any, Any, Mapping[str, Any], _Holds], bool]


# ----------------------------------------------------------------------------------------------------------- keywords


def _type(value: Any, limit: Any, _: Mapping[str, Any], __: _Holds) -> bool:
    return any(is_type(value, name) for name in limit) if isinstance(limit, list) else is_type(value, limit)


def _all_of(value: Any, limit: Any, _: Mapping[str, Any], holds: _Holds) -> bool:
    return all(holds(value, part) for part in _list(limit))


def _any_of(value: Any, limit: Any, _: Mapping[str, Any], holds: _Holds) -> bool:
    return any(holds(value, part) for part in _list(limit))


def _one_of(value: Any, limit: Any, _: Mapping[str, Any], holds: _Holds) -> bool:
    return sum(holds(value, part) for part in _list(limit)) == 1


def _if(value: Any, limit: Any, schema: Mapping[str, Any], holds: _Holds) -> bool:
    return holds(value, schema.get("then" if holds(value, limit) else "else", True))


def _measured(kind: str, within: Callable[[Any, Any], bool]) -> _Check:
    """Compares something that values of one type have; values of other types pass, as the specification says."""
    measure: Callable[[Any], Any] = (lambda value: value) if kind == "number" else len

    def check(value: Any, limit: Any, _: Mapping[str, Any], __: _Holds) -> bool:
        return not is_type(value, kind) or not is_type(limit, "number") or within(measure(value), limit)

    return check


def _multiple(value: Any, limit: Any) -> bool:
    if not limit:
        return True
    if isinstance(value, int) and isinstance(limit, int):
        return value % limit == 0
    ratio = value / limit
    return bool(ratio == ratio // 1)


def _items(value: Any, limit: Any, schema: Mapping[str, Any], holds: _Holds) -> bool:
    if not isinstance(value, list) or isinstance(limit, list):
        return True
    return all(holds(item, limit) for item in value[len(_list(schema.get("prefixItems"))) :])


def _prefix_items(value: Any, limit: Any, _: Mapping[str, Any], holds: _Holds) -> bool:
    return not isinstance(value, list) or all(holds(*pair) for pair in zip(value, _list(limit), strict=False))


def _contains(value: Any, limit: Any, schema: Mapping[str, Any], holds: _Holds) -> bool:
    if not isinstance(value, list):
        return True
    found = sum(holds(item, limit) for item in value)
    least, most = schema.get("minContains", 1), schema.get("maxContains", found)
    return not (is_type(least, "number") and found < least) and not (is_type(most, "number") and found > most)


def _unique(value: Any, limit: Any, _: Mapping[str, Any], __: _Holds) -> bool:
    if not limit or not isinstance(value, list):
        return True
    return len({_key(item) for item in value}) == len(value)


def _key(value: object) -> object:
    """What is equal for values that JSON calls equal: 1 and 1.0, but not 1 and true."""
    if isinstance(value, dict):
        return frozenset((name, _key(part)) for name, part in value.items())
    if isinstance(value, list):
        return tuple(map(_key, value))
    return (value, isinstance(value, bool))


def _required(value: Any, limit: Any, _: Mapping[str, Any], __: _Holds) -> bool:
    return not isinstance(value, dict) or all(name in value for name in _strings(limit))


def _properties(value: Any, limit: Any, _: Mapping[str, Any], holds: _Holds) -> bool:
    if not isinstance(value, dict) or not isinstance(limit, dict):
        return True
    return all(holds(value[name], part) for name, part in limit.items() if name in value)


def _additional(value: Any, limit: Any, schema: Mapping[str, Any], holds: _Holds) -> bool:
    if not isinstance(value, dict) or "patternProperties" in schema:
        return True
    known = schema.get("properties")
    return all(holds(part, limit) for name, part in value.items() if not isinstance(known, dict) or name not in known)


def _names(value: Any, limit: Any, _: Mapping[str, Any], holds: _Holds) -> bool:
    return not isinstance(value, dict) or all(holds(name, limit) for name in value)


def _dependent(value: Any, limit: Any, _: Mapping[str, Any], __: _Holds) -> bool:
    if not isinstance(value, dict) or not isinstance(limit, dict):
        return True
    return all(other in value for name, others in limit.items() if name in value for other in _strings(others))


def _dependent_schemas(value: Any, limit: Any, _: Mapping[str, Any], holds: _Holds) -> bool:
    if not isinstance(value, dict) or not isinstance(limit, dict):
        return True
    return all(holds(value, part) for name, part in limit.items() if name in value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _strings(value: object) -> list[str]:
    return [item for item in _list(value) if isinstance(item, str)]


_CHECKS: Mapping[str, _Check] = {
    "additionalProperties": _additional,
    "allOf": _all_of,
    "anyOf": _any_of,
    "const": lambda value, limit, _, __: same(value, limit),
    "contains": _contains,
    "dependentRequired": _dependent,
    "dependentSchemas": _dependent_schemas,
    "enum": lambda value, limit, _, __: any(same(value, one) for one in _list(limit)),
    "exclusiveMaximum": _measured("number", lambda value, limit: value < limit),
    "exclusiveMinimum": _measured("number", lambda value, limit: value > limit),
    "if": _if,
    "items": _items,
    "maximum": _measured("number", lambda value, limit: value <= limit),
    "maxItems": _measured("array", lambda value, limit: value <= limit),
    "maxLength": _measured("string", lambda value, limit: value <= limit),
    "maxProperties": _measured("object", lambda value, limit: value <= limit),
    "minimum": _measured("number", lambda value, limit: value >= limit),
    "minItems": _measured("array", lambda value, limit: value >= limit),
    "minLength": _measured("string", lambda value, limit: value >= limit),
    "minProperties": _measured("object", lambda value, limit: value >= limit),
    "multipleOf": _measured("number", _multiple),
    "not": lambda value, limit, _, holds: not holds(value, limit),
    "oneOf": _one_of,
    "prefixItems": _prefix_items,
    "properties": _properties,
    "propertyNames": _names,
    "required": _required,
    "type": _type,
    "uniqueItems": _unique,
}
"""What each keyword asks of a value. A keyword that is not here asks nothing."""
