"""What the simulator says where no script does, as an application would see it."""

import base64
import json
import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_harness.service import shapes
from bedrock_harness.simulator.script import Cited, Reasoning, Redacted, Text
from bedrock_harness.simulator.speaking import Speaker
from bedrock_harness.simulator.speaking.reasoning import REDACTING
from tests.simulator.speaking.made import (
    CLAUDE,
    GPT_OSS,
    NOVA,
    TIME,
    WEATHER,
    asking,
    assert_sendable,
    assistant,
    called,
    document,
    offering,
    said,
    structured,
    user,
)

SCHEMA = WEATHER["toolSpec"]["inputSchema"]["json"]
THINKING = {"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}}}
PIXEL = {"image": {"format": "png", "source": {"bytes": base64.b64encode(b"\x89PNG" * 900).decode()}}}
CALL = {"toolUse": {"toolUseId": "tooluse_1", "name": "get_weather", "input": {"city": "Paris", "days": 1}}}


def result(text="sunny, 22 degrees", **members):
    return {"toolResult": {"toolUseId": "tooluse_1", "content": [{"text": text}], **members}}


def answer(body, model=CLAUDE, seed=0):
    return Speaker(seed).answer(body, model)


# ------------------------------------------------------------------------------------------------- any request at all

TEXTS = st.text("abc é日\n.?", min_size=1, max_size=40).filter(str.strip)
BLOBS = st.binary(min_size=1, max_size=99).map(lambda data: base64.b64encode(data).decode())
BLOCKS = st.one_of(
    TEXTS.map(lambda text: {"text": text}),
    BLOBS.map(lambda blob: {"image": {"format": "png", "source": {"bytes": blob}}}),
    st.builds(document, TEXTS),
    BLOBS.map(lambda blob: {"document": {"format": "pdf", "name": "Paper", "source": {"bytes": blob}}}),
    BLOBS.map(lambda blob: {"video": {"format": "mp4", "source": {"bytes": blob}}}),
    TEXTS.map(lambda text: {"guardContent": {"text": {"text": text}}}),
    st.just(
        {"searchResult": {"source": "s", "title": "t", "content": [{"text": "Found."}], "citations": {"enabled": True}}}
    ),
    st.just({"cachePoint": {"type": "default"}}),
)
TURNS = st.one_of(
    st.lists(BLOCKS, min_size=1, max_size=4).map(lambda blocks: [user(*blocks)]),
    st.lists(BLOCKS, min_size=1, max_size=2).map(
        lambda blocks: [user("Weather?"), assistant(CALL), user(result(), *blocks)]
    ),
    TEXTS.map(lambda text: [user(text), assistant("Well,")]),
)
CHOICES = st.sampled_from([None, {"auto": {}}, {"any": {}}, {"tool": {"name": "get_time"}}])
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "system": TEXTS.map(lambda text: [{"text": text}, {"cachePoint": {"type": "default", "ttl": "1h"}}]),
        "inferenceConfig": st.fixed_dictionaries(
            {},
            optional={"maxTokens": st.integers(1, 60), "stopSequences": st.lists(st.sampled_from("aest"), max_size=2)},
        ),
        "toolConfig": CHOICES.map(lambda choice: offering(WEATHER, TIME, choice=choice)["toolConfig"]),
        "outputConfig": st.just(structured(SCHEMA)["outputConfig"]),
        "guardrailConfig": st.just({"guardrailIdentifier": "g1", "guardrailVersion": "1", "trace": "enabled"}),
        "additionalModelRequestFields": st.just(THINKING["additionalModelRequestFields"]),
        "serviceTier": st.just({"type": "default"}),
    },
)
BODIES = st.builds(lambda messages, members: {"messages": messages, **members}, TURNS, MEMBERS)


@given(BODIES, st.sampled_from([CLAUDE, NOVA, GPT_OSS, "zai.glm-4.7-flash"]), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_every_answer_is_one_that_the_service_could_give(body, model, seed):
    """Whatever is asked: the answer has the model's shape, keeps the grammar, and botocore parses it, whole and streamed."""
    assert not shapes.validate("Converse", body)
    assert_sendable(answer(body, model, seed))


@given(BODIES)
@settings(max_examples=100, deadline=None)
def test_token_counts_agree(body):
    """What usage says of input is what CountTokens says, and of output what the deltas are, under the limit."""
    speaker = Speaker()
    given = speaker.answer(body, CLAUDE)
    usage = given.usage
    assert usage.input + usage.cache_read + usage.cache_write == speaker.count(body)
    deltas = [delta for block in given.blocks for delta in getattr(block, "deltas", None) or () if delta]
    assert usage.output == len(deltas) + len(called(given))
    most = body.get("inferenceConfig", {}).get("maxTokens")
    if most:
        assert usage.output <= most
        assert (given.stop != "max_tokens") or usage.output == most


@given(BODIES, st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_the_same_seed_and_request_get_the_same_answer(body, seed):
    """Down to the deltas, in another process as well as in this: nothing but seed, model and body goes into it."""
    first = Speaker(seed)
    first.answer(asking("Something else."), CLAUDE)
    again = json.loads(json.dumps(body))
    assert first.answer(body, CLAUDE) == answer(again, CLAUDE, seed)


def test_another_seed_says_it_otherwise():
    """Seeds are there to vary answers."""
    assert len({said(answer(asking("Tell me of the sea."), seed=seed)) for seed in range(9)}) > 3


# ---------------------------------------------------------------------------------------------------------------- words


def test_an_answer_takes_up_the_question():
    """The last thing that the user said is in the answer, in words; what was said before is not."""
    given = answer(asking("Old news.", assistant("Yes."), "How deep is the sea?"))
    assert "How deep is the sea?" in said(given)
    assert "Old news" not in said(given)
    assert given.stop == "end_turn"


def test_a_long_question_is_not_repeated_whole():
    """An answer stays short, however long the question."""
    assert len(said(answer(asking("word " * 5_000)))) < 1_000


@pytest.mark.parametrize("most", [1, 2, 7, 20])
def test_an_answer_ends_at_the_limit(most):
    """With maxTokens, the answer has exactly that many tokens, says so, and is the beginning of the whole answer."""
    body = asking("How deep is the sea?")
    given = answer({**body, "inferenceConfig": {"maxTokens": most}})
    assert (given.stop, given.usage.output) == ("max_tokens", most)
    assert len(given.blocks[0].deltas) == most
    assert said(answer(body)).startswith("".join(given.blocks[0].deltas))


def test_an_answer_that_fits_is_not_cut():
    """An answer that reaches the limit with its last token ends by itself."""
    body = asking("How deep is the sea?")
    whole = answer(body).usage.output
    stops = [answer({**body, "inferenceConfig": {"maxTokens": limit}}).stop for limit in (whole - 1, whole, whole + 1)]
    assert stops == ["max_tokens", "end_turn", "end_turn"]


def test_text_ends_ahead_of_a_stop_sequence():
    """The answer goes up to the stop sequence that comes first, without it; Claude's own reply tells which it was."""
    body = asking("one two three four", inferenceConfig={"stopSequences": ["four", "two", "two three"]})
    given = answer({**body, "additionalModelResponseFieldPaths": ["/stop_sequence", "/delta/stop_sequence"]})
    assert given.stop == "stop_sequence"
    assert said(given).endswith("one ")
    fields = given.extra["additionalModelResponseFields"]
    assert fields == {"stop_sequence": "two three", "delta": {"stop_sequence": "two three"}}


def test_no_stop_sequence_is_null():
    """A request that asks for the stop sequence hears of it even where there was none."""
    given = answer(asking("Hello.", additionalModelResponseFieldPaths=["/stop_sequence"]))
    assert given.extra["additionalModelResponseFields"] == {"stop_sequence": None}


def test_a_prefill_is_gone_on_from():
    """Where the request brings the beginning of the answer, the rest is said, and not the beginning again."""
    given = answer(asking("Name a colour.", assistant("The colour is")))
    assert said(given).startswith(" ")
    assert "The colour is" not in said(given)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (PIXEL, "image (png)"),
        (document("Text.", "Annual report", citations={"enabled": False}), "document “Annual report” (txt)"),
        ({"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://bucket/film"}}}}, "video (mp4)"),
    ],
)
def test_what_came_along_is_mentioned(block, words):
    """An answer says what it was shown, so that somebody sees that it arrived."""
    assert words in said(answer(asking(user("Look.", block))))


# ---------------------------------------------------------------------------------------------------------------- tools


def test_a_request_on_the_weather_calls_the_weather():
    """A tool is called if the request shares a word with it; arguments come from the request, and fit the schema."""
    given = answer(asking("Will it be sunny? I want the weather of Paris for 3 days.", **offering(TIME, WEATHER)))
    (call,) = called(given)
    assert (call.name, call.input, given.stop) == ("get_weather", {"city": "Paris", "days": 3}, "tool_use")
    assert isinstance(given.blocks[0], Text)


def test_a_tool_use_id_is_like_the_services():
    """`tooluse_` and 22 characters, another one for each call."""
    given = answer(asking("Use get_time and get_weather.", **offering(TIME, WEATHER)))
    ids = [call.id for call in called(given)]
    assert all(re.fullmatch(r"tooluse_[A-Za-z0-9_-]{22}", one) for one in ids)
    assert len(set(ids)) == 2


def test_several_tools_are_called_when_several_are_named():
    """Tools that the request names are called side by side, in the order in which it names them."""
    body = asking("First get_weather of Rome, then the time!", **offering(TIME, WEATHER))
    assert [call.name for call in called(answer(body))] == ["get_weather", "get_time"]


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        ("Which cities have an airport?", "find_city"),
        ("Calculating interest", "calculate"),
        ("delete the file", "removeFiles"),
        ("please run `get_all`", "get_all"),
    ],
)
def test_a_tool_is_found_by_other_forms_of_its_words(request_, name):
    """Plurals, endings, and names in whatever spelling: what a reader takes for the same word is the same word."""
    tool = {"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}}
    assert [call.name for call in called(answer(asking(request_, **offering(TIME, tool))))] == [name]


def test_several_places_get_several_names():
    """From Paris to Rome: the first parameter gets the first name, the second the next."""
    place = {"type": "string"}
    schema = {"type": "object", "properties": {"origin": place, "goal": place}, "required": ["origin", "goal"]}
    flight = {"toolSpec": {"name": "book_flight", "inputSchema": {"json": schema}}}
    (call,) = called(answer(asking("Book me a flight from Paris to Rome", **offering(flight))))
    assert call.input == {"origin": "Paris", "goal": "Rome"}


def test_many_tools_are_neither_all_called_nor_all_named():
    """However many tools fit, at most eight are called; where none does, a few are named."""
    tools = [{"toolSpec": {"name": f"act_{letter * 3}", "inputSchema": {"json": {}}}} for letter in "abcdefghijkl"]
    names = " ".join(tool["toolSpec"]["name"] for tool in tools)
    assert len(called(answer(asking(names, **offering(*tools))))) == 8
    words = said(answer(asking("Hello.", **offering(*tools))))
    assert ("act_eee" in words, "act_fff" in words) == (True, False)


def test_what_the_user_said_last_counts_whoever_spoke_after():
    """A system message in between does not hide the user's words."""
    given = answer(asking("How deep is the sea?", {"role": "system", "content": [{"text": "Be kind."}]}))
    assert "How deep is the sea?" in said(given)


def test_hello_calls_nothing():
    """With no word in common no tool is called, and the answer says how to have one called."""
    given = answer(asking("Hello!", **offering(TIME, WEATHER)))
    assert not called(given)
    assert "get_time, get_weather" in said(given)
    assert given.stop == "end_turn"


@pytest.mark.parametrize(
    ("choice", "name"), [({"any": {}}, "get_time"), ({"tool": {"name": "get_weather"}}, "get_weather")]
)
def test_a_forced_choice_calls(choice, name):
    """`any` calls a tool whatever was said, `tool` the one that it names; neither says anything ahead of it."""
    given = answer(asking("Hello!", **offering(TIME, WEATHER, choice=choice)))
    assert [block.name for block in given.blocks] == [name]


def test_after_a_result_the_answer_tells_it():
    """The turn after a tool's result is words that hold the result and the tool's name, also where it failed."""
    asked = (user("Weather in Paris?"), assistant(CALL))
    given = answer(asking(*asked, user(result()), **offering(WEATHER)))
    assert not called(given)
    assert "The tool get_weather answered: sunny, 22 degrees." in said(given)
    failed = answer(asking(*asked, user(result("no network", status="error")), **offering(WEATHER)))
    assert "The tool get_weather failed: no network." in said(failed)


def test_a_forced_choice_calls_after_a_result_as_well():
    """As at the service: who forces a call in every turn gets one in every turn."""
    body = asking("Weather?", assistant(CALL), user(result()), **offering(WEATHER, choice={"any": {}}))
    assert called(answer(body))


def test_a_call_that_does_not_fit_is_cut_within_its_input():
    """A stream carries the beginning of the input, and the reply that is not streamed no input at all."""
    given = answer(asking("Hello.", inferenceConfig={"maxTokens": 5}, **offering(WEATHER, choice={"any": {}})))
    (call,) = called(given)
    assert (given.stop, given.usage.output, call.input) == ("max_tokens", 5, {})
    assert "".join(call.deltas).startswith('{"city"')
    with pytest.raises(json.JSONDecodeError):
        json.loads("".join(call.deltas))


@pytest.mark.parametrize("schema", [True, {}, {"type": "object"}, {"type": "string"}, None])
def test_a_tool_without_a_usable_schema_gets_an_object(schema):
    """A tool call's input is an object whatever the schema says."""
    tool = {"toolSpec": {"name": "act", "inputSchema": {"json": schema}}}
    (call,) = called(answer(asking("Please act.", **offering(tool))))
    assert isinstance(call.input, dict)


# ----------------------------------------------------------------------------------------------------- structured output


def test_structured_output_fits_its_schema():
    """With a JSON schema, the answer's whole text is JSON that is valid against it."""
    given = answer(asking("Weather in Paris for 3 days", **structured(SCHEMA)))
    (block,) = given.blocks
    jsonschema.validate(json.loads(block.text), SCHEMA)
    assert json.loads(block.text) == {"city": "Paris", "days": 3}


def test_a_schema_that_is_no_json_is_no_crash():
    """A schema that cannot be read allows anything: it was for the judgement of requests to refuse it."""
    body = asking("Hello.", **structured({}))
    body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"] = "{"
    json.loads(said(answer(body)))


# ------------------------------------------------------------------------------------------------------------ reasoning


@pytest.mark.parametrize(
    ("model", "fields", "signed"),
    [
        (CLAUDE, THINKING["additionalModelRequestFields"], True),
        ("us.anthropic.claude-sonnet-4-6", {"thinking": {"type": "adaptive"}}, True),
        (CLAUDE, {"reasoning_config": {"type": "enabled", "budget_tokens": 1024}}, True),
        ("us.amazon.nova-2-lite-v1:0", {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}, False),
        (GPT_OSS, {"reasoning_effort": "medium"}, False),
        (GPT_OSS, {}, False),
        ("us.deepseek.r1-v1:0", {}, False),
        (
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl",
            THINKING["additionalModelRequestFields"],
            True,
        ),
    ],
)
def test_models_reason_in_their_manner(model, fields, signed):
    """Reasoning comes first where it is asked for or the model does not do without; Claude signs it, others do not."""
    given = answer(asking("How deep is the sea?", additionalModelRequestFields=fields), model)
    assert isinstance(given.blocks[0], Reasoning)
    assert bool(given.blocks[0].signature) is signed
    assert isinstance(given.blocks[1], Text)


@pytest.mark.parametrize(
    ("model", "fields"),
    [(CLAUDE, {}), (CLAUDE, {"thinking": {"type": "disabled"}}), (NOVA, THINKING["additionalModelRequestFields"])],
)
def test_no_reasoning_unasked(model, fields):
    """Where nothing asks for reasoning, or the model has none, there is none."""
    given = answer(asking("Hello.", additionalModelRequestFields=fields), model)
    assert not any(isinstance(block, Reasoning) for block in given.blocks)


def test_a_signature_looks_like_one():
    """A signature is base64 of at least 190 bytes that begins as recorded ones do."""
    signature = answer(asking("Hello.", **THINKING)).blocks[0].signature
    assert base64.b64decode(signature, validate=True)[0] == 0x12
    assert len(signature) >= 256


def test_the_magic_string_redacts():
    """Anthropic's string for tests has Claude's reasoning encrypted: base64 of base64, as recorded."""
    given = answer(asking(REDACTING, **THINKING))
    assert isinstance(given.blocks[0], Redacted)
    assert base64.b64decode(given.blocks[0].pieces[0], validate=True)[0] == 0x12


def test_omitted_reasoning_is_a_signature_alone():
    """With `display: omitted` the text is empty and the signature stays."""
    body = asking("Hello.", additionalModelRequestFields={"thinking": {"type": "adaptive", "display": "omitted"}})
    block = answer(body, "us.anthropic.claude-sonnet-4-6").blocks[0]
    assert block.text == ""
    assert block.signature


def test_reasoning_that_is_cut_is_not_signed():
    """Under a small limit the reasoning is all there is, and its signature does not come."""
    given = answer(asking("Hello.", inferenceConfig={"maxTokens": 3}, **THINKING))
    (block,) = given.blocks
    assert (given.stop, given.usage.output, block.signature) == ("max_tokens", 3, None)


def test_claude_does_not_reason_anew_after_a_result():
    """As recorded: the turn after a tool's result has no reasoning of its own."""
    given = answer(asking("Weather?", assistant(CALL), user(result()), **offering(WEATHER), **THINKING))
    assert not isinstance(given.blocks[0], Reasoning)


# ------------------------------------------------------------------------------------------------------------ citations

ACME = "Acme makes anvils. It is owned by Wile E. Coyote.\nIts anvils weigh 9 kg! More follows."


def test_a_document_is_cited_where_it_stands():
    """The quotation is in the document, between the indices that the citation gives, under the document's name."""
    given = answer(asking(user("What do the anvils weigh?", document("Nothing.", "Empty"), document(ACME, "Acme"))))
    blocks = [block for block in given.blocks if isinstance(block, Cited)]
    (citation,) = blocks[1].citations
    place = citation["location"]["documentChar"]
    assert (citation["title"], place["documentIndex"]) == ("Acme", 1)
    assert ACME[place["start"] : place["end"]] == citation["sourceContent"][0]["text"] == "Its anvils weigh 9 kg!"
    assert citation["sourceContent"][0]["text"] in blocks[1].text


def test_of_equal_sentences_the_first_is_quoted():
    """Where nothing tells sentences apart, the document's beginning is quoted, without the space around it."""
    given = answer(asking(user("Summarize.", document("  Acme is old. Acme is rich."))))
    (citation,) = given.blocks[0].citations
    assert citation["location"]["documentChar"] == {"documentIndex": 0, "end": 14, "start": 2}
    assert citation["sourceContent"] == [{"text": "Acme is old."}]


def test_each_kind_of_source_has_its_kind_of_place():
    """Chunks for documents in pieces, pages for PDFs, and search results by their own numbers."""
    chunks = {
        "name": "Chunks",
        "source": {"content": [{"text": "One."}, {"text": "Two anvils."}]},
        "citations": {"enabled": True},
    }
    pdf = {"name": "Paper", "format": "pdf", "source": {"bytes": "JVBERg=="}, "citations": {"enabled": True}}
    found = {
        "title": "Hit",
        "source": "https://example.com",
        "content": [{"text": "Anvils."}],
        "citations": {"enabled": True},
    }
    given = answer(asking(user("Anvils?", {"document": chunks}, {"document": pdf}, {"searchResult": found})))
    citations = [citation for block in given.blocks if isinstance(block, Cited) for citation in block.citations]
    assert [citation["location"] for citation in citations] == [
        {"documentChunk": {"documentIndex": 0, "end": 2, "start": 1}},
        {"documentPage": {"documentIndex": 1, "end": 2, "start": 1}},
        {"searchResultLocation": {"end": 1, "searchResultIndex": 0, "start": 0}},
    ]
    assert citations[2]["source"] == "https://example.com"


def test_a_document_that_does_not_allow_it_is_not_cited():
    """Without `citations.enabled`, an answer is plain text."""
    given = answer(asking(user("Anvils?", document(ACME, citations={"enabled": False}))))
    assert all(isinstance(block, Text) for block in given.blocks)


def test_members_that_a_reply_repeats():
    """The service tier and the performance configuration come back with the reply."""
    given = answer(asking("Hello.", serviceTier={"type": "flex"}, performanceConfig={"latency": "optimized"}))
    assert given.extra == {"serviceTier": {"type": "flex"}, "performanceConfig": {"latency": "optimized"}}
