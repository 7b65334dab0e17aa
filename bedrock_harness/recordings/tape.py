"""Writing a cassette: exchanges as they end, scrubbed, in vcrpy's form, with what vcrpy drops beside it.

The file is whole at every moment. Each exchange is put behind those before it in a new file, which then takes the old one's
place; a reader, and a machine that stops, see one or the other. The largest cassette that is read has 64 MiB, so that even
then this copies for less time than a model takes to answer.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from bedrock_harness import __version__
from bedrock_harness.recordings.cassette import CassetteError
from bedrock_harness.recordings.chunks import KEY, Timing
from bedrock_harness.recordings.scrub import Scrubber
from bedrock_harness.wire.sigv4 import Request

__all__ = ["EVENT_STREAM", "Take", "Tape", "interaction"]

EVENT_STREAM = "application/vnd.amazon.eventstream"
"""The Content-Type of a reply of ConverseStream."""

_HEAD = f"""\
# Made by `bedrock-harness record` {__version__}. vcrpy can replay it. Credentials, signatures, dates of signing and account ids
# have been taken out. `{KEY}` holds origin, date, model, chunk offsets and times: docs/recordings.md.
version: 1
interactions:"""


class Take(Struct, frozen=True, kw_only=True):
    """One exchange as it went by, not scrubbed yet. `secrets` are all that may be in it."""

    request: Request
    status: int
    reason: str
    reply_headers: tuple[tuple[str, str], ...]
    reply_body: bytes
    timing: Timing
    secrets: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"<Take of {self.request.method} {self.timing.operation}, {self.status}>"


def interaction(take: Take, scrubber: Scrubber) -> dict[str, Any]:
    """An exchange as an interaction of a cassette, in plain values, scrubbed."""
    streamed = any(name.lower() == "content-type" and EVENT_STREAM in value for name, value in take.reply_headers)
    reply_body = scrubber.stream(take.reply_body) if streamed else scrubber.data(take.reply_body)
    recorded = msgspec.to_builtins(take.timing, builtin_types=())
    recorded |= {
        "origin": scrubber.text(take.timing.origin),
        "model": take.timing.model and scrubber.text(take.timing.model),
    }
    return {
        "request": {
            "method": take.request.method,
            "uri": _readable(scrubber.text(take.timing.origin + take.request.target)),
            "headers": _listed(scrubber.headers(take.request.headers)),
            "body": _plain(scrubber.data(take.request.body)) if take.request.body else None,
        },
        "response": {
            "status": {"code": take.status, "message": take.reason},
            "headers": _listed(scrubber.headers(take.reply_headers)),
            "body": {"string": _plain(reply_body)},
        },
        KEY: recorded,
    }


class Tape:
    """A cassette that is being written. `keep` may be called from any thread; what it adds is on disk when it returns.

    Raises CassetteError for a file that is there already, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = 0
        self._lock = Lock()
        if path.exists():
            raise CassetteError(path, "a cassette is not written over", "Give another name, or remove the file first.")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._replace(f"{_HEAD} []\n".encode())

    def keep(self, take: Take) -> None:
        """Add an exchange."""
        plain = interaction(take, Scrubber(take.secrets))
        text = yaml.dump([plain], Dumper=_Dumper, encoding="utf-8", sort_keys=False, width=120)
        with self._lock:
            before = self.path.read_bytes() if self.kept else f"{_HEAD}\n".encode()
            self._replace(before + text)
            self.kept += 1

    def close(self) -> None:
        """Have done. A cassette with nothing in it is removed."""
        with self._lock:
            if not self.kept:
                self.path.unlink(missing_ok=True)

    def _replace(self, content: bytes) -> None:
        """Put a new file in place of the old one, in one step."""
        new: Path | None = None
        try:
            with tempfile.NamedTemporaryFile(
                dir=self.path.parent, prefix=f".{self.path.name}.", suffix=".tmp", delete=False
            ) as file:
                new = Path(file.name)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            if new is not None:
                new.unlink(missing_ok=True)
            hint = "Give a name in a folder that can be written to."
            raise CassetteError(self.path, f"it cannot be written: {error.strerror}", hint) from error


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc] # libyaml's, where PyYAML was built with it
    """Plain YAML; a list of numbers alone stands on one line."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        """No anchors: two headers of the same value are two headers."""
        return True


def _numbers_on_a_line(dumper: Any, values: list[Any]) -> Any:
    flat = bool(values) and all(isinstance(value, int) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=flat)


_Dumper.add_representer(list, _numbers_on_a_line)


def _listed(headers: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Headers as vcrpy keeps them: names in their order, each with its values."""
    listed: dict[str, list[str]] = {}
    for name, value in headers:
        listed.setdefault(name, []).append(_readable(value))
    return listed


def _readable(value: str) -> str:
    """Text of the wire that YAML can hold: bytes that are no UTF-8 are written out."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _plain(body: bytes) -> str | bytes:
    """Text where it is UTF-8, else bytes, which YAML keeps as `!!binary`: what vcrpy does as well."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body
