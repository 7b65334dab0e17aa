"""A profile as an adapter: `python -m bedrock_harness.providers.adapters.profiled NAME`, the reference client with its choices.

Credentials and region come with each conversation, so that a profile's order of sources has no say here. Exits with 2 and one
line on standard error for a name that no profile has.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from msgspec.structs import replace

from bedrock_harness.profiles import Profile, UnknownProfile, client_arguments, find
from bedrock_harness.providers.adapters.kit import serve
from bedrock_harness.providers.adapters.reference.adapter import Reference

__all__ = ["Profiled", "main"]


class Profiled(Reference):
    """The reference client as a profile configures it."""

    def __init__(self, profile: Profile) -> None:
        self.name = f"profile:{profile.name}"
        self.capabilities = tuple(name for name in Reference.capabilities if name not in profile.unsupported)
        self.unsupported = dict(profile.unsupported)
        # What is judged is Converse: for ReqLLM that is its documented option `use_converse: true`.
        options = replace(profile.options, use_converse=True)
        self.manners = {**client_arguments(profile), "options": options, "precedence": None}


def main(arguments: Sequence[str]) -> int:
    """Serve the profile that is named."""
    try:
        (name,) = arguments
        profile = find(name)
    except UnknownProfile as error:
        return _complain(f"{error}: {error.hint}")
    except ValueError:
        return _complain("name one profile")
    serve(Profiled(profile))
    return 0


def _complain(line: str) -> int:
    sys.stderr.write(f"bedrock_harness.providers.adapters.profiled: {line}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
