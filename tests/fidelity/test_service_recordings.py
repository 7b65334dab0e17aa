"""Recordings of the real service as an oracle: what it accepted we accept, what it sent we understand."""

import json
from pathlib import Path

import pytest

from bedrock_harness.recordings import examine, find, read, summarize
from bedrock_harness.service import refusal, rules, validate
from bedrock_harness.service.exceptions import find as find_exception
from bedrock_harness.service.strictness import LEVELS
from tests.shared import shared

REFUSED_FOR_KNOWN_REASONS = {
    "test_anthropic_bedrock_count_tokens_error": "model-counts-tokens",
    "test_model_name_suggestion_bedrock": "model-id-names-a-model",
    "direct-uploaded_file-image-bedrock_claude": "image-not-from-s3",
    "tool_return_content-uploaded_file-image-bedrock_claude": "image-not-from-s3",
    "direct-uploaded_file-video-bedrock_nova": "video-in-result-not-from-s3",
}
"""The end of a file's name to the rule that foresees its refusal: all that the service refused."""


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
            broken = rules.check(recorded.request_body, model=recorded.model, operation=recorded.operation)
            assert (recorded.file.name, violations, broken) == (recorded.file.name, (), ())


def test_what_the_service_refused_is_refused_in_its_words(recordings):
    """Each of the five refusals follows a rule, which answers with the recorded status and the recorded body."""
    foreseen = {}
    for recorded in recordings:
        if not recorded.accepted:
            assert refusal(validate(recorded.operation, recorded.request_body)) is None
            (broken,) = rules.check(recorded.request_body, model=recorded.model, operation=recorded.operation)
            name = Path(recorded.file).stem.rpartition("__")[2].rpartition("matrix_")[2]
            foreseen[name] = broken.rule
            assert find_exception(broken.exception).status == recorded.status
            assert {"message": broken.message} == json.loads(recorded.reply_body)
    assert foreseen == REFUSED_FOR_KNOWN_REASONS


@pytest.mark.parametrize("level", LEVELS)
def test_what_the_service_accepts_today_no_level_refuses(recordings, level):
    """No request that the service was recorded to accept is refused at any named level."""
    for recorded in recordings:
        if recorded.accepted:
            told = {"model": recorded.model, "operation": recorded.operation, "strictness": level}
            assert rules.check(recorded.request_body, **told) == ()
