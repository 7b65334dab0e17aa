"""Recorded exchanges held against everything that this package takes for true of Bedrock.

A reply that does not fit is our mistake or the recording's, and either is worth knowing: so is a request that the service
accepted and that we would refuse. Where the service only knows more than the installed botocore (new members, new values of
an enumeration) that is counted as news and is no problem.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from bedrock_harness.recordings.cassette import Recorded
from bedrock_harness.service import rules, shapes
from bedrock_harness.wire.errors import EventError, FoldError, FrameError
from bedrock_harness.wire.events import Event, Thrown, UnknownEvent, read_event
from bedrock_harness.wire.fold import fold
from bedrock_harness.wire.frames import Frame, FrameDecoder
from bedrock_harness.wire.grammar import violations

__all__ = ["Examination", "Problem", "Summary", "examine", "summarize"]

_CONVERSATIONS = frozenset({"Converse", "ConverseStream"})


class Problem(Struct, frozen=True):
    """Something that does not hold: in which file and exchange (counted from 1), where in it, and what."""

    file: str
    exchange: int
    where: str
    what: str


class Examination(Struct, frozen=True, kw_only=True):
    """What one recorded exchange came to.

    `foreseen` says, for a request that the service refused, that we would have refused it too. `frames` and `events` count
    what a stream was made of. `news` are members and values of replies that the model does not have, each as its path with
    places left out.
    """

    operation: str | None
    accepted: bool
    foreseen: bool = False
    frames: int = 0
    events: int = 0
    news: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Summary(Struct, frozen=True, kw_only=True):
    """Many examinations in figures. `other` counts exchanges that are no operation on a model."""

    files: int
    exchanges: int
    other: int
    operations: Mapping[str, int]
    accepted: int
    refused: int
    foreseen: int
    frames: int
    events: int
    news: Mapping[str, int]
    problems: tuple[Problem, ...]

    @property
    def judged(self) -> int:
        """Exchanges that are an operation on a model."""
        return self.exchanges - self.other


def examine(recorded: Recorded) -> Examination:
    """Hold one exchange against the service model, the conversation rules, the frames' format and the order of events."""
    if recorded.operation is None:
        return Examination(operation=None, accepted=recorded.accepted)
    refusal = _our_refusal(recorded)
    if not recorded.accepted:
        return Examination(operation=recorded.operation, accepted=False, foreseen=refusal is not None)
    reading = _read_stream(recorded) if recorded.operation == "ConverseStream" else _read_reply(recorded)
    found = [*([("request", f"the service accepted what we refuse: {refusal}")] if refusal else []), *reading.found]
    return Examination(
        operation=recorded.operation,
        accepted=True,
        frames=reading.frames,
        events=reading.events,
        news=tuple(reading.news),
        problems=tuple(Problem(str(recorded.file), recorded.number, where, what) for where, what in found),
    )


def summarize(examinations: Iterable[Examination], *, files: int) -> Summary:
    """The figures of these examinations, and all their problems in order."""
    every = tuple(examinations)
    of_models = [examination for examination in every if examination.operation is not None]
    news = Counter(item for examination in of_models for item in examination.news)
    return Summary(
        files=files,
        exchanges=len(every),
        other=len(every) - len(of_models),
        operations=dict(sorted(Counter(str(examination.operation) for examination in of_models).items())),
        accepted=sum(examination.accepted for examination in of_models),
        refused=sum(not examination.accepted for examination in of_models),
        foreseen=sum(examination.foreseen for examination in of_models),
        frames=sum(examination.frames for examination in of_models),
        events=sum(examination.events for examination in of_models),
        news=dict(sorted(news.items(), key=lambda item: (-item[1], item[0]))),
        problems=tuple(problem for examination in of_models for problem in examination.problems),
    )


def _our_refusal(recorded: Recorded) -> str | None:
    """What the simulator would answer to the request, None where it would take it."""
    assert recorded.operation is not None
    body = recorded.request_body
    refusal = shapes.refusal(shapes.validate(recorded.operation, body))
    if refusal is not None:
        return refusal.message
    broken = rules.check(body, model=recorded.model or "", operation=recorded.operation)
    return f"{broken[0].message} ({broken[0].path}, rule {broken[0].rule})" if broken else None


_NEWS = {"unknown": "", "enum": ", a value that the model does not list"}
"""Constraints whose violation by a reply only says that the service is newer than the model, and how that is told."""


class _Reading(Struct):
    """What reading a reply yields: pairs of where and what, and counts."""

    found: list[tuple[str, str]] = []
    news: list[str] = []
    frames: int = 0
    events: int = 0

    def judge(self, where: str, broken: Sequence[shapes.Violation], *, news_of: str | None) -> None:
        """Tell problems from news among a reply's violations of its shape.

        `news_of` is what the path of the news begins with; None where they have been told already.
        """
        for violation in broken:
            if violation.constraint not in _NEWS:
                self.found.append((".".join(filter(None, (where, violation.path))), violation.message))
            elif news_of is not None:
                steps = (step for step in violation.path.split(".") if not step.isdigit())
                self.news.append(".".join((news_of, *steps)) + _NEWS[violation.constraint])


def _read_reply(recorded: Recorded) -> _Reading:
    assert recorded.operation is not None
    reading = _Reading()
    try:
        body: Any = json.loads(recorded.reply_body)
    except (ValueError, RecursionError) as error:
        if recorded.operation in _CONVERSATIONS:
            reading.found.append(("reply", f"it is no JSON: {error}"))
        return reading
    reading.judge("reply", shapes.validate_reply(recorded.operation, body), news_of=recorded.operation)
    return reading


def _read_stream(recorded: Recorded) -> _Reading:
    reading = _Reading()
    events: list[Event] = []
    for number, frame in enumerate(_frames(recorded.reply_body, reading), 1):
        reading.frames += 1
        try:
            event = read_event(frame)
        except EventError as error:
            reading.found.append((f"frame {number}", str(error)))
            continue
        events.append(event)
        if isinstance(event, UnknownEvent):
            reading.found.append((f"frame {number}", f"{event.type!r} is no event that we know"))
        else:
            reading.events += 1
            _judge_event(frame, event, number, reading)
    for violation in violations(events):
        reading.found.append((f"event {violation.position + 1}", violation.message))
    if not any(isinstance(event, Thrown) for event in events):
        try:
            reading.judge("folded reply", shapes.validate_reply("Converse", fold(events)), news_of=None)
        except FoldError as error:
            reading.found.append(("folded reply", str(error)))
    return reading


def _frames(body: bytes, reading: _Reading) -> Iterator[Frame]:
    """The frames of a body; where they break off, that is noted."""
    decoder = FrameDecoder()
    try:
        yield from decoder.feed(body)
        decoder.close()
    except FrameError as error:
        yield from error.before
        reading.found.append(("frames", f"{type(error).__name__}: {error}"))


def _judge_event(frame: Frame, event: Event, number: int, reading: _Reading) -> None:
    if isinstance(event, Thrown) and event.category == "error":
        return
    name = str(frame.exception_type if isinstance(event, Thrown) else frame.event_type)
    try:
        payload = json.loads(frame.payload)
    except (ValueError, RecursionError) as error:
        reading.found.append((f"frame {number}", f"the payload of {name} is no JSON: {error}"))
        return
    reading.judge(f"frame {number}, {name}", shapes.validate_event(name, payload), news_of=name)
