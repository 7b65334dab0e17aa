"""Answers in JSON: asked for by the family's means or by a forced tool, and read as text either way."""

import json

import pytest

from bedrock_harness.client import Options, Output, prepare
from bedrock_harness.client.requests.structured import closed
from bedrock_harness.service import rules, shapes
from bedrock_harness.simulator import Text, ToolUse, answer
from bedrock_harness.wire import events

NEW_CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
OLD_CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
COHERE = "cohere.command-r-plus-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Where?"}]}]
SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "minLength": 1}}, "required": ["city"]}
OUTPUT = Output(schema=SCHEMA)
TOOL = {"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}


def made(model, output=OUTPUT, **given):
    return prepare("Converse", model, HELLO, options=Options(output=output), given=given)


def test_a_family_with_structured_output_is_asked_by_it():
    """The schema goes into outputConfig as a string, its objects closed, and what is refused there is left out."""
    prepared = made(NEW_CLAUDE, Output(schema=SCHEMA, name="place", description="A place."))
    text_format = prepared.body["outputConfig"]["textFormat"]
    assert text_format["type"] == "json_schema"
    definition = text_format["structure"]["jsonSchema"]
    assert (definition["name"], definition["description"]) == ("place", "A place.")
    assert json.loads(definition["schema"]) == {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    }
    assert shapes.validate("Converse", prepared.body) == ()
    assert [note.code for note in prepared.notes] == ["schema-loosened"]


def test_another_family_is_made_to_call_a_tool():
    """Without structured output, a tool with the schema joins the caller's own and is forced."""
    prepared = made(OLD_CLAUDE, toolConfig={"tools": [TOOL]})
    config = prepared.body["toolConfig"]
    assert [tool["toolSpec"]["name"] for tool in config["tools"]] == ["t", "structured_output"]
    assert config["tools"][1]["toolSpec"]["inputSchema"]["json"] == SCHEMA
    assert config["toolChoice"] == {"tool": {"name": "structured_output"}}
    assert rules.check(prepared.body, model=OLD_CLAUDE) == ()


def test_a_family_that_cannot_be_forced_is_asked():
    """Where no tool can be forced, the tool is offered, and the note says so."""
    prepared = made(COHERE)
    assert "toolChoice" not in prepared.body["toolConfig"]
    assert [note.code for note in prepared.notes] == ["output-not-forced"]


@pytest.mark.parametrize(("by", "member"), [("config", "outputConfig"), ("tool", "toolConfig")])
def test_the_caller_can_choose_the_means(by, member):
    """Whichever means is named is used, whatever the family."""
    for model in (NEW_CLAUDE, OLD_CLAUDE):
        assert member in made(model, Output(schema=SCHEMA, by=by)).body


def test_a_calls_own_output_comes_first():
    """An outputConfig of the call's own is left alone."""
    own = {"effort": "low"}
    assert made(NEW_CLAUDE, outputConfig=own).body["outputConfig"] == own


def test_a_schema_is_closed_at_every_depth():
    """Objects are closed in definitions, items and branches; a property may be called like a keyword."""
    schema = {
        "type": "object",
        "properties": {
            "minimum": {"type": "number", "minimum": 3},
            "rows": {"type": "array", "maxItems": 3, "items": {"$ref": "#/$defs/row"}},
            "kind": {"enum": [{"type": "object", "minimum": 1}]},
        },
        "$defs": {"row": {"anyOf": [{"type": "object", "properties": {}}, {"type": "null"}]}},
    }
    found, dropped = closed(schema)
    assert dropped == ("minimum", "maxItems")
    assert found["properties"]["minimum"] == {"type": "number"}
    assert found["properties"]["rows"] == {"type": "array", "items": {"$ref": "#/$defs/row"}}
    assert found["properties"]["kind"] == {"enum": [{"type": "object", "minimum": 1}]}
    assert found["$defs"]["row"]["anyOf"][0] == {"type": "object", "properties": {}, "additionalProperties": False}
    assert schema["properties"]["minimum"] == {"type": "number", "minimum": 3}


def test_the_forced_tools_call_is_the_answer(bedrock, connect):
    """The call's input is the reply's text, whole, streamed and folded, and the reply ends as an answer does."""
    call = answer(Text("Here: "), ToolUse("t1", "structured_output", {"city": "Ålesund"}), stop="tool_use")
    bedrock.play(*[call] * 3)
    client = connect(options=Options(output=OUTPUT))
    whole = client.converse(OLD_CLAUDE)
    assert whole.text.startswith("Here: ")
    assert json.loads(whole.text.removeprefix("Here: ")) == {"city": "Ålesund"}
    assert (whole.stop_reason, whole.tool_calls) == ("end_turn", ())
    assert json.loads("".join(client.text(OLD_CLAUDE)).removeprefix("Here: ")) == {"city": "Ålesund"}
    folded = client.streamed(OLD_CLAUDE)
    assert (folded.stop_reason, folded.tool_calls) == ("end_turn", ())
    assert json.loads(folded.text.removeprefix("Here: ")) == {"city": "Ålesund"}


def test_the_callers_own_tool_calls_stay_calls(bedrock, connect):
    """A call of another tool beside the answer is still a call, and the turn still ends with one."""
    calls = (ToolUse("t1", "structured_output", {"city": "Oslo"}), ToolUse("t2", "t", {}))
    bedrock.play(*[answer(*calls, stop="tool_use")] * 2)
    client = connect(options=Options(output=OUTPUT))
    for reply in (
        client.converse(OLD_CLAUDE, toolConfig={"tools": [TOOL]}),
        client.streamed(OLD_CLAUDE, toolConfig={"tools": [TOOL]}),
    ):
        assert [call.name for call in reply.tool_calls] == ["t"]
        assert reply.stop_reason == "tool_use"


def test_events_of_an_answer_are_deltas_of_text(bedrock, connect):
    """Whoever reads events sees text in place of the forced call."""
    bedrock.play(answer(ToolUse("t1", "structured_output", {"city": "Oslo"}), stop="tool_use"))
    seen = connect(options=Options(output=OUTPUT)).events(OLD_CLAUDE)
    assert not [event for event in seen if isinstance(event, events.ContentBlockStart)]
    stops = [event.stop_reason for event in seen if isinstance(event, events.MessageStop)]
    assert stops == ["end_turn"]
