"""An environment of its own for each adapter, so that versions never clash.

Python adapters get a virtual environment, made on first use by `venv` and `pip` of the running interpreter, with
whatever pip is configured to use, and kept in the user's cache directory. A marker written last says that it is
whole; a lock keeps two runs from building at once. What an adapter does when it runs is not this module's business.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from msgspec import Struct, field
from platformdirs import user_cache_path

from bedrock_harness.providers.registry import Manifest

__all__ = ["EnvironmentFault", "Launch", "cache_folder", "prepare", "remove"]

FORMAT: Final = 1
"""Counted up when environments are laid out otherwise, so that old ones are not used."""

MARKER: Final = "bedrock-harness.json"
LATEST: Final = 24 * 3600.0
"""Seconds for which an environment with a version left open is kept before it is built anew."""

BUILD_PATIENCE: Final = 900.0
"""Seconds for one pip run; a large SDK over a slow line takes a few minutes."""

PACKAGE: Final = Path(__file__).parents[1]

Progress = Callable[[str], None]


class EnvironmentFault(Exception):
    """An adapter's environment can't be built. `lines` are what the installer said last, `hint` what to do."""

    def __init__(self, message: str, *, lines: tuple[str, ...] = (), hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.lines = lines
        self.hint = hint


class Launch(Struct, frozen=True, kw_only=True):
    """What it takes to start an adapter: a command without placeholders, variables, and where to run it."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


def cache_folder() -> Path:
    """Where environments are kept: BEDROCK_HARNESS_CACHE, else the user's cache directory."""
    given = os.environ.get("BEDROCK_HARNESS_CACHE")
    return (Path(given) if given else user_cache_path("bedrock-harness")).absolute() / "environments"


def prepare(manifest: Manifest, progress: Progress) -> Launch:
    """Build the adapter's environment where it needs one that is not there yet, and say how the adapter is started.

    Raises:
        EnvironmentFault: it can't be built.
    """
    python = Path(sys.executable)
    if manifest.requirements or manifest.links:
        python = _python(_ensure(manifest, progress))
    words = {"python": str(python), "folder": str(manifest.folder or Path.cwd())}
    command = tuple(_filled(word, words) for word in manifest.command)
    return Launch(command=command, environment=manifest.environment)


def remove(manifest: Manifest) -> bool:
    """Delete the adapter's environment; True where there was one."""
    home = _home(manifest)
    with _locked(home, lambda _: None):
        there = home.exists()
        shutil.rmtree(home, ignore_errors=True)
    return there


def _filled(word: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        word = word.replace("{" + name + "}", value)
    return word


def _home(manifest: Manifest) -> Path:
    """The environment's folder. Its name holds a hash of all that it is made of."""
    made_of = [FORMAT, sys.version, sys.base_prefix, str(PACKAGE), manifest.requirements, manifest.links]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:16]
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in manifest.name)
    return cache_folder() / f"{safe}-{digest}"


def _python(home: Path) -> Path:
    return home / "bin" / "python"


def _ensure(manifest: Manifest, progress: Progress) -> Path:
    home = _home(manifest)
    if _whole(home, manifest):
        return home
    with _locked(home, progress):
        if not _whole(home, manifest):
            began = time.monotonic()
            progress(f"{manifest.spec or manifest.name}: building its environment, once")
            _build(home, manifest, progress)
            progress(f"{manifest.spec or manifest.name}: ready after {time.monotonic() - began:.0f} s")
    return home


def _whole(home: Path, manifest: Manifest) -> bool:
    try:
        built = float(json.loads((home / MARKER).read_bytes())["built"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    left_open = any(not set(requirement) & set("=<>~!@") for requirement in manifest.requirements)
    fresh = not left_open or time.time() - built < LATEST
    return fresh and _python(home).exists() and all((_site(home) / link).exists() for link in manifest.links)


def _build(home: Path, manifest: Manifest, progress: Progress) -> None:
    shutil.rmtree(home, ignore_errors=True)
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, home, ignore_errors=True)
        _fill(home, manifest, progress)
        undo.pop_all()


def _fill(home: Path, manifest: Manifest, progress: Progress) -> None:
    ours = _own_pip()
    bare = ours or not manifest.requirements
    _run(
        [sys.executable, "-m", "venv", *(["--without-pip"] if bare else []), str(home)],
        manifest,
        "making a virtual environment",
        "install the venv module of this Python (python3-venv on Debian)",
    )
    if manifest.requirements:
        named = ", ".join(manifest.requirements)
        progress(f"{manifest.spec or manifest.name}: installing {named}")
        pip = (
            [sys.executable, "-m", "pip", "--python", str(_python(home))] if ours else [str(_python(home)), "-m", "pip"]
        )
        options = ["--no-input", "--disable-pip-version-check", "--quiet"]
        _run(
            [*pip, "install", *options, *manifest.requirements],
            manifest,
            f"installing {named}",
            "check the version, the network, and the index that `pip config list` names; then run this again",
        )
    for link in manifest.links:
        _link(PACKAGE.parent / link, _site(home) / link)
    (home / MARKER).write_text(
        json.dumps({"built": time.time(), "requirements": manifest.requirements}), encoding="utf-8"
    )


def _own_pip() -> bool:
    """Whether the pip at hand can install elsewhere (`--python`, since pip 22.3): that saves putting one everywhere."""
    try:
        return tuple(map(int, version("pip").split(".")[:2])) >= (22, 3)
    except (PackageNotFoundError, ValueError):
        return False


def _site(home: Path) -> Path:
    return home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def _link(source: Path, target: Path) -> None:
    """Show a part of the running harness in an environment: a link, so that it is always the code at hand.

    There is no copying where links are not to be had: a copy would go on judging with yesterday's code.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)
    except OSError as error:
        hint = "set BEDROCK_HARNESS_CACHE to a folder on a file system that has symbolic links"
        raise EnvironmentFault(f"can't link {target}: {error.strerror}", hint=hint) from error


def _run(command: list[str], manifest: Manifest, doing: str, hint: str) -> None:
    """Run an installer with the user's own environment, so that pip finds its configuration."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "__PYVENV_LAUNCHER__"}
    variables = {name: value for name, value in os.environ.items() if name not in hidden}
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter's own venv and pip
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=variables,
            timeout=BUILD_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EnvironmentFault(f"{manifest.name}: {doing} took longer than {BUILD_PATIENCE:g} s", hint=hint) from error
    except OSError as error:
        raise EnvironmentFault(f"{manifest.name}: {doing} failed: {error}", hint=hint) from error
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").splitlines()
        raise EnvironmentFault(f"{manifest.name}: {doing} failed", lines=tuple(deque(said, 15)), hint=hint)


@contextlib.contextmanager
def _locked(home: Path, progress: Progress) -> Iterator[None]:
    """Hold the environment's lock; the system lets go of it when the process dies."""
    lock = home.with_name(home.name + ".lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("ab")
    except OSError as error:
        hint = "set BEDROCK_HARNESS_CACHE to a folder that can be written"
        raise EnvironmentFault(f"can't write to {lock.parent}: {error.strerror}", hint=hint) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"{home.name}: waiting for another run that builds it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
