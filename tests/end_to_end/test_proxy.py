"""A provider that takes no endpoint, judged against the service's own host name through the intercepting proxy."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from bedrock_harness.conformance.catalogue import CASES
from bedrock_harness.reporting import Run, Standing, collect, read
from tests.end_to_end.test_serve import read_until, serving

AREAS = ("signing", "stream", "usage")
MANIFEST = """
name = "hostbound"
language = "python"
summary = "the reference client with its endpoint option removed"
command = ["{{python}}", "{{folder}}/adapter.py"]
reach = "proxy"

[environment]
PYTHONPATH = {path}
"""

ADAPTER = '''
"""The reference client as an adapter, left to find the service by its region alone."""

from bedrock_harness.client import Client
from bedrock_harness.providers.adapters.kit import serve
from bedrock_harness.providers.adapters.reference import adapter


class HostBound(adapter.Client):
    def __init__(self, *, endpoint, ca_file, **options):
        super().__init__(**options)


adapter.Client = HostBound
adapter.Reference.name = "hostbound"
serve(adapter.Reference())
'''


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Run]:
    """Judge the adapter by some cases with `bedrock-harness check`, in a process of its own."""
    folder = tmp_path_factory.mktemp("hostbound")
    path = os.pathsep.join(filter(None, sys.path))
    (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    (folder / "adapter.toml").write_text(MANIFEST.format(path=json.dumps(path)), encoding="utf-8")
    chosen = [word for area in AREAS for word in ("--only", f"{area}/*")]
    arguments = ["check", f"{folder}/", *chosen, "--results", str(folder / "r.jsonl")]
    process = subprocess.run(
        [sys.executable, "-c", "from bedrock_harness.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        timeout=60,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout, collect(read(folder / "r.jsonl"))


def test_it_is_judged_as_any_other(checked: tuple[str, Run]) -> None:
    """Every case is judged and passes: key pair, session token and bearer token, Converse and ConverseStream alike."""
    text, run = checked
    judged = [case for case in CASES if case.area in AREAS]
    assert run.counts("hostbound") == {Standing.PASSED: len(judged)}
    assert {case.credentials for case in judged} == {"keys", "session", "bearer"}
    assert {turn.stream for case in judged for turn in case.turns} == {True, False}
    assert f"hostbound  {len(judged)} passed" in text


CALL = """
import boto3
client = boto3.client("bedrock-runtime", region_name="eu-west-3")
hello = {"modelId": "amazon.nova-lite-v1:0", "messages": [{"role": "user", "content": [{"text": "Hello"}]}]}
print(client.meta.endpoint_url, client.converse(**hello)["stopReason"])
"""


def test_serve_is_a_proxy() -> None:
    """In a shell where the lines of `serve --proxy` were pasted, boto3 calls the real host, in any region, and is answered."""
    with serving("--proxy") as process:
        printed = read_until(process, r"/model/.*/converse$")
        pasted = "\n".join(line for line in printed.splitlines() if line.startswith(("  export ", "  unset ")))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        reply = subprocess.run(
            ["/bin/sh", "-c", f"{pasted}\nexec \"{sys.executable}\" -c '{CALL}'"],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
            check=False,
        )
        assert reply.stdout == "https://bedrock-runtime.eu-west-3.amazonaws.com end_turn\n", reply.stderr
        assert "signature good" in read_until(process, "Converse")


def test_serve_is_no_proxy_over_tls() -> None:
    """`--proxy --tls` is wrong usage, and one line says why."""
    with serving("--proxy", "--tls") as process:
        _, complaint = process.communicate(timeout=20)
    assert (process.returncode, complaint.decode()) == (
        2,
        "bedrock-harness: A proxy is spoken to in plain http. Leave `tls` out: its tunnels are TLS anyway.\n",
    )
