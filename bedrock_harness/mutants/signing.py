"""Defects of signing and addressing: who asks, where, and with which proof."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import httpx

from bedrock_harness.client import addressing, clients, settings, signing
from bedrock_harness.client.credentials import Asked, BearerToken, Chosen
from bedrock_harness.client.settings import Settings
from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.mutants.places import on_body
from bedrock_harness.service import model_ids
from bedrock_harness.wire import canonical
from bedrock_harness.wire import signing as wire_signing
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["mutant"]

mutant = Mutants()

PATHS = ("signing/inference-profile-arn", "signing/model-id-with-colon")


@mutant(
    "arn-slash-unescaped",
    "The slash in an ARN is sent as it is, so that one path segment becomes two.",
    because=("vercel/ai#17523", "anthropics/anthropic-sdk-go#185", "BerriAI/litellm#3805"),
    fails=("signing/inference-profile-arn",),
)
def arn_slash_unescaped(patch: Patch) -> None:
    """Escape all but slashes."""

    def path_for(model: str, operation: str) -> str:
        return f"/model/{quote(model, safe='-._~/')}/{model_ids.OPERATIONS[operation]}"

    patch(addressing, "path_for", path_for)


@mutant(
    "bearer-token-ignored",
    "A Bedrock API key is not known: without a key pair there are no credentials.",
    because=("aws/aws-sdk-js-v3#7204", "anthropics/anthropic-sdk-python#1079"),
    fails=("signing/bearer-token",),
)
def bearer_token_ignored(patch: Patch) -> None:
    """Drop the token."""
    original = settings.identity

    def identity(asked: Asked, precedence: tuple[str, ...] | None) -> Chosen:
        return original(replace(asked, bearer_token=None), precedence)

    patch(settings, "identity", identity)


@mutant(
    "bearer-token-in-body",
    "The bearer token goes into the body as well, as a parameter for the model.",
    because=("BerriAI/litellm#12537",),
    fails=("signing/bearer-token",),
)
def bearer_token_in_body(patch: Patch) -> None:
    """Take the token along with the other settings."""
    original = settings.settle
    extra: dict[str, Any] = {}

    def settle(*, asked: Asked, **others: Any) -> Settings:
        if asked.bearer_token:
            extra["additionalModelRequestFields"] = {"aws_bearer_token": asked.bearer_token}
        return original(asked=asked, **others)

    patch(clients, "settle", settle)
    on_body(patch, lambda members: {**members, **extra})


@mutant(
    "bearer-token-dated",
    "A request with a bearer token carries a signature's date as well.",
    because=("aws/aws-sdk-js-v3#7204", "BerriAI/litellm#39166"),
    fails=("signing/bearer-token",),
)
def bearer_token_dated(patch: Patch) -> None:
    """Leave the date where the signature would have been."""
    original = signing.bearer_headers

    def bearer_headers(url: httpx.URL, token: BearerToken) -> dict[str, str]:
        return {**original(url, token), "x-amz-date": "20260101T000000Z"}

    patch(signing, "bearer_headers", bearer_headers)


@mutant(
    "body-hashed-as-latin-1",
    "The body is hashed as Latin-1 and sent as UTF-8.",
    because=("aws-samples/sigv4-signing-examples#13", "aws/aws-sdk-js#2776", "r7kamura/aws-signer-v4#3"),
    fails=("signing/unicode-body",),
)
def body_hashed_as_latin_1(patch: Patch) -> None:
    """Hash other bytes."""
    patch(canonical, "sha256", lambda body: sha256(bytes(body).decode().encode("latin-1", "replace")))


@mutant(
    "body-hashed-in-part",
    "Only the first 64 KiB of a body are hashed: the first piece of the stream that it is sent from.",
    because=("aws/aws-sdk-java-v2#5895", "aws-samples/sigv4-signing-examples#13"),
    fails=("signing/large-body",),
)
def body_hashed_in_part(patch: Patch) -> None:
    """Hash too little."""
    patch(canonical, "sha256", lambda body: sha256(body[:65_536]))


@mutant(
    "host-without-port",
    "The signed host lacks the port that is sent.",
    because=("arcships/aimux#129", "aws/aws-sdk-java-v2#2725", "envoyproxy/ai-gateway#2429"),
    fails=("signing/model-id-with-colon", "signing/session-token"),
)
def host_without_port(patch: Patch) -> None:
    """Sign the host's name alone."""
    original = signing.headers_to_sign

    def headers_to_sign(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
        return tuple((name, value.partition(":")[0] if name == "host" else value) for name, value in original(headers))

    patch(signing, "headers_to_sign", headers_to_sign)


@mutant(
    "path-encoded-once",
    "The canonical request has the path as it is sent, not encoded once more.",
    because=("tontinton/maki#212", "OneUptime/oneuptime#3099", "aws-amplify/amplify-flutter#5236"),
    fails=PATHS,
)
def path_encoded_once(patch: Patch) -> None:
    """Leave the second encoding out."""
    original = canonical.canonical_target

    def canonical_target(target: str, *, normalize: bool = True) -> tuple[str, str]:
        return target.partition("?")[0], original(target, normalize=normalize)[1]

    patch(canonical, "canonical_target", canonical_target)


@mutant(
    "path-encoded-thrice",
    "The model id is escaped before it is handed to what escapes it.",
    because=("higress-group/higress#2396",),
    fails=PATHS,
)
def path_encoded_thrice(patch: Patch) -> None:
    """Escape twice on the request line, and so thrice in the canonical request."""
    original = addressing.path_for
    patch(addressing, "path_for", lambda model, operation: original(quote(model, safe=""), operation))


@mutant(
    "profile-prefix-forced",
    "The prefix of the geography is put before every model id, also before one that has it and before ARNs.",
    because=("cline/cline#3388", "devoxx/DevoxxGenieIDEAPlugin#756", "ogx-ai/ogx#3386"),
    fails=("signing/inference-profile-prefix",),
)
def profile_prefix_forced(patch: Patch) -> None:
    """Add `us.`."""
    original = addressing.path_for
    patch(addressing, "path_for", lambda model, operation: original(f"us.{model}", operation))


@mutant(
    "region-from-environment",
    "The environment's region is taken in place of the caller's.",
    because=("maximhq/bifrost#3536", "omnara-ai/omnara#486"),
    fails=("signing/foreign-region",),
)
def region_from_environment(patch: Patch) -> None:
    """Turn the order around."""
    original = addressing.choose_region

    def choose_region(settings: Settings, model: str) -> str:
        return settings.default_region or original(settings, model)

    patch(addressing, "choose_region", choose_region)


@mutant(
    "session-token-from-environment",
    "A key pair that the caller gives is sent with the session token of the environment.",
    because=("vercel/ai#14262", "8monkey-ai/hebo-platform#351", "anthropics/anthropic-sdk-typescript#537"),
    fails=("signing/foreign-session-token",),
)
def session_token_from_environment(patch: Patch) -> None:
    """Mix the two."""
    original = settings.identity

    def identity(asked: Asked, precedence: tuple[str, ...] | None) -> Chosen:
        found = original(asked, precedence)
        if not isinstance(found.identity, Credentials):
            return found
        token = found.identity.session_token or os.environ.get("AWS_SESSION_TOKEN")
        keys = Credentials(found.identity.access_key_id, found.identity.secret_access_key, token)
        return replace(found, identity=keys)

    patch(settings, "identity", identity)


@mutant(
    "session-token-not-sent",
    "The token of temporary credentials is not sent.",
    because=("avante-corp/avante.nvim#1207", "vercel/ai#2053"),
    fails=("signing/session-token",),
)
def session_token_not_sent(patch: Patch) -> None:
    """Sign with the key pair alone."""
    original = signing.signature_headers

    def signature_headers(
        request: httpx.Request, credentials: Credentials, region: str, at: datetime
    ) -> dict[str, str]:
        return original(request, Credentials(credentials.access_key_id, credentials.secret_access_key), region, at)

    patch(signing, "signature_headers", signature_headers)


@mutant(
    "user-agent-signed",
    "Every header is signed, also those that a proxy rewrites.",
    because=("aws/aws-sdk-cpp#323", "aws/mcp-proxy-for-aws#313"),
    fails=("signing/volatile-headers-unsigned",),
)
def user_agent_signed(patch: Patch) -> None:
    """Sign all there is."""
    patch(signing, "headers_to_sign", lambda headers: tuple(headers.items()))
    patch(wire_signing, "UNSIGNED_HEADERS", frozenset({"authorization"}))
