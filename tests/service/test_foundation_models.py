import pytest

from bedrock_harness.service.families import family_of
from bedrock_harness.service.foundation_models import (
    GEOGRAPHIES,
    MODELS,
    PageError,
    get_model,
    get_profile,
    list_models,
    list_profiles,
)
from bedrock_harness.service.model_ids import PROFILE_PREFIXES, parse

ACCOUNT = "123456789012"


def ids(reply):
    return [summary["modelId"] for summary in reply["modelSummaries"]]


def profile_ids(reply):
    return [summary["inferenceProfileId"] for summary in reply["inferenceProfileSummaries"]]


def test_every_model_is_one_of_a_family_and_told_apart():
    """Each model's id names a model of a described family, once, and each profile's geography is known."""
    assert len({model.id for model in MODELS}) == len(MODELS) >= 40
    for model in MODELS:
        assert parse(model.id).kind == "foundation-model"
        assert family_of(model.id).writes
        assert model.provider
        assert set(model.profiles) <= GEOGRAPHIES.keys() <= PROFILE_PREFIXES.keys()
        assert bool(model.profiles) is ("INFERENCE_PROFILE" in model.inference)


def test_a_list_is_filtered():
    """The four filters narrow the list, the provider's name in upper or lower case."""
    assert len(ids(list_models("us-east-1"))) == len(MODELS)
    assert {parse(id_).provider for id_ in ids(list_models("us-east-1", provider="anthropic"))} == {"anthropic"}
    assert all(
        ".embed" in id_ or "titan-embed" in id_ for id_ in ids(list_models("us-east-1", output_modality="EMBEDDING"))
    )
    assert "anthropic.claude-sonnet-4-6" not in ids(list_models("us-east-1", inference_type="ON_DEMAND"))
    assert ids(list_models("us-east-1", customization="DISTILLATION", provider="Meta")) == [
        "meta.llama3-1-70b-instruct-v1:0"
    ]
    assert ids(list_models("us-east-1", provider="Nobody")) == []


def test_a_model_is_shown_with_what_it_reads_and_writes():
    """A model's details are its id's, its ARN that of the region that was asked."""
    shown = get_model("amazon.nova-lite-v1:0", "us-gov-west-1")["modelDetails"]
    assert shown["modelArn"] == "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-lite-v1:0"
    assert (shown["inputModalities"], shown["outputModalities"]) == (["TEXT", "IMAGE", "VIDEO"], ["TEXT"])
    assert get_model(shown["modelArn"], "us-gov-west-1")["modelDetails"] == shown
    assert shown in list_models("us-gov-west-1")["modelSummaries"]


@pytest.mark.parametrize("identifier", ["amazon.nova-huge-v1:0", "us.amazon.nova-lite-v1:0", "no such / id", ""])
def test_what_is_no_model_has_no_details(identifier):
    """An unknown model, a profile and what is no id are no foundation models."""
    assert get_model(identifier, "us-east-1") is None


@pytest.mark.parametrize(
    ("region", "geographies"),
    [
        ("us-east-1", {"us", "global"}),
        ("eu-west-3", {"eu", "global"}),
        ("ap-northeast-1", {"apac", "jp", "global"}),
        ("ap-southeast-2", {"apac", "au", "global"}),
        ("sa-east-1", {"global"}),
        ("us-gov-west-1", {"us-gov"}),
    ],
)
def test_a_region_offers_the_profiles_of_its_geographies(region, geographies):
    """A region lists the profiles that route from it, and the global ones where there are any."""
    assert {parse(id_).prefix for id_ in profile_ids(list_profiles(region, ACCOUNT))} == geographies


def test_a_profile_is_shown_as_the_control_plane_showed_it():
    """A profile of Opus 5 has the name, the description and the routes of one that was published."""
    shown = get_profile("us.anthropic.claude-opus-5", "us-east-1", ACCOUNT)
    assert shown == {
        "inferenceProfileName": "US Anthropic Claude Opus 5",
        "description": "Routes requests to Anthropic Claude Opus 5 in us-east-1, us-east-2 and us-west-2.",
        "createdAt": "2026-07-24T00:00:00Z",
        "updatedAt": "2026-07-24T00:00:00Z",
        "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/us.anthropic.claude-opus-5",
        "models": [
            {"modelArn": f"arn:aws:bedrock:{region}::foundation-model/anthropic.claude-opus-5"}
            for region in ("us-east-1", "us-east-2", "us-west-2")
        ],
        "inferenceProfileId": "us.anthropic.claude-opus-5",
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }
    assert get_profile(shown["inferenceProfileArn"], "us-east-1", ACCOUNT) == shown
    assert get_profile("us.anthropic.claude-opus-5", "eu-west-1", ACCOUNT) is None
    assert get_profile("us.anthropic.claude-opus-9", "us-east-1", ACCOUNT) is None


def test_a_global_profile_routes_to_no_region():
    """A global profile has an ARN with no region and one with the region that was asked."""
    shown = get_profile("global.anthropic.claude-opus-4-6-v1", "us-east-1", ACCOUNT)
    assert [model["modelArn"] for model in shown["models"]] == [
        "arn:aws:bedrock:::foundation-model/anthropic.claude-opus-4-6-v1",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-6-v1",
    ]
    assert shown["description"] == (
        "Routes requests to Anthropic Claude Opus 4.6 globally across all supported AWS Regions."
    )


@pytest.mark.parametrize("size", [1, 7, -1, 0, 1000])
def test_pages_make_up_the_list(size):
    """Pages of any size, one after the other, have every profile once. Sizes below 1 count from the length of the list."""
    whole = profile_ids(list_profiles("us-east-1", ACCOUNT))
    size = size if size > 0 else len(whole) + size
    pages, token = [], None
    while True:
        page = list_profiles("us-east-1", ACCOUNT, max_results=size, next_token=token)
        pages.append(profile_ids(page))
        token = page.get("nextToken")
        if token is None:
            break
    assert [id_ for page in pages for id_ in page] == whole
    assert all(len(page) == size for page in pages[:-1])


def test_types_of_profiles_are_told_apart():
    """All profiles are the system's; there are none of an application."""
    whole = profile_ids(list_profiles("us-east-1", ACCOUNT))
    assert list_profiles("us-east-1", ACCOUNT, type="APPLICATION") == {"inferenceProfileSummaries": []}
    assert profile_ids(list_profiles("us-east-1", ACCOUNT, type="SYSTEM_DEFINED")) == whole


def test_a_foreign_page_token_is_refused():
    """A token that no page had is no place to go on from."""
    with pytest.raises(PageError, match="'elsewhere' is no page token"):
        list_profiles("us-east-1", ACCOUNT, next_token="elsewhere")
