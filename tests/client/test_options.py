"""Options as a value: each is seen in the request, and each repair can be chosen alone."""

import json

import pytest

from bedrock_harness.client import AS_GIVEN, Guardrail, InvalidRequest, Options, Repairs, ServiceError, prepare
from bedrock_harness.client.requests import content
from bedrock_harness.service import shapes

CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]


def made(operation="Converse", messages=HELLO, given=None, system=None, **options):
    return prepare(operation, CLAUDE, messages, system, Options(**options), given)


def codes(prepared):
    return [note.code for note in prepared.notes]


def test_options_fill_the_members_of_their_names():
    """Every option that is a member of Converse's stands where the service looks for it."""
    prepared = made(
        max_tokens=100,
        temperature=0.0,
        top_p=0.5,
        stop_sequences=("END",),
        performance="optimized",
        service_tier="priority",
        metadata={"team": "red"},
        additional_fields={"top_k": 3},
    )
    assert prepared.body == {
        "messages": HELLO,
        "inferenceConfig": {"maxTokens": 100, "temperature": 0.0, "topP": 0.5, "stopSequences": ["END"]},
        "performanceConfig": {"latency": "optimized"},
        "serviceTier": {"type": "priority"},
        "requestMetadata": {"team": "red"},
        "additionalModelRequestFields": {"top_k": 3},
    }
    assert shapes.validate("Converse", prepared.body) == ()


def test_the_call_comes_before_the_options():
    """What a call says itself wins, member by member, and the rest of the options stays."""
    prepared = made(max_tokens=100, temperature=0.5, given={"inferenceConfig": {"temperature": 0}})
    assert prepared.body["inferenceConfig"] == {"maxTokens": 100, "temperature": 0}


def test_both_operations_are_asked_in_the_same_way():
    """A stream is asked for with the very body of the whole reply."""
    options = {"max_tokens": 5, "guardrail": Guardrail(identifier="g", version="1", trace="enabled")}
    assert made("ConverseStream", **options).body == made("Converse", **options).body


def test_a_guardrail_is_an_identifier_and_a_version():
    """A whole guardrail is sent, its mode with streams alone."""
    guardrail = Guardrail(identifier="g", version="1", trace="enabled", mode="async")
    config = {"guardrailIdentifier": "g", "guardrailVersion": "1", "trace": "enabled"}
    assert made(guardrail=guardrail).body["guardrailConfig"] == config
    streamed = made("ConverseStream", guardrail=guardrail).body
    assert streamed["guardrailConfig"] == {**config, "streamProcessingMode": "async"}
    assert shapes.validate("ConverseStream", streamed) == ()


@pytest.mark.parametrize("half", [{"identifier": "g"}, {"version": "1"}, {"identifier": "g", "version": ""}])
def test_half_a_guardrail_is_off_with_a_note_or_refused(half):
    """Identifier and version go together."""
    prepared = made(guardrail=Guardrail(**half))
    assert "guardrailConfig" not in prepared.body
    assert codes(prepared) == ["guardrail-off"]
    with pytest.raises(InvalidRequest, match="both needed"):
        made(guardrail=Guardrail(**half, half="refuse"))


def test_no_guardrail_is_no_note():
    """A guardrail of nothing was not chosen."""
    assert codes(made(guardrail=Guardrail())) == []


def test_the_calls_own_guardrail_is_left_alone():
    """A guardrailConfig in the call is sent as it stands."""
    own = {"guardrailIdentifier": "x", "guardrailVersion": "DRAFT"}
    sent = made(guardrail=Guardrail(identifier="g", version="1"), given={"guardrailConfig": own})
    assert sent.body["guardrailConfig"] == own


CALL = content.tool_use("1", "t", {})
RESULT = content.tool_result("1", "x")
UNSIGNED = content.reasoning("Hm.")
BROKEN = {
    "lift_system": ([{"role": "system", "content": [{"text": "S"}]}, *HELLO], True, "system-lifted"),
    "drop_unsigned_reasoning": ([{"role": "user", "content": [UNSIGNED]}], True, "unsigned-reasoning-dropped"),
    "tool_inputs": (
        [{"role": "user", "content": [{"toolUse": {"toolUseId": "1", "name": "t", "input": ""}}]}],
        "empty",
        "tool-input-replaced",
    ),
    "drop_blank_text": ([{"role": "user", "content": [{"text": "a"}, {"text": " "}]}], True, "blank-text-dropped"),
    "empty_results": (
        [{"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": []}}]}],
        "json",
        "empty-result-filled",
    ),
    "drop_empty_messages": ([*HELLO, {"role": "assistant", "content": []}], True, "empty-message-dropped"),
    "merge": ([*HELLO, *HELLO], "roles", "messages-merged"),
    "results_first": ([{"role": "user", "content": [{"text": "a"}, RESULT]}], True, "results-moved"),
    "order_blocks": ([{"role": "assistant", "content": [CALL, {"text": "a"}]}], True, "blocks-ordered"),
    "restore_tools": ([{"role": "assistant", "content": [CALL]}], True, "tools-restored"),
    "map_names": ([{"role": "assistant", "content": [content.tool_use("1", "a.b", {})]}], True, "tool-renamed"),
    "document_names": (
        [{"role": "user", "content": [{"document": {"name": "a.pdf", "source": {"bytes": b"x"}}}]}],
        True,
        "document-renamed",
    ),
    "lone_documents": (
        [{"role": "user", "content": [{"document": {"name": "a", "source": {"bytes": b"x"}}}]}],
        "sentence",
        "document-accompanied",
    ),
    "promote_results": (
        [{"role": "user", "content": [content.tool_result("1", "{}")]}],
        True,
        "results-promoted",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_repair_is_made_alone_and_told(name):
    """A repair that is chosen mends its own breach and leaves its note; not chosen, the breach is sent."""
    messages, chosen, code = BROKEN[name]
    alone = {field: getattr(AS_GIVEN, field) for field in Repairs.__struct_fields__} | {name: chosen}
    assert codes(made(messages=messages, repairs=Repairs(**alone))) == [code]
    as_given = made(messages=messages, repairs=AS_GIVEN)
    assert as_given.notes == ()
    assert as_given.body["messages"] == shapes.encode("Converse", {"messages": messages})["messages"]


def test_a_blank_system_prompt_is_dropped_and_told():
    """A system block of white space alone is left out like any text."""
    prepared = made(system=[{"text": " "}, {"text": "Be brief."}])
    assert (prepared.body["system"], codes(prepared)) == ([{"text": "Be brief."}], ["blank-text-dropped"])


def test_a_sound_conversation_is_sent_without_a_note():
    """Where nothing is wrong, nothing is changed and nothing is said."""
    messages = [
        *HELLO,
        {"role": "assistant", "content": [content.reasoning("Hm.", "c2ln"), {"text": "Let me see."}, CALL]},
        {"role": "user", "content": [RESULT, {"text": "Well?"}]},
    ]
    tools = {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}]}
    prepared = made(messages=messages, given={"toolConfig": tools})
    assert prepared.body == {"messages": messages, "toolConfig": tools}
    assert prepared.notes == ()


def test_notes_reach_the_caller(bedrock, connect):
    """The reply carries the notes of its request, whole and streamed; a note reads as its code and a sentence."""
    client = connect(options=Options(guardrail=Guardrail(identifier="g")))
    for reply in (client.converse(), client.streamed()):
        assert [note.code for note in reply.notes] == ["guardrail-off"]
        assert str(reply.notes[0]).startswith("guardrail-off: The guardrail has no version")


def test_options_of_a_call_take_the_place_of_the_clients(bedrock, connect):
    """One call may be made in another way."""
    client = connect(options=Options(max_tokens=5))
    client.converse()
    client.converse(options=Options(temperature=0.5))
    sent = [exchange.request.body for exchange in bedrock.journal]
    assert b'"maxTokens":5' in sent[0]
    assert b'"inferenceConfig":{"temperature":0.5}' in sent[1]


def test_repair_false_is_short_for_no_repair(bedrock, connect):
    """With repair off, a conversation is sent as it stands, to be refused; all other options hold."""
    client = connect(repair=False, options=Options(max_tokens=5))
    with pytest.raises(ServiceError, match="alternate"):
        client.converse(messages=[*HELLO, *HELLO])
    assert json.loads(bedrock.journal[0].request.body) == {
        "messages": [*HELLO, *HELLO],
        "inferenceConfig": {"maxTokens": 5},
    }
