"""Profiles: docker-agent, ReqLLM, Autobot, LangWatch and PRX, each as choices of the reference client.

    from bedrock_harness.client import Client
    from bedrock_harness.profiles import client_arguments, find

    client = Client(**client_arguments(find("docker-agent")))

`bedrock-harness check profile:NAME` judges one; docs/providers.md says what each promises and where that is tested.
"""

from bedrock_harness.profiles.profile import Profile, client_arguments
from bedrock_harness.profiles.table import PROFILES, UnknownProfile, find

__all__ = ["PROFILES", "Profile", "UnknownProfile", "client_arguments", "find"]
