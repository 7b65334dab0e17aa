"""Providers for the command line to judge, by `python:made_up_providers:NAME`. None of them knows Bedrock."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from bedrock_harness.conformance.case import Capability
from bedrock_harness.providers.adapters.kit import Conversation, Provider


class Talk(Conversation):
    def send(self, content: list[dict[str, Any]], stream: bool) -> list[dict[str, Any]]:
        return []


class Hanging(Conversation):
    def send(self, content: list[dict[str, Any]], stream: bool) -> list[dict[str, Any]]:
        time.sleep(60)
        return []


class Silent(Provider):
    """Claims to do everything and never calls Bedrock."""

    name = "silent"
    version = "1.0"
    capabilities = tuple(Capability)

    def open(self, opening: dict[str, Any]) -> Conversation:
        return Talk()


class Modest(Provider):
    """Declares that it can do nothing."""

    name = "modest"
    version = "1.0"
    unsupported = {"stream": "it was built before streams"}  # noqa: RUF012 - as the kit has it


class Slow(Silent):
    """Never comes to an end. Leaves its process id as a file's name in the folder `pids` on its import path."""

    def open(self, opening: dict[str, Any]) -> Conversation:
        folder = next(entry for entry in sys.path if entry.endswith("pids"))
        (Path(folder) / str(os.getpid())).touch()
        return Hanging()


class Dead(Provider):
    """Ends before it has said who it is."""

    def __init__(self) -> None:
        sys.stderr.write("no licence found\n")
        sys.stderr.flush()
        os._exit(9)
