"""The words of a text: which of them say what it is about, and what a tool could be called with."""

from __future__ import annotations

import re

from bedrock_harness.simulator.speaking.values import Hints

__all__ = ["hints_of", "stems_of", "topics_of"]

_LONGEST = 16_384
"""Characters of a text that are looked at: what a request is about, it says soon."""

_NATURAL = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+|\d+")
_QUOTED = re.compile(r"[\"“`']([^\"“”`'\n]{1,80})[\"”`']")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-zà-öø-ÿ]+(?:[ -][A-Z][a-zà-öø-ÿ]+)*")
_NUMBER = re.compile(r"(?<![\w.])-?\d{1,12}(?:\.\d{1,6})?(?![\w.])")

_STOP_WORDS = frozenset(
    "a about all am an and any are as at be been but by can could did do does don't for from get give had has have how i "  # noqa: SIM905 - words read best as words
    "i'm if in into is it it's its just let let's list make me my no not of on or our out please say set should show so "
    "some tell than that that's the their them then there these they this to up us use using want was we were what "
    "what's when where which who why will with would you your".split()
)
"""Words that say nothing of what a text is about."""

_ENDINGS = ("ing", "ed", "s")


def topics_of(text: str) -> tuple[str, ...]:
    """The words that say what a text is about, as they are written, each once, in order."""
    words = (word for word in _NATURAL.findall(text[:_LONGEST]) if word.lower() not in _STOP_WORDS and len(word) > 1)
    return tuple(dict.fromkeys(words))


def stems_of(text: str) -> dict[str, int]:
    """The stems of such words in small letters, each with the place of its first appearance, counted in characters.

    Names such as `get_weather` and `getWeather` are taken apart, and endings that mostly change nothing are left off.
    """
    stems: dict[str, int] = {}
    for match in _PART.finditer(text[:_LONGEST]):
        word = match[0].lower()
        if word not in _STOP_WORDS and len(word) > 1:
            stems.setdefault(_stem(word), match.start())
    return stems


def hints_of(text: str) -> Hints:
    """Quotations and capitalised names, a sentence's first word aside, and numbers, each in order and once."""
    searched = text[:_LONGEST]
    words = [*_QUOTED.findall(searched), *_NAME.findall(searched)]
    numbers = [float(number) if "." in number else int(number) for number in _NUMBER.findall(searched)]
    return Hints(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(numbers)))


def _stem(word: str) -> str:
    """A word as it is in most of its forms: `cities` and `city` are `citi`, `files` and `filing` are `fil`."""
    ending = next((ending for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) >= 3), "")
    bare = word.removesuffix(ending).removesuffix("e")
    return f"{bare[:-1]}i" if bare.endswith("y") else bare
