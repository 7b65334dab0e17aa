"""Bedrock on loopback: listeners, authorisation, delivery, faults, clock and journal.

    from bedrock_harness.simulator import Simulator, Text, answer

    with Simulator(script=(answer(Text("Hello")),)) as bedrock:
        ...  # call bedrock.url with bedrock.credentials
    assert bedrock.journal[0].authorization.valid

What it answers is data (`script`), what it received is data (`journal`). It judges each request as the service would,
and never judges a client.
"""

from bedrock_harness.simulator.clock import Clock
from bedrock_harness.simulator.errors import SimulatorError
from bedrock_harness.simulator.identities import Login
from bedrock_harness.simulator.journal import Exchange, Journal, Write
from bedrock_harness.simulator.listening.requests import Limits, Refused
from bedrock_harness.simulator.script import Reasoning, Redacted, Text, ToolUse, answer, stream
from bedrock_harness.simulator.simulator import Simulator

__all__ = [
    "Clock",
    "Exchange",
    "Journal",
    "Limits",
    "Login",
    "Reasoning",
    "Redacted",
    "Refused",
    "Simulator",
    "SimulatorError",
    "Text",
    "ToolUse",
    "Write",
    "answer",
    "stream",
]
