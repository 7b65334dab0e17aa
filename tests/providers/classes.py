"""Providers of the kit, as a user would write them."""

import os
import time
from pathlib import Path

from bedrock_harness.providers.adapters.kit import Conversation, Provider


class Echo(Provider):
    """Says what it hears, word by word, and how often it has been spoken to."""

    name = "echo"
    version = "1.2"
    capabilities = ("stream", "unary")
    unsupported = {"bearer": "an echo knows no one"}  # noqa: RUF012

    def open(self, opening):
        if opening["model"] == "refused":
            raise PermissionError("no such model for you")
        return EchoConversation(opening)


class EchoConversation(Conversation):
    def __init__(self, opening):
        self.opening = opening
        self.turns = 0
        self.stopped = 0
        self.told = []

    def send(self, content, stream):
        self.told.append(self.tell(content, stream))  # held, so that nobody closes it but the kit
        return self.told[-1]

    def tell(self, content, stream):
        self.turns += 1
        print("this goes to standard error")
        try:
            for block in content:
                for word in block["text"].split():
                    yield {"text": word}
        finally:
            self.stopped += 1
        if content[0]["text"] == "fail":
            raise ConnectionResetError("by peer")
        yield {"reasoning": {"text": f"turn {self.turns}, {self.stopped} over, stream {stream}"}}
        yield {"tool_call": {"id": "t1", "name": "open", "input": self.opening}}
        yield {"usage": {"input": 1, "output": 2}}
        yield {"stop": "end_turn"}


class Hanging(Provider):
    """Waits for ever."""

    def open(self, opening):
        return HangingConversation()


class HangingConversation(Conversation):
    def send(self, content, stream):
        if "PIDS" in os.environ:
            Path(os.environ["PIDS"]).write_text(str(os.getpid()), encoding="ascii")
        time.sleep(60)
        yield {"text": "late"}


class Unspeakable(Provider):
    """Yields what is not JSON."""

    def open(self, opening):
        return UnspeakableConversation()


class UnspeakableConversation(Conversation):
    def send(self, content, stream):
        yield {"text": object()}


class Unmakeable(Provider):
    """Can't be made."""

    def __init__(self):
        raise ValueError("no configuration")
