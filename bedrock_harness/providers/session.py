"""A running provider as the harness sees it: welcome, conversations, turns; whatever carries the lines.

A carrier moves bytes to a program (`process`) or to a thread (`inprocess`) and can be killed. This module knows which
command comes when, how long an answer is waited for, and what is told when it does not come. After a fault the
carrier is killed; the next conversation starts a new one.
"""

import itertools
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Final, Self

from bedrock_harness.providers import lines
from bedrock_harness.providers.carrier import Carrier, Ended
from bedrock_harness.providers.faults import CannotStart, Crashed, Hung, ProviderFault, Rubbish, WrongAnswer, mask
from bedrock_harness.providers.observation import Observation, fold
from bedrock_harness.providers.protocol import (
    PROTOCOL,
    Close,
    Command,
    Done,
    Endpoint,
    Failure,
    Hello,
    Line,
    Open,
    Part,
    Send,
    Settings,
    Welcome,
)

__all__ = ["Conversation", "RunningProvider"]

PATIENCE: Final = 10.0
"""Seconds for one turn, where the caller does not say."""

START_PATIENCE: Final = 60.0
"""Seconds until a program has to say who it is: importing a large SDK on a cold, busy machine takes several."""

MAX_ANSWER: Final = 4 * lines.MAX_LINE
"""Bytes of one answer, each part counted as `PART_SIZE` more; memory stays bounded."""

PART_SIZE: Final = 1024
"""Bytes; about what a small part takes in memory. `MAX_ANSWER` allows 262,144 such, more than any model tells."""


class RunningProvider:
    """A provider that can be talked to. `process.start` and `inprocess.start` make it; use it in a `with`."""

    def __init__(
        self,
        launch: Callable[[], Carrier],
        *,
        secrets: Iterable[str] = (),
        patience: float = START_PATIENCE,
    ) -> None:
        self._launch = launch
        self._secrets = set(secrets)
        self._patience = patience
        self._carrier: Carrier | None = None
        self._life = 0
        self._interrupted = False
        self._numbers = itertools.count(1)
        self.welcome: Welcome = self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(kill=error is not None)

    def close(self) -> None:
        """End the program. Harmless when it has ended."""
        self._end(kill=False)

    def interrupt(self) -> None:
        """End it for good, from any thread: whoever waits for an answer gets `Crashed`, and no program is started again."""
        self._interrupted = True
        if (carrier := self._carrier) is not None:
            carrier.interrupt()

    @property
    def alive(self) -> bool:
        """Whether there is a program: not after a fault and before the next `open`."""
        return self._carrier is not None

    @property
    def stderr(self) -> tuple[str, ...]:
        """The last lines that the program wrote to standard error, secrets masked."""
        return tuple(self._masked(line) for line in self._carrier.stderr()) if self._carrier else ()

    def open(
        self,
        *,
        endpoint: Endpoint,
        model: str,
        system: tuple[str, ...] = (),
        tools: tuple[dict[str, Any], ...] = (),
        settings: Settings | None = None,
        history: tuple[dict[str, Any], ...] = (),
        patience: float = PATIENCE,
    ) -> "Conversation":
        """Begin a conversation, in a new program where the last one is gone.

        A provider that refuses to begin is not at fault: the conversation then answers each turn with that error.

        Raises:
            ProviderFault: the program can't be started, ends, says nothing, or answers wrongly.
        """
        given = endpoint.credentials
        self._secrets |= {s for s in (given.secret_access_key, given.session_token, given.bearer_token) if s}
        if self._carrier is None:
            self.welcome = self._begin()
        number = next(self._numbers)
        session = f"s{number}"
        command = Open(
            id=number,
            session=session,
            endpoint=endpoint,
            model=model,
            system=system,
            tools=tools,
            settings=settings or Settings(),
            history=history,
        )
        _, done = self._ask(command, f"opening conversation {session}", patience)
        return Conversation(self, session, self._life, done.error)

    def _begin(self) -> Welcome:
        if self._interrupted:
            raise CannotStart("the run was interrupted", hint="start it again")
        self._carrier = self._launch()
        self._life += 1
        hello = Hello(id=next(self._numbers))
        try:
            welcome = self._exchange(hello, "saying who it is", self._patience)[-1]
        except Crashed as crash:
            raise CannotStart(crash.message, stderr=crash.stderr) from crash
        if not isinstance(welcome, Welcome):
            reason = welcome.error.message if isinstance(welcome, Done) and welcome.error else "no reason given"
            raise self._fail(CannotStart(f"the program refused to begin: {reason}"))
        if welcome.protocol != PROTOCOL:
            raise self._fail(
                CannotStart(
                    f"the program speaks version {welcome.protocol} of the protocol, the harness version {PROTOCOL}",
                    hint="use the adapter kit of this version of bedrock-harness",
                )
            )
        return welcome

    def _ask(self, command: Command, doing: str, patience: float) -> tuple[tuple[Part, ...], Done]:
        answer = self._exchange(command, doing, patience)
        done = answer[-1]
        assert isinstance(done, Done)
        return tuple(line for line in answer if isinstance(line, Part)), done

    def _exchange(self, command: Command, doing: str, patience: float) -> list[Line]:
        """Send a command and gather its answer, up to welcome or done. A fault kills the carrier."""
        carrier = self._carrier
        if carrier is None:
            raise ProviderFault("the program is gone", hint="open a new conversation: that starts it again")
        began = heard = time.monotonic()
        until = began + patience
        answer: list[Line] = []
        size = 0
        try:
            carrier.write(lines.write(command), until)
            while not answer or isinstance(answer[-1], Part):
                line = carrier.read(until)
                heard = time.monotonic()
                size += len(line) + PART_SIZE
                if size > MAX_ANSWER:
                    raise lines.ProtocolFault("too long", f"one answer is longer than {MAX_ANSWER} bytes", line)
                answer.append(lines.read(line, command))
            if (extra := carrier.more()) is not None:
                raise lines.ProtocolFault("wrong id", "a line follows done", extra)
        except lines.ProtocolFault as fault:
            kind = WrongAnswer if fault.kind in {"wrong id", "wrong answer"} else Rubbish
            raise self._fail(kind(f"while {doing}: {fault}", hint=fault.hint)) from None
        except Ended as end:
            raise self._fail(_crashed(end, doing, len(answer))) from end.__cause__
        except TimeoutError:
            raise self._fail(_hung(doing, len(answer), heard - began, patience)) from None
        except BaseException:
            self._end(kill=True)
            raise
        return answer

    def _fail(self, fault: ProviderFault) -> ProviderFault:
        """Kill the program, and complete the fault with what it said last, secrets masked."""
        carrier = self._carrier
        self._end(kill=True)
        fault.stderr = tuple(self._masked(line) for line in carrier.stderr()) if carrier else ()
        fault.message = self._masked(fault.message)
        fault.args = (fault.message,)
        return fault

    def _masked(self, text: str) -> str:
        return mask(text, self._secrets)

    def _end(self, *, kill: bool) -> None:
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            carrier.close(kill=kill)


class Conversation:
    """One conversation; the provider keeps its history."""

    def __init__(self, provider: RunningProvider, session: str, life: int, refused: Failure | None) -> None:
        self._provider = provider
        self._session = session
        self._life = life
        self._turns = itertools.count(1)
        self.refused = refused
        """The error with which the provider refused to begin, None where it began."""

    def send(
        self,
        content: tuple[dict[str, Any], ...],
        *,
        stream: bool = True,
        stop_after: int | None = None,
        patience: float = PATIENCE,
    ) -> Observation:
        """The user's turn; what the provider told its caller, its errors included. `patience` is seconds for all of it.

        Raises:
            ProviderFault: the program ends, says nothing for too long, or breaks the protocol.
        """
        started = time.monotonic_ns()
        if self.refused is not None:
            return Observation(error=self.refused, started=started, ended=started)
        provider = self._current()
        command = Send(
            id=next(provider._numbers),  # noqa: SLF001 - a conversation is a part of its provider
            session=self._session,
            content=tuple(content),
            stream=stream,
            stop_after=stop_after,
        )
        doing = f"answering turn {next(self._turns)} ({'ConverseStream' if stream else 'Converse'})"
        parts, done = provider._ask(command, doing, patience)  # noqa: SLF001
        return fold(parts, done, started=started)

    def close(self, *, patience: float = PATIENCE) -> None:
        """Tell the provider to forget the conversation. Harmless when its program is gone."""
        provider = self._provider
        if self.refused is None and provider.alive and provider._life == self._life:  # noqa: SLF001
            command = Close(id=next(provider._numbers), session=self._session)  # noqa: SLF001
            provider._ask(command, "closing the conversation", patience)  # noqa: SLF001

    def _current(self) -> RunningProvider:
        if not self._provider.alive or self._provider._life != self._life:  # noqa: SLF001
            raise ProviderFault(
                "the conversation is gone: its program ended after a fault", hint="open a new conversation"
            )
        return self._provider


def _crashed(end: Ended, doing: str, told: int) -> Crashed:
    if end.reason:
        how = f" with {end.reason}"
    elif end.code is None:
        how = ""
    else:
        how = f" by signal {-end.code}" if end.code < 0 else f" with exit status {end.code}"
    rest = f"; its last line broke off: {lines.shown(end.rest)}" if end.rest.strip() else ""
    return Crashed(f"the program ended{how} while {doing}, after {_parts(told)}{rest}", code=end.code)


def _hung(doing: str, told: int, heard: float, patience: float) -> Hung:
    last = f"it told {_parts(told)}, the last after {heard:.1f} s" if told else "it said nothing at all"
    return Hung(f"no end after {patience:g} s of {doing}: {last}", patience=patience)


def _parts(count: int) -> str:
    return "1 part" if count == 1 else f"{count} parts"
