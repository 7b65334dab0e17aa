"""A user's own suite: `ConverseConformance` subclassed, run by pytest in a process of its own, as a user would."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from bedrock_harness.conformance.catalogue import CASES

pytest_plugins = ["pytester"]

EXAMPLES = Path(__file__).parents[2] / "examples"

CASE = "framing/every-byte-apart"

HEAD = """
import os
from bedrock_harness.conformance.case import Capability
from bedrock_harness.providers.adapters.kit import Conversation
from bedrock_harness.providers.adapters.reference.adapter import Reference
from bedrock_harness.testing import ConverseConformance, Provider

class Mute(Conversation):
    def send(self, content, stream):
        return []

class Silent(Provider):
    capabilities = tuple(Capability)
    def open(self, opening):
        return Mute()

class Modest(Provider):
    unsupported = {"stream": "it was built before streams"}
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run a suite whose one class has this body."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))

    def running(body: str, *arguments: str, conftest: str = "") -> pytest.RunResult:
        indented = "\n".join(f"    {line}" for line in body.splitlines())
        pytester.makeconftest(conftest)
        pytester.makepyfile(f"{HEAD}\nclass TestAcme(ConverseConformance):\n    only = ['{CASE}']\n{indented}\n")
        return pytester.runpytest_subprocess("-W", "error", "-rsx", "-p", "no:cacheprovider", *plugin(), *arguments)

    return running


def plugin() -> list[str]:
    """The plugin by name where the package is not installed but only on the path."""
    installed = any(entry.name == "bedrock_harness" for entry in entry_points(group="pytest11"))
    return [] if installed else ["-p", "bedrock_harness.pytest_plugin"]


def test_the_example(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The five lines in examples/ pass every case with the reference client."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    example = pytester.mkpydir("suite") / "test_acme.py"
    example.write_text((EXAMPLES / "test_acme.py").read_text(encoding="utf-8"), encoding="utf-8")
    ran = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *plugin(), str(example))
    ran.assert_outcomes(passed=len(CASES))


def test_the_example_is_five_lines() -> None:
    """The example is as short as is said of it."""
    text = (EXAMPLES / "test_acme.py").read_text(encoding="utf-8")
    assert sum(bool(line.strip()) for line in text.splitlines()) == 5


def test_named_by_case(run: object) -> None:
    """Each case is a test with the case's id in its name."""
    ran = run("def provider(self, endpoint): return Reference()", "-v")
    ran.assert_outcomes(passed=1)
    ran.stdout.fnmatch_lines([f"*TestAcme::test_conforms[[]{CASE}[]] PASSED*"])


def test_finding_is_shown(run: object) -> None:
    """A failure shows the finding as the terminal does, and no traceback of the harness."""
    ran = run("def provider(self, endpoint): return Silent()")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines([f"× {CASE}*", "*requirement  The provider calls Bedrock.", "*expected     a request*"])
    ran.stdout.no_fnmatch_line("*testing.py:*: Failed")


def test_unsupported_is_skipped(run: object) -> None:
    """A capability that the provider lacks is a skip with the declared reason."""
    ran = run("def provider(self, endpoint): return Modest()")
    ran.assert_outcomes(skipped=1)
    ran.stdout.fnmatch_lines(["SKIPPED*stream: it was built before streams"])


def test_no_provider(run: object) -> None:
    """A class that gives no provider can't pass: the run fails and says what to define."""
    ran = run("pass")
    assert ran.ret == pytest.ExitCode.INTERRUPTED
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*TestAcme gives no provider: define `provider(self, endpoint)`."])


@pytest.mark.parametrize("given", ["None", "Reference", "object()"])
def test_no_provider_returned(run: object, given: str) -> None:
    """What is returned has to be a provider: None is an error, not a pass."""
    ran = run(f"def provider(self, endpoint): return {given}")
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*has to return a Provider of the kit*"])


def test_provider_that_raises(run: object) -> None:
    """A provider that can't be made is an error that says why."""
    ran = run("def provider(self, endpoint): raise RuntimeError('no licence found')")
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["E*RuntimeError: no licence found"])
    assert len(ran.outlines) < 60


@pytest.mark.parametrize("entry", [CASE, f"{CASE}:request"])
def test_known_is_expected_to_fail(run: object, entry: str) -> None:
    """What is known to fail is an expected failure with its reason, by case or by check."""
    ran = run(f"known = {{'{entry}': 'not built yet'}}\ndef provider(self, endpoint): return Silent()")
    ran.assert_outcomes(xfailed=1)
    ran.stdout.fnmatch_lines(["XFAIL*not built yet"])


@pytest.mark.parametrize("entry", [CASE, f"{CASE}:usage"])
def test_known_that_passes_fails(run: object, entry: str) -> None:
    """What is known to fail and passes is a failure that asks for the entry's removal."""
    ran = run(f"known = {{'{entry}': 'not built yet'}}\ndef provider(self, endpoint): return Reference()")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines([f"known to fail, and no longer does: {entry}.*"])


def test_known_check_excuses_no_other(run: object) -> None:
    """An entry for one check does not excuse another."""
    ran = run(f"known = {{'{CASE}:usage': 'not built yet'}}\ndef provider(self, endpoint): return Silent()")
    ran.assert_outcomes(failed=1)


@pytest.mark.parametrize(
    "attribute",
    ["only = ['framing/evry-byte-apart']", "skip = ['framing/evry-byte-apart']", "known = {'framing/evry': ''}"],
)
def test_wrong_names(run: object, attribute: str) -> None:
    """A case that does not exist is an error that names the nearest ones."""
    ran = run(f"{attribute}\ndef provider(self, endpoint): return Reference()")
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*TestAcme: no case*framing/every-byte-apart*"])


def test_nothing_left(run: object) -> None:
    """A class that skips every case is an error, not an empty success."""
    ran = run("skip = ['*']\ndef provider(self, endpoint): return Reference()")
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*skips every case*"])


def test_harness_error_is_an_error(run: object) -> None:
    """Where the harness breaks, the test is an error and says that the provider is not to blame."""
    broken = """
        from bedrock_harness.simulator import Simulator
        def broken(self, *arguments):
            raise RuntimeError("out of order")
        Simulator.wait_until_idle = broken
    """
    ran = run("def provider(self, endpoint): return Reference()", conftest=broken)
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["the harness is to blame, not the provider: RuntimeError: out of order"])


def test_a_should_warns(run: object) -> None:
    """A SHOULD that does not hold is a warning, and a failure only where warnings are."""
    pytest.importorskip("boto3")
    body = """
        only = ['exceptions/unmodelled']
        def provider(self, endpoint):
            from bedrock_harness.providers.adapters.boto3.adapter import Boto3
            return Boto3()
    """
    body = "\n".join(line[8:] for line in body.splitlines())
    ran = run(body, "-W", "default::bedrock_harness.testing.ConformanceWarning")
    ran.assert_outcomes(passed=1, warnings=1)
    ran.stdout.fnmatch_lines(["*! exceptions/unmodelled*"])
    run(body).assert_outcomes(failed=1)


def test_endpoint_has_the_case_s_credentials(run: object) -> None:
    """The endpoint bears the credentials that the case calls for, ready to be passed on by name."""
    body = """
        only = ['signing/session-token', 'signing/bearer-token', 'framing/every-byte-apart']
        def provider(self, endpoint):
            print(sorted(endpoint.credentials), endpoint.url.split(':')[0], endpoint.region, bool(endpoint.ca_file))
            return Reference()
    """
    ran = run("\n".join(line[8:] for line in body.splitlines()), "-s")
    ran.assert_outcomes(passed=3)
    keys = "access_key_id', 'secret_access_key"
    ran.stdout.fnmatch_lines_random(
        [
            f"*[[]'{keys}'[]] http us-east-1 False",
            f"*[[]'{keys}', 'session_token'[]] http us-east-1 False",
            "*[[]'bearer_token'[]] https us-east-1 True",
        ]
    )
