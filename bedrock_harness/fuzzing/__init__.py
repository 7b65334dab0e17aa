"""Fuzzing of the wire: Hypothesis strategies, properties, and coverage-guided targets.

It runs as `python -m bedrock_harness.fuzzing`.
This face stays light on purpose. A coverage-guided run has to load the code under test itself, to instrument it, and
Hypothesis comes with the `test` extra: so `strategies`, `properties` and `targets` are imported by their own names.
"""

from bedrock_harness.fuzzing.findings import Finding, load
from bedrock_harness.fuzzing.promises import FuzzingUnavailable, PromiseBroken, promise

__all__ = ["Finding", "FuzzingUnavailable", "PromiseBroken", "load", "promise"]
