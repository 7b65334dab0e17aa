"""`bedrock-harness record` as its user meets it: around a command, until Ctrl-C, and when something is missing."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bedrock_harness.cli import run
from bedrock_harness.client import Client
from bedrock_harness.recordings import examine, read
from bedrock_harness.simulator import Simulator
from bedrock_harness.wire.sigv4 import Credentials
from tests.cli.conftest import Ran, command

MODEL = "amazon.nova-micro-v1:0"
CALL = f"""
import os
from bedrock_harness.client import Client
assert "AWS_SESSION_TOKEN" not in os.environ and "AWS_PROFILE" not in os.environ
print(Client().converse("{MODEL}", [{{"role": "user", "content": [{{"text": "Hello"}}]}}]).stop_reason)
"""


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A simulator with TLS, and an environment with temporary credentials for it and no others."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with Simulator(tls=True) as bedrock:
        login = bedrock.session_credentials
        for name, value in {
            "AWS_ACCESS_KEY_ID": login.access_key_id,
            "AWS_SECRET_ACCESS_KEY": login.secret_access_key,
            "AWS_SESSION_TOKEN": login.session_token,
            "AWS_CA_BUNDLE": bedrock.ca_file,
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, str(value))
        yield bedrock


def test_a_command_is_recorded(bedrock: Simulator, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A command runs with the environment set, its output and exit code are its own, and the cassette is there."""
    cassette = tmp_path / "new" / "hello.yaml"
    script = CALL + "raise SystemExit(7)"
    arguments = ["record", "--upstream", bedrock.url, "--cassette", str(cassette), "--", sys.executable, "-c", script]
    assert run(arguments) == 7
    shown, complaints = capfd.readouterr()
    assert shown == "end_turn\n"
    assert re.search(rf"^200  Converse  {MODEL}  1 chunk  \d+ ms to the first", complaints)
    assert complaints.endswith(f"1 exchange in {cassette}.\n")
    (one,) = read(cassette)
    assert examine(one).problems == ()
    assert one.timing is not None
    assert one.timing.origin == bedrock.url


@contextmanager
def recording(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """The command, running; killed if the test does not end it."""
    line = command(["record", *map(str, arguments)])
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
        try:
            yield process
        finally:
            process.kill()


def pasted(process: subprocess.Popen[bytes]) -> dict[str, str]:
    """The variables that are printed, as a shell would set them."""
    assert process.stdout is not None
    deadline, lines = time.monotonic() + 20, [""]
    while "unset" not in lines[-1]:
        ready, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
        assert ready, lines
        lines.append(process.stdout.readline().decode())
        assert lines[-1], lines
    return dict(re.findall(r"export (\w+)=(\S+)", "".join(lines)))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_a_whole_cassette(bedrock: Simulator, tmp_path: Path, how: signal.Signals) -> None:
    """Without a command it prints what to paste, and what was recorded until Ctrl-C is in the file, whole."""
    cassette = tmp_path / "hello.yaml"
    with recording("--upstream", bedrock.url, "--cassette", cassette) as process:
        environment = pasted(process)
        keys = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        endpoint, region = environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"], environment["AWS_REGION"]
        with Client(endpoint=endpoint, region=region, credentials=keys) as client:
            for _ in range(2):
                client.converse(MODEL, [{"role": "user", "content": [{"text": "Hello"}]}])
        process.send_signal(how)
        _, complaints = process.communicate(timeout=10)
    assert (process.returncode, complaints.decode().splitlines()[-1]) == (0, f"2 exchanges in {cassette}.")
    assert len(read(cassette)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["hello.yaml"]


def test_the_command_is_ended_with_it(bedrock: Simulator, tmp_path: Path) -> None:
    """SIGTERM ends the command as well, and nothing stays behind."""
    pid = tmp_path / "pid"
    script = f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(60)"
    with recording(
        "--upstream", bedrock.url, "--cassette", tmp_path / "a.yaml", "--", sys.executable, "-c", script
    ) as process:
        deadline = time.monotonic() + 20
        while not (pid.exists() and pid.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.terminate()
        _, complaints = process.communicate(timeout=10)
    assert process.returncode == 143
    assert "Nothing was recorded" in complaints.decode()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    assert not (tmp_path / "a.yaml").exists()


@pytest.mark.parametrize(
    ("unset", "change", "says"),
    [
        ("AWS_ACCESS_KEY_ID", {}, "There are no credentials for the upstream. Set AWS_ACCESS_KEY_ID"),
        (None, {"--profile": "nobody"}, "The config profile (nobody) could not be found"),
        (None, {"--upstream": "https://127.0.0.1:1"}, "https://127.0.0.1:1 cannot be reached"),
        (None, {"--upstream": "bedrock"}, "is no http or https URL"),
        (None, {"--host": "0.0.0.0"}, "'0.0.0.0' is not a loopback address"),
        ("AWS_CA_BUNDLE", {}, "cannot be reached: [SSL: CERTIFICATE_VERIFY_FAILED]"),
        (None, {"--cassette": __file__}, "a cassette is not written over"),
        (None, {"--cassette": "/proc/no/such.yaml"}, "/proc/no"),
        (None, {"": "no-such-program"}, "no-such-program: No such file or directory"),
    ],
)
def test_what_is_missing_is_one_line(
    bh: Callable[..., Ran],
    bedrock: Simulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    unset: str | None,
    change: dict[str, str],
    says: str,
) -> None:
    """No credentials, no upstream, no certificate, no place for the file, no command: one line, exit code 2, no file."""
    if unset:
        monkeypatch.delenv(unset)
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    options = {"--upstream": bedrock.url, "--cassette": str(tmp_path / "a.yaml")} | change
    program = options.pop("", sys.executable)
    ran = bh("record", *(word for option in options.items() for word in option), "--", program, "-c", "")
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    lines = [line for line in ran.err.splitlines() if not line.startswith("Nothing was recorded")]
    assert len(lines) == 1
    assert list(tmp_path.iterdir()) == []
