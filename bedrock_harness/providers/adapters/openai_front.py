"""A gateway's OpenAI front as an adapter: OpenAI's own client, with nothing added.

History is kept as the client's users keep it: the assistant's message goes back with every member that it came with. What
streams leave to the caller is done here: pieces of a message are put together by their place.
"""

import json
from collections.abc import Generator, Iterator
from typing import Any

import openai

from bedrock_harness.providers.adapters.fronts import Front, service_name, started
from bedrock_harness.providers.adapters.kit import Conversation, serve

STOPS = {"content_filter": "content_filtered", "length": "max_tokens", "stop": "end_turn", "tool_calls": "tool_use"}
"""OpenAI's finish reasons in the service's words, for gateways that do not tell the service's own."""

CHOICES = {"any": "required", "auto": "auto", "none": "none"}
CACHED = {"cache_control": {"type": "ephemeral"}}
JOINED = ("arguments", "content", "data", "reasoning_content", "signature", "thinking")
"""Members of a message whose pieces are put together; of all others the last one counts."""

LISTED = ("citations", "thinking_blocks", "tool_calls")
"""Members that are lists, whose entries say by `index` where they belong."""


class OpenAIFront(Front):
    """A gateway that speaks OpenAI's chat completions."""

    def __init__(self) -> None:
        super().__init__("gateway-openai")

    def open(self, opening: dict[str, Any]) -> Conversation:
        """A client of its own for each conversation; the gateway is started with the first."""
        return OpenAIConversation(opening)

    def describe(self, error: Exception) -> dict[str, Any]:
        """What the client's errors carry: a status, and the body's message and code."""
        body = getattr(error, "body", None)
        told = body if isinstance(body, dict) else {}
        return {
            "message": told.get("message") or str(error),
            "code": service_name(told.get("code")),
            "status": getattr(error, "status_code", None),
            "request_id": getattr(error, "request_id", None),
        }


class OpenAIConversation(Conversation):
    """Messages as OpenAI's client takes and returns them."""

    def __init__(self, opening: dict[str, Any]) -> None:
        settings = opening["settings"]
        self._client: Any = openai.OpenAI(
            base_url=started(opening["endpoint"]) + "/v1",
            api_key="unused",
            max_retries=settings["attempts"] - 1,
            timeout=settings["read_timeout"] or openai.NOT_GIVEN,
        )
        self._members = _members(opening)
        self._messages = [
            *_system(opening),
            *(one for message in opening["history"] for one in _from_converse(message)),
        ]

    def send(self, content: list[dict[str, Any]], stream: bool) -> Iterator[dict[str, Any]]:
        """One call of the client; the reply's message joins the history when it is whole."""
        messages = [*self._messages, *_from_converse({"role": "user", "content": content})]
        if stream:
            reply = yield from self._streamed(messages)
        else:
            completion = self._client.chat.completions.create(messages=messages, **self._members)
            choice = completion.choices[0]
            reply = choice.message.model_dump(exclude_none=True)
            yield from _shown(reply)
            yield from _calls(reply)
            yield _stop(choice.finish_reason, completion)
            yield from _usage(completion)
        self._messages = [*messages, reply]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _streamed(self, messages: list[dict[str, Any]]) -> Generator[dict[str, Any], None, dict[str, Any]]:
        """Yield parts as chunks come, tool calls when the stream is over; return the message."""
        message: dict[str, Any] = {"role": "assistant"}
        options = {"stream": True, "stream_options": {"include_usage": True}}
        with self._client.chat.completions.create(messages=messages, **self._members, **options) as chunks:
            for chunk in chunks:
                for choice in chunk.choices:
                    delta = choice.delta.model_dump(exclude_none=True)
                    yield from _shown(delta)
                    _join(message, delta)
                    if choice.finish_reason is not None:
                        yield from _calls(message)
                        yield _stop(choice.finish_reason, chunk)
                yield from _usage(chunk)
        return message


def _shown(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The text and the reasoning of a message, or of a piece of one."""
    if message.get("reasoning_content"):
        yield {"reasoning": {"text": message["reasoning_content"]}}
    for block in message.get("thinking_blocks", ()):
        if block.get("signature"):
            yield {"reasoning": {"signature": block["signature"]}}
        if block.get("data"):
            yield {"reasoning": {"redacted": block["data"]}}
    if message.get("content"):
        yield {"text": message["content"]}


def _calls(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The tool calls of a whole message. Arguments that are no JSON are told as the text that they are."""
    for call in message.get("tool_calls", ()):
        arguments = call["function"]["arguments"]
        try:
            value = json.loads(arguments)
        except ValueError:
            value = arguments
        yield {"tool_call": {"id": call["id"], "name": call["function"]["name"], "input": value}}


def _stop(finish: str, told: Any) -> dict[str, Any]:
    own = (told.model_extra or {}).get("bedrock") or {}
    return {"stop": own.get("stopReason") or STOPS.get(finish, finish)}


def _usage(told: Any) -> Iterator[dict[str, Any]]:
    """Token counts. OpenAI counts what was cached among the prompt's tokens; LiteLLM names what was written as Anthropic does."""
    if told.usage is None:
        return
    details = told.usage.prompt_tokens_details
    read = (details and details.cached_tokens) or 0
    written = (
        (details and details.cache_write_tokens)
        or (told.usage.model_extra or {}).get("cache_creation_input_tokens")
        or 0
    )
    counts = {
        "input": told.usage.prompt_tokens - read - written,
        "output": told.usage.completion_tokens,
        "total": told.usage.total_tokens,
    }
    yield {"usage": {**counts, "cache_read": read, "cache_write": written}}


def _join(whole: dict[str, Any], piece: dict[str, Any]) -> None:
    """Put a piece of a message into the message."""
    for name, value in piece.items():
        if name in LISTED:
            places = whole.setdefault(name, [])
            for entry in value:
                place = entry.get("index", _place(places))
                while len(places) <= place:
                    places.append({})
                _join(places[place], entry)
        elif isinstance(value, dict):
            _join(whole.setdefault(name, {}), value)
        else:
            whole[name] = whole.get(name, "") + value if name in JOINED else value


def _place(places: list[dict[str, Any]]) -> int:
    """Where an entry belongs that does not say so, as LiteLLM's: to the one before it, until that is signed or redacted."""
    whole = not places or "signature" in places[-1] or "data" in places[-1]
    return len(places) if whole else len(places) - 1


# --------------------------------------------------------------------------------------------------------- what is asked


def _members(opening: dict[str, Any]) -> dict[str, Any]:
    settings = opening["settings"]
    choice = settings["tool_choice"]
    named = {"type": "function", "function": {"name": choice}}
    members = {
        "model": opening["model"],
        "max_tokens": settings["max_tokens"],
        "temperature": settings["temperature"],
        "top_p": settings["top_p"],
        "stop": settings["stop_sequences"],
        "tools": _tools(opening),
        "tool_choice": CHOICES.get(choice, named) if choice else None,
        "extra_body": settings["additional"],
    }
    return {name: value for name, value in members.items() if value not in (None, [], {})}


def _system(opening: dict[str, Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": [{"type": "text", "text": text}]} for text in opening["system"]
    ]
    if opening["settings"]["cache"] and messages:
        messages[-1]["content"][-1].update(CACHED)
    return messages


def _tools(opening: dict[str, Any]) -> list[dict[str, Any]]:
    tools: list[dict[str, Any]] = [
        {
            "type": "function",
            "function": {
                "name": tool["name"],
                "parameters": tool["schema"],
                **({"description": tool["description"]} if tool.get("description") else {}),
            },
        }
        for tool in opening["tools"]
    ]
    if opening["settings"]["cache"] and tools and not opening["system"]:
        tools[-1].update(CACHED)
    return tools


def _from_converse(message: dict[str, Any]) -> list[dict[str, Any]]:
    """A message of Converse's as OpenAI's: results of tools are messages of their own, before what the user says."""
    blocks = message["content"]
    if message["role"] == "assistant":
        return [_assistant(blocks)]
    results = [_result(block["toolResult"]) for block in blocks if "toolResult" in block]
    parts = [_part(block) for block in blocks if "toolResult" not in block]
    return [*results, *([{"role": "user", "content": parts}] if parts else [])]


def _assistant(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    calls = [
        {
            "id": call["toolUseId"],
            "type": "function",
            "function": {"name": call["name"], "arguments": json.dumps(call["input"])},
        }
        for block in blocks
        if (call := block.get("toolUse"))
    ]
    thoughts = [_thought(block["reasoningContent"]) for block in blocks if "reasoningContent" in block]
    members = {"tool_calls": calls, "thinking_blocks": thoughts}
    text = "".join(block.get("text", "") for block in blocks)
    return {"role": "assistant", "content": text, **{name: value for name, value in members.items() if value}}


def _thought(reasoning: dict[str, Any]) -> dict[str, Any]:
    if "redactedContent" in reasoning:
        return {"type": "redacted_thinking", "data": reasoning["redactedContent"]}
    text = reasoning["reasoningText"]
    return {"type": "thinking", "thinking": text["text"], "signature": text.get("signature", "")}


def _result(result: dict[str, Any]) -> dict[str, Any]:
    """A tool's result. That it failed is no word of OpenAI's: `is_error` is the reference gateway's."""
    failed = {"is_error": True} if result.get("status") == "error" else {}
    parts = [
        {"type": "text", "text": json.dumps(part["json"])} if "json" in part else _part(part)
        for part in result["content"]
    ]
    return {"role": "tool", "tool_call_id": result["toolUseId"], "content": parts, **failed}


def _part(block: dict[str, Any]) -> dict[str, Any]:
    if "image" in block:
        url = f"data:image/{block['image']['format']};base64,{block['image']['source']['bytes']}"
        return {"type": "image_url", "image_url": {"url": url}}
    if "document" in block:
        document = block["document"]
        data = f"data:application/octet-stream;base64,{document['source']['bytes']}"
        return {"type": "file", "file": {"filename": f"{document['name']}.{document['format']}", "file_data": data}}
    return {"type": "text", "text": block["text"]}


if __name__ == "__main__":
    serve(OpenAIFront())
