"""One target under coverage-guided fuzzing, in a process of its own: `python -m bedrock_harness.fuzzing.guided NAME ...`.

libFuzzer, which atheris drives, ends the process that it runs in: hence the process. It is started by `campaign`, with
libFuzzer's own options after the target's name and the folder for findings. What it finds is shrunk here, while the
interpreter is alive, and saved as a `Finding`; an input that never comes back is left to libFuzzer's artifact.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from bedrock_harness.fuzzing.findings import Finding
from bedrock_harness.fuzzing.mutation import mutated_stream
from bedrock_harness.fuzzing.promises import FuzzingUnavailable, limited, within
from bedrock_harness.fuzzing.shrinking import shrunk, shrunk_stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bedrock_harness.fuzzing.targets import Target

__all__ = ["INSTRUMENTED", "MEASURED", "examined", "main"]

INSTRUMENTED = ["bedrock_harness.wire", "bedrock_harness.recordings", "yaml"]
"""The packages whose branches count as coverage: ours, and the parser whose constructors fail in ways of their own."""

MEASURED = 8
"""One input in so many has its memory measured, which takes as long as seven others. libFuzzer watches all the others."""


def examined(target: Target, data: bytes, *, measured: bool = True) -> Finding | None:
    """Run the target on one input, its memory `measured` or not, and return what is wrong with it, shrunk, or None."""
    error = _failure(target, data, measured)
    if error is None:
        return None
    kind = type(error)
    smaller = shrunk_stream if target.form == "stream" else shrunk
    data = smaller(data, lambda candidate: type(_failure(target, candidate, measured)) is kind)
    error = _failure(target, data, measured) or error
    return Finding(kind="target", name=target.name, error=f"{kind.__name__}: {error}"[:1000], data=data.hex())


def _failure(target: Target, data: bytes, measured: bool) -> Exception | None:
    try:
        if measured:
            within(target.memory, target.check, data)
        else:
            with limited():
                target.check(data)
    except Exception as error:  # noqa: BLE001 - whatever leaves a target is a finding
        return error
    return None


def main(arguments: Sequence[str]) -> None:
    """Fuzz the target that is named first, save findings to the folder named second, until libFuzzer's limits are met."""
    try:
        import atheris
    except ImportError as error:
        raise FuzzingUnavailable("atheris is not installed: it has wheels for CPython 3.11 to 3.13 on Linux") from error

    name, findings, *options = arguments
    with atheris.instrument_imports(include=INSTRUMENTED):
        from bedrock_harness.fuzzing.targets import TARGETS

    target = next(target for target in TARGETS if target.name == name)

    def run(data: bytes) -> None:
        finding = examined(target, data, measured=crc32(data) % MEASURED == 0)
        if finding is not None:
            print(f"FINDING {finding.save(Path(findings))}", file=sys.stderr, flush=True)
            raise AssertionError(finding.error)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return mutated_stream(data, most, seed, atheris.Mutate)

    atheris.Setup(["fuzz", *options], run, **({"custom_mutator": mutate} if target.form == "stream" else {}))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
