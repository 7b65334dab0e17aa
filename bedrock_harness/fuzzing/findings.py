"""What fuzzing found, as a file that can be replayed.

A finding names what broke and holds the input: bytes in hexadecimal for a target, Hypothesis's own blob for a property.
Does not know how to run either.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Finding", "UnreadableFinding", "load"]


class UnreadableFinding(Exception):
    """A file that holds no finding."""


class Finding(Struct, frozen=True, kw_only=True):
    """A promise that an input breaks. `error` is the exception's type and message.

    `data` is the input of a target in hexadecimal. A property has `blob` and the `hypothesis` that it is for, where
    Hypothesis gave one, and `example`, the shrunk input as Python would write it.
    """

    kind: Literal["target", "property"]
    name: str
    error: str
    data: str = ""
    example: str = ""
    blob: str = ""
    hypothesis: str = ""

    def save(self, folder: Path) -> Path:
        """Write the finding into `folder` under a name of its own, and return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        identity = sha256(f"{self.name} {self.data} {self.blob} {self.example}".encode()).hexdigest()[:12]
        file = folder / f"{self.name}-{identity}.json"
        file.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        return file


def load(file: Path) -> Finding:
    """Read a finding back. Raises `UnreadableFinding` for a file that holds none."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Finding)
    except OSError as error:
        raise UnreadableFinding(f"{file} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise UnreadableFinding(f"{file} is no finding of this fuzzer: {error}") from error
