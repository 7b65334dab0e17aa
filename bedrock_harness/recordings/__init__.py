"""Traffic in files: recording it, reading the cassettes that anyone made, judging, counting and playing what is in them."""

from bedrock_harness.recordings.captures import CaptureError, read_capture, read_cassette_request
from bedrock_harness.recordings.cassette import CassetteError, Recorded, find, read
from bedrock_harness.recordings.player import Player
from bedrock_harness.recordings.recorder import Outcome, Recorder
from bedrock_harness.recordings.replay import Examination, Problem, Summary, examine, summarize
from bedrock_harness.recordings.scrub import Scrubber
from bedrock_harness.recordings.tape import Take, Tape
from bedrock_harness.recordings.upstream import Upstream, UpstreamError, make_upstream

__all__ = [
    "CaptureError",
    "CassetteError",
    "Examination",
    "Outcome",
    "Player",
    "Problem",
    "Recorded",
    "Recorder",
    "Scrubber",
    "Summary",
    "Take",
    "Tape",
    "Upstream",
    "UpstreamError",
    "examine",
    "find",
    "make_upstream",
    "read",
    "read_capture",
    "read_cassette_request",
    "summarize",
]
