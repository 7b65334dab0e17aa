import pytest

from bedrock_harness.service.endpoints import Endpoint, EndpointError, host_for, parse_host, partition_of, partitions

HOSTS = [
    ("bedrock-runtime.us-east-1.amazonaws.com", Endpoint("bedrock-runtime", "us-east-1", "aws")),
    ("bedrock.eu-central-2.amazonaws.com", Endpoint("bedrock", "eu-central-2", "aws")),
    ("sts.cn-north-1.amazonaws.com.cn", Endpoint("sts", "cn-north-1", "aws-cn")),
    ("bedrock-runtime.us-gov-west-1.amazonaws.com", Endpoint("bedrock-runtime", "us-gov-west-1", "aws-us-gov")),
    ("bedrock-runtime-fips.us-east-1.amazonaws.com", Endpoint("bedrock-runtime", "us-east-1", "aws", fips=True)),
    ("bedrock-runtime.us-west-2.api.aws", Endpoint("bedrock-runtime", "us-west-2", "aws", dual_stack=True)),
    ("bedrock-fips.us-gov-east-1.api.aws", Endpoint("bedrock", "us-gov-east-1", "aws-us-gov", True, True)),
    ("bedrock.us-iso-east-1.c2s.ic.gov", Endpoint("bedrock", "us-iso-east-1", "aws-iso")),
    ("bedrock-runtime.eusc-de-east-1.amazonaws.eu", Endpoint("bedrock-runtime", "eusc-de-east-1", "aws-eusc")),
    ("bedrock-runtime.us-moon-3.amazonaws.com", Endpoint("bedrock-runtime", "us-moon-3", "aws")),
    (
        "vpce-0a1b2c3d4e5f60718-abcdefgh.bedrock-runtime.us-east-1.vpce.amazonaws.com",
        Endpoint("bedrock-runtime", "us-east-1", "aws", vpc_endpoint="vpce-0a1b2c3d4e5f60718-abcdefgh"),
    ),
    (
        "vpce-0a1b2c3d4e5f60718-abcdefgh-us-east-1a.sts-fips.us-east-1.vpce.amazonaws.com",
        Endpoint("sts", "us-east-1", "aws", True, vpc_endpoint="vpce-0a1b2c3d4e5f60718-abcdefgh-us-east-1a"),
    ),
]


@pytest.mark.parametrize(("host", "endpoint"), HOSTS)
def test_a_host_and_its_endpoint_name_each_other(host, endpoint):
    """A host is taken apart into what it is put together from, and put together again."""
    assert parse_host(host) == endpoint
    options = {"fips": endpoint.fips, "dual_stack": endpoint.dual_stack, "vpc_endpoint": endpoint.vpc_endpoint}
    assert host_for(endpoint.service, endpoint.region, **options) == host


@pytest.mark.parametrize(
    "host", ["Bedrock-Runtime.US-EAST-1.amazonaws.com", "bedrock-runtime.us-east-1.amazonaws.com.:443"]
)
def test_case_port_and_a_trailing_dot_do_not_matter(host):
    """A host is read as the name system reads it."""
    assert parse_host(host) == Endpoint("bedrock-runtime", "us-east-1", "aws")


def test_the_global_host_of_sts_is_of_us_east_1():
    """Requests to the global endpoint are signed for the region it stands in."""
    assert parse_host("sts.amazonaws.com") == Endpoint("sts", "us-east-1", "aws")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1:8000",
        "localhost",
        "amazonaws.com",
        "bedrock-runtime.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
        "bedrock-agent-runtime.us-east-1.amazonaws.com",
        "bedrock-runtime.us-east-1.amazonaws.com.evil.example",
        "evil.bedrock-runtime.us-east-1.amazonaws.com",
        "bedrock-runtime.cn-north-1.amazonaws.com",
        "bedrock-runtime.us-east-1.amazonaws.com.cn",
        "bedrock-runtime.us-east-1.vpce.amazonaws.com",
        "vpce-0a1b.bedrock-runtime.us-east-1.amazonaws.com",
        "bedrock-runtime.region.amazonaws.com",
        "bedrock-runtime.us-east-1.example.com",
    ],
)
def test_a_foreign_host_is_none(host):
    """What is no host of Bedrock or STS, however alike it looks, names no endpoint."""
    assert parse_host(host) is None


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("mx-central-1", "aws"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-isob-east-1", "aws-iso-b"),
        ("us-gov-north-9", "aws-us-gov"),
    ],
)
def test_a_region_tells_its_partition(region, partition):
    """A known region is of the partition that lists it, an unknown one of the one whose pattern it has."""
    assert partition_of(region).name == partition


@pytest.mark.parametrize(
    "region", ["", "us", "us-east", "US-EAST-1", "us-east-1.evil.example", "us-east-1/", "aws-global"]
)
def test_what_is_no_region_has_no_host(region):
    """No host is made of a region that is none, so that nothing can be smuggled into it."""
    with pytest.raises(EndpointError, match="A region reads us-east-1"):
        host_for("bedrock-runtime", region)


def test_what_is_no_vpc_endpoint_has_no_host():
    """No host is made of a VPC endpoint that is none."""
    with pytest.raises(EndpointError, match="It reads vpce-0123"):
        host_for("bedrock-runtime", "us-east-1", vpc_endpoint="evil.example")


def test_every_partition_of_botocore_is_known():
    """China, GovCloud, the isolated ones and Europe's own are all there, and no region is in two."""
    regions = [region for partition in partitions() for region in partition.regions]
    assert {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"} <= {row.name for row in partitions()}
    assert len(regions) == len(set(regions))
