"""`bedrock-harness replay --serve` as its user meets it."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bedrock_harness.client import Client, ServiceError
from bedrock_harness.wire.sigv4 import Credentials
from tests.cli.conftest import Ran, command

CASSETTE = Path(__file__).parents[2] / "cassettes" / "converse-stream-tools.yaml"
MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"


def test_a_cassette_of_vcrpys_is_served() -> None:
    """A cassette is served until Ctrl-C; each request has a line, and what was not recorded says what is nearest."""
    first = json.loads(yaml.safe_load(CASSETTE.read_text("utf-8"))["interactions"][0]["request"]["body"])
    line = command(["replay", "--serve", "--json", "--pieces", "7", "--fast", str(CASSETTE)])
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        environment = json.loads(process.stdout.readline())["environment"]
        keys = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        endpoint = environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]
        with Client(endpoint=endpoint, region=environment["AWS_REGION"], credentials=keys) as client:
            with client.converse_stream(MODEL, **first) as stream:
                assert stream.reply().tool_calls[0].input == {"city": "Tōkyō"}
            first["messages"][0]["content"][0]["text"] = "What else?"
            with pytest.raises(ServiceError, match=r"The nearest is .*What is the weather in Tōkyō"):
                client.converse_stream(MODEL, **first).__enter__()
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=10)
    assert [one["status"] for one in lines] == [200, 400]
    assert "The nearest is converse-stream-tools.yaml, exchange 1" in lines[1]["answer"]
    assert (process.returncode, complaints) == (0, "\nEnded after 2 requests, 0 of them refused.\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--pieces", "0"], "'0' is neither recorded, frames or whole, nor a number of bytes."),
        (["--pieces", "bits"], "'bits' is neither recorded"),
        (["--host", "example.com"], "'example.com' is not a loopback address"),
    ],
)
def test_wrong_options_are_one_line(bh: Callable[..., Ran], arguments: list[str], says: str) -> None:
    """A wrong value is told in a line, with exit code 2."""
    ran = bh("replay", "--serve", CASSETTE, *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err


@pytest.mark.parametrize("content", ["interactions: []", "interactions: 7", "["])
def test_nothing_to_serve_is_one_line(bh: Callable[..., Ran], tmp_path: Path, content: str) -> None:
    """An empty or broken cassette is not served."""
    (tmp_path / "a.yaml").write_text(content)
    ran = bh("replay", "--serve", tmp_path)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
