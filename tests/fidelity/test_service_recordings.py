"""Recordings of the real service as an oracle: what it accepted we accept, what it sent we understand."""

from pathlib import Path

import pytest

from bedrock_harness.recordings import examine, find, read, summarize
from bedrock_harness.service import refusal, rules, validate
from tests.shared import shared

REFUSED_FOR_KNOWN_REASONS = {
    "direct-uploaded_file-image-bedrock_claude": "image-not-from-s3",
    "tool_return_content-uploaded_file-image-bedrock_claude": "image-not-from-s3",
}
"""Part of a file's name to the rule that foresees its refusal. The others were refused for what only the service knows: a
model id that does not exist, two kinds of content that one model does not take, a model that does not count tokens."""


@pytest.fixture(scope="module")
def recordings():
    return tuple(recorded for file in find([shared("recordings")]) for recorded in read(file))


def test_every_recording_is_read_and_holds():
    """Every frame of every shared recording decodes, every event is typed and in order, every reply fits."""
    files = find([shared("recordings")])
    summary = summarize((examine(recorded) for file in files for recorded in read(file)), files=len(files))
    assert summary.problems == ()
    assert summary.frames == summary.events > 0
    assert (summary.files, summary.exchanges, summary.accepted, summary.refused) == (58, 81, 76, 5)
    assert summary.operations == {"Converse": 72, "ConverseStream": 4, "CountTokens": 5}


def test_the_model_lacks_what_is_known_to_be_lacking():
    """The members that the service sends and the model does not have are these; a new one deserves a look."""
    files = find([shared("recordings")])
    summary = summarize((examine(recorded) for file in files for recorded in read(file)), files=len(files))
    assert {item.rpartition(".")[2] for item in summary.news} <= {
        "cacheReadInputTokenCount",
        "cacheWriteInputTokenCount",
        "serverToolUsage",
    }


def test_what_the_service_accepted_is_accepted(recordings):
    """No shape and no rule accuses a request that the service answered."""
    for recorded in recordings:
        if recorded.accepted:
            violations = validate(recorded.operation, recorded.request_body)
            assert (recorded.file.name, violations) == (recorded.file.name, ())
            if recorded.operation.startswith("Converse"):
                broken = rules.check(recorded.request_body, model=recorded.model)
                assert (recorded.file.name, broken) == (recorded.file.name, ())


def test_of_what_the_service_refused_we_foresee_what_can_be_foreseen(recordings):
    """Two of the five refusals follow a rule, and the rule says what the service said."""
    foreseen = {}
    for recorded in recordings:
        if not recorded.accepted and recorded.operation.startswith("Converse"):
            assert refusal(validate(recorded.operation, recorded.request_body)) is None
            for broken in rules.check(recorded.request_body, model=recorded.model):
                foreseen[Path(recorded.file).stem.partition("matrix_")[2]] = broken.rule
                assert broken.message.encode() in recorded.reply_body
    assert foreseen == REFUSED_FOR_KNOWN_REASONS
