"""InvokeModel and InvokeModelWithResponseStream: bodies in each model family's own words, which `native` knows."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import partial

import msgspec

from bedrock_harness.service import rules
from bedrock_harness.simulator import native
from bedrock_harness.simulator.operations.conversing import check_model, refusal_by
from bedrock_harness.simulator.operations.operation import Call, Findings, Operation, World
from bedrock_harness.simulator.refusals import Refusal
from bedrock_harness.simulator.rendering.form import Form
from bedrock_harness.simulator.script import Answer, Event, Json, Reply

__all__ = ["INVOKE_MODEL", "INVOKE_MODEL_STREAM"]


def _examine(call: Call, *, streamed: bool) -> Findings:
    if refusal := check_model(call.model):
        return Findings(refusal=refusal)
    try:
        asked = native.read(call.body, call.model, streamed=streamed, at=call.at)
    except native.Refused as refused:
        return Findings(refusal=Refusal(refused.code, refused.message))
    operation = "InvokeModelWithResponseStream" if streamed else "InvokeModel"
    broken = (
        *rules.check(call.body, model=call.model, operation=operation, strictness=call.strictness),
        *native.objections(asked, strictness=call.strictness),
    )
    return Findings((), broken, refusal_by(broken), asked.converse, asked)


def _answer(call: Call, world: World) -> Reply:
    if call.conversation is not None:
        return world.speaker.answer(call.conversation, call.model, now=call.at)
    assert call.native is not None
    return Json(native.embed(call.native))


def _whole(call: Call) -> Form:
    asked = call.native
    if asked is None:
        return Form()

    def body(answer: Answer) -> bytes:
        return msgspec.json.encode(native.reply_body(answer, asked))

    if asked.embedding is not None:
        return Form(headers=lambda _: native.embedding_headers(asked), of_request=True)
    return Form(body=body, headers=_counts, of_request=True)


def _counts(reply: Answer | Json) -> Mapping[str, str]:
    return native.reply_headers(reply) if isinstance(reply, Answer) else {}


def _streamed(call: Call) -> Form:
    asked = call.native
    if asked is None:
        return Form(streamed=True)

    def frames(answer: Answer) -> Iterator[Event]:
        for chunk in native.chunks(answer, asked):
            yield Event("chunk", {"bytes": b64encode(msgspec.json.encode(chunk)).decode()})

    return Form(streamed=True, frames=frames, headers=lambda _: _STREAM_HEADERS, of_request=True)


_STREAM_HEADERS = {"X-Amzn-Bedrock-Content-Type": "application/json"}

INVOKE_MODEL = Operation("InvokeModel", "bedrock-runtime", partial(_examine, streamed=False), _answer, _whole)
INVOKE_MODEL_STREAM = Operation(
    "InvokeModelWithResponseStream", "bedrock-runtime", partial(_examine, streamed=True), _answer, _streamed
)
