"""What the model itself refuses in a conversation that came in its own words.

Converse passes some refusals on from the model, and says so; on InvokeModel the model speaks for itself. So those rules of
`service.rules` hold here as well, in the model's words alone. The others are Converse's own and hold for Converse only.
"""

from __future__ import annotations

import msgspec

from bedrock_harness.service import rules
from bedrock_harness.service.rule import MODEL_SAYS
from bedrock_harness.service.rules import BrokenRule
from bedrock_harness.service.strictness import LATEST
from bedrock_harness.simulator.native.request import Native

__all__ = ["objections"]


def objections(native: Native, *, strictness: str = LATEST) -> tuple[BrokenRule, ...]:
    """The rules of the model's that a conversation breaks, at a level of strictness; the first is what it answers with."""
    if native.converse is None:
        return ()
    broken = rules.check(native.converse, model=native.model, strictness=strictness)
    return tuple(
        msgspec.structs.replace(one, message=one.message.removeprefix(MODEL_SAYS))
        for one in broken
        if one.message.startswith(MODEL_SAYS)
    )
