"""The network below the client, blocking and in an event loop: connections, the time that a call may take, chunks joined."""

from bedrock_harness.client.network.deadline import NO_DEADLINE, Deadline
from bedrock_harness.client.network.transport import Blocking, Looped, Transport, run

__all__ = ["NO_DEADLINE", "Blocking", "Deadline", "Looped", "Transport", "run"]
