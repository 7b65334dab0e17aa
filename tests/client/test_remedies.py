"""Refusals that are about the client: a clock that is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from bedrock_harness.client import InvalidSignatureException
from bedrock_harness.client.clock import Clock
from bedrock_harness.client.refusals import served_at

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("shift", [3600, -3600])
@pytest.mark.parametrize("ask", ["converse", "streamed"])
def test_a_wrong_clock_is_set_right_once_and_remembered(bedrock, connect, ask, shift):
    """The Date of a refused signature corrects the next attempt, and all that follow it."""
    bedrock.clock.shift(shift)
    client = connect(attempts=3)
    getattr(client, ask)()
    getattr(client, ask)()
    assert [exchange.authorization.valid for exchange in bedrock.journal] == [False, True, True]


def test_the_budget_of_attempts_holds_for_the_clock_too(bedrock, connect):
    """With one attempt the refusal is the caller's, may be sent again, and is remembered for the next call."""
    bedrock.clock.shift(3600)
    client = connect()
    with pytest.raises(InvalidSignatureException, match="signed by the service's") as caught:
        client.converse()
    assert caught.value.retryable
    client.converse()
    assert [exchange.authorization.valid for exchange in bedrock.journal] == [False, True]


def test_a_clock_that_was_set_right_is_believed_again(bedrock, connect):
    """What was learnt is given up when the service's clock says otherwise: nothing is poisoned."""
    client = connect(attempts=2)
    for shift in (3600, -3600):
        bedrock.clock.shift(shift)
        client.converse()
    assert [exchange.authorization.valid for exchange in bedrock.journal] == [False, True, False, True]


def test_a_wrong_secret_is_no_matter_of_the_clock(bedrock, connect):
    """A signature that is wrong at the right time is not sent again."""
    keys = {**bedrock.credentials, "secret_access_key": "wrong"}
    with pytest.raises(InvalidSignatureException) as caught:
        connect(attempts=3, credentials=keys).converse()
    assert not caught.value.retryable
    assert len(bedrock.journal) == 1


def test_what_a_date_is_believed():
    """Less than four minutes matter to no signature, more than a day is no clock's error, and the same is learnt once."""
    clock = Clock()
    assert not clock.learn(NOW + timedelta(minutes=3), NOW)
    assert not clock.learn(NOW + timedelta(days=2), NOW)
    assert clock.corrected(NOW) == NOW
    assert clock.learn(NOW + HOUR, NOW)
    assert not clock.learn(NOW + HOUR + timedelta(seconds=30), NOW)
    assert clock.corrected(NOW) == NOW + HOUR
    assert clock.learn(NOW + timedelta(seconds=2), NOW)
    assert clock.corrected(NOW) == NOW


@pytest.mark.parametrize(
    ("headers", "served"),
    [
        ({"date": "Thu, 01 Jan 2026 00:00:00 GMT"}, NOW),
        ({"date": "Thu, 01 Jan 2026 00:00:00 GMT", "age": "60"}, None),
        ({"date": "Thu, 01 Jan 2026 00:00:00 -0000"}, None),
        ({"date": "soon"}, None),
        ({}, None),
    ],
)
def test_when_a_reply_was_made(headers, served):
    """A reply that a cache has kept, and one that tells no zone, says nothing about the service's clock."""
    assert served_at(headers) == served
