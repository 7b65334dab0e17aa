"""Certificates of the throwaway authority."""

import socket
import ssl

import pytest

from bedrock_harness.simulator import Simulator


def greet(simulator, name):
    """Shake hands with the simulator under that name, and return the certificate."""
    context = ssl.create_default_context(cafile=simulator.ca_file)
    host, port = simulator.url.partition("//")[2].split(":")
    with (
        socket.create_connection((host, int(port)), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname=name) as secured,
    ):
        return secured.getpeercert()


@pytest.fixture(scope="module")
def secured():
    with Simulator(tls=True) as running:
        yield running


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_loopback_has_a_certificate(secured, name):
    """Whoever connects by an address or name of loopback finds it in the certificate."""
    names = {value for _, value in greet(secured, name)["subjectAltName"]}
    assert {"127.0.0.1", "0:0:0:0:0:0:0:1", "localhost"} == names


@pytest.mark.parametrize(
    "name",
    [
        "bedrock-runtime.eu-central-1.amazonaws.com",
        "bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
        "bedrock-runtime.cn-north-1.amazonaws.com.cn",
        "bedrock-runtime.us-east-1.api.aws",
        "vpce-0123456789abcdef0-abcdefgh.bedrock-runtime.us-east-1.vpce.amazonaws.com",
        "bedrock.us-west-2.amazonaws.com",
        "sts.us-west-2.amazonaws.com",
    ],
)
def test_a_host_of_the_service_has_one_of_its_own(secured, name):
    """A client that was led here under the service's own host name finds that name, and the same certificate each time."""
    certificate = greet(secured, name)
    assert certificate["subjectAltName"] == (("DNS", name),)
    assert greet(secured, name)["serialNumber"] == certificate["serialNumber"]


def test_no_other_name_is_certified(secured):
    """The authority signs for nobody else, whoever trusts it."""
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(secured, "example.com")
