"""Hypothesis strategies for what goes over the wire: frames and their bytes, streamed replies, requests to sign.

Needs Hypothesis, which comes with the `test` extra. Everything else of the package works without it.
"""

from bedrock_harness.fuzzing.promises import FuzzingUnavailable

try:
    import hypothesis  # noqa: F401 - to say in our words that it is missing
except ImportError as error:
    raise FuzzingUnavailable(
        "the strategies need Hypothesis, which is not installed: install bedrock-harness[test]"
    ) from error

from bedrock_harness.fuzzing.strategies.events import Replied, disorders, replies
from bedrock_harness.fuzzing.strategies.frames import cuts, edits, frames, header_values, long_frames, pieces, streams
from bedrock_harness.fuzzing.strategies.requests import credentials, places, requests, targets

__all__ = [
    "Replied",
    "credentials",
    "cuts",
    "disorders",
    "edits",
    "frames",
    "header_values",
    "long_frames",
    "pieces",
    "places",
    "replies",
    "requests",
    "streams",
    "targets",
]
