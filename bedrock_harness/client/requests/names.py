"""Tool names and tool use ids in the service's alphabet, and the way back.

Knows both patterns (botocore, ToolName and ToolUseId). A legal name stays as it is, byte for byte. The alias of any other
depends on that name alone, unless it would collide: so it is the same in every turn, and a cached prefix stays one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

__all__ = ["ID", "NAME", "Names", "aliases", "renamed", "tool_names", "tool_use_ids"]

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")

_LENGTH = 64
_DIGEST = 8
"""Hexadecimal digits that tell two long names apart; cutting them off alone would not (maximhq/bifrost#6300)."""


class Names(Struct, frozen=True):
    """What the tools of a request are called on the wire, and what their caller calls them: alias to name."""

    tools: Mapping[str, str] = {}

    def original(self, alias: str) -> str:
        """The caller's name of a tool; a name that the model made up stays as it is."""
        return self.tools.get(alias, alias)


def aliases(names: Iterable[str], legal: re.Pattern[str]) -> dict[str, str]:
    """The alias of each name that is not legal. No two names share one, and none is a legal name's own.

    >>> aliases(["get.weather", "get_time"], NAME)
    {'get.weather': 'get_weather'}
    """
    distinct = dict.fromkeys(names)
    taken = {name for name in distinct if legal.fullmatch(name)}
    wanted = [name for name in distinct if name not in taken]
    plain = [_plain(name, legal) for name in wanted]
    found: dict[str, str] = {}
    for name, alias in zip(wanted, plain, strict=True):
        unique = alias not in taken and plain.count(alias) == 1 and legal.fullmatch(alias)
        found[name] = alias if unique else _digested(name, alias)
    return found


def _plain(name: str, legal: re.Pattern[str]) -> str:
    return "".join(character if legal.fullmatch(character) else "_" for character in name)


def _digested(name: str, plain: str) -> str:
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:_DIGEST]
    return f"{plain[: _LENGTH - _DIGEST - 1] or 'tool'}_{digest}"


def tool_names(body: Mapping[str, Any]) -> list[str]:
    """Every tool name of a request: of its tools, its tool choice and its history."""
    found: list[str] = []
    _walk(body, _noting(found), lambda id_: id_)
    return found


def tool_use_ids(body: Mapping[str, Any]) -> list[str]:
    """Every tool use id of a request's history."""
    found: list[str] = []
    _walk(body, lambda name: name, _noting(found))
    return found


def renamed(body: Mapping[str, Any], names: Mapping[str, str], ids: Mapping[str, str]) -> dict[str, Any]:
    """A copy of the request with these names and ids in place of the caller's."""
    return _walk(body, lambda name: names.get(name, name), lambda id_: ids.get(id_, id_))


def _noting(found: list[str]) -> Callable[[str], str]:
    def note(text: str) -> str:
        found.append(text)
        return text

    return note


def _walk(body: Mapping[str, Any], name: Callable[[str], str], id_: Callable[[str], str]) -> dict[str, Any]:
    """A copy of the request with every tool name and every id sent through a function."""

    def changed(value: Any, member: str, change: Callable[[str], str]) -> Any:
        if isinstance(value, Mapping) and isinstance(given := value.get(member), str):
            return {**value, member: change(given)}
        return value

    def block(value: Mapping[str, Any]) -> Mapping[str, Any]:
        if "toolUse" in value:
            return {**value, "toolUse": changed(changed(value["toolUse"], "name", name), "toolUseId", id_)}
        if "toolResult" in value:
            return {**value, "toolResult": changed(value["toolResult"], "toolUseId", id_)}
        return value

    copy = dict(body)
    if isinstance(config := body.get("toolConfig"), Mapping):
        tools = [
            {kind: changed(spec, "name", name) for kind, spec in tool.items()} if isinstance(tool, Mapping) else tool
            for tool in config.get("tools") or ()
        ]
        choice = config.get("toolChoice")
        if isinstance(choice, Mapping):
            choice = {kind: changed(value, "name", name) for kind, value in choice.items()}
        copy["toolConfig"] = {**config, "tools": tools} | ({} if choice is None else {"toolChoice": choice})
    copy["messages"] = [
        {**message, "content": [block(each) for each in message["content"]]} for message in body.get("messages", ())
    ]
    return copy
