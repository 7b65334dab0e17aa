"""Diagnosis: which mistake leads to the signature that a client sent.

`diagnose` is the door. `mistakes` is the table of what clients get wrong; `miswritten`, `mislisted`, `misread_bodies` and
`misderived` vary one step each of the canonical request, the signed headers, the body's hash and the key. `attempts` holds a
request as it may have been signed, `reproduction` searches the mistakes alone and in pairs, and `symptoms` tells what can be
seen without trying.
"""

from bedrock_harness.wire.diagnosis.diagnose import SECRET_HEADERS, SHORTEST_SECRET, Diagnosis, Difference, diagnose
from bedrock_harness.wire.diagnosis.symptoms import Cause

__all__ = ["SECRET_HEADERS", "SHORTEST_SECRET", "Cause", "Diagnosis", "Difference", "diagnose"]
