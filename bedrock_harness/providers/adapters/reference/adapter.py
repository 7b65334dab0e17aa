"""The reference client as an adapter: `converse` and `converse_stream`, with the repairs that it makes by itself.

The client does the work; this says in the protocol's words what it tells. A turn that fails leaves no message behind.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import bedrock_harness
from bedrock_harness.client import BedrockError, Client, Reply, assistant_message
from bedrock_harness.providers.adapters.kit import Conversation, Provider, serve
from bedrock_harness.wire import events
from bedrock_harness.wire.sigv4 import Credentials

USAGE = {
    "input": "inputTokens",
    "output": "outputTokens",
    "total": "totalTokens",
    "cache_read": "cacheReadInputTokens",
    "cache_write": "cacheWriteInputTokens",
}
CACHE_POINT = {"cachePoint": {"type": "default"}}
DEFAULT_TIMEOUT = 60.0
"""Seconds, where the caller does not ask for another; the client's own default."""


class Reference(Provider):
    """The Converse client of bedrock_harness."""

    name = "reference"
    version = bedrock_harness.__version__
    capabilities: tuple[str, ...] = (
        "bearer",
        "cache",
        "cancel",
        "history",
        "reasoning",
        "repair",
        "retry",
        "session-token",
        "stream",
        "timeout",
        "tools",
        "unary",
    )

    manners: Mapping[str, Any] = {}
    """Further arguments of the client, for providers that are the reference client with other choices."""

    def open(self, opening: dict[str, Any]) -> Conversation:
        """A client of its own for each conversation: credentials and settings may differ."""
        return ReferenceConversation(opening, self.manners)

    def describe(self, error: Exception) -> dict[str, Any]:
        """What the client's errors carry."""
        if not isinstance(error, BedrockError):
            return super().describe(error)
        carried = {name: getattr(error, name, None) for name in ("code", "status", "request_id", "retryable")}
        return {"message": error.message, **{name: value for name, value in carried.items() if value is not None}}


class ReferenceConversation(Conversation):
    """Messages in Converse's shape, binary values in base64, as the client takes and returns them."""

    def __init__(
        self, opening: dict[str, Any], manners: Mapping[str, Any], client: Callable[..., Any] = Client
    ) -> None:
        self._client = client(**_arguments(opening), **manners)
        self._model = opening["model"]
        self._members = _members(opening)
        self._messages = list(opening["history"])

    def send(self, content: list[dict[str, Any]], stream: bool) -> Iterator[dict[str, Any]]:
        """One call of the client; the reply's message joins the history when it is whole."""
        messages = [*self._messages, {"role": "user", "content": content}]
        if stream:
            with self._client.converse_stream(self._model, messages, **self._members) as told:
                yield from _streamed(told)
                reply = told.reply()
        else:
            reply = self._client.converse(self._model, messages, **self._members)
            yield from _whole(reply)
        self._messages = [*messages, assistant_message(reply)]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _streamed(told: Iterator[events.Event]) -> Iterator[dict[str, Any]]:
    """Parts as events come; tool calls and redacted reasoning when their block stops."""
    blocks: dict[int, Unfinished] = {}
    for event in told:
        match event:
            case events.ContentBlockStart(
                content_block_index=index, start=events.Start(tool_use=events.ToolUseStart() as call)
            ):
                blocks[index] = Unfinished(call)
            case events.ContentBlockDelta(content_block_index=index, delta=delta):
                yield from blocks.setdefault(index, Unfinished(None)).add(delta)
            case events.ContentBlockStop(content_block_index=index) if index in blocks:
                yield from blocks.pop(index).stop()
            case events.MessageStop(stop_reason=reason):
                yield {"stop": reason}
            case events.Metadata(usage=dict() as usage):
                yield _usage(usage)


class Unfinished:
    """What of a block is told only when it is whole."""

    def __init__(self, call: events.ToolUseStart | None) -> None:
        self._call = call
        self._input: list[str] = []
        self._redacted = b""

    def add(self, delta: events.Delta) -> Iterator[dict[str, Any]]:
        """Take a delta; yield what can be told at once."""
        if delta.text is not None:
            yield {"text": delta.text}
        if delta.tool_use is not None:
            self._input.append(delta.tool_use.input)
        if (reasoning := delta.reasoning_content) is not None:
            shown = {"text": reasoning.text, "signature": reasoning.signature}
            if piece := {name: value for name, value in shown.items() if value is not None}:
                yield {"reasoning": piece}
            if reasoning.redacted_content is not None:
                self._redacted += base64.b64decode(reasoning.redacted_content)

    def stop(self) -> Iterator[dict[str, Any]]:
        """Tell the tool call or the redacted reasoning. Broken input is not told: `Stream.reply` raises for it."""
        if self._redacted:
            yield {"reasoning": {"redacted": base64.b64encode(self._redacted).decode()}}
        if self._call is not None:
            try:
                value = json.loads("".join(self._input) or "{}")
            except ValueError:
                return
            yield {"tool_call": {"id": self._call.tool_use_id, "name": self._call.name, "input": value}}


def _whole(reply: Reply) -> Iterator[dict[str, Any]]:
    """A whole reply as parts, block by block."""
    for block in reply.message.get("content", ()):
        if "text" in block:
            yield {"text": block["text"]}
        elif "toolUse" in block:
            call = block["toolUse"]
            yield {"tool_call": {"id": call["toolUseId"], "name": call["name"], "input": call.get("input", {})}}
        elif "citationsContent" in block:
            yield {"text": "".join(piece.get("text", "") for piece in block["citationsContent"].get("content", ()))}
        elif "redactedContent" in block.get("reasoningContent", {}):
            yield {"reasoning": {"redacted": block["reasoningContent"]["redactedContent"]}}
        elif "reasoningText" in block.get("reasoningContent", {}):
            yield {"reasoning": block["reasoningContent"]["reasoningText"]}
    if reply.stop_reason is not None:
        yield {"stop": reply.stop_reason}
    if reply.usage is not None:
        yield _usage(reply.usage)


def _usage(usage: dict[str, Any]) -> dict[str, Any]:
    return {"usage": {name: usage[member] for name, member in USAGE.items() if member in usage}}


def _arguments(opening: dict[str, Any]) -> dict[str, Any]:
    """The client's own arguments."""
    endpoint, settings = opening["endpoint"], opening["settings"]
    given = endpoint["credentials"]
    key, secret, token = given["access_key_id"], given["secret_access_key"], given["session_token"]
    return {
        "region": endpoint["region"],
        "credentials": Credentials(key, secret, token) if key else None,
        "bearer_token": given["bearer_token"],
        "endpoint": endpoint["url"],
        "read_timeout": settings["read_timeout"] or DEFAULT_TIMEOUT,
        "attempts": settings["attempts"],
        "ca_file": endpoint["ca_file"],
    }


def _members(opening: dict[str, Any]) -> dict[str, Any]:
    """The request's members beside the messages; what is not asked for is None, and left out by the client."""
    settings = opening["settings"]
    system: list[dict[str, Any]] = [{"text": text} for text in opening["system"]]
    tools = _tool_config(opening["tools"], settings["tool_choice"])
    if settings["cache"] and system:
        system.append(CACHE_POINT)
    elif settings["cache"] and tools:
        tools["tools"].append(CACHE_POINT)
    return {
        "system": system,
        "inferenceConfig": {
            "maxTokens": settings["max_tokens"],
            "temperature": settings["temperature"],
            "topP": settings["top_p"],
            "stopSequences": settings["stop_sequences"],
        },
        "additionalModelRequestFields": settings["additional"],
        "toolConfig": tools,
    }


def _tool_config(tools: list[dict[str, Any]], choice: str | None) -> dict[str, Any]:
    """Tools and the choice among them. Converse has no choice `none`: who wants no tool gives none."""
    if not tools or choice == "none":
        return {}
    specs = []
    for tool in tools:
        described = {"description": tool["description"]} if tool.get("description") else {}
        specs.append({"toolSpec": {"name": tool["name"], **described, "inputSchema": {"json": tool["schema"]}}})
    if choice is None:
        return {"tools": specs}
    return {"tools": specs, "toolChoice": {choice: {}} if choice in {"auto", "any"} else {"tool": {"name": choice}}}


if __name__ == "__main__":
    serve(Reference())
