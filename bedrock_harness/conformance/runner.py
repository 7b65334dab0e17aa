"""Running many cases against many providers: one stream of results.

Each worker has a simulator and a provider of its own, so that cases never meet. Providers come one after another, the cases of
one provider side by side. Results are yielded as they come. Whatever ends the run early, a closed generator and Ctrl-C
included, ends every process that was started.
"""

from __future__ import annotations

import platform
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from queue import SimpleQueue

import bedrock_harness
from bedrock_harness.conformance.baseline import Baseline
from bedrock_harness.conformance.case import Case
from bedrock_harness.conformance.grades import Grade, Outcome
from bedrock_harness.conformance.judge import judge
from bedrock_harness.conformance.verdict import Finished, Provider, Result, Started, Verdict
from bedrock_harness.providers import Manifest, RunningProvider, resolve, start
from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.listening.proxy import proxy_environment

__all__ = ["run"]

Progress = Callable[[str], None]

HARNESS_ERROR = 3
FINDINGS = 1


def run(
    specs: Sequence[str],
    cases: Sequence[Case],
    *,
    jobs: int = 2,
    seed: int = 0,
    strict: bool = False,
    baseline: Baseline | None = None,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """Judge each provider by each case: `Started`, a `Verdict` each as they come, `Finished`.

    Raises what keeps a provider from being judged at all: `UnknownProvider`, `ManifestError`, `EnvironmentFault` and
    `CannotStart`, before `Started`.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    baseline = baseline or Baseline()
    tell = progress or (lambda _: None)
    verdicts: list[Verdict] = []
    with ExitStack() as stack:
        crews = [stack.enter_context(_Crew(resolve(spec), seed=seed, progress=tell)) for spec in specs]
        yield Started(
            harness=bedrock_harness.__version__,
            started=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
            python=platform.python_version(),
            platform=platform.platform(),
            seed=seed,
            cases=len(cases),
            providers=tuple(crew.provider for crew in crews),
        )
        for crew in crews:
            for verdict in crew.judge_all(cases, jobs):
                verdicts.append(baseline.mark(verdict))
                yield verdicts[-1]
    stale = baseline.stale(verdicts)
    yield Finished(
        seconds=round(time.monotonic() - began, 3),
        outcomes={
            name: dict(Counter(v.outcome for v in verdicts if v.provider == name))
            for name in (crew.provider.spec for crew in crews)
        },
        stale=stale,
        exit=_exit(verdicts, stale, strict=strict),
    )


def _exit(verdicts: Sequence[Verdict], stale: Sequence[str], *, strict: bool) -> int:
    """The exit code that these verdicts call for: a harness error outweighs findings, findings outweigh nothing."""
    if any(verdict.outcome is Outcome.HARNESS_ERROR for verdict in verdicts):
        return HARNESS_ERROR
    return FINDINGS if stale or any(_is_bad(verdict, strict=strict) for verdict in verdicts) else 0


def _is_bad(verdict: Verdict, *, strict: bool) -> bool:
    """Whether a verdict is a finding. A mutant is there to be caught: whatever it fails counts, a SHOULD as well."""
    strict = strict or verdict.provider.startswith("mutant:")
    warned = strict and any(finding.grade is Grade.SHOULD and finding.known is None for finding in verdict.findings)
    return warned or not verdict.good


class _Crew:
    """One provider, running as often as there are workers. The first is started at once, to learn who it is."""

    def __init__(self, manifest: Manifest, *, seed: int, progress: Progress) -> None:
        self._manifest = manifest
        self._seed = seed
        self._progress = progress
        self._running: list[RunningProvider] = []
        self._first = self._start()
        welcome = self._first.welcome
        named_by_itself = manifest.spec.startswith("command:") or "/" in manifest.spec
        self.provider = Provider(
            spec=welcome.name if named_by_itself else manifest.spec,
            name=welcome.name,
            version=welcome.version,
            language=welcome.language,
        )

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for provider in self._running:
            provider.close()

    def judge_all(self, cases: Sequence[Case], jobs: int) -> Iterator[Verdict]:
        """Judge the cases, at most `jobs` at a time; verdicts as they come."""
        todo = deque(cases)
        done: SimpleQueue[Verdict | None] = SimpleQueue()
        working = max(1, min(jobs, len(cases)))
        with ThreadPoolExecutor(working, thread_name_prefix="judge") as pool:
            futures = [pool.submit(self._work, todo, done, first=number == 0) for number in range(working)]
            try:
                while working:
                    verdict = done.get()
                    if verdict is None:
                        working -= 1
                    else:
                        yield verdict
            except BaseException:
                todo.clear()
                for provider in self._running:
                    provider.interrupt()
                raise
            for future in futures:
                future.result()

    def _work(self, todo: deque[Case], done: SimpleQueue[Verdict | None], *, first: bool) -> None:
        """Judge cases until there are none left, with simulators and a provider of one's own."""
        with ExitStack() as stack:
            stack.callback(done.put, None)
            desk = _Desk(stack, self._seed, proxy=self._manifest.reach == "proxy")
            provider = self._first if first and not desk.variables else self._start(desk.variables)
            while todo:
                with suppress(IndexError):
                    case = todo.popleft()
                    done.put(self._judge(case, provider, desk))

    def _judge(self, case: Case, provider: RunningProvider, desk: _Desk) -> Verdict:
        simulator = desk.simulator(case)
        if not case.environment:
            return judge(case, provider, simulator, label=self.provider.spec, spec=self._manifest.spec)
        with self._start(desk.variables | case.environment) as alone:
            return judge(case, alone, simulator, label=self.provider.spec, spec=self._manifest.spec)

    def _start(self, environment: Mapping[str, str] | None = None) -> RunningProvider:
        provider = start(self._manifest, environment=environment, progress=self._progress)
        self._running.append(provider)
        return provider


class _Desk:
    """One worker's simulators: for http and, where asked for, https; or a proxy, which `variables` lead a provider to."""

    def __init__(self, stack: ExitStack, seed: int, *, proxy: bool) -> None:
        self._stack = stack
        self._seed = seed
        self._simulators: dict[bool, Simulator] = {}
        self.variables: dict[str, str] = {}
        if proxy:
            simulator = stack.enter_context(Simulator(seed=seed, proxy=True))
            self._simulators = {False: simulator, True: simulator}
            assert simulator.ca_file is not None
            self.variables = proxy_environment(simulator.url, simulator.ca_file)

    def simulator(self, case: Case) -> Simulator:
        """The simulator for a case; bearer tokens need https."""
        tls = case.credentials == "bearer"
        if tls not in self._simulators:
            self._simulators[tls] = self._stack.enter_context(Simulator(seed=self._seed, tls=tls))
        return self._simulators[tls]
