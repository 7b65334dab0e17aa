"""Where a request goes, and the region it is signed for."""

from typing import get_args

import httpx
import pytest

from bedrock_harness.client import InvalidRequest, MissingRegion, addressing
from bedrock_harness.client.settings import Settings
from bedrock_harness.service.model_ids import PROFILE_PREFIXES, Kind, parse, parse_path

SONNET = "anthropic.claude-sonnet-4-20250514-v1:0"
VPC_ENDPOINT = "https://vpce-0123456789abcdef0-abcdefgh.bedrock-runtime.us-west-2.vpce.amazonaws.com"
PROFILE = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123def456"


def settings(region=None, *, default=None, endpoint=None, **others):
    return Settings(None, region, default, None if endpoint is None else httpx.URL(endpoint), **others)


@pytest.mark.parametrize(
    ("region", "default", "endpoint", "model", "expected"),
    [
        ("us-east-1", None, None, SONNET, "us-east-1"),
        (None, "us-east-1", None, SONNET, "us-east-1"),
        ("us-west-2", "us-east-1", None, SONNET, "us-west-2"),
        (None, None, None, PROFILE, "eu-west-1"),
        (None, "us-east-1", None, PROFILE, "eu-west-1"),
        ("eu-west-1", None, None, PROFILE, "eu-west-1"),
        ("us-east-1", None, "http://host", PROFILE, "us-east-1"),
        (None, "us-east-1", "http://host", PROFILE, "us-east-1"),
        (None, None, "http://host", PROFILE, "eu-west-1"),
        (None, "us-east-1", None, "arn:aws:bedrock:no such thing", "us-east-1"),
        (None, "us-east-1", "https://bedrock-runtime.eu-west-2.amazonaws.com", PROFILE, "eu-west-2"),
        (None, "us-east-1", VPC_ENDPOINT, SONNET, "us-west-2"),
        ("us-east-1", None, VPC_ENDPOINT, SONNET, "us-east-1"),
    ],
)
def test_which_region(region, default, endpoint, model, expected):
    """The caller's region, the ARN's, the environment's; with an endpoint its host's before the environment's, the ARN's last.

    So a request to a VPC endpoint is signed for the region of its host (L05).
    """
    assert addressing.choose_region(settings(region, default=default, endpoint=endpoint), model) == expected


def test_an_arn_of_another_region_is_refused_before_sending():
    """A region given by the caller that is not the ARN's is an error that names both."""
    with pytest.raises(InvalidRequest, match=r"eu-west-1.*us-east-1"):
        addressing.choose_region(settings("us-east-1"), PROFILE)


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:1"])
def test_no_region_is_an_error_that_says_how_to_give_one(endpoint):
    """Without a region nothing is guessed: us-east-1 least of all."""
    with pytest.raises(MissingRegion, match=r"region=.*AWS_REGION.*AWS_DEFAULT_REGION.*ARN"):
        addressing.choose_region(settings(endpoint=endpoint), SONNET)


@pytest.mark.parametrize("region", ["evil.example/", "us-east-1.evil.example", "us-east-1#", "@evil", "US EAST", "a"])
def test_a_region_does_not_choose_the_host(region):
    """A region is one label of a host name, so that no model id sends a signature elsewhere."""
    with pytest.raises(InvalidRequest, match="is no region"):
        addressing.choose_region(settings(region), SONNET)


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "bedrock-runtime.us-east-1.amazonaws.com"),
        ("us-gov-west-1", "bedrock-runtime.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "bedrock-runtime.cn-north-1.amazonaws.com.cn"),
        ("us-iso-east-1", "bedrock-runtime.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "bedrock-runtime.us-isob-east-1.sc2s.sgov.gov"),
        ("xy-future-9", "bedrock-runtime.xy-future-9.amazonaws.com"),
    ],
)
def test_each_partition_has_its_own_domain(region, host):
    """The endpoint of a region ends as its partition's do."""
    assert addressing.choose_url(settings(region), SONNET, "Converse").host == host


@pytest.mark.parametrize(
    ("kind", "host"),
    [
        ({"fips": True}, "bedrock-runtime-fips.us-gov-west-1.amazonaws.com"),
        ({"dual_stack": True}, "bedrock-runtime.us-gov-west-1.api.aws"),
        ({"fips": True, "dual_stack": True}, "bedrock-runtime-fips.us-gov-west-1.api.aws"),
    ],
)
def test_the_environment_chooses_the_kind_of_endpoint(kind, host):
    """FIPS and dual stack have hosts of their own; an endpoint that was given stays what it is."""
    assert addressing.choose_url(settings("us-gov-west-1", **kind), SONNET, "Converse").host == host
    assert addressing.choose_url(settings("x-1", endpoint="http://host", **kind), SONNET, "Converse").host == "host"


def test_p02_a_colon_may_be_sent_raw():
    """The colon of a model id is sent as `%3A` or as it is; an ARN's slash is escaped either way."""
    raw = settings("eu-west-1", endpoint="http://host", colons="raw")
    path = addressing.choose_url(raw, PROFILE, "Converse").raw_path.decode()
    assert path == f"/model/{PROFILE.replace('/', '%2F')}/converse"
    assert parse_path(path) == ("Converse", PROFILE)


@pytest.mark.parametrize(
    ("given", "endpoint", "region"),
    [
        (
            {"region": "eu-west-1", "region_source": "the argument region"},
            "https://bedrock-runtime.eu-west-1.amazonaws.com (AWS's own in the region)",
            "eu-west-1 (the argument region)",
        ),
        (
            {"endpoint": VPC_ENDPOINT, "endpoint_source": "AWS_ENDPOINT_URL", "default": "us-east-1"},
            f"{VPC_ENDPOINT} (AWS_ENDPOINT_URL)",
            "us-west-2 (the endpoint's host)",
        ),
        (
            {},
            "https://bedrock-runtime.eu-west-1.amazonaws.com (AWS's own in the region)",
            "eu-west-1 (the model's ARN)",
        ),
    ],
)
def test_what_chose_the_address_can_be_told(given, endpoint, region):
    """Endpoint and region are told with what named them."""
    assert addressing.endpoint_report(settings(**given), PROFILE) == endpoint
    assert addressing.region_report(settings(**given), PROFILE) == region


@pytest.mark.parametrize(
    ("endpoint", "target"),
    [
        ("http://host", "/model/anthropic.claude-sonnet-4-20250514-v1%3A0/converse"),
        ("http://host/", "/model/anthropic.claude-sonnet-4-20250514-v1%3A0/converse"),
        ("http://host/base/path/", "/base/path/model/anthropic.claude-sonnet-4-20250514-v1%3A0/converse"),
        ("http://host/a%2Fb%20c", "/a%2Fb%20c/model/anthropic.claude-sonnet-4-20250514-v1%3A0/converse"),
        ("http://host/ü", "/%C3%BC/model/anthropic.claude-sonnet-4-20250514-v1%3A0/converse"),
    ],
)
def test_the_path_is_encoded_once(endpoint, target):
    """httpx leaves our escapes alone, and the model id stays one segment behind any base path."""
    url = addressing.choose_url(settings("us-east-1", endpoint=endpoint), SONNET, "Converse")
    assert url.raw_path.decode() == target


@pytest.mark.parametrize("model", [SONNET, PROFILE, "us.amazon.nova-micro-v1:0", "a b/c%3A%2F?x#ü..", "short"])
def test_any_model_id_arrives_as_it_was_given(model):
    """Whatever the id holds, the service reads the same id off the path."""
    url = addressing.choose_url(settings("us-east-1", endpoint="http://host"), model, "ConverseStream")
    assert parse_path(url.raw_path.decode()) == ("ConverseStream", model)


ACCOUNT = "123456789012"
RESOURCES = {
    "application-inference-profile": "abc123def456",
    "custom-model": "amazon.titan-text-express-v1/abc123def456",
    "custom-model-deployment": "abc123def456",
    "default-prompt-router": "anthropic.claude:1",
    "foundation-model": SONNET,
    "imported-model": "abc123def456",
    "inference-profile": f"eu.{SONNET}",
    "prompt": "ABCDEFGHIJ:1",
    "prompt-router": "abc123def456",
    "provisioned-model": "abc123def456",
}
ARNS = [
    f"arn:aws:bedrock:eu-west-1:{'' if kind == 'foundation-model' else ACCOUNT}:{kind}/{name}"
    for kind, name in RESOURCES.items()
] + [f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:endpoint/abc"]


def test_the_arns_are_of_every_kind():
    """The examples leave out no kind that the model has, but for the id that is no ARN."""
    assert {parse(arn).kind for arn in ARNS} == set(get_args(Kind)) - {"short"}


@pytest.mark.parametrize("colons", ["encoded", "raw"])
@pytest.mark.parametrize("model", ARNS)
def test_r08_b03_an_arn_of_any_kind_is_one_segment(model, colons):
    """The whole ARN is one segment of the path, and names the region where nothing else does."""
    url = addressing.choose_url(settings(colons=colons), model, "Converse")
    assert url.host == "bedrock-runtime.eu-west-1.amazonaws.com"
    assert url.raw_path.count(b"/") == 3
    assert parse_path(url.raw_path.decode()) == ("Converse", model)


@pytest.mark.parametrize("prefix", PROFILE_PREFIXES)
def test_r07_the_prefix_of_a_profile_is_kept(prefix):
    """An inference profile goes by its whole id, prefix included, and chooses no region."""
    url = addressing.choose_url(settings("us-east-1"), f"{prefix}.{SONNET}", "Converse")
    assert url.host == "bedrock-runtime.us-east-1.amazonaws.com"
    assert parse_path(url.raw_path.decode()) == ("Converse", f"{prefix}.{SONNET}")


@pytest.mark.parametrize("model", ["", ".", ".."])
def test_a_model_id_does_not_climb_out_of_its_path(model):
    """httpx resolves dot segments, so an id that is one is refused."""
    with pytest.raises(InvalidRequest, match="model id"):
        addressing.choose_url(settings("us-east-1"), model, "Converse")
