"""Regular expressions read as recipes: a text that matches one, without ever running it.

A request brings its own patterns, and a pattern can be made to take longer than the universe has. So none is run: it is
taken apart, and a text is put together from its parts, which matches by the way it was made. Read is what schemas mostly
have: characters, classes, groups, alternatives, repetitions, and anchors at an end. Of anything else, such as looking
around or back, it is said that it is not understood.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Callable, Iterable
from functools import lru_cache
from random import Random
from typing import TypeAlias

from msgspec import Struct

__all__ = [
    "Alternatives",
    "Characters",
    "Node",
    "NotUnderstood",
    "Repeated",
    "Sequence",
    "nests_repetitions",
    "parse",
    "text_for",
]

_MOST = 65_536
"""Characters of a text that is made, and of a pattern that is read."""

_DEEPEST = 50
"""Groups inside one another."""

_PRINTABLE = frozenset(string.ascii_letters + string.digits + string.punctuation + " ")
_WORDS = frozenset(string.ascii_letters + string.digits + "_")
_DIGITS = frozenset(string.digits)
_SPACES = frozenset(" \t\n\r\f\v")
_CLASSES: dict[str, frozenset[str]] = {
    "d": _DIGITS,
    "D": _PRINTABLE - _DIGITS,
    "w": _WORDS,
    "W": _PRINTABLE - _WORDS,
    "s": _SPACES,
    "S": _PRINTABLE - _SPACES,
}
_ESCAPED = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
_COUNTS = re.compile(r"\{(\d{1,6})(?:(,)(\d{0,6}))?\}")
_HEX = re.compile(r"x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}")
_GROUP = re.compile(r"\?(?::|P?<[A-Za-z_]\w{0,60}>)")


class NotUnderstood(ValueError):
    """A pattern, or a part of one, that is outside what this module reads."""


class Characters(Struct, frozen=True):
    """One character out of these."""

    of: tuple[str, ...]


class Sequence(Struct, frozen=True):
    """One part after the other."""

    parts: tuple[Node, ...]


class Alternatives(Struct, frozen=True):
    """One of these."""

    of: tuple[Node, ...]


class Repeated(Struct, frozen=True):
    """A part so many times; `most` is None where there is no end."""

    part: Node
    least: int
    most: int | None


Node: TypeAlias = Characters | Sequence | Alternatives | Repeated


def text_for(
    pattern: str,
    random: Random,
    *,
    shortest: int = 0,
    longest: float = math.inf,
    spend: Callable[[], None] = lambda: None,
) -> str:
    """A text that matches the pattern and has a length within these bounds; `spend` is called for each character made.

    Raises NotUnderstood for a pattern that is not read, and where no such length was found.
    """
    node = parse(pattern)
    less, extra, text = 0, 0, _make(node, random, 0, spend)
    while len(text) < shortest and extra < shortest:
        less, extra = extra, min(shortest, 2 * extra or 1)
        text = _make(node, random, extra, spend)
    while len(text) > longest and extra - less > 1:
        middle = (less + extra) // 2
        tried = _make(node, random, middle, spend)
        less, extra, text = (less, middle, tried) if len(tried) >= shortest else (middle, extra, text)
    if shortest <= len(text) <= longest:
        return text
    raise NotUnderstood(f"no text of {shortest} to {longest} characters was found for {pattern[:100]!r}")


def nests_repetitions(pattern: str) -> bool:
    """Whether a repetition without end stands inside another: what makes a search take forever. Raises NotUnderstood."""
    return _nests(parse(pattern), inside=False)


@lru_cache(maxsize=256)
def parse(pattern: str) -> Node:
    """Take a pattern apart. Raises NotUnderstood for what is outside the subset that is read."""
    if len(pattern) > _MOST:
        raise NotUnderstood(f"a pattern of {len(pattern)} characters is too long")
    node, end = _alternatives(pattern, 0, 0)
    if end != len(pattern):
        raise NotUnderstood(f"a parenthesis too many at character {end}")
    return node


# ------------------------------------------------------------------------------------------------------------ reading


def _alternatives(pattern: str, at: int, depth: int) -> tuple[Node, int]:
    if depth > _DEEPEST:
        raise NotUnderstood(f"more than {_DEEPEST} groups inside one another")
    branches: list[Node] = []
    while True:
        branch, at = _sequence(pattern, at, depth)
        branches.append(branch)
        if pattern[at : at + 1] != "|":
            return branches[0] if len(branches) == 1 else Alternatives(tuple(branches)), at
        at += 1


def _sequence(pattern: str, at: int, depth: int) -> tuple[Node, int]:
    parts: list[Node] = []
    while at < len(pattern) and pattern[at] not in "|)":
        sign = pattern[at]
        if (sign == "^" and not parts) or (sign == "$" and pattern[at + 1 : at + 2] in {"", "|", ")"}):
            at += 1
        else:
            part, at = _atom(pattern, at, depth)
            part, at = _repetition(pattern, at, part)
            parts.append(part)
    return Sequence(tuple(parts)), at


def _atom(pattern: str, at: int, depth: int) -> tuple[Node, int]:
    sign = pattern[at]
    if sign == "(":
        return _group(pattern, at + 1, depth)
    if sign == "[":
        return _class(pattern, at + 1)
    if sign == "\\":
        of, at = _escape(pattern, at + 1)
        return Characters(tuple(sorted(of))), at
    if sign == ".":
        return Characters(tuple(string.ascii_lowercase)), at + 1
    if sign in "^$*+?{":
        raise NotUnderstood(f"{sign!r} at character {at}")
    return Characters((sign,)), at + 1


def _group(pattern: str, at: int, depth: int) -> tuple[Node, int]:
    if pattern[at : at + 1] == "?":
        named = _GROUP.match(pattern, at)
        if named is None:
            raise NotUnderstood(f"the group at character {at - 1} looks around or sets a flag")
        at = named.end()
    node, at = _alternatives(pattern, at, depth + 1)
    if pattern[at : at + 1] != ")":
        raise NotUnderstood("a group is not closed")
    return node, at + 1


def _escape(pattern: str, at: int) -> tuple[frozenset[str], int]:
    sign = pattern[at : at + 1]
    if sign in _CLASSES:
        return _CLASSES[sign], at + 1
    if sign in _ESCAPED:
        return frozenset(_ESCAPED[sign]), at + 1
    code = _HEX.match(pattern, at)
    if code:
        return frozenset(chr(int(code[0][1:], 16))), code.end()
    if not sign or sign.isalnum():
        raise NotUnderstood(f"\\{sign} at character {at - 1}")
    return frozenset(sign), at + 1


def _class(pattern: str, at: int) -> tuple[Node, int]:
    negated = pattern[at : at + 1] == "^"
    at += negated
    of: set[str] = set()
    first = True
    while first or pattern[at : at + 1] != "]":
        if at >= len(pattern):
            raise NotUnderstood("a class is not closed")
        low, at = _member(pattern, at)
        first = False
        if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in {"]", ""}:
            high, at = _member(pattern, at + 1)
            if len(low) != 1 or len(high) != 1:
                raise NotUnderstood("a range that does not go from character to character")
            (start,), (end,) = low, high
            of.update(map(chr, range(ord(start), min(ord(end), ord(start) + 255) + 1)))
        else:
            of |= low
    chosen = _PRINTABLE - of if negated else of
    if not chosen:
        raise NotUnderstood("a class that holds nothing printable")
    return Characters(tuple(sorted(chosen))), at + 1


def _member(pattern: str, at: int) -> tuple[frozenset[str], int]:
    if pattern[at] == "\\":
        return _escape(pattern, at + 1)
    return frozenset(pattern[at]), at + 1


def _repetition(pattern: str, at: int, part: Node) -> tuple[Node, int]:
    signs: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    sign = pattern[at : at + 1]
    if sign in signs and sign:
        least, most = signs[sign]
        at += 1
    else:
        counts = _COUNTS.match(pattern, at)
        if counts is None:
            return part, at
        least = int(counts[1])
        most = least if counts[2] is None else int(counts[3]) if counts[3] else None
        at = counts.end()
    return Repeated(part, least, most), at + (pattern[at : at + 1] == "?")


def _nests(node: Node, *, inside: bool) -> bool:
    match node:
        case Characters():
            return False
        case Sequence():
            return any(_nests(part, inside=inside) for part in node.parts)
        case Alternatives():
            return any(_nests(part, inside=inside) for part in node.of)
        case Repeated():
            endless = node.most is None
            return (inside and endless) or _nests(node.part, inside=inside or endless)


# ------------------------------------------------------------------------------------------------------------- making


def _make(node: Node, random: Random, extra: int, spend: Callable[[], None]) -> str:
    """A text by the recipe, each repetition so many times more than it must be, where it may."""
    match node:
        case Characters():
            spend()
            return random.choice(node.of)
        case Sequence():
            return _joined(_make(part, random, extra, spend) for part in node.parts)
        case Alternatives():
            return _make(random.choice(node.of), random, extra, spend)
        case Repeated():
            times = node.least + extra if node.most is None else min(node.most, node.least + extra)
            return _joined(_make(node.part, random, extra, spend) for _ in range(times))


def _joined(parts: Iterable[str]) -> str:
    made: list[str] = []
    size = 0
    for number, part in enumerate(parts):
        made.append(part)
        size += len(part)
        if max(size, number) > _MOST:
            raise NotUnderstood(f"it asks for more than {_MOST} characters")
    return "".join(made)
