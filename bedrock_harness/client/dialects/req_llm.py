"""ReqLLM's options, as a file: the model, and the provider_options of its guide to Amazon Bedrock.

Knows the options' names, and that a key given comes before keys given, and both before the environment (R01).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bedrock_harness.client.credentials import PRECEDENCE_REQ_LLM, BearerToken
from bedrock_harness.client.dialects.shared import DEFAULT_REGION, Config, Connection, section
from bedrock_harness.client.errors import MissingCredentials
from bedrock_harness.client.options import CACHE_REQ_LLM, Caching, Options, Repairs, Ttl
from bedrock_harness.client.retrying import PAUSES_REQ_LLM
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["OPTIONS", "read"]

OPTIONS = Options(
    repairs=Repairs(separate_system=True, lone_documents="refuse", duplicate_calls=True),
    use_converse=None,
    tool_choice="by-family",
    error_status="by-family",
    unresolved_calls="refuse",
)
"""What ReqLLM does where nothing else was asked for: R09, R21, R40, R05, R16, R13, R11."""


class _Root(Struct, frozen=True):
    """A call of ReqLLM's, as a file: the model, and the options of the call."""

    model: str
    provider_options: dict[str, Any] = {}
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None


class _Options(Struct, frozen=True):
    """`provider_options`."""

    api_key: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    use_converse: bool | None = None
    additional_model_request_fields: dict[str, Any] = {}
    anthropic_prompt_cache: bool = False
    anthropic_prompt_cache_ttl: Ttl | None = None


def read(value: dict[str, Any], _environment: Mapping[str, str], wanted: str | None) -> Config:
    """The configuration of the model, or of the wanted one."""
    root = section(value, "", _Root)
    chosen = section(root.provider_options, "provider_options", _Options)
    key, secret = chosen.access_key_id, chosen.secret_access_key
    if bool(key) != bool(secret):
        missing = "secret_access_key" if key else "access_key_id"
        raise MissingCredentials(
            f"provider_options.{missing} is not given, though its other half is.", hint="Give both."
        )
    token = BearerToken(chosen.api_key) if chosen.api_key else None
    credentials = Credentials(key, secret, chosen.session_token) if key and secret else None
    caching = replace(CACHE_REQ_LLM, ttl=chosen.anthropic_prompt_cache_ttl)
    return Config(
        dialect="req_llm",
        model=wanted or root.model,
        connection=Connection(
            region=chosen.region,
            default_region=DEFAULT_REGION,
            credentials=credentials,
            bearer_token=token,
            precedence=PRECEDENCE_REQ_LLM,
            pauses=PAUSES_REQ_LLM,
        ),
        options=replace(
            OPTIONS,
            use_converse=chosen.use_converse,
            additional_fields=chosen.additional_model_request_fields,
            caching=caching if chosen.anthropic_prompt_cache else Caching(),
            max_tokens=root.max_tokens,
            temperature=root.temperature,
            top_p=root.top_p,
        ),
    )
