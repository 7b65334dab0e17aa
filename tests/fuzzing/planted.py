"""Broken code, for fuzzing to find, and the blind fuzzing that finds it without atheris."""

import json
from random import Random

import msgspec

from bedrock_harness.fuzzing.guided import examined
from bedrock_harness.fuzzing.mutation import mutated_stream
from bedrock_harness.fuzzing.targets import MAX_FRAME
from bedrock_harness.wire.errors import FrameError
from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.fold import Folder
from bedrock_harness.wire.frames import FrameDecoder


class Forgetful(FrameDecoder):
    """A decoder that goes on after an error."""

    def feed(self, data):
        try:
            return super().feed(data)
        except FrameError:
            self.__init__(max_frame=MAX_FRAME)
            raise


class Trusting(FrameDecoder):
    """A decoder that makes room for whatever a prelude declares."""

    def feed(self, data):
        self.room = bytearray(int.from_bytes(data[:4]) % (1 << 26)) if len(data) >= 12 else b""
        return super().feed(data)


class Hasty(FrameDecoder):
    """A decoder that drops what comes with a chunk of one byte."""

    def feed(self, data):
        frames = super().feed(data)
        return frames if len(data) != 1 else []


class Expectant(Folder):
    """A folder that takes it for granted that a message begins."""

    def reply(self):
        self._message["role"]
        return super().reply()


def careless(frame):
    """A reader that lets the JSON parser's errors out."""
    json.loads(frame.payload)
    return read_event(frame)


def blind(data, most, random):
    """One to three small changes anywhere."""
    data = bytearray(data)
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(data) + 1)
        match random.randrange(3):
            case 0:
                data[at : at + 1] = bytes((random.choice((0, 9, 57, 128, 255, random.randrange(256))),))
            case 1:
                data[at:at] = data[at : at + random.randrange(8)]
            case _:
                del data[at : at + random.randrange(4)]
    return bytes(data[:most])


def hunt(target, check, tries=2000):
    """Fuzz the target, with this check in place of its own, and return the first finding, or None."""
    random = Random(7)
    broken = msgspec.structs.replace(target, check=check)
    corpus = list(target.seeds())
    for seed in corpus:
        if found := examined(broken, seed, measured=False):
            return found
    for number in range(tries):
        data = random.choice(corpus)
        if target.form == "stream":
            data = mutated_stream(data, 4096, number, lambda part, most: blind(part, most, random))
        else:
            data = blind(data, 4096, random)
        if found := examined(broken, data, measured=number % 8 == 0):
            return found
    return None
