"""Profiles as data: that they agree with their configuration files, and that each is judged as what it says of itself."""

import subprocess
import sys
from datetime import date

import pytest
from msgspec.structs import replace

from bedrock_harness.client.aliases import named
from bedrock_harness.client.config import read_config
from bedrock_harness.client.retrying import PAUSES
from bedrock_harness.conformance.baseline import BUNDLED, Baseline
from bedrock_harness.conformance.case import Capability
from bedrock_harness.conformance.catalogue import select
from bedrock_harness.conformance.grades import Outcome
from bedrock_harness.conformance.runner import run
from bedrock_harness.conformance.verdict import Verdict
from bedrock_harness.profiles import PROFILES, UnknownProfile, find
from bedrock_harness.providers import UnknownProvider, resolve
from bedrock_harness.providers.adapters.profiled import Profiled
from bedrock_harness.providers.adapters.reference.adapter import Reference
from tests.profiles.talking import MODEL

SILENT = {
    "docker-agent": {"models": {"m": {"provider": "amazon-bedrock", "model": MODEL}}},
    "req_llm": {"model": MODEL},
    "autobot": {
        "agents": {"defaults": {"model": f"bedrock/{MODEL}"}},
        "providers": {"bedrock": {"access_key_id": "a", "secret_access_key": "s"}},
    },
    "prx": {"default": {"provider": "bedrock", "model": MODEL}},
}
"""The shortest configuration of each system that has one."""

names = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)


@pytest.mark.parametrize("name", SILENT)
def test_a_file_that_chooses_nothing_is_the_profile(name):
    """What a configuration file leaves open is as the profile has it."""
    config, profile = read_config(SILENT[name], {}), find(name)
    chosen, connection = replace(config.options, guardrail=None), config.connection
    assert (chosen, connection.precedence) == (profile.options, profile.credential_order)
    assert (connection.colons or "encoded", connection.pauses or PAUSES) == (profile.colons, profile.pauses)
    assert (connection.region or connection.default_region) == profile.region_default


@names
def test_each_name_for_bedrock_may_stand_before_a_model(profile):
    """A model id is understood behind each name that the system has for Bedrock."""
    assert [named(f"{alias}/{MODEL}").model for alias in profile.aliases] == [MODEL] * len(profile.aliases)


@names
def test_what_is_unsupported_has_a_sentence(profile):
    """A profile lacks only capabilities that there are, and says of each why, in a sentence."""
    assert profile.unsupported.keys() <= set(Reference.capabilities)
    assert all(sentence.endswith((".", ".)")) for sentence in profile.unsupported.values())


def test_the_reference_can_do_all_that_the_catalogue_asks():
    """The reference adapter declares every capability of the catalogue."""
    assert set(Reference.capabilities) == set(Capability)


@names
def test_an_adapter_declares_what_its_profile_does_not_lack(profile):
    """What a profile lacks is not declared, and all else is."""
    assert {*Profiled(profile).capabilities, *profile.unsupported} == set(Reference.capabilities)
    assert not profile.unsupported.keys() & set(Profiled(profile).capabilities)


@names
def test_a_profile_is_named_on_the_command_line(profile):
    """`profile:NAME` resolves to a program that runs in the harness's own environment."""
    manifest = resolve(f"profile:{profile.name}")
    assert manifest.name == f"profile:{profile.name}"
    assert manifest.command[-1] == profile.name
    assert manifest.requirements == ()


@pytest.mark.parametrize(
    ("name", "hint"), [("reqllm", "did you mean req_llm"), ("", "known are docker-agent, req_llm")]
)
def test_an_unknown_profile_is_met_with_what_there_is(name, hint):
    """A wrong name gets one sentence, and the nearest right one."""
    with pytest.raises(UnknownProvider, match=f"there is no profile '{name}'") as refused:
        resolve(f"profile:{name}")
    assert refused.value.hint.startswith(hint)
    with pytest.raises(UnknownProfile):
        find(name)


@pytest.mark.parametrize("arguments", [[], ["nobody"], ["prx", "prx"]])
def test_the_adapter_complains_in_one_line(arguments):
    """A wrong command line ends with status 2 and one line on standard error."""
    module = "bedrock_harness.providers.adapters.profiled"
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_profiles_are_judged_as_what_they_say_of_themselves():
    """Streams are unsupported by Autobot in its documentation's words, docker-agent's tool choice is known, the rest passes."""
    cases = select(("tools/choice-any", "usage/whole"))
    results = run(
        ("profile:autobot", "profile:docker-agent"),
        cases,
        jobs=1,
        baseline=Baseline.read(BUNDLED, today=date(2026, 11, 21)),
    )
    verdicts = {(result.provider.split()[0], result.case): result for result in results if isinstance(result, Verdict)}
    assert len(verdicts) == 4
    streams = verdicts["profile:autobot", "tools/choice-any"]
    assert streams.outcome is Outcome.UNSUPPORTED
    assert streams.note == f"stream: {find('autobot').unsupported['stream']}"
    assert verdicts["profile:docker-agent", "usage/whole"].outcome is Outcome.UNSUPPORTED
    assert all(verdict.good for verdict in verdicts.values())
    assert [known for known, verdict in verdicts.items() if verdict.findings] == [
        ("profile:docker-agent", "tools/choice-any")
    ]
