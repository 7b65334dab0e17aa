"""What the simulator answers where no script does: reasoning, words, citations, tool calls or JSON, as the request asks.

The same seed and the same request give the same answer, cut into the same deltas; only what the prompt cache counts
depends on the requests before and on the time that is passed in. No model's opinion is to be had here: what an answer says
relates to the request, and that is all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace

from bedrock_harness.simulator.script import Answer, Block, Cited, Text, Usage
from bedrock_harness.simulator.speaking import guarding
from bedrock_harness.simulator.speaking.asked import Asked, read
from bedrock_harness.simulator.speaking.caching import PromptCache
from bedrock_harness.simulator.speaking.calling import calls
from bedrock_harness.simulator.speaking.citing import cite
from bedrock_harness.simulator.speaking.ending import Ended, count_answer, end
from bedrock_harness.simulator.speaking.guarding import Assessed, Guarded, Guardrail, Side
from bedrock_harness.simulator.speaking.manners import Manner, manner_of
from bedrock_harness.simulator.speaking.prompt import count, lay_out
from bedrock_harness.simulator.speaking.prose import continued, reply, telling_results, uncalled
from bedrock_harness.simulator.speaking.reasoning import reason
from bedrock_harness.simulator.speaking.values import value_for
from bedrock_harness.simulator.speaking.wording import hints_of

__all__ = ["Speaker"]

_FIRST_TOKEN, _A_TOKEN = 250, 10
"""Milliseconds that an answer is said to have taken: to its first token, and for each."""

_TELLING = ("additionalModelRequestFields", "messages", "outputConfig", "system", "toolConfig")
"""The members of a request that words are drawn from. The others, such as limits, cut or guard the same words."""

_ECHOED = ("performanceConfig", "serviceTier")
"""Members of a request that its reply repeats."""


class Speaker:
    """Answers Converse bodies that have been judged before. Its one memory is a bounded prompt cache."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._cache = PromptCache()
        self._now = 0.0

    def answer(self, body: Mapping[str, Any], model: str, *, now: float | None = None) -> Answer:
        """Answer a Converse body, with blobs as base64 strings, sent to that decoded model id.

        `now` is the time in seconds, for the prompt cache alone; without it no time passes.
        """
        self._now = self._now if now is None else now
        asked, manner, guardrail = read(body), manner_of(model), guarding.guardrail_of(body)
        if guardrail is None:
            ended = self._speak(body, asked, model, manner)
            return _answer(ended, self._usage(body, model, manner, ended), body)
        given = guarding.assess(guardrail, guarding.read_guarded(body), "INPUT")
        if given.intervened:
            return _intervened(guardrail, Usage(0, 0), given)
        ended = self._speak(body, asked, model, manner)
        usage = self._usage(body, model, manner, ended)
        text = "\n".join(block.text for block in ended.blocks if isinstance(block, (Text, Cited)))
        said = guarding.assess(guardrail, Guarded(text, len(text)), "OUTPUT", asked=given.text)
        if said.intervened:
            return _intervened(guardrail, usage, given, said)
        return _answer(ended, usage, body, **guarding.trace(guardrail, given, said))

    def count(self, body: Mapping[str, Any]) -> int:
        """How many tokens a Converse body has: what usage says of input, read from the cache or not."""
        return count(body)

    def guard(self, body: Mapping[str, Any], identifier: str, version: str, source: Side) -> dict[str, Any]:
        """The members of an ApplyGuardrail reply: the judgement that Converse passes on the same text."""
        return guarding.apply(body, Guardrail(identifier, version), source)

    def _speak(self, body: Mapping[str, Any], asked: Asked, model: str, manner: Manner) -> Ended:
        telling = {name: body.get(name) for name in _TELLING}
        digest = blake2b(msgspec.json.encode(telling, order="deterministic"), digest_size=16).hexdigest()
        random = Random(f"{self._seed}/{model}/{digest}")  # noqa: S311 - words, not secrets
        reasoning = reason(asked, manner, random)
        blocks, stop = _said(body, asked, random)
        whole = blocks if reasoning is None else (reasoning, *blocks)
        return end(whole, stop=stop, most=asked.most_tokens, sequences=asked.stop_sequences)

    def _usage(self, body: Mapping[str, Any], model: str, manner: Manner, ended: Ended) -> Usage:
        prompt = tuple(lay_out(body))
        cached = self._cache.account(prompt, model=model, manner=manner, now=self._now)
        written = sum(cached.written.values())
        told = manner.tells_cache or cached.read or written
        return Usage(
            input=sum(piece.tokens for piece in prompt) - cached.read - written,
            output=count_answer(ended.blocks),
            cache_read=cached.read if told else None,
            cache_write=written if told else None,
            cache_details=cached.written,
        )


def _said(body: Mapping[str, Any], asked: Asked, random: Random) -> tuple[tuple[Block, ...], str]:
    """What follows the reasoning, and the stop reason if nothing cuts it short."""
    called = calls(asked, random)
    if called:
        names = " and ".join(dict.fromkeys(call.name for call in called))
        announced = asked.choice == "auto" and not asked.prefill
        return ((Text(f"I will call {names}."), *called) if announced else called), "tool_use"
    if asked.structured:
        return (
            Text(json.dumps(value_for(asked.schema, random, hints_of(asked.text)), ensure_ascii=False)),
        ), "end_turn"
    if asked.prefill:
        return (Text(continued(asked, random)),), "end_turn"
    if asked.results:
        return (Text(telling_results(asked.results, random)),), "end_turn"
    words = reply(asked, random)
    said: tuple[Block, ...] = (*cite(body, asked.text), Text(f"{words} {uncalled(asked)}" if asked.tools else words))
    return tuple(_spaced(block) if place else block for place, block in enumerate(said)), "end_turn"


def _spaced(block: Block) -> Block:
    """The text with a space ahead: read one after the other, blocks are one text."""
    return replace(block, text=f" {block.text}") if isinstance(block, (Text, Cited)) else block


def _answer(ended: Ended, usage: Usage, body: Mapping[str, Any], **extra: Any) -> Answer:
    extra |= {name: body[name] for name in _ECHOED if body.get(name) is not None}
    fields = _native_fields(body.get("additionalModelResponseFieldPaths"), ended.met)
    if fields:
        extra["additionalModelResponseFields"] = fields
    latency = _FIRST_TOKEN + _A_TOKEN * usage.output
    return Answer(ended.blocks, stop=ended.stop, usage=usage, latency_ms=latency, extra=extra)


def _intervened(guardrail: Guardrail, usage: Usage, *judged: Assessed) -> Answer:
    """What is said in place of an answer; in one delta, as recorded."""
    block = Text(guarding.BLOCKED, deltas=(guarding.BLOCKED,))
    extra = guarding.trace(guardrail, *judged)
    return Answer((block,), stop="guardrail_intervened", usage=usage, latency_ms=_FIRST_TOKEN, extra=extra)


def _native_fields(paths: object, met: str | None) -> dict[str, Any]:
    """The members of the model's own reply that a request wants to see. Only Claude's `stop_sequence` is known.

    A unary reply has it at its top, a stream in the delta of its last event (recorded; vercel/ai asks for both).
    """
    asked = paths if isinstance(paths, list) else []
    at_top = {"stop_sequence": met} if "/stop_sequence" in asked else {}
    return {**at_top, "delta": {"stop_sequence": met}} if "/delta/stop_sequence" in asked else at_top
