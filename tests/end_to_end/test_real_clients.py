"""The clients that people use, with nothing but an endpoint: a converse and a streamed converse each.

Each is installed from its own registry, once, into the cache folder, and runs a program of `clients/` that prints the two texts.
Run with `pytest -m real_clients`. A client whose tool or registry is not at hand is skipped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from sys import executable
from threading import Lock
from typing import NamedTuple

import pytest

from bedrock_harness.providers.environments import EnvironmentFault, cache_folder, prepare
from bedrock_harness.providers.registry import Manifest
from bedrock_harness.simulator import Simulator, Text, answer

pytestmark = [pytest.mark.real_clients, pytest.mark.timeout(600)]

PROGRAMS = Path(__file__).parent / "clients"
MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
SAID = "Hello there"
CLI_ARGUMENTS = (
    *("bedrock-runtime", "converse", "--messages", '[{"role": "user", "content": [{"text": "Hello"}]}]'),
    *("--query", "output.message.content[0].text", "--output", "text", "--model-id"),
)


PATIENCE = 120
"""Seconds for one installer."""

ONE_NPM = Lock()
"""Two of the clients share a folder."""


class NotAtHand(Exception):
    """A client can't be installed here, for this reason."""


def from_pypi(requirement: str, *words: str) -> tuple[str, ...]:
    """The command of a Python client in an environment of its own."""
    manifest = Manifest(name=f"client-{requirement}", language="python", command=words, requirements=(requirement,))
    try:
        return prepare(manifest, print).command
    except EnvironmentFault as fault:
        raise NotAtHand(f"{fault.message}: {' '.join(fault.lines[-1:])}") from fault


def from_npm(program: str) -> tuple[str, ...]:
    """The command of a client in node_modules, which two clients share."""
    with ONE_NPM:
        found = node_modules()
    if isinstance(found, NotAtHand):
        raise found
    return ("node", "--no-warnings", str(found / program))


@cache
def node_modules() -> Path | NotAtHand:
    """The folder where npm has installed both, or why it has not: it is asked once."""
    try:
        folder = prepared("node", "npm")
        fetch("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", folder=folder)
    except NotAtHand as reason:
        return reason
    return folder


def from_go(program: str) -> tuple[str, ...]:
    """The command of a client built by Go."""
    folder = prepared("go", "go")
    fetch("go", "mod", "download", folder=folder)
    with unhurried("go build"):
        subprocess.run(("go", "build", "-o", program, "."), cwd=folder, check=True, timeout=PATIENCE)
    return (str(folder / program),)


def prepared(name: str, tool: str) -> Path:
    """A folder in the cache with the programs of `clients/NAME`, the same one for as long as they are the same."""
    if shutil.which(tool) is None:
        raise NotAtHand(f"there is no {tool} here")
    files = sorted((PROGRAMS / name).iterdir())
    digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]
    folder = cache_folder() / f"client-{name}-{digest}"
    shutil.copytree(PROGRAMS / name, folder, dirs_exist_ok=True)
    return folder


def fetch(*command: str, folder: Path) -> None:
    """Run an installer, which a registry that is slow today does not hold up for long."""
    with unhurried(" ".join(command[:3])):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        raise NotAtHand(f"`{' '.join(command[:3])}` failed: {' '.join(last)}")


@contextmanager
def unhurried(what: str) -> Iterator[None]:
    """Do without a client that takes too long to install."""
    try:
        yield
    except subprocess.TimeoutExpired:
        raise NotAtHand(f"`{what}` was not done after {PATIENCE} s") from None


class Client(NamedTuple):
    """How a client is installed; whether it streams, whether it reads HTTPS_PROXY, and over which ways it speaks HTTP/2."""

    command: Callable[[], tuple[str, ...]]
    streams: bool = True
    http_2: frozenset[str] = frozenset()
    proxied: bool = True


CLIENTS = {
    "go": Client(lambda: from_go("calls"), http_2=frozenset({"https", "bearer", "proxy"})),
    "boto3": Client(lambda: (executable, str(PROGRAMS / "python" / "boto3_calls.py"))),
    "aiobotocore": Client(
        lambda: from_pypi("aiobotocore", "{python}", str(PROGRAMS / "python" / "aiobotocore_calls.py"))
    ),
    # The CLI has no command for an operation that answers in a stream of events.
    "awscli": Client(lambda: from_pypi("awscli", "{python}", "-m", "awscli", *CLI_ARGUMENTS), streams=False),
    "aws-sdk-js": Client(lambda: from_npm("aws_sdk.mjs"), http_2=frozenset({"http", "https", "bearer"}), proxied=False),
    "ai-sdk": Client(lambda: from_npm("ai_sdk.mjs"), proxied=False),
}
WAYS = {"http": {}, "https": {"tls": True}, "bearer": {"tls": True}, "proxy": {"proxy": True}}
# The first takes longest to install, so it is run last.
RUNS = [(name, way) for name, client in CLIENTS.items() for way in WAYS if client.proxied or way != "proxy"][::-1]


@pytest.fixture(scope="module")
def commands() -> Iterator[dict[str, Future[tuple[str, ...]]]]:
    """Install all clients side by side, those that take longest first."""
    with ThreadPoolExecutor(3) as pool:
        yield {name: pool.submit(client.command) for name, client in CLIENTS.items()}


@pytest.mark.parametrize(("name", "way"), RUNS)
def test_a_real_client_works(commands: dict[str, Future[tuple[str, ...]]], name: str, way: str, tmp_path: Path) -> None:
    """It gets the whole answer and the streamed one, signs as it should, and needs nothing but variables."""
    try:
        command = commands[name].result()
    except NotAtHand as reason:
        pytest.skip(f"{name} can't be installed here: {reason}")
    client = CLIENTS[name]
    with Simulator(**WAYS[way], script=(answer(Text(SAID)),)) as simulator:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        environment |= simulator.environment()
        if way == "bearer":
            del environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
            environment["AWS_BEARER_TOKEN_BEDROCK"] = simulator.bearer_token
        done = subprocess.run(
            (*command, MODEL), env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        exchanges = tuple(simulator.journal)
    expected = ["Converse", "ConverseStream"] if client.streams else ["Converse"]
    assert done.stdout == f"{SAID}\n" * len(expected), done.stderr
    assert [exchange.operation for exchange in exchanges] == expected
    assert {exchange.authorization.scheme for exchange in exchanges} == {"bearer" if way == "bearer" else "sigv4"}
    assert all(exchange.authorization.valid and exchange.refused is None for exchange in exchanges)
    over_http_2 = {any(name == ":authority" for name, _ in exchange.request.headers) for exchange in exchanges}
    assert over_http_2 == {way in client.http_2}
