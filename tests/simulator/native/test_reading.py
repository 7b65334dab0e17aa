"""What is asked in each family's own body reaches the speaker as a Converse body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bedrock_harness.service import shapes
from bedrock_harness.simulator.native import native_format, read
from tests.simulator.native import bodies

WEATHER = {
    "toolSpec": {
        "name": "weather",
        "description": "The weather in a city",
        "inputSchema": {"json": bodies.SCHEMA},
    }
}
TOOL_TURNS = [
    {"role": "user", "content": [{"text": "Weather in Oslo?"}]},
    {
        "role": "assistant",
        "content": [{"toolUse": {"toolUseId": "abc", "name": "weather", "input": {"city": "Oslo"}}}],
    },
    {"role": "user", "content": [{"toolResult": {"toolUseId": "abc", "content": [{"text": "rain"}]}}]},
]

EXPECTED: dict[str, dict[str, Any]] = {
    bodies.CLAUDE: {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"image": {"format": "png", "source": {"bytes": bodies.PNG}}},
                    {"text": "Weather here?"},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Oslo.", "signature": "c2ln"}}},
                    {"reasoningContent": {"redactedContent": "Wlc1ag=="}},
                    {"toolUse": {"toolUseId": "toolu_1", "name": "weather", "input": {"city": "Oslo"}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "toolu_1", "content": [{"text": "rain"}]}},
                    {
                        "document": {
                            "format": "txt",
                            "name": "Oslo",
                            "source": {"text": "Oslo is wet."},
                            "citations": {"enabled": True},
                        }
                    },
                    {"cachePoint": {"type": "default", "ttl": "5m"}},
                ],
            },
        ],
        "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
        "inferenceConfig": {"maxTokens": 2000, "stopSequences": ["END"]},
        "toolConfig": {"tools": [WEATHER], "toolChoice": {"auto": {}}},
        "additionalModelRequestFields": {
            "anthropic_beta": ["interleaved-thinking-2025-05-14"],
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "top_k": 5,
        },
    },
    bodies.NOVA: {
        "messages": bodies.CONVERSATIONS[bodies.NOVA]["messages"],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 20, "temperature": 0.5, "stopSequences": ["END"]},
        "toolConfig": bodies.CONVERSATIONS[bodies.NOVA]["toolConfig"],
        "additionalModelRequestFields": {"inferenceConfig": {"topK": 5}},
    },
    bodies.TITAN: {
        "messages": [
            {"role": "user", "content": [{"text": "Hello"}]},
            {"role": "assistant", "content": [{"text": "Hi there"}]},
            {"role": "user", "content": [{"text": "Weather?"}]},
        ],
        "inferenceConfig": {"maxTokens": 20, "temperature": 0.5, "topP": 1, "stopSequences": ["END"]},
    },
    bodies.LLAMA: {
        "messages": [{"role": "user", "content": [{"text": "Weather?"}]}],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 20, "temperature": 0.5, "topP": 0.9},
    },
    bodies.MISTRAL: {
        "messages": [{"role": "user", "content": [{"text": "Weather?"}]}],
        "inferenceConfig": {"maxTokens": 20, "stopSequences": ["END"]},
        "additionalModelRequestFields": {"top_k": 5},
    },
    bodies.MISTRAL_LARGE: {
        "messages": TOOL_TURNS,
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 50, "temperature": 0.2},
        "toolConfig": {"tools": [WEATHER]},
    },
    bodies.COMMAND: {
        "messages": [{"role": "user", "content": [{"text": "Weather?"}]}],
        "inferenceConfig": {"maxTokens": 20, "temperature": 0.5, "topP": 0.9},
        "additionalModelRequestFields": {"k": 5},
    },
    bodies.COMMAND_R: {
        "messages": [
            {"role": "user", "content": [{"text": "Hello"}]},
            {"role": "assistant", "content": [{"text": "Hi"}]},
            {"role": "user", "content": [{"text": "And now?"}]},
            {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "call_3_0", "name": "weather", "input": {"city": "Oslo"}}}],
            },
            {
                "role": "user",
                "content": [{"toolResult": {"toolUseId": "call_3_0", "content": [{"json": {"sky": "rain"}}]}}],
            },
        ],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 20, "stopSequences": ["END"]},
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "weather",
                        "description": "The weather in a city",
                        "inputSchema": {
                            "json": {
                                "type": "object",
                                "properties": {"city": {"type": "string", "description": "Which"}},
                                "required": ["city"],
                            }
                        },
                    }
                }
            ]
        },
    },
    bodies.GPT: {
        "messages": TOOL_TURNS,
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 50, "temperature": 0.2},
        "toolConfig": {"tools": [WEATHER]},
        "additionalModelRequestFields": {"reasoning_effort": "low"},
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {"jsonSchema": {"schema": json.dumps(bodies.SCHEMA), "name": "sky"}},
            }
        },
    },
}


@pytest.mark.parametrize("model", bodies.CONVERSATIONS)
def test_a_body_becomes_a_converse_body(model: str) -> None:
    """Turns, system prompt, limits and tools arrive in Converse's words, and botocore's model has no objection."""
    found = read(bodies.CONVERSATIONS[model], model).converse
    assert found == EXPECTED[model]
    assert not shapes.validate("Converse", found)


@pytest.mark.parametrize(
    ("model", "body", "expected"),
    [
        (bodies.CLAUDE, {"tool_choice": {"type": "any"}, "thinking": None}, {"any": {}}),
        (
            bodies.CLAUDE,
            {"tool_choice": {"type": "tool", "name": "weather"}, "thinking": None},
            {"tool": {"name": "weather"}},
        ),
        (bodies.GPT, {"tool_choice": "required"}, {"any": {}}),
        (bodies.MISTRAL_LARGE, {"tool_choice": "any"}, {"any": {}}),
        (
            bodies.GPT,
            {"tool_choice": {"type": "function", "function": {"name": "weather"}}},
            {"tool": {"name": "weather"}},
        ),
    ],
)
def test_a_forced_tool_stays_forced(model: str, body: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each family's way to demand a tool call is Converse's any or tool."""
    found = read({**bodies.CONVERSATIONS[model], **body}, model).converse
    assert found is not None
    assert found["toolConfig"]["toolChoice"] == expected


@pytest.mark.parametrize(
    ("model", "choice"), [(bodies.CLAUDE, {"type": "none"}), (bodies.GPT, "none"), (bodies.MISTRAL_LARGE, "none")]
)
def test_no_tool_is_offered_where_none_may_be_called(model: str, choice: Any) -> None:
    """Converse has no choice `none`: the tools are left out, so that the speaker calls none."""
    found = read({**bodies.CONVERSATIONS[model], "tool_choice": choice}, model).converse
    assert found is not None
    assert "toolConfig" not in found


def test_a_schema_is_asked_for_in_one_way() -> None:
    """Anthropic's output format and OpenAI's response format both become Converse's outputConfig."""
    wanted = {"type": "json_schema", "schema": bodies.SCHEMA}
    body = {**bodies.CONVERSATIONS[bodies.CLAUDE], "output_config": {"format": wanted, "effort": "low"}}
    found = read(body, bodies.CLAUDE).converse
    assert found is not None
    asked = found["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"]
    assert json.loads(asked) == bodies.SCHEMA
    assert found["additionalModelRequestFields"]["output_config"] == {"effort": "low"}


def test_turns_of_one_role_are_joined() -> None:
    """Anthropic takes two user turns in a row; Converse wants them to alternate."""
    messages = [{"role": "user", "content": "One"}, {"role": "user", "content": "Two"}]
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": messages}
    found = read(body, bodies.CLAUDE).converse
    assert found is not None
    assert found["messages"] == [{"role": "user", "content": [{"text": "One"}, {"text": "Two"}]}]


@pytest.mark.parametrize("prompt", ["Plain text", "User of the month: Bot", "[/INST] alone"])
def test_a_prompt_without_a_users_mark_is_one_turn(prompt: str) -> None:
    """Text is taken apart only where a template marks what the user says."""
    for model, name in ((bodies.MISTRAL, "prompt"), (bodies.TITAN, "inputText"), (bodies.COMMAND, "prompt")):
        found = read({name: prompt}, model).converse
        assert found is not None
        assert found["messages"] == [{"role": "user", "content": [{"text": prompt}]}]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", "anthropic"),
        (
            "arn:aws:bedrock:us-east-1:111122223333:inference-profile/eu.anthropic.claude-3-haiku-20240307-v1:0",
            "anthropic",
        ),
        ("apac.amazon.nova-lite-v1:0", "nova"),
        ("amazon.nova-canvas-v1:0", None),
        ("amazon.titan-text-lite-v1", "titan-text"),
        ("amazon.titan-embed-g1-text-02", "titan-embed"),
        ("meta.llama2-13b-chat-v1", "llama"),
        ("mistral.mixtral-8x7b-instruct-v0:1", "mistral"),
        ("cohere.command-light-text-v14", "cohere-command"),
        ("cohere.command-r-v1:0", "cohere-command-r"),
        ("cohere.embed-multilingual-v3", "cohere-embed"),
        ("openai.gpt-oss-20b-1:0", "openai"),
        ("qwen.qwen3-32b-v1:0", "openai"),
        ("stability.sd3-large-v1:0", None),
        ("no such id/", None),
    ],
)
def test_the_model_id_tells_the_format(model: str, name: str | None) -> None:
    """A geography ahead of the id, or an ARN around it, changes nothing."""
    found = native_format(model)
    assert (found.name if found else None) == name


SHARES = {"temperature": 0.5, "top_p": 0.5}

DOCUMENTED: list[tuple[str, dict[str, Any]]] = [
    (
        bodies.CLAUDE,
        {
            "thinking": {"type": "adaptive", "display": "summarized"},
            "anthropic_version": "2026-10-21",
            "metadata": {"user_id": "u"},
            "context_management": {"edits": []},
            "output_format": {"type": "json_schema", "schema": {}},
            "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
            **SHARES,
        },
    ),
    (bodies.CLAUDE, {"thinking": {"type": "disabled"}, "tool_choice": {"type": "none"}, "system": "Be brief."}),
    (
        bodies.NOVA,
        {
            "inferenceConfig": {
                "maxTokens": 9,
                "topP": 0.5,
                "top_p": 0.5,
                "top_k": 0,
                "reasoningConfig": {"type": "disabled"},
            }
        },
    ),
    (bodies.LLAMA, {"images": ["eA=="]}),
    (bodies.MISTRAL, SHARES),
    (bodies.MISTRAL_LARGE, {"top_p": 0.5}),
    (
        bodies.COMMAND,
        {
            "stop_sequences": ["x"],
            "return_likelihoods": "NONE",
            "num_generations": 2,
            "logit_bias": {"1": 1.0},
            "truncate": "END",
        },
    ),
    (
        bodies.COMMAND_R,
        {
            "documents": [{"title": "t", "snippet": "s"}],
            "search_queries_only": False,
            "temperature": 0.5,
            "p": 0.5,
            "k": 1,
            "prompt_truncation": "OFF",
            "frequency_penalty": 0.5,
            "presence_penalty": 0.5,
            "seed": 1,
            "return_prompt": False,
            "raw_prompting": False,
        },
    ),
    (bodies.GPT, {"stop": "x", "n": 1, "logprobs": True, "seed": 1, "max_completion_tokens": 5, **SHARES}),
    (bodies.COHERE_EMBED, {"embedding_types": ["uint8", "ubinary"]}),
    (bodies.COHERE_EMBED_4, {"max_tokens": 9, "truncate": "RIGHT"}),
]


@pytest.mark.parametrize(("model", "members"), DOCUMENTED)
def test_every_documented_member_is_taken(model: str, members: dict[str, Any]) -> None:
    """What AWS documents beside the members of the sound bodies is not refused."""
    assert read({**bodies.BODIES[model], **members}, model).body.items() >= members.items()


def test_what_only_nova_calls_so_reaches_the_speaker() -> None:
    """Its reasoning, and the other spellings of its limits."""
    given = {"maxTokens": 7, "top_p": 0.3, "top_k": 2, "reasoningConfig": {"type": "enabled"}}
    found = read({"messages": [{"role": "user", "content": [{"text": "x"}]}], "inferenceConfig": given}, bodies.NOVA)
    assert found.converse is not None
    assert found.converse["inferenceConfig"] == {"maxTokens": 7, "topP": 0.3}
    assert found.converse["additionalModelRequestFields"] == {
        "inferenceConfig": {"topK": 2},
        "reasoningConfig": {"type": "enabled"},
    }


PYTHONS_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "List[str]": "array",
    "dict": "object",
    "object": "object",
    "Anything": "string",
}


def test_coheres_types_become_json_schemas() -> None:
    """Command R names a parameter's type as Python does."""
    definitions = {f"p{place}": {"type": name} for place, name in enumerate(PYTHONS_TYPES)}
    tools = [{"name": "weather", "parameter_definitions": definitions}]
    found = read({"message": "x", "tools": tools}, bodies.COMMAND_R).converse
    assert found is not None
    schema = found["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
    assert [one["type"] for one in schema["properties"].values()] == list(PYTHONS_TYPES.values())
    assert schema["required"] == []


def test_coheres_documents_are_shown_as_text() -> None:
    """They stand ahead of the conversation, name by name."""
    found = read({"message": "x", "documents": [{"title": "t", "snippet": "s"}]}, bodies.COMMAND_R).converse
    assert found is not None
    assert found["messages"][0]["content"] == [{"text": "title: t\nsnippet: s"}, {"text": "x"}]


PROMPTS = [
    (
        bodies.LLAMA,
        "prompt",
        "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHello [/INST] Hi </s><s>[INST] More [/INST]",
    ),
    (
        bodies.LLAMA,
        "prompt",
        (
            "<|begin_of_text|><|header_start|>system<|header_end|>\n\nBe brief.<|eot|><|header_start|>user<|header_end|>\n\n"
            "Hello<|eot|><|header_start|>assistant<|header_end|>\n\nHi<|eot|><|header_start|>user<|header_end|>\n\nMore<|eot|>"
            "<|header_start|>assistant<|header_end|>\n\n"
        ),
    ),
]


@pytest.mark.parametrize(("model", "name", "prompt"), PROMPTS)
def test_a_templates_turns_are_taken_apart(model: str, name: str, prompt: str) -> None:
    """Llama 2's marks and Llama 4's: system prompt, turns, and nothing of the marks."""
    found = read({name: prompt}, model).converse
    assert found is not None
    assert found["system"] == [{"text": "Be brief."}]
    assert [(turn["role"], turn["content"]) for turn in found["messages"]] == [
        ("user", [{"text": "Hello"}]),
        ("assistant", [{"text": "Hi"}]),
        ("user", [{"text": "More"}]),
    ]


CHAT_PARTS = [
    ([{"type": "text", "text": "x"}], [{"text": "x"}]),
    (
        [{"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,eA=="}}],
        [{"image": {"format": "jpeg", "source": {"bytes": "eA=="}}}],
    ),
    ([{"type": "image_url", "image_url": "https://example.com/x.png"}], [{"text": "https://example.com/x.png"}]),
]


@pytest.mark.parametrize(("content", "expected"), CHAT_PARTS)
def test_parts_of_a_chat_message_are_blocks(content: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Text, an image sent along, and an image that lies elsewhere, of which only the address is seen."""
    found = read({"messages": [{"role": "user", "content": content}]}, bodies.GPT).converse
    assert found is not None
    assert found["messages"] == [{"role": "user", "content": expected}]


OPAQUE = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghijkl"


@pytest.mark.parametrize(
    "model", [bodies.CLAUDE, bodies.NOVA, bodies.TITAN, bodies.LLAMA, bodies.COMMAND_R, bodies.GPT]
)
def test_a_body_tells_what_an_opaque_id_hides(model: str) -> None:
    """The ARN of an application inference profile does not say whose the model is, but its bodies do."""
    known = native_format(model)
    assert known is not None
    assert read(bodies.CONVERSATIONS[model], OPAQUE).format == known.name
