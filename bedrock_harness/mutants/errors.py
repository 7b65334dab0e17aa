"""Defects in telling why the service refused a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from bedrock_harness.client import refusals, replies
from bedrock_harness.client.credentials import Identity
from bedrock_harness.client.errors import ServiceError
from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["mutant"]

mutant = Mutants()

REFUSALS = (
    "errors/access-denied",
    "errors/internal-server",
    "errors/model-error",
    "errors/model-not-ready",
    "errors/model-timeout",
    "errors/resource-not-found",
    "errors/service-quota-exceeded",
    "errors/service-unavailable",
    "errors/throttling",
    "errors/validation",
)


@mutant(
    "capital-message-unread",
    "A message that is spelled with a capital is not found.",
    because=("boto/botocore#256",),
    fails=("errors/capital-message",),
)
def capital_message_unread(patch: Patch) -> None:
    """Look under one name."""

    def message_of(status: int, members: Mapping[str, Any], body: bytes) -> str:  # noqa: ARG001
        return str(members.get("message", "Unknown"))

    patch(refusals, "message_of", message_of)


@mutant(
    "credentials-in-the-message",
    "The message of a refusal says which key was used, secret included.",
    because=("OneUptime/oneuptime#3099", "BerriAI/litellm#12537"),
    fails=("errors/access-denied",),
)
def credentials_in_the_message(patch: Patch) -> None:
    """Be too helpful."""

    def told(text: str, identity: Identity | None) -> str:
        if not isinstance(identity, Credentials):
            return text
        return f"{text} (signed with {identity.access_key_id}, {identity.secret_access_key})"

    patch(refusals, "scrub", told)


@mutant(
    "error-body-is-latin-1",
    "The body of a refusal is read as Latin-1.",
    because=("gethouston/houston#1381",),
    fails=("errors/typographic-apostrophe",),
)
def error_body_is_latin_1(patch: Patch) -> None:
    """Decode wrongly."""
    original = refusals.json_object
    patch(refusals, "json_object", lambda body: original(body.decode("latin-1").encode()))


@mutant(
    "error-name-from-body-only",
    "The name of an exception is looked for in the body, where the service does not put it, and told as unknown.",
    because=("vercel/ai#20926", "aws/aws-sdk-js-v3#685"),
    fails=REFUSALS,
)
def error_name_from_body_only(patch: Patch) -> None:
    """Do not look at the header, and call what has no name UnknownError, as older SDKs for JavaScript do."""
    original = refusals.code_of
    patch(refusals, "code_of", lambda _, members: original(None, members) or "UnknownError")


@mutant(
    "error-name-with-suffix-unknown",
    "An exception's name with an address behind it is not recognised, and told as an internal error.",
    because=("maximhq/bifrost#5165", "envoyproxy/ai-gateway#1749", "aws/aws-sdk-js-v3#5920"),
    fails=("errors/type-with-suffix",),
)
def error_name_with_suffix_unknown(patch: Patch) -> None:
    """Compare the header as it is."""
    original = refusals.code_of

    def code_of(header: str | None, members: Mapping[str, Any]) -> str | None:
        return "InternalServerException" if header and ":" in header else original(header, members)

    patch(refusals, "code_of", code_of)


@mutant(
    "html-unreadable",
    "A refusal whose body is no JSON is told as broken JSON, without its status.",
    because=("aws/aws-sdk-java#821", "boto/botocore#859"),
    fails=("errors/html-from-a-proxy",),
)
def html_unreadable(patch: Patch) -> None:
    """Parse before looking at the status."""
    original = refusals.read_refusal

    def read_refusal(
        status: int, headers: Mapping[str, str], body: bytes, *, identity: Identity | None, now: datetime
    ) -> ServiceError:
        if refusals.json_object(body):
            return original(status, headers, body, identity=identity, now=now)
        return ServiceError("Unexpected token '<' is no JSON.")

    patch(refusals, "read_refusal", read_refusal)


@mutant(
    "message-is-the-phrase",
    "In place of the service's message the status is told in words.",
    because=("vercel/ai#13992", "maximhq/bifrost#7222", "ashwin-pc/pi-web#65"),
    fails=(*REFUSALS, "errors/refused-before-streaming", "errors/typographic-apostrophe"),
)
def message_is_the_phrase(patch: Patch) -> None:
    """Say "Bad Request"."""

    def message_of(status: int, members: Mapping[str, Any], body: bytes) -> str:  # noqa: ARG001
        return httpx.codes.get_reason_phrase(status)

    patch(refusals, "message_of", message_of)


@mutant(
    "status-lost",
    "The status of a refusal is not told.",
    because=("anomalyco/opencode#545", "earendil-works/pi#7224"),
    fails=(*REFUSALS, "errors/html-from-a-proxy"),
)
def status_lost(patch: Patch) -> None:
    """Keep name and message."""
    original = refusals.read_refusal

    def read_refusal(
        status: int, headers: Mapping[str, str], body: bytes, *, identity: Identity | None, now: datetime
    ) -> ServiceError:
        error = original(status, headers, body, identity=identity, now=now)
        error.status = None
        return error

    patch(refusals, "read_refusal", read_refusal)


@mutant(
    "throttling-is-overflow",
    "A refusal that speaks of too many tokens is told as a prompt that is too long.",
    because=("anomalyco/opencode#39623", "crewAIInc/crewAI#7377"),
    fails=("errors/refused-before-streaming", "errors/throttling"),
)
def throttling_is_overflow(patch: Patch) -> None:
    """Go by the words."""
    original = refusals.read_refusal

    def read_refusal(
        status: int, headers: Mapping[str, str], body: bytes, *, identity: Identity | None, now: datetime
    ) -> ServiceError:
        error = original(status, headers, body, identity=identity, now=now)
        if "too many tokens" in error.message.lower():
            error.code, error.retryable = "ContextWindowExceeded", False
        return error

    patch(refusals, "read_refusal", read_refusal)


@mutant(
    "unknown-operation-is-empty-answer",
    "A body under 200 that holds no message is told as an empty answer.",
    because=("vercel/ai#17523", "BerriAI/litellm#3805"),
    fails=("errors/unknown-operation",),
)
def unknown_operation_is_empty_answer(patch: Patch) -> None:
    """Take 200 for success."""
    patch(replies, "read_reply", lambda body, request_id: replies.Reply(refusals.json_object(body), request_id))
