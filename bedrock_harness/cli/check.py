"""`check`: judge providers, show what was found, write what is asked for, and say by the exit code how it went."""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import click
from msgspec import Struct

from bedrock_harness.cli.exits import Exit, exit_of
from bedrock_harness.cli.files import Files
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import err, out
from bedrock_harness.conformance.baseline import BUNDLED, Baseline, written
from bedrock_harness.conformance.catalogue import select
from bedrock_harness.conformance.grades import Outcome
from bedrock_harness.conformance.runner import run
from bedrock_harness.conformance.verdict import Finished, Result, Verdict
from bedrock_harness.reporting import Live, collect, encode, print_run

__all__ = ["check"]

DEFAULT_PROVIDERS = ("reference", "boto3")

_FILE = click.Path(dir_okay=False, path_type=Path)


class _Options(Struct, frozen=True, kw_only=True):
    """The command line, as read."""

    providers: tuple[str, ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    jobs: int
    strict: bool
    baseline: Path | None
    no_baseline: bool
    write_baseline: bool
    out: Path | None
    results: Path | None
    junit: Path | None
    seed: int
    trace: bool
    as_json: bool


@click.command()
@click.argument("providers", nargs=-1, metavar="[PROVIDER]...")
@click.option("--only", multiple=True, metavar="GLOB", help="Judge only these cases, such as 'framing/*'. Repeatable.")
@click.option("--skip", multiple=True, metavar="GLOB", help="Leave these cases out. Repeatable.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=lambda: min(4, os.cpu_count() or 1),
    show_default="the processors, at most 4",
    help="Cases judged at a time.",
)
@click.option("--strict", is_flag=True, help="Let a SHOULD that does not hold count as a finding.")
@click.option(
    "--baseline", type=_FILE, metavar="FILE", help="What is known to fail, beside what the harness ships with."
)
@click.option("--no-baseline", is_flag=True, help="Let nothing be known.")
@click.option("--write-baseline", is_flag=True, help="Write what fails now to the file that --baseline names.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write results.jsonl, junit.xml and report.txt there.",
)
@click.option("--results", type=_FILE, metavar="FILE.jsonl", help="Write the results as JSON lines.")
@click.option("--junit", type=_FILE, metavar="FILE", help="Write JUnit XML.")
@click.option("--seed", type=int, default=0, show_default=True, help="What the simulator's chance is drawn from.")
@click.option("--trace", is_flag=True, help="Show evidence whole: every frame, every header.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON lines instead of the report.")
@common
def check(**options: object) -> int:
    """Judge PROVIDERs; without any the reference client and boto3.

    PROVIDER is a name, NAME@VERSION, mutant:NAME, profile:NAME, python:MODULE:CLASS, 'command:PROGRAM ARGUMENTS', or a path to an
    adapter.toml. The first run makes an environment for each, which takes a while and the network.

    \b
    Examples:
      bedrock-harness check
      bedrock-harness check boto3@1.40.0 boto3 --only streaming
      bedrock-harness check ./my-adapter --results r.jsonl --junit j.xml
      bedrock-harness check python:acme.adapter:Acme --baseline known.toml

    Exit codes: 0 good, 1 findings or a stale baseline entry, 2 wrong usage, 3 the harness or an adapter failed.
    """
    chosen = _Options(**options)  # type: ignore[arg-type]
    if chosen.write_baseline and chosen.baseline is None:
        raise click.UsageError("--write-baseline needs --baseline FILE, the file to write.")
    if chosen.no_baseline and chosen.baseline is not None and not chosen.write_baseline:
        raise click.UsageError("--no-baseline and --baseline FILE exclude each other.")
    return _judge(chosen)


def _judge(options: _Options) -> int:
    cases = select(options.only, options.skip)
    if not cases:
        raise click.UsageError("--skip leaves no case to judge.")
    specs = tuple(dict.fromkeys(options.providers)) or DEFAULT_PROVIDERS
    baseline = _baseline(options)
    judged: list[Result] = []
    with ExitStack() as stack:
        files = Files.open(stack, out=options.out, results=options.results, junit=options.junit)
        with Live(err()) as live:
            results = run(
                specs,
                cases,
                jobs=options.jobs,
                seed=options.seed,
                strict=options.strict,
                baseline=baseline,
                progress=live.say,
            )
            stopped = _follow(results, judged, (files.take, live.take, *([_print_line] if options.as_json else [])))
        if judged:
            files.finish(collect(judged), strict=options.strict)
    if judged and not options.as_json:
        print_run(collect(judged), out(), trace=options.trace)
    if stopped is not None:
        raise stopped
    if options.write_baseline and options.baseline is not None:
        return _write_baseline(options.baseline, judged)
    finished = judged[-1]
    assert isinstance(finished, Finished)
    return finished.exit


def _follow(
    results: Iterator[Result], judged: list[Result], consumers: tuple[Callable[[Result], None], ...]
) -> BaseException | None:
    """Hand each result to `judged` and all consumers. What ends the run early is returned, once its results are complete.

    They always end with `Finished`, so that a results file of an interrupted run can be read as any other.
    """

    def take(result: Result) -> None:
        judged.append(result)
        for consumer in consumers:
            consumer(result)

    began = time.monotonic()
    try:
        with closing(cast("Generator[Result]", results)):
            for result in results:
                take(result)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - raised again when what was judged has been shown
        if judged and not isinstance(judged[-1], Finished):
            seconds = round(time.monotonic() - began, 3)
            take(Finished(seconds=seconds, outcomes=_outcomes(judged), exit=exit_of(error)))
        return error
    return None


def _outcomes(judged: Iterable[Result]) -> dict[str, dict[Outcome, int]]:
    counts: dict[str, Counter[Outcome]] = defaultdict(Counter)
    for result in judged:
        if isinstance(result, Verdict):
            counts[result.provider][result.outcome] += 1
    return {provider: dict(count) for provider, count in counts.items()}


def _print_line(result: Result) -> None:
    click.echo(encode(result), nl=False)


def _baseline(options: _Options) -> Baseline:
    if options.no_baseline:
        return Baseline()
    own = options.baseline
    reads_own = own is not None and (own.exists() or not options.write_baseline)
    return Baseline.read(BUNDLED, *((own,) if own is not None and reads_own else ()), today=datetime.now(UTC).date())


def _write_baseline(path: Path, judged: Sequence[Result]) -> int:
    path.write_text(written(v for v in judged if isinstance(v, Verdict)), encoding="utf-8")
    err().print(f"Wrote {path}. Give each entry its reason; an entry that no longer fails will be an error.")
    return Exit.GOOD
