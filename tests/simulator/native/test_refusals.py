"""Bodies that a model does not take are refused in the words of the judge that refuses them."""

from __future__ import annotations

from typing import Any

import pytest

from bedrock_harness.simulator.native import Refused, objections, read
from tests.simulator.native import bodies

CLAUDE = bodies.CONVERSATIONS[bodies.CLAUDE]
PLAIN = {key: CLAUDE[key] for key in ("anthropic_version", "max_tokens")}
USER = {"role": "user", "content": "Hello"}
CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "weather", "input": {}}]}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t2"}]}


def claude(*messages: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A small Anthropic body."""
    return {**PLAIN, "messages": list(messages), **members}


BY_THE_MODEL: list[tuple[dict[str, Any], str]] = [
    ({}, "anthropic_version: Field required"),
    (claude(USER, anthropic_version="claude-3"), "Invalid API version: claude-3"),
    ({"anthropic_version": PLAIN["anthropic_version"], "messages": [USER]}, "max_tokens: Field required"),
    (claude(USER, max_tokens="9"), "max_tokens: Input should be a valid integer"),
    (claude(USER, max_tokens=0), "max_tokens: Input should be greater than or equal to 1"),
    (claude(USER, temperature=1.5), "temperature: Input should be less than or equal to 1"),
    (claude(USER, model="x"), "model: Extra inputs are not permitted"),
    (claude(USER, stream=True), "stream: Extra inputs are not permitted"),
    (claude(USER, betas=["x"]), "betas: Extra inputs are not permitted"),
    (PLAIN, "messages: Field required"),
    (claude(), "messages: at least one message is required"),
    (claude({"role": "system", "content": "x"}), "messages.0.role: Input should be 'user' or 'assistant'"),
    (claude({"role": "user"}), "messages.0.content: Field required"),
    (
        claude({"role": "user", "content": [{"type": "text"}]}),
        "messages.0.content.0.text.text: Field required",
    ),
    (claude({"role": "user", "content": [{"text": "x"}]}), "messages.0.content.0.type: Field required"),
    (
        claude(USER, {"role": "assistant", "content": [{"type": "thinking", "thinking": "x"}]}),
        "messages.1.content.0.thinking.signature: Field required",
    ),
    (
        claude({"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "x"}}]}),
        (
            "messages.0.content.0.image.source: Input tag 'url' found using 'type' does not match any of the expected tags: "
            "'base64'"
        ),
    ),
    (
        claude(USER, tool_choice={"type": "auto"}),
        "tool_choice: tool_choice may only be specified while providing tools",
    ),
    (claude(USER, tools=CLAUDE["tools"] * 2), "tools: Tool names must be unique."),
    (
        claude(USER, CALL, RESULT),
        (
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1. Each `tool_use` block "
            "must have a corresponding `tool_result` block in the next message."
        ),
    ),
    (
        claude({"role": "user", "content": [{"type": "text", "text": "x"}, *RESULT["content"]]}),
        (
            "messages.0.content.1: unexpected `tool_use_id` found in `tool_result` blocks: t2. Each `tool_result` block must "
            "have a corresponding `tool_use` block in the previous message."
        ),
    ),
]

BY_A_SCHEMA: list[tuple[str, Any, str]] = [
    (bodies.NOVA, {}, "#: required key [messages] not found"),
    (
        bodies.NOVA,
        {"inputText": "x"},
        "#: required key [messages] not found, #: extraneous key [inputText] is not permitted",
    ),
    (
        bodies.NOVA,
        {"messages": [{"role": "user", "content": "x"}]},
        "#/messages/0/content: expected type: JSONArray, found: String",
    ),
    (
        bodies.NOVA,
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        "#/messages/0/content/0: extraneous key [type] is not permitted",
    ),
    (bodies.NOVA, {"messages": []}, "#/messages: expected minimum item count: 1, found: 0"),
    (bodies.TITAN, {"inputText": ""}, "#/inputText: expected minLength: 1, actual: 0"),
    (
        bodies.TITAN,
        {"inputText": "x", "textGenerationConfig": {"topK": 1}},
        "#/textGenerationConfig: extraneous key [topK] is not permitted",
    ),
    (
        bodies.LLAMA,
        {"messages": []},
        "#: required key [prompt] not found, #: extraneous key [messages] is not permitted",
    ),
    (bodies.LLAMA, {"prompt": "x", "top_p": None}, "#/top_p: expected type: Number, found: Null"),
    (bodies.LLAMA, {"prompt": "x", "temperature": -1}, "#/temperature: -1 is not greater or equal to 0"),
    (bodies.LLAMA, {"prompt": "x", "temperature": 2}, "#/temperature: 2 is not less or equal to 1"),
    (bodies.LLAMA, {"prompt": "x", "max_gen_len": 0.5}, "#/max_gen_len: expected type: Integer, found: BigDecimal"),
    (
        bodies.MISTRAL,
        {"inputText": "x"},
        "#: required key [prompt] not found, #: extraneous key [inputText] is not permitted",
    ),
    (bodies.COMMAND, {"prompt": "x", "truncate": "MIDDLE"}, "#/truncate: MIDDLE is not a valid enum value"),
    (
        bodies.COMMAND_R,
        {"prompt": "x"},
        "#: required key [message] not found, #: extraneous key [prompt] is not permitted",
    ),
    (
        bodies.COMMAND_R,
        {"message": "x", "tools": [{"name": "t", "parameter_definitions": {"a": {}}}]},
        "#/tools/0/parameter_definitions/a: required key [type] not found",
    ),
    (bodies.GPT, {"messages": [{"role": "robot"}]}, "#/messages/0/role: robot is not a valid enum value"),
    (bodies.TITAN_EMBED_1, {"inputText": "x", "dimensions": 256}, "#: extraneous key [dimensions] is not permitted"),
    (bodies.TITAN_EMBED_2, {"inputText": "x", "dimensions": 300}, "#/dimensions: 300 is not a valid enum value"),
    (bodies.TITAN_EMBED_IMAGE, {"inputImage": "?"}, "#/inputImage: is not a valid base64 string"),
    (
        bodies.TITAN_EMBED_IMAGE,
        {},
        "#: required key [inputText] not found, #: required key [inputImage] not found",
    ),
    (bodies.COHERE_EMBED, {"texts": ["x"]}, "#: required key [input_type] not found"),
    (bodies.COHERE_EMBED, {"input_type": "search_query"}, "#: required key [texts] not found"),
    (
        bodies.COHERE_EMBED,
        {"input_type": "search_query", "texts": ["x"] * 97},
        "#/texts: expected maximum item count: 96, found: 97",
    ),
    (
        bodies.COHERE_EMBED,
        {"input_type": "search_query", "texts": ["x" * 2049]},
        "#/texts/0: expected maxLength: 2048, actual: 2049",
    ),
    (
        bodies.COHERE_EMBED_4,
        {"input_type": "search_query", "texts": ["x"], "images": ["x"]},
        "#: extraneous key [images] is not permitted",
    ),
]


@pytest.mark.parametrize(("body", "message"), BY_THE_MODEL, ids=[message[:60] for _, message in BY_THE_MODEL])
def test_claude_judges_for_itself(body: dict[str, Any], message: str) -> None:
    """Anthropic's models name the first thing that is wrong, as Anthropic's own API does."""
    with pytest.raises(Refused) as refused:
        read(body, bodies.CLAUDE)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


@pytest.mark.parametrize(("model", "body", "what"), BY_A_SCHEMA, ids=[what[:60] for *_, what in BY_A_SCHEMA])
def test_other_models_stand_behind_a_schema(model: str, body: Any, what: str) -> None:
    """Every fault is named, and wrapped in the one sentence."""
    with pytest.raises(Refused) as refused:
        read(body, model)
    wrapped = f"Malformed input request: {what}, please reformat your input and try again."
    assert (refused.value.code, refused.value.message) == ("ValidationException", wrapped)


OBJECTIONS: list[tuple[str, dict[str, Any], str]] = [
    (
        bodies.CLAUDE,
        claude(USER, thinking={"type": "enabled", "budget_tokens": 100}),
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
    ),
    (
        bodies.CLAUDE,
        claude(USER, max_tokens=3000, thinking={"type": "enabled", "budget_tokens": 1024}, temperature=0.5),
        "`temperature` may only be set to 1 when thinking is enabled.",
    ),
    (
        bodies.CLAUDE,
        claude(USER, tools=CLAUDE["tools"], tool_choice={"type": "tool", "name": "x"}),
        "Tool 'x' not found in provided tools",
    ),
    (
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        claude(USER, temperature=0.5, top_p=0.5),
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    ),
    (
        "us.anthropic.claude-opus-4-6-v1",
        claude(USER, {"role": "assistant", "content": "{"}),
        "This model does not support assistant message prefill. The conversation must end with a user message.",
    ),
    (
        bodies.CLAUDE,
        claude(USER, {"role": "assistant", "content": "{ "}),
        "messages: final assistant content cannot end with trailing whitespace",
    ),
]


@pytest.mark.parametrize(("model", "body", "said"), OBJECTIONS, ids=[said[:50] for *_, said in OBJECTIONS])
def test_a_model_objects_in_its_own_words(model: str, body: dict[str, Any], said: str) -> None:
    """What Converse passes on from the model, the model says here itself, without Converse's preface."""
    found = objections(read(body, model))
    assert found[0].message.startswith(said)


@pytest.mark.parametrize("model", bodies.BODIES)
def test_no_model_objects_to_a_sound_body(model: str) -> None:
    """Nor does Converse's own judgement reach a body that is not Converse's."""
    assert not objections(read(bodies.BODIES[model], model))


def test_objections_have_dates() -> None:
    """The service was lenient before it was strict: the level decides."""
    body = claude(USER, {"role": "assistant", "content": "{ "})
    assert not objections(read(body, bodies.CLAUDE), strictness="2024-06")


@pytest.mark.parametrize("body", [None, [], "text", 7])
def test_a_body_that_is_no_object_is_malformed(body: Any) -> None:
    """Recorded by newrelic-python-agent for a body that is no JSON."""
    with pytest.raises(Refused) as refused:
        read(body, bodies.TITAN)
    assert refused.value.message == "Malformed input request, please reformat your input and try again."


@pytest.mark.parametrize("model", ["does-not-exist", "no.such-model-v1", "not an id"])
def test_an_unknown_model_is_refused(model: str) -> None:
    """With the words recorded for an id that names no model."""
    with pytest.raises(Refused) as refused:
        read({}, model)
    assert refused.value.message == "The provided model identifier is invalid."


@pytest.mark.parametrize("model", bodies.EMBEDDINGS)
def test_embeddings_do_not_stream(model: str) -> None:
    """InvokeModelWithResponseStream is refused before the body is looked at."""
    with pytest.raises(Refused) as refused:
        read({}, model, streamed=True)
    assert refused.value.message == "The model is unsupported for streaming."


@pytest.mark.parametrize("model", bodies.BODIES)
def test_a_guardrails_own_member_is_taken_by_all(model: str) -> None:
    """amazon-bedrock-guardrailConfig stands beside the family's members and is not the model's to judge."""
    config = {"amazon-bedrock-guardrailConfig": {"tagSuffix": "abc"}}
    assert read({**bodies.BODIES[model], **config}, model) == read(bodies.BODIES[model], model)


def test_a_refusal_of_many_faults_is_short() -> None:
    """A body with a hundred thousand unknown members is refused with a sentence, not with a book."""
    with pytest.raises(Refused) as refused:
        read({f"m{number}": 0 for number in range(100_000)}, bodies.LLAMA)
    assert len(refused.value.message) < 2_000
