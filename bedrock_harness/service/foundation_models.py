"""The foundation models and system inference profiles that the control plane lists, as a table.

About forty models, enough for a client that looks for one. What a model reads and writes is its family's. Where each model is
offered changes weekly and is not kept: every region shows every model, and the profiles of its own geography and the global
ones. Replies have the members that the control plane's replies have; names, descriptions and ARNs are put together as in
replies that were published (ListInferenceProfiles of July 2026, GetInferenceProfile of us.anthropic.claude-opus-5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from bedrock_harness.service.endpoints import partition_of
from bedrock_harness.service.families import family_of
from bedrock_harness.service.model_ids import ModelIdError, parse

__all__ = [
    "GEOGRAPHIES",
    "MODELS",
    "FoundationModel",
    "PageError",
    "get_model",
    "get_profile",
    "list_models",
    "list_profiles",
]


class PageError(ValueError):
    """A page token that this table did not give out."""


class FoundationModel(Struct, frozen=True):
    """One model. `created` is the day of its launch. `inference` are the types that it can be called by.

    `profiles` are the geographies that a system inference profile of it is offered in.
    """

    id: str
    name: str
    created: str
    inference: tuple[str, ...]
    profiles: tuple[str, ...] = ()
    customizations: tuple[str, ...] = ()
    streaming: bool = True
    legacy: bool = False

    @property
    def provider(self) -> str:
        """The provider's name as the control plane shows it."""
        return _PROVIDERS[self.id.partition(".")[0]]


_PROVIDERS: Mapping[str, str] = MappingProxyType(
    {
        "ai21": "AI21 Labs",
        "amazon": "Amazon",
        "anthropic": "Anthropic",
        "cohere": "Cohere",
        "deepseek": "DeepSeek",
        "google": "Google",
        "meta": "Meta",
        "mistral": "Mistral AI",
        "nvidia": "NVIDIA",
        "openai": "OpenAI",
        "qwen": "Qwen",
        "writer": "Writer",
        "zai": "Z.AI",
    }
)

GEOGRAPHIES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "apac": ("APAC", ("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2")),
        "au": ("AU", ("ap-southeast-2", "ap-southeast-4")),
        "eu": ("EU", ("eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-3")),
        "global": ("Global", ()),
        "jp": ("JP", ("ap-northeast-1", "ap-northeast-3")),
        "us": ("US", ("us-east-1", "us-east-2", "us-west-2")),
        "us-gov": ("US-GOV", ("us-gov-east-1", "us-gov-west-1")),
    }
)
"""Each geography's name in the names of profiles and the regions that a profile of it routes to; `global` routes to all."""

_DEMAND = ("ON_DEMAND",)
_BOTH = ("ON_DEMAND", "INFERENCE_PROFILE")
_TUNED = ("ON_DEMAND", "PROVISIONED")
_PROFILE = ("INFERENCE_PROFILE",)
_THREE = ("us", "eu", "apac")
_WIDE = ("us", "eu", "jp", "au", "global")

MODELS: tuple[FoundationModel, ...] = (
    FoundationModel("ai21.jamba-1-5-large-v1:0", "Jamba 1.5 Large", "2024-09-23", _DEMAND),
    FoundationModel("ai21.jamba-1-5-mini-v1:0", "Jamba 1.5 Mini", "2024-09-23", _DEMAND),
    FoundationModel("amazon.nova-2-lite-v1:0", "Nova 2 Lite", "2025-11-04", _PROFILE, ("us", "eu", "jp", "global")),
    FoundationModel(
        "amazon.nova-lite-v1:0", "Nova Lite", "2024-12-03", _BOTH, (*_THREE, "us-gov"), ("FINE_TUNING", "DISTILLATION")
    ),
    FoundationModel(
        "amazon.nova-micro-v1:0",
        "Nova Micro",
        "2024-12-03",
        _BOTH,
        (*_THREE, "us-gov"),
        ("FINE_TUNING", "DISTILLATION"),
    ),
    FoundationModel("amazon.nova-premier-v1:0", "Nova Premier", "2025-04-30", _PROFILE, ("us",)),
    FoundationModel(
        "amazon.nova-pro-v1:0", "Nova Pro", "2024-12-03", _BOTH, (*_THREE, "us-gov"), ("FINE_TUNING", "DISTILLATION")
    ),
    FoundationModel(
        "amazon.titan-embed-image-v1",
        "Titan Multimodal Embeddings G1",
        "2023-11-29",
        _TUNED,
        (),
        ("FINE_TUNING",),
        streaming=False,
    ),
    FoundationModel("amazon.titan-embed-text-v1", "Titan Embeddings G1 - Text", "2023-09-28", _DEMAND, streaming=False),
    FoundationModel("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "2024-04-30", _DEMAND, streaming=False),
    FoundationModel(
        "amazon.titan-text-express-v1",
        "Titan Text G1 - Express",
        "2023-11-29",
        _TUNED,
        (),
        ("FINE_TUNING", "CONTINUED_PRE_TRAINING"),
        legacy=True,
    ),
    FoundationModel(
        "amazon.titan-text-lite-v1",
        "Titan Text G1 - Lite",
        "2023-11-29",
        _TUNED,
        (),
        ("FINE_TUNING", "CONTINUED_PRE_TRAINING"),
        legacy=True,
    ),
    FoundationModel("amazon.titan-text-premier-v1:0", "Titan Text G1 - Premier", "2024-05-07", _DEMAND, legacy=True),
    FoundationModel(
        "anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", "2024-03-13", _BOTH, (*_THREE, "us-gov")
    ),
    FoundationModel(
        "anthropic.claude-3-sonnet-20240229-v1:0", "Claude 3 Sonnet", "2024-03-04", _BOTH, _THREE, legacy=True
    ),
    FoundationModel("anthropic.claude-3-5-haiku-20241022-v1:0", "Claude 3.5 Haiku", "2024-11-04", _PROFILE, ("us",)),
    FoundationModel(
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "Claude 3.5 Sonnet",
        "2024-06-20",
        _BOTH,
        (*_THREE, "us-gov"),
        legacy=True,
    ),
    FoundationModel(
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        "Claude 3.5 Sonnet v2",
        "2024-10-22",
        _PROFILE,
        ("us", "apac"),
        legacy=True,
    ),
    FoundationModel(
        "anthropic.claude-3-7-sonnet-20250219-v1:0",
        "Claude 3.7 Sonnet",
        "2025-02-24",
        _PROFILE,
        (*_THREE, "us-gov"),
        legacy=True,
    ),
    FoundationModel("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", "2025-10-15", _PROFILE, _WIDE),
    FoundationModel("anthropic.claude-opus-4-1-20250805-v1:0", "Claude Opus 4.1", "2025-08-05", _PROFILE, ("us",)),
    FoundationModel(
        "anthropic.claude-opus-4-5-20251101-v1:0", "Claude Opus 4.5", "2025-11-24", _PROFILE, ("us", "eu", "global")
    ),
    FoundationModel(
        "anthropic.claude-opus-4-6-v1", "Claude Opus 4.6", "2026-02-03", _PROFILE, ("us", "eu", "au", "global")
    ),
    FoundationModel("anthropic.claude-opus-5", "Claude Opus 5", "2026-07-24", _PROFILE, ("us", "eu", "global")),
    FoundationModel(
        "anthropic.claude-sonnet-4-20250514-v1:0",
        "Claude Sonnet 4",
        "2025-05-14",
        _PROFILE,
        (*_THREE, "global"),
        legacy=True,
    ),
    FoundationModel(
        "anthropic.claude-sonnet-4-5-20250929-v1:0", "Claude Sonnet 4.5", "2025-09-29", _PROFILE, (*_WIDE, "us-gov")
    ),
    FoundationModel("anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6", "2026-02-17", _PROFILE, _WIDE),
    FoundationModel("cohere.command-r-plus-v1:0", "Command R+", "2024-04-29", _DEMAND),
    FoundationModel("cohere.command-r-v1:0", "Command R", "2024-04-29", _DEMAND),
    FoundationModel("cohere.embed-english-v3", "Embed English", "2023-11-13", _DEMAND, streaming=False),
    FoundationModel("cohere.embed-multilingual-v3", "Embed Multilingual", "2023-11-13", _DEMAND, streaming=False),
    FoundationModel("cohere.embed-v4:0", "Embed v4", "2025-10-02", _PROFILE, ("us", "eu", "global"), streaming=False),
    FoundationModel("deepseek.r1-v1:0", "DeepSeek-R1", "2025-03-10", _PROFILE, ("us",)),
    FoundationModel("google.gemma-3-27b-it", "Gemma 3 27B IT", "2025-12-02", _DEMAND),
    FoundationModel("meta.llama3-8b-instruct-v1:0", "Llama 3 8B Instruct", "2024-04-23", _DEMAND),
    FoundationModel(
        "meta.llama3-1-70b-instruct-v1:0",
        "Llama 3.1 70B Instruct",
        "2024-07-23",
        _BOTH,
        ("us",),
        ("FINE_TUNING", "DISTILLATION"),
    ),
    FoundationModel(
        "meta.llama3-2-11b-instruct-v1:0", "Llama 3.2 11B Instruct", "2024-09-25", _PROFILE, ("us",), ("FINE_TUNING",)
    ),
    FoundationModel("meta.llama3-3-70b-instruct-v1:0", "Llama 3.3 70B Instruct", "2024-12-19", _BOTH, ("us",)),
    FoundationModel(
        "meta.llama4-maverick-17b-instruct-v1:0", "Llama 4 Maverick 17B Instruct", "2025-04-28", _PROFILE, ("us",)
    ),
    FoundationModel(
        "meta.llama4-scout-17b-instruct-v1:0", "Llama 4 Scout 17B Instruct", "2025-04-28", _PROFILE, ("us",)
    ),
    FoundationModel("mistral.mistral-7b-instruct-v0:2", "Mistral 7B Instruct", "2024-03-01", _DEMAND),
    FoundationModel("mistral.mistral-large-2407-v1:0", "Mistral Large (24.07)", "2024-07-24", _DEMAND),
    FoundationModel("mistral.mistral-large-3-675b-instruct", "Mistral Large 3", "2025-12-02", _DEMAND),
    FoundationModel("mistral.pixtral-large-2502-v1:0", "Pixtral Large (25.02)", "2025-04-08", _PROFILE, ("us", "eu")),
    FoundationModel("nvidia.nemotron-nano-12b-v2", "Nemotron Nano 12B v2", "2025-12-02", _DEMAND),
    FoundationModel("openai.gpt-oss-120b-1:0", "gpt-oss-120b", "2025-08-05", _DEMAND),
    FoundationModel("openai.gpt-oss-20b-1:0", "gpt-oss-20b", "2025-08-05", _DEMAND),
    FoundationModel("qwen.qwen3-32b-v1:0", "Qwen3 32B", "2025-09-18", _DEMAND),
    FoundationModel("writer.palmyra-x4-v1:0", "Palmyra X4", "2025-04-28", _PROFILE, ("us",)),
    FoundationModel("writer.palmyra-x5-v1:0", "Palmyra X5", "2025-04-28", _PROFILE, ("us",)),
    FoundationModel("zai.glm-4.7-flash", "GLM 4.7 Flash", "2026-02-10", _DEMAND),
)
"""The models, by id. Launch days are those of AWS's announcements."""

_BY_ID: Mapping[str, FoundationModel] = MappingProxyType({model.id: model for model in MODELS})


def list_models(
    region: str,
    *,
    provider: str | None = None,
    output_modality: str | None = None,
    inference_type: str | None = None,
    customization: str | None = None,
) -> dict[str, Any]:
    """The body of ListFoundationModels' reply in a region, with its four filters. Raises EndpointError for no region."""
    shown = (
        _summary(model, region)
        for model in MODELS
        if provider is None or provider.casefold() == model.provider.casefold()
    )
    wanted = (
        ("outputModalities", output_modality),
        ("inferenceTypesSupported", inference_type),
        ("customizationsSupported", customization),
    )
    return {
        "modelSummaries": [
            summary for summary in shown if all(value is None or value in summary[member] for member, value in wanted)
        ]
    }


def get_model(identifier: str, region: str) -> dict[str, Any] | None:
    """The body of GetFoundationModel's reply for an id or a foundation model's ARN, None where there is no such model."""
    try:
        name = parse(identifier).name
    except ModelIdError:
        return None
    model = _BY_ID.get(name)
    return None if model is None else {"modelDetails": _summary(model, region)}


def list_profiles(
    region: str,
    account: str,
    *,
    type: str | None = None,  # noqa: A002 - the query parameter's own name
    max_results: int | None = None,
    next_token: str | None = None,
) -> dict[str, Any]:
    """The body of ListInferenceProfiles' reply in a region, one page of it.

    There are no application profiles. Raises PageError for a token that no reply had.
    """
    found = [] if type == "APPLICATION" else list(_profiles(region, account))
    start = _start(found, next_token)
    end = len(found) if max_results is None else start + max_results
    page: dict[str, Any] = {"inferenceProfileSummaries": found[start:end]}
    return page | ({"nextToken": found[end]["inferenceProfileId"]} if end < len(found) else {})


def get_profile(identifier: str, region: str, account: str) -> dict[str, Any] | None:
    """The body of GetInferenceProfile's reply for a profile's id or ARN, None where the region has no such profile."""
    return next(
        (
            profile
            for profile in _profiles(region, account)
            if identifier in (profile["inferenceProfileId"], profile["inferenceProfileArn"])
        ),
        None,
    )


def _start(found: list[dict[str, Any]], next_token: str | None) -> int:
    if next_token is None:
        return 0
    ids = [profile["inferenceProfileId"] for profile in found]
    if next_token not in ids:
        raise PageError(f"{next_token[:100]!r} is no page token of ListInferenceProfiles")
    return ids.index(next_token)


def _summary(model: FoundationModel, region: str) -> dict[str, Any]:
    family = family_of(model.id)
    return {
        "modelArn": _model_arn(model, region, region),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.provider,
        "inputModalities": list(family.reads) if family else [],
        "outputModalities": list(family.writes) if family else [],
        "responseStreamingSupported": model.streaming,
        "customizationsSupported": list(model.customizations),
        "inferenceTypesSupported": list(model.inference),
        "modelLifecycle": {
            "status": "LEGACY" if model.legacy else "ACTIVE",
            "startOfLifeTime": f"{model.created}T00:00:00Z",
        },
    }


def _profiles(region: str, account: str) -> Iterator[dict[str, Any]]:
    """The profiles that a region offers: those of the geographies that it is in, and the global ones outside GovCloud."""
    everywhere = partition_of(region).name == "aws"
    for model in MODELS:
        for geography in model.profiles:
            title, regions = GEOGRAPHIES[geography]
            if region in regions or (geography == "global" and everywhere):
                yield _profile(model, geography, title, regions, region, account)


def _profile(
    model: FoundationModel, geography: str, title: str, regions: tuple[str, ...], region: str, account: str
) -> dict[str, Any]:
    name = f"{model.provider} {model.name}"
    id_ = f"{geography}.{model.id}"
    to = f"in {', '.join(regions[:-1])} and {regions[-1]}" if regions else "globally across all supported AWS Regions"
    # A global profile names no region but the one it is called in, after an ARN with none.
    routes = regions or ("", region)
    return {
        "inferenceProfileName": f"{title} {name}",
        "description": f"Routes requests to {name} {to}.",
        "createdAt": f"{model.created}T00:00:00Z",
        "updatedAt": f"{model.created}T00:00:00Z",
        "inferenceProfileArn": f"arn:{partition_of(region).name}:bedrock:{region}:{account}:inference-profile/{id_}",
        "models": [{"modelArn": _model_arn(model, route, region)} for route in routes],
        "inferenceProfileId": id_,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def _model_arn(model: FoundationModel, route: str, region: str) -> str:
    return f"arn:{partition_of(region).name}:bedrock:{route}::foundation-model/{model.id}"
