"""Values for JSON Schemas, held against the jsonschema package."""

import json
import re
from random import Random

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_harness.simulator.speaking.conforming import conforms
from bedrock_harness.simulator.speaking.patterns import NotUnderstood, nests_repetitions, text_for
from bedrock_harness.simulator.speaking.schemas import Budget
from bedrock_harness.simulator.speaking.values import Hints, value_for

NAMES = st.sampled_from(["city", "days", "unit", "note", "tags"])
SCALARS = st.one_of(st.booleans(), st.integers(-50, 50), st.text("abc", max_size=4), st.none())
PATTERNS = (
    "^[A-Z]{3}-\\d{2,4}$",
    "^(red|green|blue)$",
    "[a-f0-9]+",
    "^\\w+@\\w+\\.com$",
    "^(?:ab?c)*x$",
    "^[^0-9]{2}$",
)
FORMATS = ("date", "date-time", "email", "ipv4", "ipv6", "uri", "uuid", "hostname", "time", "duration")


def limits(lower, upper, least=0):
    """A lower and an upper limit under these names, either of which may be missing, with room between them."""
    pairs = st.tuples(st.none() | st.integers(least, 9), st.none() | st.integers(19, 30))
    return pairs.map(
        lambda pair: {name: limit for name, limit in zip((lower, upper), pair, strict=True) if limit is not None}
    )


def typed(kind, keywords):
    return keywords.map(lambda said: {"type": kind, **said})


def scalars():
    return st.one_of(
        st.just({"type": "boolean"}),
        st.just({"type": "null"}),
        st.just({"type": ["string", "null"]}),
        st.lists(SCALARS, min_size=1, max_size=4).map(lambda values: {"enum": values}),
        SCALARS.map(lambda value: {"const": value}),
        st.sampled_from(PATTERNS).map(lambda pattern: {"type": "string", "pattern": pattern}),
        st.sampled_from(FORMATS).map(lambda name: {"type": "string", "format": name}),
        typed("string", limits("minLength", "maxLength")),
        typed("number", limits("minimum", "maximum", -9)),
        typed("number", limits("exclusiveMinimum", "exclusiveMaximum", -9)),
        st.builds(
            lambda keywords, step: {**keywords, "multipleOf": step},
            typed("integer", limits("minimum", "exclusiveMaximum", -9)),
            st.integers(1, 7),
        ),
    )


def nested(inner):
    objects = st.builds(
        lambda properties, required, rest: {
            "type": "object",
            "properties": properties,
            "required": sorted(set(required) & set(properties)),
            "additionalProperties": rest,
        },
        st.dictionaries(NAMES, inner, max_size=3),
        st.lists(NAMES, max_size=3),
        st.booleans(),
    )
    open_objects = st.builds(
        lambda schema, least: {"type": "object", "additionalProperties": schema, "minProperties": least},
        inner,
        st.integers(0, 3),
    )
    arrays = st.builds(
        lambda schema, least: {"type": "array", "items": schema, "minItems": least, "maxItems": least + 2},
        inner,
        st.integers(0, 3),
    )
    distinct = st.builds(
        lambda values, least: {"type": "array", "items": {"enum": values}, "uniqueItems": True, "minItems": least},
        st.lists(st.integers(0, 99), min_size=3, max_size=6, unique=True),
        st.integers(0, 3),
    )
    tuples = st.builds(
        lambda schemas: {"type": "array", "prefixItems": schemas, "items": False}, st.lists(inner, max_size=3)
    )
    containing = st.builds(lambda schema: {"type": "array", "contains": schema}, inner)
    any_of = st.builds(lambda schemas: {"anyOf": schemas}, st.lists(inner, min_size=1, max_size=3))
    all_of = st.builds(lambda schema: {"allOf": [schema, True, {}]}, inner)
    return st.one_of(objects, open_objects, arrays, distinct, tuples, containing, any_of, all_of)


SCHEMAS = st.recursive(scalars(), nested, max_leaves=8)


@given(SCHEMAS, st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_a_value_is_valid_against_its_schema(schema, seed):
    """Whatever is nested in whatever: the value that is made is one that jsonschema accepts."""
    value = value_for(schema, Random(seed), Hints(("Paris", "ab"), (3, 2.5)))
    jsonschema.Draft202012Validator(schema).validate(value)
    assert json.loads(json.dumps(value)) == value


@given(SCHEMAS, SCHEMAS)
@settings(max_examples=150, deadline=None)
def test_a_value_is_for_both_where_both_must_hold(left, right):
    """Of two schemas that must hold together, a value holds for both, or none is found; patterns are not looked at twice."""
    schema = {"allOf": [left, right]}
    value = value_for(schema, Random(0))
    if value is not None and "pattern" not in json.dumps(schema):
        jsonschema.Draft202012Validator(schema).validate(value)


@given(SCHEMAS, SCHEMAS)
@settings(max_examples=120, deadline=None)
def test_conforming_agrees_with_jsonschema(schema, other):
    """A value made for one schema conforms to another exactly if jsonschema says so, patterns aside."""
    value = value_for(other, Random(1))
    if "pattern" not in json.dumps(schema):
        expected = jsonschema.Draft202012Validator(schema).is_valid(value)
        assert conforms(value, schema, schema, Budget()) is expected


KEYWORDS = st.sampled_from(
    "type properties required items enum const $ref allOf anyOf oneOf not if then else pattern format minimum maximum "  # noqa: SIM905
    "minLength maxLength minItems maxItems uniqueItems multipleOf additionalProperties prefixItems contains minContains "
    "maxContains dependentRequired propertyNames patternProperties minProperties exclusiveMinimum object string".split()
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=4))


@given(st.dictionaries(KEYWORDS, JSON, max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_schema_that_is_none_breaks_nothing(schema):
    """Whatever stands where a schema should: a value is made, or none, and nothing is raised."""
    json.dumps(value_for(schema, Random(0)))


HAND_MADE = {
    "recursive": {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "value": {"type": "integer"},
                    "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                },
                "required": ["value", "next"],
            }
        },
    },
    "definitions": {"$ref": "#/definitions/a~1b", "definitions": {"a/b": {"const": 7}}},
    "one of": {"oneOf": [{"type": "integer"}, {"type": "number"}]},
    "if then": {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}, "size": {"type": "integer"}, "name": {"type": "string"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["size"]},
        "else": {"required": ["name"]},
    },
    "all of objects": {
        "allOf": [
            {"type": "object", "properties": {"a": {"minimum": 3}}, "required": ["a"]},
            {
                "type": "object",
                "properties": {"a": {"type": "integer", "maximum": 4}, "b": {"const": 1}},
                "required": ["b"],
            },
        ]
    },
    "all of others": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"additionalProperties": {"minimum": 1_000}},
        ]
    },
    "not": {"type": "integer", "minimum": 1, "maximum": 3, "not": {"enum": [1, 2]}},
    "not a string": {"not": {"type": "string"}},
    "vast integers": {"type": "integer", "minimum": 2**60 + 1, "maximum": 2**60 + 1},
    "whole steps": {"type": "integer", "multipleOf": 5.0, "exclusiveMinimum": -12, "maximum": -6},
    "decimal steps": {"type": "number", "multipleOf": 0.1, "minimum": 1, "exclusiveMaximum": 2},
    "contains": {
        "type": "array",
        "items": {"type": "string"},
        "contains": {"const": "ab"},
        "minItems": 3,
        "minContains": 2,
    },
    "named properties": {"type": "object", "minProperties": 3, "propertyNames": {"pattern": "^x[0-9]+$"}},
    "dependent": {
        "type": "object",
        "properties": {"card": {"type": "string"}, "owner": {"type": "string"}},
        "required": ["card"],
        "dependentRequired": {"card": ["owner"]},
    },
    "long pattern": {"type": "string", "pattern": "^[a-z]+( [a-z]+)*$", "minLength": 40, "maxLength": 60},
    "draft 4": {"type": "object", "properties": {"a": {"type": ["integer", "string"]}}, "required": ["a"]},
    "no type": {"properties": {"a": {"minimum": 4}}, "required": ["a"]},
    "pydantic": {
        "properties": {
            "priority": {"allOf": [{"$ref": "#/$defs/Priority"}], "default": "low"},
            "due": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
            "tags": {"items": {"type": "string", "maxLength": 3}, "type": "array", "uniqueItems": True, "minItems": 2},
        },
        "required": ["priority", "due", "tags"],
        "type": "object",
        "additionalProperties": False,
        "$defs": {"Priority": {"enum": ["low", "high"], "type": "string"}},
    },
}


@pytest.mark.parametrize("schema", HAND_MADE.values(), ids=HAND_MADE.keys())
@pytest.mark.parametrize("seed", range(5))
def test_what_schemas_of_applications_say_is_understood(schema, seed):
    """References, conditions, exclusions and dependences: a value is found, and it is valid."""
    value = value_for(schema, Random(seed), Hints(("Paris",), (7,)))
    assert value is not None
    jsonschema.Draft202012Validator(schema).validate(value)


@pytest.mark.parametrize("schema", [False, {"enum": []}, {"type": "integer", "minimum": 3, "maximum": 2}, {"not": {}}])
def test_a_schema_that_nothing_fits_gets_nothing(schema):
    """Where no value is valid, none is made up."""
    assert value_for(schema, Random(0)) is None


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ([1, 1.0], {"uniqueItems": True}),
        ([1, True], {"uniqueItems": True}),
        ([{"a": [0]}, {"a": [False]}], {"uniqueItems": True}),
        (1.0, {"type": "integer"}),
        (True, {"type": "integer"}),
        (1, {"const": True}),
        (None, {"const": None}),
        ({"a": 1}, {"dependentSchemas": {"a": {"required": ["b"]}}}),
        ([1, "a"], {"prefixItems": [{"type": "integer"}], "items": {"type": "integer"}}),
        ({"a": 1}, {"properties": {"b": True}, "additionalProperties": False}),
        (0.3, {"multipleOf": 0.1}),
        ("a", {"minimum": 3, "minItems": 3, "minProperties": 3}),
    ],
)
def test_conforming_knows_the_finer_points(value, schema):
    """Equality, types and what a keyword does not speak of are judged as jsonschema judges them."""
    assert conforms(value, schema, schema, Budget()) is jsonschema.Draft202012Validator(schema).is_valid(value)


def test_null_is_the_last_resort():
    """Where something else is allowed, a value is not null."""
    assert all(isinstance(value_for({"type": ["null", "string"]}, Random(seed)), str) for seed in range(9))


def test_what_refers_to_itself_soon_comes_to_an_end():
    """A list that could go on for ever has a few links."""
    for seed in range(9):
        node = value_for(HAND_MADE["recursive"], Random(seed))
        assert str(node).count("next") <= 5


def test_a_schema_that_asks_for_endless_work_is_given_up():
    """A schema that refers to itself without end, and one of a million branches, cost bounded work."""
    endless = {"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}}
    tree = {"type": "object", "properties": {"l": {"$ref": "#"}, "r": {"$ref": "#"}}, "required": ["l", "r"]}
    wide = {"allOf": [{"anyOf": [{"minimum": number} for number in range(20)]} for _ in range(20)] + [{"not": {}}]}
    assert [value_for(schema, Random(0)) for schema in (endless, tree, wide)] == [None, None, None]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "contains": {"const": 1}, "minContains": 10**9},
        {"type": "array", "minItems": 10**9},
        {"type": "string", "minLength": 10**9},
        {"type": "object", "minProperties": 10**9},
        {"type": "array", "minItems": 5_000, "items": {"enum": list(range(50_000))}},
        {"type": "array", "minItems": 5_000, "items": {"type": "string", "pattern": "(a{1000}){9}"}},
        {
            "allOf": [
                {"properties": {str(n): {} for n in range(9_999)}},
                {"anyOf": [{"properties": {"a": False}, "required": ["a"]}] * 999},
            ]
        },
    ],
    ids=["contains", "items", "characters", "properties", "enum", "patterns", "branches"],
)
def test_a_schema_that_asks_for_a_vast_value_is_given_up(schema):
    """Neither memory nor time goes into what no application would ask for."""
    assert value_for(schema, Random(0)) is None


def test_a_large_constant_is_compared_in_one_go():
    """That twenty thousand items differ is seen without comparing each with each."""
    schema = {"const": list(range(20_000)), "uniqueItems": True}
    assert value_for(schema, Random(0)) == schema["const"]


def test_what_the_request_mentions_is_taken_where_the_schema_is_open():
    """An open string gets a name of the request, an open number a number of it; limits go first."""
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "n": {"type": "integer"}},
        "required": ["city", "n"],
    }
    assert value_for(schema, Random(0), Hints(("Paris",), (3,))) == {"city": "Paris", "n": 3}
    assert value_for({"type": "string", "maxLength": 3}, Random(0), Hints(("Paris",))) != "Paris"
    assert value_for({"type": "integer", "minimum": 4}, Random(0), Hints((), (3,))) >= 4


# ----------------------------------------------------------------------------------------------------------- patterns


@given(
    st.from_regex(r"[ab]{0,3}(\([ab|]{1,4}\)[*+?]?){0,2}(\[[a-f]{1,3}\]\{[1-3](,[4-6])?\})?", fullmatch=True),
    st.integers(0, 5),
)
@settings(max_examples=60, deadline=None)
def test_a_text_matches_the_pattern_it_was_made_for(pattern, seed):
    """What is put together from a pattern's parts is matched by it."""
    assert re.search(pattern, text_for(pattern, Random(seed)))


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("shortest", [0, 2, 7])
def test_lengths_are_kept_where_a_pattern_leaves_room(pattern, shortest):
    """A text has at least the length that is asked for, or the pattern is said not to allow it."""
    try:
        text = text_for(pattern, Random(0), shortest=shortest, longest=40)
    except NotUnderstood:
        assert shortest > 2
    else:
        assert shortest <= len(text) <= 40
        assert re.search(pattern, text)


@pytest.mark.parametrize(
    "pattern", [r"(?=a)b", r"(a)\1", r"a{2", r"[a", r"(a", r"a)", r"*a", r"a^b", r"a$b", r"\p{L}", "(" * 99, r"[^\s\S]"]
)
def test_a_pattern_out_of_reach_is_not_guessed_at(pattern):
    """Looking around, references back and broken patterns are not understood, and it is said so."""
    with pytest.raises(NotUnderstood):
        text_for(pattern, Random(0))


def test_escapes_stand_for_their_characters():
    """Codes, control characters and escaped signs, inside classes and outside."""
    assert text_for(r"\x41\u00e9\t\/\.[\x42]{2}[\]-]?", Random(0)) == "Aé\t/.BB"


def test_repetitions_inside_repetitions_are_seen():
    """`(a+)+` can take forever, `(ab)+` and `(a{2})+` cannot."""
    assert nests_repetitions("^(a+)+$")
    assert nests_repetitions("(x(a|b*)c){2,}")
    assert not nests_repetitions("(ab)+c*")
    assert not nests_repetitions("(a{2})+")


def test_a_pattern_that_asks_for_too_much_is_refused_at_once():
    """Repetitions that multiply to billions of characters cost nothing but a refusal."""
    with pytest.raises(NotUnderstood):
        text_for("((a{9999}){9999}){9999}", Random(0))
