"""What the simulator says in words: plain sentences from a seed, which take up what was asked.

No model is asked and none is imitated. A reader sees at once where the words come from, and finds in them what the
request said, so that a conversation can be followed on a screen and asserted in a test.
"""

from __future__ import annotations

from random import Random

from bedrock_harness.simulator.speaking.asked import Asked, Attachment, Result
from bedrock_harness.simulator.speaking.wording import topics_of

__all__ = ["continued", "reply", "telling_results", "thought", "uncalled"]

_ECHO = 24
"""Words of the question that an answer repeats."""

_NAMED = 5
"""Tools that an answer names where it calls none."""

_RESULT = 400
"""Characters of a tool's result that an answer repeats."""

_OPENINGS = (
    "You said: “{echo}”.",
    "You asked: “{echo}”.",
    "I read: “{echo}”.",
    "Here is an answer to “{echo}”.",
)

_SENTENCES = (
    "As for {topic}, these words come from a seed and not from a model.",
    "The same request gets the same answer each time, {topic} or not.",
    "One could say more on {topic}, and a model would.",
    "What matters about {topic} here is that it arrived and was understood.",
    "Nothing about {topic} was looked up anywhere.",
    "With {topic} in mind, everything else in the request was read as well.",
    "A script or a canned answer would say something better about {topic}.",
    "There is always another side to {topic}.",
    "So much for {topic}, and on to the next thing.",
    "First comes {topic}, then whatever follows from it.",
)

_THOUGHTS = (
    "The user wants to know about {topic}.",
    "I should take up {topic} and keep it short.",
    "There is nothing to look up, so I can answer at once.",
    "The request mentions {topic}, which is enough to go on.",
)


def reply(asked: Asked, random: Random) -> str:
    """An answer in words: what was asked, what came with it, and a few sentences on it."""
    parts = [random.choice(_OPENINGS).format(echo=_shortened(asked.text))] if asked.text.strip() else []
    parts += [_seen(attachment) for attachment in asked.attachments]
    parts += _some(_SENTENCES, asked.text, random, random.randint(2, 3))
    return " ".join(parts)


def continued(asked: Asked, random: Random) -> str:
    """The rest of an answer whose beginning the request brought. It begins with a space, since the other ends without."""
    return " and so on. " + " ".join(_some(_SENTENCES, asked.text, random, 2))


def telling_results(results: tuple[Result, ...], random: Random) -> str:
    """An answer that tells what the tools gave back."""
    parts = []
    for result in results:
        subject = f"The tool {result.name}" if result.name else "The tool"
        said = " ".join(result.text.split()) or "nothing"
        parts.append(f"{subject} {'failed' if result.failed else 'answered'}: {said[:_RESULT]}.")
    return " ".join([*parts, *_some(_SENTENCES, results[0].text, random, 1)])


def uncalled(asked: Asked) -> str:
    """A sentence on why none of the offered tools was called, and how to have one called."""
    names = ", ".join([*(tool.name for tool in asked.tools[:_NAMED]), *["…"] * (len(asked.tools) > _NAMED)])
    return f"No tool was called, since the request shares no word with {names}; name one, or set toolChoice."


def thought(asked: Asked, random: Random) -> str:
    """What goes before an answer as reasoning."""
    return " ".join(_some(_THOUGHTS, asked.text, random, 2))


def _some(sentences: tuple[str, ...], about: str, random: Random, count: int) -> list[str]:
    """That many different sentences, each with a topic of the text, or with "this" where it has none."""
    topics = topics_of(about) or ("this",)
    return [sentence.format(topic=random.choice(topics)) for sentence in random.sample(sentences, count)]


def _shortened(text: str) -> str:
    words = text.split()
    return " ".join(words) if len(words) <= _ECHO else f"{' '.join(words[:_ECHO])} …"


_SEEN = {
    "audio": "I listened to the sound",
    "document": "I read the document",
    "image": "I looked at the image",
    "searchResult": "I read the search result",
    "video": "I watched the video",
}


def _seen(attachment: Attachment) -> str:
    name = f" “{attachment.name}”" if attachment.name else ""
    format_ = f" ({attachment.format})" if attachment.format else ""
    return f"{_SEEN[attachment.kind]}{name}{format_}."
