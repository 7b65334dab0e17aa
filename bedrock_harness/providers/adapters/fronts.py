"""A gateway as a provider: how it is started, pointed at the simulator, and what both of its fronts' adapters share.

The gateway is a program of its own, spoken to over HTTP by its front's official client. Its command comes behind the adapter's
own in `adapter.toml`, `{port}` standing for the port; without one it is this harness's reference gateway. It finds the
simulator as it would find AWS: in the environment.
"""

import atexit
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from bedrock_harness import __version__
from bedrock_harness.providers.adapters.kit import Provider

__all__ = ["CannotStart", "Front", "environment", "service_name", "started"]

REFERENCE = (sys.executable, "-m", "bedrock_harness", "gateway", "--port", "{port}")

PATIENCE = 60.0
"""Seconds until a gateway must listen. Large ones import for half a minute."""

_running: dict[tuple[tuple[str, str], ...], str] = {}


class CannotStart(Exception):
    """The gateway ended, or did not listen in time. What it said is on standard error."""


class Front(Provider):
    """A gateway's front as a provider. Its version is the harness's, whose gateway it is unless another is named."""

    version = __version__
    capabilities = (
        "bearer",
        "cache",
        "cancel",
        "history",
        "reasoning",
        "repair",
        "retry",
        "session-token",
        "stream",
        "timeout",
        "tools",
        "unary",
    )

    def __init__(self, reference: str) -> None:
        """Called by this name, unless the manifest's environment has GATEWAY_NAME."""
        self.name = os.environ.get("GATEWAY_NAME") or reference


def started(endpoint: Mapping[str, Any]) -> str:
    """The URL of a gateway that speaks to this endpoint. One is started for each endpoint and kept until the adapter ends."""
    variables = environment(endpoint)
    key = tuple(sorted(variables.items()))
    if key not in _running:
        _running[key] = _start(variables)
    return _running[key]


def environment(endpoint: Mapping[str, Any]) -> dict[str, str]:
    """The variables that point an AWS SDK, or a gateway on one, at an endpoint."""
    given = endpoint["credentials"]
    variables = {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": endpoint["url"],
        "AWS_REGION": endpoint["region"],
        "AWS_DEFAULT_REGION": endpoint["region"],
        "AWS_CA_BUNDLE": endpoint["ca_file"],
        "AWS_ACCESS_KEY_ID": given["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": given["secret_access_key"],
        "AWS_SESSION_TOKEN": given["session_token"],
        "AWS_BEARER_TOKEN_BEDROCK": given["bearer_token"],
    }
    return {name: value for name, value in variables.items() if value}


def _start(variables: Mapping[str, str]) -> str:
    port = _free_port()
    command = [word.replace("{port}", str(port)) for word in sys.argv[1:] or REFERENCE]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(command, env={**kept, **variables}, stdin=subprocess.DEVNULL, stdout=2)  # noqa: S603
    atexit.register(_end, process)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotStart(f"{command[0]} ended with exit code {process.returncode} before it listened")
        try:
            socket.create_connection(address(port), timeout=1.0).close()
        except OSError:
            time.sleep(0.05)
        else:
            return "http://{}:{}".format(*address(port))
    raise CannotStart(f"{command[0]} did not listen on port {port} within {PATIENCE:g} s")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def address(port: int) -> tuple[str, int]:
    """Where a gateway listens."""
    return "127.0.0.1", port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(address(0))
        port: int = probe.getsockname()[1]
        return port


def service_name(code: object) -> str | None:
    """An error's code, where it is a name of the service's: with a capital, or an exception. The fronts' own are neither."""
    return code if isinstance(code, str) and (code[:1].isupper() or code.endswith("Exception")) else None
