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

import boto3
import httpx
import pytest

SERVE = (sys.executable, "-c", "from bedrock_harness.cli import main; main()", "serve")


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
        assert "Hello" in json.loads(reply.stdout)["output"]["message"]["content"][0]["text"]
        line = read_until(process, "Converse")
        code, err = end(process)
    assert re.search(
        r"^\s+1  200  Converse  us\.anthropic\.claude-sonnet-4-6  signature good  [\d.]+ ms$", line, re.MULTILINE
    )
    assert (code, err) == (0, "\nEnded after 1 request, 0 of them refused.\n")


_CONVERSE = (
    "import boto3, sys; client = boto3.client('bedrock-runtime'); "
    "print(client.converse(modelId='amazon.nova-micro-v1:0', messages=[{'role': 'user', 'content': [{'text': 'Hi'}]}])"
    "['stopReason'])"
)


@pytest.mark.parametrize(
    "options",
    [("--tls",), ("--by", "session"), ("--tls", "--by", "bearer"), ("--by", "container")],
    ids=["keys", "session", "bearer over TLS", "container"],
)
def test_the_printed_variables_are_all_a_client_needs(options):
    """boto3, in a shell where the printed lines were pasted, finds endpoint, region and credentials, past the user's own."""
    with serving(*options) as process:
        printed = read_until(process, r"/model/.*/converse$")
        pasted = "\n".join(line for line in printed.splitlines() if re.match(r"  (export|unset) ", line))
        shell = f'{pasted}\nexec "{sys.executable}" -c "{_CONVERSE}"'
        theirs = dict.fromkeys(
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"), "their own"
        )
        reply = subprocess.run(
            ["/bin/sh", "-c", shell], capture_output=True, text=True, timeout=60, env=os.environ | theirs, check=False
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


def test_the_journal_command_reads_what_serve_was_asked():
    """`journal` tells of a running serve what serve told, and says by its exit code whether anything was refused."""
    with serving("--json") as process:
        url = json.loads(read_until(process, "url"))["url"]
        for _ in range(2):
            httpx.post(f"{url}/model/amazon.nova-lite-v1:0/converse", json={"messages": []})
        journal = (*SERVE[:-1], "journal", url)
        shown = subprocess.run(journal, capture_output=True, text=True, timeout=20, check=False)
        told = subprocess.run(
            (*journal, "--since", "1", "--json"), capture_output=True, text=True, timeout=20, check=False
        )
        lines = [json.loads(read_until(process, "target")) for _ in range(2)]
        assert end(process)[0] == 0
    assert (shown.returncode, shown.stderr) == (1, "")
    assert re.fullmatch(r"( +\d  403  Converse  amazon\.nova-lite-v1:0  missing: .*\n){2}", shown.stdout)
    assert json.loads(told.stdout) == lines[1]


def test_no_simulator_is_one_line():
    """`journal` of an address where nothing listens says what to give."""
    ran = subprocess.run(
        (*SERVE[:-1], "journal", "http://127.0.0.1:9"), capture_output=True, text=True, timeout=20, check=False
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count("\n") == 1
    assert "bedrock-harness serve" in ran.stderr


def test_a_case_is_served_and_judged():
    """With --cases a model id chooses a case, and the terminal says how the request did and what is to be seen."""
    with serving("--cases", "--port", "0") as process:
        printed = read_until(process, r"usage\.")
        assert "stream.every-byte-apart" in printed or "framing.every-byte-apart" in printed
        url = re.search(r"http://[\d.]+:\d+", printed)[0]
        keys = dict(re.findall(r"export (AWS_\w+)=(\S+)", printed))
        client = boto3.client(
            "bedrock-runtime",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        )
        messages = [{"role": "user", "content": [{"text": "Hi"}]}]
        list(client.converse_stream(modelId="framing.every-byte-apart", messages=messages)["stream"])
        told = read_until(process, "to be seen in your client")
        end(process)
    assert re.search(r"passed  framing/every-byte-apart$", told, re.MULTILINE)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "loopback"),
        (("--strictness", "yesterday"), "2025-06"),
        (("--window", "soon"), "5m"),
        (("--window", "-5m"), "5m or 1h"),
        (("--first", "200~40"), "median and p99"),
        (("--answers", __file__), "line 1"),
    ],
)
def test_options_that_cannot_be_meant(options, words):
    """An option that cannot be meant ends the command with what would be understood, and no traceback."""
    ran = subprocess.run((*SERVE, *options), capture_output=True, text=True, timeout=20, check=False)
    assert ran.returncode == 2
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr


def test_answers_come_from_a_file_at_a_pace(tmp_path):
    """Canned answers are given as written, and a pace holds the first event back."""
    (tmp_path / "answers.yaml").write_text("- when: {words: [weather]}\n  text: It is sunny.\n", "utf-8")
    with serving("--json", "--answers", str(tmp_path / "answers.yaml"), "--first", "120") as process:
        environment = json.loads(read_until(process, "url"))["environment"]
        client = boto3.client(
            "bedrock-runtime",
            endpoint_url=environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

        def said(text):
            messages = [{"role": "user", "content": [{"text": text}]}]
            return client.converse(modelId="amazon.nova-lite-v1:0", messages=messages)["output"]["message"]["content"][
                0
            ]["text"]

        assert said("What is the weather?") == "It is sunny."
        started = time.monotonic()
        assert said("What is the time?") != "It is sunny."
        assert time.monotonic() - started >= 0.12
        end(process)
