"""Tools as each family takes them."""

import pytest

from bedrock_harness.client import AS_GIVEN, InvalidRequest, Options, Repairs, prepare
from bedrock_harness.client.requests import content
from bedrock_harness.client.requests.tools import promoted
from bedrock_harness.service import rules, shapes

CLAUDE = "us.anthropic.claude-sonnet-4-20250514-v1:0"
NOVA = "amazon.nova-pro-v1:0"
LLAMA = "us.meta.llama3-1-70b-instruct-v1:0"
COHERE = "cohere.command-r-plus-v1:0"
OPAQUE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef123456"
HELLO = [{"role": "user", "content": [{"text": "Weather?"}]}]
TOOL = {"toolSpec": {"name": "weather", "inputSchema": {"json": {"type": "object", "properties": {}}}}}


def made(model=CLAUDE, messages=HELLO, config=None, **options):
    given = {} if config is None else {"toolConfig": config}
    return prepare("Converse", model, messages, options=Options(**options), given=given)


def chosen(choice, model=CLAUDE, **options):
    config = {"tools": [TOOL]} | ({} if choice is None else {"toolChoice": choice})
    prepared = made(model, config=config, **options)
    return prepared.body["toolConfig"].get("toolChoice"), [note.code for note in prepared.notes]


ANY, AUTO, ONE = {"any": {}}, {"auto": {}}, {"tool": {"name": "weather"}}


@pytest.mark.parametrize("choice", [None, ANY, AUTO, ONE])
def test_a_choice_is_sent_as_given(choice):
    """By itself the client leaves the choice among tools alone."""
    assert chosen(choice, COHERE) == (choice, [])


@pytest.mark.parametrize(("choice", "notes"), [(None, []), (AUTO, []), (ANY, ["tool-choice-replaced"])])
def test_a_choice_can_be_auto_always(choice, notes):
    """Where auto is chosen, another choice is replaced and noted."""
    assert chosen(choice, tool_choice="auto") == (AUTO, notes)


@pytest.mark.parametrize(
    ("model", "choice", "kept"),
    [
        (CLAUDE, ANY, True),
        (CLAUDE, ONE, True),
        (CLAUDE, AUTO, True),
        (COHERE, ANY, False),
        (LLAMA, ONE, False),
        (OPAQUE, ANY, False),
    ],
)
def test_a_choice_can_be_left_to_the_family(model, choice, kept):
    """A choice goes to families that take it; elsewhere it is left out and noted."""
    expected = (choice, []) if kept else (None, ["tool-choice-dropped"])
    assert chosen(choice, model, tool_choice="by-family") == expected


def test_no_tools_no_choice():
    """Without tools there is no toolConfig, whatever the choice."""
    assert "toolConfig" not in made(config={"tools": [], "toolChoice": AUTO}, tool_choice="auto").body


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"oneOf": [{"required": ["a"]}]},
        {"type": "object", "properties": None},
        {"type": "object", "properties": []},
    ],
)
def test_a_tools_schema_becomes_one_of_an_object(schema):
    """Schemas without a type, and properties that are no object, are completed and noted."""
    spec = {"name": "t", "description": "", "inputSchema": {"json": schema}}
    prepared = made(config={"tools": [{"toolSpec": spec}]})
    assert shapes.validate("Converse", prepared.body) == ()
    assert rules.check(prepared.body, model=CLAUDE) == ()
    assert [note.code for note in prepared.notes] == ["tool-schema-completed"]


def test_a_schema_that_is_right_is_left_alone():
    """A schema of an object is sent as it is, in the order of its members."""
    schema = {"$defs": {}, "type": "object", "properties": {"b": {"type": "integer"}, "a": {"default": None}}}
    prepared = made(config={"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": schema}}}]})
    sent = prepared.body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
    assert (sent, list(sent), prepared.notes) == (schema, list(schema), ())


def turn(*results, calls=("1",)):
    """A conversation in which tools were called and answered."""
    return [
        *HELLO,
        {"role": "assistant", "content": [content.tool_use(id_, "weather", {}) for id_ in calls]},
        {"role": "user", "content": list(results)},
    ]


@pytest.mark.parametrize(("model", "kept"), [(CLAUDE, True), (NOVA, True), (LLAMA, False), (OPAQUE, False)])
def test_an_error_status_goes_to_families_that_know_it(model, kept):
    """Claude and Nova are told that a tool failed; for others the status is left out and noted."""
    messages = turn(content.tool_result("1", "No such city.", error=True))
    prepared = made(model, messages, error_status="by-family")
    assert ("status" in prepared.body["messages"][2]["content"][0]["toolResult"]) is kept
    assert ("error-status-dropped" in [note.code for note in prepared.notes]) is not kept
    assert made(model, messages).body["messages"][2]["content"][0]["toolResult"]["status"] == "error"


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ('{"c": 3}', {"json": {"c": 3}}),
        ("[1, 2]", {"json": {"results": [1, 2]}}),
        ("42", {"json": {"value": 42}}),
        ("null", {"json": {"value": None}}),
        ('{"__type": 1}', {"json": {"__type": 1}}),
        ('{"a": {"b": [{"__type": "x"}]}}', {"text": '{"a": {"b": [{"__type": "x"}]}}'}),
        ('[{"\\u005f_type": 1}]', {"text": '[{"\\u005f_type": 1}]'}),
        ("Rain.", {"text": "Rain."}),
        ("", {"text": ""}),
        ("[" * 100_000, {"text": "[" * 100_000}),
    ],
)
def test_a_results_json_text_can_be_sent_as_json(text, block):
    """JSON becomes a json block of an object; what holds Smithy's `__type` below its root stays text."""
    assert promoted({"text": text}) == block


def test_results_are_promoted_on_demand():
    """Text stays text unless promoting was chosen; then the service's rules still hold."""
    messages = turn(content.tool_result("1", '{"c": 3}'))
    assert made(messages=messages).body["messages"][2]["content"][0]["toolResult"]["content"] == [{"text": '{"c": 3}'}]
    prepared = made(messages=messages, repairs=Repairs(promote_results=True))
    assert prepared.body["messages"][2]["content"][0]["toolResult"]["content"] == [{"json": {"c": 3}}]
    assert rules.check(prepared.body, model=CLAUDE) == ()
    assert "results-promoted" in [note.code for note in prepared.notes]


def test_an_empty_result_can_be_an_empty_object():
    """A result with nothing in it holds a sentence, or {} as JSON."""
    messages = turn(content.tool_result("1", " "))
    prepared = made(messages=messages, repairs=Repairs(empty_results="json"))
    assert prepared.body["messages"][2]["content"][0]["toolResult"]["content"] == [{"json": {}}]


@pytest.mark.parametrize(
    "messages",
    [
        turn(content.tool_result("1", "a"), calls=("1", "2")),
        turn({"text": "Never mind."}),
        turn(content.tool_result("1", "a"))[:2],
    ],
)
def test_calls_without_results_can_be_refused_here(messages):
    """A tool call that nobody answered is refused by its id; by itself the client leaves that to the service."""
    with pytest.raises(InvalidRequest, match=r"messages\.1 holds tool calls without a result: (1|2)\."):
        made(messages=messages, unresolved_calls="refuse")
    assert made(messages=messages).body["messages"]


def test_answered_calls_are_sent():
    """Two calls answered in two messages are in order once the messages are one."""
    messages = [*turn(content.tool_result("2", "b"), calls=("1", "2")), turn(content.tool_result("1", "a"))[2]]
    prepared = made(messages=messages, unresolved_calls="refuse")
    assert len(prepared.body["messages"]) == 3


@pytest.mark.parametrize(
    ("given", "lenient"),
    [('{"city": "Oslo"}', {"city": "Oslo"}), ("{broken", {}), ("[1]", {}), (None, {}), ([1], {}), ({"a": 1}, {"a": 1})],
)
def test_a_broken_tool_input_can_be_mended(given, lenient):
    """The text of an object is read as one, and everything else that is no object is {}."""
    call = {"toolUse": {"toolUseId": "1", "name": "weather", "input": given}}
    messages = [*HELLO, {"role": "assistant", "content": [call]}, turn(content.tool_result("1", "a"))[2]]
    prepared = made(messages=messages, repairs=Repairs(tool_inputs="lenient"))
    assert prepared.body["messages"][1]["content"][0]["toolUse"]["input"] == lenient


def test_as_given_leaves_tools_alone():
    """Without repair, schemas and results are sent as they are."""
    config = {"tools": [{"toolSpec": {"name": "a.b", "inputSchema": {"json": {"oneOf": []}}}}]}
    assert made(config=config, repairs=AS_GIVEN).body["toolConfig"] == config
