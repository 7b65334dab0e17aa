"""Cohere's Command R models on InvokeModel: a message, the history ahead of it, tools and what they gave.

Shapes: "Cohere Command R and Command R+ models" in the Bedrock user guide; whole replies as recorded by
opentelemetry-python-contrib; the events of a stream as in Cohere's chat API, version 1. A tool call has no id here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from bedrock_harness.simulator.native import converse
from bedrock_harness.simulator.native.cohere import finish_reason
from bedrock_harness.simulator.native.replies import METRICS, digest, metrics, text_of, texts, tool_uses, uuid
from bedrock_harness.simulator.native.request import Native
from bedrock_harness.simulator.native.schema import Field, check, refuse_by_schema
from bedrock_harness.simulator.script import Answer

__all__ = ["chunks", "read", "reply"]

_STRING = Field(("string",))
_NEEDED_STRING = Field(("string",), required=True)
_RESULT = Field(
    ("object",),
    fields={
        "call": Field(
            ("object",),
            required=True,
            closed=False,
            fields={"name": _NEEDED_STRING, "parameters": Field(("object",))},
        ),
        "outputs": Field(("array",), required=True, items=Field(("object",))),
    },
)
_RESULTS = Field(("array",), items=_RESULT)
_PARAMETER = Field(
    ("object",), fields={"description": _STRING, "type": _NEEDED_STRING, "required": Field(("boolean",))}
)
_TURN = Field(
    ("object",),
    closed=False,
    fields={
        "role": Field(("string",), required=True, allowed=("CHATBOT", "SYSTEM", "TOOL", "USER")),
        "message": _STRING,
        "tool_results": _RESULTS,
    },
)
_TOOL = Field(
    ("object",),
    fields={"name": _NEEDED_STRING, "description": _STRING, "parameter_definitions": Field(("object",))},
)
_SHARE = Field(("number",), least=0, most=1)
_BODY = Field(
    ("object",),
    fields={
        "message": _NEEDED_STRING,
        "chat_history": Field(("array",), items=_TURN),
        "documents": Field(("array",), items=Field(("object",))),
        "force_single_step": Field(("boolean",)),
        "frequency_penalty": _SHARE,
        "k": Field(("number",), least=0, most=500),
        "max_tokens": Field(("integer",), least=1),
        "p": Field(("number",), least=0.01, most=0.99),
        "preamble": _STRING,
        "presence_penalty": _SHARE,
        "prompt_truncation": Field(("string",), allowed=("OFF", "AUTO_PRESERVE_ORDER")),
        "raw_prompting": Field(("boolean",)),
        "return_prompt": Field(("boolean",)),
        "search_queries_only": Field(("boolean",)),
        "seed": Field(("integer",)),
        "stop_sequences": Field(("array",), items=_STRING),
        "temperature": _SHARE,
        "tool_results": _RESULTS,
        "tools": Field(("array",), items=_TOOL),
    },
)

_TYPES = {
    "bool": "boolean",
    "boolean": "boolean",
    "dict": "object",
    "float": "number",
    "int": "integer",
    "integer": "integer",
    "list": "array",
    "number": "number",
    "object": "object",
}
"""JSON types by the names of Python's, which Cohere uses. What is not here is a string."""


# ------------------------------------------------------------------------------------------------------------ the request


def read(body: dict[str, Any], _model: str) -> dict[str, Any]:
    """The Converse body of a Command R body. Raises Refused."""
    refuse_by_schema(check(_BODY, body))
    for place, tool in enumerate(body.get("tools", ())):
        for name, parameter in tool.get("parameter_definitions", {}).items():
            refuse_by_schema(check(_PARAMETER, parameter, ("tools", place, "parameter_definitions", name)))
    history = body.get("chat_history", [])
    spoken = [{"role": "USER", "message": body["message"]}] if body["message"] else []
    turns = [*history, *spoken, {"role": "TOOL", "tool_results": body.get("tool_results", [])}]
    system = [text for text in (body.get("preamble"), *_said(history, "SYSTEM")) if text]
    return converse.body(
        _messages(turns, body.get("documents", [])),
        system=[{"text": text} for text in system],
        inference=converse.limits(
            body.get("max_tokens"), body.get("temperature"), body.get("p"), body.get("stop_sequences")
        ),
        tools=converse.tool_config([_tool(tool) for tool in body.get("tools", ())]),
        additional=converse.picked(body, "k", "seed"),
    )


def _said(turns: Iterable[dict[str, Any]], role: str) -> Iterator[str]:
    return (turn.get("message", "") for turn in turns if turn["role"] == role)


def _messages(turns: list[dict[str, Any]], documents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The turns as messages. Documents, which are fields and texts, stand as text ahead of them."""
    told = [{"text": "\n".join(f"{name}: {value}" for name, value in one.items())} for one in documents]
    if told:
        yield converse.message("user", told)
    roles = {"USER": "user", "CHATBOT": "assistant"}
    for number, turn in enumerate(turns):
        results = turn.get("tool_results") or ()
        if turn["role"] in roles and turn.get("message"):
            yield converse.text_message(roles[turn["role"]], turn["message"])
        elif results:
            yield converse.message("assistant", [_call(result, number, at) for at, result in enumerate(results)])
            yield converse.message("user", [_result(result, number, at) for at, result in enumerate(results)])


def _call(result: dict[str, Any], number: int, at: int) -> dict[str, Any]:
    call = result["call"]
    named = {"toolUseId": f"call_{number}_{at}", "name": call["name"]}
    return {"toolUse": {**named, "input": call.get("parameters", {})}}


def _result(result: dict[str, Any], number: int, at: int) -> dict[str, Any]:
    content = [{"json": output} for output in result["outputs"]]
    return {"toolResult": {"toolUseId": f"call_{number}_{at}", "content": content}}


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    definitions = tool.get("parameter_definitions", {})
    properties = {name: _property(definition) for name, definition in definitions.items()}
    required = [name for name, definition in definitions.items() if definition.get("required")]
    schema = {"type": "object", "properties": properties, "required": required}
    return converse.tool(tool["name"], tool.get("description"), schema)


def _property(definition: dict[str, Any]) -> dict[str, Any]:
    name = definition["type"].partition("[")[0].lower()
    return {"type": _TYPES.get(name, "string"), **converse.picked(definition, "description")}


# -------------------------------------------------------------------------------------------------------------- the reply


def reply(answer: Answer, native: Native) -> dict[str, Any]:
    """The body of a whole reply, with the conversation so far."""
    calls = _calls(answer)
    called = {"tool_calls": calls} if calls else {}
    history = [
        *native.body.get("chat_history", []),
        {"role": "USER", "message": native.body["message"]},
        {"role": "CHATBOT", "message": text_of(answer), **called},
    ]
    return {
        "response_id": uuid(digest(native, answer, "response")),
        "text": text_of(answer),
        "generation_id": _generation(answer, native),
        "chat_history": history,
        "finish_reason": finish_reason(answer),
        **called,
    }


def chunks(answer: Answer, native: Native) -> Iterator[dict[str, Any]]:
    """The events of a streamed reply. Tool calls come whole; the last event repeats everything."""
    yield {"event_type": "stream-start", "is_finished": False, "generation_id": _generation(answer, native)}
    for text in texts(answer) if text_of(answer) else ():
        yield {"event_type": "text-generation", "is_finished": False, "text": text}
    if calls := _calls(answer):
        yield {"event_type": "tool-calls-generation", "is_finished": False, "tool_calls": calls}
    yield {
        "event_type": "stream-end",
        "is_finished": True,
        "finish_reason": finish_reason(answer),
        "response": reply(answer, native),
        METRICS: metrics(answer),
    }


def _generation(answer: Answer, native: Native) -> str:
    return uuid(digest(native, answer, "generation"))


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [{"name": call.name, "parameters": msgspec.to_builtins(call.input)} for call in tool_uses(answer)]
