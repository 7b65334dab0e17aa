"""The client's contact with httpx: its errors, and what it trusts."""

import asyncio

import httpx
import pytest

from bedrock_harness.client import Client, ConnectionFailed, InvalidRequest, RequestTimeout
from bedrock_harness.client.network.transport import direct, run, translate

REQUEST = httpx.Request(
    "POST", "http://host:81/", extensions={"timeout": {"connect": 1, "read": 2, "write": 3, "pool": 4}}
)


@pytest.mark.parametrize(
    ("error", "phase", "seconds", "retryable"),
    [
        (httpx.ConnectTimeout, "connect", 1, True),
        (httpx.ReadTimeout, "read", 2, False),
        (httpx.WriteTimeout, "write", 3, False),
        (httpx.PoolTimeout, "pool", 4, True),
    ],
)
def test_a_timeout_says_what_was_waited_for(error, phase, seconds, retryable):
    """A timeout carries its phase and length; only one before anything was sent may be tried again."""
    found = translate(error("", request=REQUEST))
    assert isinstance(found, RequestTimeout)
    assert (found.phase, found.seconds, found.retryable) == (phase, seconds, retryable)
    assert "host:81" in str(found)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError, httpx.ProxyError])
def test_any_other_failure_is_a_failed_connection(error):
    """What the network does wrong is a ConnectionFailed, with words also where httpx has none."""
    found = translate(error("", request=REQUEST))
    assert isinstance(found, ConnectionFailed)
    assert str(found) == f"host:81: {error.__name__}."


@pytest.mark.parametrize("name", ["missing.pem", "empty.pem"])
def test_a_file_without_certificates_is_refused(tmp_path, name):
    """A file of authorities that cannot be read is an InvalidRequest that names it."""
    (tmp_path / "empty.pem").touch()
    with pytest.raises(InvalidRequest, match=name):
        Client(ca_file=str(tmp_path / name))


@pytest.mark.parametrize(("variable", "everything"), [("HTTPS_PROXY", True), ("ALL_PROXY", False)])
def test_what_is_reached_without_a_proxy(monkeypatch, variable, everything):
    """This machine always is, and everything else unless a variable names a proxy for it."""
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    found = direct()
    assert ("all://" in found) is everything
    assert {"all://127.0.0.1", "all://localhost"} <= set(found)


def test_a_blocking_coroutine_that_waits_is_a_mistake():
    """A coroutine that needs a loop is not taken for one that is done."""
    with pytest.raises(RuntimeError, match="over a blocking transport"):
        run(asyncio.sleep(0))
