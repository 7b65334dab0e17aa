"""Long fuzzing from a command line: `python -m bedrock_harness.fuzzing [MINUTES]`, and `--replay FILE` for a finding.

Exits with 0 where every promise held, 1 where one was broken, 2 for a wrong command line or a missing library, and 130
when interrupted.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from bedrock_harness.fuzzing.findings import Finding, UnreadableFinding, load
from bedrock_harness.fuzzing.promises import FuzzingUnavailable, within


def main(arguments: Sequence[str]) -> int:
    """Fuzz, or replay, and return the exit code."""
    parser = ArgumentParser(prog="python -m bedrock_harness.fuzzing", description="Fuzz the wire for some minutes.")
    parser.add_argument("minutes", type=float, nargs="?", default=2.0, help="how long (default: 2)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="one property or target; repeatable"
    )
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run one finding again")
    options = parser.parse_args(arguments)
    try:
        from bedrock_harness.fuzzing import strategies  # noqa: F401, I001 - it says best what is missing
        from bedrock_harness.fuzzing import campaign
    except FuzzingUnavailable as error:
        return _complain(str(error))
    try:
        unknown = sorted(set(options.only) - set(campaign.names()))
        if unknown:
            return _complain(f"nothing is called {', '.join(unknown)}: there are {', '.join(campaign.names())}")
        if options.replay:
            return _replay(load(options.replay))
        folder = campaign.home()
        _say(f"examples, corpora and findings are kept in {folder}")
        legs = campaign.run(minutes=options.minutes, folder=folder, only=options.only, say=_say)
    except (UnreadableFinding, campaign.FuzzerFailed) as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return 130
    found = [file for leg in legs for file in leg.findings]
    executions, seconds = sum(leg.executions for leg in legs), sum(leg.seconds for leg in legs)
    _say(
        f"{executions:,} executions in {seconds:,.0f} s, {executions / max(seconds, 1e-9):,.0f}/s, {len(found)} findings"
    )
    for file in found:
        _say(f"{load(file).error}\n  python -m bedrock_harness.fuzzing --replay {file}")
    return 1 if found else 0


def _replay(finding: Finding) -> int:
    from bedrock_harness.fuzzing.properties import PROPERTIES
    from bedrock_harness.fuzzing.searching import NotReplayable, replay
    from bedrock_harness.fuzzing.targets import TARGETS

    try:
        if finding.kind == "target":
            target = next(each for each in TARGETS if each.name == finding.name)
            within(target.memory, target.check, bytes.fromhex(finding.data))
        else:
            replay(next(each for each in PROPERTIES if each.name == finding.name), finding)
    except StopIteration:
        return _complain(f"nothing is called {finding.name}")
    except NotReplayable as error:
        return _complain(str(error))
    except Exception as error:  # noqa: BLE001 - whatever leaves a target is the finding
        _say(f"{finding.name}: {type(error).__name__}: {error}")
        return 1
    _say(f"{finding.name}: the input breaks no promise any more")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _complain(line: str) -> int:
    print(f"bedrock_harness.fuzzing: {line}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
