"""`bedrock-harness serve` as its user meets it: started, pasted from, called, ended."""

import http.client
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

SERVE = (sys.executable, "-c", "from bedrock_harness.cli import main; main()", "serve")
CALL = """
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
const client = new BedrockRuntimeClient({ maxAttempts: 1, requestHandler: new NodeHttpHandler() });
const input = { modelId: process.argv[2], messages: [{ role: "user", content: [{ text: "Hello" }] }] };
console.log((await client.send(new ConverseCommand(input))).output.message.content[0].text);
let text = "";
for await (const event of (await client.send(new ConverseStreamCommand(input))).stream)
  text += event.contentBlockDelta?.delta.text ?? "";
console.log(text);
"""


@contextmanager
def serving(*options):
    """The command, running; killed if the test does not end it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with subprocess.Popen(
        (*SERVE, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process, pattern, seconds=20):
    """The output up to the line that matches."""
    deadline, lines = time.monotonic() + seconds, []
    while not (lines and re.search(pattern, lines[-1])):
        ready, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
        assert ready, f"no line like {pattern!r} after {''.join(lines)!r}"
        lines.append(process.stdout.readline().decode())
        assert lines[-1], f"ended before a line like {pattern!r}: {process.stderr.read().decode()}"
    return "".join(lines)


def end(process, how=signal.SIGTERM):
    """Ask it to end, and return exit code and complaints."""
    process.send_signal(how)
    _, err = process.communicate(timeout=10)
    return process.returncode, err.decode()


@pytest.mark.parametrize("options", [(), ("--tls", "--region", "eu-central-1")], ids=["http", "https"])
def test_the_printed_command_works_as_it_stands(options):
    """The curl command that is printed, run by a shell with nothing else, gets an answer; a line says what was found."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed, and the example is for curl")
    with serving(*options) as process:
        printed = read_until(process, r"/model/.*/converse$")
        command = printed[printed.index("curl -sS") :]
        reply = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=20, check=False)
        assert reply.returncode == 0, reply.stderr
        assert "Hello from the simulator" in json.loads(reply.stdout)["output"]["message"]["content"][0]["text"]
        line = read_until(process, "Converse")
        code, err = end(process)
    assert re.search(
        r"^\s+1  200  Converse  us\.anthropic\.claude-sonnet-4-6  signature good  [\d.]+ ms$", line, re.MULTILINE
    )
    assert (code, err) == (0, "\nEnded after 1 request, 0 of them refused.\n")


def test_the_printed_variables_are_all_a_client_needs():
    """boto3, in a shell where the printed lines were pasted, finds endpoint, region and keys."""
    script = (
        "import boto3, sys; client = boto3.client('bedrock-runtime'); "
        "print(client.converse(modelId='amazon.nova-micro-v1:0', messages=[{'role': 'user', 'content': [{'text': 'Hi'}]}])"
        "['stopReason'])"
    )
    with serving("--tls") as process:
        printed = read_until(process, r"/model/.*/converse$")
        pasted = "\n".join(line for line in printed.splitlines() if re.match(r"  (export|unset) ", line))
        shell = f'{pasted}\nexec "{sys.executable}" -c "{script}"'
        other = {**os.environ, "AWS_SESSION_TOKEN": "a foreign one", "AWS_BEARER_TOKEN_BEDROCK": "another"}
        reply = subprocess.run(
            ["/bin/sh", "-c", shell], capture_output=True, text=True, timeout=60, env=other, check=False
        )
        assert reply.stdout == "end_turn\n", reply.stderr


def test_findings_are_named():
    """A refused request has a line with what is wrong, and nothing of the client's reaches the terminal unescaped."""
    with serving() as process:
        printed = read_until(process, r"/model/.*/converse$")
        address = re.search(r"http://([\d.]+):(\d+)", printed)
        connection = http.client.HTTPConnection(address[1], int(address[2]), timeout=10)
        connection.request("POST", "/model/x%1B%5B31m/converse", body=b'{"messages": [], "odd": 1}')
        assert connection.getresponse().status == 403
        connection.close()
        line = read_until(process, "403")
        assert "missing: The request has no Authorization header." in line
        assert "unknown member odd" in line
        assert "x\\x1b[31m" in line
        assert end(process)[1] == "\nEnded after 1 request, 1 of them refused.\n"


def test_json_lines_say_the_same():
    """With --json the first line has the address and keys, and each request is a line."""
    with serving("--json", "--seed", "7") as process:
        started = json.loads(read_until(process, "url"))
        assert started["environment"]["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == started["url"]
        connection = http.client.HTTPConnection(*started["url"].rpartition("/")[2].split(":"), timeout=10)
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()
        seen = json.loads(read_until(process, "target"))
        assert (seen["status"], seen["refused"], seen["signature"]["problem"]) == (
            200,
            "UnknownOperationException",
            "missing",
        )
        assert end(process, signal.SIGINT)[0] == 0


def test_a_port_in_use_is_one_line():
    """A port in use ends the command with exit code 2 and one line that says what to do."""
    with serving("--json") as process:
        port = json.loads(read_until(process, "url"))["url"].rpartition(":")[2]
        second = subprocess.run((*SERVE, "--port", port), capture_output=True, text=True, timeout=20, check=False)
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == f"bedrock-harness: Port {port} is in use. Give another port, or 0 for any free one.\n"


def test_the_sdk_for_javascript_is_served(tmp_path):
    """The AWS SDK for JavaScript, told to speak HTTP/1.1, gets an answer and a stream with the printed variables alone."""
    if os.environ.get("BEDROCK_HARNESS_NPM") != "1" or shutil.which("npm") is None:
        pytest.skip("needs npm and the network: set BEDROCK_HARNESS_NPM=1 to let it install the SDK")
    packages = ("@aws-sdk/client-bedrock-runtime", "@smithy/node-http-handler")
    subprocess.run(
        ("npm", "install", "--silent", "--no-audit", "--no-fund", *packages), cwd=tmp_path, check=True, timeout=100
    )
    (tmp_path / "call.mjs").write_text(CALL, "utf-8")
    with serving("--json") as process:
        variables = json.loads(read_until(process, "url"))["environment"]
        reply = subprocess.run(
            ("node", "--no-warnings", "call.mjs", "anthropic.claude-sonnet-4-20250514-v1:0"),
            cwd=tmp_path,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert reply.returncode == 0, reply.stderr
    one, two = reply.stdout.splitlines()
    assert one == two
    assert one.startswith("Hello from the simulator.")
