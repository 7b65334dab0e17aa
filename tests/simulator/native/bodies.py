"""One sound body for each kind of body that InvokeModel takes, and an answer for each to give."""

from __future__ import annotations

from typing import Any

from bedrock_harness.simulator.script import Answer, Reasoning, Text, ToolUse, Usage, answer

CLAUDE = "us.anthropic.claude-sonnet-4-20250514-v1:0"
NOVA = "amazon.nova-micro-v1:0"
TITAN = "amazon.titan-text-express-v1"
LLAMA = "us.meta.llama3-1-70b-instruct-v1:0"
MISTRAL = "mistral.mistral-7b-instruct-v0:2"
MISTRAL_LARGE = "mistral.mistral-large-2402-v1:0"
COMMAND = "cohere.command-text-v14"
COMMAND_R = "cohere.command-r-plus-v1:0"
GPT = "openai.gpt-oss-120b-1:0"
TITAN_EMBED_1 = "amazon.titan-embed-text-v1"
TITAN_EMBED_2 = "amazon.titan-embed-text-v2:0"
TITAN_EMBED_IMAGE = "amazon.titan-embed-image-v1"
COHERE_EMBED = "cohere.embed-english-v3"
COHERE_EMBED_4 = "us.cohere.embed-v4:0"

PNG = "iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ID = "tooluse_" + "aB3" * 7 + "x"

_FUNCTION = {"name": "weather", "description": "The weather in a city", "parameters": SCHEMA}
_CHAT: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather in Oslo?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "abc", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}],
        },
        {"role": "tool", "tool_call_id": "abc", "content": "rain"},
    ],
    "tools": [{"type": "function", "function": _FUNCTION}],
    "tool_choice": "auto",
    "max_tokens": 50,
    "temperature": 0.2,
}

CONVERSATIONS: dict[str, dict[str, Any]] = {
    CLAUDE: {
        "anthropic_version": "bedrock-2023-05-31",
        "anthropic_beta": ["interleaved-thinking-2025-05-14"],
        "max_tokens": 2000,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                    {"type": "text", "text": "Weather here?"},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Oslo.", "signature": "c2ln"},
                    {"type": "redacted_thinking", "data": "ZW5j"},
                    {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain", "is_error": False},
                    {
                        "type": "document",
                        "source": {"type": "text", "media_type": "text/plain", "data": "Oslo is wet."},
                        "title": "Oslo",
                        "citations": {"enabled": True},
                        "cache_control": {"type": "ephemeral", "ttl": "5m"},
                    },
                ],
            },
        ],
        "tools": [{"name": "weather", "description": "The weather in a city", "input_schema": SCHEMA}],
        "tool_choice": {"type": "auto"},
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "stop_sequences": ["END"],
        "top_k": 5,
    },
    NOVA: {
        "schemaVersion": "messages-v1",
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "Weather?"}, {"image": {"format": "png", "source": {"bytes": PNG}}}]}
        ],
        "inferenceConfig": {"max_new_tokens": 20, "temperature": 0.5, "topK": 5, "stopSequences": ["END"]},
        "toolConfig": {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": SCHEMA}}}]},
    },
    TITAN: {
        "inputText": "User: Hello\nBot: Hi there\nUser: Weather?\nBot:",
        "textGenerationConfig": {"maxTokenCount": 20, "temperature": 0.5, "topP": 1, "stopSequences": ["END"]},
    },
    LLAMA: {
        "prompt": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWeather?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        "max_gen_len": 20,
        "temperature": 0.5,
        "top_p": 0.9,
    },
    MISTRAL: {"prompt": "<s>[INST] Weather? [/INST]", "max_tokens": 20, "stop": ["END"], "top_k": 5},
    MISTRAL_LARGE: _CHAT,
    COMMAND: {"prompt": "Weather?", "max_tokens": 20, "temperature": 0.5, "p": 0.9, "k": 5, "stream": True},
    COMMAND_R: {
        "message": "And now?",
        "preamble": "Be brief.",
        "chat_history": [{"role": "USER", "message": "Hello"}, {"role": "CHATBOT", "message": "Hi"}],
        "tools": [
            {
                "name": "weather",
                "description": "The weather in a city",
                "parameter_definitions": {"city": {"description": "Which", "type": "str", "required": True}},
            }
        ],
        "tool_results": [{"call": {"name": "weather", "parameters": {"city": "Oslo"}}, "outputs": [{"sky": "rain"}]}],
        "max_tokens": 20,
        "stop_sequences": ["END"],
    },
    GPT: {
        **_CHAT,
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "json_schema": {"name": "sky", "schema": SCHEMA}},
    },
}

EMBEDDINGS: dict[str, dict[str, Any]] = {
    TITAN_EMBED_1: {"inputText": "a cat"},
    TITAN_EMBED_2: {"inputText": "a cat", "dimensions": 256, "normalize": True, "embeddingTypes": ["float"]},
    TITAN_EMBED_IMAGE: {"inputText": "a cat", "inputImage": PNG, "embeddingConfig": {"outputEmbeddingLength": 384}},
    COHERE_EMBED: {"texts": ["a cat", "a dog"], "input_type": "search_document", "truncate": "END"},
    COHERE_EMBED_4: {
        "inputs": [
            {
                "content": [
                    {"type": "text", "text": "a cat"},
                    {"type": "image_url", "image_url": f"data:image/png;base64,{PNG}"},
                ]
            }
        ],
        "input_type": "search_query",
        "embedding_types": ["int8"],
        "output_dimension": 512,
    },
}

BODIES = {**CONVERSATIONS, **EMBEDDINGS}

SAID = answer(Text("It rains in Oslo."), usage=Usage(11, 5))
CALLED: Answer = answer(
    Reasoning("Ask the tool.", "c2ln"),
    Text("One moment."),
    ToolUse(ID, "weather", {"city": "Oslo"}),
    stop="tool_use",
    usage=Usage(11, 7),
)
