"""How fast the simulator is, on one core of its own, and how little it grows. Times are taken, not judged.

The contest is with aimock (npm, @copilotkit/aimock), which streams Bedrock's events too and neither verifies a signature
nor validates a request. Both answer the same request with 100 frames, in turn, under the same generator of load on another
core. Everything stays on loopback and ends by itself.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, NamedTuple

import msgspec
import pytest

from bedrock_harness.providers.environments import cache_folder
from bedrock_harness.service.model_ids import operation_path
from bedrock_harness.simulator.script import Text, answer, frame_by_frame
from bedrock_harness.wire.sigv4 import Credentials, Request, sign
from tests.benchmarks.contest import Figure, told

ROOT = Path(__file__).parents[2]
AIMOCK = "@copilotkit/aimock@1.43"
MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
QUESTION = b'{"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}'
FRAMES = 100
CONNECTIONS = 128
"""Enough that the faster server is not idle while the generator waits for its own core."""
REPLIES = 1500
"""In one turn of the contest: about a second of the slower one."""
ROUNDS = 5
AT_LEAST = 3
STREAMS, RATE, SECONDS, RAMP = 1000, 50, 4, 1.5
SEEN_BEFORE, COUNTED = 20_000, 100_000
"""Requests before and while memory is measured: the journal is full after 10,000, what comes after 20,000 is growth."""
PATIENCE = 30.0

SAID = answer(Text("", deltas=("word ",) * (FRAMES - 4)))
PACED = answer(Text("", deltas=("word ",) * (RATE * SECONDS - 4)), deliver=frame_by_frame(gap=1 / RATE))
START = "from bedrock_harness.simulator import Simulator\nwith Simulator() as bedrock: print(bedrock.url, flush=True)"


# ------------------------------------------------------------------------------------------------------------ programs


def cores():
    """One for the server and one for its clients; None where the system does not let us choose."""
    known = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
    return known[0], known[-1]


def kept_to(core):
    """What a process does first of all to stay on that core."""
    return None if core is None else partial(os.sched_setaffinity, 0, {core})


class Program(NamedTuple):
    """A running program of ours. `ask` sends it a line of JSON and returns the one it answers; nothing just reads."""

    pid: int
    ask: Callable[..., Any]


@contextmanager
def program(core, *command) -> Iterator[Program]:
    """A Python module as a program on one core. It ends with its input."""
    with subprocess.Popen(
        [sys.executable, "-m", *map(str, command)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=kept_to(core),
    ) as process:

        def ask(*said: Any) -> Any:
            if said:
                print(json.dumps(said), file=process.stdin, flush=True)
            line = process.stdout.readline()
            assert line, f"{command} has ended"
            return json.loads(line)

        yield Program(process.pid, ask)
        process.stdin.close()


@contextmanager
def load(port, request, frames):
    """A generator of load on its core, which has seen that server answer with so many frames."""
    with program(cores()[1], "tests.benchmarks.load", port, request) as generator:
        assert generator.ask() == {"status": "HTTP/1.1 200 OK", "frames": frames}
        yield generator.ask


def worked(pid):
    """Seconds of processor time that a process has had so far, None where there is no /proc to tell."""
    told_by = Path(f"/proc/{pid}/stat")
    if not told_by.exists():
        return None
    user, system = told_by.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Served(NamedTuple):
    """A server under test."""

    port: int
    pid: int


# ------------------------------------------------------------------------------------------------------------- servers


@pytest.fixture(scope="module")
def bedrock():
    """A simulator on its core: the program, and where it listens and who may call, as it says."""
    with program(cores()[0], "tests.benchmarks.serving") as simulator:
        yield simulator, simulator.ask()


@pytest.fixture(scope="module")
def served(bedrock):
    """The simulator as a server under test."""
    simulator, where = bedrock
    return Served(int(where["url"].rpartition(":")[2]), simulator.pid)


@pytest.fixture(scope="module")
def request_file(bedrock, tmp_path_factory):
    """A signed request in a file. Its signature is good for five minutes, which is longer than all of this takes."""
    _, where = bedrock
    host = where["url"].rpartition("//")[2]
    headers = (("Host", host), ("Content-Type", "application/json"), ("Content-Length", str(len(QUESTION))))
    request = Request("POST", operation_path(MODEL, "ConverseStream"), headers, QUESTION)
    keys = Credentials(where["access_key_id"], where["secret_access_key"])
    signed = sign(request, keys, region=where["region"], at=datetime.now(UTC)).request
    head = [f"{signed.method} {signed.target} HTTP/1.1", *(f"{name}: {value}" for name, value in signed.headers)]
    path = tmp_path_factory.mktemp("load") / "request"
    path.write_bytes("\r\n".join((*head, "", "")).encode() + signed.body)
    return path


@pytest.fixture(scope="module")
def aimock(tmp_path_factory):
    """aimock on the same core, which answers the same request with as many frames: each block of its has a start."""
    node, main = shutil.which("node"), installed_aimock()
    fixture = tmp_path_factory.mktemp("aimock") / "fixture.json"
    said = {"match": {"userMessage": "Hello"}, "response": {"content": "word " * (FRAMES - 5)}}
    fixture.write_text(json.dumps({"fixtures": [said]}), encoding="utf-8")
    port = free_port()
    options = ["--port", str(port), "--chunk-size", str(len("word ")), "--fixtures", fixture, "--log-level", "silent"]
    with subprocess.Popen([node, main, *options], preexec_fn=kept_to(cores()[0])) as process:
        await_port(port)
        yield Served(port, process.pid)
        process.terminate()


def installed_aimock():
    """Its program, installed with npm into the cache where it is not there yet."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        pytest.skip("npm is not here, and aimock comes from there")
    folder = cache_folder().parent / "aimock"
    main = folder / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
    if not main.exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--prefix", folder, "--no-audit", "--no-fund", AIMOCK]
        try:
            done = subprocess.run(install, capture_output=True, text=True, timeout=90, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("npm was not done installing aimock after 90 s")
        if done.returncode:
            pytest.skip(f"npm could not install aimock: {done.stderr.strip()[-200:]}")
    return main


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def await_port(port):
    """Wait until somebody listens there."""
    deadline = monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert monotonic() < deadline, f"nobody listens on port {port}"
            sleep(0.05)


# ------------------------------------------------------------------------------------------------------------ measured


def test_replies_beside_aimock(benchmark, tell, show, bedrock, served, aimock, request_file):
    """Both answer the same request in turn, with as many frames; the ratios of time and of processor time are told."""
    bedrock[0].ask("play", msgspec.to_builtins((SAID,)))
    sides = (served, aimock)
    passed, spent = ([], []), ([], [])
    idle = []
    with load(served.port, request_file, FRAMES) as ours, load(aimock.port, request_file, FRAMES) as theirs:

        def turn(side):
            before = worked(sides[side].pid)
            took = (ours, theirs)[side](REPLIES, CONNECTIONS, 0)
            idle.append(1 - took["busy"])
            return took["seconds"], before and worked(sides[side].pid) - before

        def alternate():
            turns = ([], [])
            for side in (0, 1, 1, 0):
                turns[side].append(turn(side))
            for side in (0, 1):
                times, works = zip(*turns[side], strict=True)
                passed[side].append(times)
                spent[side].append(works)

        for side in (0, 1):
            turn(side)
        benchmark.group = "replies of 100 frames, in turn"
        benchmark.pedantic(alternate, rounds=ROUNDS)
    against = AIMOCK.rpartition("/")[2]
    ratio = told("replies of 100 frames, time that passed", against, *passed, REPLIES, AT_LEAST)
    tell(ratio)
    if worked(aimock.pid) is not None:
        tell(told("replies of 100 frames, processor time of the server", against, *spent, REPLIES, AT_LEAST))
    show(Figure("replies of 100 frames a second, ours", 1e9 / ratio.ours, "/s"))
    show(Figure("replies of 100 frames a second, aimock", 1e9 / ratio.theirs, "/s"))
    show(Figure("the generator of that load, busy", (1 - min(idle)) * 100, "%", 50))


def test_a_thousand_paced_streams(benchmark, show, bedrock, served, request_file):
    """A thousand streams of 50 events a second run at once, and how late their events are written is shown."""
    simulator, _ = bedrock
    position = simulator.ask("play", msgspec.to_builtins((PACED,)))["position"]
    with load(served.port, request_file, RATE * SECONDS) as run:
        benchmark.group = "1,000 paced streams"
        took = benchmark.pedantic(run, (STREAMS, STREAMS, RAMP), rounds=1)
    lags = simulator.ask("lags", position, 1 / RATE)
    assert lags["pieces"] == (STREAMS + 1) * RATE * SECONDS
    what = f"{STREAMS:,} streams of {RATE} events a second, how late an event is written"
    show(Figure(f"{what}, p50", lags["p50"], "ms"))
    show(Figure(f"{what}, p99", lags["p99"], "ms", 2))
    show(Figure(f"{what}, most", lags["most"], "ms"))
    show(Figure("the generator of that load, busy", took["busy"] * 100, "%", 50))


def test_memory_over_many_requests(benchmark, show, bedrock, served, request_file):
    """The most memory held before and after 100,000 requests is shown, once the journal is full."""
    simulator, _ = bedrock
    simulator.ask("play", msgspec.to_builtins((SAID,)))
    with load(served.port, request_file, FRAMES) as run:
        run(max(SEEN_BEFORE - simulator.ask("memory")["requests"], CONNECTIONS), CONNECTIONS, 0)
        before = simulator.ask("memory")
        benchmark.group = "100,000 requests"
        benchmark.pedantic(run, (COUNTED, CONNECTIONS, 0), rounds=1)
        after = simulator.ask("memory")
    assert after["requests"] - before["requests"] == COUNTED
    show(Figure(f"memory before {COUNTED:,} requests", before["most"] / 2**20, "MiB"))
    show(Figure(f"memory grown over {COUNTED:,} requests", (after["most"] - before["most"]) / 2**20, "MiB", 5))


def test_start_to_ready(benchmark, show):
    """How long it takes from starting Python to a simulator that listens is shown, the median of five."""

    def start():
        begun = perf_counter()
        with subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, cwd=ROOT) as process:
            assert process.stdout.readline().startswith(b"http://")
            times.append((perf_counter() - begun) * 1e3)

    times = []
    benchmark.group = "start to ready"
    benchmark.pedantic(start, rounds=5, warmup_rounds=1)
    show(Figure("start to ready, interpreter and imports included", sorted(times)[len(times) // 2], "ms", 300))
