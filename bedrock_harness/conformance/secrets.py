"""Credentials where they don't belong: in a request's body or path, in what the caller is told, in a report.

A secret is looked for as it is, percent-encoded, and in base64 at each of its three alignments.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from os.path import commonprefix
from urllib.parse import quote

__all__ = ["leaked", "masked", "spellings"]

_MASK = "***"
_TELLING = 8
"""So much of a secret's beginning or end is taken out too: a text that is quoted may have been cut within the secret."""


def leaked(texts: Iterable[str | bytes], secrets: Iterable[str]) -> bool:
    """Whether any of the texts holds any of the secrets, in any of these spellings."""
    spelled = tuple(spelling for secret in secrets if secret for spelling in spellings(secret))
    return any(
        spelling in (text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
        for text in texts
        for spelling in spelled
    )


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with `***` for every spelling of every secret, and for what is left of one within which the text was cut."""
    found = {spelling.decode() for secret in secrets if secret for spelling in spellings(secret)}
    for spelling in sorted(found, key=len, reverse=True):
        text = text.replace(spelling, _MASK)
    text = _without_beginnings(text, found)
    return _without_beginnings(text[::-1], {spelling[::-1] for spelling in found})[::-1]


def _without_beginnings(text: str, found: set[str]) -> str:
    for begun in {spelling[:_TELLING] for spelling in found}:
        at = text.find(begun)
        while at >= 0:
            said = (text[at : at + len(spelling)] for spelling in found)
            end = at + max(len(commonprefix(both)) for both in zip(said, found, strict=True))  # noqa: RUF071 - letters are meant
            text = f"{text[:at]}{_MASK}{text[end:]}"
            at = text.find(begun, at + len(_MASK))
    return text


@lru_cache(maxsize=64)
def spellings(secret: str) -> tuple[bytes, ...]:
    """The secret as it is, percent-encoded, and as it looks inside a longer base64 text."""
    plain = secret.encode()
    found = {plain, quote(secret, safe="").encode()}
    for shift in range(3):
        # Characters that also encode a neighbour's bits are left out on both sides.
        encoded = b64encode(b"\0" * shift + plain)
        first = -(-shift * 8 // 6)
        last = (shift + len(plain)) * 8 // 6
        found.add(encoded[first:last])
    return tuple(found)
