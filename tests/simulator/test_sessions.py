"""Time and credentials, as boto3 meets them: signatures that age, sessions that end, keys that rotate."""

import os
from datetime import timedelta
from email.utils import parsedate_to_datetime

import boto3
import botocore.session
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bedrock_harness.simulator import Clock, Simulator, Text, answer
from bedrock_harness.simulator.identities import make_identities
from bedrock_harness.simulator.script import Delivery, Http
from bedrock_harness.simulator.weather import RateLimit
from tests.simulator.raw import Peer

MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
HELLO = {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
ROLE = {"RoleArn": "arn:aws:iam::123456789012:role/reader", "RoleSessionName": "one"}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    """Nothing of the developer's own: no keys, no profile, no endpoint."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def client(simulator, login=None, service="bedrock-runtime", attempts=1):
    login = simulator.credentials if login is None else login
    return boto3.client(
        service,
        endpoint_url=simulator.url,
        region_name=simulator.region,
        aws_access_key_id=login["access_key_id"],
        aws_secret_access_key=login["secret_access_key"],
        aws_session_token=login["session_token"],
        config=Config(retries={"total_max_attempts": attempts}),
    )


def refused(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value.response


def test_a_signature_expires_within_five_minutes():
    """A request that is signed, and arrives five minutes later by the server's clock, is refused in AWS's words."""
    with Simulator() as simulator:
        bedrock = client(simulator)
        bedrock.converse(**HELLO)
        simulator.clock.shift(301)
        response = refused(bedrock.converse, **HELLO)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert response["Error"]["Code"] == "InvalidSignatureException"
        assert response["Error"]["Message"].startswith("Signature expired: ")
        assert response["Error"]["Message"].endswith(" - 5 min.)")
        assert simulator.journal[-1].authorization.problem == "expired"
        simulator.clock.shift(-602)
        assert refused(bedrock.converse, **HELLO)["Error"]["Message"].startswith("Signature not yet current: ")


def test_a_signature_ages_while_its_reply_is_waited_for():
    """Where age counts when the reply begins, a slow answer is a refusal: six minutes pass here in a third of a second."""
    slow = answer(Text("Late."), deliver=Delivery(delay=0.35))
    for ages, begins in (("arrival", 200), ("reply", 403)):
        with Simulator(ages=ages, script=(slow,)) as simulator:
            bedrock = client(simulator)
            simulator.clock.run(1000)
            if ages == "arrival":
                assert bedrock.converse(**HELLO)["output"]
            else:
                assert refused(bedrock.converse, **HELLO)["Error"]["Code"] == "InvalidSignatureException"
            assert simulator.wait_until_idle()
            exchange = simulator.journal[0]
            assert exchange.status == begins
            assert exchange.finished - exchange.received >= 0.35e9


def test_a_chosen_reply_to_no_operation_ages_too():
    """What a chooser answers to a path with no route, late, is judged again by the time when it begins."""
    late = Http(200, {}, b"", deliver=Delivery(delay=0.35))
    with Simulator(ages="reply", chooser=lambda _: late) as simulator, Peer(simulator) as peer:
        simulator.clock.run(1000)
        assert peer.ask(simulator, model="").status == 403
        assert simulator.journal[0].operation is None


def test_a_window_can_be_narrow():
    """The window is the simulator's: of one minute, a signature of two is too old, and the refusal says so."""
    with Simulator(window=timedelta(minutes=1)) as simulator:
        simulator.clock.shift(120)
        assert refused(client(simulator).converse, **HELLO)["Error"]["Message"].endswith(" - 1 min.)")


def test_boto3_does_not_correct_its_clock():
    """A server whose clock is ten minutes ahead says so in its Date header. boto3 does not look, and is refused each time."""
    with Simulator() as simulator:
        simulator.clock.shift(600)
        response = refused(client(simulator, attempts=3).converse, **HELLO)
        told = parsedate_to_datetime(response["ResponseMetadata"]["HTTPHeaders"]["date"])
        assert abs((simulator.clock.now() - told).total_seconds()) < 5
        assert {exchange.authorization.problem for exchange in simulator.journal} == {"expired"}


def test_a_session_ends():
    """A session token that has expired is refused as such, though the signature is right."""
    with Simulator(lifetime=timedelta(minutes=2)) as simulator:
        bedrock = client(simulator, simulator.session_credentials)
        bedrock.converse(**HELLO)
        simulator.clock.shift(121)
        error = refused(bedrock.converse, **HELLO)["Error"]
        assert error == {
            "Code": "ExpiredTokenException",
            "Message": "The security token included in the request is expired",
        }
        assert simulator.journal[-1].authorization.problem == "expired-token"
        assert "expired" in simulator.journal[-1].fault


def test_credentials_rotate(monkeypatch):
    """A container's credentials are fetched with its token, and fetched anew once they have run out."""
    with Simulator(lifetime=timedelta(minutes=20)) as simulator:
        for name, value in simulator.container_environment().items():
            monkeypatch.setenv(name, value)
        session = boto3.Session(botocore_session=botocore.session.Session())
        bedrock = session.client("bedrock-runtime")
        bedrock.converse(**HELLO)
        # botocore goes by the real time: what it holds is good for 20 minutes, and at 10 it would like new ones.
        credentials = session.get_credentials()
        first = credentials.access_key
        credentials._expiry_time -= timedelta(minutes=20)
        bedrock.converse(**HELLO)
        assert session.get_credentials().access_key != first
        assert [exchange.operation for exchange in simulator.journal] == [
            "GetContainerCredentials",
            "Converse",
            "GetContainerCredentials",
            "Converse",
        ]
        assert all(exchange.authorization.valid for exchange in simulator.journal)


@pytest.mark.parametrize("headers", [{}, {"authorization": ""}, {"authorization": "something-else"}])
def test_a_container_without_its_token_gets_nothing(headers):
    """The container's endpoint hands out no credentials to somebody without the token."""
    with Simulator() as simulator:
        url = simulator.container_environment()["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        reply = httpx.get(url, headers=headers)
        assert reply.status_code == 403
        assert "AccessKeyId" not in reply.text
        assert simulator.journal[0].refused == "AccessDeniedException"


def test_a_role_is_assumed():
    """STS hands out a session that works, until it ends; who it belongs to, it says as well."""
    with Simulator(window=timedelta(hours=1)) as simulator:
        sts = client(simulator, service="sts")
        assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/harness"
        given = sts.assume_role(**ROLE, ExternalId="ours", DurationSeconds=900)["Credentials"]
        login = {
            "access_key_id": given["AccessKeyId"],
            "secret_access_key": given["SecretAccessKey"],
            "session_token": given["SessionToken"],
        }
        assert abs((given["Expiration"] - simulator.clock.now()).total_seconds() - 900) < 5
        assumed = client(simulator, login, "sts").get_caller_identity()["Arn"]
        assert assumed == "arn:aws:sts::123456789012:assumed-role/reader/one"
        assert client(simulator, login).converse(**HELLO)["output"]
        assert simulator.journal[1].body["ExternalId"] == "ours"
        simulator.clock.shift(901)
        assert refused(client(simulator, login).converse, **HELLO)["Error"]["Code"] == "ExpiredTokenException"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({**ROLE, "RoleArn": "arn:aws:iam::12:role/reader"}, "arn:aws:iam::12:role/reader is invalid"),
        ({**ROLE, "DurationSeconds": 43201}, "less than or equal to 43200"),
    ],
)
def test_a_role_that_cannot_be_assumed(members, message):
    """STS refuses in XML what botocore lets pass: no ARN of a role, too long a session."""
    with Simulator() as simulator:
        response = refused(client(simulator, service="sts").assume_role, **members)
        assert response["Error"]["Code"] == "ValidationError"
        assert message in response["Error"]["Message"]


def test_sts_refuses_a_wrong_secret_in_its_own_words():
    """The query protocol has names of its own for what is wrong with a signature."""
    with Simulator() as simulator:
        login = {**simulator.credentials, "secret_access_key": "not-the-secret"}
        error = refused(client(simulator, login, "sts").get_caller_identity)["Error"]
        assert error["Code"] == "SignatureDoesNotMatch"
        assert "not-the-secret" not in error["Message"]
        login = {**simulator.credentials, "access_key_id": "AKIAUNKNOWN000000000"}
        response = refused(client(simulator, login, "sts").get_caller_identity)
        assert response["Error"]["Code"] == "InvalidClientTokenId"
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_sts_names_itself_where_the_scope_names_another():
    """A request to STS that is signed for Bedrock is told which service it should have been signed for."""
    with Simulator() as simulator:
        sts = client(simulator, service="sts")
        sts._request_signer._signing_name = "bedrock"
        error = refused(sts.get_caller_identity)["Error"]
    assert error["Code"] == "SignatureDoesNotMatch"
    assert error["Message"] == "Credential should be scoped to correct service: 'sts'. "


def test_sts_is_throttled_in_its_own_words():
    """What ails the whole server reaches clients of STS as the query protocol writes it."""
    with Simulator(weather=(RateLimit(0, 60),)) as simulator:
        error = refused(client(simulator, service="sts").get_caller_identity)
    assert error["Error"]["Code"] == "ThrottlingException"
    assert error["Error"]["Message"].startswith("Too many requests")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_expired_api_key_is_a_wrong_one():
    """Of an API key that has expired the service says what it says of any other that is not good."""
    with Simulator(lifetime=timedelta(hours=12)) as simulator:
        headers = {"authorization": f"Bearer {simulator.bearer_token}"}
        url = f"{simulator.url}/model/{MODEL}/converse"
        assert httpx.post(url, json={"messages": HELLO["messages"]}, headers=headers).status_code == 200
        simulator.clock.shift(12 * 3600)
        reply = httpx.post(url, json={"messages": HELLO["messages"]}, headers=headers)
        assert reply.status_code == 403
        assert reply.json() == {"Message": "Authentication failed: Please make sure your API Key is valid."}


def test_the_issued_are_bounded():
    """Of the credentials handed out the latest thousand are remembered."""
    identities, now = make_identities(0), Clock().now()
    first = identities.issue("arn", at=now, lifetime=timedelta(hours=1))
    for _ in range(1000):
        last = identities.issue("arn", at=now, lifetime=timedelta(hours=1))
    assert identities.find(first.credentials.access_key_id) is None
    assert identities.find(last.credentials.access_key_id) == last
