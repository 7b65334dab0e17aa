"""The shapes of operations other than the conversations: other bodies, other services, and what travels outside a body."""

import pytest

from bedrock_harness.service import refusal
from bedrock_harness.service.shapes import validate, validate_parameters, validate_reply


@pytest.mark.parametrize(
    ("operation", "body", "paths"),
    [
        ("InvokeModel", {"anything": ["goes"]}, []),
        ("InvokeModel", None, []),
        ("InvokeModelWithResponseStream", b"no json", []),
        ("CountTokens", {"input": {"invokeModel": {"body": "e30="}}}, []),
        ("CountTokens", {"input": {"converse": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}}}, []),
        ("CountTokens", {}, ["input"]),
        ("CountTokens", {"input": {}}, ["input"]),
        ("CountTokens", {"input": {"invokeModel": {"body": "no base64"}}}, ["input.invokeModel.body"]),
        (
            "CountTokens",
            {"input": {"converse": {"messages": [{"role": "tool", "content": []}]}}},
            ["input.converse.messages.0.role"],
        ),
        ("ApplyGuardrail", {"source": "INPUT", "content": [{"text": {"text": "hi"}}]}, []),
        ("ApplyGuardrail", {"source": "BOTH"}, ["source", "content"]),
        ("ApplyGuardrail", {"source": "OUTPUT", "content": [{"text": {}}]}, ["content.0.text.text"]),
    ],
)
def test_the_bodies_of_other_operations_are_judged(operation, body, paths):
    """A body is held against its operation's shape, and a body that is the model's own affair fits whatever it is."""
    assert [found.path for found in validate(operation, body)] == paths


@pytest.mark.parametrize(
    ("service", "operation", "given", "messages"),
    [
        ("bedrock", "ListFoundationModels", {}, []),
        ("bedrock", "ListFoundationModels", {"byProvider": "Amazon", "byOutputModality": "TEXT", "unheard": "of"}, []),
        (
            "bedrock",
            "ListFoundationModels",
            {"byOutputModality": "SMELL"},
            ["Value 'SMELL' at 'byOutputModality' failed to satisfy constraint: Member must satisfy enum value set: "],
        ),
        (
            "bedrock",
            "ListInferenceProfiles",
            {"maxResults": "0", "type": "MINE"},
            ["Value '0' at 'maxResults' failed", "Value 'MINE' at 'typeEquals' failed"],
        ),
        ("bedrock", "ListInferenceProfiles", {"MAXRESULTS": "1000", "type": "APPLICATION"}, []),
        (
            "bedrock",
            "ListInferenceProfiles",
            {"maxResults": "ten"},
            ["STRING_VALUE can not be converted to an Integer"],
        ),
        ("bedrock", "GetFoundationModel", {}, ["Value null at 'modelIdentifier' failed"]),
        (
            "bedrock",
            "GetFoundationModel",
            {"modelIdentifier": "no model"},
            ["Value 'no model' at 'modelIdentifier' failed"],
        ),
        ("bedrock", "GetFoundationModel", {"modelIdentifier": "amazon.nova-pro-v1:0"}, []),
        ("bedrock-runtime", "InvokeModel", {"modelId": "amazon.nova-pro-v1:0", "X-Amzn-Bedrock-Trace": "ENABLED"}, []),
        (
            "bedrock-runtime",
            "InvokeModel",
            {"modelId": "amazon.nova-pro-v1:0", "x-amzn-bedrock-trace": "loud"},
            ["Value 'loud' at 'trace' failed"],
        ),
        (
            "bedrock-runtime",
            "ApplyGuardrail",
            {"guardrailIdentifier": "abc", "guardrailVersion": "first"},
            ["Value 'first' at 'guardrailVersion' failed"],
        ),
        ("sts", "GetCallerIdentity", {}, []),
        (
            "sts",
            "AssumeRole",
            {"RoleArn": "arn:aws:iam::123456789012:role/a", "RoleSessionName": "me", "Version": "x"},
            [],
        ),
        (
            "sts",
            "AssumeRole",
            {"RoleArn": "arn:aws:iam::123456789012:role/a", "RoleSessionName": "no space", "DurationSeconds": "60"},
            ["Value 'no space' at 'roleSessionName' failed", "Value '60' at 'durationSeconds' failed"],
        ),
    ],
)
def test_what_travels_outside_a_body_is_judged(service, operation, given, messages):
    """Labels, query parameters, headers and form fields are held against the model; unknown names are ignored."""
    found = validate_parameters(operation, given, service=service)
    assert len(found) == len(messages)
    assert all(violation.message.startswith(message) for violation, message in zip(found, messages, strict=True))


def test_a_bad_parameter_is_refused_as_a_bad_body_is():
    """What does not fit a parameter is refused in one message, what cannot be read in another exception."""
    unfit = refusal(validate_parameters("ListInferenceProfiles", {"maxResults": "0"}, service="bedrock"))
    assert (unfit.exception, unfit.message[:28]) == ("ValidationException", "1 validation error detected:")
    unread = refusal(validate_parameters("ListInferenceProfiles", {"maxResults": "ten"}, service="bedrock"))
    assert unread.exception == "SerializationException"


def test_a_reply_of_the_control_plane_is_judged():
    """What the control plane's model asks of a reply is asked."""
    assert validate_reply("ListFoundationModels", {"modelSummaries": []}, service="bedrock") == ()
    (found,) = validate_reply(
        "ListFoundationModels", {"modelSummaries": [{"modelId": "amazon.nova-pro-v1:0"}]}, service="bedrock"
    )
    assert found.path == "modelSummaries.0.modelArn"


def test_an_operation_of_another_service_is_unknown():
    """Each service has operations of its own."""
    with pytest.raises(ValueError, match="is no operation of Bedrock;"):
        validate("Converse", {}, service="bedrock")
