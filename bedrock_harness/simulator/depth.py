"""How deep JSON stands inside itself.

A reader of JSON goes one call deeper for each collection inside another, and the interpreter allows about a thousand calls.
What has been read at the edge of that cannot be written by code that is called from somewhat deeper: so whoever reads from
a peer asks here first.
"""

from __future__ import annotations

from typing import Any

__all__ = ["MAX_DEPTH", "is_deeper"]

MAX_DEPTH = 200
"""Collections inside one another in a body: more than anybody sends, and a fifth of the calls that the interpreter allows."""


def is_deeper(value: object, most: int = MAX_DEPTH) -> bool:
    """Whether more than so many collections stand inside one another. Goes down level by level, and no further than that."""
    level: list[Any] = [value]
    for _ in range(most + 1):
        level = [one for one in level if isinstance(one, (dict, list))]
        if not level:
            return False
        level = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
    return True
