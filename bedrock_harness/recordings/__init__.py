"""Recorded traffic: reading the cassettes that anyone made, and judging what is in them."""

from bedrock_harness.recordings.cassette import CassetteError, Recorded, find, read
from bedrock_harness.recordings.replay import Examination, Problem, Summary, examine, summarize

__all__ = ["CassetteError", "Examination", "Problem", "Recorded", "Summary", "examine", "find", "read", "summarize"]
