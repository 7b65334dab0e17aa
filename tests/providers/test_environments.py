"""Environments: built once, whole or not at all, and holding nothing but what they should."""

import json
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

import bedrock_harness
from bedrock_harness.providers import EnvironmentFault, Manifest, resolve
from bedrock_harness.providers.environments import MARKER, cache_folder, prepare, remove

KIT = "bedrock_harness/providers/adapters/kit.py"
TINY = Manifest(name="tiny", language="python", command=("{python}", "{folder}/x.py"), links=(KIT,))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BEDROCK_HARNESS_CACHE", str(tmp_path / "cache"))


def home_of(manifest):
    (home,) = [path for path in cache_folder().glob(f"{manifest.name}-*") if path.is_dir()]
    return home


def test_an_environment_is_built_once_and_shows_only_what_is_linked(capfd, tmp_path):
    """The first use builds and says so, the second says nothing; the kit can be imported, the harness can't."""
    told = []
    python = prepare(TINY, told.append).command[0]
    assert told == ["tiny: building its environment, once", told[-1]]
    assert told[-1].startswith("tiny: ready after")
    assert prepare(TINY, told.append).command[0] == python
    assert len(told) == 2
    code = "import bedrock_harness.providers.adapters.kit as kit; print(kit.PROTOCOL); import bedrock_harness.wire"
    done = subprocess.run(
        [python, "-c", code], capture_output=True, encoding="utf-8", env={}, check=False, cwd=tmp_path
    )
    assert done.stdout == "1\n", done.stderr
    assert "No module named 'bedrock_harness.wire'" in done.stderr
    assert capfd.readouterr() == ("", "")


def test_a_broken_environment_is_built_anew():
    """Without its marker, its interpreter or its link, or with rubbish for a marker, an environment is rebuilt."""
    prepare(TINY, lambda _: None)
    home = home_of(TINY)
    (kit,) = home.glob(f"lib/*/site-packages/{KIT}")
    for break_it in (
        lambda: (home / MARKER).unlink(),
        lambda: (home / MARKER).write_text("{", encoding="utf-8"),
        lambda: (home / MARKER).write_text("[]", encoding="utf-8"),
        lambda: (home / "bin/python").unlink(),
        kit.unlink,
    ):
        break_it()
        told = []
        prepare(TINY, told.append)
        assert told[0] == "tiny: building its environment, once"
        assert kit.exists()


def age(home):
    """Make an environment a day older."""
    marker = json.loads((home / MARKER).read_bytes())
    (home / MARKER).write_text(json.dumps({**marker, "built": marker["built"] - 25 * 3600}), encoding="utf-8")


@pytest.mark.parametrize(
    ("requirements", "rebuilt"), [pytest.param(("six",), True, marks=pytest.mark.registry), ((), False)]
)
def test_a_version_left_open_is_looked_up_anew_after_a_day(requirements, rebuilt):
    """`latest` is not for ever: an environment with an open version is rebuilt when a day old, any other is kept."""
    manifest = Manifest(name="old", language="python", command=("{python}",), requirements=requirements, links=(KIT,))
    prepare(manifest, lambda _: None)
    age(home_of(manifest))
    told = []
    prepare(manifest, told.append)
    assert bool(told) == rebuilt


def test_two_builds_do_not_meet():
    """Two runs that start at once build once; the other waits and says so."""
    told = []
    threads = [threading.Thread(target=prepare, args=(TINY, told.append)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("building" in line for line in told) == 1
    assert sum("waiting for another run" in line for line in told) == 1


@pytest.mark.registry
def test_a_failing_installation_is_told_with_pips_words_and_leaves_nothing(tmp_path):
    """pip's last lines are there, a hint what to do, and no half of an environment."""
    manifest = Manifest(name="bad", language="python", command=("{python}",), requirements=(str(tmp_path / "nowhere"),))
    with pytest.raises(EnvironmentFault) as caught:
        prepare(manifest, lambda _: None)
    fault = caught.value
    assert fault.message == f"bad: installing {tmp_path / 'nowhere'} failed"
    assert any("nowhere" in line for line in fault.lines)
    assert "pip config list" in fault.hint
    assert not [path for path in cache_folder().iterdir() if path.is_dir()]


def test_a_cache_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    """A cache below a file is one sentence and says which variable to set."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("BEDROCK_HARNESS_CACHE", str(tmp_path / "file"))
    with pytest.raises(EnvironmentFault, match="can't write to") as caught:
        prepare(TINY, lambda _: None)
    assert "BEDROCK_HARNESS_CACHE" in caught.value.hint


def test_an_environment_can_be_removed():
    """Removing deletes the folder and says whether there was one."""
    prepare(TINY, lambda _: None)
    home = home_of(TINY)
    assert remove(TINY)
    assert not home.exists()
    assert not remove(TINY)


def test_a_command_needs_no_environment(tmp_path):
    """What has neither requirements nor links runs with what there is, its placeholders filled."""
    (tmp_path / "adapter.toml").write_text(
        'name = "x"\nlanguage = "any"\ncommand = ["{python}", "{folder}/a", "{other}"]\n', encoding="utf-8"
    )
    launch = prepare(resolve(str(tmp_path)), lambda _: None)
    assert launch.command == (sys.executable, f"{tmp_path.resolve()}/a", "{other}")
    assert not cache_folder().exists()


def test_the_version_is_the_packages():
    """The version in the code, which adapters see, is the one that is packaged."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == bedrock_harness.__version__
