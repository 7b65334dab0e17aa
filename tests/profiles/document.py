"""The generated parts of docs/providers.md: the profiles, what they leave out, and every claim with its test or its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from bedrock_harness.client.credentials import PRECEDENCE
from bedrock_harness.client.options import DEFAULT_OPTIONS
from bedrock_harness.client.retrying import PAUSES
from bedrock_harness.profiles import PROFILES, Profile
from tests.generated import table
from tests.profiles.claims import CAVEATS, REASONS, SYSTEMS, held, ids

__all__ = ["DOCUMENT", "PARTS"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "providers.md"


def profiles() -> str:
    return table(
        "Profile | System | Read in | Its names for Bedrock | Credentials, first one first | Region where nothing says",
        (
            (
                f"`profile:{profile.name}`",
                profile.title,
                f"{profile.documentation}; {profile.code}",
                ", ".join(f"`{alias}`" for alias in profile.aliases),
                ", ".join(f"`{source}`" for source in profile.credential_order or PRECEDENCE),
                f"`{profile.region_default}`",
            )
            for profile in PROFILES
        ),
    )


def choices() -> str:
    return table(
        "Profile | Chooses, other than the reference client",
        (
            (f"`profile:{profile.name}`", ", ".join(f"`{choice}`" for choice in _choices(profile)))
            for profile in PROFILES
        ),
    )


def _choices(profile: Profile) -> Iterator[str]:
    yield from _differing(profile.options, DEFAULT_OPTIONS)
    yield from _differing(profile.pauses, PAUSES, "pauses.")
    if profile.colons != "encoded":
        yield f"colons={profile.colons!r}"


def _differing(value: Struct, usual: Any, place: str = "") -> Iterator[str]:
    """The members of a value that are not the usual ones, each as it would be written."""
    for name in value.__struct_fields__:
        given, other = getattr(value, name), getattr(usual, name)
        if given == other:
            continue
        if isinstance(given, Struct):
            yield from _differing(given, other or type(given)(), f"{place}{name}.")
        else:
            yield f"{place}{name}={given!r}"


def unsupported() -> str:
    lacking = (
        (profile, f"`{name}`", sentence) for profile in PROFILES for name, sentence in profile.unsupported.items()
    )
    limits = ((profile, "", sentence) for profile in PROFILES for sentence in profile.limits)
    rows = sorted((*lacking, *limits), key=lambda row: PROFILES.index(row[0]))
    return table(
        "Profile | Capability | As it is said", ((f"`profile:{profile.name}`", *rest) for profile, *rest in rows)
    )


def claims(letter: str) -> str:
    tests = held()

    def row(number: str) -> tuple[str, str, str]:
        if number in REASONS:
            sentence, reason = REASONS[number]
            return number, sentence, f"Cannot hold. {reason}"
        sentence = " ".join(test.sentence for test in tests[number])
        links = ", ".join(f"[`{test.name}`](../tests/{test.file})" for test in tests[number])
        return number, " ".join(filter(None, (sentence, CAVEATS.get(number)))), links

    return table("Id | Promise | Where it is held", map(row, ids(letter)))


PARTS: dict[str, Callable[[], str]] = {
    "profiles": profiles,
    "choices": choices,
    "unsupported": unsupported,
    **{f"claims {letter}": partial(claims, letter) for letter in SYSTEMS},
}
"""Every generated part by its name, in the order of the document."""
