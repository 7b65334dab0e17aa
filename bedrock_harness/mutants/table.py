"""All mutants by name, and which of them a case is there to find."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from bedrock_harness.mutants import (
    conversation,
    errors,
    exceptions,
    framing,
    reasoning,
    retry,
    signing,
    stops,
    stream,
    tools,
    usage,
)
from bedrock_harness.mutants.mutant import Mutant, Mutants

__all__ = ["AREAS", "CONTROL", "MUTANTS", "UnknownMutant", "find", "mutants_for"]

AREAS: Mapping[str, Mutants] = MappingProxyType(
    {
        "signing": signing.mutant,
        "framing": framing.mutant,
        "stream": stream.mutant,
        "exceptions": exceptions.mutant,
        "stops": stops.mutant,
        "tools": tools.mutant,
        "reasoning": reasoning.mutant,
        "conversation": conversation.mutant,
        "errors": errors.mutant,
        "retry": retry.mutant,
        "usage": usage.mutant,
    }
)
"""What the mutants break, in the order in which a reply comes about."""

CONTROL = Mutant(
    name="none",
    defect="No defect: the reference client as it is, run as the mutants are.",
    because=(),
    fails=(),
    change=lambda _: None,
)

MUTANTS: Mapping[str, Mutant] = MappingProxyType(
    {name: mutant for mutants in AREAS.values() for name, mutant in mutants.items()}
)
"""Every mutant by its name, area by area."""


class UnknownMutant(ValueError):
    """There is no mutant of that name. `hint` has the nearest ones."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no mutant {name!r}")
        near = get_close_matches(name, MUTANTS, n=3, cutoff=0.4)
        self.hint = f"did you mean {' or '.join(near)}?" if near else "`bedrock-harness mutants --list` lists them all"


def find(name: str) -> Mutant:
    """The mutant of this name; `none` is the control. Raises UnknownMutant."""
    if name == CONTROL.name:
        return CONTROL
    if name not in MUTANTS:
        raise UnknownMutant(name)
    return MUTANTS[name]


def mutants_for(case: str) -> tuple[Mutant, ...]:
    """The mutants that the case of this id is there to find."""
    return tuple(mutant for mutant in MUTANTS.values() if case in mutant.fails)
