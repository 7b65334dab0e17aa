"""What the simulator says when no script does.

`Speaker` answers any Converse body in a way that an application can be built on; `read_canned` and `choose` are for those
who want to say themselves what is answered. No clock, no environment; a file of canned answers is all that is read.
"""

from __future__ import annotations

from bedrock_harness.simulator.speaking.canned import Canned, CannedError, When, choose, read_canned
from bedrock_harness.simulator.speaking.speaker import Speaker

__all__ = ["Canned", "CannedError", "Speaker", "When", "choose", "read_canned"]
