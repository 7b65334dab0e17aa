"""A request while it is being made: its body so far, what was chosen, and what has been noted.

Every step of `prepare` takes a draft and returns another. Nothing here knows what a step does.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bedrock_harness.client.options import Note, Options
from bedrock_harness.client.requests.names import Names

__all__ = ["Draft"]


class Draft(Struct, frozen=True):
    """An unfinished request. `body` is in Converse's shape; `answer_tool` is the tool whose call is the answer (R17)."""

    operation: str
    model: str
    options: Options
    body: dict[str, Any]
    notes: tuple[Note, ...] = ()
    names: Names = Names()
    answer_tool: str | None = None

    def with_body(self, *notes: Note, **members: Any) -> Draft:
        """A draft with these members in place of its own, None for none, and these notes besides."""
        body = {name: value for name, value in {**self.body, **members}.items() if value is not None}
        return replace(self, body=body, notes=(*self.notes, *notes))

    def noting(self, *notes: Note) -> Draft:
        """A draft with these notes besides."""
        return replace(self, notes=(*self.notes, *notes))
