"""The catalogue as tests in a suite of one's own: subclass `ConverseConformance`, give the provider, done.

    from bedrock_harness.testing import ConverseConformance


    class TestAcme(ConverseConformance):
        def provider(self, endpoint):
            return AcmeProvider(base_url=endpoint.url, **endpoint.credentials)

Each case is one test, named by the case's id. It runs in this very process, against a simulator of its own. This module knows
pytest and nothing of judging, which is `conformance.judge`'s.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, ClassVar

import pytest
from msgspec import Struct, structs

from bedrock_harness.conformance.catalogue import NoSuchCase, find, select
from bedrock_harness.conformance.grades import Grade, Outcome
from bedrock_harness.conformance.judge import credentials_for, judge
from bedrock_harness.providers.adapters.kit import Conversation, Provider
from bedrock_harness.providers.inprocess import start
from bedrock_harness.reporting import as_text
from bedrock_harness.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bedrock_harness.conformance.case import Case
    from bedrock_harness.conformance.verdict import Finding, Verdict

__all__ = ["ConformanceWarning", "Conversation", "ConverseConformance", "Endpoint", "Provider"]


class ConformanceWarning(UserWarning):
    """A SHOULD does not hold. `-W error::bedrock_harness.testing.ConformanceWarning` makes it a failure."""


class Endpoint(Struct, frozen=True):
    """Where the simulator of one test listens, and with what it is called."""

    url: str
    region: str
    credentials: dict[str, str]
    """`access_key_id` and `secret_access_key`, in some cases `session_token`; or `bearer_token` alone."""
    ca_file: str | None
    """A PEM file to trust, where the URL is https."""


class ConverseConformance:
    """Subclass it as `Test...` and define `provider`. Without one nothing is collected, and the run fails saying so."""

    only: ClassVar[Sequence[str]] = ()
    """Cases to judge: ids, globs, or areas. All without any."""
    skip: ClassVar[Sequence[str]] = ()
    """Cases to leave out, in the same way."""
    known: ClassVar[Mapping[str, str]] = {}
    """What is known to fail, `case` or `case:check`, to the reason. An entry that no longer fails is a failure."""

    def provider(self, endpoint: Endpoint) -> Provider:
        """The provider to judge, made anew for each case; `endpoint.credentials` are those that the case calls for."""
        raise NotImplementedError(f"{type(self).__name__} defines no provider()")

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        """Make one test of each case. A wrong name among the class's attributes, or no provider, is an error here."""
        if "case" not in metafunc.fixturenames:
            return
        if cls.provider is ConverseConformance.provider:
            pytest.fail(f"{cls.__name__} gives no provider: define `provider(self, endpoint)`.", pytrace=False)
        try:
            for entry in cls.known:
                find(entry.partition(":")[0])
            cases = select(cls.only, cls.skip)
        except NoSuchCase as error:
            pytest.fail(f"{cls.__name__}: {error}", pytrace=False)
        if not cases:
            pytest.fail(f"{cls.__name__} skips every case: there is nothing to judge.", pytrace=False)
        metafunc.parametrize("case", cases, ids=[case.id for case in cases])

    @pytest.fixture
    def verdict(self, case: Case, monkeypatch: pytest.MonkeyPatch) -> Verdict:
        """What came of the case. The harness's own failures end here, and so count as errors, not as failures."""
        for name, value in case.environment.items():
            monkeypatch.setenv(name, value)
        with Simulator(tls=case.credentials == "bearer") as simulator:
            given = structs.asdict(credentials_for(case, simulator))
            endpoint = Endpoint(
                url=simulator.url,
                region=simulator.region,
                credentials={name: value for name, value in given.items() if value is not None},
                ca_file=simulator.ca_file,
            )
            provider = self._provided(endpoint)  # here and not in start(), so that the traceback is the suite's own
            with start(lambda: provider) as running:
                verdict = judge(case, running, simulator)
        if verdict.outcome is Outcome.UNSUPPORTED:
            pytest.skip(verdict.note or "declared unsupported")
        if verdict.outcome is Outcome.HARNESS_ERROR:
            pytest.fail(f"the harness is to blame, not the provider: {verdict.note}", pytrace=False)
        return verdict

    def test_conforms(self, case: Case, verdict: Verdict) -> None:
        """Every requirement of the case holds, or is known not to."""
        verdict = structs.replace(verdict, findings=tuple(self._marked(case, finding) for finding in verdict.findings))
        left = {finding.grade for finding in verdict.findings if finding.known is None}
        if Grade.MUST in left or verdict.outcome is Outcome.NOT_TESTABLE:
            pytest.fail(f"\n{as_text(verdict)}", pytrace=False)
        failing = {name for finding in verdict.findings for name in (case.id, f"{case.id}:{finding.check}")}
        stale = [name for name in self.known if name.partition(":")[0] == case.id and name not in failing]
        if stale:
            pytest.fail(
                f"known to fail, and no longer does: {', '.join(stale)}. Remove it from `known`.", pytrace=False
            )
        if Grade.SHOULD in left:
            warnings.warn(f"\n{as_text(verdict)}", ConformanceWarning, stacklevel=1)
        reasons = dict.fromkeys(finding.known for finding in verdict.findings if finding.known is not None)
        if reasons:
            pytest.xfail("; ".join(reasons))

    def _provided(self, endpoint: Endpoint) -> Provider:
        provider: object = self.provider(endpoint)  # a suite without types may return anything
        if not isinstance(provider, Provider):
            given = type(provider).__name__
            pytest.fail(
                f"{type(self).__name__}.provider() has to return a Provider of the kit, not {given}.", pytrace=False
            )
        return provider

    def _marked(self, case: Case, finding: Finding) -> Finding:
        reason = self.known.get(f"{case.id}:{finding.check}", self.known.get(case.id))
        return structs.replace(finding, known=reason)
