"""Providers in processes of their own: each way to fail has its fault, in bounded time, and nothing is left behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bedrock_harness.providers import (
    CannotStart,
    Crashed,
    Hung,
    Manifest,
    Observation,
    ProviderFault,
    Rubbish,
    WrongAnswer,
    start,
)
from tests.providers.support import ENDPOINT, HELLO, SECRET, gone, misbehaving

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pids(tmp_path, monkeypatch):
    """The pids that an adapter notes down, each of which must be gone when the test is over."""
    file = tmp_path / "pids"
    yield lambda: [int(line) for line in file.read_text(encoding="utf-8").split()] if file.exists() else []
    for pid in [int(line) for line in file.read_text(encoding="utf-8").split()]:
        assert gone(pid), f"process {pid} was left behind"


def turn(name: str, tmp_path: Path, *, patience: float = 20.0, content=HELLO, **variables: str) -> Observation:
    """One turn with a misbehaving adapter, in a process that is closed afterwards."""
    variables["PIDS"] = str(tmp_path / "pids")
    with start(misbehaving(name), environment=variables) as provider:
        return provider.open(endpoint=ENDPOINT, model="m", patience=patience).send(content, patience=patience)


FAULTS = {
    "prints_rubbish": (Rubbish, "is not JSON: Loading model weights"),
    "prints_before_welcome": (Rubbish, "while saying who it is: a line is not JSON: Welcome to Acme AI"),
    "says_an_unknown_kind": (Rubbish, "a line is JSON, but none of the protocol"),
    "says_two_things_at_once": (Rubbish, "a part holds text and stop"),
    "says_nothing_in_a_part": (Rubbish, "a part holds nothing"),
    "says_a_number_as_text": (Rubbish, "a part line is not as it should be (Expected `str"),
    "nests_deeply": (Rubbish, "a line is not JSON"),
    "never_ends_its_line": (Rubbish, "a line is longer than 67108864 bytes"),
    "never_ends_its_answer": (Rubbish, "one answer is longer than 268435456 bytes"),
    "answers_the_wrong_id": (WrongAnswer, "command 3 was answered with id 4, a command that was never sent"),
    "goes_on_after_done": (WrongAnswer, "a line follows done"),
    "welcomes_again": (WrongAnswer, "send was answered with welcome"),
    "is_killed": (Crashed, "the program ended by signal 11 while answering turn 1 (ConverseStream), after 0 parts"),
    "dies_and_leaves_a_child": (Crashed, "the program ended with exit status 1 while answering turn 1"),
    "closes_its_output": (Crashed, "the program ended while answering turn 1"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_type_and_its_sentence(name, tmp_path, pids):
    """A program that breaks the protocol or dies is named for it, and its process is gone, children included."""
    kind, sentence = FAULTS[name]
    began = time.monotonic()
    with pytest.raises(kind) as caught:
        turn(name, tmp_path)
    assert sentence in caught.value.message
    assert caught.value.hint
    assert time.monotonic() - began < 15
    assert pids()


def test_a_long_line_is_shown_in_part(tmp_path, pids):
    """What is shown of rubbish is bounded, printable, and says how long it was."""
    with pytest.raises(Rubbish) as caught:
        turn("prints_a_long_banner", tmp_path)
    assert len(caught.value.message) < 400
    assert "(100000 bytes)" in caught.value.message


def test_a_program_that_dies_at_once_cannot_start(tmp_path):
    """Dying before the welcome is told with the exit status and what it said last."""
    with pytest.raises(CannotStart) as caught:
        turn("dies_at_once", tmp_path)
    assert "exit status 7 while saying who it is" in caught.value.message
    assert caught.value.stderr == ("ModuleNotFoundError: No module named 'acme'",)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("refuses_hello", "refused to begin: no licence key"),
        ("speaks_another_version", "speaks version 99 of the protocol, the harness version 1"),
    ],
)
def test_a_program_that_does_not_begin_cannot_start(name, sentence, tmp_path):
    """A refusal to begin, or another version of the protocol, is told in the program's terms."""
    with pytest.raises(CannotStart, match=sentence):
        turn(name, tmp_path)


@pytest.mark.parametrize("command", [("no-such-program-anywhere",), (__file__,), ("/",)])
def test_a_command_that_cannot_be_run_cannot_start(command):
    """A missing program, a file that is no program and a folder are one clear sentence each."""
    with pytest.raises(CannotStart, match="can't run"):
        start(Manifest(name="missing", language="none", command=command))


def test_a_crash_is_told_with_its_last_words(tmp_path, pids):
    """A crash carries exit code, broken-off line and standard error, with the credentials masked."""
    with pytest.raises(Crashed) as caught:
        turn("dies_mid_send", tmp_path, KEY=SECRET)
    fault = caught.value
    assert fault.code == 3
    assert "after 1 part; its last line broke off" in fault.message
    assert fault.stderr == ("Segmentation fault, by the way the key is ***",)


def test_after_a_crash_the_next_conversation_has_a_new_program(tmp_path, pids):
    """A crash costs one conversation: the old one is over, the next one begins in a new process."""
    with start(misbehaving("dies_mid_send"), environment={"PIDS": str(tmp_path / "pids")}) as provider:
        first = provider.open(endpoint=ENDPOINT, model="m")
        with pytest.raises(Crashed):
            first.send(HELLO)
        with pytest.raises(ProviderFault, match="the conversation is gone"):
            first.send(HELLO)
        second = provider.open(endpoint=ENDPOINT, model="m")
        with pytest.raises(ProviderFault, match="the conversation is gone"):
            first.send(HELLO)
        first.close()
        with pytest.raises(Crashed, match="after 1 part"):
            second.send(HELLO)
    assert len(set(pids())) == 2


@pytest.mark.parametrize(
    ("name", "doing", "last"),
    [
        ("hangs", "answering turn 1 (ConverseStream)", "it told 1 part, the last after 0."),
        ("hangs_ignoring_signals", "answering turn 1 (ConverseStream)", "it said nothing at all"),
        ("hangs_without_reading", "opening conversation s2", "it said nothing at all"),
    ],
)
def test_a_program_that_hangs_is_killed_in_time(name, doing, last, tmp_path, pids):
    """The watchdog kills after the patience given and says what the program was doing."""
    began = time.monotonic()
    with pytest.raises(Hung) as caught:
        turn(name, tmp_path, patience=0.5)
    assert time.monotonic() - began < 5
    assert f"no end after 0.5 s of {doing}: {last}" in caught.value.message
    assert caught.value.patience == 0.5
    assert pids()


def test_a_program_that_does_not_read_cannot_block_the_harness(tmp_path, pids):
    """A turn larger than any pipe, sent to a program that has stopped reading, ends with the patience."""
    with start(misbehaving("hangs"), environment={"PIDS": str(tmp_path / "pids")}) as provider:
        conversation = provider.open(endpoint=ENDPOINT, model="m")
        with pytest.raises(Hung):
            conversation.send(({"text": "x" * 10_000_000},), patience=2.0)
    with start(misbehaving("hangs_without_reading"), environment={"PIDS": str(tmp_path / "pids")}) as provider:
        began = time.monotonic()
        with pytest.raises(Hung):
            provider.open(endpoint=ENDPOINT, model="m", system=("x" * 10_000_000,), patience=0.5)
        assert time.monotonic() - began < 5


def test_a_program_that_only_talks_does_not_fill_the_memory(tmp_path):
    """What a program says while it does not read is kept up to a bound; then it has to wait."""
    if not Path("/proc/self/status").exists():
        pytest.skip("peak memory is read from /proc, which is not here")
    code = (
        "import re\n"
        "from tests.providers.support import ENDPOINT, misbehaving\n"
        "from bedrock_harness.providers import ProviderFault, start\n"
        "with start(misbehaving('talks_without_reading')) as provider:\n"
        "    try:\n"
        "        provider.open(endpoint=ENDPOINT, model='m', system=('x' * 10_000_000,), patience=1.5)\n"
        "    except ProviderFault as fault:\n"
        "        peak = re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status', encoding='utf-8').read())\n"
        "        print(type(fault).__name__, peak[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, check=True, timeout=30
    )
    name, peak = done.stdout.split()
    assert name == "Hung"
    assert int(peak) < 250_000, "kilobytes"


def test_standard_error_is_kept_in_part_and_masked(tmp_path):
    """The last 200 lines are kept, with credentials masked, and a flood does not block the program."""
    with start(misbehaving("talks_on_standard_error")) as provider:
        conversation = provider.open(endpoint=ENDPOINT, model="m")
        assert conversation.send(({"text": SECRET},)).error is None
        assert len(provider.stderr) == 200
        assert provider.stderr[-2:] == ("debug 9999", "secret ***")


def test_a_child_that_stays_is_ended_with_the_conversation(tmp_path, pids):
    """A program that ends well may have left a child: it is gone when the provider is closed."""
    assert turn("ends_well_and_leaves_a_child", tmp_path).error is None
    assert len(pids()) == 2


def test_nothing_of_the_user_reaches_a_provider(tmp_path, monkeypatch):
    """The environment is clean: no AWS setting, proxy or Python path of the user's, an empty home, and the case's own."""
    for name in ("AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "http_proxy", "PYTHONPATH", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "/of/the/user")
    seen = json.loads(turn("tells_its_environment", tmp_path, AWS_REGION="eu-west-1").text)
    assert "/of/the/user" not in seen.values()
    assert seen["AWS_REGION"] == "eu-west-1"
    assert seen["AWS_EC2_METADATA_DISABLED"] == "true"
    assert seen["NO_PROXY"] == "*"
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        assert not Path(seen[name]).exists()
    assert seen["HOME"] != os.environ.get("HOME")
    assert not Path(seen["HOME"]).exists(), "the temporary home is removed"


def test_an_interrupt_from_another_thread_ends_the_wait(tmp_path, pids):
    """Whoever waits for an answer is told at once, and no program is started again."""
    with start(misbehaving("hangs"), environment={"PIDS": str(tmp_path / "pids")}) as provider:
        conversation = provider.open(endpoint=ENDPOINT, model="m")
        threading.Timer(0.3, provider.interrupt).start()
        began = time.monotonic()
        with pytest.raises(Crashed, match="signal 9"):
            conversation.send(HELLO, patience=30)
        assert time.monotonic() - began < 5
        with pytest.raises(CannotStart, match="interrupted"):
            provider.open(endpoint=ENDPOINT, model="m")


HARNESS = """
from tests.providers.support import ENDPOINT, HELLO, misbehaving
from bedrock_harness.providers import resolve, start
provider = start({manifest}, environment={{"PIDS": {pids!r}}})
conversation = provider.open(endpoint=ENDPOINT, model="m")
print("ready", flush=True)
{then}
"""


def harness(manifest: str, pids: Path, then: str) -> subprocess.Popen[bytes]:
    """A harness in a process of its own that has an adapter running when this returns."""
    code = HARNESS.format(manifest=manifest, pids=str(pids), then=then)
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


WAITING = "conversation.send(HELLO, patience=60)"


@pytest.mark.parametrize(
    ("name", "number", "then"),
    [
        ("hangs_ignoring_signals", signal.SIGINT, WAITING),
        ("hangs_after_opening", None, "pass"),
        ("hangs_after_opening", None, "raise SystemExit(1)"),
    ],
)
def test_ctrl_c_and_the_end_of_the_harness_leave_no_process(name, number, then, tmp_path):
    """However the harness ends, short of being killed outright, the adapter ends with it."""
    pids = tmp_path / "pids"
    process = harness(f"misbehaving({name!r})", pids, then)
    if number is not None:
        time.sleep(0.3)
        process.send_signal(number)
    process.communicate(timeout=20)
    assert gone(int(pids.read_text(encoding="utf-8")))


def test_a_killed_harness_takes_an_adapter_of_the_kit_with_it(tmp_path):
    """When the harness is killed outright, a hanging provider finds its input at an end and goes within seconds."""
    pids = tmp_path / "pids"
    process = harness("resolve('python:tests.providers.classes:Hanging')", pids, WAITING)
    until = time.monotonic() + 10
    while not (pids.exists() and pids.read_text(encoding="utf-8")) and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=20)
    assert gone(int(pids.read_text(encoding="utf-8")), within=10)
