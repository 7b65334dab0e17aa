"""Cache points: from a policy, from `cache_control`, at most four, the longer-lived ones first.

Knows where a cache point may stand. What a policy is, `options` knows; which models cache, `service.families`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import Caching, Note, Ttl
from bedrock_harness.client.requests.content import cache_point
from bedrock_harness.client.requests.draft import Draft

__all__ = ["MOST", "check_ttls", "clamp", "from_markers", "place"]

MOST = 4
"""Cache points of one request: "A maximum of 4 blocks with cache_control may be provided. Found 5."."""

MARKER = "cache_control"


# ------------------------------------------------------------------------------------------------- from cache_control


def from_markers(draft: Draft) -> Draft:
    """Anthropic's `cache_control` members, on blocks, messages, system blocks and tools, as cache points behind them (L02).

    One inside a tool result stands behind the result, since a result has no place for it (B08).
    """
    members: dict[str, Any] = {
        "messages": [_unmarked_message(message) for message in draft.body["messages"]],
        "system": list(_unmarked(draft.body.get("system") or [])),
    }
    if (config := draft.body.get("toolConfig") or {}).get("tools"):
        members["toolConfig"] = {**config, "tools": list(_unmarked(config["tools"]))}
    return draft.with_body(**members)


def _unmarked_message(message: Mapping[str, Any]) -> dict[str, Any]:
    content = list(_unmarked(message["content"]))
    if (marker := message.get(MARKER)) and content and "cachePoint" not in content[-1]:
        content.append(_point(marker))
    return {name: value for name, value in message.items() if name != MARKER} | {"content": content}


def _unmarked(blocks: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        marker, plain = block.get(MARKER), {name: value for name, value in block.items() if name != MARKER}
        if (result := block.get("toolResult", {})).get("content"):
            parts = list(_unmarked(result["content"]))
            marker = marker or next((part["cachePoint"] for part in reversed(parts) if "cachePoint" in part), None)
            plain["toolResult"] = {**result, "content": [part for part in parts if "cachePoint" not in part]}
        yield plain
        if marker:
            yield _point(marker)


def _point(marker: Any) -> dict[str, Any]:
    ttl = marker.get("ttl") if isinstance(marker, Mapping) else None
    if ttl is not None and ttl not in get_args(Ttl):
        raise InvalidRequest(f"The ttl of a cache point is {ttl!r}.", hint=f"It is {' or '.join(get_args(Ttl))}.")
    return cache_point(ttl)


# ------------------------------------------------------------------------------------------------- from a policy


def place(draft: Draft, *, supported: bool | None, amazon: bool) -> Draft:
    """The policy's cache points. `supported` is whether the model caches, None where nobody knows."""
    policy = draft.options.caching
    if not (policy.tools or policy.system or policy.messages or policy.message is not None):
        return draft
    if policy.supported_only and not supported:
        return draft.noting(
            Note("caching-off", f"{draft.model} is not known to cache prompts: no cache point was set.")
        )
    members: dict[str, Any] = {}
    config = draft.body.get("toolConfig") or {}
    if policy.tools and config.get("tools") and not amazon:
        members["toolConfig"] = {**config, "tools": _followed(config["tools"], policy)}
    if policy.system and (system := draft.body.get("system")) and _bytes(system) > policy.system_bytes:
        members["system"] = _followed(system, policy)
    return draft.with_body(**members, messages=_in_messages(draft.body["messages"], policy))


def _in_messages(messages: list[dict[str, Any]], policy: Caching) -> list[dict[str, Any]]:
    places = set(
        range(len(messages))[-policy.messages :] if policy.messages and len(messages) > policy.conversation else ()
    )
    if policy.message is not None and -len(messages) <= policy.message < len(messages):
        places.add(policy.message % len(messages))
    return [
        {**message, "content": _followed(message["content"], policy)} if index in places else message
        for index, message in enumerate(messages)
    ]


def _followed(blocks: list[dict[str, Any]], policy: Caching) -> list[dict[str, Any]]:
    """The blocks with a cache point behind them, unless there is one (R27), or reasoning would come before it.

    "Cache point cannot be inserted after reasoning block" (anomalyco/opencode#36517).
    """
    if not blocks or "cachePoint" in blocks[-1] or "reasoningContent" in blocks[-1]:
        return blocks
    return [*blocks, cache_point(policy.ttl)]


def _bytes(system: list[dict[str, Any]]) -> int:
    return sum(len(str(block.get("text", "")).encode(errors="replace")) for block in system)


# ------------------------------------------------------------------------------------------------- the whole


def clamp(draft: Draft) -> Draft:
    """The last four cache points, in the order in which the service renders tools, system and messages (B07).

    A later one stands for a longer prefix, so the first are the ones that go.
    """
    surplus = sum(1 for _ in _points(draft.body)) - MOST
    if surplus <= 0 or not draft.options.repairs.cache_points:
        return draft
    left = surplus

    def kept(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        nonlocal left
        found = []
        for block in blocks:
            if "cachePoint" in block and left > 0:
                left -= 1
            else:
                found.append(block)
        return found

    body = draft.body
    config, system = body.get("toolConfig"), body.get("system")
    if config and config.get("tools"):
        config = {**config, "tools": kept(config["tools"])}
    system = kept(system) if system else system
    messages = [{**message, "content": kept(message["content"])} for message in body["messages"]]
    note = Note(
        "cache-points-clamped", f"{surplus} cache points were dropped, the first ones: a request has at most {MOST}."
    )
    return draft.with_body(note, toolConfig=config, system=system, messages=messages)


def check_ttls(draft: Draft) -> Draft:
    """Refuse a cache point of an hour behind one of five minutes: the service refuses it too (R26)."""
    ttls = [point.get("ttl", "5m") for point in _points(draft.body)] if draft.options.repairs.cache_points else []
    if "1h" in ttls and "5m" in ttls[: len(ttls) - ttls[::-1].index("1h")]:
        raise InvalidRequest(
            "A cache point of one hour stands behind one of five minutes.",
            hint="Give the longer-lived ones first: tools, then system, then messages.",
        )
    return draft


def _points(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    places = [(body.get("toolConfig") or {}).get("tools") or [], body.get("system") or []]
    places += [message["content"] for message in body["messages"]]
    for blocks in places:
        for block in blocks:
            if isinstance(point := block.get("cachePoint"), Mapping):
                yield point
