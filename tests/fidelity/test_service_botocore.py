"""Botocore as an oracle for `service`: the same model, the same paths, and no stricter than we are."""

import base64
import copy

import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.session import Session
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bedrock_harness.service import shapes
from bedrock_harness.service.checkers import checker
from bedrock_harness.service.exceptions import EXCEPTIONS
from bedrock_harness.service.model import bedrock_runtime
from bedrock_harness.service.model_ids import OPERATIONS, operation_path, parse

SAY = {"role": "user", "content": [{"text": "hello"}]}


@pytest.fixture(scope="module")
def client():
    return Session().create_client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="example",
        config=Config(parameter_validation=False),
    )


@pytest.fixture(scope="module")
def service_model(client):
    return client.meta.service_model


def test_the_exception_table_is_the_models(service_model):
    """Every exception of the installed model is in the table with its status and its name inside a stream."""
    members = service_model.operation_model("ConverseStream").output_shape.members["stream"].members
    in_stream = {shape.name: member for member, shape in members.items() if shape.metadata.get("exception")}
    modelled = {shape.name: shape for shape in service_model.error_shapes}
    assert modelled.keys() <= EXCEPTIONS.keys()
    for name, shape in modelled.items():
        row = EXCEPTIONS[name]
        assert (row.status, row.stream_name) == (shape.metadata["error"]["httpStatusCode"], in_stream.get(name))
    assert {row.name for row in EXCEPTIONS.values() if row.stream_name} == in_stream.keys()


def test_the_operations_on_a_model_are_the_models(service_model):
    """The table of path segments lists every operation whose path begins with a model id, and no other."""
    prefix = "/model/{modelId}/"
    paths = {name: service_model.operation_model(name).http["requestUri"] for name in service_model.operation_names}
    assert dict(OPERATIONS) == {name: uri.removeprefix(prefix) for name, uri in paths.items() if uri.startswith(prefix)}


@pytest.mark.parametrize(
    "model_id",
    [
        "anthropic.claude-sonnet-4-20250514-v1:0",
        "us-gov.amazon.nova-pro-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f",
        "arn:aws:sagemaker:us-west-2:123456789012:endpoint/my-endpoint",
    ],
)
@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
def test_a_path_is_the_one_botocore_sends(client, model_id, operation):
    """Our path of an operation is byte for byte the path of botocore's request."""
    sent = []

    def keep(request: AWSRequest, **_):
        sent.append(request.url.partition("amazonaws.com")[2])
        raise InterruptedError

    client.meta.events.register_first("before-send.bedrock-runtime.*", keep, unique_id="keep")
    call = {"Converse": client.converse, "ConverseStream": client.converse_stream}[operation]
    with pytest.raises(InterruptedError):
        call(modelId=model_id, messages=[SAY])
    client.meta.events.unregister("before-send.bedrock-runtime.*", unique_id="keep")
    assert sent == [operation_path(model_id, operation)]


@pytest.mark.parametrize("name", bedrock_runtime()["shapes"])
def test_every_shape_of_the_model_can_be_checked(name):
    """Every shape compiles, and a value of a type that no shape has does not fit, save in a document."""
    faults = checker(name)(object())
    document = bedrock_runtime()["shapes"][name].get("document")
    assert faults is None if document else [fault.constraint for fault in faults] == ["type"]


MODEL_ID = bedrock_runtime()["shapes"]["ConversationalModelId"]["pattern"]


@given(st.from_regex(MODEL_ID, fullmatch=True))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_every_id_that_the_pattern_allows_is_taken_apart(model_id):
    """What botocore's pattern for a model id generates parses, save for half an ARN, which only looks like a plain id."""
    assume(len(model_id) <= 2048 and ("/" in model_id or not model_id.startswith("arn:")))
    assert parse(model_id).text == model_id


RICH = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"text": "look"},
                {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}},
                {"document": {"name": "a", "format": "txt", "source": {"bytes": b"text"}}},
                {"cachePoint": {"type": "default", "ttl": "1h"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
                {"reasoningContent": {"redactedContent": b"\x00\xff"}},
                {"toolUse": {"toolUseId": "a", "name": "look", "input": {"deep": [1, None, {"x": 2.5}]}}},
            ],
        },
        {
            "role": "user",
            "content": [{"toolResult": {"toolUseId": "a", "content": [{"json": {"y": []}}], "status": "success"}}],
        },
    ],
    "system": [{"text": "be kind"}],
    "inferenceConfig": {"maxTokens": 5, "temperature": 1.0, "stopSequences": ["stop"]},
    "toolConfig": {
        "tools": [{"toolSpec": {"name": "look", "description": "d", "inputSchema": {"json": {"type": "object"}}}}],
        "toolChoice": {"auto": {}},
    },
    "requestMetadata": {"team": "a b"},
    "additionalModelRequestFields": {"top_k": 3},
    "performanceConfig": {"latency": "standard"},
}


def _places(value, path=()):
    """The way to every value inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _places(item, (*path, key))


def _with(value, path, replacement):
    changed = copy.deepcopy(value)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = replacement
    return changed


def test_a_rich_request_fits_for_both(service_model):
    """A request with every usual member fits for botocore and for us, its blobs encoded."""
    shape = service_model.operation_model("Converse").input_shape
    assert not ParamValidator().validate({"modelId": "a.b", **RICH}, shape).has_errors()
    assert shapes.validate("Converse", shapes.encode("Converse", RICH)) == ()


@pytest.mark.parametrize("wrong", [[], {}, "", 7, True, "text", [None], {"none": 1}], ids=repr)
@pytest.mark.parametrize("path", list(_places(RICH)), ids=lambda path: ".".join(map(str, path)))
def test_what_botocore_refuses_we_refuse(service_model, path, wrong):
    """A value put in any place is a violation for us wherever botocore refuses it, and at a place no farther than that."""
    changed = _with(RICH, path, wrong)
    shape = service_model.operation_model("Converse").input_shape
    report = ParamValidator().validate({"modelId": "a.b", **changed}, shape)
    ours = shapes.validate("Converse", shapes.encode("Converse", changed))
    if report.has_errors() and not _only_pythons(report.generate_report()):
        assert ours, report.generate_report()
        place = ".".join(map(str, path))
        assert all(found.path.startswith(place) or place.startswith(found.path) for found in ours)


def _only_pythons(report):
    """Whether botocore's objection is to Python's types and not to the JSON: blobs as text, and nulls in lists."""
    lines = [line for line in report.splitlines() if line.strip()]
    return all("bytes, bytearray, file-like object" in line or "type: <class 'NoneType'>" in line for line in lines)


def test_bytes_become_base64_where_the_model_has_blobs(service_model):
    """Bytes anywhere in a request become base64 text, and the request given is left alone."""
    before = copy.deepcopy(RICH)
    encoded = shapes.encode("Converse", RICH)
    assert before == RICH
    assert encoded["messages"][0]["content"][1]["image"]["source"]["bytes"] == base64.b64encode(b"\x89PNG").decode()
    assert encoded["messages"][1]["content"][1] == {"reasoningContent": {"redactedContent": "AP8="}}
    assert encoded["messages"][1]["content"][2] == RICH["messages"][1]["content"][2]
