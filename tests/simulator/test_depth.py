"""Bodies that stand deep inside themselves: read so far, refused beyond, and never a way to end a connection."""

import base64
import json

import pytest

from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.depth import MAX_DEPTH, is_deeper
from tests.simulator.raw import Peer

CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"


def nested(depth):
    """JSON text of that many objects inside one another."""
    return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as running:
        yield running


@pytest.mark.parametrize("most", [1, 2, 7])
@pytest.mark.parametrize("text", ["{}", "[[]]", '[1, {"a": [[]], "b": 2}]', "1", nested(7), nested(8)])
def test_depth_is_counted_in_collections(text, most):
    """Objects and lists count alike, wherever they stand; what is inside no further counts nothing."""
    depth = max(
        (text[:end].count("{") + text[:end].count("[") - text[:end].count("}") - text[:end].count("]"))
        for end in range(len(text))
    )
    assert is_deeper(json.loads(text), most) is (depth > most)


def test_a_schema_as_deep_as_may_be_is_used(simulator):
    """A tool whose schema holds a constant of the greatest depth is called with that constant."""
    around = 7  # body, toolConfig, tools, tool, toolSpec, inputSchema, json; then properties and the property
    constant = nested(MAX_DEPTH - around - 2)
    schema = f'{{"type": "object", "properties": {{"a": {{"const": {constant}}}}}, "required": ["a"]}}'
    tools = f'{{"tools": [{{"toolSpec": {{"name": "go", "inputSchema": {{"json": {schema}}}}}}}], "toolChoice": {{"any": {{}}}}}}'
    body = f'{{"messages": [{{"role": "user", "content": [{{"text": "go"}}]}}], "toolConfig": {tools}}}'
    with Peer(simulator) as peer:
        reply = peer.ask(simulator, body=body.encode(), model=CLAUDE)
    assert reply.status == 200
    assert json.loads(reply.body)["output"]["message"]["content"][0]["toolUse"]["input"] == {"a": json.loads(constant)}


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 500, *range(940, 1000, 4), 100_000])
def test_a_body_that_is_too_deep_is_refused(simulator, depth):
    """However deep: the service's refusal of what is no JSON, on a connection that goes on; nothing breaks inside."""
    with Peer(simulator) as peer:
        assert peer.ask(simulator, body=nested(depth).encode(), model=CLAUDE).status == 400
        assert peer.ask(simulator, model=CLAUDE).status == 200
    assert not simulator.journal.failures


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 980])
def test_a_native_body_to_be_counted_may_not_be_deep_either(simulator, depth):
    """What comes as base64 inside a body is held to the same."""
    blob = base64.b64encode(nested(depth).encode()).decode()
    with Peer(simulator) as peer:
        body = {"input": {"invokeModel": {"body": blob}}}
        assert peer.ask(simulator, "CountTokens", body, model="anthropic.claude-sonnet-4-20250514-v1:0").status == 400
    assert not simulator.journal.failures
