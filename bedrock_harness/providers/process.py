"""A provider in a process of its own: started clean, watched, and killed with all its children.

It knows pipes, process groups and environments, and nothing of the protocol but that it consists of lines. One thread
does it all: standard input, output and error are polled together, so that neither a program that does not read nor
one that talks too much can block the harness. POSIX only: pipes can't be polled on Windows.

The program leads a session of its own, so that Ctrl-C reaches the harness alone, which then kills the whole process
group. What the harness can't see to is a child that leaves the group on purpose, and its own death by SIGKILL: then
the program finds its standard input at an end, upon which the kit goes within five seconds.
"""

import atexit
import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Final

from bedrock_harness.providers import environments
from bedrock_harness.providers.carrier import Ended
from bedrock_harness.providers.faults import CannotStart
from bedrock_harness.providers.lines import MAX_LINE, LineBuffer, ProtocolFault
from bedrock_harness.providers.registry import Manifest
from bedrock_harness.providers.session import START_PATIENCE, RunningProvider

__all__ = ["ProcessCarrier", "clean_environment", "start"]

STDERR_LINES: Final = 200
STDERR_LINE: Final = 4096
"""Characters of a line on standard error that are kept."""

CHUNK: Final = 256 * 1024
LOOK: Final = 0.05
"""Seconds between looks at whether the program has ended, for the case that a child of it keeps the pipes open."""

GRACE: Final = 2.0
"""Seconds between the end of standard input and the kill, for a program that ends well."""

KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "TZ")
"""Variables without which an interpreter may not be found or start; nothing else of the user's reaches a provider."""


def start(
    manifest: Manifest,
    *,
    environment: Mapping[str, str] | None = None,
    secrets: Iterable[str] = (),
    patience: float = START_PATIENCE,
    progress: Callable[[str], None] | None = None,
) -> RunningProvider:
    """Start an adapter, its environment built first where there is none yet, and let it say who it is.

    `environment` is added to the few variables that every adapter gets; `secrets` are masked in whatever leaves, as are
    the credentials of every conversation; `patience` is seconds until the welcome; `progress` takes short sentences.

    Raises:
        ProviderFault: the program can't be started, or does not say who it is.
        EnvironmentFault: its environment can't be built.
    """
    launch = environments.prepare(manifest, progress or _silent)
    variables = {**launch.environment, **(environment or {})}
    return RunningProvider(
        lambda: ProcessCarrier(launch.command, variables, launch.folder), secrets=secrets, patience=patience
    )


def _silent(_: str) -> None:
    """Progress that nobody watches."""


def clean_environment(home: Path) -> dict[str, str]:
    """The variables of every adapter: nothing of the user's AWS settings, proxies or Python gets through."""
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(home / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-aws-credentials"),
        "NO_PROXY": "*",
        "no_proxy": "*",
        "PYTHONUNBUFFERED": "1",
    }


class ProcessCarrier:
    """A running program: lines in, lines out, its last words on standard error.

    Raises:
        CannotStart: there is no such program, or it can't be executed.
    """

    def __init__(self, command: Iterable[str], environment: Mapping[str, str], folder: Path | None = None) -> None:
        command = tuple(command)
        self._home = Path(tempfile.mkdtemp(prefix="bedrock-harness-"))
        variables = {**clean_environment(self._home), **environment}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the adapter's own command
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=variables,
                cwd=folder,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            shutil.rmtree(self._home, ignore_errors=True)
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise CannotStart(f"can't run {command[0] if command else 'an empty command'!r}: {reason}") from error
        self._lines: deque[bytes] = deque()
        self._waiting = 0
        self._buffer = LineBuffer()
        self._fault: ProtocolFault | None = None
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._murmur = b""
        self._open: dict[int, IO[bytes]] = {}
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            self._open[pipe.fileno()] = pipe
        self._stdin, self._stdout, self._stderr_pipe = self._open
        _LIVE.add(self)

    def write(self, line: bytes, until: float) -> None:
        """Send a line; what the program says meanwhile is kept."""
        rest = memoryview(line)
        while rest:
            self._wait(until, writing=True)
            try:
                rest = rest[os.write(self._stdin, rest[:CHUNK]) :]
            except BlockingIOError:
                continue
            except (BrokenPipeError, OSError):
                self._drain()
                raise self._ended() from None

    def read(self, until: float) -> bytes:
        """The next line."""
        while not self._lines:
            if self._fault is not None:
                raise self._fault
            if self._stdout not in self._open:
                raise self._ended()
            self._wait(until, writing=False)
        return self._next()

    def more(self) -> bytes | None:
        """A whole line that is there already."""
        self._pump(0.0, writing=False)
        return self._next() if self._lines else None

    def _next(self) -> bytes:
        line = self._lines.popleft()
        self._waiting -= len(line)
        return line

    def stderr(self) -> tuple[str, ...]:
        """The last lines on standard error, an unfinished one included."""
        if self._stderr_pipe in self._open:
            self._pump(0.0, writing=False)
        rest = (_text(self._murmur),) if self._murmur else ()
        return (*self._stderr, *rest)

    def interrupt(self) -> None:
        """Kill the program and its group; its pipes end, which whoever waits at them sees."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self, *, kill: bool) -> None:
        """End the program and every child in its group; all pipes are closed and its home is removed."""
        if self not in _LIVE:
            return
        _LIVE.discard(self)
        try:
            if not kill:
                self._leave()
        finally:
            self._kill()
            self._drain()
            for pipe in self._open.values():
                with contextlib.suppress(OSError):
                    pipe.close()
            self._open.clear()
            shutil.rmtree(self._home, ignore_errors=True)

    def _leave(self) -> None:
        """Close standard input and wait for the program to go by itself."""
        self._shut(self._stdin)
        until = time.monotonic() + GRACE
        while self._process.poll() is None and time.monotonic() < until:
            if not self._pump(LOOK, writing=False):
                time.sleep(LOOK / 5)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait(self, until: float, *, writing: bool) -> None:
        """Let something happen: a pipe is ready, or time passes. Ends the reading when the program has ended."""
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if not self._pump(min(left, LOOK), writing=writing) and self._process.poll() is not None:
            self._drain()
            self._shut(self._stdout)
            if writing:
                raise self._ended()

    def _pump(self, timeout: float, *, writing: bool) -> bool:
        """Read what is ready; True where anything was, or where there is room to write."""
        poll = select.poll()
        for pipe in self._open:
            if pipe == self._stdin and writing:
                poll.register(pipe, select.POLLOUT)
            elif pipe == self._stderr_pipe or (pipe == self._stdout and self._waiting <= MAX_LINE):
                poll.register(pipe, select.POLLIN)
        ready = poll.poll(timeout * 1000)
        for pipe, _ in ready:
            if pipe != self._stdin:
                self._take(pipe)
        return bool(ready)

    def _take(self, pipe: int) -> None:
        try:
            data = os.read(pipe, CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._shut(pipe)
        elif pipe == self._stdout:
            self._hear(data)
        else:
            *whole, rest = (self._murmur + data).split(b"\n")
            self._stderr.extend(_text(line) for line in whole[-STDERR_LINES:])
            self._murmur = rest[:STDERR_LINE]

    def _hear(self, data: bytes) -> None:
        if self._fault is None:
            try:
                lines = self._buffer.feed(data)
                self._waiting += sum(map(len, lines))
                self._lines.extend(lines)
            except ProtocolFault as fault:
                self._fault = fault

    def _drain(self) -> None:
        """Read what is left in the pipes, but no more than a program could have left there."""
        for _ in range(64):
            if not any(pipe != self._stdin for pipe in self._open) or not self._pump(0.0, writing=False):
                return

    def _shut(self, pipe: int) -> None:
        if pipe in self._open:
            with contextlib.suppress(OSError):
                self._open.pop(pipe).close()

    def _ended(self) -> Ended:
        """How the program ended; one that closed its standard output without ending is given a moment to end."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        return Ended(self._process.poll(), self._buffer.rest)


def _text(line: bytes) -> str:
    return line[:STDERR_LINE].decode("utf-8", "replace").rstrip("\r")


_LIVE: Final[set[ProcessCarrier]] = set()


@atexit.register
def _kill_all() -> None:
    """No program outlives the harness."""
    for carrier in tuple(_LIVE):
        carrier.close(kill=True)
