"""Mistral's models on InvokeModel: text completion from a prompt, and chat.

Shapes: "Mistral AI text completion" and "Mistral AI chat completion" in the Bedrock user guide; streams of text as recorded
by newrelic-python-agent. That chat is the first Mistral Large's; all later models answer messages in OpenAI's shape (a
gateway's tests, which name the models that were invoked, Mistral Large 2407 and Devstral among them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from bedrock_harness.simulator.native import converse, openai
from bedrock_harness.simulator.native.chat import CHAT_FIELDS, chat_body
from bedrock_harness.simulator.native.prompts import prompt_body
from bedrock_harness.simulator.native.replies import METRICS, arguments, metrics, text_of, texts, tool_uses
from bedrock_harness.simulator.native.request import Conversation, Native
from bedrock_harness.simulator.native.schema import Field, check, refuse_by_schema
from bedrock_harness.simulator.script import Answer

__all__ = ["chunks", "read", "reply"]

_FIRST_LARGE = "mistral-large-2402"
_REASONS = {"max_tokens": "length", "tool_use": "tool_calls"}
_PROMPT = Field(
    ("object",),
    fields={
        "prompt": Field(("string",), required=True, least=1),
        "max_tokens": Field(("integer",), least=1),
        "stop": Field(("array",), items=Field(("string",))),
        "temperature": Field(("number",), least=0, most=1),
        "top_p": Field(("number",), least=0, most=1),
        "top_k": Field(("integer",), least=0),
    },
)
_CHAT = Field(("object",), fields=CHAT_FIELDS)


def read(body: dict[str, Any], model: str) -> dict[str, Any]:
    """The Converse body of a Mistral body. Raises Refused."""
    return _FORMS[_form(body, model)].read(body, model)


def reply(answer: Answer, native: Native) -> dict[str, Any]:
    """The body of a whole reply, in the form of the request."""
    return _FORMS[_form(native.body, native.model)].reply(answer, native)


def chunks(answer: Answer, native: Native) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed reply, in the form of the request."""
    return _FORMS[_form(native.body, native.model)].chunks(answer, native)


def _read_prompt(body: dict[str, Any], _model: str) -> dict[str, Any]:
    refuse_by_schema(check(_PROMPT, body))
    inference = converse.limits(body.get("max_tokens"), body.get("temperature"), body.get("top_p"), body.get("stop"))
    return prompt_body(body["prompt"], "instructions", inference=inference, additional=converse.picked(body, "top_k"))


def _text_reply(answer: Answer, _native: Native) -> dict[str, Any]:
    return _outputs(text_of(answer), _reason(answer))


def _text_chunks(answer: Answer, _native: Native) -> Iterator[dict[str, Any]]:
    yield from (_outputs(text, None) for text in texts(answer))
    yield {**_outputs("", _reason(answer)), METRICS: metrics(answer)}


def _outputs(text: str, reason: str | None) -> dict[str, Any]:
    return {"outputs": [{"text": text, "stop_reason": reason}]}


def _read_chat(body: dict[str, Any], _model: str) -> dict[str, Any]:
    refuse_by_schema(check(_CHAT, body, null_is_absent=True))
    return chat_body(body)


def _chat_reply(answer: Answer, _native: Native) -> dict[str, Any]:
    return _choices(text_of(answer), _reason(answer), _calls(answer))


def _chat_chunks(answer: Answer, _native: Native) -> Iterator[dict[str, Any]]:
    """Tool calls come whole with the last chunk."""
    yield from (_choices(text, None) for text in texts(answer))
    yield {**_choices("", _reason(answer), _calls(answer)), METRICS: metrics(answer)}


def _choices(text: str, reason: str | None, calls: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    called = {"tool_calls": calls} if calls else {}
    message = {"role": "assistant", "content": text, **called}
    return {"choices": [{"index": 0, "message": message, "stop_reason": reason}]}


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [
        {"id": call.id, "function": {"name": call.name, "arguments": arguments(call)}} for call in tool_uses(answer)
    ]


def _reason(answer: Answer) -> str:
    return _REASONS.get(answer.stop, "stop")


_Name: TypeAlias = Literal["prompt", "first-chat", "chat"]

_FORMS: Mapping[_Name, Conversation] = {
    "prompt": Conversation(_read_prompt, _text_reply, _text_chunks),
    "first-chat": Conversation(_read_chat, _chat_reply, _chat_chunks),
    "chat": Conversation(openai.read, openai.reply, openai.chunks),
}


def _form(body: dict[str, Any], model: str) -> _Name:
    if "messages" not in body:
        return "prompt"
    return "first-chat" if _FIRST_LARGE in model else "chat"
