"""Conditions over a whole server: rates, outages, mishaps, and what goes wrong."""

import json

import boto3
import msgspec
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.simulator import Simulator, Text, answer
from bedrock_harness.simulator.script import Http, HttpError
from bedrock_harness.simulator.weather import TROUBLES, Condition, Mishaps, Outages, RateLimit, Weather
from tests.simulator.raw import HELLO, MODEL, Peer

UNAVAILABLE = TROUBLES["unavailable"]


def hit(weather, count, *, apart=0.0, operation="Converse"):
    """Which of so many requests, so many seconds apart, do not get their answer."""
    return [number for number in range(1, count + 1) if weather.reply(number * apart, operation)]


def test_requests_beyond_the_rate_are_throttled():
    """Three in any ten seconds pass, the rest get 429 in the service's words; those that were throttled do not count."""
    weather = Weather((RateLimit(3, 10, retry_after=7),), seed=0)
    at = [0, 1, 2, 3, 9.9, 10, 10.5, 11, 12, 12.5]
    replies = [weather.reply(now, "Converse") for now in at]
    assert [now for now, reply in zip(at, replies, strict=True) if reply is None] == [0, 1, 2, 10, 11, 12]
    throttled = replies[3]
    assert (throttled.code, throttled.headers) == ("ThrottlingException", {"Retry-After": "7"})
    assert throttled.message.startswith("Too many requests, please wait before trying again.")


@given(st.integers(0, 5), st.floats(0.1, 10), st.lists(st.floats(0, 3), max_size=60))
def test_no_window_holds_more_than_its_rate(requests, seconds, gaps):
    """However requests come, no window of the limit's length holds more of them than it allows."""
    weather, now, passed = Weather((RateLimit(requests, seconds),), seed=0), 0.0, []
    for gap in gaps:
        now += gap
        if weather.reply(now, "Converse") is None:
            passed.append(now)
    assert all(later - earlier >= seconds for earlier, later in zip(passed, passed[requests:], strict=False))
    assert requests or not passed


def test_a_limit_says_when_to_come_back_only_where_it_is_told():
    """Without `retry_after` there is no Retry-After header."""
    assert Weather((RateLimit(0, 1),), seed=0).reply(0.0, "Converse").headers == {}


def test_an_outage_comes_by_count():
    """Of every ten requests the last three get the outage's reply, and again in the next ten."""
    assert hit(Weather((Outages(UNAVAILABLE, every=10, length=3),), seed=0), 30) == [8, 9, 10, 18, 19, 20, 28, 29, 30]


def test_mishaps_come_by_chance_and_in_bursts():
    """So many requests fail as the probability says, as many after one another as the length says, the same by seed."""
    mishaps = (Mishaps(UNAVAILABLE, probability=0.05, length=4),)
    failed = hit(Weather(mishaps, seed=1), 10_000)
    assert failed == hit(Weather(mishaps, seed=1), 10_000) != hit(Weather(mishaps, seed=2), 10_000)
    # A burst of 4 follows 19 good requests on average: 4 of 23.
    assert 1_500 < len(failed) < 2_000
    starts = [number for number in failed if number - 1 not in failed]
    assert all({start + 1, start + 2, start + 3} <= {*failed, 10_001, 10_002, 10_003} for start in starts)
    assert not hit(Weather((Mishaps(UNAVAILABLE, probability=0),), seed=1), 100)
    assert len(hit(Weather((Mishaps(UNAVAILABLE, probability=1),), seed=1), 100)) == 100


def test_conditions_touch_the_operations_they_name():
    """A condition with operations lets others pass uncounted."""
    weather = Weather((Outages(UNAVAILABLE, every=2, operations=("ConverseStream",)),), seed=0)
    asked = ["ConverseStream", "Converse", "Converse", "ConverseStream", "ConverseStream"]
    assert [weather.reply(0.0, operation) is not None for operation in asked] == [False, False, False, True, False]


def test_the_first_condition_that_answers_hides_the_rest():
    """What a condition answers does not count for those behind it."""
    weather = Weather((Outages(UNAVAILABLE, every=2), RateLimit(1, 100)), seed=0)
    codes = [reply and reply.code for reply in (weather.reply(0.0, "Converse") for _ in range(4))]
    assert codes == [None, "ServiceUnavailableException", "ThrottlingException", "ServiceUnavailableException"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: RateLimit(-1, 1),
        lambda: RateLimit(1, 0),
        lambda: Outages(UNAVAILABLE, every=2, length=3),
        lambda: Outages(UNAVAILABLE, every=2, length=0),
        lambda: Mishaps(UNAVAILABLE, probability=1.1),
        lambda: Mishaps(UNAVAILABLE, probability=0.5, length=0),
    ],
)
def test_conditions_that_cannot_be_are_refused(make):
    """A condition with numbers out of range is an error at once, in a sentence."""
    with pytest.raises(ValueError, match=r"need"):
        make()


def test_conditions_are_data():
    """Conditions survive JSON, troubles and all."""
    conditions = (
        RateLimit(5, 60, retry_after=3),
        *(Outages(trouble, every=9) for trouble in TROUBLES.values()),
        Mishaps(UNAVAILABLE, 0.1, operations=("Converse",)),
    )
    assert msgspec.json.decode(msgspec.json.encode(conditions), type=tuple[Condition, ...]) == conditions


SEEN = {
    "bad-gateway": (502, "text/html", None),
    "gateway-timeout": (504, "text/html", None),
    "internal": (500, "application/json", "InternalServerException"),
    "misnamed": (503, "application/json", "InternalFailure"),
    "mistyped": (503, "text/html", "ServiceUnavailableException"),
    "nameless": (503, "application/json", None),
    "speechless": (503, None, None),
    "throttled": (429, "application/json", "ThrottlingException"),
    "unavailable": (503, "application/json", "ServiceUnavailableException"),
}


def test_troubles_on_the_wire():
    """Each trouble arrives with its status, content type and error header, right, wrong or missing."""
    with Simulator(script=tuple(TROUBLES.values())) as simulator, Peer(simulator) as peer:
        replies = {name: peer.ask(simulator) for name in TROUBLES}
    headers = {
        name: (reply.status, reply.header("Content-Type"), reply.header("x-amzn-ErrorType"))
        for name, reply in replies.items()
    }
    assert headers == SEEN
    for name, reply in replies.items():
        match TROUBLES[name]:
            case HttpError(message=message):
                assert json.loads(reply.body) == {"message": message}
            case Http(body=body):
                assert reply.body == body


# ------------------------------------------------------------------------------------------------------- a whole server


@pytest.fixture
def caller():
    """Make boto3 clients that try once, and close them."""
    made = []

    def make(simulator):
        keys = simulator.credentials
        client = boto3.client(
            "bedrock-runtime",
            region_name=simulator.region,
            endpoint_url=simulator.url,
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret_access_key"],
            config=Config(retries={"total_max_attempts": 1}),
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


def test_an_outage_uses_up_no_reply(on_each_loop, caller):
    """What an outage takes the place of is sent with the next request instead."""
    script = (answer(Text("one")), answer(Text("two")))
    with Simulator(weather=(Outages(UNAVAILABLE, every=2),), script=script) as simulator:
        client = caller(simulator)
        said = [client.converse(modelId=MODEL, **HELLO)]
        with pytest.raises(client.exceptions.ServiceUnavailableException, match="unable to process"):
            client.converse(modelId=MODEL, **HELLO)
        said.append(client.converse(modelId=MODEL, **HELLO))
    assert [reply["output"]["message"]["content"][0]["text"] for reply in said] == ["one", "two"]
    assert [exchange.status for exchange in simulator.journal] == [200, 503, 200]


def test_a_throttled_client_waits_by_the_simulators_clock(on_each_loop, caller):
    """Beyond the rate boto3 raises a ThrottlingException; once the clock has moved on it is served again."""
    with Simulator(weather=(RateLimit(2, 60),), script=(answer(Text("one")),)) as simulator:
        client = caller(simulator)
        for _ in range(2):
            client.converse(modelId=MODEL, **HELLO)
        with pytest.raises(client.exceptions.ThrottlingException, match="Too many requests"):
            client.converse(modelId=MODEL, **HELLO)
        with pytest.raises(client.exceptions.ThrottlingException):
            client.converse_stream(modelId=MODEL, **HELLO)
        simulator.clock.shift(61)
        # Signed by the real time, 61 seconds ago as the simulator sees it: still good.
        assert client.converse(modelId=MODEL, **HELLO)["stopReason"] == "end_turn"


def test_a_forged_request_never_sees_the_weather(on_each_loop):
    """A bad signature is refused as such, and counts for no condition."""
    with Simulator(weather=(RateLimit(1, 60),)) as simulator, Peer(simulator) as peer:
        forged = {**simulator.credentials, "secret_access_key": "wrong"}
        statuses = [peer.ask(simulator, login=forged).status, *(peer.ask(simulator).status for _ in range(2))]
    assert statuses == [403, 200, 429]


@pytest.mark.parametrize("operation", ["InvokeModel", "InvokeModelWithResponseStream"])
def test_weather_comes_before_a_body_that_cannot_be_read(operation):
    """A throttled request is told so whatever its body: a server that is overrun does not read it."""
    with Simulator(weather=(RateLimit(0, 60),)) as simulator, Peer(simulator) as peer:
        reply = peer.ask(simulator, operation, b"no JSON")
    assert reply.status == 429
    assert not simulator.journal.failures
