"""The census of real traffic, kept as figures: it is what the recordings say, and the simulator's replies do not leave it.

The second half needs no recordings: the figures are in the repository, and the simulator's traffic is recorded on the spot.
"""

import json
from pathlib import Path

import pytest
from msgspec import to_builtins

from bedrock_harness.client import Client
from bedrock_harness.recordings import Recorder, Tape, find, make_upstream, read
from bedrock_harness.recordings.census import KNOWN_MEMBERS, take_census
from bedrock_harness.simulator import Reasoning, Redacted, Simulator, Text, ToolUse, answer
from bedrock_harness.simulator.rendering.padding import ALPHABET
from bedrock_harness.simulator.script import Usage
from bedrock_harness.wire.sigv4 import Credentials
from tests.shared import shared

PUBLIC = json.loads((Path(__file__).parents[2] / "cassettes" / "census-public.json").read_text("utf-8"))
REAL = PUBLIC["census"]
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]
MADE_UP_BY_HAND = "metrics, output, stopReason, usage, serviceTier"
"""The one reply whose keys are in no alphabetical order: its words do not fit its count of tokens, so somebody edited it."""


def census_of(path):
    files = find([path])
    return to_builtins(take_census((one for file in files for one in read(file)), files=len(files)))


def test_the_public_census_is_that_of_the_public_recordings():
    """The figures in the repository are those of the shared recordings; what the model lacks depends on its release."""
    depends_on_botocore = {"unmodelled", "new"}
    counted = census_of(shared("recordings"))
    for name in REAL.keys() - depends_on_botocore:
        assert counted[name] == REAL[name], name
    assert counted["new"] == {}


def test_the_public_census_says_where_it_is_from():
    """Origin and date stand beside the figures, and nothing that was said is in them."""
    assert PUBLIC["origin"]
    assert PUBLIC["date"].startswith("20")
    assert set(PUBLIC) == {"origin", "date", "again", "census"}
    assert set(REAL["unmodelled"]) == KNOWN_MEMBERS


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """The census of what the simulator says, recorded from its sockets."""
    words = " ".join(f"word{number}" for number in range(60))
    answers = (
        answer(Text(f"{words}. こんにちは 👋")),
        answer(Reasoning("I think so.", "c2ln"), Text("Yes.")),
        answer(Redacted((b"a" * 60, b"bc" * 200)), Text("Yes.")),
        answer(Text("I look."), ToolUse("t1", "one", {"city": "Zürich"}), ToolUse("t2", "two"), stop="tool_use"),
        answer(Text("Cut"), stop="max_tokens", usage=Usage(3, 227, cache_read=0, cache_write=1712)),
    )
    path = tmp_path_factory.mktemp("census") / "ours.yaml"
    with Simulator(script=[answer for answer in answers for _ in range(2)], region="us-east-1") as bedrock:
        login = bedrock.credentials
        keys = Credentials(login.access_key_id, login.secret_access_key)
        tape = Tape(path)
        service = make_upstream(bedrock.url, region=bedrock.region, identity=lambda: keys)
        with Recorder(service, keep=tape.keep) as recorder:
            own = recorder.environment()
            keys_of_client = Credentials(own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"])
            with Client(endpoint=recorder.url, region="us-east-1", credentials=keys_of_client) as client:
                for _ in answers:
                    client.converse("amazon.nova-micro-v1:0", HELLO)
                    with client.converse_stream("amazon.nova-micro-v1:0", HELLO) as stream:
                        stream.reply()
    return census_of(path)


def test_frames_have_the_real_headers(ours):
    """Names, order and content type of every frame's headers are the real ones."""
    assert set(ours["streams"]["headers"]) == set(REAL["streams"]["headers"])
    assert set(ours["streams"]["content_types"]) == set(REAL["streams"]["content_types"])
    assert ours["streams"]["undecodable"] == REAL["streams"]["undecodable"] == 0


def test_events_have_the_real_keys(ours):
    """Each event has the members of a real one, in the real order. Of tools, the public recordings have no stream."""
    keys = dict(ours["streams"]["keys"])
    starts = keys.pop("contentBlockStart")
    assert keys.keys() == REAL["streams"]["keys"].keys()
    for name, orders in keys.items():
        assert set(orders) == set(REAL["streams"]["keys"][name]), name
    assert set(starts) == {"contentBlockIndex, p, start"}


def test_text_and_reasoning_begin_without_a_start(ours):
    """contentBlockStart comes before tool calls alone."""
    assert REAL["streams"]["starts"] == {}
    assert set(ours["streams"]["starts"]) == {"toolUse"}
    assert set(ours["streams"]["deltas"]) - {"toolUse"} == set(REAL["streams"]["deltas"])


def test_events_come_in_a_real_order(ours):
    """With runs of deltas counted as one, every stream without a tool has an order that a real one had."""

    def shape(order):
        return order.replace("+", "")

    without_tools = {shape(order) for order in ours["streams"]["orders"] if "contentBlockStart" not in order}
    assert without_tools <= {shape(order) for order in REAL["streams"]["orders"]}
    assert all(order.startswith("messageStart") for order in ours["streams"]["orders"])
    assert all(order.endswith("messageStop metadata") for order in ours["streams"]["orders"])


def test_padding_is_real(ours):
    """On every event, of the real alphabet, of real lengths, about as long on average."""
    real, made = REAL["streams"]["padding"], ours["streams"]["padding"]
    assert real["bare"] == made["bare"] == 0
    assert made["beginnings"] == made["padded"]
    assert real["beginnings"] == real["padded"]
    assert ALPHABET.startswith(real["alphabet"])
    assert ALPHABET.startswith(made["alphabet"])
    assert real["lengths"]["smallest"] <= made["lengths"]["smallest"]
    assert made["lengths"]["largest"] <= real["lengths"]["largest"]
    assert abs(made["lengths"]["mean"] - real["lengths"]["mean"]) < 8


def test_frames_are_of_real_sizes(ours):
    """Words and encrypted reasoning make frames no smaller and no larger than real ones, with a real middle."""
    real, made = REAL["streams"]["frames"], ours["streams"]["frames"]
    assert real["smallest"] - 5 <= made["smallest"]
    assert made["largest"] <= real["largest"]
    assert abs(made["median"] - real["median"]) < 40


def test_whole_replies_are_real(ours):
    """Outer keys, keys of usage and kinds of blocks are real ones, in the real order; so are stop reasons."""
    assert set(ours["reply_keys"]) <= set(REAL["reply_keys"]) - {MADE_UP_BY_HAND}
    assert set(ours["usage_keys"]) <= set(REAL["usage_keys"])
    assert set(ours["blocks"]) <= set(REAL["blocks"])
    assert set(ours["stop_reasons"]) == set(REAL["stop_reasons"])
    assert ours["unmodelled"].keys() <= KNOWN_MEMBERS
