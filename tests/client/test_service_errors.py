"""The service's exceptions by their names, over HTTP and within a stream."""

import pytest

from bedrock_harness import client as face
from bedrock_harness.client import ContextOverflow, ServiceError, StreamError, ValidationException
from bedrock_harness.client.service_errors import KINDS, in_stream, kind_of
from bedrock_harness.service.exceptions import EXCEPTIONS
from bedrock_harness.simulator import script
from bedrock_harness.simulator.script import HttpError, stream

START = script.Event("messageStart", {"role": "assistant"})
IN_STREAM = sorted(name for name, row in EXCEPTIONS.items() if row.stream_name)


def test_every_exception_has_a_class_of_its_name():
    """The classes are those of the table, each can be imported from the client, and none is another's child."""
    assert set(KINDS) == set(EXCEPTIONS)
    for name, kind in KINDS.items():
        assert getattr(face, name) is kind
        assert kind.__bases__ == (ServiceError,)


@pytest.mark.parametrize("name", sorted(name for name, row in EXCEPTIONS.items() if row.status >= 400))
def test_b18_an_exception_is_caught_by_its_name(bedrock, client, name):
    """A refusal is of the class of its name, with the status that it has."""
    bedrock.play(HttpError(name, "No."))
    with pytest.raises(KINDS[name]) as caught:
        client.converse()
    assert caught.value.code == name


@pytest.mark.parametrize("name", IN_STREAM)
def test_r32_b13_an_exception_in_a_stream_is_of_both_kinds(bedrock, client, name):
    """Within a stream it is caught as a StreamError and by its name, with the status that it has over HTTP."""
    bedrock.play(stream(START, script.Thrown(EXCEPTIONS[name].stream_name, "No.")))
    with pytest.raises(KINDS[name]) as caught:
        client.events()
    assert isinstance(caught.value, StreamError)
    assert (caught.value.code, caught.value.status) == (name, EXCEPTIONS[name].status)


def test_b19_an_unknown_exception_keeps_its_status(bedrock, client):
    """A name that nobody knows is a ServiceError and no more; its status is the reply's."""
    bedrock.play(script.Http(418, {"x-amzn-errortype": "TeapotException"}, b'{"message":"No."}'))
    with pytest.raises(ServiceError) as caught:
        client.converse()
    assert (type(caught.value), caught.value.code, caught.value.status) == (ServiceError, "TeapotException", 418)


@pytest.mark.parametrize(
    "message",
    [
        "Input is too long for requested model.",
        "The model returned the following errors: prompt is too long: 200049 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
        "Mantle streaming error: This model's maximum context length is 202752 tokens. However, you requested more.",
    ],
)
@pytest.mark.parametrize("ask", ["converse", "events"])
def test_a_conversation_that_is_too_long_has_a_class(bedrock, client, ask, message):
    """It is a validation error with a class of its own, by the words that the service has for it, and not sent again."""
    bedrock.play(HttpError("ValidationException", message))
    with pytest.raises(ContextOverflow) as caught:
        getattr(client, ask)()
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ThrottlingException", "Too many tokens, please wait before trying again."),
        ("ThrottlingException", "Input is too long for requested model."),
        ("ValidationException", "The text field is too long."),
        (None, "Input is too long for requested model."),
    ],
)
def test_other_errors_are_not_about_the_length(code, message):
    """A name that says something else wins over any words (anomalyco/opencode#39623)."""
    assert not issubclass(kind_of(code, message), ContextOverflow)


def test_a_stream_can_say_that_a_conversation_is_too_long():
    """The class within a stream is of all three kinds."""
    assert in_stream(ContextOverflow).__mro__[:4] == (
        in_stream(ContextOverflow),
        StreamError,
        ContextOverflow,
        ValidationException,
    )
