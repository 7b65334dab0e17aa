"""The properties that long fuzzing searches: each holds for a few examples here, and each finds a defect that is planted."""

from functools import partial

import msgspec
import pytest

from bedrock_harness.fuzzing import properties
from bedrock_harness.fuzzing.oracles import awscrt_installed
from bedrock_harness.fuzzing.promises import PromiseBroken
from bedrock_harness.fuzzing.properties import PROPERTIES
from bedrock_harness.fuzzing.searching import NotReplayable, replay, search
from bedrock_harness.wire.canonical import Request, fold_headers
from bedrock_harness.wire.frames import Frame, FrameDecoder
from bedrock_harness.wire.signing import sign
from bedrock_harness.wire.verification import Verification
from tests.fuzzing.planted import Forgetful, Hasty

BY_NAME = {each.name: each for each in PROPERTIES}


class Shortened(FrameDecoder):
    """A decoder that loses the last byte of a long payload."""

    def feed(self, data):
        return [Frame(frame.headers, frame.payload[:65535]) for frame in super().feed(data)]


class Untyped(FrameDecoder):
    """A decoder that gives every integer as a plain one."""

    def feed(self, data):
        return [
            Frame({name: int(value) if isinstance(value, int) else value for name, value in frame.headers.items()})
            for frame in super().feed(data)
        ]


def once_encoded(request, *arguments, **place):
    """A signer that takes away the second encoding of a path."""
    return sign(
        Request(request.method, request.target.replace("%", ""), request.headers, request.body), *arguments, **place
    )


def folded_in_ascii(pairs):
    """Folding that leaves alone what is not ASCII."""
    return fold_headers(pairs) if pairs[0][1].isascii() else dict(pairs)


PLANTED = {
    "round-trip": partial(properties.check_round_trip, decoder=Untyped),
    "long-frames": partial(properties.check_long_frame, decoder=Shortened),
    "every-split": partial(properties.check_every_split, decoder=Hasty),
    "mutated": partial(properties.check_mutated, decoder=Forgetful),
    "botocore-frames": partial(properties.check_botocore_frames, decoder=Untyped),
    "interleaved": partial(properties.check_reply, folding=lambda events: {"output": {}}),
    "disorder": partial(properties.check_disorder, judge=lambda events: []),
    "botocore-signatures": partial(properties.check_botocore_signature, signer=once_encoded),
    "awscrt-signatures": partial(properties.check_awscrt_signature, signer=once_encoded),
    "accepted": partial(properties.check_accepted, judge=lambda *_, **__: Verification("sigv4")),
    "folding": partial(properties.check_folding, folding=folded_in_ascii),
}


@pytest.mark.parametrize("name", BY_NAME)
def test_every_property_holds(name, tmp_path):
    """A small batch of examples breaks no promise."""
    found = search(BY_NAME[name], seconds=0, database=tmp_path, batch=15)
    assert found.executions >= 15
    assert found.finding is None


@pytest.mark.parametrize("name", BY_NAME)
def test_a_planted_defect_is_found(name, tmp_path):
    """Each property finds broken code, and what it finds can be replayed from the finding alone."""
    broken = msgspec.structs.replace(BY_NAME[name], check=PLANTED[name])
    finding = search(broken, seconds=3, database=tmp_path, batch=200).finding
    assert finding
    assert finding.example
    with pytest.raises(PromiseBroken):
        replay(broken, finding)
    replay(BY_NAME[name], finding)


def test_nothing_is_planted_for_nothing():
    """Each planted defect has its property; only the one that needs awscrt may be missing."""
    assert PLANTED.keys() - BY_NAME.keys() == (set() if awscrt_installed() else {"awscrt-signatures"})


def test_what_was_found_is_tried_first(tmp_path, request):
    """An example in the database fails at once in the next search."""
    if request.config.getoption("--hypothesis-seed") is not None:
        pytest.skip("with a seed of its own Hypothesis reads no database")
    tried = []

    def check(value):
        tried.append(repr(value))
        PLANTED["disorder"](value)

    broken = msgspec.structs.replace(BY_NAME["disorder"], check=check)
    first = search(broken, seconds=3, database=tmp_path, batch=200)
    tried.clear()
    again = search(broken, seconds=3, database=tmp_path, batch=200)
    assert tried[0] == again.finding.example == first.finding.example


def test_a_blob_of_another_hypothesis_is_refused(tmp_path):
    """A finding of another version of Hypothesis cannot be replayed, and shows its example instead."""
    broken = msgspec.structs.replace(BY_NAME["folding"], check=PLANTED["folding"])
    finding = search(broken, seconds=3, database=tmp_path, batch=200).finding
    with pytest.raises(NotReplayable, match=r"for Hypothesis 1\.0"):
        replay(broken, msgspec.structs.replace(finding, hypothesis="1.0"))
