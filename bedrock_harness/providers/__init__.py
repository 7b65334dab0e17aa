"""How a provider is reached: the adapter protocol, the programs that speak it, and the environments they run in."""

from bedrock_harness.providers.environments import EnvironmentFault
from bedrock_harness.providers.faults import CannotStart, Crashed, Hung, ProviderFault, Rubbish, WrongAnswer, mask
from bedrock_harness.providers.observation import Observation
from bedrock_harness.providers.process import start
from bedrock_harness.providers.registry import Manifest, ManifestError, UnknownProvider, known, resolve
from bedrock_harness.providers.session import Conversation, RunningProvider

__all__ = [
    "CannotStart",
    "Conversation",
    "Crashed",
    "EnvironmentFault",
    "Hung",
    "Manifest",
    "ManifestError",
    "Observation",
    "ProviderFault",
    "Rubbish",
    "RunningProvider",
    "UnknownProvider",
    "WrongAnswer",
    "known",
    "mask",
    "resolve",
    "start",
]
