"""The command itself: help, version, and how it complains."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

import bedrock_harness
from bedrock_harness.cli import CommandError, Exit
from bedrock_harness.cli import root as module
from tests.cli.conftest import Ran, command, outside

COMMANDS = [name for names in module.GROUPS.values() for name in names]


def test_version(bh: Callable[..., Ran]) -> None:
    """`--version` prints one line."""
    assert bh("--version") == (0, f"bedrock-harness {bedrock_harness.__version__}\n", "")


def test_help_is_grouped(bh: Callable[..., Ran]) -> None:
    """`--help` shows every command under its heading, each with a line."""
    text = bh("--help").out
    for heading, names in module.GROUPS.items():
        section = text.split(f"\n{heading}:\n")[1].split("\n\n")[0]
        entries = [line.split() for line in section.splitlines() if line[2] != " "]
        assert [entry[0] for entry in entries] == list(names)
        assert all(len(entry) > 2 for entry in entries)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples(bh: Callable[..., Ran], name: str) -> None:
    """`--help` of each command shows examples that begin with the program's name."""
    ran = bh(name, "--help")
    assert ran.code == 0
    assert re.search(rf"Examples:\n +bedrock-harness {name}", ran.out)


@pytest.mark.parametrize("name", COMMANDS)
def test_common_options(bh: Callable[..., Ran], name: str) -> None:
    """Every command has `--color` and `--debug`."""
    text = bh(name, "--help").out
    assert "--color [auto|always|never]" in text
    assert "--debug" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["chekc"], "No such command 'chekc'"),
        (["check", "--nolny"], "No such option '--nolny'"),
        (["check", "--jobs", "0"], "0 is not in the range"),
        (["check", "--jobs", "many"], "'many' is not a valid integer"),
        (["check", "--color", "mauve"], "'mauve' is not one of"),
        (["explain"], "Missing argument 'CASE'"),
        (["explain", "framing/every-byte-aparty"], "framing/every-byte-apart"),
        (["cases", "nowhere/*"], "no case"),
        (["check", "--only", "nowhere/*"], "no case"),
        (["check", "--skip", "*"], "leaves no case"),
        (["check", "--write-baseline"], "needs --baseline FILE"),
        (["check", "--no-baseline", "--baseline", "x.toml"], "exclude each other"),
        (["check", "bot03"], "boto3"),
        (["check", "python:nowhere"], "python:"),
    ],
)
def test_wrong_usage(bh: Callable[..., Ran], arguments: list[str], says: str) -> None:
    """Wrong usage is one line on standard error that says what is wrong, exit 2, and nothing on standard output."""
    ran = bh(*arguments)
    assert ran.code == Exit.USAGE
    assert ran.out == ""
    assert says in ran.err
    assert ran.err.startswith("bedrock-harness: ")
    assert ran.err.count("\n") == 1


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let the command `cases` raise an error."""

    def breaking(error: BaseException) -> None:
        @click.command()
        def cases() -> None:
            raise error

        module.root.add_command(cases)
        monkeypatch.setattr(module._Grouped, "get_command", lambda *_: cases)

    return breaking


def test_unexpected_error(bh: Callable[..., Ran], broken: Callable[[BaseException], None]) -> None:
    """An error that nobody foresaw is one line with the place of its traceback, and exit 3."""
    broken(KeyError("headers\nlength"))
    ran = bh("cases")
    assert ran.code == Exit.HARNESS
    assert ran.err.count("\n") == 1
    assert "unexpected KeyError" in ran.err
    path = Path(ran.err.split()[-1])
    assert "Traceback" in path.read_text(encoding="utf-8")
    path.unlink()


def test_debug(bh: Callable[..., Ran], broken: Callable[[BaseException], None]) -> None:
    """With `--debug` the traceback is shown as well."""
    broken(KeyError("headers"))
    ran = bh("--debug", "cases")
    assert "Traceback (most recent call last)" in ran.err
    Path(ran.err.split()[-1]).unlink()


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (CommandError("port 80 is taken"), 2, "port 80 is taken"),
        (CommandError("no room", Exit.HARNESS), 3, "no room"),
        (FileNotFoundError(2, "No such file or directory", "x.json"), 2, "x.json: No such file or directory."),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_and_codes(
    bh: Callable[..., Ran], broken: Callable[[BaseException], None], error: BaseException, code: int, line: str
) -> None:
    """Each kind of error has its exit code and its line."""
    broken(error)
    ran = bh("cases")
    assert (ran.code, ran.err.strip().removeprefix("bedrock-harness: ")) == (code, line)


def test_pipe_closed_early() -> None:
    """A reader that has seen enough (`| head`) gets no traceback to see."""
    shell = " ".join(f"'{word}'" for word in command(["cases"])) + " | head -1"
    ran = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, env=outside({}), check=False)
    assert ran.stderr == ""
    assert ran.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "always"), {"TERM": "dumb"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": ""}, False),
    ],
)
def test_colour_in_a_pipe(arguments: tuple[str, ...], environment: dict[str, str], coloured: bool) -> None:
    """Colours survive a pipe when they are asked for, and only then; what is said on the command line wins."""
    ran = subprocess.run(
        command(["cases", "framing", *arguments]), capture_output=True, text=True, env=outside(environment), check=True
    )
    assert ("\x1b[" in ran.stdout) is coloured


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ((), {}, True),
        (("--color", "auto"), {}, True),
        (("--color", "never"), {}, False),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"TERM": "dumb"}, False),
    ],
)
def test_colour_on_a_terminal(arguments: tuple[str, ...], environment: dict[str, str], coloured: bool) -> None:
    """A terminal gets colours unless it or its user does not want any."""
    reader, writer = os.openpty()
    environment = outside({"TERM": "xterm", **environment})
    with subprocess.Popen(command(["cases", "usage", *arguments]), stdout=writer, env=environment) as process:
        os.close(writer)
        text = b""
        with contextlib.suppress(OSError):  # Linux tells the end of a pseudo-terminal so
            while data := os.read(reader, 65536):
                text += data
        os.close(reader)
    assert process.returncode == 0
    assert bool(re.search(rb"\x1b\[(3|9)\d", text)) is coloured


def test_any_encoding() -> None:
    """Characters that the terminal's encoding lacks come out escaped."""
    ran = subprocess.run(
        command(["explain", "framing/every-byte-apart"]),
        capture_output=True,
        env=outside({"PYTHONIOENCODING": "ascii"}),
        check=True,
    )
    assert rb"\u3053\u3093" in ran.stdout
