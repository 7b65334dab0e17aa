"""The reference client replayed from cassettes, with no network; and nothing secret in them."""

import base64
import binascii
import re
import socket
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from bedrock_harness.client import ToolCall
from bedrock_harness.simulator import Simulator
from tests.client import cassettes
from tests.client.driving import DRIVERS, MODEL

TOLD = {
    "converse": "Clear, 21 °C. 👋",
    "converse-stream-tools": (
        "The user wants the weather.\nI have a tool for that.",
        (ToolCall("tooluse_W7rT1x", "weather", {"city": "Tōkyō"}),),
        "It is clear in Tōkyō, at 21 °C.",
    ),
    "throttled": ("ThrottlingException", 429, "Too many tokens, please wait before trying again."),
}
TAKES = {take.name: take for take in cassettes.TAKES}
FILES = sorted(cassettes.FOLDER.glob("*.yaml"))
ENCODED = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
SIGNATURE = (b"AWS4-HMAC-SHA256", b"Signature=", b"ABSK", b"AKIA", b"ASIA")


@pytest.fixture
def no_network(monkeypatch):
    """Connecting anywhere fails the test."""

    def refuse(*_):
        raise AssertionError("a replay went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("name", TOLD)
def test_a_cassette_tells_what_was_told(name, driver):
    """Each cassette replays without a network, to the last exchange, and the client hears the same."""
    path = cassettes.FOLDER / f"{name}.yaml"
    keys = {"access_key_id": "AKIAREPLAY", "secret_access_key": "anything"}
    with (
        cassettes.recorder("none").use_cassette(str(path)) as cassette,
        closing(cassettes.client_for(driver, cassettes.ENDPOINT, keys)) as client,
    ):
        assert TAKES[name].ask(client) == TOLD[name]
        assert cassette.all_played


def test_the_cassettes_are_the_takes():
    """There is a cassette for each take and no other."""
    assert {path.stem for path in FILES} == set(TOLD) == set(TAKES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_cassette_says_where_it_comes_from(path):
    """Each cassette names origin, date and model in its first lines."""
    head = "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:5])
    assert "# Origin: the simulator of bedrock_harness, not AWS." in head
    assert re.search(r"^# Date: +\d{4}-\d\d-\d\d$", head, re.MULTILINE)
    assert re.search(rf"^# Model: +{MODEL}$", head, re.MULTILINE)


def scalars(value):
    """All texts and bytes in a YAML value, keys included, as bytes."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from scalars(key)
            yield from scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item)
    elif isinstance(value, (str, bytes)):
        yield value if isinstance(value, bytes) else value.encode()


def layers(data: bytes):
    """The bytes, and what any base64 in them decodes to, however deep."""
    yield data
    for match in ENCODED.finditer(data):
        try:
            inner = base64.b64decode(match[0] + b"==", altchars=b"-_" if re.search(rb"[-_]", match[0]) else None)
        except binascii.Error:
            continue
        yield from layers(inner)


def secrets():
    """What the recording client knew, and what its signatures are made of."""
    with Simulator(seed=cassettes.SEED) as bedrock:
        logins = (bedrock.credentials, bedrock.session_credentials)
        known = [value for login in logins for value in login.values() if value]
    return [value.encode() for value in known] + list(SIGNATURE)


def leaks(text: str, hidden):
    """The secrets found in a cassette, plainly, behind `!!binary`, or in base64 within a value."""
    found = [secret for secret in hidden if secret in text.encode()]
    for scalar in scalars(yaml.safe_load(text)):
        found += [secret for layer in layers(scalar) for secret in hidden if secret in layer]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_cassette_holds_no_credential(path):
    """Keys, token and signature are in no cassette, in no encoding."""
    assert leaks(path.read_text(encoding="utf-8"), secrets()) == []


@pytest.mark.parametrize(
    "hide",
    [
        lambda secret: secret,
        lambda secret: base64.b64encode(secret.encode()).decode(),
        lambda secret: base64.urlsafe_b64encode(f"{secret}??>".encode()).decode().rstrip("="),
        lambda secret: f"Basic {base64.b64encode(base64.b64encode(secret.encode())).decode()}",
        lambda secret: f"!!binary {base64.b64encode(f'token={secret}'.encode()).decode()}",
    ],
)
def test_a_hidden_credential_is_found(hide):
    """The search finds a secret plainly, in base64 of either alphabet, twice encoded, and behind !!binary."""
    secret = "nobody's/made+up-secret/0123456789"
    assert leaks(f"headers:\n  x: {hide(secret)}\n", [secret.encode()])


def asked(path: Path):
    """The requests in a cassette, but for the client's version."""
    requests = [each["request"] for each in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]]
    return [{**each, "headers": {**each["headers"], "user-agent": None}} for each in requests]


def test_recording_again_gives_the_same_requests(tmp_path: Path):
    """The documented command records cassettes whose requests are those that are kept."""
    cassettes.record(tmp_path)
    for path in FILES:
        again = tmp_path / path.name
        assert asked(again) == asked(path)
        assert leaks(again.read_text(encoding="utf-8"), secrets()) == []
