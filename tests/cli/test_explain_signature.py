"""`explain-signature`: what it says of a captured request, what it never says, and how it complains."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from bedrock_harness.conformance.secrets import spellings
from tests.cli.conftest import Ran
from tests.wire.made import CREDENTIALS, TEMPORARY, signed
from tests.wire.wrong_signer import PASSING, WRONG, draw, sign

SECRET = CREDENTIALS.secret_access_key


def capture(path: Path, request: Any) -> Path:
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
    path.write_bytes(f"{request.method} {request.target} HTTP/1.1\r\n{head}\r\n".encode() + request.body)
    return path


@pytest.fixture
def ask(bh: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Ask about a request, with the right secret in a variable."""
    monkeypatch.setenv("BEDROCK_TEST_SECRET", SECRET)

    def call(request: Any, *arguments: str) -> Ran:
        path = capture(tmp_path / "request.http", request)
        return bh("explain-signature", path, "--secret-from-env", "BEDROCK_TEST_SECRET", *arguments)

    return call


def wrong(*names: str) -> Any:
    """A request with these mistakes, each made in its first way."""
    return sign(draw(Random(3), set(names)), *(WRONG[name][0] for name in names))


def test_valid(ask: Callable[..., Ran]) -> None:
    """A right signature is valid, exit 0; that its age was not judged is said."""
    ran = ask(signed(credentials=TEMPORARY).request)
    assert ran.code == 0
    assert "Valid: the request is signed as the service computes it." in ran.out
    assert "--at says when" in ran.out
    assert ran.err == ""


def test_a_mistake(ask: Callable[..., Ran]) -> None:
    """A mistake is named with its remedy and source, and the lines that differ are marked; exit 1."""
    ran = ask(wrong("path-encoded-once"))
    assert ran.code == 1
    assert "Not valid: The path was signed as it is sent, encoded once." in ran.out
    assert "tontinton/maki#212" in ran.out
    marked = [line.strip() for line in ran.out.splitlines() if line.strip()[:2] in {"- ", "+ "}]
    assert any(line.startswith("- /model/") and "%253A" in line for line in marked)
    assert any(line.startswith("+ /model/") and "%253A" not in line for line in marked)


def test_two_mistakes(ask: Callable[..., Ran]) -> None:
    """Two mistakes are both told."""
    ran = ask(wrong("path-encoded-once", "secret-blanks"))
    assert "Not valid: The path" in ran.out
    assert "And: The key is derived from the secret with a newline after it." in ran.out


def test_expired(ask: Callable[..., Ran]) -> None:
    """A request that arrived too late says by how much."""
    ran = ask(signed().request, "--at", "2025-01-30T12:07:00Z")
    assert ran.code == 1
    assert "signed 0:07:00 ago, at most 0:05:00 is allowed" in ran.out
    assert ask(signed().request, "--at", "2025-01-30T12:04:00").code == 0
    assert ask(signed().request, "--at", "now").code == 1


def test_the_scope_is_held_against_what_is_expected(ask: Callable[..., Ran]) -> None:
    """The region comes from the host unless it is given; service and key can be given too."""
    assert "for the region 'eu-west-1', where 'us-east-1'" in ask(signed(region="eu-west-1").request).out
    assert ask(signed(region="eu-west-1").request, "--region", "eu-west-1").code == 0
    assert "where 'other' is required" in ask(signed().request, "--service", "other").out
    assert "access key that is not known" in ask(signed().request, "--access-key-id", "AKIDOTHER").out


def test_a_foreign_token(ask: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the right token given, another one in the request is found out."""
    monkeypatch.setenv("BEDROCK_TEST_TOKEN", "another-session-token")
    request = signed(credentials=TEMPORARY).request
    assert "is not the session token" in ask(request, "--token-from-env", "BEDROCK_TEST_TOKEN").out


def test_json(ask: Callable[..., Ran]) -> None:
    """`--json` prints one object with causes and both canonical requests."""
    ran = ask(wrong("path-encoded-once"), "--json")
    told = json.loads(ran.out)
    assert ran.code == 1
    assert (told["valid"], told["proven"], told["scheme"]) == (False, True, "sigv4")
    assert [cause["id"] for cause in told["causes"]] == ["path-encoded-once"]
    assert told["expected"] != told["signed"]


def test_standard_input(bh: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`-` is standard input, where nobody can be asked for a secret."""
    data = capture(tmp_path / "request.http", signed().request).read_bytes()
    monkeypatch.setenv("BEDROCK_TEST_SECRET", f"{SECRET}\n")
    for arguments, code in ((("--secret-from-env", "BEDROCK_TEST_SECRET"), 0), ((), 2)):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False))
        assert bh("explain-signature", "-", *arguments).code == code


def test_the_secret_is_asked_for_on_a_terminal(
    bh: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a variable the secret is asked for without echo."""
    asked = []
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: asked.append(prompt) or SECRET)
    ran = bh("explain-signature", capture(tmp_path / "request.http", signed().request))
    assert (ran.code, len(asked)) == (0, 1)
    assert SECRET not in ran.out + ran.err


@pytest.mark.parametrize("name", ["path-encoded-once", "secret-blanks", "canonical-hash", "token-swapped", "key-form"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_secret_is_shown(ask: Callable[..., Ran], name: str, form: tuple[str, ...]) -> None:
    """Neither secret nor token is in the output, in any spelling."""
    ran = ask(wrong(name), *form)
    shown = (ran.out + ran.err).encode()
    for secret in (SECRET, PASSING.session_token or ""):
        assert not [spelling for spelling in spellings(secret) if spelling in shown]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--secret-from-env", SECRET), "is not set"),
        (("--at", "noon", "--secret-from-env", "BEDROCK_TEST_SECRET"), "is no time"),
        (("--number", "1"), "YAML"),
    ],
)
def test_wrong_usage(ask: Callable[..., Ran], arguments: tuple[str, ...], says: str) -> None:
    """What is wrong is said in one line, exit 2; a secret given in place of a variable's name is not repeated."""
    ran = ask(signed().request, *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err
    assert SECRET not in ran.err


def test_files_that_hold_no_request(bh: Callable[..., Ran], tmp_path: Path) -> None:
    """A file that is not there, or holds something else, is wrong usage."""
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty.yaml").write_text("interactions: []")
    for name, says in (("nowhere", "No such file"), ("text", "neither a request line"), ("empty.yaml", "0 exchanges")):
        ran = bh("explain-signature", tmp_path / name)
        assert ran.code == 2
        assert says in ran.err
        assert ran.err.count("\n") == 1
