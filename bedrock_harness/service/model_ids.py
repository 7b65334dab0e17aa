"""Model ids: what they name, in which region, and how they stand in a URL path.

Knows the forms that botocore's model allows for `modelId` and the way one becomes a single path segment. Does not know
which models exist, nor whether a model takes tools: an id that nobody has heard of parses as well.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPERATIONS", "PROFILE_PREFIXES", "Kind", "ModelId", "ModelIdError", "operation_path", "parse", "parse_path"]

Kind: TypeAlias = Literal[
    "application-inference-profile",
    "custom-model",
    "custom-model-deployment",
    "default-prompt-router",
    "foundation-model",
    "imported-model",
    "inference-profile",
    "prompt",
    "prompt-router",
    "provisioned-model",
    "sagemaker-endpoint",
    "short",
]
"""What an id names. `short` is an id with no dot, such as the last part of an ARN: it does not say what it names."""

PROFILE_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "amer": "the Americas",  # langchain-ai/langchain-aws#607
        "apac": "Asia and the Pacific",  # CrossRegionInferenceProfileRegion in aws-cdk's bedrock-alpha
        "au": "Australia",  # the same; aws-samples/anthropic-on-aws#270
        "ca": "Canada",  # the inference profiles of Amazon Nova in the Bedrock user guide
        "eu": "Europe",  # aws-cdk
        "global": "all commercial regions",  # aws-cdk; langchain-ai/langchain-aws#607
        "jp": "Japan",  # aws-cdk; mastra-ai/mastra#19360
        "me": "the Middle East",  # by analogy with the region names; no profile seen yet
        "sa": "South America",  # by analogy with the region names; no profile seen yet
        "us": "the United States",  # aws-cdk; most recordings
        "us-gov": "AWS GovCloud (US)",  # aws-cdk
    }
)
"""The geographies a cross-region inference profile can begin with. A list is needed: model names hold dots themselves
(`zai.glm-4.7-flash`), so that counting dots does not tell a profile from a model."""

OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "Converse": "converse",
        "ConverseStream": "converse-stream",
        "CountTokens": "count-tokens",
        "InvokeModel": "invoke",
        "InvokeModelWithBidirectionalStream": "invoke-with-bidirectional-stream",
        "InvokeModelWithResponseStream": "invoke-with-response-stream",
    }
)
"""The operations on a model and the last segment of their paths, as in botocore's model."""

_BY_SEGMENT = {segment: operation for operation, segment in OPERATIONS.items()}

# The alternatives of ConversationalModelId in botocore's model, one a kind. Each is matched whole.
_PROFILE = "[a-zA-Z0-9-:.]+"
_TWELVE = "[a-z0-9]{12}"
_PROVIDER_MODEL = "[a-z0-9-]{1,63}[.][a-z0-9-]{1,63}"
_RESOURCES: Mapping[Kind, str] = {
    "application-inference-profile": _PROFILE,
    "custom-model": f"{_PROVIDER_MODEL}/{_TWELVE}",
    "custom-model-deployment": _TWELVE,
    "default-prompt-router": _PROFILE,
    "foundation-model": f"{_PROVIDER_MODEL}([.:]?[a-z0-9-]{{1,63}})*",
    "imported-model": _TWELVE,
    "inference-profile": _PROFILE,
    "prompt": "[0-9a-zA-Z]{10}(:[0-9]{1,5})?",
    "prompt-router": _PROFILE,
    "provisioned-model": _TWELVE,
}
_RESOURCE_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _RESOURCES.items()}
_ARN = re.compile(
    "arn:(?P<partition>aws(-[^:]+)?):bedrock:(?P<region>[a-z0-9-]{1,20}):(?P<account>([0-9]{12})?):"
    "(?P<kind>[a-z-]+)/(?P<resource>.+)"
)
_ENDPOINT = re.compile(
    "arn:(?P<partition>aws(-[^:]+)?):sagemaker:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):"
    "endpoint/(?P<resource>[a-zA-Z0-9-]+)"
)
_PLAIN = re.compile(r"[a-zA-Z0-9-:.]+|([0-9a-zA-Z][_-]?)+")
_DOTTED = re.compile(r"[a-zA-Z0-9-]+\.[a-zA-Z0-9-:.]+")
_LONGEST = 2048


class ModelIdError(ValueError):
    """An id that the service would call invalid. `model_id` is the id, `hint` says what to look at."""

    def __init__(self, model_id: str, reason: str, hint: str) -> None:
        super().__init__(f"{model_id[:200]!r} is no model id: {reason}. {hint}")
        self.model_id = model_id
        self.hint = hint


class ModelId(Struct, frozen=True):
    """A model id, taken apart.

    `text` is the id as given, `kind` what it names, `name` its last part (for an ARN the resource, else the id).
    `partition`,
    `region` and `account` come from an ARN and are None elsewhere; `account` is also None in the ARN of a foundation
    model.
    `prefix` is the geography of an inference profile, where there is one.
    """

    text: str
    kind: Kind
    name: str
    partition: str | None = None
    region: str | None = None
    account: str | None = None
    prefix: str | None = None

    @property
    def provider(self) -> str | None:
        """Who made the model (`anthropic`, `amazon`), where the id says so; an opaque ARN does not."""
        if self.kind not in {"custom-model", "foundation-model", "inference-profile"}:
            return None
        return _base(self.name).partition(".")[0]

    @property
    def base(self) -> str | None:
        """The foundation model's id, where the id says so: an inference profile's without its prefix."""
        return _base(self.name) if self.kind in {"foundation-model", "inference-profile"} else None


def parse(text: str) -> ModelId:
    """Take a model id apart. Raises ModelIdError for an id that no alternative of botocore's pattern allows."""
    if not text or len(text) > _LONGEST:
        raise ModelIdError(text, f"it has {len(text)} characters", f"An id has 1 to {_LONGEST}.")
    if text.startswith("arn:"):
        return _parse_arn(text)
    if "/" in text or "%" in text:
        hint = "Give the id or the whole ARN; it is percent-encoded once, when the path is made."
        raise ModelIdError(text, "it holds a slash or a percent sign and is no ARN", hint)
    if not _PLAIN.fullmatch(text):
        raise ModelIdError(
            text, "it holds a character that ids do not have", "Ids are letters, digits and `-`, `.`, `:`."
        )
    if not _DOTTED.fullmatch(text):
        return ModelId(text, "short", text)
    prefix = _prefix(text)
    return ModelId(text, "inference-profile" if prefix else "foundation-model", text, prefix=prefix)


def operation_path(model_id: str, operation: str) -> str:
    """The request path of an operation on a model, the id percent-encoded once into one segment.

    >>> operation_path("anthropic.claude-sonnet-4-20250514-v1:0", "Converse")
    '/model/anthropic.claude-sonnet-4-20250514-v1%3A0/converse'

    `:` becomes `%3A` and `/` becomes `%2F`, as in the recordings of boto3. The id is not checked. Raises ValueError for
    an operation that is not in OPERATIONS.
    """
    if operation not in OPERATIONS:
        raise ValueError(f"{operation!r} is no operation on a model; known are {', '.join(OPERATIONS)}")
    return f"/model/{quote(model_id, safe='-._~')}/{OPERATIONS[operation]}"


def parse_path(target: str) -> tuple[str, str] | None:
    """The operation and the model id that a request target names, or None where the service has no such route.

    The id is decoded once. A raw colon is accepted, as the service does (a recording of the Anthropic SDK has one); a
    literal slash makes two segments and so no route (vercel/ai#17523). A query is ignored.
    """
    segments = target.partition("?")[0].split("/")
    if len(segments) != 4 or segments[0] or segments[1] != "model" or not segments[2]:
        return None
    operation = _BY_SEGMENT.get(segments[3])
    if operation is None:
        return None
    try:
        return operation, unquote_to_bytes(segments[2]).decode()
    except UnicodeDecodeError:
        return None


def _parse_arn(text: str) -> ModelId:
    match = _ENDPOINT.fullmatch(text)
    if match:
        return ModelId(
            text, "sagemaker-endpoint", match["resource"], match["partition"], match["region"], match["account"]
        )
    match = _ARN.fullmatch(text)
    if not match:
        hint = "It reads arn:PARTITION:bedrock:REGION:ACCOUNT:KIND/NAME."
        raise ModelIdError(text, "an ARN of Bedrock has six parts", hint)
    kind = next((known for known in _RESOURCES if known == match["kind"]), None)
    if kind is None:
        raise ModelIdError(text, f"{match['kind']!r} is not invoked", f"Known are {', '.join(_RESOURCES)}.")
    account = match["account"] or None
    if (account is None) != (kind == "foundation-model"):
        hint = "Only the ARN of a foundation model has an empty account."
        raise ModelIdError(text, "the account does not fit the kind", hint)
    name = match["resource"]
    if not _RESOURCE_PATTERNS[kind].fullmatch(name):
        hint = f"The part after the slash must match {_RESOURCES[kind]}."
        raise ModelIdError(text, f"{name!r} is no {kind}", hint)
    prefix = _prefix(name) if kind == "inference-profile" else None
    return ModelId(text, kind, name, match["partition"], match["region"], account, prefix)


def _prefix(name: str) -> str | None:
    """The geography before the first dot, provided that a provider and a model follow."""
    head, _, rest = name.partition(".")
    return head if head in PROFILE_PREFIXES and "." in rest else None


def _base(name: str) -> str:
    return name.partition(".")[2] if _prefix(name) else name
