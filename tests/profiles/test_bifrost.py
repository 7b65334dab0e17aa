"""What bifrost, LangWatch's engine, promises about Bedrock: B01 to B20. tests/gateway/test_claims.py has those of its fronts."""

from __future__ import annotations

import pytest

from bedrock_harness.client import IncompleteStream, ProtocolError, ServiceError
from bedrock_harness.simulator import Simulator, Text, answer
from bedrock_harness.simulator.script import HttpError, Json, cut, flipped
from tests.profiles.talking import (
    ARN,
    MODEL,
    TOOLS,
    assistant,
    call,
    result,
    text,
    user,
)

PROFILE = "langwatch"

NOWHERE = "http://127.0.0.1:9"
LEVELS = ("endpoint", "base_url", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL")


@pytest.mark.parametrize("level", range(len(LEVELS)), ids=LEVELS)
def test_b01_endpoint_precedence(bedrock, connect, ask, monkeypatch, level):
    """The endpoint is the key's, else base_url, else the variable of the service, else that of all services."""
    given = {name: bedrock.url if place == level else NOWHERE for place, name in enumerate(LEVELS) if place >= level}
    for name in LEVELS[2:]:
        if name in given:
            monkeypatch.setenv(name, given.pop(name))
    by = connect(**{"endpoint": None, **given}, credentials=bedrock.credentials)
    assert ask(by=by).reply.text == "Hello."


def test_b01_public_host(connect):
    """Where nothing names an endpoint, it is AWS's own in the region."""
    where = connect(endpoint=None, region="eu-west-1").address_report(MODEL)
    assert "https://bedrock-runtime.eu-west-1.amazonaws.com" in where


def test_b02_model_region_prefix_wins(connect, ask, monkeypatch):
    """A region before the model id wins over the key's and the environment's, and is not sent."""
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    with Simulator(region="us-west-2") as there:
        ask(
            by=connect(region="eu-west-1", endpoint=there.url, credentials=there.credentials),
            model=f"us-west-2/{MODEL}",
        )
        assert there.journal[-1].authorization.valid
        assert there.journal[-1].model == MODEL


def test_b03_arn_path_escaped(ask):
    """An ARN's slash is escaped in the path."""
    exchange = ask(model=ARN).exchange
    assert exchange.model == ARN
    assert ARN.rpartition("/")[2] == exchange.request.target.split("/")[2].rpartition("%2F")[2]


@pytest.mark.parametrize(
    ("told", "sent"),
    [
        ('{"city": "Oslo"}', {"json": {"city": "Oslo"}}),
        ("[1, 2]", {"json": {"results": [1, 2]}}),
        ("7", {"json": {"value": 7}}),
        ("no JSON", {"text": "no JSON"}),
        ('{"a": {"__type": "x"}}', {"text": '{"a": {"__type": "x"}}'}),
    ],
)
def test_b04_tool_json_promotion_and_type(ask, told, sent):
    """A tool's JSON text is sent as JSON, but for one with a `__type` inside, which Smithy would take for its own."""
    said = [user("Weather?"), assistant(call()), user(result("t1", told))]
    assert ask(said, **TOOLS).said[2] == [result("t1", sent)]


@pytest.mark.parametrize("told", [(), ("",), (" \n",)], ids=["nothing", "empty", "blank"])
def test_b05_blank_tool_result(ask, told):
    """A tool result with nothing in it is sent as an empty object."""
    assert ask([user("Weather?"), assistant(call()), user(result("t1", *told))], **TOOLS).said[2] == [
        result("t1", {"json": {}})
    ]


@pytest.mark.parametrize("status", ["success", "error"])
def test_b06_tool_status(ask, status):
    """A tool result keeps its status."""
    said = [user("Weather?"), assistant(call()), user(result("t1", "rain", status=status))]
    assert ask(said, **TOOLS).said[2] == [result("t1", "rain", status=status)]


def document(name):
    return {"document": {"name": name, "format": "txt", "source": {"bytes": b"words"}}}


def test_b09_doc_placeholder_after_reasoning(ask):
    """A document without a text gets one, behind a tool result or reasoning and before the document."""
    said = [user("Read."), assistant(call()), user(result("t1", "here"), document("paper"))]
    kinds = [next(iter(block)) for block in ask(said, **TOOLS).said[2]]
    assert kinds == ["toolResult", "text", "document"]


def test_b10_unique_doc_names(ask):
    """No two documents of a request have the same name."""
    sent = ask([user("Compare:", document("report.txt"), document("report"), document("report"))]).said[0][1:]
    names = [block["document"]["name"] for block in sent]
    assert len(set(names)) == 3


def test_b11_tool_config_from_history(ask):
    """Tools that only the history speaks of are declared by their names."""
    body = ask([user("Weather?"), assistant(call()), user(result("t1", "rain"))]).body
    assert [tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"]] == ["weather"]


def test_b12_block_order(ask):
    """The assistant's blocks are sent as reasoning, text, tool calls, in whichever order they were kept."""
    thought = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}
    said = [user("Weather?"), assistant(call(), "Let me see.", thought), user(result("t1", "rain"))]
    assert ask(said, **TOOLS).said[1] == [thought, text("Let me see."), call()]


@pytest.mark.parametrize(
    ("fault", "error"), [(flipped(8 * 60), ProtocolError), (cut(frame=1), IncompleteStream)], ids=["checksum", "eof"]
)
def test_b14_checksum_and_unexpected_eof_retryable(bedrock, ask, fault, error):
    """A wrong checksum and an unexpected end are errors that may be tried again."""
    bedrock.play(answer(Text("Hello."), fault=fault))
    with pytest.raises(error) as failed:
        ask(streamed=True)
    assert failed.value.retryable


def test_b17_missing_output_error(bedrock, ask):
    """A reply under HTTP 200 without an output is an error."""
    bedrock.play(Json({"stopReason": "end_turn"}))
    with pytest.raises(ProtocolError, match="no Converse reply"):
        ask()


@pytest.mark.parametrize(
    ("name", "status", "retryable"),
    [("ServiceQuotaExceededException", 400, False), ("ModelNotReadyException", 429, True)],
)
def test_b18_quota_and_not_ready(bedrock, ask, name, status, retryable):
    """A quota that is used up is no throttling, and not tried again; a model that is not ready is a 429, and is."""
    bedrock.play(HttpError(name, "Because."))
    with pytest.raises(ServiceError) as refused:
        ask()
    assert (refused.value.status, refused.value.retryable) == (status, retryable)
