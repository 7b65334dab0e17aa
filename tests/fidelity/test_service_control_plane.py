"""Botocore's model of the control plane as an oracle for what its table shows."""

import datetime
import json

import pytest
from botocore.parsers import create_parser
from botocore.session import get_session

from bedrock_harness.service.foundation_models import MODELS, get_model, get_profile, list_models, list_profiles
from bedrock_harness.service.shapes import validate_reply

ACCOUNT = "123456789012"
REPLIES = {
    "ListFoundationModels": list_models("us-east-1"),
    "GetFoundationModel": get_model("anthropic.claude-sonnet-4-6", "eu-central-1"),
    "ListInferenceProfiles": list_profiles("ap-northeast-1", ACCOUNT, max_results=10),
    "GetInferenceProfile": get_profile("us-gov.amazon.nova-pro-v1:0", "us-gov-east-1", ACCOUNT),
}


@pytest.fixture(scope="module")
def bedrock():
    return get_session().get_service_model("bedrock")


@pytest.mark.parametrize("operation", REPLIES)
def test_botocore_reads_every_member(bedrock, operation):
    """Botocore's parser finds every member that is shown, and times are times."""
    shape = bedrock.operation_model(operation).output_shape
    reply = {"status_code": 200, "headers": {}, "body": json.dumps(REPLIES[operation]).encode()}
    parsed = create_parser("rest-json").parse(reply, shape)
    parsed.pop("ResponseMetadata")
    assert json.loads(json.dumps(parsed, default=_instant)) == REPLIES[operation]


def _instant(time):
    assert isinstance(time, datetime.datetime)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


NEWER_THAN_THE_MODEL = {
    ("enum", "inferenceTypesSupported"),
    ("enum", "inputModalities"),
    ("pattern", "inferenceProfileName"),
    ("pattern", "description"),
    ("pattern", "modelArn"),
    ("length", "modelName"),
}
"""Where the service itself does not keep to its model: INFERENCE_PROFILE and VIDEO are no listed values, names and descriptions
have dots and commas, a global profile's first ARN has no region, and names are longer than 20 characters."""


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-southeast-2", "us-gov-west-1"])
def test_what_is_shown_fits_the_model(region):
    """All models and profiles of a region fit the control plane's model, save where the service itself does not."""
    found = [
        *validate_reply("ListFoundationModels", list_models(region), service="bedrock"),
        *validate_reply("ListInferenceProfiles", list_profiles(region, ACCOUNT), service="bedrock"),
        *(
            violation
            for model in MODELS
            for violation in validate_reply("GetFoundationModel", get_model(model.id, region), service="bedrock")
        ),
    ]
    members = {(violation.constraint, _member(violation.path)) for violation in found}
    assert members <= NEWER_THAN_THE_MODEL


def _member(path):
    return [step for step in path.split(".") if not step.isdigit()][-1]
