"""Defects in telling why the model stopped."""

from __future__ import annotations

from collections.abc import Mapping

from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.mutants.places import Part, on_part

__all__ = ["mutant"]

mutant = Mutants()

OWN_ACCORD = ("stop/end-turn", "stop/end-turn-whole")
CUT = ("stop/max-tokens", "stop/max-tokens-whole")
SEQUENCE = ("stop/stop-sequence", "stop/stop-sequence-whole")
TOOL = ("stop/tool-use", "stop/tool-use-whole")


def _renamed(patch: Patch, names: Mapping[str, str], default: str | None = None) -> None:
    """Tell stop reasons by other names."""

    def renamed(part: Part) -> Part:
        return {"stop": names.get(part["stop"], default or part["stop"])} if "stop" in part else part

    on_part(patch, renamed)


@mutant(
    "cut-answer-is-finished",
    "An answer that was cut at the limit of tokens is told as a finished one.",
    because=("aaif-goose/goose#11838", "spring-projects/spring-ai#4374"),
    fails=CUT,
)
def cut_answer_is_finished(patch: Patch) -> None:
    """Overlook the cut."""
    _renamed(patch, {"max_tokens": "end_turn"})


@mutant(
    "stop-reason-lost",
    "The stop reason is not told.",
    because=("aaif-goose/goose#11838", "spring-projects/spring-ai#4375"),
    fails=(*OWN_ACCORD, *CUT, *TOOL),
)
def stop_reason_lost(patch: Patch) -> None:
    """Ignore it."""
    on_part(patch, lambda part: None if "stop" in part else part)


@mutant(
    "stop-reasons-folded",
    "Only three stop reasons are known; all others are told as the end of the turn.",
    because=("mozilla-ai/any-llm#1358", "agentjido/req_llm#1033", "BerriAI/litellm#40064"),
    fails=(
        *SEQUENCE,
        *(
            f"stop/{reason}{how}"
            for reason in (
                "brand-new-reason",
                "content-filtered",
                "guardrail-intervened",
                "malformed-model-output",
                "malformed-tool-use",
                "model-context-window-exceeded",
            )
            for how in ("", "-whole")
        ),
    ),
)
def stop_reasons_folded(patch: Patch) -> None:
    """Map what is known, and have a default."""
    _renamed(patch, {known: known for known in ("end_turn", "max_tokens", "tool_use")}, default="end_turn")


@mutant(
    "tool-turn-is-over",
    "A turn that waits for a tool is told as one that is over.",
    because=("maximhq/bifrost#5464",),
    fails=TOOL,
)
def tool_turn_is_over(patch: Patch) -> None:
    """Have one reason for all."""
    _renamed(patch, {"tool_use": "end_turn"})
