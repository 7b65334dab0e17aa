"""Botocore's endpoint rules as an oracle for host names."""

import itertools
from urllib.parse import urlsplit

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from bedrock_harness.service.endpoints import host_for, parse_host, partitions

REGIONS = sorted(region for partition in partitions() for region in partition.regions)


@pytest.mark.parametrize("service", ["bedrock-runtime", "bedrock", "sts"])
def test_a_host_is_botocores(service):
    """In every region, with FIPS and dual stack and without, the host is the one that botocore's rules lead to."""
    loader = Loader()
    rules = loader.load_service_model(service, "endpoint-rule-set-1")
    provider = EndpointProvider(rules, loader.load_data("partitions"))
    for region, fips, dual_stack in itertools.product(REGIONS, (False, True), (False, True)):
        options = {"UseGlobalEndpoint": False} if service == "sts" else {}
        resolved = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack, **options)
        theirs = urlsplit(resolved.url).hostname
        assert host_for(service, region, fips=fips, dual_stack=dual_stack) == theirs
        found = parse_host(theirs)
        assert (found.service, found.region, found.dual_stack) == (service, region, dual_stack)
        assert found.fips is fips or (service, found.partition) == ("sts", "aws-us-gov")
