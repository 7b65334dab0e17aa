"""`gateway` as its user meets it: started, pasted from, called, ended; and what it refuses to start with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from bedrock_harness.simulator import Simulator, Text, answer
from tests.cli.conftest import Ran, command, outside

HELLO = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 10}


@contextmanager
def started(bedrock: Simulator, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command, running; killed if the test does not end it."""
    kept = {name: value for name, value in outside({}).items() if not name.startswith("AWS_")}
    with subprocess.Popen(
        command(["gateway", *options]),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**kept, **bedrock.environment()},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Press Ctrl-C; return the exit code and what was printed last."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    return process.returncode, out, err


def test_it_is_called_and_ended() -> None:
    """What is printed is where to call it; each request gets a line, without a word of what was said or any secret."""
    with Simulator(script=(answer(Text("Hello.")),)) as bedrock:
        with started(bedrock, "--json", "--alias", "mine=amazon.nova-lite-v1:0", "--max-body", "1") as process:
            first = json.loads(process.stdout.readline())
            url = first["environment"]["ANTHROPIC_BASE_URL"]
            assert first["environment"]["OPENAI_BASE_URL"] == f"{url}/v1"
            assert (
                httpx.post(f"{url}/v1/messages", json={"model": "mine", **HELLO}).json()["content"][0]["text"]
                == "Hello."
            )
            assert httpx.post(f"{url}/v1/messages", content=b" " * 2_000_000).status_code == 415
            lines = [json.loads(process.stdout.readline()) for _ in range(2)]
            code, out, err = end(process)
        assert [(line["number"], line["path"], line["status"]) for line in lines] == [
            (1, "/v1/messages", 200),
            (2, "/v1/messages", 415),
        ]
        assert (lines[0]["name"], lines[0]["model"]) == ("mine", "amazon.nova-lite-v1:0")
        assert (code, out, err) == (0, "", "\nEnded after 2 requests, 1 of them failed.\n")
        assert bedrock.journal[-1].model == "amazon.nova-lite-v1:0"


def test_what_is_printed_can_be_pasted() -> None:
    """Without --json the variables of both clients are printed for a shell, then a line a request."""
    with Simulator() as bedrock, started(bedrock) as process:
        printed = ""
        while "unset ANTHROPIC_AUTH_TOKEN" not in printed:
            printed += process.stdout.readline()
        url = printed.partition("ANTHROPIC_BASE_URL=")[2].split()[0]
        process.stdout.readline()
        body = {"model": "amazon.nova-lite-v1:0\x1b[31m", "seed": 1, **HELLO}
        assert httpx.post(f"{url}/v1/chat/completions", json=body).status_code == 400
        line = process.stdout.readline()
        code, _, _ = end(process)
    assert f"export OPENAI_BASE_URL={url}/v1" in printed
    assert "amazon.nova-lite-v1:0\\x1b[31m" in line
    assert "not as asked: seed" in line
    assert code == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--host", "0.0.0.0"], "0.0.0.0 is no loopback address: whoever reaches it could spend your AWS account."),
        (["--alias", "gpt-4o"], "'gpt-4o' is no NAME=MODEL, such as gpt-4o=us.anthropic.claude-sonnet-4-6."),
        (["--endpoint", "bedrock"], "The endpoint cannot be used"),
        (["--host", "127.0.0.1", "--port", "99999"], "99999 is not in the range"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_what_it_does_not_start_with(bh: Callable[..., Ran], options: list[str], says: str) -> None:
    """What cannot be meant is one line and exit code 2."""
    ran = bh("gateway", *options)
    assert ran.code == 2
    assert says in ran.err


def test_without_its_libraries(bh: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Starlette is not installed the complaint names what to install."""
    for name in [name for name in sys.modules if name.startswith("bedrock_harness.gateway")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("bedrock_harness.gateway", raising=False)
    monkeypatch.setitem(sys.modules, "starlette", None)
    ran = bh("gateway")
    assert ran.code == 2
    assert "pip install 'bedrock-harness[gateway]'" in ran.err
