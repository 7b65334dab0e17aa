"""What the simulator says to requests that were really made, beside what Bedrock said to them."""

import json
from collections import Counter
from statistics import median

import pytest

from bedrock_harness.recordings.cassette import find, read
from bedrock_harness.simulator.speaking import Speaker
from tests.shared import shared
from tests.simulator.speaking.made import assert_sendable


@pytest.fixture(scope="module")
def answered():
    """The recorded Converse requests that Bedrock accepted, each with our answer and the recorded reply."""
    speaker = Speaker()
    return [
        (speaker.answer(recorded.request_body, recorded.model), json.loads(recorded.reply_body))
        for recorded in (one for file in find([shared("recordings")]) for one in read(file))
        if recorded.operation == "Converse" and recorded.accepted
    ]


def test_every_recorded_request_is_answered(answered):
    """Whatever applications have asked of Bedrock, the answer is one that Bedrock could have given."""
    assert len(answered) > 50
    for given, _ in answered:
        assert_sendable(given)


def test_answers_end_as_recorded_ones_did(answered):
    """Tools are called where the model called them, and nowhere else: nine times in ten the stop reason is the recorded one."""
    ends = Counter((reply["stopReason"], given.stop) for given, reply in answered)
    assert sum(count for (recorded, ours), count in ends.items() if recorded == ours) >= 0.9 * ends.total(), ends


def test_counts_are_about_as_recorded(answered):
    """Half of the prompts count between half and twice what Bedrock counted."""
    ratios = []
    for given, reply in answered:
        usage, ours = reply["usage"], given.usage
        recorded = usage["inputTokens"] + usage.get("cacheReadInputTokens", 0) + usage.get("cacheWriteInputTokens", 0)
        ratios.append((ours.input + (ours.cache_read or 0) + (ours.cache_write or 0)) / recorded)
    assert 0.5 < median(ratios) < 2
