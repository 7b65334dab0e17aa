"""From a name on the command line to a manifest: what a provider's adapter is and how it is run.

A bundled adapter is a folder beside this module with an `adapter.toml`; anybody's own is such a folder elsewhere, a
class, or a command line. This module reads manifests; it builds no environment and starts nothing.
"""

import difflib
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct, field, structs

__all__ = ["Manifest", "ManifestError", "UnknownProvider", "known", "resolve"]

ADAPTERS: Final = Path(__file__).parent / "adapters"

KIT: Final = "bedrock_harness.providers.adapters.kit"
PROFILED: Final = "bedrock_harness.providers.adapters.profiled"

VERSION: Final = re.compile(
    r"v?(\d+!)?\d+(\.\d+)*([-_.]?[a-z]+[-_.]?\d*)*(-\d+)?(\+[a-z0-9]+([-_.][a-z0-9]+)*)?", re.IGNORECASE
)
"""A version as PEP 440 has it, a little wider; pip has the last word."""

REQUIREMENT: Final = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?")
"""The name and the extras at the beginning of a PEP 508 requirement."""


class UnknownProvider(ValueError):
    """There is no provider of that name, or its name can't be read. `hint` lists what there is."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class ManifestError(ValueError):
    """An adapter.toml can't be read or is wrong; `hint` says how it should be."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.hint = "docs/adapters.md, section The manifest, shows a whole one"


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an adapter is. In `adapter.toml` all but `spec` and `folder`."""

    name: str
    language: str
    command: tuple[str, ...]
    """The program and its arguments; `{python}` is the environment's interpreter, `{folder}` the manifest's folder."""
    summary: str = ""
    package: str | None = None
    """The package whose version is the provider's, and which `name@version` chooses."""
    requirements: tuple[str, ...] = ()
    """Python packages as pip names them, for an environment of the adapter's own."""
    links: tuple[str, ...] = ()
    """Files and folders of the running harness to be seen in that environment, such as `bedrock_harness/wire`."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables for the adapter's process."""
    reach: Literal["endpoint", "proxy"] = "endpoint"
    """How its calls are led to the simulator: by the endpoint that `open` gives, or, for a provider that takes none, by a
    proxy that its process finds in HTTPS_PROXY."""
    spec: str = ""
    """As named on the command line."""
    folder: Path | None = None


def known() -> tuple[Manifest, ...]:
    """The bundled adapters, sorted by name."""
    return tuple(_load(path, path.parent.name) for path in sorted(ADAPTERS.glob("*/adapter.toml")))


def resolve(spec: str) -> Manifest:
    """The manifest for a spec: `NAME`, `NAME@VERSION`, `mutant:NAME`, `profile:NAME`, `python:MODULE:CLASS`, `command:...`
    or a path.

    Raises:
        UnknownProvider: there is none, with the nearest match and all that there are.
        ManifestError: its manifest is wrong.
    """
    scheme, colon, rest = spec.partition(":")
    if colon and scheme in SCHEMES:
        return SCHEMES[scheme](spec, rest)
    path = Path(spec)
    if os.sep in spec or path.suffix == ".toml":
        return _from_path(spec, path)
    name, at, version = spec.partition("@")
    manifests = {manifest.name: manifest for manifest in known()}
    if name not in manifests:
        raise _unknown(name, tuple(manifests))
    manifest = structs.replace(manifests[name], spec=spec)
    return _with_version(manifest, version) if at else manifest


def _mutant(spec: str, name: str) -> Manifest:
    if not name:
        raise UnknownProvider("mutant: needs a name", "for example mutant:NAME; `bedrock-harness mutants` lists them")
    return Manifest(
        name=spec,
        language="python",
        summary="the reference client with one known defect",
        command=(sys.executable, "-m", "bedrock_harness.mutants", name),
        environment=_own_path(),
        spec=spec,
    )


def _profile(spec: str, name: str) -> Manifest:
    from bedrock_harness.profiles import (
        UnknownProfile,
        find,
    )  # brings the client along, which naming others does not need

    try:
        profile = find(name)
    except UnknownProfile as error:
        raise UnknownProvider(str(error), error.hint) from error
    return Manifest(
        name=spec,
        language="python",
        summary=f"the reference client as {profile.title} is documented",
        command=(sys.executable, "-m", PROFILED, name),
        environment=_own_path(),
        spec=spec,
    )


def _class(spec: str, rest: str) -> Manifest:
    module, colon, name = rest.partition(":")
    if not (colon and name.isidentifier() and all(part.isidentifier() for part in module.split("."))):
        raise UnknownProvider(f"can't read {spec!r}", "write python:MODULE:CLASS, for example python:acme.adapter:Acme")
    return Manifest(
        name=name,
        language="python",
        summary=f"the class {name} of {module}",
        command=(sys.executable, "-m", KIT, rest),
        environment=_own_path(),
        spec=spec,
    )


def _command(spec: str, rest: str) -> Manifest:
    try:
        command = tuple(shlex.split(rest))
    except ValueError as error:
        raise UnknownProvider(
            f"can't read the command line {rest!r}: {error}", "quote it as a shell would have it"
        ) from error
    if not command:
        raise UnknownProvider("command: needs a command line", "for example 'command:node adapter.js'")
    return Manifest(name=Path(command[0]).name, language="unknown", summary=rest, command=command, spec=spec)


SCHEMES: Final[dict[str, Callable[[str, str], Manifest]]] = {
    "command": _command,
    "mutant": _mutant,
    "profile": _profile,
    "python": _class,
}
"""What a spec can begin with, and how the rest of it is read."""


def _own_path() -> dict[str, str]:
    """The harness's own import path, for programs that run in its environment."""
    return {"PYTHONPATH": os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)}


def _from_path(spec: str, path: Path) -> Manifest:
    file = path / "adapter.toml" if path.is_dir() else path
    if not file.is_file():
        raise UnknownProvider(
            f"there is no adapter.toml at {spec}", "name the folder that holds adapter.toml, or the file"
        )
    return _load(file, spec)


def _load(file: Path, spec: str) -> Manifest:
    try:
        manifest = msgspec.toml.decode(file.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ManifestError(f"{file}: {error}") from error
    if not manifest.command:
        raise ManifestError(f"{file}: the command is empty")
    return structs.replace(manifest, spec=spec, folder=file.parent.resolve())


def _with_version(manifest: Manifest, version: str) -> Manifest:
    package = manifest.package
    if package is None or not any(_named(requirement, package) for requirement in manifest.requirements):
        raise UnknownProvider(
            f"{manifest.name} has no versions to choose from", f"name it without a version: {manifest.name}"
        )
    if version != "latest" and not VERSION.fullmatch(version):
        raise UnknownProvider(
            f"{version!r} is no version", f"write {manifest.name}@1.2.3 or {manifest.name}@latest, without a range"
        )
    wanted = "" if version == "latest" else f"=={version}"
    requirements = tuple(
        _bare(requirement) + wanted if _named(requirement, package) else requirement
        for requirement in manifest.requirements
    )
    return structs.replace(manifest, requirements=requirements)


def _bare(requirement: str) -> str:
    """The requirement without its version: name and extras."""
    match = REQUIREMENT.match(requirement)
    return match.group(1) + (match.group(2) or "") if match else requirement


def _named(requirement: str, package: str) -> bool:
    match = REQUIREMENT.match(requirement)
    return match is not None and _canonical(match.group(1)) == _canonical(package)


def _canonical(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _unknown(name: str, names: tuple[str, ...]) -> UnknownProvider:
    nearest = difflib.get_close_matches(name, names, n=1)
    meant = f" Did you mean {nearest[0]}?" if nearest else ""
    others = "mutant:NAME, profile:NAME, python:MODULE:CLASS, command:..., or a path to an adapter.toml"
    return UnknownProvider(f"there is no provider {name!r}.{meant}", f"known are {', '.join(names)}; or {others}")
