"""What a claim is tested with: things to say, and what came of saying them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bedrock_harness.client import Reply
from bedrock_harness.simulator import Exchange

MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
NOVA = "amazon.nova-pro-v1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
POINT = {"cachePoint": {"type": "default"}}
TOOL = {"toolSpec": {"name": "weather", "inputSchema": {"json": {"type": "object"}}}}
TOOLS = {"toolConfig": {"tools": [TOOL]}}
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"
PNG = b"\x89PNG\r\n\x1a\n\x00"


def text(words: str) -> dict[str, Any]:
    return {"text": words}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": [text(each) if isinstance(each, str) else each for each in content]}


def assistant(*content: Any) -> dict[str, Any]:
    return user(*content) | {"role": "assistant"}


def call(number: str = "t1", given: Any = None, name: str = "weather") -> dict[str, Any]:
    return {"toolUse": {"toolUseId": number, "name": name, "input": {} if given is None else given}}


def result(number: str = "t1", *content: Any, **members: Any) -> dict[str, Any]:
    blocks = [text(each) if isinstance(each, str) else each for each in content]
    return {"toolResult": {"toolUseId": number, "content": blocks, **members}}


def data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def picture(url: str) -> dict[str, Any]:
    return {"image": {"source": {"url": url}}}


HELLO = [user("Hello")]
CALLED = [user("Weather?"), assistant(call()), user(result("t1", "rain"))]
"""A tool was called and has answered."""


@dataclass(frozen=True)
class Asked:
    """A reply, and the exchanges that it took: the last one is what the tests look at."""

    reply: Reply
    exchanges: Sequence[Exchange]

    @property
    def exchange(self) -> Exchange:
        return self.exchanges[-1]

    @property
    def body(self) -> dict[str, Any]:
        """The body of the request, which the service takes."""
        assert self.exchange.refused is None
        body: dict[str, Any] = self.exchange.body
        return body

    @property
    def said(self) -> list[list[dict[str, Any]]]:
        """The content of each message."""
        return [message["content"] for message in self.body["messages"]]

    @property
    def headers(self) -> dict[str, str]:
        return headers_of(self.exchange)

    @property
    def notes(self) -> list[str]:
        """What was noted, by code."""
        return [note.code for note in self.reply.notes]


def headers_of(exchange: Exchange) -> dict[str, str]:
    return {name.lower(): value for name, value in exchange.request.headers}


def cache_points(body: dict[str, Any]) -> list[str]:
    """Where the cache points of a request are: tools, system, or the index of a message."""
    return list(_cache_points(body))


def _cache_points(body: dict[str, Any]) -> Iterator[str]:
    places = {"tools": body.get("toolConfig", {}).get("tools", []), "system": body.get("system", [])}
    places |= {str(index): message["content"] for index, message in enumerate(body["messages"])}
    for name, blocks in places.items():
        yield from (name for block in blocks if "cachePoint" in block)
