"""Checks on the requests that arrived at the simulator in one turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from bedrock_harness.conformance.checks.base import Check, Seen, Shortfall, brief
from bedrock_harness.conformance.evidence import request

__all__ = ["Carries", "Header", "HungUp", "NotSent", "NotSigned", "Requests", "Sent", "Target"]

_ABSENT: Final = object()


class Requests(Check, frozen=True, kw_only=False):
    """How many requests arrived; between `least` and `most`."""

    least: int
    most: int

    about: ClassVar = "requests"
    name: ClassVar = "requests"
    requirement: ClassVar = "Bedrock is called as often as was asked for, since each call is billed."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Count the exchanges."""
        count = len(seen.exchanges)
        if self.least <= count <= self.most:
            return None
        expected = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
        return Shortfall(f"requests: {expected}", f"requests: {count}")


class _AtPath(Check, frozen=True, kw_only=False):
    """A check on one place of the request's body."""

    path: str
    """Member names and positions, joined by dots: `messages.1.content.0.text`. `-1` is the last."""

    about: ClassVar = "requests"

    @property
    def id(self) -> str:
        """The name with the place, since a case may look at several."""
        return f"{self.name}:{self.path}"

    def found(self, seen: Seen) -> Any:
        """The value at that place in the last request."""
        return look_up(seen.exchanges[-1].body, self.path)


class Sent(_AtPath, frozen=True, kw_only=False):
    """The last request's body holds this value at that place."""

    value: Any

    name: ClassVar = "sent"
    requirement: ClassVar = "The request says what the caller said, in the service's shape."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the value."""
        found = self.found(seen)
        if found == self.value:
            return None
        actual = "nothing there" if found is _ABSENT else brief(found)
        return Shortfall(f"{self.path} = {brief(self.value)}", actual, (request(seen.exchanges[-1]),))


class NotSent(_AtPath, frozen=True, kw_only=False):
    """The last request's body holds nothing at that place."""

    name: ClassVar = "not-sent"
    requirement: ClassVar = "The request holds nothing that the caller did not say."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Look whether anything is there."""
        found = self.found(seen)
        if found is _ABSENT:
            return None
        return Shortfall(f"nothing at {self.path}", brief(found), (request(seen.exchanges[-1]),))


class Carries(Check, frozen=True, kw_only=False):
    """One member of the last request's body holds all these texts, however it is cut into messages and blocks."""

    texts: tuple[str, ...]
    within: str = "messages"
    in_order: bool = True
    """Whether the texts have to follow each other as given; results of tools need not, since each bears its call's id."""

    about: ClassVar = "requests"
    requirement: ClassVar = "Nothing that was said is lost or moved on the way into the request."
    name: ClassVar = "carries"

    @property
    def id(self) -> str:
        """The name with the member, since a case may look at several."""
        return f"{self.name}:{self.within}"

    def judge(self, seen: Seen) -> Shortfall | None:
        """Look for each text behind the one before it."""
        everything = "\n".join(_strings(look_up(seen.exchanges[-1].body, self.within)))
        place = 0
        for text in self.texts:
            found = everything.find(text, place)
            if found < 0:
                where = "out of its order" if text in everything else "not there"
                return Shortfall(f"{brief(text)} in {self.within}", where, (request(seen.exchanges[-1]),))
            place = found + len(text) if self.in_order else 0
        return None


class Target(Check, frozen=True, kw_only=False):
    """The path of each request is one of these, as on the request line."""

    paths: tuple[str, ...]

    about: ClassVar = "requests"
    name: ClassVar = "target"
    requirement: ClassVar = "The model id is one segment of the path, percent-encoded once."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the request targets."""
        for exchange in seen.exchanges:
            target = exchange.request.target.partition("?")[0]
            if not target.endswith(self.paths):
                return Shortfall(" or ".join(self.paths), target)
        return None


class Header(Check, frozen=True, kw_only=False):
    """A header of the last request: with this prefix, or, with None, not there at all."""

    header: str
    prefix: str | None

    about: ClassVar = "requests"
    name: ClassVar = "header"
    requirement: ClassVar = "The request authorises itself in one way only."

    @property
    def id(self) -> str:
        """The name with the header, since a case may look at several."""
        return f"{self.name}:{self.header}"

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the header's beginning; its value is never shown, since it may be a credential."""
        values = [value for name, value in seen.exchanges[-1].request.headers if name.lower() == self.header]
        if self.prefix is None:
            return Shortfall(f"no {self.header}", f"{self.header} is sent") if values else None
        if any(value.startswith(self.prefix) for value in values):
            return None
        return Shortfall(
            f"{self.header}: {self.prefix}...", f"{self.header} is sent otherwise" if values else f"no {self.header}"
        )


class NotSigned(Check, frozen=True, kw_only=False):
    """None of these headers is signed, since proxies rewrite them on the way."""

    headers: tuple[str, ...]

    about: ClassVar = "requests"
    name: ClassVar = "not-signed"
    requirement: ClassVar = "No header that a proxy may rewrite is signed."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the signed headers with the volatile ones."""
        canonical = seen.exchanges[-1].authorization.canonical
        signed = sorted(set(self.headers) & set(canonical.signed_headers.split(";"))) if canonical else []
        return Shortfall("none of " + ", ".join(self.headers), "signed: " + ", ".join(signed)) if signed else None


class HungUp(Check, frozen=True, kw_only=False):
    """The connection was closed before the reply was over."""

    about: ClassVar = "requests"
    name: ClassVar = "hung-up"
    requirement: ClassVar = (
        "When the caller stops listening, the connection is closed, so that no more tokens are billed."
    )

    def judge(self, seen: Seen) -> Shortfall | None:
        """Look whether the peer left."""
        left = seen.exchanges[-1].closed_by_peer is not None
        return (
            None
            if left
            else Shortfall("the connection closed by the provider", "the reply was read to its end or left open")
        )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _strings(member)


def look_up(body: Any, path: str) -> Any:
    """The value at a dotted path, or a marker for nothing."""
    value = body
    for step in path.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.lstrip("-").isdigit() and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return _ABSENT
    return value
