"""Defects in handing over tool calls, and in giving their results back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import structs

from bedrock_harness.client import Reply, repair
from bedrock_harness.client.errors import BedrockError
from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.mutants.places import Block, Part, Parts, on_blocks, on_body, on_events, on_part, on_parts
from bedrock_harness.providers.adapters.reference import adapter
from bedrock_harness.wire.events import ContentBlockDelta, ContentBlockStart, Event, ToolUseDelta

__all__ = ["mutant"]

mutant = Mutants()

NO_INPUT = ("tools/no-input", "tools/no-input-empty-piece")


def _on_inputs(patch: Patch, change: Callable[[Any], Any]) -> None:
    """Change the input of each call that is told."""

    def changed(part: Part) -> Part:
        if "tool_call" not in part:
            return part
        call = part["tool_call"]
        return {"tool_call": {**call, "input": change(call["input"])}}

    on_part(patch, changed)


def _each_leaf(value: Any, change: Callable[[Any], Any]) -> Any:
    """The JSON value with each number, text, boolean and null changed."""
    if isinstance(value, dict):
        return {name: _each_leaf(member, change) for name, member in value.items()}
    if isinstance(value, list):
        return [_each_leaf(item, change) for item in value]
    return change(value)


def _each_block(messages: list[dict[str, Any]], change: Callable[[Block], Block]) -> list[dict[str, Any]]:
    """The messages with each of their blocks changed."""
    return [{**message, "content": [change(block) for block in message["content"]]} for message in messages]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@mutant(
    "broken-input-emptied",
    "Input that is not JSON is handed over as an empty object.",
    because=("langchain-ai/langchain-aws#1010", "aaif-goose/goose#11838", "deepset-ai/haystack-core-integrations#2121"),
    fails=("tools/broken-input", "tools/cut-by-max-tokens"),
)
def broken_input_emptied(patch: Patch) -> None:
    """Read what can be read."""
    original = adapter.Unfinished.stop

    def stop(self: adapter.Unfinished) -> Parts:
        told = list(original(self))
        call = self._call
        if call is not None and not any("tool_call" in part for part in told):
            told.append({"tool_call": {"id": call.tool_use_id, "name": call.name, "input": {}}})
        return iter(told)

    patch(adapter.Unfinished, "stop", stop)


@mutant(
    "calls-only-at-tool-use",
    "Tool calls are handed over only where the stop reason is tool_use.",
    because=("strands-agents/harness-sdk#767",),
    fails=("tools/end-turn-with-call",),
)
def calls_only_at_tool_use(patch: Patch) -> None:
    """Go by the stop reason."""

    def by_reason(parts: Parts) -> Parts:
        calls: list[Part] = []
        for part in parts:
            if "tool_call" in part:
                calls.append(part)
                continue
            if part.get("stop") == "tool_use":
                yield from calls
            yield part

    on_parts(patch, by_reason)


@mutant(
    "empty-input-unreadable",
    "Input without a character is read as JSON, which it is not.",
    because=("microsoft/autogen#6979", "0xPlaygrounds/rig#989", "BerriAI/litellm#11550"),
    fails=NO_INPUT,
)
def empty_input_unreadable(patch: Patch) -> None:
    """Parse nothing."""
    original = adapter.Unfinished.stop

    def stop(self: adapter.Unfinished) -> Parts:
        if self._call is not None:
            json.loads("".join(self._input))
        return original(self)

    patch(adapter.Unfinished, "stop", stop)


@mutant(
    "error-result-emptied",
    "The result of a tool that failed is sent without what the tool said.",
    because=("aws-samples/sample-multi-agent-orchestration-chat-on-agentcore#15", "mcp-use/mcp-use#1620"),
    fails=("tools/error-result",),
)
def error_result_emptied(patch: Patch) -> None:
    """Say that it failed, and nothing else."""

    def emptied(block: Block) -> Block:
        failed = block.get("toolResult", {}).get("status") == "error"
        return {"toolResult": {**block["toolResult"], "content": []}} if failed else block

    on_body(patch, lambda body: {**body, "messages": _each_block(body["messages"], emptied)})


@mutant(
    "first-block-only",
    "Only the first block of a reply is told.",
    because=("confident-ai/deepeval#2437", "huggingface/smolagents#2011", "0xPlaygrounds/rig#989"),
    fails=("reasoning/apart-from-text-whole", "tools/after-text", "tools/whole"),
)
def first_block_only(patch: Patch) -> None:
    """Take content[0]."""
    original = adapter._whole  # noqa: SLF001

    def first(told: Iterator[Event]) -> Iterator[Event]:
        return (event for event in told if getattr(event, "content_block_index", 0) == 0)

    def whole(reply: Reply) -> Parts:
        message = {**reply.message, "content": reply.message["content"][:1]}
        return original(Reply({**reply, "output": {"message": message}}))

    on_events(patch, first)
    patch(adapter, "_whole", whole)


@mutant(
    "interleaved-pieces-joined",
    "A piece of input goes to the call that was begun last, whatever its index.",
    because=("BerriAI/litellm#34230", "run-llama/llama_index#18760"),
    fails=("tools/interleaved",),
)
def interleaved_pieces_joined(patch: Patch) -> None:
    """Have one current tool."""

    def misled(told: Iterator[Event]) -> Iterator[Event]:
        current = 0
        for event in told:
            if isinstance(event, ContentBlockStart):
                current = event.content_block_index
            elif isinstance(event, ContentBlockDelta) and event.delta.tool_use is not None:
                yield structs.replace(event, content_block_index=current)
                continue
            yield event

    on_events(patch, misled)


@mutant(
    "last-call-kept",
    "Of several tool calls in one answer the last is handed over.",
    because=("pipecat-ai/pipecat#4918", "spring-projects/spring-ai#4375"),
    fails=("tools/parallel", "tools/results-together", "tools/whole"),
)
def last_call_kept(patch: Patch) -> None:
    """Have one place for all."""

    def last(parts: Parts) -> Parts:
        kept: Part = {}
        for part in parts:
            if "tool_call" in part:
                kept = part
                continue
            if "stop" in part and kept:
                yield kept
            yield part

    on_parts(patch, last)


@mutant(
    "no-text-no-answer",
    "An answer without text is an error, though it holds a tool call.",
    because=("ankit373/hydra#975",),
    fails=("tools/input-in-pieces", "tools/parallel"),
)
def no_text_no_answer(patch: Patch) -> None:
    """Demand text."""

    def texts(parts: Parts) -> Parts:
        text = False
        for part in parts:
            text = text or bool(part.get("text"))
            yield part
        if not text:
            raise BedrockError("The model returned an empty response.")

    on_parts(patch, texts)


@mutant(
    "numbers-are-objects",
    "A number in a call's input becomes an object around its digits.",
    because=("aws/aws-sdk-js-v3#8246", "strands-agents/harness-sdk#3692"),
    fails=("tools/numbers",),
)
def numbers_are_objects(patch: Patch) -> None:
    """Wrap them."""
    _on_inputs(
        patch,
        lambda value: _each_leaf(
            value, lambda leaf: {"string": str(leaf), "type": "bigDecimal"} if _is_number(leaf) else leaf
        ),
    )


@mutant(
    "numbers-through-double",
    "Numbers in a call's input are read as doubles.",
    because=("aws/aws-sdk-js-v3#8246", "RFC 8259, section 6"),
    fails=("tools/numbers-beyond-double",),
)
def numbers_through_double(patch: Patch) -> None:
    """Lose digits."""
    _on_inputs(patch, lambda value: _each_leaf(value, lambda leaf: float(leaf) if _is_number(leaf) else leaf))


@mutant(
    "pieces-read-alone",
    "Each piece of a call's input is read as JSON by itself; what cannot be read is dropped.",
    because=("maximhq/bifrost#3435", "crewAIInc/crewAI#5739"),
    fails=("tools/input-in-pieces", "tools/odd-cuts"),
)
def pieces_read_alone(patch: Patch) -> None:
    """Parse too early."""

    def alone(told: Iterator[Event]) -> Iterator[Event]:
        for event in told:
            if isinstance(event, ContentBlockDelta) and event.delta.tool_use is not None:
                try:
                    json.loads(event.delta.tool_use.input)
                except ValueError:
                    delta = structs.replace(event.delta, tool_use=ToolUseDelta(""))
                    yield structs.replace(event, delta=delta)
                    continue
            yield event

    on_events(patch, alone)


@mutant(
    "replayed-input-is-text",
    "A call without input goes back into the history with an empty text for its input.",
    because=("kagent-dev/kagent#1870", "BerriAI/litellm#11550"),
    fails=NO_INPUT,
)
def replayed_input_is_text(patch: Patch) -> None:
    """Send the text that was gathered, and mend nothing."""

    def emptied(block: Block) -> Block:
        call = block.get("toolUse")
        return block if call is None or call["input"] else {"toolUse": {**call, "input": ""}}

    on_blocks(patch, emptied)
    patch(repair, "mend_tool_inputs", lambda messages: messages)


@mutant(
    "result-status-lost",
    "That a tool failed is not said to the model.",
    because=("agentjido/req_llm: the status of a failed tool is sent to some families of models only",),
    fails=("tools/error-result",),
)
def result_status_lost(patch: Patch) -> None:
    """Send the content alone."""

    def unmarked(block: Block) -> Block:
        if "toolResult" not in block:
            return block
        return {"toolResult": {name: member for name, member in block["toolResult"].items() if name != "status"}}

    on_body(patch, lambda body: {**body, "messages": _each_block(body["messages"], unmarked)})


@mutant(
    "results-apart",
    "Each tool result, and what the user adds, goes out as a message of its own.",
    because=("langchain-ai/langchain-aws#130", "microsoft/semantic-kernel#14074", "agentgateway/agentgateway#1358"),
    fails=("tools/results-then-text", "tools/results-together"),
)
def results_apart(patch: Patch) -> None:
    """One message a block."""

    def apart(message: dict[str, Any]) -> list[dict[str, Any]]:
        if not any("toolResult" in block for block in message["content"]):
            return [message]
        return [{**message, "content": [block]} for block in message["content"]]

    on_body(patch, lambda body: {**body, "messages": [each for whole in body["messages"] for each in apart(whole)]})


@mutant(
    "schema-values-are-text",
    "Numbers and booleans in a tool's schema are sent as text.",
    because=("aws-cloudformation/cloudformation-coverage-roadmap#2303",),
    fails=("tools/schema-as-given",),
)
def schema_values_are_text(patch: Patch) -> None:
    """Stringify all leaves."""
    original = adapter._tool_config  # noqa: SLF001

    def tool_config(tools: list[dict[str, Any]], choice: str | None) -> dict[str, Any]:
        spelled = [{**tool, "schema": _each_leaf(tool["schema"], str)} for tool in tools]
        return original(spelled, choice)

    patch(adapter, "_tool_config", tool_config)


@mutant(
    "tool-blocks-forgotten",
    "A turn goes into the history as its text; its tool calls are forgotten.",
    because=("ankit373/hydra#975",),
    fails=("tools/error-result", "tools/results-then-text"),
)
def tool_blocks_forgotten(patch: Patch) -> None:
    """Remember texts."""
    on_blocks(patch, lambda block: None if "toolUse" in block else block)


@mutant(
    "tool-choice-dropped",
    "The caller's choice among the tools is not sent.",
    because=("vercel/ai CHANGELOG a1a8091",),
    fails=("tools/choice-any", "tools/choice-named"),
)
def tool_choice_dropped(patch: Patch) -> None:
    """Send the tools alone."""
    original = adapter._tool_config  # noqa: SLF001
    patch(adapter, "_tool_config", lambda tools, _: original(tools, None))


@mutant(
    "tool-input-emptied",
    "The pieces of a call's input are gathered and never put into the call.",
    because=("crewAIInc/crewAI#5739", "crewAIInc/crewAI#6149", "BerriAI/litellm#4106"),
    fails=("tools/input-in-pieces", "tools/odd-cuts"),
)
def tool_input_emptied(patch: Patch) -> None:
    """Keep the input of the start."""

    def unfed(told: Iterator[Event]) -> Iterator[Event]:
        for event in told:
            if not (isinstance(event, ContentBlockDelta) and event.delta.tool_use is not None):
                yield event

    on_events(patch, unfed)


@mutant(
    "tools-without-input-dropped",
    "A call without input is not handed over.",
    because=("0xPlaygrounds/rig#989", "deepset-ai/haystack-core-integrations#2121"),
    fails=NO_INPUT,
)
def tools_without_input_dropped(patch: Patch) -> None:
    """Take it for no call."""

    def full(part: Part) -> Part | None:
        return None if "tool_call" in part and not part["tool_call"]["input"] else part

    on_part(patch, full)
