"""What must hold of requests whatever is in them."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_harness.client import Caching, Options, prepare
from bedrock_harness.client.native.openai_replies import Parts
from bedrock_harness.client.requests import content
from bedrock_harness.client.requests.caching import MOST
from bedrock_harness.client.requests.documents import legal_name
from bedrock_harness.client.requests.names import ID, NAME, aliases
from bedrock_harness.client.requests.structured import closed
from bedrock_harness.service import rules, shapes

CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
FEW = settings(max_examples=60, deadline=None)
WORDS = st.text(max_size=80)
ODD_NAMES = st.lists(st.one_of(WORDS, st.from_regex(NAME, fullmatch=True), st.text("a.-_ ", max_size=70)), max_size=12)


@FEW
@given(names=ODD_NAMES, legal=st.sampled_from([NAME, ID]))
def test_no_two_names_are_one_on_the_wire(names, legal):
    """Whatever names there are, each is legal on the wire, and different names stay different."""
    found = aliases(names, legal)
    wire = {name: found.get(name, name) for name in names}
    assert all(legal.fullmatch(alias) for alias in wire.values())
    assert len(set(wire.values())) == len(wire)


@FEW
@given(name=st.text(max_size=300))
def test_every_name_of_a_document_becomes_a_legal_one(name):
    """A legal name is made of anything, and stays as it is the second time."""
    legal = legal_name(name)
    block = {"document": {"format": "pdf", "name": legal, "source": {"bytes": b"x"}}}
    body = shapes.encode("Converse", {"messages": [{"role": "user", "content": [{"text": "a"}, block]}]})
    assert shapes.validate("Converse", body) == ()
    assert rules.check(body, model=CLAUDE) == ()
    assert legal_name(legal) == legal


TEXTS = st.fixed_dictionaries({"text": st.text(max_size=5)})
POINTS = st.builds(content.cache_point, st.sampled_from([None, "5m"]))
RESULTS = st.builds(content.tool_result, st.just("1"), st.text(max_size=3))
CALLS = st.builds(content.tool_use, st.sampled_from(["1", "2"]), st.text(max_size=3), st.just({}))
BLOCKS = st.lists(st.one_of(TEXTS, POINTS, RESULTS, CALLS), max_size=5)
TALKS = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system"]), "content": BLOCKS}), max_size=6
)
HELLO = {"role": "user", "content": [{"text": "Hello"}]}


@FEW
@given(talk=TALKS, policy=st.builds(Caching, tools=st.booleans(), system=st.booleans(), messages=st.integers(0, 6)))
def test_there_are_never_too_many_cache_points(talk, policy):
    """Whatever the caller marks and the policy adds, a request has at most four cache points."""
    body = prepare("Converse", CLAUDE, [HELLO, *talk], "Be brief.", Options(caching=policy)).body
    assert json.dumps(body).count('"cachePoint"') <= MOST


@FEW
@given(talk=TALKS)
def test_a_prepared_conversation_is_prepared_already(talk):
    """What was prepared once is sent as it is, with nothing left to note."""
    once = prepare("Converse", CLAUDE, [HELLO, *talk]).body
    given = {name: value for name, value in once.items() if name not in {"messages", "system"}}
    twice = prepare("Converse", CLAUDE, once["messages"], once.get("system"), given=given)
    assert twice.body == once
    assert twice.notes == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "properties", "items", "minimum", "enum", "a"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@FEW
@given(schema=st.dictionaries(st.sampled_from(["type", "properties", "anyOf", "minimum", "$defs"]), JSON, max_size=4))
def test_a_closed_schema_is_closed_already(schema):
    """Closing a schema twice is closing it once, whatever is in it."""
    once, _ = closed(schema)
    assert closed(once) == (once, ())


@FEW
@given(pieces=st.lists(st.text("<reason/ing>ab", max_size=12), max_size=8))
def test_reasoning_does_not_depend_on_where_it_is_cut(pieces):
    """The parts of a text are the same in one piece and in many."""

    def parts(of):
        reader = Parts()
        found = [part for piece in of for part in reader.feed(piece)]
        whole = {False: "", True: ""}
        for reasoned, text in [*found, *reader.close()]:
            whole[reasoned] += text
        return whole

    assert parts(pieces) == parts(["".join(pieces)])
