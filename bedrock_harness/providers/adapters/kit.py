"""The kit for Python adapters: two classes to fill in, and the loop that speaks the protocol for them.

It needs the standard library of Python 3.9 and nothing else, so that it can be copied beside an adapter into any
environment. It knows the lines of docs/adapters.md and nothing of Bedrock. Run as a program it serves a class by
name: `python -m bedrock_harness.providers.adapters.kit module:Class`.
"""

# ruff: noqa: PTH123, UP045 - Python 3.9 has no `X | None`

import importlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, BinaryIO, Optional

__all__ = ["Conversation", "Provider", "Sessions", "encode", "serve"]

PROTOCOL = 1

GRACE = 5.0
"""Seconds between the end of standard input and the end of the program, whatever the provider is still doing."""

OPENING: dict[str, Any] = {"system": [], "tools": [], "settings": {}, "history": []}
SETTINGS: dict[str, Any] = {
    "max_tokens": None,
    "temperature": None,
    "top_p": None,
    "stop_sequences": [],
    "tool_choice": None,
    "attempts": 1,
    "read_timeout": None,
    "cache": False,
    "additional": {},
}
CREDENTIALS = {"access_key_id": None, "secret_access_key": None, "session_token": None, "bearer_token": None}


class Conversation:
    """One conversation with the provider, which keeps its own native history between turns."""

    def send(self, content: list[dict[str, Any]], stream: bool) -> Iterable[dict[str, Any]]:
        """Send the user's blocks and yield what the provider tells, as it comes.

        A part is a dict with exactly one member: `{"text": "..."}`, `{"reasoning": {"text", "signature", "redacted"}}`,
        `{"tool_call": {"id", "name", "input"}}`, `{"stop": "end_turn"}`, `{"usage": {"input", "output", "total",
        "cache_read", "cache_write"}}`. Whatever is raised is told as the error that the caller sees. When the user
        presses stop, the generator is closed: let go of the connection in a `finally`.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no send()")

    def close(self) -> None:
        """Let go of whatever the conversation holds."""


class Provider:
    """A provider: who it is, what it can do, and how a conversation is opened."""

    name = "unnamed"
    version = "0"
    capabilities: Iterable[str] = ()
    unsupported: dict[str, str] = {}  # noqa: RUF012 - a class attribute to be overridden

    def open(self, opening: dict[str, Any]) -> Conversation:
        """Begin a conversation as told by the `open` command, every member present: `endpoint` (`url`, `region`,
        `credentials`, `ca_file`), `model`, `system`, `tools`, `settings`, `history`.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no open()")

    def describe(self, error: Exception) -> dict[str, Any]:
        """The error as the caller sees it: `message`, and where known `code`, `status`, `request_id`, `retryable`."""
        return {"message": str(error), "native": type(error).__name__}


class Sessions:
    """The open conversations of one provider, and the answers to commands about them."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._open: dict[str, Conversation] = {}

    def answer(self, command: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the lines that answer a command, each as it comes about."""
        number = command["id"]
        if command["op"] == "hello":
            yield self._welcome(number)
            return
        error = None
        told = self._told(command)
        while True:
            try:
                part = next(told)
            except StopIteration:
                break
            except Exception as raised:  # noqa: BLE001 - whatever a provider raises is what its caller sees
                error = {"native": type(raised).__name__, **self._provider.describe(raised)}
                break
            yield {"is": "part", "id": number, "at": time.monotonic_ns(), **part}
        done = {"is": "done", "id": number, "at": time.monotonic_ns()}
        yield done if error is None else {**done, "error": error}

    def close(self) -> None:
        """Close every conversation that is still open."""
        while self._open:
            self._open.popitem()[1].close()

    def _welcome(self, number: int) -> dict[str, Any]:
        return {
            "is": "welcome",
            "id": number,
            "name": self._provider.name,
            "version": self._provider.version,
            "protocol": PROTOCOL,
            "language": "Python {}.{}.{}".format(*sys.version_info[:3]),
            "capabilities": sorted(self._provider.capabilities),
            "unsupported": dict(self._provider.unsupported),
        }

    def _told(self, command: dict[str, Any]) -> Iterator[dict[str, Any]]:
        session = command.get("session", "")
        if command["op"] == "open":
            self._open[session] = self._provider.open(_complete(command))
        elif command["op"] == "send":
            yield from _until(
                self._open[session].send(command["content"], command.get("stream", True)), command.get("stop_after")
            )
        elif command["op"] == "close" and session in self._open:
            self._open.pop(session).close()


def _complete(command: dict[str, Any]) -> dict[str, Any]:
    opening = {**OPENING, **command}
    opening["settings"] = {**SETTINGS, **opening["settings"]}
    endpoint = {"ca_file": None, **opening["endpoint"]}
    endpoint["credentials"] = {**CREDENTIALS, **endpoint["credentials"]}
    opening["endpoint"] = endpoint
    return opening


def _until(parts: Iterable[dict[str, Any]], limit: Optional[int]) -> Iterator[dict[str, Any]]:
    """Yield the parts, at most `limit` of them; then close the generator, as a user who presses stop."""
    iterator = iter(parts)
    try:
        if limit == 0:
            return
        for count, part in enumerate(iterator, 1):
            yield part
            if count == limit:
                return
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()


def encode(answer: dict[str, Any]) -> bytes:
    """The answer as one line. Half a surrogate pair, which a provider may yield, stays what it is: an escape."""
    try:
        return json.dumps(answer, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(answer).encode() + b"\n"


def serve(provider: Provider) -> None:
    """Speak the protocol over standard input and output until the input ends.

    The provider finds an empty standard input, and its prints go to standard error: the protocol has the real ones.
    """
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    commands: queue.SimpleQueue[Optional[bytes]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, commands), daemon=True).start()
    with closing(Sessions(provider)) as sessions:
        while True:
            line = commands.get()
            if line is None:
                return
            for answer in sessions.answer(json.loads(line)):
                sink.write(encode(answer))
                sink.flush()


def _listen(source: BinaryIO, commands: queue.SimpleQueue[Optional[bytes]]) -> None:
    """Pass commands on; when the harness has gone, see to it that the program goes too, hanging or not."""
    for line in source:
        commands.put(line)
    commands.put(None)
    time.sleep(GRACE)
    os._exit(1)


if __name__ == "__main__":
    module, _, attribute = sys.argv[1].partition(":")
    serve(getattr(importlib.import_module(module), attribute)())
