"""Guardrails: a judgement that depends on nothing but documented trigger words.

A real guardrail is set up in an account; here there is none, so whoever wants an intervention says so in the text:

    simulate-denied-topic     simulate-blocked-word    simulate-violence
    simulate-prompt-attack    simulate-personal-data   simulate-blocked-output

The last one passes as input and has the model's answer blocked. Whichever guardrail is named, it is there and judges alike,
for Converse and for ApplyGuardrail. Replies have the shapes of recorded ones: agentjido/req_llm, `guardrail_converse_*`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from bedrock_harness.service.conversation import inside, objects

__all__ = [
    "BLOCKED",
    "TRIGGERS",
    "Assessed",
    "Guarded",
    "Guardrail",
    "Side",
    "apply",
    "assess",
    "guardrail_of",
    "read_guarded",
    "trace",
]

Side: TypeAlias = Literal["INPUT", "OUTPUT"]

BLOCKED = "Sorry, the model cannot answer this question."
"""What is said instead: what the console proposes for blocked prompts and for blocked answers alike."""

_LATENCY = 200
"""Milliseconds that a guardrail is said to have taken; recorded ones took 142 to 247."""

_UNIT = 1_000
"""Characters of a text unit, by which policies are billed (Bedrock's price list)."""


class _Trigger(Struct, frozen=True):
    """What a trigger word sets off: a finding in a list of a policy. `only` is the one side on which it does."""

    policy: str
    list: str
    finding: dict[str, Any]
    only: Side | None = None


def _filter(kind: str) -> dict[str, Any]:
    return {"confidence": "HIGH", "filterStrength": "HIGH", "type": kind}


TRIGGERS: Mapping[str, _Trigger] = {
    "simulate-denied-topic": _Trigger("topicPolicy", "topics", {"name": "Simulated topic", "type": "DENY"}),
    "simulate-blocked-word": _Trigger("wordPolicy", "customWords", {"match": "simulate-blocked-word"}),
    "simulate-violence": _Trigger("contentPolicy", "filters", _filter("VIOLENCE")),
    "simulate-prompt-attack": _Trigger("contentPolicy", "filters", _filter("PROMPT_ATTACK")),
    "simulate-personal-data": _Trigger(
        "sensitiveInformationPolicy", "piiEntities", {"match": "simulate-personal-data", "type": "NAME"}
    ),
    "simulate-blocked-output": _Trigger(
        "topicPolicy", "topics", {"name": "Simulated topic of an answer", "type": "DENY"}, "OUTPUT"
    ),
}
"""The words, found in any mixture of small and capital letters, and what each is taken for."""

_LISTS: Mapping[str, tuple[str, ...]] = {
    "contentPolicy": ("filters",),
    "sensitiveInformationPolicy": ("piiEntities", "regexes"),
    "topicPolicy": ("topics",),
    "wordPolicy": ("customWords", "managedWordLists"),
}
"""The lists that botocore's model requires of each policy's assessment."""


class Guardrail(Struct, frozen=True):
    """The guardrail that a request names; `traced` where the reply is to tell how it judged."""

    identifier: str
    version: str
    traced: bool = False


class Guarded(Struct, frozen=True):
    """Text as a guardrail sees it: what is judged, and how many characters there are in all."""

    text: str
    total: int


class Assessed(Struct, frozen=True):
    """What a guardrail made of a text: whether it intervenes, and why, in the shape of `GuardrailAssessment`."""

    text: str
    intervened: bool
    assessment: dict[str, Any]


def guardrail_of(body: Mapping[str, Any]) -> Guardrail | None:
    """The guardrail of a Converse body; None where it names none."""
    config = body.get("guardrailConfig")
    identifier = inside(config, "guardrailIdentifier")
    if not identifier:
        return None
    version = inside(config, "guardrailVersion") or "DRAFT"
    return Guardrail(str(identifier), str(version), inside(config, "trace") in ("enabled", "enabled_full"))


def read_guarded(body: Mapping[str, Any]) -> Guarded:
    """The input that a guardrail judges: what the user said in all turns, or of it only what is marked, if anything is.

    What is marked as a grounding source or a query alone is not judged (recorded: 0 of 151 characters).
    """
    users = [message for _, message in objects(body.get("messages")) if message.get("role") == "user"]
    blocks = [block for message in users for _, block in objects(message.get("content"))]
    blocks += [block for _, block in objects(body.get("system")) if "guardContent" in block]
    marked = [block["guardContent"] for block in blocks if isinstance(block.get("guardContent"), dict)]
    plain = [text for text in (block.get("text") for block in blocks) if isinstance(text, str)]
    total = sum(map(len, plain)) + sum(len(text) for _, text in _marked(marked))
    judged = [text for guarded, text in _marked(marked) if guarded] if marked else plain
    return Guarded("\n".join(judged), total)


def assess(guardrail: Guardrail, guarded: Guarded, side: Side, *, asked: str = "") -> Assessed:
    """What a guardrail makes of a text. `asked` is the request behind an answer: trigger words in it hold as well."""
    said = f"{guarded.text}\n{asked}".lower()
    found = [row for word, row in TRIGGERS.items() if word in said and row.only in (None, side)]
    assessment: dict[str, Any] = {
        "appliedGuardrailDetails": _details(guardrail),
        "invocationMetrics": {
            "guardrailCoverage": {"textCharacters": _coverage(guarded)},
            "guardrailProcessingLatency": _LATENCY,
            "usage": _usage(guarded),
        },
    }
    for row in found:
        policy = assessment.setdefault(row.policy, {name: [] for name in _LISTS[row.policy]})
        policy[row.list].append({"action": "BLOCKED", "detected": True, **row.finding})
    return Assessed(guarded.text, bool(found), assessment)


def trace(guardrail: Guardrail, given: Assessed, said: Assessed | None = None) -> dict[str, Any]:
    """The `trace` of a Converse reply, as one member; nothing where none is asked for.

    `given` is what the guardrail made of the input, `said` what it made of the model's answer, if one was given.
    """
    if not guardrail.traced:
        return {}
    key = _id(guardrail)
    last = given if said is None else said
    output = {} if said is None else {"outputAssessments": {key: [said.assessment]}}
    replaced = [said.text] if said is not None and said.intervened else []
    told = {
        "actionReason": _REASONS[last.intervened],
        "inputAssessment": {key: given.assessment},
        "modelOutput": replaced,
    }
    return {"trace": {"guardrail": {**told, **output}}}


def apply(body: Mapping[str, Any], guardrail: Guardrail, side: Side) -> dict[str, Any]:
    """The members of an ApplyGuardrail reply to this body."""
    content = [block for _, block in objects(body.get("content"))]
    texts = list(_marked(content))
    images = sum(inside(block, "image") is not None for block in content)
    guarded = Guarded("\n".join(text for judged, text in texts if judged), sum(len(text) for _, text in texts))
    assessed = assess(guardrail, guarded, side)
    coverage = {"textCharacters": _coverage(guarded)}
    if images:
        coverage["images"] = {"guarded": images, "total": images}
    metrics = assessed.assessment["invocationMetrics"]
    metrics["guardrailCoverage"] = coverage
    return {
        "action": "GUARDRAIL_INTERVENED" if assessed.intervened else "NONE",
        "actionReason": _REASONS[assessed.intervened],
        "assessments": [assessed.assessment],
        "guardrailCoverage": coverage,
        "outputs": [{"text": BLOCKED}] if assessed.intervened else [],
        "usage": metrics["usage"],
    }


_REASONS = {True: "Guardrail blocked.", False: "No action."}
"""As recorded."""


def _marked(blocks: list[Mapping[str, Any]]) -> Iterator[tuple[bool, str]]:
    """The texts of blocks for a guardrail, and whether each is judged for itself."""
    for block in blocks:
        text, qualifiers = inside(block, "text", "text"), inside(block, "text", "qualifiers")
        if isinstance(text, str):
            yield not qualifiers or "guard_content" in qualifiers, text


def _id(guardrail: Guardrail) -> str:
    """A guardrail's id, out of its ARN where that was given."""
    return guardrail.identifier.rpartition("/")[2]


def _details(guardrail: Guardrail) -> dict[str, Any]:
    arn = {"guardrailArn": guardrail.identifier} if guardrail.identifier.startswith("arn:") else {}
    return {
        **arn,
        "guardrailId": _id(guardrail),
        "guardrailOrigin": ["REQUEST"],
        "guardrailOwnership": "SELF",
        "guardrailVersion": guardrail.version,
    }


def _coverage(guarded: Guarded) -> dict[str, int]:
    return {"guarded": min(len(guarded.text), guarded.total), "total": guarded.total}


def _usage(guarded: Guarded) -> dict[str, int]:
    """Text units by policy; the policies that are not simulated take none."""
    units = -(-len(guarded.text) // _UNIT)
    return {
        "contentPolicyImageUnits": 0,
        "contentPolicyUnits": units,
        "contextualGroundingPolicyUnits": 0,
        "sensitiveInformationPolicyFreeUnits": 0,
        "sensitiveInformationPolicyUnits": units,
        "topicPolicyUnits": units,
        "wordPolicyUnits": units,
    }
