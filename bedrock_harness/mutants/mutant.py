"""What a mutant is, and how its one defect is put into the reference client.

A defect is a patch: one function, method or value of a module replaced by a wrong one, found by its name. A name that is
not there, or a replacement that cannot be called as the original is, is an error: no mutant goes stale in silence. Patches
are taken back, so that they can be tried in one process; the mutants that are judged run in processes of their own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Protocol, TypeAlias

from msgspec import Struct

__all__ = ["Mutant", "Mutants", "Patch", "StaleMutant", "applied"]

Owner: TypeAlias = ModuleType | type


class StaleMutant(Exception):
    """A patch that no longer fits the client. `hint` says where to look."""

    def __init__(self, owner: Owner, name: str, reason: str) -> None:
        super().__init__(f"the patch of {name} in {owner.__name__} does not fit: {reason}")
        self.hint = "the reference client has changed: let the mutant break it where the decision is made now"


class Patch(Protocol):
    """Replaces what `owner` has under `name`."""

    def __call__(self, owner: Owner, name: str, replacement: object) -> None:
        """Raises StaleMutant where there is nothing of that name, or where the replacement takes other arguments."""


Change: TypeAlias = Callable[[Patch], None]


class Mutant(Struct, frozen=True, kw_only=True):
    """The reference client with one known defect."""

    name: str
    defect: str
    """What it does wrong, in one sentence."""
    because: tuple[str, ...]
    """The providers that had this defect: `owner/repo#number`."""
    fails: tuple[str, ...]
    """The cases that are there to find this defect, by their ids. It may fail others too; these it has to fail."""
    change: Change


class Mutants(dict[str, Mutant]):
    """The mutants of one area by their names. It is called as a decorator of the function that patches the client."""

    def __call__(
        self, name: str, defect: str, *, because: tuple[str, ...], fails: tuple[str, ...]
    ) -> Callable[[Change], Change]:
        """Add a mutant. Raises ValueError for a name that is taken."""

        def add(change: Change) -> Change:
            if name in self:
                raise ValueError(f"there are two mutants named {name}")
            self[name] = Mutant(name=name, defect=defect, because=because, fails=fails, change=change)
            return change

        return add


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """The client with this defect, within the `with`. Raises StaleMutant."""
    with ExitStack() as undo:

        def patch(owner: Owner, name: str, replacement: object) -> None:
            if name not in vars(owner):
                raise StaleMutant(owner, name, "there is nothing of that name")
            original = vars(owner)[name]
            if inspect.isfunction(original):
                _check_call(owner, name, original, replacement)
            undo.callback(setattr, owner, name, original)
            setattr(owner, name, replacement)

        mutant.change(patch)
        yield


def _check_call(owner: Owner, name: str, original: Callable[..., object], replacement: object) -> None:
    """See that the replacement can be called with the original's own parameters."""
    if not callable(replacement):
        raise StaleMutant(owner, name, "a function is replaced by something that can't be called")
    given = inspect.signature(original).parameters.values()
    positional = [each.name for each in given if each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD}]
    named = {each.name: None for each in given if each.kind is each.KEYWORD_ONLY}
    try:
        inspect.signature(replacement).bind(*positional, **named)
    except TypeError as error:
        raise StaleMutant(owner, name, f"its replacement can't be called as it is: {error}") from error
