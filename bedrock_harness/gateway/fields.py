"""A request's JSON read member by member, so that none of it is overlooked.

A reader takes the members that it knows; whatever is left when it is done is refused by name. So a member that a front
forgets is an error that its caller sees, never a silence. Knows no front's vocabulary and nothing of Converse.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, cast

__all__ = ["Fields", "Refused", "whole"]

T = TypeVar("T")

_KINDS: dict[type, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a text"),
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    list: ((list,), "a list"),
    dict: ((dict,), "an object"),
}
"""What a member may be in Python, and in words. JSON's 1 is a number where 1.0 is."""


class Refused(Exception):
    """A request that the gateway does not pass on. `field` is where in its body, such as `messages.0.content`."""

    def __init__(self, field: str, reason: str, *, status: int = 400) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.status = status


class Fields:
    """The members of one JSON object that are still to be read. A member that is null counts as absent.

    `notes` gathers the paths of members that are passed over, for the reply to name them.
    """

    def __init__(self, value: object, path: str, notes: list[str]) -> None:
        if not isinstance(value, dict):
            raise Refused(path or "body", "must be an object")
        self._left: dict[str, Any] = {name: member for name, member in value.items() if member is not None}
        self.path = path
        self.notes = notes

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def holds(self, name: str, kind: type) -> bool:
        """Whether a member is there and of this kind: for members that may be a text or a list."""
        return isinstance(self._left.get(name), kind)

    def at(self, name: str | int) -> str:
        """The path of a member."""
        return f"{self.path}.{name}" if self.path else str(name)

    def refuse(self, name: str, reason: str) -> Refused:
        """The refusal of a member, to be raised."""
        return Refused(self.at(name), reason)

    def take(self, name: str, kind: type[T]) -> T | None:
        """A member of this kind, None where it is absent."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        allowed, described = _KINDS[kind]
        if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
            raise self.refuse(name, f"must be {described}")
        return cast("T", value)

    def need(self, name: str, kind: type[T]) -> T:
        """A member of this kind that must be there."""
        value = self.take(name, kind)
        if value is None:
            raise self.refuse(name, "is required")
        return value

    def choose(self, name: str, choices: Mapping[str, T]) -> T | None:
        """What a member's word stands for, None where it is absent."""
        word = self.take(name, str)
        if word is None:
            return None
        if word not in choices:
            raise self.refuse(name, f"must be one of {', '.join(choices)}; {word[:60]!r} cannot be carried")
        return choices[word]

    def required(self, name: str, choices: Mapping[str, T]) -> T:
        """What a member's word stands for, of a member that must be there."""
        found = self.choose(name, choices)
        if found is None:
            raise self.refuse(name, "is required")
        return found

    def nested(self, name: str, read: Callable[[Fields], T]) -> T | None:
        """A member that is an object, read whole; None where it is absent."""
        value = self.take(name, dict)
        return None if value is None else whole(value, read, self.at(name), self.notes)

    def inside(self, name: str, read: Callable[[Fields], T]) -> T:
        """A member that is an object and must be there, read whole."""
        return whole(self.need(name, dict), read, self.at(name), self.notes)

    def each(self, name: str, read: Callable[[Fields], T]) -> list[T]:
        """A member that is a list of objects, each read whole; empty where it is absent."""
        values = self.take(name, list) or []
        return [whole(value, read, f"{self.at(name)}.{index}", self.notes) for index, value in enumerate(values)]

    def texts(self, name: str) -> list[str]:
        """A member that is a list of texts; empty where it is absent."""
        values = self.take(name, list) or []
        for index, value in enumerate(values):
            if not isinstance(value, str):
                raise Refused(f"{self.at(name)}.{index}", "must be a text")
        return values

    def expect(self, name: str, *neutral: object) -> None:
        """A member that cannot be carried: it may be absent, or say what happens anyway."""
        value = self._left.pop(name, None)
        if value is not None and value not in neutral:
            raise self.refuse(name, "cannot be carried to Bedrock's Converse")

    def pass_over(self, names: Collection[str]) -> None:
        """Members that change nothing about the answer and have no place in Converse: noted where they are there."""
        for name in names:
            if self._left.pop(name, None) is not None:
                self.note(name)

    def note(self, name: str) -> None:
        """Keep a member's path for the reply to name it."""
        self.notes.append(self.at(name))

    def close(self) -> None:
        """Refuse what nobody has read."""
        for name in self._left:
            raise self.refuse(name, "is not known to this gateway, or cannot be carried to Bedrock's Converse")


def whole(value: object, read: Callable[[Fields], T], path: str, notes: list[str]) -> T:
    """What a reader makes of an object, once nothing of the object is left unread."""
    fields = Fields(value, path, notes)
    result = read(fields)
    fields.close()
    return result
