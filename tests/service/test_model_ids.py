import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bedrock_harness.service.model_ids import (
    OPERATIONS,
    PROFILE_PREFIXES,
    ModelIdError,
    operation_path,
    parse,
    parse_path,
)

ACCOUNT = "123456789012"
REGIONAL = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:"

BY_KIND = {
    "foundation-model": [
        "anthropic.claude-sonnet-4-20250514-v1:0",
        "anthropic.claude-3-sonnet-20240229-v1:0:200k",
        "zai.glm-4.7-flash",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2:1",
        "arn:aws-cn:bedrock:cn-north-1::foundation-model/amazon.nova-lite-v1:0",
    ],
    "inference-profile": [
        *(f"{prefix}.anthropic.claude-sonnet-4-5-20250929-v1:0" for prefix in PROFILE_PREFIXES),
        f"{REGIONAL}inference-profile/us.anthropic.claude-sonnet-4-6",
        f"arn:aws-us-gov:bedrock:us-gov-west-1:{ACCOUNT}:inference-profile/us-gov.amazon.nova-pro-v1:0",
    ],
    "application-inference-profile": [f"{REGIONAL}application-inference-profile/mi1dadi0g15f"],
    "provisioned-model": [f"{REGIONAL}provisioned-model/abcdef012345"],
    "imported-model": [f"{REGIONAL}imported-model/abcdef012345"],
    "custom-model": [f"{REGIONAL}custom-model/amazon.nova-lite-v1/abcdef012345"],
    "custom-model-deployment": [f"{REGIONAL}custom-model-deployment/abcdef012345"],
    "prompt": [f"{REGIONAL}prompt/ABCDE12345", f"{REGIONAL}prompt/ABCDE12345:12"],
    "prompt-router": [f"{REGIONAL}prompt-router/mine"],
    "default-prompt-router": [f"{REGIONAL}default-prompt-router/anthropic.claude:1"],
    "sagemaker-endpoint": [f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:endpoint/my-endpoint"],
    "short": ["mi1dadi0g15f", "abc_def-1"],
}
EVERY = [model_id for ids in BY_KIND.values() for model_id in ids]


@pytest.mark.parametrize(("kind", "model_id"), [(kind, model_id) for kind, ids in BY_KIND.items() for model_id in ids])
def test_an_id_says_what_it_names(kind, model_id):
    """Every kind of id that botocore's pattern allows is told apart."""
    found = parse(model_id)
    assert (found.kind, found.text) == (kind, model_id)
    if model_id.startswith("arn:"):
        assert found.region == model_id.split(":")[3]
        assert found.partition == model_id.split(":")[1]
        assert found.account == (model_id.split(":")[4] or None)


@pytest.mark.parametrize("prefix", PROFILE_PREFIXES)
def test_a_profile_is_its_model_behind_a_prefix(prefix):
    """The maker and the model are found behind every geography."""
    found = parse(f"{prefix}.anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert (found.prefix, found.provider, found.base) == (
        prefix,
        "anthropic",
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
    )


def test_a_dot_in_a_models_name_is_no_prefix():
    """`zai.glm-4.7-flash` is a model of zai, though it has three parts."""
    found = parse("zai.glm-4.7-flash")
    assert (found.prefix, found.provider, found.base) == (None, "zai", "zai.glm-4.7-flash")


def test_a_prefix_alone_makes_no_profile():
    """What follows a geography must be a maker and a model: `ca.model` is a model of somebody called ca."""
    found = parse("ca.model-v1:0")
    assert (found.kind, found.prefix, found.provider) == ("foundation-model", None, "ca")


def test_an_opaque_arn_does_not_tell_the_model():
    """Nobody can tell from an application inference profile whose model is behind it."""
    found = parse(f"{REGIONAL}application-inference-profile/mi1dadi0g15f")
    assert (found.provider, found.base) == (None, None)


@pytest.mark.parametrize(
    ("model_id", "hint"),
    [
        ("", "An id has 1 to 2048"),
        ("a" * 2049, "An id has 1 to 2048"),
        ("anthropic.claude v2", "Ids are letters"),
        ("anthropic.claude-v2%3A1", "encoded once"),
        ("inference-profile/us.anthropic.claude", "whole ARN"),
        ("arn:aws:bedrock:us-east-1", "arn:PARTITION:bedrock"),
        (f"{REGIONAL}guardrail/abc", "Known are"),
        (f"{REGIONAL}foundation-model/anthropic.claude-v2", "empty account"),
        ("arn:aws:bedrock:us-east-1::prompt/ABCDE12345", "empty account"),
        (f"{REGIONAL}imported-model/UPPER", "must match"),
        ("arn:aws:s3:::bucket/model", "arn:PARTITION:bedrock"),
    ],
)
def test_an_id_that_the_service_would_refuse_is_explained(model_id, hint):
    """A wrong id is refused with what to look at."""
    with pytest.raises(ModelIdError, match=hint) as caught:
        parse(model_id)
    assert caught.value.model_id == model_id
    assert caught.value.hint in str(caught.value)


@given(st.text(alphabet=string.ascii_letters + string.digits + ":/.-_%+ é", max_size=60))
@example("arn:aws:bedrock:a:000000000000:prompt/")
def test_any_text_is_an_id_or_a_model_id_error(text):
    """Parsing ends in a value or in ModelIdError, whatever the text."""
    try:
        found = parse(text)
    except ModelIdError:
        return
    assert found.text == text


@given(model_id=st.one_of(st.sampled_from(EVERY), st.text(min_size=1)), operation=st.sampled_from(sorted(OPERATIONS)))
@example(model_id="a/b?c#d%2F", operation="Converse")
def test_a_path_leads_back_to_the_id(model_id, operation):
    """Whatever the id, its path is one segment and names the same operation and the same id."""
    try:
        model_id.encode()
    except UnicodeEncodeError:
        return
    path = operation_path(model_id, operation)
    assert path.count("/") == 3
    assert parse_path(path) == (operation, model_id)
    assert parse_path(f"{path}?x=1") == (operation, model_id)


def test_an_id_is_encoded_as_boto3_does():
    """Colon and slash become %3A and %2F, dots and dashes stay."""
    assert (
        operation_path("us.amazon.nova-pro-v1:0", "ConverseStream")
        == "/model/us.amazon.nova-pro-v1%3A0/converse-stream"
    )
    assert operation_path("arn:aws:bedrock:r::foundation-model/a.b", "Converse").startswith(
        "/model/arn%3Aaws%3Abedrock"
    )


def test_an_operation_that_does_not_exist_has_no_path():
    """A misspelt operation is named in the error, with those that exist."""
    with pytest.raises(ValueError, match="'converse' is no operation on a model; known are Converse"):
        operation_path("a.b", "converse")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/model/anthropic.claude-v2:1/converse", ("Converse", "anthropic.claude-v2:1")),
        ("/model/anthropic.claude-v2%3a1/converse", ("Converse", "anthropic.claude-v2:1")),
        ("/model/anthropic.claude-v2%253A1/converse", ("Converse", "anthropic.claude-v2%3A1")),
        ("/model/arn:aws:bedrock:us-east-1:1:inference-profile/us.x.y/converse", None),
        ("/model/x/converse/", None),
        ("/model//converse", None),
        ("/model/x/Converse", None),
        ("/models/x/converse", None),
        ("model/x/converse", None),
        ("/v1/model/x/converse", None),
        ("/model/%FF/converse", None),
        ("", None),
        ("*", None),
    ],
)
def test_a_target_is_decoded_once_or_names_nothing(target, expected):
    """A raw colon is taken, a literal slash is not, and nothing is decoded twice."""
    assert parse_path(target) == expected
