"""Where credentials, region and endpoint come from."""

import pytest

from bedrock_harness.client import Client, InvalidRequest, MissingCredentials
from bedrock_harness.client.credentials import BearerToken, asked
from bedrock_harness.client.settings import settle
from bedrock_harness.wire.sigv4 import Credentials

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}
FOREIGN = {**KEYS, "AWS_SESSION_TOKEN": "env-token"}
TOKEN = {"AWS_BEARER_TOKEN_BEDROCK": "env-bearer"}
OWN = Credentials("AKIAOWN", "own-secret")


CALLER = ("credentials", "bearer_token", "token_key", "profile", "role")


def settled(environment=None, **given):
    caller = asked(environment=environment or {}, **{name: given.pop(name) for name in CALLER if name in given})
    return settle(**{"region": None, "endpoint": None, "attempts": 1, "repair": True, **given}, asked=caller)


@pytest.mark.parametrize(
    ("given", "environment", "expected"),
    [
        ({}, {}, None),
        ({}, KEYS, Credentials("AKIAENV", "env-secret")),
        ({}, FOREIGN, Credentials("AKIAENV", "env-secret", "env-token")),
        ({}, {**KEYS, "AWS_SESSION_TOKEN": ""}, Credentials("AKIAENV", "env-secret")),
        ({}, FOREIGN | TOKEN, BearerToken("env-bearer")),
        ({"credentials": OWN}, FOREIGN | TOKEN, OWN),
        ({"credentials": {"access_key_id": "AKIAOWN", "secret_access_key": "own-secret"}}, FOREIGN | TOKEN, OWN),
        ({"credentials": {"access_key_id": None, "bearer_token": "own"}}, FOREIGN | TOKEN, BearerToken("own")),
        ({"bearer_token": "own-bearer"}, FOREIGN | TOKEN, BearerToken("own-bearer")),
        ({"bearer_token": "", "credentials": {}}, KEYS, Credentials("AKIAENV", "env-secret")),
    ],
)
def test_who_is_calling(given, environment, expected):
    """Explicit credentials come whole and before the environment's, whose bearer token comes before its keys."""
    assert settled(environment, **given).identity == expected


@pytest.mark.parametrize(
    ("environment", "missing"),
    [({"AWS_ACCESS_KEY_ID": "AKIA"}, "AWS_SECRET_ACCESS_KEY"), ({"AWS_SECRET_ACCESS_KEY": "s"}, "AWS_ACCESS_KEY_ID")],
)
def test_half_a_key_pair_is_named(environment, missing):
    """Half a key pair is an error that names the other half."""
    with pytest.raises(MissingCredentials, match=f"{missing} is not set"):
        settled(environment)


def test_two_identities_are_one_too_many():
    """Credentials and a bearer token together are refused, since one of them is not meant."""
    with pytest.raises(InvalidRequest, match="Both"):
        settled(credentials=OWN, bearer_token="own")


@pytest.mark.parametrize(
    ("given", "environment", "endpoint"),
    [
        ({}, {}, None),
        ({}, {"AWS_ENDPOINT_URL": "http://one"}, "http://one"),
        ({}, {"AWS_ENDPOINT_URL": "http://one", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://two"}, "http://two"),
        ({"endpoint": "http://three"}, {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://two"}, "http://three"),
        ({"base_url": "http://four"}, {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://two"}, "http://four"),
        ({"base_url": "http://four", "endpoint": "http://three"}, {}, "http://three"),
        ({}, {"AWS_ENDPOINT_URL": "http://one", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, None),
        ({"base_url": "http://four"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"}, "http://four"),
        ({}, {"AWS_ENDPOINT_URL": "http://one", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "no"}, "http://one"),
    ],
)
def test_b01_where_to(given, environment, endpoint):
    """The caller's endpoint, his base URL, the service's variable, the general one; variables may be switched off."""
    found = settled(environment, **given).endpoint
    assert (None if found is None else str(found)) == endpoint


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-west-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
        ({}, None),
    ],
)
def test_the_environments_region(environment, region):
    """AWS_REGION comes before AWS_DEFAULT_REGION, and there is no region out of nowhere."""
    assert settled(environment).default_region == region


@pytest.mark.parametrize(
    "endpoint",
    [
        "127.0.0.1:80",
        "ftp://host",
        "http://",
        "http://user:secret@host",
        "http://host?x=1",
        "http://host/#x",
        "http://[::1",
    ],
)
def test_an_endpoint_that_cannot_be_used_is_refused(endpoint):
    """An endpoint is a scheme, a host, perhaps a port and a path; an error about it repeats no password."""
    with pytest.raises(InvalidRequest, match="endpoint") as caught:
        settled(endpoint=endpoint)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "environment", "region", "source"),
    [
        ({"region": "eu-west-1"}, {"AWS_REGION": "us-west-2"}, "us-west-2", "the argument region"),
        ({}, {"AWS_REGION": "us-west-2"}, "us-west-2", "AWS_REGION"),
        ({}, {"AWS_DEFAULT_REGION": "us-west-2"}, "us-west-2", "AWS_DEFAULT_REGION"),
        ({"profile_region": lambda: "sa-east-1", "default_region": "us-east-1"}, {}, "sa-east-1", "the profile"),
        ({"default_region": "us-east-1"}, {}, "us-east-1", "the argument default_region"),
    ],
)
def test_d03_r02_p04_what_names_the_region(given, environment, region, source):
    """The argument, AWS_REGION, AWS_DEFAULT_REGION, the profile, and at last a default of the caller's."""
    found = settled(environment, **given)
    assert (found.default_region, found.region_source) == (region, source)


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("https://bedrock-runtime.us-east-1.amazonaws.com", None),
        ("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", None),
        ("http://vpce-0123456789abcdef0-abcdefgh.bedrock-runtime.us-west-2.vpce.amazonaws.com", None),
        ("http://bedrock-runtime.us-east-1.amazonaws.com", "http is for VPC endpoints"),
        ("https://169.254.169.254", "none of AWS's"),
        ("https://evil.example/.amazonaws.com", "none of AWS's"),
        ("https://bucket.s3.us-east-1.amazonaws.com", "none of AWS's"),
        ("https://bedrock-runtime.us-east-1.amazonaws.com.evil.example", "none of AWS's"),
    ],
)
def test_l06_an_endpoint_that_others_choose_is_held_to_aws(endpoint, reason):
    """With only_aws no other host is called, and http is taken for VPC endpoints alone."""
    if reason is None:
        assert str(settled(endpoint=endpoint, only_aws=True).endpoint) == endpoint
    else:
        with pytest.raises(InvalidRequest, match=reason):
            settled(endpoint=endpoint, only_aws=True)


def test_colons_are_encoded_or_raw():
    """There is no third way to send a colon."""
    with pytest.raises(InvalidRequest, match="colons is 'double'"):
        settled(colons="double")


def test_no_attempt_at_all_is_refused():
    """Attempts count every sending, so that there is at least one."""
    with pytest.raises(InvalidRequest, match="attempts is 0"):
        settled(attempts=0)


@pytest.mark.parametrize("seconds", [0.0, -1.0])
@pytest.mark.parametrize("name", ["timeout", "read_timeout", "total_timeout"])
def test_no_time_at_all_is_refused(name, seconds):
    """A time that is over before it has begun is refused when the client is made; None is no bound."""
    with pytest.raises(InvalidRequest, match=f"^{name} is {seconds:g} s"):
        Client("us-east-1", FOREIGN, **{name: seconds})
    Client("us-east-1", FOREIGN, **{name: None}).close()


def test_settings_show_no_secret():
    """The repr of what a client was made with holds no secret."""
    shown = repr((settled(FOREIGN), settled(TOKEN)))
    assert not [secret for secret in ("env-secret", "env-token", "env-bearer") if secret in shown]
