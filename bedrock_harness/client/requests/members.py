"""The members beside the conversation: what the options give where the call gives nothing.

Knows which option is which member of Converse's, and that a guardrail is an identifier and a version.
"""

from __future__ import annotations

from typing import Any

from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import Note
from bedrock_harness.client.requests.draft import Draft

__all__ = ["fill", "guard"]

_INFERENCE = {
    "maxTokens": "max_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "stopSequences": "stop_sequences",
}
_GUARDRAIL = {
    "guardrailIdentifier": "identifier",
    "guardrailVersion": "version",
    "trace": "trace",
    "streamProcessingMode": "mode",
}


def fill(draft: Draft) -> Draft:
    """The options' values in the members of their names; what the call itself holds comes first, member by member."""
    options, body = draft.options, draft.body
    inference = {member: getattr(options, name) for member, name in _INFERENCE.items()}
    offered: dict[str, dict[str, Any]] = {
        "inferenceConfig": {name: value for name, value in inference.items() if value is not None and value != ()},
        "performanceConfig": {} if options.performance is None else {"latency": options.performance},
        "serviceTier": {} if options.service_tier is None else {"type": options.service_tier},
        "requestMetadata": dict(options.metadata),
        "additionalModelRequestFields": dict(options.additional_fields),
    }
    return draft.with_body(
        **{
            member: {**values, **(body.get(member) or {})}
            for member, values in offered.items()
            if values and isinstance(body.get(member) or {}, dict)
        }
    )


def guard(draft: Draft) -> Draft:
    """The guardrail, where there is a whole one: half of one protects nobody and is refused by the service.

    A guardrail of the call's own is left as it is. A stream's mode is sent with ConverseStream alone.
    """
    chosen = draft.options.guardrail
    if chosen is None or draft.body.get("guardrailConfig"):
        return draft
    missing = [name for name in ("identifier", "version") if not getattr(chosen, name)]
    if len(missing) == 1:
        sentence = f"The guardrail has no {missing[0]}; identifier and version are both needed"
        if chosen.half == "refuse":
            raise InvalidRequest(f"{sentence}.", hint="Give both, or no guardrail.")
        return draft.noting(Note("guardrail-off", f"{sentence}: the request went without a guardrail."))
    if missing:
        return draft
    config = {member: getattr(chosen, name) for member, name in _GUARDRAIL.items()}
    if draft.operation != "ConverseStream":
        del config["streamProcessingMode"]
    return draft.with_body(guardrailConfig={name: value for name, value in config.items() if value is not None})
