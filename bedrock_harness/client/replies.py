"""What Bedrock answered: the JSON as received, views of it, and the message to send back.

Knows the shape of a Converse reply and tells it from other JSON. Converts nothing: blobs are base64 strings, as in JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from bedrock_harness.client import refusals, repair
from bedrock_harness.client.errors import ProtocolError
from bedrock_harness.client.options import Note

__all__ = ["Reply", "ToolCall", "assistant_message", "read_reply"]


class ToolCall(Struct, frozen=True):
    """A tool that the model wants run: the call's id, the tool's name, and the input as the model gave it."""

    id: str
    name: str
    input: Any


class Reply(Mapping[str, Any]):
    """A Converse reply: a read-only mapping of the members as received, with handy views.

    Two replies are equal when their members are, whichever way they came: unary, or folded from a stream.
    """

    __slots__ = ("_members", "_notes", "_request_id")

    def __init__(self, members: Mapping[str, Any], request_id: str | None = None, notes: tuple[Note, ...] = ()) -> None:
        self._members = members
        self._request_id = request_id
        self._notes = notes

    def __getitem__(self, member: str) -> Any:
        return self._members[member]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __repr__(self) -> str:
        return f"Reply({dict(self._members)!r}, request_id={self._request_id!r})"

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, from the header `x-amzn-RequestId`."""
        return self._request_id

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was changed or left out, of the request and of the reply."""
        return self._notes

    @property
    def message(self) -> dict[str, Any]:
        """The assistant's message as received; one without content where a guardrail left none (posit-dev/chatlas#426)."""
        message: dict[str, Any] = (self.get("output") or {}).get("message") or {"role": "assistant", "content": []}
        return message

    @property
    def text(self) -> str:
        """All text of the answer, joined. Reasoning is no part of it."""
        return "".join(_text_of(block) for block in self.message.get("content", ()))

    @property
    def reasoning(self) -> str:
        """All reasoning that the model shows, joined; empty where it is redacted."""
        return "".join(block.get("reasoningText", {}).get("text", "") for block in self._blocks("reasoningContent"))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools that the model wants run, in order, whatever the stop reason says (strands-agents/sdk#767)."""
        return tuple(
            ToolCall(call["toolUseId"], call["name"], call.get("input", {})) for call in self._blocks("toolUse")
        )

    @property
    def stop_reason(self) -> str | None:
        """Why the model stopped, in the service's words, also in words that are new."""
        return self.get("stopReason")

    @property
    def usage(self) -> dict[str, Any] | None:
        """Token counts as received, None where the stream had no metadata: unknown is not zero."""
        return self.get("usage")

    def _blocks(self, member: str) -> list[Any]:
        return [block[member] for block in self.message.get("content", ()) if member in block]


def read_reply(body: bytes, request_id: str | None) -> Reply:
    """The reply in a body that came with HTTP 200. Raises ProtocolError for a body that is no Converse reply.

    Among them the service's answer to a path without a route, which has status 200: `UnknownOperationException`
    (vercel/ai#17523).
    """
    members = refusals.json_object(body)
    if isinstance(members.get("output"), dict):
        return Reply(members, request_id)
    raise ProtocolError(
        f"HTTP 200 with a body that is no Converse reply: {refusals.excerpt(body) or 'it is empty'}",
        hint="Check the endpoint and the model id: a proxy or another operation has answered.",
        request_id=request_id,
    )


def assistant_message(reply: Mapping[str, Any]) -> dict[str, Any]:
    """The assistant's message of a reply, to be appended to the conversation.

    Every block goes back byte for byte, signatures and redacted reasoning above all. Blank text is left out: Bedrock says
    it and refuses to hear it (boto/botocore#3525).
    """
    message = Reply(reply).message
    return {**message, "content": [block for block in message.get("content", ()) if not repair.is_blank_text(block)]}


def _text_of(block: Mapping[str, Any]) -> str:
    """The text of a block; a block with citations holds its text inside (strands-agents/sdk-typescript#910)."""
    cited = block.get("citationsContent", {}).get("content", ())
    return str(block.get("text", "")) + "".join(str(part.get("text", "")) for part in cited)
