"""Judging one case: `judge(case, provider, simulator) -> Verdict`.

The provider is driven turn by turn, each turn against its script. What arrived and what was told are held against the checks
in layers: the requests, how the turn ended, the details. A layer that does not hold hides those after it, since they would
only repeat it. The harness's own failures are told apart from the provider's.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator

from msgspec import structs

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks.base import Check, Seen, Shortfall
from bedrock_harness.conformance.grades import Cost, Grade, Outcome
from bedrock_harness.conformance.secrets import masked
from bedrock_harness.conformance.standing import ENDS, REQUESTS, no_secrets, streamed
from bedrock_harness.conformance.verdict import Evidence, Finding, Verdict
from bedrock_harness.providers.faults import Hung, ProviderFault
from bedrock_harness.providers.observation import Observation
from bedrock_harness.providers.protocol import Credentials, Endpoint
from bedrock_harness.providers.session import RunningProvider
from bedrock_harness.simulator import Simulator

__all__ = ["SimulatorFailed", "assess", "credentials_for", "detail", "discreet", "finding", "judge"]


SETTLE = 2.0
"""Seconds given to the simulator to notice that a reply is over or that the peer has left."""


class SimulatorFailed(Exception):
    """The simulator broke while it answered: whatever the provider made of that is not its doing."""


def judge(
    case: Case, provider: RunningProvider, simulator: Simulator, *, label: str | None = None, spec: str | None = None
) -> Verdict:
    """Drive one case and judge it. Never raises on the provider's account; what the harness got wrong says so.

    `label` is what the verdict calls the provider, `spec` how the command line names it; both are its own name by default.
    """
    started = time.monotonic()
    label, spec = label or provider.welcome.name, spec or provider.welcome.name
    outcome, findings, note = _outcome(case, provider, simulator)
    return Verdict(
        case=case.id,
        provider=label,
        outcome=outcome,
        must=case.must,
        costs=case.costs,
        because=case.because,
        findings=findings,
        note=note,
        milliseconds=round((time.monotonic() - started) * 1e3, 1),
        replay=f"bedrock-harness check {shlex.quote(spec)} --only {case.id} --trace",
    )


def _outcome(
    case: Case, provider: RunningProvider, simulator: Simulator
) -> tuple[Outcome, tuple[Finding, ...], str | None]:
    missing = sorted(case.capabilities - set(provider.welcome.capabilities))
    if missing:
        reasons = [f"{name}: {provider.welcome.unsupported.get(name, 'not declared')}" for name in missing]
        return Outcome.UNSUPPORTED, (), "; ".join(reasons)
    try:
        findings, note = _drive(case, provider, simulator)
    except Exception as error:  # noqa: BLE001 - whatever the harness got wrong is never charged to the provider
        return Outcome.HARNESS_ERROR, (), f"{type(error).__name__}: {error}"
    grades = {finding.grade for finding in findings}
    if Grade.MUST in grades:
        return Outcome.FAILED, findings, note
    if Grade.SHOULD in grades:
        return Outcome.WARNED, findings, note
    return (Outcome.INFORMED if findings else Outcome.PASSED), findings, note


def _drive(case: Case, provider: RunningProvider, simulator: Simulator) -> tuple[tuple[Finding, ...], str | None]:
    credentials = credentials_for(case, simulator)
    secrets = tuple(filter(None, (credentials.secret_access_key, credentials.session_token, credentials.bearer_token)))
    simulator.play(*case.turns[0].script)
    try:
        conversation = provider.open(
            endpoint=Endpoint(
                url=simulator.endpoint, region=simulator.region, credentials=credentials, ca_file=simulator.ca_file
            ),
            model=case.model,
            system=case.system,
            tools=case.tools,
            settings=case.settings,
            history=case.history,
        )
    except ProviderFault as refusal:
        return (_process(case, refusal),), "the conversation could not be opened"
    findings: list[Finding] = []
    for number, turn in enumerate(case.turns, 1):
        mark = simulator.play(*turn.script)
        fault: ProviderFault | None = None
        try:
            observation = conversation.send(
                turn.say, stream=turn.stream, stop_after=turn.stop_after, patience=case.patience
            )
        except ProviderFault as caught:
            fault, observation = caught, Observation()
        simulator.wait_until_idle(SETTLE)
        if simulator.journal.failures:
            raise SimulatorFailed(simulator.journal.failures[-1])
        seen = Seen(observation, tuple(simulator.journal[mark:]))
        findings.extend(discreet(finding, secrets) for finding in assess(case, turn, seen, secrets, fault))
        if any(finding.grade is Grade.MUST for finding in findings) and number < len(case.turns):
            return tuple(findings), f"turn {number} of {len(case.turns)} failed; the rest was not reached"
    return tuple(findings), None


def assess(
    case: Case, turn: Turn, seen: Seen, secrets: tuple[str, ...] = (), fault: ProviderFault | None = None
) -> Iterator[Finding]:
    """The findings of one turn, most telling first."""
    leak = no_secrets(seen, secrets)
    if leak:
        yield finding("secrets", "Credentials go nowhere but into the authorization.", leak, cost=Cost.SECURITY)
    for standing in REQUESTS:
        if fault is not None and not seen.exchanges:
            break
        shortfall = standing.judge(seen)
        if shortfall:
            yield finding(standing.name, standing.requirement, shortfall, cost=Cost.CRASH)
            return
    if fault is not None:
        yield _process(case, fault)
        return
    ends = {check.about for check in turn.expect} - {"requests", "turn"}
    for end in ends:
        standing = ENDS[end]
        shortfall = standing.judge(seen)
        if shortfall:
            yield finding(standing.name, standing.requirement, shortfall, cost=case.costs, grade=case.grade)
            ends = set()
    for check in turn.expect:
        if check.about in {*ends, "requests", "turn"}:
            shortfall = check.judge(seen)
            if shortfall:
                yield detail(case, check, shortfall, seen)


def credentials_for(case: Case, simulator: Simulator) -> Credentials:
    """The credentials that the provider is given for this case."""
    if case.credentials == "bearer":
        return Credentials(bearer_token=simulator.bearer_token)
    pair = simulator.session_credentials if case.credentials == "session" else simulator.credentials
    return Credentials(**pair)


def detail(case: Case, check: Check, shortfall: Shortfall, seen: Seen) -> Finding:
    """The finding of one of a case's own checks, no graver than the case."""
    grade = max(case.grade, check.grade, key=list(Grade).index)
    shown = shortfall.evidence or streamed(seen.exchanges)
    return finding(
        check.id,
        check.requirement,
        Shortfall(shortfall.expected, shortfall.actual, shown),
        cost=case.costs,
        grade=grade,
    )


def finding(name: str, requirement: str, shortfall: Shortfall, *, cost: Cost, grade: Grade = Grade.MUST) -> Finding:
    """A shortfall as a finding."""
    return Finding(
        check=name,
        grade=grade,
        requirement=requirement,
        expected=shortfall.expected,
        actual=shortfall.actual,
        costs=cost,
        evidence=shortfall.evidence,
    )


def discreet(finding: Finding, secrets: tuple[str, ...]) -> Finding:
    """The finding without the credentials that a provider may have put into what is quoted."""
    shown = tuple(
        structs.replace(evidence, lines=tuple(masked(line, secrets) for line in evidence.lines))
        for evidence in finding.evidence
    )
    return structs.replace(finding, actual=masked(finding.actual, secrets), evidence=shown)


def _process(case: Case, fault: ProviderFault) -> Finding:
    shown = (Evidence(title="standard error", lines=fault.stderr),) if fault.stderr else ()
    expected = (
        f"an end within {case.patience:g} s"
        if isinstance(fault, Hung)
        else "a program that goes on and keeps to the protocol"
    )
    return finding(
        "process", "The provider neither crashes nor hangs.", Shortfall(expected, str(fault), shown), cost=Cost.CRASH
    )
