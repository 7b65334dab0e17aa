import subprocess
import sys

import pytest

from bedrock_harness.service.shapes import Refusal, Violation, encode, refusal, validate, validate_event, validate_reply


def body(**members):
    return {"messages": [{"role": "user", "content": [{"text": "hi"}]}], **members}


def say(*blocks):
    return {"messages": [{"role": "user", "content": list(blocks)}]}


def tool(**members):
    return body(toolConfig={"tools": [{"toolSpec": {"name": "n", "inputSchema": {"json": {}}} | members}]})


def found(violations):
    return [(violation.path, violation.constraint) for violation in violations]


@pytest.mark.parametrize(
    ("request_body", "path", "constraint"),
    [
        ([], "", "type"),
        ("text", "", "type"),
        (None, "", "type"),
        ({"messages": {}}, "messages", "type"),
        ({"messages": ["hi"]}, "messages.0", "type"),
        ({"messages": [{"role": "user"}]}, "messages.0.content", "required"),
        ({"messages": [{"role": None, "content": []}]}, "messages.0.role", "required"),
        ({"messages": [{"role": "tool", "content": []}]}, "messages.0.role", "enum"),
        (say({"text": 5}), "messages.0.content.0.text", "type"),
        (say({}), "messages.0.content.0", "union"),
        (say({"text": None}), "messages.0.content.0", "union"),
        (say({"text": "a", "cachePoint": {"type": "default"}}), "messages.0.content.0", "union"),
        (say({"image": {"format": "PNG", "source": {"bytes": "AAAA"}}}), "messages.0.content.0.image.format", "enum"),
        (say({"image": {"format": "png", "source": {}}}), "messages.0.content.0.image.source", "union"),
        (
            say({"image": {"format": "png", "source": {"bytes": ""}}}),
            "messages.0.content.0.image.source.bytes",
            "length",
        ),
        (
            say({"image": {"format": "png", "source": {"bytes": "A"}}}),
            "messages.0.content.0.image.source.bytes",
            "type",
        ),
        (
            say({"image": {"format": "png", "source": {"bytes": "!!!!"}}}),
            "messages.0.content.0.image.source.bytes",
            "type",
        ),
        (body(inferenceConfig={"maxTokens": 0}), "inferenceConfig.maxTokens", "range"),
        (body(inferenceConfig={"maxTokens": True}), "inferenceConfig.maxTokens", "type"),
        (body(inferenceConfig={"maxTokens": 1.5}), "inferenceConfig.maxTokens", "type"),
        (body(inferenceConfig={"maxTokens": "1"}), "inferenceConfig.maxTokens", "type"),
        (body(inferenceConfig={"temperature": 1.01}), "inferenceConfig.temperature", "range"),
        (body(inferenceConfig={"temperature": float("nan")}), "inferenceConfig.temperature", "range"),
        (body(inferenceConfig={"topP": False}), "inferenceConfig.topP", "type"),
        (body(inferenceConfig={"stopSequences": [""]}), "inferenceConfig.stopSequences.0", "length"),
        (body(inferenceConfig={"stopSequences": ["x"] * 2501}), "inferenceConfig.stopSequences", "length"),
        (body(system=[{"text": ""}]), "system.0.text", "length"),
        (body(toolConfig={"tools": []}), "toolConfig.tools", "length"),
        (body(toolConfig={}), "toolConfig.tools", "required"),
        (tool(name="a b"), "toolConfig.tools.0.toolSpec.name", "pattern"),
        (tool(name="a\n"), "toolConfig.tools.0.toolSpec.name", "pattern"),
        (tool(name="n" * 65), "toolConfig.tools.0.toolSpec.name", "length"),
        (tool(strict="yes"), "toolConfig.tools.0.toolSpec.strict", "type"),
        (body(requestMetadata={"k": 1}), "requestMetadata.k", "type"),
        (body(requestMetadata={"k": "é"}), "requestMetadata.k", "pattern"),
        (body(requestMetadata={}), "requestMetadata", "length"),
        (body(promptVariables={"x": {"text": 1}}), "promptVariables.x.text", "type"),
    ],
)
def test_a_violation_names_its_place_and_constraint(request_body, path, constraint):
    """One thing wrong is one violation, at its own path."""
    assert found(validate("Converse", request_body)) == [(path, constraint)]


@pytest.mark.parametrize(
    "request_body",
    [
        {},
        {"messages": None},
        {"messages": []},
        body(inferenceConfig={"maxTokens": 22.0, "temperature": 1, "topP": 0, "stopSequences": []}),
        body(additionalModelRequestFields="anything", requestMetadata={"k": ""}),
        body(additionalModelRequestFields={"deep": [{"er": None}]}),
        {"messages": [None, {"role": "system", "content": []}]},
        say({"text": "", "image": None}),
        say({"reasoningContent": {"reasoningText": {"text": "", "signature": "x"}}}),
        say({"toolUse": {"toolUseId": "functions.look:0", "name": "look", "input": {}, "type": "tool_use"}}),
        body(system=[]),
    ],
)
def test_what_the_service_takes_is_no_violation(request_body):
    """Null is absent, 22.0 is an integer, a document is any JSON, and most lists may be empty."""
    assert validate("Converse", request_body) == ()
    assert validate("ConverseStream", request_body) == ()


def test_unknown_members_are_told_and_ignored():
    """A member that the model does not have is a violation of its own kind, which the service does not refuse."""
    violations = validate("Converse", body(modelId="a.b", inferenceConfig={"topK": 5}))
    assert found(violations) == [("modelId", "unknown"), ("inferenceConfig.topK", "unknown")]
    assert refusal(violations) is None


def test_a_block_of_an_unknown_kind_is_an_empty_union():
    """A content block with nothing but a member of another API is refused, for it sets none of those that are known."""
    violations = validate("Converse", say({"image_url": {"url": "x"}}))
    assert found(violations) == [("messages.0.content.0.image_url", "unknown"), ("messages.0.content.0", "union")]
    refused = refusal(violations)
    assert refused.exception == "ValidationException"
    assert refused.message.startswith(
        "ContentBlock object at messages.0.content.0 must set one of the following keys: text, image, "
    )


def test_a_cache_point_inside_a_tool_result_is_ignored():
    """Over plain HTTP the service accepts it and caches nothing."""
    result = {"toolResult": {"toolUseId": "a", "content": [{"text": "x"}, {"cachePoint": {"type": "default"}}]}}
    violations = validate("Converse", say(result))
    assert found(violations) == [("messages.0.content.0.toolResult.content.1.cachePoint", "unknown")]


@pytest.mark.parametrize(
    ("request_body", "message"),
    [
        (
            say({"text": "a"}, {"image": {"format": "jpg", "source": {"bytes": "AAAA"}}}),
            (
                "1 validation error detected: Value at 'messages.1.member.content.2.member.image.format' failed to satisfy "
                "constraint: Member must satisfy enum value set: [png, jpeg, gif, webp]"
            ),
        ),
        (
            say({"reasoningContent": {"reasoningText": {"signature": "x"}}}),
            (
                "1 validation error detected: Value at 'messages.1.member.content.1.member.reasoningContent.reasoningText.text' "
                "failed to satisfy constraint: Member must not be null"
            ),
        ),
        (
            body(inferenceConfig={"maxTokens": 0}),
            (
                "1 validation error detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must "
                "have value greater than or equal to 1"
            ),
        ),
        (
            body(inferenceConfig={"temperature": 99}),
            (
                "1 validation error detected: Value '99.0' at 'inferenceConfig.temperature' failed to satisfy constraint: Member "
                "must have value less than or equal to 1"
            ),
        ),
        (
            body(toolConfig={}),
            (
                "1 validation error detected: Value null at 'toolConfig.tools' failed to satisfy constraint: Member must not be "
                "null"
            ),
        ),
        (
            tool(name="", description=""),
            (
                "3 validation errors detected: Value '' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+; Value '' at "
                "'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must have length greater than or "
                "equal to 1; Value '' at 'toolConfig.tools.1.member.toolSpec.description' failed to satisfy constraint: Member "
                "must have length greater than or equal to 1"
            ),
        ),
        (
            body(system=[{"text": "a"}, {"cachePoint": {"type": "1h"}}]),
            (
                "1 validation error detected: Value at 'system.2.member.cachePoint.type' failed to satisfy constraint: Member "
                "must satisfy enum value set: [default]"
            ),
        ),
        (
            body(requestMetadata={"": ""}),
            (
                "2 validation errors detected: Value at 'requestMetadata' failed to satisfy constraint: Map keys must satisfy "
                "constraint: [Member must satisfy regular expression pattern: [a-zA-Z0-9\\s:_@$#=/+,-.]{1,256}]; Value at "
                "'requestMetadata' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length "
                "greater than or equal to 1]"
            ),
        ),
    ],
)
def test_a_refusal_is_in_the_services_words(request_body, message):
    """The message is the one that public threads quote: one-based, values shown or withheld as there."""
    assert refusal(validate("Converse", request_body)) == Refusal("ValidationException", message)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1", "STRING_VALUE can not be converted to an Integer"),
        (1.5, "NUMBER_VALUE can not be converted to an Integer"),
        (True, "TRUE_VALUE can not be converted to an Integer"),
        ([], "Start of list found where not expected"),
        ({}, "Start of structure or map found where not expected."),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_before_anything_else(value, message):
    """A wrong JSON type is a SerializationException, and the other violations are not mentioned."""
    request_body = {"messages": [{"role": "tool"}], "inferenceConfig": {"maxTokens": value}}
    assert refusal(validate("Converse", request_body)) == Refusal("SerializationException", message)


def test_a_hostile_body_makes_few_violations():
    """A body with a million things wrong is reported with a hundred of them or so."""
    blocks = [{"nonsense": 1}] * 100_000
    assert 0 < len(validate("Converse", say(*blocks))) < 300
    assert 0 < len(validate("Converse", {str(number): 1 for number in range(100_000)})) < 300


def test_a_long_value_is_not_repeated_whole():
    """A refusal does not echo a value of megabytes."""
    assert len(refusal(validate("Converse", tool(name="n" * 1_000_000))).message) < 1000


def reply(**members):
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 5},
    } | members


def test_a_reply_is_held_against_the_output():
    """A sound reply fits; a reply without its usage, or with a new stop reason, says so."""
    assert validate_reply("Converse", reply()) == ()
    assert found(validate_reply("Converse", reply(usage=None))) == [("usage", "required")]
    assert found(validate_reply("Converse", reply(stopReason="brand_new"))) == [("stopReason", "enum")]


@pytest.mark.parametrize(
    ("type_", "payload", "violations"),
    [
        ("messageStart", {"role": "assistant", "p": "abc"}, []),
        ("messageStart", {"p": "abc"}, [("role", "required")]),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "a"}}, []),
        (
            "contentBlockDelta",
            {"contentBlockIndex": -1, "delta": {}},
            [("contentBlockIndex", "range"), ("delta", "union")],
        ),
        ("throttlingException", {"message": "slow down"}, []),
        ("newEvent", {}, [("", "unknown")]),
        ("messageStop", [], [("", "type")]),
    ],
)
def test_an_event_is_held_against_its_member(type_, payload, violations):
    """Events and in-stream exceptions have shapes of their own; padding is expected, other unknown members are told."""
    assert found(validate_event(type_, payload)) == violations


def test_what_is_not_json_is_not_judged():
    """InvokeModel's body is the model's own, and a stream is judged event by event."""
    assert validate("InvokeModel", {"anything": 1}) == ()
    assert validate_reply("ConverseStream", b"frames") == ()


def test_count_tokens_is_judged_as_well():
    """An operation that is not Converse has its shapes too."""
    assert validate("CountTokens", {"input": {"converse": body()}}) == ()
    assert found(validate("CountTokens", {})) == [("input", "required")]


@pytest.mark.parametrize("ask", [validate, validate_reply, encode])
def test_an_operation_that_does_not_exist_is_named(ask):
    """A misspelt operation is a ValueError that lists the others."""
    with pytest.raises(ValueError, match=r"'Chat' is no operation of Bedrock Runtime; known are .*Converse"):
        ask("Chat", {})


def test_encode_leaves_alone_what_is_not_bytes():
    """Text where a blob belongs is taken for base64, a member that the model lacks is kept."""
    given = say({"image": {"format": "png", "source": {"bytes": "AAAA"}}}) | {"mine": b"x"}
    assert encode("Converse", given) == given
    assert encode("Converse", say({"image": {"source": {"bytes": memoryview(b"abc")}}})) == say(
        {"image": {"source": {"bytes": "YWJj"}}}
    )


def test_importing_the_room_does_not_import_botocore():
    """The service model is read when something is first judged, not when the package is imported."""
    code = "import sys, bedrock_harness.service; sys.exit('botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_a_violation_is_a_value():
    """Two violations with the same members are equal, and none can be changed."""
    assert validate("Converse", []) == (Violation("", "type", "Start of list found where not expected"),)
    with pytest.raises(AttributeError):
        validate("Converse", [])[0].path = "elsewhere"
