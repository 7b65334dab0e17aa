"""One mutant as an adapter: `python -m bedrock_harness.mutants NAME` speaks the adapter protocol until its input ends.

Exits with 2 and one line on standard error for a name that no mutant has, with 3 for a mutant that has gone stale.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bedrock_harness.mutants.mutant import StaleMutant, applied
from bedrock_harness.mutants.table import UnknownMutant, find
from bedrock_harness.providers.adapters.kit import serve
from bedrock_harness.providers.adapters.reference.adapter import Reference


def main(arguments: Sequence[str]) -> int:
    """Serve the mutant that is named."""
    if len(arguments) != 1:
        return _complain("name one mutant, or none", 2)
    try:
        mutant = find(arguments[0])
        with applied(mutant):
            provider = Reference()
            provider.name = f"mutant:{mutant.name}"
            serve(provider)
    except UnknownMutant as error:
        return _complain(f"{error}: {error.hint}", 2)
    except StaleMutant as error:
        return _complain(f"{error}: {error.hint}", 3)
    return 0


def _complain(line: str, code: int) -> int:
    sys.stderr.write(f"bedrock_harness.mutants: {line}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
