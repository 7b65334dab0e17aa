"""boto3 as an adapter: `converse` and `converse_stream` as they are, nothing repaired.

boto3 leaves three things to its caller, and only those are done here: putting streamed deltas together into blocks, keeping the
messages, and binary values, which are bytes there and base64 in the adapter protocol. A turn that fails leaves no message behind.
"""

import base64
import json
import os
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from bedrock_harness.providers.adapters.kit import Conversation, Provider, serve

BEARER = "AWS_BEARER_TOKEN_BEDROCK"
"""Where boto3 looks for a Bedrock API key, and the only place: docs.aws.amazon.com/bedrock, API keys, Use an API key."""

USAGE = {
    "input": "inputTokens",
    "output": "outputTokens",
    "total": "totalTokens",
    "cache_read": "cacheReadInputTokens",
    "cache_write": "cacheWriteInputTokens",
}
CACHE_POINT = {"cachePoint": {"type": "default"}}


class Boto3(Provider):
    """The AWS SDK for Python."""

    name = "boto3"
    version = boto3.__version__
    capabilities = (
        "bearer",
        "cache",
        "cancel",
        "history",
        "reasoning",
        "retry",
        "session-token",
        "stream",
        "timeout",
        "tools",
        "unary",
    )
    unsupported = {"repair": "boto3 sends the messages that its caller gives it; to mend them is the caller's part"}  # noqa: RUF012

    def __init__(self) -> None:
        self._session = boto3.Session()

    def open(self, opening: dict[str, Any]) -> Conversation:
        """A client of its own for each conversation: credentials and settings may differ."""
        return Boto3Conversation(self._session, opening)

    def describe(self, error: Exception) -> dict[str, Any]:
        """What `ClientError.response` holds; EventStreamError is one. Other errors have a class and a text."""
        if not isinstance(error, ClientError):
            return super().describe(error)
        told = error.response.get("Error", {})
        metadata = error.response.get("ResponseMetadata", {})
        code, status, request = told.get("Code"), metadata.get("HTTPStatusCode"), metadata.get("RequestId")
        return {"message": told.get("Message", str(error)), "code": code, "status": status, "request_id": request}


class Boto3Conversation(Conversation):
    """Messages as boto3 takes and returns them."""

    def __init__(self, session: boto3.Session, opening: dict[str, Any]) -> None:
        self._client = _client(session, opening)
        self._bearer = opening["endpoint"]["credentials"]["bearer_token"]
        self._members = _members(opening)
        self._messages = [
            {**message, "content": [_from_base64(block) for block in message["content"]]}
            for message in opening["history"]
        ]

    def send(self, content: list[dict[str, Any]], stream: bool) -> Iterator[dict[str, Any]]:
        """One call of boto3; the reply's message joins the history when it is whole."""
        messages = [*self._messages, {"role": "user", "content": [_from_base64(block) for block in content]}]
        call = self._client.converse_stream if stream else self._client.converse
        with _token(self._bearer):
            response = call(messages=messages, **self._members)
        reply = yield from _streamed(response) if stream else _whole(response)
        self._messages = [*messages, *([reply] if reply["content"] else [])]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _whole(response: dict[str, Any]) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """Yield the parts of a reply; return its message. What boto3 leaves out of a reply is not charged to it as an error."""
    message: dict[str, Any] = response.get("output", {}).get("message", {"content": []})
    for block in message["content"]:
        yield from _told(block)
    if "stopReason" in response:
        yield {"stop": response["stopReason"]}
    if "usage" in response:
        yield _usage(response["usage"])
    return message


def _streamed(response: dict[str, Any]) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """Yield parts as events come, tool calls and redacted reasoning when their block stops; return the message."""
    role = "assistant"
    blocks: dict[int, Block] = {}
    with closing(response["stream"]) as events:
        for event in events:
            if "messageStart" in event:
                role = event["messageStart"].get("role", role)
            elif "contentBlockStart" in event:
                started = event["contentBlockStart"]
                blocks[started["contentBlockIndex"]] = Block(started["start"])
            elif "delta" in event.get("contentBlockDelta", {}):
                told = event["contentBlockDelta"]
                block = blocks.setdefault(told["contentBlockIndex"], Block({}))
                yield from block.add(told["delta"])
            elif "contentBlockStop" in event:
                index = event["contentBlockStop"]["contentBlockIndex"]
                yield from blocks.setdefault(index, Block({})).stop()
            elif "messageStop" in event:
                yield {"stop": event["messageStop"]["stopReason"]}
            elif "usage" in event.get("metadata", {}):
                yield _usage(event["metadata"]["usage"])
    return {"role": role, "content": [block.whole() for _, block in sorted(blocks.items()) if not block.empty]}


class Block:
    """A content block that is being streamed, put together as Converse would have returned it."""

    def __init__(self, start: dict[str, Any]) -> None:
        self._tool = start.get("toolUse")
        self._input = ""
        self._text: list[str] = []
        self._citations: list[dict[str, Any]] = []
        self._reasoning: list[str] = []
        self._signature: str | None = None
        self._redacted = b""
        self._kind: str | None = "toolUse" if self._tool else None

    @property
    def empty(self) -> bool:
        """Whether nothing came for this block that is known here."""
        return self._kind is None

    def add(self, delta: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Take a delta; yield what can be shown at once."""
        if "text" in delta:
            self._kind = self._kind or "text"
            self._text.append(delta["text"])
            yield {"text": delta["text"]}
        elif "toolUse" in delta:
            self._input += delta["toolUse"]["input"]
        elif "citation" in delta:
            self._kind = "citationsContent"
            self._citations.append(delta["citation"])
        elif "reasoningContent" in delta:
            self._kind = "reasoningContent"
            yield from self._reason(delta["reasoningContent"])

    def _reason(self, delta: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "text" in delta:
            self._reasoning.append(delta["text"])
            yield {"reasoning": {"text": delta["text"]}}
        elif "signature" in delta:
            self._signature = (self._signature or "") + delta["signature"]
            yield {"reasoning": {"signature": delta["signature"]}}
        elif "redactedContent" in delta:
            self._redacted += delta["redactedContent"]

    def stop(self) -> Iterator[dict[str, Any]]:
        """Yield what is shown only when it is whole."""
        if self._kind == "toolUse" or self._redacted:
            yield from _told(self.whole())

    def whole(self) -> dict[str, Any]:
        """The block in Converse's shape. Input that is not JSON raises, as it does for every caller who parses it."""
        text = "".join(self._text)
        if self._tool is not None:
            return {"toolUse": {**self._tool, "input": json.loads(self._input) if self._input else {}}}
        if self._redacted:
            return {"reasoningContent": {"redactedContent": self._redacted}}
        if self._kind == "reasoningContent":
            signature = {} if self._signature is None else {"signature": self._signature}
            return {"reasoningContent": {"reasoningText": {"text": "".join(self._reasoning), **signature}}}
        if self._citations:
            return {"citationsContent": {"content": [{"text": text}], "citations": self._citations}}
        return {"text": text}


def _told(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A whole block as parts."""
    if "text" in block:
        yield {"text": block["text"]}
    elif "toolUse" in block:
        call = block["toolUse"]
        yield {"tool_call": {"id": call["toolUseId"], "name": call["name"], "input": call["input"]}}
    elif "citationsContent" in block:
        for piece in block["citationsContent"].get("content", []):
            if "text" in piece:
                yield {"text": piece["text"]}
    elif "reasoningContent" in block:
        reasoning = block["reasoningContent"]
        if "redactedContent" in reasoning:
            yield {"reasoning": {"redacted": base64.b64encode(reasoning["redactedContent"]).decode()}}
        elif "reasoningText" in reasoning:
            yield {"reasoning": reasoning["reasoningText"]}


def _usage(usage: dict[str, Any]) -> dict[str, Any]:
    return {"usage": {name: usage[member] for name, member in USAGE.items() if member in usage}}


def _client(session: boto3.Session, opening: dict[str, Any]) -> Any:
    endpoint, settings = opening["endpoint"], opening["settings"]
    given = endpoint["credentials"]
    options: dict[str, Any] = {"retries": {"mode": "standard", "total_max_attempts": settings["attempts"]}}
    if settings["read_timeout"] is not None:
        options["read_timeout"] = settings["read_timeout"]
    with _token(given["bearer_token"]):
        return session.client(
            "bedrock-runtime",
            aws_access_key_id=given["access_key_id"],
            aws_secret_access_key=given["secret_access_key"],
            aws_session_token=given["session_token"],
            region_name=endpoint["region"],
            endpoint_url=endpoint["url"],
            verify=endpoint["ca_file"],
            config=Config(**options),
        )


@contextmanager
def _token(token: str | None) -> Iterator[None]:
    """The environment with this token, if any. boto3 looks there when a client is made and again at each request."""
    before = os.environ.get(BEARER)
    if token:
        os.environ[BEARER] = token
    try:
        yield
    finally:
        os.environ.pop(BEARER, None)
        if before is not None:
            os.environ[BEARER] = before


def _members(opening: dict[str, Any]) -> dict[str, Any]:
    """The request's members beside the messages, as a caller of boto3 writes them."""
    settings = opening["settings"]
    inference = {
        "maxTokens": settings["max_tokens"],
        "temperature": settings["temperature"],
        "topP": settings["top_p"],
        "stopSequences": settings["stop_sequences"] or None,
    }
    members: dict[str, Any] = {
        "modelId": opening["model"],
        "system": [{"text": text} for text in opening["system"]],
        "inferenceConfig": {name: value for name, value in inference.items() if value is not None},
        "additionalModelRequestFields": settings["additional"],
        "toolConfig": _tool_config(opening["tools"], settings["tool_choice"]),
    }
    if settings["cache"] and members["system"]:
        members["system"].append(CACHE_POINT)
    elif settings["cache"] and members["toolConfig"]:
        members["toolConfig"]["tools"].append(CACHE_POINT)
    return {name: value for name, value in members.items() if value}


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


def _from_base64(block: dict[str, Any]) -> dict[str, Any]:
    """The block with bytes where boto3 wants bytes. JSON that is the caller's own, tool inputs and results, is left alone."""
    for kind in ("image", "document", "video"):
        source = block.get(kind, {}).get("source", {})
        if isinstance(source.get("bytes"), str):
            return {**block, kind: {**block[kind], "source": {**source, "bytes": base64.b64decode(source["bytes"])}}}
    if "redactedContent" in block.get("reasoningContent", {}):
        redacted = base64.b64decode(block["reasoningContent"]["redactedContent"])
        return {**block, "reasoningContent": {"redactedContent": redacted}}
    if "toolResult" in block:
        content = [_from_base64(inner) for inner in block["toolResult"]["content"]]
        return {**block, "toolResult": {**block["toolResult"], "content": content}}
    return block


if __name__ == "__main__":
    serve(Boto3())
