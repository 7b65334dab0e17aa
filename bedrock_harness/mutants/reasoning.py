"""Defects in telling reasoning, and in giving it back to the model."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.mutants.places import FOLDING, Block, on_blocks, on_part

__all__ = ["mutant"]

mutant = Mutants()

REDACTED = ("reasoning/redacted-returns", "reasoning/redacted-returns-whole")
SIGNED = ("reasoning/signature-returns", "reasoning/signature-returns-whole")


def _on_reasoning(patch: Patch, change: Callable[[Block], Block | None]) -> None:
    """Change the text and signature of reasoning on its way into the history; None leaves the block out."""

    def changed(block: Block) -> Block | None:
        reasoning = block.get("reasoningContent", {}).get("reasoningText")
        if reasoning is None:
            return block
        kept = change(reasoning)
        return None if kept is None else {"reasoningContent": {"reasoningText": kept}}

    on_blocks(patch, changed)


@mutant(
    "reasoning-forgotten",
    "Reasoning does not go into the history.",
    because=("spring-projects/spring-ai#6413", "kagent-dev/kagent#1870", "JetBrains/koog#2062"),
    fails=(*SIGNED, *REDACTED),
)
def reasoning_forgotten(patch: Patch) -> None:
    """Remember texts and tools."""
    on_blocks(patch, lambda block: None if "reasoningContent" in block else block)


@mutant(
    "reasoning-in-the-answer",
    "Reasoning is told as a part of the answer's text.",
    because=("langchain4j/langchain4j#6034", "aws-samples/bedrock-access-gateway#200"),
    fails=("reasoning/apart-from-text", "reasoning/apart-from-text-whole", "reasoning/shown", "reasoning/shown-whole"),
)
def reasoning_in_the_answer(patch: Patch) -> None:
    """Put it all into one text."""
    on_part(patch, lambda part: {"text": part["reasoning"].get("text", "")} if "reasoning" in part else part)


@mutant(
    "reasoning-not-shown",
    "Reasoning is not told, though the provider says that it can.",
    because=("JetBrains/koog#2062", "teradata-labs/loom#325", "ag-ui-protocol/ag-ui#1499"),
    fails=("reasoning/shown", "reasoning/shown-whole"),
)
def reasoning_not_shown(patch: Patch) -> None:
    """Leave it out."""
    on_part(patch, lambda part: None if "reasoning" in part else part)


@mutant(
    "reasoning-normalised",
    "Reasoning goes into the history in Unicode's composed form, so that its signature no longer fits.",
    because=("vercel/ai CHANGELOG 24ac76f",),
    fails=("reasoning/whitespace-kept",),
)
def reasoning_normalised(patch: Patch) -> None:
    """Compose."""
    _on_reasoning(patch, lambda given: {**given, "text": unicodedata.normalize("NFC", given["text"])})


@mutant(
    "reasoning-trimmed",
    "White space around reasoning is trimmed, so that its signature no longer fits.",
    because=("vercel/ai CHANGELOG b0c59e8",),
    fails=("reasoning/whitespace-kept",),
)
def reasoning_trimmed(patch: Patch) -> None:
    """Tidy up."""
    _on_reasoning(patch, lambda given: {**given, "text": given["text"].strip()})


@mutant(
    "redacted-dropped",
    "Redacted reasoning does not go into the history.",
    because=("earendil-works/pi#8314", "RooCodeInc/Roo-Code#11238", "NousResearch/hermes-agent#93811"),
    fails=REDACTED,
)
def redacted_dropped(patch: Patch) -> None:
    """Keep what can be read."""
    on_blocks(patch, lambda block: None if "redactedContent" in block.get("reasoningContent", {}) else block)


@mutant(
    "redacted-joined-as-text",
    "The pieces of redacted reasoning, base64 each by itself, are joined as text.",
    because=("LibreChat-AI/agents#309", "anomalyco/opencode#46283"),
    fails=REDACTED[:1],
)
def redacted_joined_as_text(patch: Patch) -> None:
    """Join before decoding."""
    patch(FOLDING, "_joined_blobs", "".join)


@mutant(
    "signature-dropped",
    "Reasoning goes into the history without its signature.",
    because=("NousResearch/hermes-agent#36260", "RooCodeInc/Roo-Code#11238", "matrixorigin/Astra#284"),
    fails=SIGNED,
)
def signature_dropped(patch: Patch) -> None:
    """Keep the text."""
    _on_reasoning(patch, lambda given: {"text": given["text"]})


@mutant(
    "signature-only-dropped",
    "Reasoning with a signature and no text does not go into the history.",
    because=("strands-agents/harness-sdk#2704", "run-llama/llama_index#20851", "crmne/ruby_llm#871"),
    fails=("reasoning/signature-only", "reasoning/signature-only-whole"),
)
def signature_only_dropped(patch: Patch) -> None:
    """Take no text for nothing."""
    _on_reasoning(patch, lambda given: given if given["text"] else None)
