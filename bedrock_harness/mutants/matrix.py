"""The kill matrix: every mutant judged by every case, beside the reference client without a defect.

A case kills a mutant where it finds something, as a MUST or a SHOULD, that it does not find in the reference client. That
alone proves little: who signs wrongly fails every case. So each mutant says which cases are there to find it, and the
matrix is sound where each of these does, and where each case is there for some mutant.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from queue import SimpleQueue
from threading import Event
from typing import cast

from msgspec import Struct

from bedrock_harness.conformance.case import Case
from bedrock_harness.conformance.grades import Grade, Outcome
from bedrock_harness.conformance.runner import run
from bedrock_harness.conformance.verdict import Result, Verdict
from bedrock_harness.mutants.mutant import Mutant
from bedrock_harness.mutants.table import CONTROL

__all__ = ["Matrix", "Missed", "judge_all", "kill_matrix"]


class Missed(Struct, frozen=True):
    """A mutant, and a case that was there to find its defect and did not."""

    mutant: str
    case: str


class Matrix(Struct, frozen=True, kw_only=True):
    """What killed what. All members are in the order of the mutants and cases given."""

    kills: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Mutant to case to the checks that found something."""
    missed: tuple[Missed, ...]
    """What a case was to find and did not: the mutant survived it."""
    idle: tuple[str, ...]
    """Cases that no mutant is meant for, and which prove nothing until one is."""
    control: tuple[Verdict, ...]
    """Where the reference client did not pass: each verdict is an error of the client or of the case."""
    troubled: tuple[Verdict, ...]
    """Where the harness itself failed, or a mutant could not be judged."""

    @property
    def sound(self) -> bool:
        """Whether every case can fail, every mutant does, and the reference client passes."""
        return not (self.missed or self.idle or self.control or self.troubled)

    def killers(self, case: str) -> tuple[str, ...]:
        """The mutants that this case kills, meant for it or not."""
        return tuple(name for name, found in self.kills.items() if case in found)


def kill_matrix(
    mutants: Sequence[Mutant], cases: Sequence[str], verdicts: Iterable[Verdict], *, every_mutant: bool = True
) -> Matrix:
    """The matrix of these mutants and cases out of the verdicts of `judge_all`, in any order.

    `every_mutant` says that these are all mutants there are, so that a case none of them is meant for is idle.
    """
    by_provider: dict[str, dict[str, Verdict]] = {}
    for verdict in verdicts:
        by_provider.setdefault(verdict.provider, {})[verdict.case] = verdict
    control = by_provider.pop(spec(CONTROL), {})
    excused = {case: _checks(verdict) for case, verdict in control.items()}
    kills = {
        mutant.name: {
            case: found
            for case in cases
            if case in judged and (found := tuple(c for c in _checks(judged[case]) if c not in excused.get(case, ())))
        }
        for mutant in mutants
        for judged in [by_provider.get(spec(mutant), {})]
    }
    aims = [(mutant.name, case) for mutant in mutants for case in mutant.fails if case in cases]
    return Matrix(
        kills=kills,
        missed=tuple(Missed(name, case) for name, case in aims if case not in kills[name]),
        idle=tuple(case for case in cases if case not in {case for _, case in aims}) if every_mutant else (),
        control=tuple(verdict for verdict in control.values() if verdict.outcome is not Outcome.PASSED),
        troubled=tuple(
            verdict
            for judged in by_provider.values()
            for verdict in judged.values()
            if verdict.outcome in {Outcome.HARNESS_ERROR, Outcome.NOT_TESTABLE, Outcome.UNSUPPORTED}
        ),
    )


def judge_all(
    mutants: Sequence[Mutant], cases: Sequence[Case], *, jobs: int, seed: int = 0, meant_only: bool = False
) -> Generator[Verdict]:
    """Judge the reference client and the mutants by these cases, `jobs` of them side by side; verdicts as they come.

    With `meant_only` each mutant is judged by the cases that are there to find it, and the reference client by all: that
    proves the same in a fraction of the time. Raises what keeps a mutant from being judged at all, such as `CannotStart`
    for one that has gone stale. Closed early, it lets each mutant finish the case it is at.
    """
    todo = deque((CONTROL, *mutants))
    done: SimpleQueue[Verdict | Exception | None] = SimpleQueue()

    def work() -> None:
        try:
            for mutant in _taken(todo):
                own = [case for case in cases if case.id in mutant.fails] if meant_only and mutant.fails else cases
                for verdict in _judged(mutant, own, seed):
                    done.put(verdict)
                    if stopped.is_set():
                        return
        except Exception as error:  # noqa: BLE001 - raised again where the verdicts are awaited
            done.put(error)
        else:
            done.put(None)

    stopped = Event()
    working = max(1, min(jobs, len(todo)))
    with ThreadPoolExecutor(working, thread_name_prefix="mutant") as pool:
        for _ in range(working):
            pool.submit(work)
        try:
            while working:
                result = done.get()
                if isinstance(result, Verdict):
                    yield result
                elif result is None:
                    working -= 1
                else:
                    raise result
        finally:
            todo.clear()
            stopped.set()


def _judged(mutant: Mutant, cases: Sequence[Case], seed: int) -> Iterator[Verdict]:
    if cases:
        with closing(cast("Generator[Result]", run((spec(mutant),), cases, jobs=1, seed=seed))) as results:
            yield from (result for result in results if isinstance(result, Verdict))


def spec(mutant: Mutant) -> str:
    """How the registry of providers names a mutant."""
    return f"mutant:{mutant.name}"


def _taken(todo: deque[Mutant]) -> Iterator[Mutant]:
    """Each mutant that no other worker has taken."""
    while True:
        try:
            yield todo.popleft()
        except IndexError:
            return


def _checks(verdict: Verdict) -> tuple[str, ...]:
    """The checks that found something that counts."""
    return tuple(dict.fromkeys(f.check for f in verdict.findings if f.grade is not Grade.INFO))
