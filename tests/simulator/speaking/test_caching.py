"""The prompt cache: what a request reads from it and writes to it, as its usage tells."""

import pytest

from bedrock_harness.simulator.speaking import Speaker
from bedrock_harness.simulator.speaking.caching import PromptCache
from bedrock_harness.simulator.speaking.manners import manner_of
from bedrock_harness.simulator.speaking.prompt import lay_out
from tests.simulator.speaking.made import (
    CLAUDE,
    GPT_OSS,
    HAIKU,
    NOVA,
    WEATHER,
    asking,
    assert_sendable,
    assistant,
    user,
)

LONG = "The same words over and over again. " * 200
POINT = {"cachePoint": {"type": "default"}}
HOUR = {"cachePoint": {"type": "default", "ttl": "1h"}}


def counts(answer):
    """Tokens read from the cache and written to it."""
    return answer.usage.cache_read, answer.usage.cache_write


def prompted(question, *points, text=LONG):
    """A long system prompt with these cache points behind it, and a question."""
    return asking(question, system=[{"text": text}, *points])


def test_a_prefix_is_written_once_and_read_after():
    """The first request writes the prefix, the second reads it; what follows it is plain input each time."""
    speaker = Speaker()
    first, second = (speaker.answer(prompted(question, POINT), CLAUDE) for question in ("One?", "Two, please?"))
    prefix = speaker.count({"messages": [], "system": [{"text": LONG}]})
    assert counts(first) == (0, prefix)
    assert counts(second) == (prefix, 0)
    assert (first.usage.cache_details, second.usage.cache_details) == ({"5m": prefix}, {})
    assert first.usage.input == speaker.count(asking("One?"))
    for answer in (first, second):
        assert_sendable(answer)


def test_a_conversation_that_grows_writes_what_is_new():
    """Each turn reads all up to the last cache point and writes up to its own: recorded of Claude Sonnet 4.5."""
    speaker = Speaker()
    turns = [user(LONG, POINT)]
    first = speaker.answer(asking(*turns), CLAUDE)
    turns = [user(LONG), assistant("Yes."), user("And now? " * 20, POINT)]
    second = speaker.answer(asking(*turns), CLAUDE)
    assert counts(second)[0] == counts(first)[1]
    assert 0 < counts(second)[1] < 100
    assert second.usage.input == 0


@pytest.mark.parametrize(("point", "seconds"), [(POINT, 300), (HOUR, 3_600)])
def test_a_prefix_is_forgotten_when_its_time_is_over(point, seconds):
    """A prefix lives five minutes or an hour, as its cache point says, and not a second longer."""
    for later, remembered in ((seconds - 1, True), (seconds, False)):
        speaker = Speaker()
        speaker.answer(prompted("One?", point), CLAUDE, now=1_000.0)
        read, _ = counts(speaker.answer(prompted("Two?", point), CLAUDE, now=1_000.0 + later))
        assert bool(read) is remembered


def test_reading_renews_a_prefix():
    """A prefix that is read every four minutes is still there after twelve."""
    speaker = Speaker()
    answers = [speaker.answer(prompted("Again?", POINT), CLAUDE, now=240.0 * turn) for turn in range(4)]
    assert [bool(counts(answer)[0]) for answer in answers] == [False, True, True, True]


def test_details_tell_the_times_to_live_apart():
    """With two cache points of different life, what is written is told for each; together it is all that was written."""
    body = asking(user(LONG, POINT), system=[{"text": LONG}, HOUR])
    usage = Speaker().answer(body, CLAUDE).usage
    assert list(usage.cache_details) == ["1h", "5m"]
    assert sum(usage.cache_details.values()) == usage.cache_write


def test_a_changed_prefix_is_not_read():
    """One word changed at the beginning, and nothing is read; tools, system and messages come in this order."""
    speaker = Speaker()
    speaker.answer(prompted("One?", POINT), CLAUDE)
    assert counts(speaker.answer(prompted("One?", POINT, text=f"New. {LONG}"), CLAUDE))[0] == 0
    with_tools = {**prompted("One?", POINT), "toolConfig": {"tools": [WEATHER]}}
    assert counts(speaker.answer(with_tools, CLAUDE))[0] == 0


def test_another_model_has_a_cache_of_its_own():
    """What one model has written, another cannot read."""
    speaker = Speaker()
    speaker.answer(prompted("One?", POINT), CLAUDE)
    assert counts(speaker.answer(prompted("One?", POINT), "us.anthropic.claude-sonnet-4-6"))[0] == 0


@pytest.mark.parametrize(("model", "cached"), [(CLAUDE, True), (NOVA, True), (HAIKU, False), (GPT_OSS, False)])
def test_each_family_has_its_own_minimum(model, cached):
    """1,400 tokens are enough for Sonnet and Nova, not for Haiku 4.5, and gpt-oss caches nothing at all."""
    usage = Speaker().answer(prompted("One?", POINT), model).usage
    assert 1_024 < Speaker().count(prompted("One?", POINT)) < 4_096
    assert bool(usage.cache_write) is cached


def test_claude_tells_of_its_cache_and_others_do_not():
    """With no cache point, Claude's usage has zeros, as recorded; that of other families has no such members."""
    assert counts(Speaker().answer(asking("Hello."), CLAUDE)) == (0, 0)
    assert counts(Speaker().answer(asking("Hello."), NOVA)) == (None, None)


def test_claude_finds_a_prefix_a_few_blocks_back():
    """Claude looks back 20 blocks ahead of a cache point for a prefix that it knows; Nova wants the point where it was."""
    for model, found in ((CLAUDE, True), (NOVA, False)):
        for blocks, near in ((5, True), (30, False)):
            speaker = Speaker()
            speaker.answer(asking(user(LONG, POINT)), model)
            read, _ = counts(speaker.answer(asking(user(LONG, *["More."] * blocks, POINT)), model))
            assert bool(read) is (found and near)


def test_memory_is_bounded():
    """However many prefixes are written, only so many are remembered, the last ones used."""
    cache = PromptCache(most=3)
    manner = manner_of(CLAUDE)

    def account(number):
        pieces = lay_out(prompted("?", POINT, text=f"{number} {LONG}"))
        return cache.account(pieces, model=CLAUDE, manner=manner, now=0.0).read

    assert [account(number) for number in (1, 2, 3)] == [0, 0, 0]
    assert account(1)
    assert [account(4), len(cache)] == [0, 3]
    assert account(1)
    assert not account(2)


def test_time_that_is_not_given_stands_still():
    """Without `now` it is as late as it was: what was alive then is alive, and what was forgotten stays so."""
    speaker = Speaker()
    speaker.answer(prompted("One?", POINT), CLAUDE, now=5_000.0)
    assert counts(speaker.answer(prompted("Two?", POINT), CLAUDE))[0]
    speaker.answer(asking("Later."), CLAUDE, now=5_400.0)
    assert not counts(speaker.answer(prompted("Three?", POINT), CLAUDE))[0]
