"""Reasoning: when a model shows it, and how it is signed.

Knows the parameters that ask for it in each family's spelling. Signatures are made up: bytes from the seed in the shape of
recorded ones, which no one but Anthropic can tell from a real one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from random import Random
from typing import Any

from bedrock_harness.service.conversation import inside
from bedrock_harness.simulator.script import Reasoning, Redacted
from bedrock_harness.simulator.speaking.asked import Asked
from bedrock_harness.simulator.speaking.manners import Manner
from bedrock_harness.simulator.speaking.prose import thought

__all__ = ["REDACTING", "reason"]

REDACTING = (
    "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB"
)
"""Makes Claude encrypt its thinking: Anthropic's guide on extended thinking offers it for tests, and recordings have it."""

_SIGNATURE = 250
"""Bytes of a signature. Recorded ones have 190 and up, growing with the text."""


def reason(asked: Asked, manner: Manner, random: Random) -> Reasoning | Redacted | None:
    """The reasoning ahead of an answer, or None.

    Claude does not reason anew after a tool's result (a recording of Claude 3.7 with tools). `display: omitted` leaves a
    signature with no text (crmne/ruby_llm#871, strands-agents/harness-sdk#2704).
    """
    if manner.reasons == "never" or (manner.reasons == "asked" and not _is_asked_for(asked.fields)):
        return None
    if not manner.signs:
        return Reasoning(thought(asked, random))
    if asked.results:
        return None
    if REDACTING in asked.text:
        return Redacted((b64encode(_protobuf(random.randbytes(3 * _SIGNATURE))),))
    hidden = inside(asked.fields, "thinking", "display") == "omitted"
    text = thought(asked, random)
    signature = b64encode(_protobuf(random.randbytes(_SIGNATURE + len(text)))).decode("ascii")
    return Reasoning("" if hidden else text, signature)


def _is_asked_for(fields: Mapping[str, Any]) -> bool:
    """Whether the model's own parameters ask for reasoning, in any family's spelling."""
    return any(inside(fields, *path) in wanted for path, wanted in _ASKING.items())


_EFFORTS = ("minimal", "low", "medium", "high", "xhigh", "max")

_ASKING: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("thinking", "type"): ("enabled", "adaptive"),
    ("reasoning_config", "type"): ("enabled", "adaptive"),
    ("reasoningConfig", "type"): ("enabled",),
    ("reasoning_effort",): _EFFORTS,
}
"""Where a request asks for reasoning: Claude's own parameter, its spelling on Bedrock, Nova 2's, and gpt-oss's."""


def _protobuf(content: bytes) -> bytes:
    """The bytes as field 2 of a protobuf message, as recorded signatures and redacted content begin."""
    length, size = bytearray(), len(content)
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return b"\x12" + bytes([*length, size]) + content
