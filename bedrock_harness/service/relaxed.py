"""Where a request breaks what the service asked for once and asks for no more: patterns that its model has widened.

Said in the words of the first validation layer, whose patterns today are botocore's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedrock_harness.service.breaches import Breach
from bedrock_harness.service.conversation import Request, inside

__all__ = ["NAME", "TOOL_USE_ID", "tool_names_were_narrower", "tool_use_ids_were_narrower"]

NAME = "[a-zA-Z][a-zA-Z0-9_]*"
"""The first pattern of a tool's name (elastic/kibana#206487)."""

TOOL_USE_ID = "[a-zA-Z0-9_-]+"
"""The first pattern of a tool use id (vercel/ai#13326), which knew neither dot nor colon."""


def tool_names_were_narrower(request: Request) -> Iterator[Breach]:
    """A tool's name begins with a letter and has no hyphen."""
    for place, tool in enumerate(request.tools):
        name = inside(tool, "toolSpec", "name")
        if isinstance(name, str) and name and not re.fullmatch(NAME, name):
            theirs = f"toolConfig.tools.{place + 1}.member.toolSpec.name"
            yield f"toolConfig.tools.{place}.toolSpec.name", {"value": name[:200], "theirs": theirs, "pattern": NAME}


def tool_use_ids_were_narrower(request: Request) -> Iterator[Breach]:
    """A tool use id has letters, digits, hyphens and underscores only."""
    for member in ("toolUse", "toolResult"):
        for block, given in request.holding(member):
            id_ = inside(given, "toolUseId")
            if isinstance(id_, str) and id_ and not re.fullmatch(TOOL_USE_ID, id_):
                theirs = f"messages.{block.turn + 1}.member.content.{block.index + 1}.member.{member}.toolUseId"
                path = f"{block.path}.{member}.toolUseId"
                yield path, {"value": id_[:200], "theirs": theirs, "pattern": TOOL_USE_ID}
