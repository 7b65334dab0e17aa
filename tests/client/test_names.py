"""Tool names and ids on the wire, and on the way back."""

import pytest

from bedrock_harness.client import AS_GIVEN, Options, Repairs, prepare
from bedrock_harness.client.requests import content
from bedrock_harness.client.requests.names import ID, NAME, aliases
from bedrock_harness.service import shapes
from bedrock_harness.simulator import Text, ToolUse, answer

MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Weather?"}]}]


def config(*names, choice=None):
    tools = [{"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}} for name in names]
    return {"tools": tools} | ({} if choice is None else {"toolChoice": choice})


LONG = ["mcp__server__" + "x" * 60 + suffix for suffix in ("one", "two")]
ODD = ["get.weather", "get weather", "get_weather", "wetter/abfragen", "天気", "", *LONG, "fine-name"]


def test_aliases_are_legal_and_differ():
    """Whatever names there are, their aliases fit the pattern, differ, and leave legal names alone."""
    found = aliases(ODD, NAME)
    assert set(found) == {name for name in ODD if not NAME.fullmatch(name)}
    assert all(NAME.fullmatch(alias) for alias in found.values())
    on_the_wire = [found.get(name, name) for name in ODD]
    assert len(set(on_the_wire)) == len(ODD)


def test_an_alias_does_not_depend_on_the_other_tools_order():
    """The same tools in another order have the same aliases."""
    assert aliases(ODD, NAME) == aliases(ODD[::-1], NAME)


def test_a_readable_alias_is_kept_where_it_is_free():
    """A name that differs by its characters alone stays readable."""
    assert aliases(["get.weather"], NAME) == {"get.weather": "get_weather"}


@pytest.mark.parametrize("id_", ["functions.x:0", "tooluse_1", "call-a"])
def test_ids_in_the_services_alphabet_are_left_alone(id_):
    """Ids with dots and colons, as Kimi gives them, stay byte for byte."""
    assert aliases([id_], ID) == {}


def history(name="get.weather", id_="call|1"):
    return [
        *HELLO,
        {"role": "assistant", "content": [content.tool_use(id_, name, {"city": "Oslo"})]},
        {"role": "user", "content": [content.tool_result(id_, "Rain.")]},
    ]


def test_one_tool_has_one_name_in_tools_choice_and_history():
    """A tool is called the same everywhere in a request, and a call and its result keep the same id."""
    given = {"toolConfig": config("get.weather", choice={"tool": {"name": "get.weather"}})}
    made = prepare("Converse", MODEL, history(), given=given)
    assert made.body["toolConfig"]["tools"][0]["toolSpec"]["name"] == "get_weather"
    assert made.body["toolConfig"]["toolChoice"] == {"tool": {"name": "get_weather"}}
    call, result = (made.body["messages"][place]["content"][0] for place in (1, 2))
    assert call["toolUse"]["name"] == "get_weather"
    assert call["toolUse"]["toolUseId"] == result["toolResult"]["toolUseId"] == "call_1"
    assert shapes.validate("Converse", made.body) == ()
    assert {note.code for note in made.notes} == {"tool-renamed"}
    assert made.names.original("get_weather") == "get.weather"


def test_a_tool_that_only_the_history_knows_is_renamed_with_it():
    """The stub that brings back a forgotten tool has the same alias as its calls."""
    made = prepare("Converse", MODEL, history())
    assert made.body["toolConfig"]["tools"][0]["toolSpec"]["name"] == "get_weather"


def test_names_can_be_sent_as_given():
    """With the repair off, nothing is renamed."""
    made = prepare("Converse", MODEL, history(), options=Options(repairs=AS_GIVEN))
    assert made.body["messages"][1]["content"][0]["toolUse"]["name"] == "get.weather"


def test_a_reply_calls_tools_by_the_callers_names(bedrock, connect):
    """What the model calls get_weather, the caller hears as get.weather: whole, streamed, and folded."""
    bedrock.play(*[answer(Text("Let me see."), ToolUse("t1", "get_weather", {"city": "Oslo"}), stop="tool_use")] * 3)
    client, tools = connect(), config("get.weather")
    whole = client.converse(toolConfig=tools)
    assert [call.name for call in whole.tool_calls] == ["get.weather"]
    assert [note.code for note in whole.notes] == ["tool-renamed"]
    starts = [event.start for event in client.events(toolConfig=tools) if hasattr(event, "start")]
    assert [start.tool_use.name for start in starts] == ["get.weather"]
    assert client.streamed(toolConfig=tools) == whole


def test_a_tool_that_the_model_made_up_keeps_its_name(bedrock, connect):
    """A name that is nobody's alias is passed on."""
    bedrock.play(answer(ToolUse("t1", "made_up"), stop="tool_use"))
    assert [call.name for call in connect().converse(toolConfig=config("a.b")).tool_calls] == ["made_up"]


def test_repeated_calls_can_be_dropped_from_replies(bedrock, connect):
    """A call that repeats one before it, by name and input, is left out and noted; others stay."""
    calls = [ToolUse("1", "t", {"a": 1, "b": 2}), ToolUse("2", "t", {"b": 2, "a": 1}), ToolUse("3", "t", {"a": 2})]
    bedrock.play(*[answer(*calls, stop="tool_use")] * 2)
    chosen = connect(options=Options(repairs=Repairs(duplicate_calls=True)))
    whole = chosen.converse(toolConfig=config("t"))
    assert [call.id for call in whole.tool_calls] == ["1", "3"]
    assert [note.code for note in whole.notes] == ["duplicate-calls-dropped"]
    assert chosen.streamed(toolConfig=config("t")) == whole
