"""Whether the real service would send a reply as an answer: judged by botocore's parsers, the service model and the grammar."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from botocore.eventstream import EventStreamBuffer
from botocore.parsers import EventStreamJSONParser, create_parser
from botocore.session import get_session

from bedrock_harness.service.shapes import validate_event, validate_reply
from bedrock_harness.simulator.operations.conversing import STREAMED, WHOLE
from bedrock_harness.simulator.rendering.encoding import encode_reply
from bedrock_harness.simulator.script import Reply
from bedrock_harness.wire.errors import WireError
from bedrock_harness.wire.events import Thrown, UnknownEvent, read_event
from bedrock_harness.wire.frames import FrameDecoder
from bedrock_harness.wire.grammar import violations

SEED = "soundness"


def flaw(reply: Reply, *, streamed: bool) -> str | None:
    """Why this is not an answer of the real service, in a few words; None where it is one."""
    encoded = encode_reply(reply, STREAMED if streamed else WHOLE, seed=SEED)
    if encoded.status != 200:
        return f"a refusal: {encoded.status}"
    return _flaw_of_stream(encoded.plan.body) if streamed else _flaw_of_body(encoded.plan.body)


def _flaw_of_body(body: bytes) -> str | None:
    operation = _service().operation_model("Converse")
    parsed = create_parser("rest-json").parse(
        {"status_code": 200, "headers": {}, "body": body, "context": {}}, operation.output_shape
    )
    if not parsed.get("output", {}).get("message", {}).get("content"):
        return "no message, as botocore reads it"
    found = [fault for fault in validate_reply("Converse", json.loads(body)) if fault.constraint not in NEWER]
    return str(found[0]) if found else None


def _flaw_of_stream(body: bytes) -> str | None:
    decoder = FrameDecoder()
    try:
        events = [read_event(frame) for frame in decoder.feed(body)]
        decoder.close()
    except WireError as error:
        return f"{type(error).__name__}: {error}"
    for event in events:
        if isinstance(event, Thrown):
            return f"an error: {event.name}"
        if isinstance(event, UnknownEvent):
            return f"an event that the model does not know: {event.type}"
        payload = json.loads(event.frame.payload)
        found = [
            fault for fault in validate_event(event.frame.event_type or "", payload) if fault.constraint not in NEWER
        ]
        if found:
            return str(found[0])
    out_of_order = violations(events)
    if out_of_order:
        return out_of_order[0].message
    read = _as_botocore_reads(body)
    return None if len(read) == len(events) and all(read) else "botocore reads other events"


def _as_botocore_reads(body: bytes) -> list[dict[str, Any]]:
    shape = _service().operation_model("ConverseStream").get_event_stream_output()
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    return [EventStreamJSONParser().parse(message.to_response_dict(), shape) for message in buffer]


@cache
def _service() -> Any:
    return get_session().get_service_model("bedrock-runtime")


NEWER = frozenset({"enum", "unknown"})
"""Members and values that the installed model lacks: the service is newer than any client."""
