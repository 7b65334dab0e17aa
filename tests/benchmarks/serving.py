"""A simulator in a process of its own that plays what it is told and says what came of it.

Started as a program it prints a line of JSON with its address and keys; then each line of JSON on its standard input is a
command and is answered by one: `["play", SCRIPT]`, `["lags", POSITION, GAP]` for how late the pieces of the replies since
that position of the journal were written, `["memory"]` for the most that the process has held.
"""

import json
import resource
import sys
from statistics import quantiles

import msgspec

from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.background import spare_pauses
from bedrock_harness.simulator.script import Script

_KIB = 1024
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else _KIB


def play(bedrock, script):
    """Answer so from now on."""
    bedrock.play(*msgspec.convert(script, Script))
    return {"position": len(bedrock.journal)}


def lags(bedrock, position, gap):
    """How late pieces were written, in milliseconds: each is due so many gaps after its request had arrived."""
    bedrock.wait_until_idle(30)
    late = [
        (write.at - exchange.received) / 1e6 - number * gap * 1e3
        for exchange in bedrock.journal[position:]
        for number, write in enumerate(exchange.writes)
    ]
    percentiles = quantiles(late, n=100)
    return {"pieces": len(late), "p50": percentiles[49], "p99": percentiles[98], "most": max(late)}


def memory(bedrock):
    """The most memory that the process has held so far, in bytes, and how many requests it has had."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT
    return {"most": most, "requests": len(bedrock.journal)}


COMMANDS = {"play": play, "lags": lags, "memory": memory}


def main():
    """Serve until standard input ends."""
    with Simulator() as bedrock:
        spare_pauses()  # as `serve` does
        print(json.dumps({"url": bedrock.url, "region": bedrock.region, **bedrock.credentials}), flush=True)
        for line in sys.stdin:
            command, *arguments = json.loads(line)
            print(json.dumps(COMMANDS[command](bedrock, *arguments)), flush=True)


if __name__ == "__main__":
    main()
