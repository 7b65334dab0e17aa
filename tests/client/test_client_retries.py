"""A request is sent again only where that helps, and never after the caller has heard something."""

import time
from contextlib import suppress

import pytest

from bedrock_harness.client import (
    PAUSES_REQ_LLM,
    BedrockError,
    IncompleteStream,
    Pauses,
    ServiceError,
    StreamError,
    retrying,
)
from bedrock_harness.service.exceptions import EXCEPTIONS
from bedrock_harness.simulator import script
from bedrock_harness.simulator.script import Http, HttpError, Text, answer, cut, flipped, stream

SAID = answer(Text("Hello"))
START = script.Event("messageStart", {"role": "assistant"})
ASKING = ["converse", "streamed"]


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("name", sorted(name for name, row in EXCEPTIONS.items() if row.status >= 400))
def test_the_table_decides(bedrock, connect, ask, name):
    """What the exception table calls retryable is sent again, and everything else once."""
    bedrock.play(HttpError(name, "No."), SAID)
    client = connect(attempts=3)
    if EXCEPTIONS[name].retryable:
        assert getattr(client, ask)().text == "Hello"
    else:
        with pytest.raises(ServiceError):
            getattr(client, ask)()
    assert len(bedrock.journal) == 1 + EXCEPTIONS[name].retryable


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize(("status", "requests"), [(400, 1), (401, 1), (404, 1), (408, 2), (429, 2), (502, 2), (599, 2)])
def test_without_a_name_the_status_decides(bedrock, connect, ask, status, requests):
    """Of replies that name no exception every 5xx, 408 and 429 are sent again."""
    bedrock.play(Http(status, {"content-type": "text/html"}, b"no"), SAID)
    with suppress(ServiceError):
        getattr(connect(attempts=3), ask)()
    assert len(bedrock.journal) == requests


@pytest.mark.parametrize("ask", ASKING)
def test_attempts_count_every_sending(bedrock, connect, ask):
    """Three attempts are three requests, and the last error is the caller's."""
    bedrock.play(HttpError("ServiceUnavailableException", "No."))
    with pytest.raises(ServiceError, match="No"):
        getattr(connect(attempts=3), ask)()
    assert len(bedrock.journal) == 3


@pytest.mark.parametrize("ask", ASKING)
def test_one_attempt_is_the_default(bedrock, connect, ask):
    """Nothing is sent twice unless asked for."""
    bedrock.play(HttpError("ThrottlingException", "No."), SAID)
    with pytest.raises(ServiceError):
        getattr(connect(), ask)()
    assert len(bedrock.journal) == 1


@pytest.mark.parametrize(
    "failure",
    [
        stream(script.Thrown("throttlingException", "No.")),
        stream(),
        answer(Text("Hello"), fault=cut(frame=0, ending="close")),
        answer(Text("Hello"), fault=cut(byte=10, ending="finish")),
        answer(Text("Hello"), fault=flipped(200)),
    ],
)
def test_a_stream_that_fails_before_its_first_event_is_tried_again(bedrock, connect, failure):
    """Until the first event nothing was told, so that the stream may begin anew."""
    bedrock.play(failure, SAID)
    assert connect(attempts=2).streamed().text == "Hello"
    assert len(bedrock.journal) == 2


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (stream(START, script.Thrown("throttlingException", "No.")), StreamError),
        (answer(Text("Hello"), fault=cut(frame=1)), IncompleteStream),
    ],
)
def test_a_stream_that_has_begun_is_never_begun_again(bedrock, connect, failure, error):
    """After the first event a failure is the caller's, who would hear the beginning twice."""
    bedrock.play(failure, SAID)
    with pytest.raises(error):
        connect(attempts=5).streamed()
    assert len(bedrock.journal) == 1


def test_a_refusal_in_a_stream_is_final(bedrock, connect):
    """A validation exception as the first frame is not asked again."""
    bedrock.play(stream(script.Thrown("validationException", "No.")), SAID)
    with pytest.raises(StreamError):
        connect(attempts=5).streamed()
    assert len(bedrock.journal) == 1


def test_retry_after_is_honoured(bedrock, connect):
    """The service's own pause is kept."""
    bedrock.play(HttpError("ThrottlingException", "x", headers={"retry-after": "1"}), SAID)
    started = time.monotonic()
    connect(attempts=2).converse()
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("error", "attempt", "pause"),
    [
        (BedrockError("x", retryable=False), 1, None),
        (BedrockError("x", retryable=True), 3, None),
        (BedrockError("x", retryable=True), 1, 0.005),
        (BedrockError("x", retryable=True), 2, 0.01),
        (ServiceError("x", retryable=True, retry_after=7.0), 1, 7.0),
        (ServiceError("x", retryable=True, retry_after=0.0), 2, 0.01),
        (ServiceError("x", retryable=True, retry_after=3600.0), 1, None),
        (ServiceError("x", retryable=False, retry_after=1.0), 1, None),
    ],
)
def test_how_long_is_waited(error, attempt, pause):
    """The pause doubles, is at least what the service asks, and is not waited where it is an hour."""
    assert retrying.pause_before_retry(error, attempt, 3, 1.0, Pauses(first=0.005)) == pause


def test_pauses_are_jittered_and_bounded():
    """A pause is anything from nothing to its bound, so that clients do not return together; the bound is 20 s."""
    assert retrying.backoff(1, roll=0.0) == 0.0
    assert retrying.backoff(5, roll=0.5) == retrying.backoff(5, roll=1.0) / 2
    assert retrying.backoff(1000, roll=1.0) == 20.0


@pytest.mark.parametrize(("retry_after", "pause"), [(None, 1.0), (0.5, 1.0), (7.0, 7.0)])
@pytest.mark.parametrize("attempt", [1, 2])
def test_r36_req_llm_waits_a_second_or_what_it_is_told(retry_after, pause, attempt):
    """Its pauses are one second at every attempt and whatever the chance, or longer where the service says so."""
    error = ServiceError("x", retryable=True, retry_after=retry_after)
    assert retrying.pause_before_retry(error, attempt, 3, 0.0, PAUSES_REQ_LLM) == pause
