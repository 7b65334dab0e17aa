"""Mutants: the reference client with one known defect each, and the proof that every case finds one.

A case that cannot fail proves nothing. So each defect that real providers had is put into the reference client by a patch,
in a process of its own, and judged by the whole catalogue. The client has no seams for this; it does not know of it.
"""

from bedrock_harness.mutants.mutant import Mutant, Patch, StaleMutant, applied
from bedrock_harness.mutants.table import AREAS, CONTROL, MUTANTS, UnknownMutant, find, mutants_for

__all__ = [
    "AREAS",
    "CONTROL",
    "MUTANTS",
    "Mutant",
    "Patch",
    "StaleMutant",
    "UnknownMutant",
    "applied",
    "find",
    "mutants_for",
]
