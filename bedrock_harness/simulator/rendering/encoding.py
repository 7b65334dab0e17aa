"""Replies as HTTP: status, headers in the service's order, framing, and the plan of the body.

Header names, order and framing are those of recorded replies: Date, Content-Type, then Content-Length on unary replies
and errors or Transfer-Encoding on streams, Connection, x-amzn-RequestId, and x-amzn-ErrorType on errors. A scripted
`Http` has its own headers and gets only the framing that it lacks. What differs from request to request, the date and the
request id, is put in by `make_head`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from bedrock_harness.service.exceptions import find
from bedrock_harness.simulator.refusals import UNKNOWN_OPERATION, UNKNOWN_OPERATION_BODY, Refusal
from bedrock_harness.simulator.rendering.answers import encode_frames, error_body
from bedrock_harness.simulator.rendering.delivery import Plan, make_plan
from bedrock_harness.simulator.rendering.form import Form
from bedrock_harness.simulator.rendering.padding import seeded
from bedrock_harness.simulator.rendering.query_xml import error_xml
from bedrock_harness.simulator.rendering.spoiling import spoil_frames
from bedrock_harness.simulator.script import (
    Answer,
    Delivery,
    ErrorFrame,
    FrameScript,
    Http,
    HttpError,
    Json,
    Reply,
    Stream,
    Thrown,
)

__all__ = [
    "Encoded",
    "encode_json",
    "encode_malformed",
    "encode_refusal",
    "encode_reply",
    "http_date",
    "make_head",
]

_JSON = "application/json"
_EVENT_STREAM = "application/vnd.amazon.eventstream"
_REASONS: Mapping[int, str] = MappingProxyType({status.value: status.phrase for status in HTTPStatus})


_KINDS: Mapping[type, str] = MappingProxyType({Answer: "a model's answer", Json: "a JSON body", Stream: "a stream"})


class Encoded(Struct, frozen=True, dict=True):
    """A reply but for its date, its request id and the peer's wishes. `by_service` asks for the service's own headers.

    The body's end is told by chunks, by a Content-Length, or, with `until_close`, by the connection's end. `says_close`
    announces that the connection ends with the reply.
    """

    status: int
    headers: Mapping[str, str]
    plan: Plan
    chunked: bool = False
    by_service: bool = True
    until_close: bool = False
    says_close: bool = False

    @cached_property
    def breaks_framing(self) -> bool:
        """Whether the connection ends with this reply: by its script, or since its headers tell the body's end wrongly."""
        given = {name.lower(): value.strip().lower() for name, value in self.headers.items()}
        length = given.get("content-length")
        lies = length is not None and length != str(len(self.plan.body))
        return self.until_close or self.says_close or given.get("connection") == "close" or lies


def encode_reply(reply: Reply, form: Form, *, seed: str) -> Encoded:
    """Encode a reply in the form of the operation that was called; `seed` gives the padding."""
    match reply:
        case Answer() if form.body and reply.fault and reply.fault.thrown:
            return _encode_error(_as_error(reply.fault.thrown, reply))
        case Answer() if form.body:
            return _encode(reply, 200, _headers(form, form.content_type, reply), [form.body(reply)])
        case Answer() if form.frames:
            return _encode_stream(form.frames(reply), reply, _headers(form, _EVENT_STREAM, reply), seed)
        case Stream() if form.streamed:
            return _encode_stream(reply.frames, reply, {"Content-Type": _EVENT_STREAM}, seed)
        case Json() if not form.streamed:
            return _encode(reply, 200, _headers(form, form.content_type, reply), [form.write(reply.members)])
        case HttpError() if form.error:
            status, body = form.error(Refusal(reply.code, reply.message))
            headers = _overridden({"Content-Type": form.content_type}, reply.headers)
            return _encode(reply, reply.status or status, headers, [body])
        case HttpError():
            return _encode_error(reply)
        case Http():
            chunked = any(
                name.lower() == "transfer-encoding" and value.lower() == "chunked"
                for name, value in reply.headers.items()
            )
            return _encode(reply, reply.status, reply.headers, [reply.body], chunked=chunked, by_service=False)
        case _:
            what = f"The script has {_KINDS[type(reply)]}, which is no reply of the operation that was called."
            return encode_refusal(Refusal("InternalServerException", what))


def encode_refusal(refusal: Refusal, *, unknown_status: int | None = None, xml: bool = False) -> Encoded:
    """Encode what the service says to a request that the script never sees."""
    if refusal == UNKNOWN_OPERATION:
        return _whole(unknown_status or refusal.status, {"Content-Type": _JSON}, UNKNOWN_OPERATION_BODY)
    if xml:
        status, body = error_xml(refusal)
        return _whole(status, {"Content-Type": "text/xml"}, body)
    headers = {"Content-Type": _JSON, "x-amzn-ErrorType": refusal.code}
    return _whole(refusal.status, headers, error_body(refusal.message, refusal.member))


def encode_json(status: int, value: Any) -> Encoded:
    """Encode what the simulator says for itself, which is no reply of Bedrock's."""
    return _whole(status, {"Content-Type": _JSON}, msgspec.json.encode(value))


def encode_malformed(status: int, reason: str) -> Encoded:
    """Encode what is said to bytes that are no request. Their sender may be anything, so in plain words."""
    return _whole(status, {"Content-Type": _JSON}, error_body(reason))


@lru_cache(2)
def http_date(second: int) -> str:
    """The Date header of a second, counted from 1970."""
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def make_head(encoded: Encoded, *, date: str, request_id: str, chunked: bool, keep_alive: bool) -> bytes:
    """The head of one reply. `chunked` is false for one that is to be chunked where the peer knows no chunks: then the
    connection's end is the body's."""
    framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(encoded.plan.declared))
    connection = ("Connection", "keep-alive" if keep_alive else "close")
    given = dict(encoded.headers)
    headers: list[tuple[str, str]] = []
    if encoded.by_service:
        content_type = ("Content-Type", given.pop("Content-Type", _JSON))
        headers = [("Date", date), content_type, framing, connection, ("x-amzn-RequestId", request_id)]
    else:
        headers = [framing] if keep_alive else [framing, connection]
    if encoded.until_close or (encoded.chunked and not chunked):
        headers.remove(framing)
    own = {name.lower() for name in given}
    if own & {"content-length", "transfer-encoding"}:
        own |= {"content-length", "transfer-encoding"}
    kept = [(name, value) for name, value in headers if name.lower() not in own]
    lines = [f"HTTP/1.1 {encoded.status} {_REASONS.get(encoded.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in (*kept, *given.items())]
    return "\r\n".join((*lines, "", "")).encode("utf-8", "surrogateescape")


def _overridden(standard: Mapping[str, str], scripted: Mapping[str, str]) -> dict[str, str]:
    names = {name.lower() for name in scripted}
    return {name: value for name, value in standard.items() if name.lower() not in names} | dict(scripted)


def _encode(
    reply: Reply,
    status: int,
    headers: Mapping[str, str],
    frames: Sequence[bytes],
    *,
    chunked: bool = False,
    by_service: bool = True,
) -> Encoded:
    """Encode a body that consists of these frames, delivered as the reply wants it; `chunked` is how it is by itself."""
    deliver = reply.deliver
    return Encoded(
        status,
        _overridden({"Content-Encoding": "gzip"}, headers) if deliver.gzip else headers,
        make_plan(frames, deliver, reply.fault),
        chunked=chunked if deliver.framing == "service" else deliver.framing == "chunked",
        by_service=by_service,
        until_close=deliver.framing == "close",
        says_close=deliver.hang_up == "announced",
    )


def _encode_error(error: HttpError) -> Encoded:
    known = find(error.code)
    status = error.status or (known.status if known else 500)
    headers = _overridden({"Content-Type": _JSON, "x-amzn-ErrorType": error.code}, error.headers)
    return _encode(error, status, headers, [error_body(error.message)])


def _as_error(thrown: Thrown | ErrorFrame, reply: Answer) -> HttpError:
    """What breaks a stream as the refusal that it is where nothing has been sent yet: by its name over HTTP."""
    code = thrown.name if isinstance(thrown, Thrown) else thrown.code
    known = find(code)
    return HttpError(known.name if known else code, thrown.message, deliver=reply.deliver)


def _headers(form: Form, content_type: str, reply: Answer | Json) -> dict[str, str]:
    return {"Content-Type": content_type, **(form.headers(reply) if form.headers else {})}


def _encode_stream(
    scripted: Iterable[FrameScript], reply: Answer | Stream, headers: Mapping[str, str], seed: str
) -> Encoded:
    frames = spoil_frames(encode_frames(scripted, seeded(seed)), reply.fault)
    return _encode(reply, 200, headers, frames, chunked=True)


def _whole(status: int, headers: Mapping[str, str], body: bytes) -> Encoded:
    return Encoded(status, headers, make_plan([body], Delivery(), None))
