"""Who is calling: every source, which of them wins, and what is told about it."""

import json
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from bedrock_harness.client import (
    PRECEDENCE_PRX,
    PRECEDENCE_REQ_LLM,
    Client,
    InvalidRequest,
    MissingCredentials,
    Role,
)
from bedrock_harness.client.credentials import PRECEDENCE, BearerToken, asked, choose, report
from bedrock_harness.client.supply import Supply
from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.script import HttpError, Text, answer
from bedrock_harness.wire.sigv4 import Credentials
from tests.client.driving import DRIVERS

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}
TOKEN = {"AWS_BEARER_TOKEN_BEDROCK": "env-bearer"}
OWN = Credentials("AKIAOWN", "own-secret")
ROLE = Role("arn:aws:iam::123456789012:role/reader", "docker-agent-bedrock-session", external_id="the-door")
SAID = answer(Text("Hello"))


def chosen(environment, precedence=None, **given):
    return choose(asked(environment=environment, **given), precedence)


@pytest.mark.parametrize(
    ("environment", "identity"),
    [
        ({"MINE": "own", **TOKEN, **KEYS}, BearerToken("own")),
        ({"MINE": "", **TOKEN, **KEYS}, Credentials("AKIAENV", "env-secret")),
        ({**TOKEN, **KEYS}, Credentials("AKIAENV", "env-secret")),
    ],
)
def test_d02_a_named_variable_is_the_only_one_read(environment, identity):
    """With token_key the usual variable is not read; where the named one is empty, keys are looked for."""
    assert chosen(environment, token_key="MINE").identity == identity


def test_d02_an_empty_named_variable_leads_to_the_chain():
    """Where nothing else is set, botocore's chain is asked."""
    assert chosen(TOKEN, token_key="MINE").source == "chain"


@pytest.mark.parametrize(
    ("given", "environment", "source"),
    [
        ({"bearer_token": "t", "credentials": OWN}, TOKEN | KEYS, "bearer_token"),
        ({"credentials": OWN}, TOKEN | KEYS, "credentials"),
        ({}, TOKEN | KEYS, "bearer_variable"),
        ({}, KEYS, "environment"),
        ({}, {}, None),
    ],
)
def test_r01_the_four_levels_of_req_llm(given, environment, source):
    """A passed API key, passed keys, the environment's token, the environment's keys; and nothing behind them."""
    assert chosen(environment, PRECEDENCE_REQ_LLM, **given).source == source


@pytest.mark.parametrize(("environment", "source"), [(KEYS | TOKEN, "environment"), (TOKEN, "default_profile")])
def test_p01_the_environment_and_then_the_default_profile(environment, source):
    """PRX's order knows no token, and reads the profile that is called default."""
    assert chosen(environment, PRECEDENCE_PRX).source == source


@pytest.mark.parametrize("name", ["API_KEY", "AWS_API_KEY", "BEDROCK_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"])
def test_a_generic_key_is_no_bearer_token(name):
    """Keys of other services that lie about in the environment are sent to nobody."""
    assert chosen({name: "sk-something"}).source == "chain"


@pytest.mark.parametrize("prefix", ["", "aws_"])
def test_l07_keys_go_by_either_spelling(prefix):
    """A mapping of keys may spell them as boto3 does."""
    given = {f"{prefix}access_key_id": "AKIA", f"{prefix}secret_access_key": "s", f"{prefix}session_token": "t"}
    assert chosen({}, credentials=given).identity == Credentials("AKIA", "s", "t")


def test_a_source_that_does_not_exist_is_refused():
    """A precedence of unknown names is an error that tells the known ones."""
    with pytest.raises(InvalidRequest, match=r"'keychain' is no source.*bearer_token"):
        chosen({}, ("environment", "keychain"))


def test_the_account_says_which_source_won_and_why():
    """Each source has a line in the order in which it is asked, with what it reads, and no line a secret."""
    caller = asked(environment=KEYS | TOKEN | {"AWS_SESSION_TOKEN": "env-token"}, credentials={})
    told = report(caller, choose(caller))
    lines = told.splitlines()
    assert [line.split()[0] for line in lines] == list(PRECEDENCE)
    assert lines[0] == "bearer_token    has nothing (the argument bearer_token)"
    assert lines[2] == "bearer_variable used: bearer token (AWS_BEARER_TOKEN_BEDROCK)"
    assert lines[4].startswith("environment     not asked")
    assert not [secret for secret in ("env-bearer", "env-secret", "env-token") if secret in told + repr(caller)]


@pytest.fixture
def connect_by_environment(bedrock, monkeypatch):
    """Make clients of either kind that know no keys but those which the environment leads to."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", bedrock.url)

    def make(driver, **given):
        return DRIVERS[driver](**{"region": bedrock.region, "endpoint": bedrock.url} | given)

    return make


def asked_of_sts(bedrock):
    return [
        parse_qs(exchange.request.body.decode()) for exchange in bedrock.journal if exchange.operation == "AssumeRole"
    ]


def key_ids(bedrock):
    return [
        exchange.authorization.claim.access_key_id for exchange in bedrock.journal if exchange.operation == "Converse"
    ]


@pytest.mark.parametrize("driver", DRIVERS)
def test_d06_a_role_is_assumed_once(bedrock, connect_by_environment, driver):
    """A role is assumed with the keys that were found, by its session name and external id, and its keys are kept."""
    client = connect_by_environment(driver, credentials=bedrock.credentials, role=ROLE)
    client.converse()
    client.converse()
    client.close()
    (sent,) = asked_of_sts(bedrock)
    assert sent["RoleArn"] == [ROLE.arn]
    assert sent["RoleSessionName"] == ["docker-agent-bedrock-session"]
    assert sent["ExternalId"] == ["the-door"]
    assert [key[:4] for key in key_ids(bedrock)] == ["ASIA", "ASIA"]
    assert all(exchange.authorization.valid for exchange in bedrock.journal)


@pytest.mark.parametrize("driver", DRIVERS)
def test_logs_of_an_assumed_role_hold_no_secret(bedrock, connect_by_environment, caplog, driver):
    """At its most talkative botocore would log the token that was sent and the keys that came."""
    caplog.set_level("DEBUG")
    login = bedrock.session_credentials
    client = connect_by_environment(driver, credentials=login, role=ROLE)
    client.converse()
    client.close()
    assert "botocore" in {record.name.partition(".")[0] for record in caplog.records}
    assert login["session_token"] not in caplog.text
    assert "SecretAccessKey" not in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
def test_expired_keys_are_renewed_for_the_next_attempt(bedrock, connect_by_environment, driver):
    """An ExpiredTokenException makes the role be assumed anew, within the budget of attempts."""
    client = connect_by_environment(driver, credentials=bedrock.credentials, role=ROLE, attempts=2)
    bedrock.play(HttpError("ExpiredTokenException", "The security token included in the request is expired"), SAID)
    assert client.converse().text == "Hello"
    client.close()
    first, second = key_ids(bedrock)
    assert first != second


def test_keys_that_cannot_be_renewed_are_not_tried_again(bedrock, connect):
    """Keys that the caller gave are the same at every attempt: the refusal is his."""
    bedrock.play(HttpError("ExpiredTokenException", "The security token included in the request is expired"), SAID)
    with pytest.raises(Exception, match="expired"):
        connect(attempts=2).converse()
    assert len(bedrock.journal) == 1


@pytest.mark.parametrize("driver", DRIVERS)
def test_keys_are_renewed_before_they_expire(monkeypatch, driver):
    """A container's keys that will expire within minutes are fetched anew before they are used again."""
    with Simulator(lifetime=timedelta(seconds=60)) as bedrock:
        for name, value in bedrock.container_environment().items():
            monkeypatch.setenv(name, value)
        client = DRIVERS[driver](region=bedrock.region, endpoint=bedrock.url)
        client.converse()
        client.converse()
        client.close()
        first, second = key_ids(bedrock)
    assert first != second


@pytest.mark.parametrize("driver", DRIVERS)
def test_d05_a_profile_is_chosen(bedrock, connect_by_environment, monkeypatch, tmp_path, driver):
    """A profile that the caller names wins over the environment's keys, and AWS_PROFILE names one for the chain."""
    keys = bedrock.credentials
    file = tmp_path / "credentials"
    file.write_text(
        f"[bedrock1]\naws_access_key_id = {keys['access_key_id']}\naws_secret_access_key = {keys['secret_access_key']}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    with monkeypatch.context() as patch:
        patch.setenv("AWS_PROFILE", "bedrock1")
        by_chain = connect_by_environment(driver)
        by_chain.converse()
        by_chain.close()
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    by_name = connect_by_environment(driver, profile="bedrock1")
    by_name.converse()
    by_name.close()
    assert key_ids(bedrock) == [keys["access_key_id"]] * 2


def test_a_process_gives_keys_and_the_profile_a_region(bedrock, connect_by_environment, monkeypatch, tmp_path):
    """What botocore knows of a profile holds: a role behind a process, and the region where nothing else names one."""
    keys = bedrock.credentials
    given = {"Version": 1, "AccessKeyId": keys["access_key_id"], "SecretAccessKey": keys["secret_access_key"]}
    (tmp_path / "keys.json").write_text(json.dumps(given), encoding="utf-8")
    config = tmp_path / "config"
    config.write_text(
        f"[profile base]\ncredential_process = cat {tmp_path}/keys.json\n"
        f"[profile reader]\nrole_arn = {ROLE.arn}\nsource_profile = base\nregion = {bedrock.region}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with Client(endpoint=bedrock.url, profile="reader") as client:
        assert "to be asked at the first request" in client.credentials_report()
        client.converse("amazon.nova-lite-v1:0", [{"role": "user", "content": [{"text": "Hello"}]}])
        assert "profile         used: assume-role (the profile reader)" in client.credentials_report()
        assert "(the profile)" in client.address_report("amazon.nova-lite-v1:0")
    assert key_ids(bedrock)[0].startswith("ASIA")


@pytest.mark.parametrize("driver", DRIVERS)
def test_r04_p15_without_any_source_nothing_is_sent(bedrock, connect_by_environment, driver):
    """No credentials anywhere is an error before anything is sent, and says what to set and where to look."""
    client = connect_by_environment(driver)
    with pytest.raises(MissingCredentials, match=r"AWS_ACCESS_KEY_ID.*credentials_report"):
        client.converse()
    client.close()
    assert len(bedrock.journal) == 0


def test_what_botocore_refuses_is_an_error_of_ours(connect_by_environment):
    """A profile that does not exist, and a role that may not be assumed, are missing credentials."""
    with pytest.raises(MissingCredentials, match="nobody"):
        Supply(profile="nobody").current()
    client = connect_by_environment("blocking", credentials=OWN, role=ROLE)
    with pytest.raises(MissingCredentials, match=r"role/reader was not assumed.*InvalidClientTokenId"):
        client.converse()
    client.close()
