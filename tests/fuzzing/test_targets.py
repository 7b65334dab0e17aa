"""The targets of coverage-guided fuzzing: sound code passes them, and each finds a defect that is planted."""

from functools import partial

import msgspec
import pytest
import yaml

from bedrock_harness.fuzzing.guided import examined
from bedrock_harness.fuzzing.promises import PromiseBroken, within
from bedrock_harness.fuzzing.targets import (
    TARGETS,
    check_cassettes,
    check_events,
    check_frames,
    check_paths,
    check_replies,
    check_requests,
)
from bedrock_harness.wire.canonical import canonical_target
from bedrock_harness.wire.verification import verify
from tests.fuzzing.planted import Expectant, Forgetful, Hasty, Trusting, careless, hunt

BY_NAME = {target.name: target for target in TARGETS}


def unnormalised(target, *, normalize=True):
    """Dot segments and double slashes left in the path."""
    return canonical_target(target, normalize=False)


def ascii_only(request, *arguments, **place):
    """A judge that takes a target for ASCII."""
    request.target.encode("ascii")
    return verify(request, *arguments, **place)


def trusting(path):
    """A reader that takes any YAML for a cassette."""
    return yaml.safe_load(path.read_bytes())["interactions"] and []


PLANTED = {
    "frames": partial(check_frames, decoder=Forgetful),
    "events": partial(check_events, read=careless),
    "replies": partial(check_replies, folder=Expectant),
    "paths": partial(check_paths, canonical=unnormalised),
    "requests": partial(check_requests, judge=ascii_only),
    "cassettes": partial(check_cassettes, read=trusting),
}


@pytest.mark.parametrize("target", TARGETS, ids=BY_NAME)
def test_the_seeds_break_no_promise(target):
    """Every seed keeps the target's promises, within its memory."""
    seeds = list(target.seeds())
    assert len(seeds) == len(set(seeds)) > 2
    for seed in seeds:
        within(target.memory, target.check, seed)


@pytest.mark.parametrize("target", TARGETS, ids=BY_NAME)
def test_a_planted_defect_is_found(target):
    """Each target finds broken code within two thousand blind tries, and none in ours within three hundred."""
    found = hunt(target, PLANTED[target.name])
    assert found
    assert found.name == target.name
    assert examined(msgspec.structs.replace(target, check=PLANTED[target.name]), bytes.fromhex(found.data))
    assert hunt(target, target.check, tries=300) is None


def test_a_decoder_that_depends_on_the_cuts_is_found():
    """A decoder that loses a frame in chunks of one byte is found by a single frame."""
    found = hunt(BY_NAME["frames"], partial(check_frames, decoder=Hasty))
    assert "the one cut in" in found.error
    assert len(found.data) // 2 == 16


def test_memory_beyond_the_bound_is_found():
    """A decoder that makes room for the length that a prelude declares breaks the promise of bounded memory."""
    target = BY_NAME["frames"]
    with pytest.raises(PromiseBroken, match="bytes of memory, at most"):
        within(target.memory, partial(check_frames, decoder=Trusting), bytes.fromhex("02000000000000007d1c3d45"))
