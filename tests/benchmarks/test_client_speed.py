"""How fast a stream becomes typed events end to end, the client beside boto3, against one simulator in its own process.

A text answer of 10,000 deltas over a real socket, once with a chunk for each event, as the service sends them, and once in
chunks of 64 KiB. Times are taken, not judged. There are two ratios: of the time that passed, in which the simulator on the
other core has its share, and of the processor time of the reader alone.
"""

import asyncio
import json
import subprocess
import sys
from time import perf_counter, process_time

import boto3
import pytest
from botocore.config import Config

from bedrock_harness.client import AsyncClient, Client
from tests.benchmarks.contest import told

MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
QUESTION = [{"role": "user", "content": [{"text": "Count."}]}]
DELTAS = 10_000
EVENTS = DELTAS + 4
ROUNDS = 7
SIZES = {"a chunk an event": "frames", "chunks of 64 KiB": 64 * 1024}
REQUIRED = {("client", "a chunk an event"): 1.9, ("client", "chunks of 64 KiB"): 12}

SERVER = f"""
import json, sys
from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.script import Delivery, Text, answer

with Simulator() as bedrock:
    print(json.dumps({{"url": bedrock.url, "region": bedrock.region, **bedrock.credentials}}), flush=True)
    for line in sys.stdin:
        text = Text("", deltas=("word ",) * {DELTAS})
        bedrock.play(answer(text, deliver=Delivery(pieces=json.loads(line))))
        print(flush=True)
"""


@pytest.fixture(scope="module")
def serve():
    """A simulator on the other core; call it with a piece size to say how it is to answer."""
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        where = json.loads(process.stdout.readline())

        def play(pieces):
            print(json.dumps(pieces), file=process.stdin, flush=True)
            process.stdout.readline()
            return where

        yield play
        process.stdin.close()


class Blocking:
    """The blocking client."""

    def __init__(self, where):
        keys = {name: where[name] for name in ("access_key_id", "secret_access_key")}
        self.client = Client(where["region"], keys, endpoint=where["url"])

    def read(self):
        with self.client.converse_stream(MODEL, QUESTION) as stream:
            return sum(1 for _ in stream)

    def close(self):
        self.client.close()


class InALoop:
    """The asynchronous client."""

    def __init__(self, where):
        keys = {name: where[name] for name in ("access_key_id", "secret_access_key")}
        self.runner = asyncio.Runner()
        self.client = AsyncClient(where["region"], keys, endpoint=where["url"])

    def read(self):
        return self.runner.run(self._read())

    async def _read(self):
        count = 0
        async with self.client.converse_stream(MODEL, QUESTION) as stream:
            async for _ in stream:
                count += 1
        return count

    def close(self):
        self.runner.run(self.client.aclose())
        self.runner.close()


class Boto3:
    """AWS's own."""

    def __init__(self, where):
        self.client = boto3.client(
            "bedrock-runtime",
            region_name=where["region"],
            endpoint_url=where["url"],
            aws_access_key_id=where["access_key_id"],
            aws_secret_access_key=where["secret_access_key"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def read(self):
        return sum(1 for _ in self.client.converse_stream(modelId=MODEL, messages=QUESTION)["stream"])

    def close(self):
        self.client.close()


READERS = {"client": Blocking, "async client": InALoop, "boto3": Boto3}


@pytest.mark.parametrize("size", SIZES)
def test_ratios_are_told(benchmark, tell, serve, size):
    """Each reads the same stream in turn, and the ratios to boto3 go into the table."""
    where = serve(SIZES[size])
    readers = {name: make(where) for name, make in READERS.items()}
    passed, worked = ({name: [] for name in readers} for _ in range(2))

    def alternate():
        for name, reader in readers.items():
            begun, busy = perf_counter(), process_time()
            assert reader.read() == EVENTS
            passed[name].append([perf_counter() - begun])
            worked[name].append([process_time() - busy])

    for reader in readers.values():
        reader.read()
    benchmark.group = "end to end, in turn"
    benchmark.pedantic(alternate, rounds=ROUNDS)
    for reader in readers.values():
        reader.close()
    for name in ("client", "async client"):
        for unit, times, required in (
            ("time that passed", passed, REQUIRED.get((name, size))),
            ("processor time", worked, None),
        ):
            what = f"{name} end to end, {size}, {unit}"
            tell(told(what, "boto3", times[name], times["boto3"], EVENTS, required))
