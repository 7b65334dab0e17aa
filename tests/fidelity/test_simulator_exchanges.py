"""The recorded requests, sent to the simulator: what Bedrock answered is answered, in the same structure.

The difference between the real reply and ours is printed, and is empty but for what `KNOWN` gives a reason for.
"""

import json
from base64 import b64decode
from collections import Counter
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from bedrock_harness.recordings import find, read
from bedrock_harness.simulator import Reasoning, Redacted, Simulator, Text, ToolUse, answer
from bedrock_harness.simulator.script import Json, Usage
from bedrock_harness.wire.events import ContentBlockStart, read_event
from bedrock_harness.wire.fold import fold
from bedrock_harness.wire.frames import FrameDecoder
from bedrock_harness.wire.sigv4 import Request, sign
from tests.shared import shared

KNOWN = {
    "Converse: only real .output.message.content[].toolUse.type: str": "sent by Claude Sonnet 4.5 alone of all recorded "
    "models, absent from its streams, and with a value that botocore's model does not have",
    "Converse: only ours .usage.serverToolUsage: dict": "older recordings lack what all newer ones have",
    "ConverseStream: only ours [].usage.serverToolUsage: dict": "older recordings lack what all newer ones have",
}
"""Difference to the reason why it stays."""


@pytest.fixture(scope="module")
def recordings():
    return tuple(recorded for file in find([shared("recordings")]) for recorded in read(file))


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as running:
        yield running


def ask(simulator, recorded):
    """Send a recorded request, signed for the simulator; the reply's status, headers in their order, and body."""
    target = urlsplit(recorded.uri)
    where = urlsplit(simulator.url)
    path = target.path + (f"?{target.query}" if target.query else "")
    body = json.dumps(recorded.request_body).encode()
    headers = (("Host", where.netloc), ("Content-Type", "application/json"))
    request = Request(recorded.method, path, headers, body)
    signed = sign(request, simulator._identities.keys, region=simulator.region, at=datetime.now(UTC)).request
    connection = HTTPConnection(where.hostname, where.port, timeout=10)
    connection.request(signed.method, path, body, dict(signed.headers))
    reply = connection.getresponse()
    found = reply.status, [name.lower() for name, _ in reply.getheaders()], reply.read()
    connection.close()
    return found


def scripted(body):
    """A recorded reply's content as a script has it."""
    usage = body["usage"]
    return answer(
        *map(block, body["output"]["message"]["content"]),
        stop=body["stopReason"],
        usage=Usage(
            usage["inputTokens"],
            usage["outputTokens"],
            usage.get("cacheReadInputTokens"),
            usage.get("cacheWriteInputTokens"),
            usage["totalTokens"],
            {detail["ttl"]: detail["inputTokens"] for detail in usage.get("cacheDetails", ())},
        ),
        **{name: body[name] for name in body if name not in {"output", "stopReason", "usage", "metrics", "p"}},
    )


def block(given):
    match given:
        case {"text": text}:
            return Text(text)
        case {"reasoningContent": {"reasoningText": {"text": text, **more}}}:
            return Reasoning(text, more.get("signature"))
        case {"reasoningContent": {"redactedContent": data}}:
            return Redacted((b64decode(data),))
        case {"toolUse": {"toolUseId": identifier, "name": name, "input": given_input}}:
            return ToolUse(identifier, name, given_input)
    raise AssertionError(f"no script has {given}")


def structure(value, path=""):
    """Every place of a JSON value with its type; for objects also which member comes before which."""
    yield f"{path}: {type(value).__name__}"
    if isinstance(value, dict) and not path.endswith(".input"):  # a call's input is the model's own JSON
        for name, member in value.items():
            yield from structure(member, f"{path}.{name}")
    elif isinstance(value, list):
        for member in value:
            yield from structure(member, f"{path}[]")


def orders(value, path=""):
    """The members of every object in their order, by its path."""
    if isinstance(value, dict) and not path.endswith(".input"):
        yield path, tuple(value)
        for name, member in value.items():
            yield from orders(member, f"{path}.{name}")
    elif isinstance(value, list):
        for member in value:
            yield from orders(member, f"{path}[]")


def differences(real, ours):
    """What only one of them has, by path and type, and what both have in another order."""
    theirs, mine = set(structure(real)), set(structure(ours))
    yield from (f"only real {one}" for one in theirs - mine)
    yield from (f"only ours {one}" for one in mine - theirs)
    for (path, one), (_, other) in zip(orders(real), orders(ours), strict=False):
        if [name for name in one if name in other] != [name for name in other if name in one]:
            yield f"in another order {path}"


def events(data):
    return FrameDecoder().feed(data)


def test_the_same_content_has_the_same_structure(recordings, simulator, capsys):
    """A recorded answer, played as a script to the recorded request, comes in the recorded members, types and order."""
    found, compared = Counter(), 0
    for recorded in recordings:
        if recorded.accepted:
            theirs = told(recorded.operation, recorded.reply_body)
            simulator.play(script_of(recorded.operation, recorded.reply_body))
            status, _, body = ask(simulator, recorded)
            assert status == 200, (recorded.file.name, body)
            compared += 1
            found.update(f"{recorded.operation}: {one}" for one in differences(theirs, told(recorded.operation, body)))
    with capsys.disabled():
        print(f"\n{compared} recorded replies compared. Different: {dict(found) or 'nothing'}")
    assert compared == 76
    assert set(found) == set(KNOWN)


def told(operation, body):
    """What a reply says: its JSON, or the payloads of its frames."""
    return [json.loads(frame.payload) for frame in events(body)] if operation == "ConverseStream" else json.loads(body)


def script_of(operation, body):
    """The script that says what a recorded reply said."""
    if operation == "CountTokens":
        return Json(json.loads(body))
    return scripted(fold(map(read_event, events(body))) if operation == "ConverseStream" else json.loads(body))


def test_its_own_voice_has_the_same_members(recordings, simulator):
    """With no script the simulator answers each accepted request with the recorded status, and in the recorded members."""
    simulator.play()
    for recorded in recordings:
        if recorded.accepted:
            status, headers, body = ask(simulator, recorded)
            assert status == recorded.status, (recorded.file.name, body)
            real, ours = told(recorded.operation, recorded.reply_body), told(recorded.operation, body)
            if recorded.operation == "ConverseStream":
                kinds = [read_event(frame) for frame in events(body)]
                assert {type(event) for event in kinds} <= {
                    type(read_event(f)) for f in events(recorded.reply_body)
                } | OPENED
                real, ours = real[-1], ours[-1]
            news = {one for one in differences(outside(real), outside(ours)) if not one.startswith("only real")}
            assert news <= {"only ours .usage.serverToolUsage: dict"}, recorded.file.name
            assert headers[:5] == [
                "date",
                "content-type",
                framing(recorded.operation),
                "connection",
                "x-amzn-requestid",
            ]


OPENED = {ContentBlockStart}
"""Our voice may call a tool where the model talked."""


def framing(operation):
    return "transfer-encoding" if operation == "ConverseStream" else "content-length"


def outside(body):
    """A reply without what the model said, which is its own, and without the cache, which depends on what came before."""
    usage = {name: count for name, count in body.get("usage", {}).items() if not name.startswith("cache")}
    return {**body, "output": None, "usage": usage}


def test_what_was_refused_is_refused(recordings, simulator):
    """Each request that Bedrock refused is refused with the recorded status and the recorded words."""
    refused = [recorded for recorded in recordings if not recorded.accepted]
    assert len(refused) == 5
    for recorded in refused:
        status, _, body = ask(simulator, recorded)
        assert (status, json.loads(body)) == (recorded.status, json.loads(recorded.reply_body)), recorded.file.name
