"""A prepared request asked, and what came back put into its caller's terms.

Knows which of the client's parts a request needs: Converse's or InvokeModel's, and what has to be restored on the way back.
How bytes are sent and read, `exchanges` and `event_source` know; what is in them, `native` and `requests`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from bedrock_harness.client import body, exchanges, refusals
from bedrock_harness.client.errors import ProtocolError
from bedrock_harness.client.event_source import EventSource
from bedrock_harness.client.native import (
    Embeddings,
    GuardedChunks,
    InvocationReader,
    TranslatingReader,
    chunk_of,
    counted,
    embeddings,
    guarded,
)
from bedrock_harness.client.network import Transport
from bedrock_harness.client.reading import StreamReader
from bedrock_harness.client.replies import Reply
from bedrock_harness.client.requests.prepare import Prepared
from bedrock_harness.client.requests.restoring import Restorer, is_plain, restored
from bedrock_harness.client.settings import Settings
from bedrock_harness.client.signing import Call
from bedrock_harness.service import model_ids, shapes
from bedrock_harness.wire.events import Event

__all__ = ["Invoked", "answer", "count_tokens", "embed", "finished", "invocation", "invoke", "invoke_stream", "stream"]


class Invoked(Struct, frozen=True):
    """A reply of InvokeModel: its body as the model gave it, and the token counts of its headers, in Converse's names."""

    body: dict[str, Any]
    usage: dict[str, int] | None = None
    request_id: str | None = None


def _call(prepared: Prepared) -> Call:
    return Call(prepared.operation, prepared.model, body.to_json(prepared.body), prepared.headers)


# ------------------------------------------------------------------------------------------------- conversations


async def answer(network: Transport, settings: Settings, prepared: Prepared) -> Reply:
    """The whole answer to a prepared conversation."""
    if prepared.format is None:
        return finished(await exchanges.converse(network, settings, _call(prepared)), prepared)
    invoked = await invoke(network, settings, _call(prepared))
    members = guarded(prepared.format.read(invoked.body, invoked.usage), invoked.body)
    return finished(Reply(members, invoked.request_id), prepared)


def finished(reply: Reply, prepared: Prepared) -> Reply:
    """A reply in the caller's terms, with the notes of its request."""
    members, notes = restored(reply, prepared)
    return Reply(members, reply.request_id, (*prepared.notes, *notes))


def stream(network: Transport, settings: Settings, prepared: Prepared) -> EventSource:
    """The answer to a prepared conversation as it is given, its events in the caller's terms."""
    return EventSource(network, settings, _call(prepared), lambda request_id: _reader(request_id, prepared))


def _reader(request_id: str | None, prepared: Prepared) -> StreamReader:
    """A reader for one attempt: what it translates with is made anew."""
    restore = Restorer(prepared).events
    if prepared.format is None:
        plain = is_plain(prepared)
        return StreamReader(request_id) if plain else TranslatingReader(request_id, lambda event: restore([event]))
    chunks = GuardedChunks(prepared.format.chunks())

    def translate(event: Event) -> Sequence[Event]:
        chunk = chunk_of(event)
        return restore([event] if chunk is None else chunks.events(chunk))

    return TranslatingReader(request_id, translate)


async def count_tokens(network: Transport, settings: Settings, prepared: Prepared) -> int:
    """The input tokens of a prepared conversation, or of a body of InvokeModel, as the service counts them.

    CountTokens is asked of foundation models alone (botocore, CountTokensRequest): an inference profile's prefix goes.
    """
    asked: dict[str, Any]
    if prepared.format is None:
        asked = {"converse": {name: prepared.body[name] for name in _COUNTED if name in prepared.body}}
    else:
        asked = {"invokeModel": {"body": body.to_json(prepared.body)}}
    encoded = shapes.encode("CountTokens", {"input": asked})
    invoked = await invoke(network, settings, Call("CountTokens", _foundation(prepared.model), body.to_json(encoded)))
    if not isinstance(count := invoked.body.get("inputTokens"), int):
        raise ProtocolError("The reply tells no inputTokens.", request_id=invoked.request_id)
    return count


def _foundation(model: str) -> str:
    try:
        parsed = model_ids.parse(model)
    except model_ids.ModelIdError:
        return model
    return model if parsed.base is None or model.startswith("arn:") else parsed.base


_COUNTED = ("messages", "system", "toolConfig", "additionalModelRequestFields")
"""The members of botocore's ConverseTokensRequest."""


# ------------------------------------------------------------------------------------------------- InvokeModel


def invocation(model: str, given: Mapping[str, Any] | bytes, *, streamed: bool = False) -> Call:
    """A call of InvokeModel with a body in the model's own format: members, or the JSON of them."""
    operation = "InvokeModelWithResponseStream" if streamed else "InvokeModel"
    return Call(operation, model, given if isinstance(given, bytes) else body.to_json(given))


async def invoke(network: Transport, settings: Settings, call: Call) -> Invoked:
    """The whole reply to a call whose reply is a JSON object. Raises ProtocolError for any other, and for an empty one."""

    async def ask() -> Invoked:
        response = await exchanges.post(network, settings, call)
        raw = await exchanges.read_body(network, response, exchanges.MAX_BODY)
        request_id = exchanges.request_id_of(response)
        if not (members := refusals.json_object(raw)):
            raise ProtocolError(
                f"HTTP 200 with a body that holds no members: {refusals.excerpt(raw) or 'it is empty'}",
                request_id=request_id,
            )
        return Invoked(members, counted(response.headers), request_id)

    return await exchanges.with_retries(network, settings, ask)


def invoke_stream(network: Transport, settings: Settings, call: Call) -> EventSource:
    """The reply to a call of InvokeModelWithResponseStream, its chunks as they come."""
    return EventSource(network, settings, call, InvocationReader)


async def embed(
    network: Transport, settings: Settings, model: str, texts: Sequence[str], dimensions: int | None, kind: str
) -> Embeddings:
    """A vector for each text, in as many requests as the model needs, one after the other."""
    replies = []
    for given in embeddings.bodies(model, texts, dimensions=dimensions, kind=kind):
        invoked = await invoke(network, settings, invocation(model, given))
        replies.append((invoked.body, invoked.usage))
    return embeddings.vectors(replies, len(texts))
