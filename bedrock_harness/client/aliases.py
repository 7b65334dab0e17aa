"""What callers write for a model, taken apart: a provider's name before it, a region before it, the id itself.

Knows the spellings that the documentation of other clients has. An ARN and an inference profile's prefix belong to the id.
"""

from __future__ import annotations

import re

from msgspec import Struct

__all__ = ["PROVIDERS", "Named", "named"]

PROVIDERS = ("bedrock", "aws-bedrock", "amazon-bedrock", "amazon_bedrock")
"""Names of Bedrock before a model: `bedrock/` (Autobot, A04; bifrost), `bedrock:` and `amazon_bedrock:` (ReqLLM), `aws-bedrock`
(PRX, P13), `amazon-bedrock/` (docker-agent's provider)."""

_PROVIDER = re.compile(rf"(?:{'|'.join(PROVIDERS)})[/:](?P<rest>.+)")
_REGION = re.compile(r"(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d{1,2})/(?P<rest>.+)")


class Named(Struct, frozen=True):
    """A model's id as Bedrock has it, and the region that stood before it, which wins over all others (B02)."""

    model: str
    region: str | None = None


def named(model: str) -> Named:
    """Take apart what a caller wrote.

    >>> named("bedrock/us-west-2/anthropic.claude-3-haiku-20240307-v1:0")
    Named(model='anthropic.claude-3-haiku-20240307-v1:0', region='us-west-2')
    """
    if match := _PROVIDER.fullmatch(model):
        model = match["rest"]
    if match := _REGION.fullmatch(model):
        return Named(match["rest"], match["region"])
    return Named(model)
