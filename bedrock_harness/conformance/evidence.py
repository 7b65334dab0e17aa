"""What a finding shows: the request as received, the canonical request, the frames as sent.

Evidence is lines of text, bounded, with credentials taken out. It is made from exchanges and says nothing of who is right.
"""

from __future__ import annotations

import re

from bedrock_harness.conformance.verdict import Evidence
from bedrock_harness.simulator.journal import Exchange
from bedrock_harness.simulator.telling import without_credentials
from bedrock_harness.wire.errors import WireError
from bedrock_harness.wire.frames import Frame, FrameDecoder

__all__ = ["canonical", "frames", "request"]

BODY_SHOWN = 2_000
FRAMES_SHOWN = 12
PAYLOAD_SHOWN = 200
PADDING = re.compile(r'"p":"\w*"')


def request(exchange: Exchange) -> Evidence:
    """The request as received; of an authorization header only the scheme."""
    received = exchange.request
    headers = [f"{name}: {without_credentials(name, value)}" for name, value in received.headers]
    body = received.body.decode("utf-8", "backslashreplace")
    shown = body if len(body) <= BODY_SHOWN else f"{body[:BODY_SHOWN]} ... {len(body) - BODY_SHOWN} characters more"
    return Evidence(title="request as received", lines=(f"{received.method} {received.target}", *headers, "", shown))


def canonical(exchange: Exchange) -> tuple[Evidence, ...]:
    """What is to be done about a signature, and the canonical requests and strings to sign of both sides."""
    found = exchange.diagnosis
    if found is None:
        return ()
    remedies = [f"{cause.instead} ({cause.source})" if cause.source else cause.instead for cause in found.causes]
    shown = [Evidence(title="what to do instead", lines=(*remedies, *found.perhaps))]
    for what, lines, known in (
        ("canonical request", found.canonical, found.signed is not None),
        ("string to sign", found.strings_to_sign, found.signed_to_sign is not None),
    ):
        if lines:
            title = (
                "(-: as the service computes it, +: as the client signed it)" if known else "as the service computes it"
            )
            told = tuple(f"{line.mark} {line.text}" if known else line.text for line in lines)
            shown.append(Evidence(title=f"{what} {title}", lines=told))
    return tuple(shown)


def frames(exchange: Exchange) -> Evidence:
    """The frames of a streamed reply as sent, the last ones if there are many, and how the body ends."""
    decoder = FrameDecoder()
    try:
        whole, end = decoder.feed(exchange.sent), ""
    except WireError as error:
        whole, end = getattr(error, "before", []), f"then: {error}"
    else:
        if decoder.buffered:
            end = f"then: {decoder.buffered} bytes of an unfinished frame"
    width = max((len(_kind(frame)) for frame in whole), default=0)
    lines = [f"#{number:<3} {_kind(frame):<{width}}  {_payload(frame)}" for number, frame in enumerate(whole)]
    if len(lines) > FRAMES_SHOWN:
        lines = [f"... {len(lines) - FRAMES_SHOWN} frames before", *lines[-FRAMES_SHOWN:]]
    return Evidence(title=f"frames as sent ({len(exchange.sent)} bytes)", lines=tuple(filter(None, (*lines, end))))


def _payload(frame: Frame) -> str:
    """The beginning of a payload, with the padding that every event carries cut short."""
    text = PADDING.sub('"p":"..."', frame.payload.decode("utf-8", "backslashreplace"))
    return text if len(text) <= PAYLOAD_SHOWN else f"{text[:PAYLOAD_SHOWN]} ..."


def _kind(frame: Frame) -> str:
    return frame.event_type or frame.exception_type or frame.message_type or "no type"
