"""What callers write for a model."""

import pytest

from bedrock_harness.client.aliases import Named, named
from tests.client.driving import MODEL

ARN = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (MODEL, Named(MODEL)),
        (f"bedrock/{MODEL}", Named(MODEL)),
        (f"aws-bedrock/{MODEL}", Named(MODEL)),
        (f"amazon-bedrock/{MODEL}", Named(MODEL)),
        (f"bedrock:{MODEL}", Named(MODEL)),
        (f"amazon_bedrock:{MODEL}", Named(MODEL)),
        (
            "bedrock:global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            Named("global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ),
        (f"us-gov-west-1/{MODEL}", Named(MODEL, "us-gov-west-1")),
        (f"bedrock/us-west-2/{MODEL}", Named(MODEL, "us-west-2")),
        (ARN, Named(ARN)),
        (f"bedrock/{ARN}", Named(ARN)),
        (f"eu-west-1/{ARN}", Named(ARN, "eu-west-1")),
        ("bedrock/", Named("bedrock/")),
        ("mistral/large", Named("mistral/large")),
        ("", Named("")),
    ],
)
def test_a_providers_name_and_a_region_are_taken_off(written, expected):
    """Before an id may stand a provider's name, and a region behind that; an ARN and a profile's prefix stay whole."""
    assert named(written) == expected


@pytest.mark.parametrize("ask", ["converse", "events"])
@pytest.mark.parametrize("prefix", ["bedrock/", "aws-bedrock:", "us-east-1/", "amazon-bedrock/us-east-1/"])
def test_a04_p13_r07_the_service_sees_the_id_alone(bedrock, client, ask, prefix):
    """The prefix of an inference profile is part of the id, and what stands before it is not sent."""
    getattr(client, ask)(f"{prefix}us.amazon.nova-micro-v1:0")
    assert bedrock.journal[-1].model == "us.amazon.nova-micro-v1:0"


def test_b02_the_region_before_a_model_wins(bedrock, connect):
    """It is signed for, whatever the client was made with."""
    client = connect(region="eu-west-1")
    client.converse(f"{bedrock.region}/{MODEL}")
    assert bedrock.journal[-1].authorization.valid
