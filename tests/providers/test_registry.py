"""From a name to a manifest, or to a sentence that says what there is."""

import sys

import pytest

from bedrock_harness.providers import ManifestError, UnknownProvider, known, resolve


def test_the_bundled_adapters_are_known():
    """Each bundled adapter has a name, a language and a sentence, and resolves to itself."""
    manifests = known()
    assert [manifest.name for manifest in manifests] == [
        "boto3",
        "gateway-anthropic",
        "gateway-openai",
        "reference",
        "reference-async",
    ]
    for manifest in manifests:
        assert manifest.summary
        assert manifest.language == "python"
        assert resolve(manifest.name) == manifest
        assert manifest.spec == manifest.name


def test_a_version_is_chosen_by_the_package():
    """A version replaces the package's own requirement, `latest` leaves it open, other requirements stay."""
    assert resolve("boto3@1.43.0").requirements == ("boto3==1.43.0",)
    assert resolve("boto3@latest").requirements == ("boto3",)
    assert resolve("boto3@1.43.0").spec == "boto3@1.43.0"


@pytest.mark.parametrize("version", ["1", "1.2.3rc1", "2!1.0.post2", "1.0.dev3+local.7", "v1.2-alpha.1"])
def test_versions_of_every_shape_are_taken(version):
    """What PEP 440 calls a version can be named."""
    assert resolve(f"boto3@{version}").requirements == (f"boto3=={version}",)


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        (
            "botto3",
            "there is no provider 'botto3'. Did you mean boto3?",
            "known are boto3, gateway-anthropic, gateway-openai, reference, reference-async; or mutant:NAME",
        ),
        ("zzz", "there is no provider 'zzz'.", "known are boto3, gateway-anthropic, gateway-openai, reference"),
        ("", "there is no provider ''.", "known are"),
        ("boto3@>=1", "'>=1' is no version", "boto3@latest"),
        ("boto3@", "'' is no version", "boto3@latest"),
        ("boto3@1; rm -rf", "'1; rm -rf' is no version", "without a range"),
        ("reference@1.0", "reference has no versions to choose from", "name it without a version: reference"),
        ("python:acme", "can't read 'python:acme'", "python:MODULE:CLASS"),
        ("python:a-b:C", "can't read 'python:a-b:C'", "python:MODULE:CLASS"),
        ("command:", "command: needs a command line", "command:node adapter.js"),
        ("command:'unclosed", "can't read the command line", "quote it"),
        ("mutant:", "mutant: needs a name", "mutant:NAME"),
        ("./nowhere", "there is no adapter.toml at ./nowhere", "name the folder"),
        ("nowhere.toml", "there is no adapter.toml at nowhere.toml", "name the folder"),
    ],
)
def test_what_is_unknown_is_met_with_what_there_is(spec, message, hint):
    """A wrong name gets one sentence and one hint, never a traceback."""
    with pytest.raises(UnknownProvider) as caught:
        resolve(spec)
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_commands_and_mutants_run_as_they_are():
    """A command line is split as a shell would; a mutant runs in the harness's own interpreter."""
    assert resolve("command:node 'my adapter.js' --flag").command == ("node", "my adapter.js", "--flag")
    mutant = resolve("mutant:sign-nothing")
    assert mutant.command == (sys.executable, "-m", "bedrock_harness.mutants", "sign-nothing")
    assert mutant.name == mutant.spec == "mutant:sign-nothing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "Invalid value"),
        ('name = "a"\nlanguage = "b"\n', "missing required field `command`"),
        ('name = "a"\nlanguage = "b"\ncommand = []\n', "the command is empty"),
        ('name = "a"\nlanguage = "b"\ncommand = ["c"]\nrequires = ["d"]\n', "unknown field `requires`"),
        ('name = "a"\nlanguage = "b"\ncommand = "c"\n', "Expected `array`, got `str`"),
    ],
)
def test_a_wrong_manifest_is_told_with_its_file(tmp_path, text, message):
    """What is wrong with an adapter.toml is said with the file's name."""
    file = tmp_path / "adapter.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        resolve(str(file))
    assert str(file) in str(caught.value)
    assert message in str(caught.value)
    assert "docs/adapters.md" in caught.value.hint
