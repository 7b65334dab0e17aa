"""A gateway's Anthropic front as an adapter: Anthropic's own client, with nothing added.

History is kept as the client's users keep it: the assistant's blocks go back as they came. What streams leave to the caller is
done here: pieces of a block are put together by its place.
"""

import json
from collections.abc import Generator, Iterator
from typing import Any

import anthropic

from bedrock_harness.providers.adapters.fronts import Front, service_name, started
from bedrock_harness.providers.adapters.kit import Conversation, serve

STOPS = {"refusal": "content_filtered"}
"""Anthropic's stop reasons in the service's words where they differ, for gateways that do not tell the service's own."""

CHOICES = {"any": {"type": "any"}, "auto": {"type": "auto"}, "none": {"type": "none"}}
CACHED = {"cache_control": {"type": "ephemeral"}}
MAX_TOKENS = 4096
"""Where the caller does not say: Anthropic's API requires a number."""

OK = 200


class AnthropicFront(Front):
    """A gateway that speaks Anthropic's messages."""

    def __init__(self) -> None:
        super().__init__("gateway-anthropic")

    def open(self, opening: dict[str, Any]) -> Conversation:
        """A client of its own for each conversation; the gateway is started with the first."""
        return AnthropicConversation(opening)

    def describe(self, error: Exception) -> dict[str, Any]:
        """What the client's errors carry. An error inside a stream has the status that the stream began with."""
        body = getattr(error, "body", None)
        told = (body.get("error") if isinstance(body, dict) else None) or {}
        status = getattr(error, "status_code", None)
        return {
            "message": told.get("message") or str(error),
            "code": service_name(told.get("code")),
            "status": None if status == OK else status,
            "request_id": getattr(error, "request_id", None),
        }


class AnthropicConversation(Conversation):
    """Messages as Anthropic's client takes and returns them."""

    def __init__(self, opening: dict[str, Any]) -> None:
        settings = opening["settings"]
        self._client: Any = anthropic.Anthropic(
            base_url=started(opening["endpoint"]),
            api_key="unused",
            max_retries=settings["attempts"] - 1,
            timeout=settings["read_timeout"] or anthropic.NOT_GIVEN,
        )
        self._members = _members(opening)
        self._messages = [_from_converse(message) for message in opening["history"]]

    def send(self, content: list[dict[str, Any]], stream: bool) -> Iterator[dict[str, Any]]:
        """One call of the client; the reply's blocks join the history when it is whole."""
        messages = [*self._messages, _from_converse({"role": "user", "content": content})]
        if stream:
            blocks = yield from self._streamed(messages)
        else:
            reply = self._client.messages.create(messages=messages, **self._members)
            blocks = [block.model_dump(exclude_none=True) for block in reply.content]
            for block in blocks:
                yield from _whole(block)
            own = (reply.model_extra or {}).get("bedrock") or {}
            yield _stop(reply.stop_reason, own)
            yield _usage(reply.usage.model_dump(exclude_none=True), own)
        self._messages = [*messages, {"role": "assistant", "content": blocks}]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _streamed(self, messages: list[dict[str, Any]]) -> Generator[dict[str, Any], None, list[dict[str, Any]]]:
        """Yield parts as events come, tool calls and redacted reasoning when their block stops; return the blocks."""
        blocks: dict[int, Block] = {}
        usage: dict[str, Any] = {}
        with self._client.messages.create(messages=messages, stream=True, **self._members) as events:
            for event in events:
                if event.type == "message_start":
                    usage = event.message.usage.model_dump(exclude_none=True)
                elif event.type == "content_block_start":
                    blocks[event.index] = Block(event.content_block.model_dump(exclude_none=True))
                elif event.type == "content_block_delta":
                    yield from blocks[event.index].add(event.delta.model_dump(exclude_none=True))
                elif event.type == "content_block_stop":
                    yield from blocks[event.index].stop()
                elif event.type == "message_delta":
                    own = (event.model_extra or {}).get("bedrock") or {}
                    yield _stop(event.delta.stop_reason, own)
                    yield _usage({**usage, **event.usage.model_dump(exclude_none=True)}, own)
        return [block.whole for _, block in sorted(blocks.items())]


class Block:
    """A content block that is being streamed."""

    def __init__(self, start: dict[str, Any]) -> None:
        self.whole = start
        self._input = ""

    def add(self, delta: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Take a piece; yield what can be told at once."""
        kind = delta.pop("type")
        if kind == "text_delta":
            self.whole["text"] += delta["text"]
            yield {"text": delta["text"]}
        elif kind == "thinking_delta":
            self.whole["thinking"] += delta["thinking"]
            yield {"reasoning": {"text": delta["thinking"]}}
        elif kind == "signature_delta":
            self.whole["signature"] = delta["signature"]
            yield {"reasoning": {"signature": delta["signature"]}}
        elif kind == "input_json_delta":
            self._input += delta["partial_json"]
        elif kind == "citations_delta":
            self.whole.setdefault("citations", []).append(delta["citation"])

    def stop(self) -> Iterator[dict[str, Any]]:
        """Tell what is told only when it is whole. Input that is no JSON is told as the text that it is."""
        if self._input:
            try:
                self.whole["input"] = json.loads(self._input)
            except ValueError:
                self.whole["input"] = self._input
        if self.whole["type"] in {"redacted_thinking", "tool_use"}:
            yield from _whole(self.whole)


def _whole(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        yield {"text": block["text"]}
    elif block["type"] == "thinking":
        yield {"reasoning": {"text": block["thinking"], "signature": block.get("signature")}}
    elif block["type"] == "redacted_thinking":
        yield {"reasoning": {"redacted": block["data"]}}
    elif block["type"] == "tool_use":
        yield {"tool_call": {"id": block["id"], "name": block["name"], "input": block["input"]}}


def _stop(reason: str | None, own: dict[str, Any]) -> dict[str, Any]:
    return {"stop": own.get("stopReason") or STOPS.get(reason or "", reason)}


def _usage(usage: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Token counts. Anthropic has no total; a gateway's word for it counts where there is one."""
    counts = {
        "input": usage.get("input_tokens"),
        "output": usage.get("output_tokens"),
        "cache_read": usage.get("cache_read_input_tokens"),
        "cache_write": usage.get("cache_creation_input_tokens"),
        "total": (own.get("usage") or {}).get("totalTokens"),
    }
    return {"usage": {name: count for name, count in counts.items() if count is not None}}


# --------------------------------------------------------------------------------------------------------- what is asked


def _members(opening: dict[str, Any]) -> dict[str, Any]:
    settings = opening["settings"]
    choice, additional = settings["tool_choice"], dict(settings["additional"])
    sampling = {"temperature": settings["temperature"], "top_p": settings["top_p"]}
    members = {
        "model": opening["model"],
        "max_tokens": settings["max_tokens"] or MAX_TOKENS,
        "stop_sequences": settings["stop_sequences"],
        "system": _system(opening),
        "tools": _tools(opening),
        "tool_choice": CHOICES.get(choice, {"type": "tool", "name": choice}) if choice else None,
        "extra_body": {**additional, **{name: value for name, value in sampling.items() if value is not None}},
    }
    return {name: value for name, value in members.items() if value not in (None, [], {})}


def _system(opening: dict[str, Any]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [{"type": "text", "text": text} for text in opening["system"]]
    if opening["settings"]["cache"] and blocks:
        blocks[-1].update(CACHED)
    return blocks


def _tools(opening: dict[str, Any]) -> list[dict[str, Any]]:
    tools = []
    for tool in opening["tools"]:
        described = {"description": tool["description"]} if tool.get("description") else {}
        tools.append({"name": tool["name"], "input_schema": tool["schema"], **described})
    if opening["settings"]["cache"] and tools and not opening["system"]:
        tools[-1].update(CACHED)
    return tools


def _from_converse(message: dict[str, Any]) -> dict[str, Any]:
    return {"role": message["role"], "content": [_block(block) for block in message["content"]]}


def _block(block: dict[str, Any]) -> dict[str, Any]:
    if "toolUse" in block:
        call = block["toolUse"]
        return {"type": "tool_use", "id": call["toolUseId"], "name": call["name"], "input": call["input"]}
    if "toolResult" in block:
        result = block["toolResult"]
        failed = {"is_error": True} if result.get("status") == "error" else {}
        parts = [_block(part) for part in result["content"]]
        return {"type": "tool_result", "tool_use_id": result["toolUseId"], "content": parts, **failed}
    if "json" in block:
        return {"type": "text", "text": json.dumps(block["json"])}
    if "image" in block:
        source = {"media_type": f"image/{block['image']['format']}", "data": block["image"]["source"]["bytes"]}
        return {"type": "image", "source": {"type": "base64", **source}}
    if "document" in block:
        document = block["document"]
        source = {"media_type": "application/pdf", "data": document["source"]["bytes"]}
        return {"type": "document", "title": document["name"], "source": {"type": "base64", **source}}
    if "redactedContent" in block.get("reasoningContent", {}):
        return {"type": "redacted_thinking", "data": block["reasoningContent"]["redactedContent"]}
    if "reasoningContent" in block:
        text = block["reasoningContent"]["reasoningText"]
        return {"type": "thinking", "thinking": text["text"], "signature": text.get("signature", "")}
    return {"type": "text", "text": block["text"]}


if __name__ == "__main__":
    serve(AnthropicFront())
