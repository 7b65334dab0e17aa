"""The kit: the same conversation in a process and in a thread, and what an adapter can do wrong with it."""

import ast
import sys
import threading
import time
from pathlib import Path

import pytest

from bedrock_harness.providers import CannotStart, Crashed, Hung, Manifest, inprocess, resolve, start
from bedrock_harness.providers.adapters import kit
from bedrock_harness.providers.adapters.kit import Conversation, Provider
from tests.providers import classes
from tests.providers.support import ENDPOINT, HELLO


@pytest.fixture(params=["process", "thread"])
def run(request):
    """Run a class of classes.py, in a process or in a thread."""

    def begin(provider):
        if request.param == "thread":
            return inprocess.start(provider)
        return start(resolve(f"python:tests.providers.classes:{provider.__name__}"))

    return begin


def test_a_conversation_is_the_same_in_a_process_and_in_a_thread(run):
    """Welcome, parts and defaults come through alike."""
    with run(classes.Echo) as provider:
        welcome = provider.welcome
        assert (welcome.name, welcome.version, welcome.capabilities) == ("echo", "1.2", ("stream", "unary"))
        assert welcome.unsupported == {"bearer": "an echo knows no one"}
        conversation = provider.open(endpoint=ENDPOINT, model="m")
        first = conversation.send(HELLO)
        second = conversation.send(({"text": "a b"}, {"text": "c"}), stream=False)
        conversation.close()
    assert first.text == "hello"
    assert first.reasoning[0].text == "turn 1, 1 over, stream True"
    assert second.reasoning[0].text == "turn 2, 2 over, stream False"
    assert second.text == "abc"
    assert (second.usage.input, second.usage.output, second.usage.total) == (1, 2, None)
    opening = second.tool_calls[0].input
    assert opening["settings"] == kit.SETTINGS
    assert opening["endpoint"]["ca_file"] is None
    assert set(opening["endpoint"]["credentials"]) == set(kit.CREDENTIALS)
    assert (opening["system"], opening["tools"], opening["history"]) == ([], [], [])


def test_what_is_raised_is_the_error_that_the_caller_sees(run):
    """An exception is told with its class and text, after the parts that came before; the conversation goes on."""
    with run(classes.Echo) as provider:
        conversation = provider.open(endpoint=ENDPOINT, model="m")
        failed = conversation.send(({"text": "fail"},))
        assert failed.text == "fail"
        assert (failed.error.message, failed.error.native) == ("by peer", "ConnectionResetError")
        assert conversation.send(HELLO).error is None


def test_a_refusal_to_open_is_told_at_each_turn(run):
    """A provider that refuses a conversation is not at fault: the caller sees the error."""
    with run(classes.Echo) as provider:
        conversation = provider.open(endpoint=ENDPOINT, model="refused")
        for _ in range(2):
            error = conversation.send(HELLO).error
            assert (error.message, error.native) == ("no such model for you", "PermissionError")
        conversation.close()
        assert provider.open(endpoint=ENDPOINT, model="m").send(HELLO).error is None


@pytest.mark.parametrize(("limit", "text"), [(0, ""), (1, "a"), (2, "ab"), (99, "abcd")])
def test_stopping_closes_the_generator(run, limit, text):
    """After the parts asked for the generator is closed, its `finally` has run, and no error is told."""
    with run(classes.Echo) as provider:
        conversation = provider.open(endpoint=ENDPOINT, model="m")
        stopped = conversation.send(({"text": "a b c d"},), stop_after=limit)
        assert (stopped.text, stopped.error) == (text, None)
        over = conversation.send(HELLO).reasoning[0].text
        assert over == f"turn {1 if limit == 0 else 2}, {1 if limit == 0 else 2} over, stream True"


def test_a_hang_is_told_in_time(run):
    """The patience holds in a thread as in a process."""
    began = time.monotonic()
    with run(classes.Hanging) as provider:
        conversation = provider.open(endpoint=ENDPOINT, model="m")
        with pytest.raises(Hung, match="no end after"):
            conversation.send(HELLO, patience=0.5)
    assert time.monotonic() - began < 5


def test_a_part_that_is_not_json_is_the_adapters_fault(run):
    """What can't be written as JSON ends the adapter, with the reason where it can be seen."""
    with run(classes.Unspeakable) as provider, pytest.raises(Crashed) as caught:
        provider.open(endpoint=ENDPOINT, model="m").send(HELLO)
    assert "object is not JSON serializable" in "\n".join([caught.value.message, *caught.value.stderr])


def test_a_provider_that_cannot_be_made_cannot_start(run):
    """An exception in the class's own making is told before anything is judged."""
    with pytest.raises(CannotStart) as caught:
        run(classes.Unmakeable)
    assert "no configuration" in "\n".join([caught.value.message, *caught.value.stderr])


def test_prints_go_to_standard_error():
    """What the provider's code prints can't break the protocol, and can be read."""
    with start(resolve("python:tests.providers.classes:Echo")) as provider:
        provider.open(endpoint=ENDPOINT, model="m").send(HELLO)
        assert provider.stderr == ("this goes to standard error",)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("python:no.such.module:Thing", "ModuleNotFoundError"),
        ("python:tests.providers.classes:Missing", "AttributeError"),
    ],
)
def test_a_class_that_is_not_there_cannot_start(spec, reason):
    """A wrong module or class is one sentence, with Python's own words below."""
    with pytest.raises(CannotStart) as caught:
        start(resolve(spec))
    assert reason in caught.value.stderr[-1]


def test_a_thread_ends_when_it_is_closed():
    """Closing ends the thread, and an endless provider stops at its next part."""

    class Endless(Provider):
        def open(self, opening):
            return EndlessConversation()

    class EndlessConversation(Conversation):
        def send(self, content, stream):
            while True:
                yield {"text": "x" * 1000}
                time.sleep(0.001)

    before = set(threading.enumerate())
    with inprocess.start(Endless) as provider:
        (thread,) = set(threading.enumerate()) - before
        conversation = provider.open(endpoint=ENDPOINT, model="m")
        with pytest.raises(Hung, match="it told"):
            conversation.send(HELLO, patience=0.3)
    thread.join(5)
    assert not thread.is_alive()


def test_the_kit_needs_nothing_but_an_old_python():
    """The kit parses as Python 3.9 and imports the standard library alone."""
    tree = ast.parse(Path(kit.__file__).read_text(encoding="utf-8"), feature_version=(3, 9))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_adapter_is_written_in_few_lines():
    """The manifest of a class runs the kit, with the harness's own import path."""
    manifest = resolve("python:acme.adapter:Acme")
    assert isinstance(manifest, Manifest)
    assert manifest.command == (sys.executable, "-m", kit.__name__, "acme.adapter:Acme")
